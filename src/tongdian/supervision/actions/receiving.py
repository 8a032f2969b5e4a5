"""A lot of bundles for one office: what they are compared with is asked once, each is judged by itself, and what is
right is written together.

Of a sender there is one bundle in a lot, so none rests on what another of its lot writes, but for the checkpoints:
those are compared as the lot goes on. A bundle that is refused leaves nothing of itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from tongdian.audit_log.rules import Signer, TreeHead
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.questions import Question, insert_many
from tongdian.supervision.actions.checking import checked_cells
from tongdian.supervision.actions.conditions import (
    form_among,
    hash_of,
    must_be_filed_to,
    must_be_open,
    must_be_whole,
)
from tongdian.supervision.bundles import (
    Bundle,
    ForgedBundle,
    cosigned,
    must_agree,
    must_continue,
    opened,
    seen_heads,
)
from tongdian.supervision.models import (
    FiledReturn,
    ReturnStep,
    ReturnVersion,
    TakenBundle,
    TrustedSender,
    WitnessedHead,
)
from tongdian.supervision.queries.filings import ReturnStanding, forms_for, standings
from tongdian.supervision.queries.offices import ReturnForm, receiver, receivers, supervising_each
from tongdian.supervision.queries.revising import is_open
from tongdian.supervision.queries.sampling import must_count_its_own
from tongdian.supervision.refusing import NoSuchReturn, ReturnLocked
from tongdian.supervision.refusing.bundles import (
    BundleMisdated,
    BundleTaken,
    NotTheReceiver,
    OlderBundle,
    OtherRevision,
    SenderDiffers,
    UnknownSender,
)
from tongdian.supervision.rules import Step

LOT = 200  # bundles at most
MOST_SEEN = 20_000  # checkpoints of others that they carry, at most, unless one alone carries more
TAKING = 7_368_014  # the advisory lock under which bundles are taken

Outcome = TakenBundle | Refusal

_LAST_GIVEN = Question(
    """
    select distinct on (key.verifier) {key} from supervision_trustedsender key
     where key.verifier = any(%(verifiers)s) order by key.verifier, key.at desc, key.id desc
    """,
    key=TrustedSender,
)
_NEWEST_KEYS = Question(
    """
    select distinct on (key.organisation_id) {key} from supervision_trustedsender key
     where key.organisation_id = any(%(offices)s) order by key.organisation_id, key.at desc, key.id desc
    """,
    key=TrustedSender,
)
_NEWEST_HEADS = Question(
    """
    select distinct on (head.verifier) {head} from supervision_witnessedhead head
     where head.verifier = any(%(verifiers)s) and head.shown_by = head.verifier
     order by head.verifier, head.size desc
    """,
    head=WitnessedHead,
)
_HEADS_OF_SIZES = Question(
    """
    select {head} from supervision_witnessedhead head
      join (select distinct * from unnest(%(verifiers)s::text[], %(sizes)s::bigint[])) asked(verifier, size)
        on asked.verifier = head.verifier and asked.size = head.size
    """,
    head=WitnessedHead,
)
_LAST_TAKEN = Question(
    """
    select distinct on (version.filing_id) {taken}, {version} from supervision_takenbundle taken
      join supervision_returnversion version on version.id = taken.version_id
     where version.filing_id = any(%(filings)s)
     order by version.filing_id, taken.number desc
    """,
    taken=TakenBundle,
    version=ReturnVersion,
)


def lots(files: Iterable[bytes]) -> Iterator[list[Bundle | Refusal]]:
    """The files opened, in their order, in lots of which none has two bundles of one sender."""
    lot: list[Bundle | Refusal] = []
    senders: set[str] = set()
    seen = 0
    for data in files:
        try:
            bundle: Bundle | Refusal = opened(data)
        except Refusal as refused:
            bundle = refused
        verifier = bundle.verifier if isinstance(bundle, Bundle) else ""
        carries = len(bundle.body["seen"]) if isinstance(bundle, Bundle) else 0
        if lot and (len(lot) == LOT or verifier in senders or seen + carries > MOST_SEEN):
            yield lot
            lot, senders, seen = [], set(), 0
        lot.append(bundle)
        senders |= {verifier} - {""}
        seen += carries
    if lot:
        yield lot


@dataclass
class _Rows:
    """What is to be written of the bundles that are right."""

    filings: list[FiledReturn] = field(default_factory=list)
    versions: list[ReturnVersion] = field(default_factory=list)
    steps: list[ReturnStep] = field(default_factory=list)
    heads: list[WitnessedHead] = field(default_factory=list)
    taken: list[TakenBundle] = field(default_factory=list)

    def write(self) -> None:
        for rows in (self.filings, self.versions, self.steps, self.heads, self.taken):
            insert_many(rows)


def take_lot(
    lot: Sequence[Bundle | Refusal], *, office: Organisation, by: Any, at: dt.datetime
) -> list[Outcome]:
    """What came of each bundle of a lot, in its order: taken in, or why not. In a transaction; `by` is none where an
    operator of the machine takes them in."""
    with connection.cursor() as cursor:  # of two at once the second sees what the first was shown
        cursor.execute("select pg_advisory_xact_lock(%s)", [TAKING])
    known = _Known([one for one in lot if isinstance(one, Bundle)], legal_day(at))
    rows, found = _Rows(), list[Outcome]()
    for bundle in lot:
        try:
            if isinstance(bundle, Refusal):
                raise bundle
            found.append(_judged(bundle, known, rows, office=office, by=by, at=at))
        except Refusal as refused:
            found.append(refused)
    try:
        with transaction.atomic():
            rows.write()
    except Refusal as refused:  # a text that no column takes: whose it is comes out one by one
        if len(lot) == 1:
            return [refused]
        return [came for one in lot for came in take_lot([one], office=office, by=by, at=at)]
    return found


def witness(bundle: Bundle, *, office: Organisation, at: dt.datetime) -> WitnessedHead:
    """Keep where a sender's log stands and what it saw of others, once both agree with what was seen before.

    Raises UnknownSender, SenderDiffers, NotTheReceiver, ForgedBundle, SplitHistory.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [TAKING])
    sender = _sender_of(bundle, _senders([bundle.verifier]))
    must_receive_from(office, sender, legal_day(at))
    heads = _Heads([bundle])
    rows = _Rows(heads=_witnessed(bundle, heads.new(heads.compared(bundle)), at))
    rows.write()
    return WitnessedHead.objects.get(
        verifier=bundle.verifier, size=bundle.head.size, root=bundle.head.root.hex()
    )


def must_receive_from(office: Organisation, sender: Organisation, today: dt.date) -> None:
    """Some return of the sender goes to the office. Raises NotTheReceiver."""
    if office not in {receiver(form, sender, today) for form in forms_for(sender, today)}:
        raise NotTheReceiver


def countersigned(note: str, at: dt.datetime) -> str:
    """A checkpoint with this installation's line as its witness, where it holds its key."""
    key = settings.AUDIT_SIGNING_KEY
    return cosigned(note, Signer(key), at) if key is not None else note


def _judged(
    bundle: Bundle, known: _Known, rows: _Rows, *, office: Organisation, by: Any, at: dt.datetime
) -> TakenBundle:
    """Every check of one bundle, and then its rows."""
    today, body = legal_day(at), bundle.body
    here = known.standing(bundle)
    must_be_filed_to(office, known.whom(here))
    if (body["pack"], body["pack_hash"]) != (here.form.pack.id, here.form.pack.content_hash):
        raise OtherRevision(pack=str(body["pack"])[:60], hash=str(body["pack_hash"])[:12])
    if bundle.digest in known.digests:
        raise BundleTaken
    last = known.last_number.get(here.filing.pk) if here.filing else None
    if last is not None and int(body["number"]) <= last:
        raise OlderBundle(known=last, number=body["number"])
    shown = known.heads.compared(bundle)
    if not is_open(here, as_of=today):
        raise ReturnLocked(state=here.state.label)
    must_be_open(here, today)
    if dt.date.fromisoformat(body["made"]) > today:
        raise BundleMisdated(made=body["made"], today=today)
    must_count_its_own(body, here.organisation, here.form)
    version = _version(here, bundle, at)
    must_be_whole(here, version, today)
    return _add(rows, bundle, version, known.heads.new(shown), form=here.form, office=office, by=by, at=at)


def _version(here: ReturnStanding, bundle: Bundle, at: dt.datetime) -> ReturnVersion:
    """The version that a bundle brings, with its arithmetic done again; not yet written."""
    body = bundle.body
    cells = checked_cells(here.form, here.organisation, body["cells"])
    if hash_of([cells, body["absent"], body["remarks"]]) != body["hash"]:
        raise ForgedBundle
    filing = here.filing or FiledReturn(
        organisation=here.organisation, pack=here.form.pack.id, form=here.form.key, period=here.period.key, at=at,
        by=None,
    )  # fmt: skip
    return ReturnVersion(
        organisation=here.organisation, filing=filing, number=here.newest.number + 1 if here.newest else 1,
        cells=cells, absent=body["absent"], remarks=body["remarks"], note=f"bundle {bundle.digest[:16]}",
        hash=body["hash"], at=at, by=None,
    )  # fmt: skip


def _add(
    rows: _Rows,
    bundle: Bundle,
    version: ReturnVersion,
    heads: Sequence[tuple[str, TreeHead, str]],
    *,
    form: ReturnForm,
    office: Organisation,
    by: Any,
    at: dt.datetime,
) -> TakenBundle:
    """It was reviewed and filed where it comes from; here the receiver's clerk enters that, and its checkpoints are
    witnessed."""
    sender, note = version.organisation, str(bundle.body["checkpoint"])
    if version.filing._state.adding:
        rows.filings.append(version.filing)
    rows.versions.append(version)
    for number, what in enumerate((Step.REVIEWED, Step.SUBMITTED), 1):
        to = office if what == Step.SUBMITTED else None
        rows.steps.append(
            ReturnStep(
                organisation=sender, version=version, number=number, what=what.value, to=to, at=at, by=by
            )
        )
    rows.heads += _witnessed(bundle, heads, at)
    committed, sampled = bundle.body.get("committed") or {}, form.version.sampled
    taken = TakenBundle(
        organisation=sender, digest=bundle.digest, verifier=bundle.verifier, version=version,
        number=int(bundle.body["number"]), figures=bundle.body["figures"], below=bundle.body.get("below", []),
        committed=committed, cosigned=countersigned(note, at), at=at, by=by,
        answer_by=legal_day(at) + dt.timedelta(days=sampled.days) if sampled and committed else None,
    )  # fmt: skip
    rows.taken.append(taken)
    return taken


def _witnessed(
    bundle: Bundle, heads: Sequence[tuple[str, TreeHead, str]], at: dt.datetime
) -> list[WitnessedHead]:
    return [
        WitnessedHead(
            verifier=verifier,
            size=head.size,
            root=head.root.hex(),
            note=text,
            shown_by=bundle.verifier,
            at=at,
        )
        for verifier, head, text in heads
    ]


class _Heads:
    """The checkpoints that this installation saw of the logs which a lot shows, and those of the lot so far."""

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        self._shown: dict[str, list[tuple[str, TreeHead, str]] | Refusal] = {}
        for bundle in bundles:
            try:
                own = (bundle.verifier, bundle.head, str(bundle.body["checkpoint"]))
                self._shown[bundle.digest] = [own, *seen_heads(bundle)]
            except Refusal as refused:
                self._shown[bundle.digest] = refused
        shown = [one for several in self._shown.values() if isinstance(several, list) for one in several]
        self._roots: dict[tuple[str, int], set[bytes]] = {}
        asked = [[verifier for verifier, _, _ in shown], [head.size for _, head, _ in shown]]
        for (row,) in _HEADS_OF_SIZES(verifiers=asked[0], sizes=asked[1]):
            self._roots.setdefault((row.verifier, row.size), set()).add(bytes.fromhex(row.root))
        newest = _NEWEST_HEADS(verifiers=[one.verifier for one in bundles])
        self._newest = {row.verifier: TreeHead(row.size, bytes.fromhex(row.root)) for (row,) in newest}

    def compared(self, bundle: Bundle) -> list[tuple[str, TreeHead, str]]:
        """What a bundle shows, its own checkpoint first: with what the sender, and whoever saw its log, showed before,
        and what it saw of others with ours. Raises ForgedBundle, SplitHistory."""
        shown = self._shown[bundle.digest]
        if isinstance(shown, Refusal):
            raise shown
        for at, (verifier, head, _) in enumerate(shown):
            for root in self._roots.get((verifier, head.size), ()):
                must_agree(head, TreeHead(head.size, root))
            if not at:
                must_continue(bundle, self._newest.get(verifier))
        return shown

    def new(self, shown: Sequence[tuple[str, TreeHead, str]]) -> list[tuple[str, TreeHead, str]]:
        """Those of them that were not seen before; from now on they were."""
        found = []
        for verifier, head, note in shown:
            roots = self._roots.setdefault((verifier, head.size), set())
            if head.root not in roots:
                roots.add(head.root)
                found.append((verifier, head, note))
        return found


class _Known:
    """What the bundles of a lot are compared with, as it stands now: the senders are locked, as their own people lock
    them who write a version."""

    def __init__(self, bundles: Sequence[Bundle], today: dt.date) -> None:
        self._senders = _senders([one.verifier for one in bundles])
        self._standings: dict[str, ReturnStanding | Refusal] = {}  # by digest
        self._whom: dict[tuple[str, str, UUID], Organisation | None] = {}
        self._read_standings(bundles, today)
        self.heads = _Heads(bundles)
        digests = [one.digest for one in bundles]
        self.digests = set(TakenBundle.objects.filter(digest__in=digests).values_list("digest", flat=True))
        filings = [one.filing.pk for one in self._standings.values() if _is_filed(one)]  # type: ignore[union-attr]
        self.last_number = {
            version.filing_id: taken.number for taken, version in _LAST_TAKEN(filings=filings)
        }

    def standing(self, bundle: Bundle) -> ReturnStanding:
        """Where the return stands that a bundle is of. Raises UnknownSender, SenderDiffers, NoSuchReturn."""
        _sender_of(bundle, self._senders)
        here = self._standings[bundle.digest]
        if isinstance(here, Refusal):
            raise here
        return here

    def whom(self, here: ReturnStanding) -> Organisation | None:
        """To whom a return is filed."""
        return self._whom[(*_key(here.form), here.organisation.pk)]

    def _read_standings(self, bundles: Sequence[Bundle], today: dt.date) -> None:
        packs = supervising_each(list(self._senders.values()), today)
        forms: dict[tuple[str, str], ReturnForm] = {}
        of_form: dict[tuple[str, str], dict[str, list[Bundle]]] = {}  # by form and period
        for bundle in bundles:
            sender = self._senders.get(bundle.verifier)
            if sender is None:
                continue
            try:
                form = form_among(packs[sender.pk], str(bundle.body["form"]), today)
            except NoSuchReturn as refused:
                self._standings[bundle.digest] = refused
                continue
            forms.setdefault(_key(form), form)
            of_form.setdefault(_key(form), {}).setdefault(str(bundle.body["period"]), []).append(bundle)
        for key, periods in of_form.items():
            asked = {self._senders[one.verifier] for several in periods.values() for one in several}
            for id_, whom in receivers(forms[key], list(asked), today).items():
                self._whom[(*key, id_)] = whom
            for period, several in periods.items():
                offices = [self._senders[one.verifier] for one in several]
                found = {
                    one.organisation.pk: one for one in standings(forms[key], offices, period, as_of=today)
                }
                for one in several:
                    here = found.get(self._senders[one.verifier].pk)
                    self._standings[one.digest] = here if here is not None else NoSuchReturn()


def _key(form: ReturnForm) -> tuple[str, str]:
    return form.pack.id, form.key


def _is_filed(here: ReturnStanding | Refusal) -> bool:
    return isinstance(here, ReturnStanding) and here.filing is not None


def _sender_of(bundle: Bundle, senders: Mapping[str, Organisation]) -> Organisation:
    """Whose key signed it. Raises UnknownSender, SenderDiffers."""
    sender = senders.get(bundle.verifier)
    if sender is None:
        raise UnknownSender(key=bundle.verifier[:40])
    if bundle.body["office"] != sender.short:
        raise SenderDiffers(organisation=sender.name, office=str(bundle.body["office"])[:40])
    return sender


def _senders(verifiers: Sequence[str]) -> dict[str, Organisation]:
    """The offices whose keys these are, locked: who was given a key last, and the newest key of an office, alone
    count."""
    last = {key.verifier: key.organisation_id for (key,) in _LAST_GIVEN(verifiers=list(verifiers))}
    newest = {key.organisation_id: key.verifier for (key,) in _NEWEST_KEYS(offices=list(last.values()))}
    asked = {verifier: id_ for verifier, id_ in last.items() if newest[id_] == verifier}
    rows = Organisation.objects.filter(pk__in=asked.values())
    list(rows.select_for_update().order_by("pk").values_list("pk"))
    found = {one.pk: one for one in rows.select_related("region").prefetch_related("regions")}
    return {verifier: found[id_] for verifier, id_ in asked.items()}
