"""A bundle of another installation is taken in: its key known, its signature right, its record unbroken, its
arithmetic done again. Whatever is wrong is refused in words, and nothing is changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings

from tongdian.audit_log.rules import BadCheckpoint, Signer, TreeHead, read_checkpoint
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import action
from tongdian.supervision.actions.filing import (
    checked_cells,
    form_for,
    hash_of,
    must_be_open,
    must_be_receiver,
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
from tongdian.supervision.fields import SENDER
from tongdian.supervision.models import (
    FiledReturn,
    ReturnStep,
    ReturnVersion,
    TakenBundle,
    TrustedSender,
    WitnessedHead,
)
from tongdian.supervision.queries.filings import forms_for, standing
from tongdian.supervision.queries.offices import ReturnForm, receiver
from tongdian.supervision.queries.revising import is_open
from tongdian.supervision.refusing import (
    BundleTaken,
    NotAKey,
    NotTheReceiver,
    OlderBundle,
    OtherRevision,
    ReturnLocked,
    SenderDiffers,
    UnknownSender,
)
from tongdian.supervision.rules import ACCEPT, Step


@action("trust-sender", may=ACCEPT, within="office", fields=SENDER)
def trust_sender(
    *,
    viewer: Any,
    office: Organisation,
    organisation: Organisation,
    verifier: str,
    paper: str,
    at: dt.datetime,
) -> TrustedSender:
    """Enter the key of an office that sends bundles to this one, after it was compared.

    Raises NotAllowed, NotTheReceiver, NotAKey.
    """
    today = legal_day(at)
    receivers = {receiver(form, organisation, today) for form in forms_for(organisation, today)}
    if office not in receivers:
        raise NotTheReceiver
    try:
        read_checkpoint("", verifier=verifier)
    except BadCheckpoint:
        parts = verifier.split("+", 2)
        if len(parts) != 3 or not all(parts):
            raise NotAKey from None
    except Refusal:
        raise NotAKey from None
    return TrustedSender.objects.create(
        organisation=organisation, verifier=verifier, paper=paper, at=at, by=_person(viewer)
    )


@action("take-bundle", may=ACCEPT, within="office")
def take_bundle(*, viewer: Any, office: Organisation, data: bytes, at: dt.datetime) -> TakenBundle:
    """Take in the return of an office below that another installation sent. It lies then with this office as if
    it had been filed here, and is accepted or returned as any other.

    Raises NotAllowed, NotABundle, ForgedBundle, UnknownSender, SenderDiffers, OtherRevision, BundleTaken,
    OlderBundle, SplitHistory, NotTheReceiver, NotOpenYet, PeriodClosed, BadCell, BlankWithoutReason, ChecksFail.
    """
    today = legal_day(at)
    bundle = opened(data)
    sender = _sender(bundle)
    body = bundle.body
    form = form_for(sender, str(body["form"]), today)
    here = standing(form, sender, str(body["period"]), as_of=today)
    must_be_receiver(here, office, today)
    _must_be_same_rules(form, bundle)
    if TakenBundle.objects.filter(digest=bundle.digest).exists():
        raise BundleTaken
    last = (
        TakenBundle.objects.filter(version__filing=here.filing).order_by("-number").first()
        if here.filing
        else None
    )
    if last is not None and int(body["number"]) <= last.number:
        raise OlderBundle(known=last.number, number=body["number"])
    _compare_heads(bundle)
    if not is_open(here, as_of=today):
        raise ReturnLocked(state=here.state.label)
    must_be_open(here, today)
    version = _write(form, here, bundle, at)
    must_be_whole(here, version, today)
    _file(version, office, viewer, at)
    _witness(bundle, at)
    note = str(body["checkpoint"])
    key = settings.AUDIT_SIGNING_KEY
    return TakenBundle.objects.create(
        organisation=sender, digest=bundle.digest, verifier=bundle.verifier, version=version,
        number=int(body["number"]), figures=body["figures"],
        cosigned=cosigned(note, Signer(key), at) if key is not None else note, at=at, by=_person(viewer),
    )  # fmt: skip


def _person(viewer: Any) -> Any:
    """The account; an operator of the machine has none, and the audit log names them."""
    return viewer if getattr(viewer, "pk", None) is not None else None


def _sender(bundle: Bundle) -> Organisation:
    """The office whose key signed it: the newest key of an office alone counts."""
    known = (
        TrustedSender.objects.filter(verifier=bundle.verifier)
        .select_related("organisation__region")
        .prefetch_related("organisation__regions")
        .order_by("-at")
        .first()
    )
    if known is None:
        raise UnknownSender(key=bundle.verifier[:40])
    newest = TrustedSender.objects.filter(organisation=known.organisation).order_by("-at", "-id").first()
    if newest is None or newest.verifier != bundle.verifier:
        raise UnknownSender(key=bundle.verifier[:40])
    if bundle.body["office"] != known.organisation.short:
        raise SenderDiffers(organisation=known.organisation.name, office=str(bundle.body["office"])[:40])
    return known.organisation


def _must_be_same_rules(form: ReturnForm, bundle: Bundle) -> None:
    if (bundle.body["pack"], bundle.body["pack_hash"]) != (form.pack.id, form.pack.content_hash):
        raise OtherRevision(pack=str(bundle.body["pack"])[:60], hash=str(bundle.body["pack_hash"])[:12])


def _compare_heads(bundle: Bundle) -> None:
    """With what the sender, and whoever saw its log, showed before; and what it saw of others, with ours."""
    for row in WitnessedHead.objects.filter(verifier=bundle.verifier):
        must_agree(bundle.head, _head(row))
    newest = (
        WitnessedHead.objects.filter(verifier=bundle.verifier, shown_by=bundle.verifier)
        .order_by("-size")
        .first()
    )
    must_continue(bundle, _head(newest) if newest is not None else None)
    for verifier, head, _ in seen_heads(bundle):
        for row in WitnessedHead.objects.filter(verifier=verifier, size=head.size):
            must_agree(head, _head(row))


def _head(row: WitnessedHead) -> TreeHead:
    return TreeHead(size=row.size, root=bytes.fromhex(row.root))


def _witness(bundle: Bundle, at: dt.datetime) -> None:
    seen = [(bundle.verifier, bundle.head, str(bundle.body["checkpoint"])), *seen_heads(bundle)]
    for verifier, head, note in seen:
        if not WitnessedHead.objects.filter(verifier=verifier, size=head.size, root=head.root.hex()).exists():
            WitnessedHead.objects.create(
                verifier=verifier,
                size=head.size,
                root=head.root.hex(),
                note=note,
                shown_by=bundle.verifier,
                at=at,
            )


def _write(form: ReturnForm, here: Any, bundle: Bundle, at: dt.datetime) -> ReturnVersion:
    body = bundle.body
    cells = checked_cells(form, body["cells"])
    said = [cells, body["absent"], body["remarks"]]
    if hash_of(said) != body["hash"]:
        raise ForgedBundle
    filing = here.filing or FiledReturn.objects.create(
        organisation=here.organisation,
        pack=form.pack.id,
        form=form.key,
        period=here.period.key,
        at=at,
        by=None,
    )
    return ReturnVersion.objects.create(
        organisation=here.organisation, filing=filing, number=here.newest.number + 1 if here.newest else 1,
        cells=cells, absent=body["absent"], remarks=body["remarks"], note=f"bundle {bundle.digest[:16]}",
        hash=body["hash"], at=at, by=None,
    )  # fmt: skip


def _file(version: ReturnVersion, office: Organisation, viewer: Any, at: dt.datetime) -> None:
    """It was reviewed and filed where it comes from; here the receiver's clerk enters that."""
    for number, what in enumerate((Step.REVIEWED, Step.SUBMITTED), 1):
        ReturnStep.objects.create(
            organisation=version.organisation, version=version, number=number, what=what, to=office if what == Step.SUBMITTED else None, reason="", at=at,
            by=_person(viewer),
        )  # fmt: skip
