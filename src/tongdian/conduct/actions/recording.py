"""Acts: recorded, followed up by a case of their own, and taken back where they were wrongly recorded."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.allowed import person
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.cases import actions as cases
from tongdian.cases.effects import Authority
from tongdian.cases.models import ApplicationChannel, Case, TimeSource
from tongdian.conduct import queries
from tongdian.conduct.entries import ACT, BECAUSE
from tongdian.conduct.models import (
    ActTakenBack,
    ConductAct,
    ConductReport,
    Deduction,
    DeductionTakenBack,
    Publication,
    PublicationEnd,
    Violation,
)
from tongdian.conduct.rules import (
    DECIDE,
    RECORD,
    ActNotYet,
    AlreadyTakenBack,
    NoSuchConductReport,
    PermittedThen,
    PhotographNeeded,
    RecordedByOneself,
    UnitOrCustomer,
)
from tongdian.files.actions import store
from tongdian.files.rules import MediaType
from tongdian.network.models import Place
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.permissions import one_hand
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.supply.queries import permits_held, titles_of

MOST_BYTES = 10_000_000  # of a photograph
PICTURES = frozenset({MediaType.JPEG, MediaType.PNG})


@action("record-act", may=RECORD, within="organisation", fields=ACT)
def record_act(
    *,
    viewer: Any,
    organisation: Organisation,
    place: Place,
    act: str,
    on: dt.date,
    hour: str,
    at: dt.datetime,
    text: str = "",
    unit: Organisation | None = None,
    customer: Customer | None = None,
    seen_by: str = "",
    grave: str = "",
    beyond: str = "",
    photograph: bytes = b"",
    report: ConductReport | None = None,
    is_demo: bool = False,
) -> ConductAct:
    """Record what somebody saw, and open the case that follows it up, where something follows. `act` is picked from the
    words of the ladders; `photograph` is kept without its remarks and sealed; who records is the witness where no other is named.
    Without a picture of one's own that of `report`, a report to the house, is taken over as it was sealed.

    Raises NotAllowed, BadValue, NoSuchConductReport, NoConductRules, UnitOrCustomer, ActNotYet, PhotographNeeded, PermittedThen,
    ActNotOfSubject, and what `files` and opening a case refuse.
    """
    done_at = dt.datetime.combine(on, dt.time.fromisoformat(hour), tzinfo=SHANGHAI)
    if done_at > at:
        raise ActNotYet
    if (unit is None) == (customer is None):
        raise UnitOrCustomer
    if report is not None and report.organisation_id != organisation.pk:
        raise NoSuchConductReport
    taken_over = report.photograph if report is not None else None
    if not (photograph or taken_over or seen_by):
        raise PhotographNeeded
    pack = queries.rules_of(organisation, on)
    picked = queries.acts_to_pick(pack, on)[act]
    if not beyond:
        _must_not_be_permitted(pack, act, place, done_at)
    year = legal_day(at).year
    number = f"WZ-{organisation.short}-{year}-{next_number(organisation, 'act', year=year):06d}"
    kept = (
        store(content=photograph, at=at, allowed=PICTURES, max_bytes=MOST_BYTES) if photograph else taken_over
    )
    row = ConductAct.objects.create(
        organisation=organisation, number=number, place=place, unit=unit, customer=customer, pack=pack.id,
        ladder=picked.ladder, act=act, clause=picked.clause, done_at=done_at, text=text or picked.words.zh,
        seen_by=seen_by or getattr(viewer, "shown_name", "") or viewer.actor, grave=grave, beyond=beyond,
        photograph=kept, is_demo=is_demo, at=at, by=person(viewer),
    )  # fmt: skip
    follow_up(viewer=viewer, act=row, at=at)
    return row


def _must_not_be_permitted(pack: Pack, act: str, place: Place, done_at: dt.datetime) -> None:
    """Raise PermittedThen where a permit held, or an approval had been given, that makes it no act."""
    permitting = pack.head.uses.permitting
    kinds = permitting.excused.get(act, ()) if permitting is not None else ()
    held = permits_held(place, kinds, done_at) if kinds else []
    titles = titles_of(pack) if held else {}
    said = [(titles[one.permit], one.case.number if one.case else one.purpose) for one in held]
    said += [
        (pack.rules[one.process].title, one.number) for one in queries.approvals_of(pack, act, place, done_at)
    ]
    if said:
        raise PermittedThen(
            permits=Words(
                "、".join(f"{title.zh}（{by}）" for title, by in said),
                ", ".join(f"{title.en} ({by})" for title, by in said),
            )
        )


def follow_up(*, viewer: Any, act: ConductAct, at: dt.datetime) -> Case | None:
    """The case that brings about what follows an act: its facts are what the ladders say. None where nothing follows
    (articles 40 to 42). Raises ActNotOfSubject, and what opening a case refuses."""
    pack = queries.rules_of(act.organisation, legal_day(act.done_at))
    uses = pack.head.uses.conduct
    assert uses is not None
    follows = queries.what_follows(act, on=legal_day(at)).consequences
    if not follows:
        return None
    facts = {fact: "true" if name in follows else "false" for name, fact in uses.facts.items()}
    case = cases.open_case(
        viewer=Authority(viewer), organisation=act.organisation, pack=pack.adopted_id, process=uses.process,
        customer=act.customer, place=act.place, at=at, facts=facts, channel=ApplicationChannel.PROGRAM,
        source=TimeSource.DEMO if act.is_demo else TimeSource.LIVE,
    )  # fmt: skip
    Violation.objects.create(organisation=act.organisation, act=act, case=case, at=at, by=person(viewer))
    return case


@action("take-act-back", may=DECIDE, within="act.organisation", fields=BECAUSE)
def take_act_back(*, viewer: Any, act: ConductAct, reason: str, at: dt.datetime) -> ActTakenBack:
    """An act that was wrongly recorded, or against which an appeal was upheld, counts for nothing from now on: its
    publication ends, its deduction no longer stands, its case is withdrawn, and later acts of the subject are counted
    anew. All of it stays readable. Raises NotAllowed, AlreadyTakenBack, RecordedByOneself, and what withdrawing refuses."""
    one_at_a_time(act.organisation)
    if ActTakenBack.objects.filter(act=act).exists():
        raise AlreadyTakenBack(number=act.number)
    must_be_another(viewer, act, at=at)
    row = ActTakenBack.objects.create(
        organisation=act.organisation, act=act, reason=reason, at=at, by=person(viewer)
    )
    on = legal_day(at)
    for one in Publication.objects.filter(act=act, until__gt=on, ended=None):
        end_now(viewer=viewer, publication=one, reason=reason, at=at)
    for deduction in Deduction.objects.filter(act=act, taken_back=None):
        DeductionTakenBack.objects.create(
            organisation=act.organisation, deduction=deduction, reason=reason, at=at, by=person(viewer)
        )
    violation = Violation.objects.filter(act=act).select_related("case").first()
    if violation is not None and not violation.case.ending:
        cases.withdraw(
            viewer=Authority(viewer), case=violation.case, reason=reason, seen=violation.case.seq, at=at
        )
    return row


@action("end-publication", may=DECIDE, within="publication.organisation", fields=BECAUSE)
def end_publication(*, viewer: Any, publication: Publication, reason: str, at: dt.datetime) -> PublicationEnd:
    """Take a publication from the public page before its day. Raises NotAllowed, AlreadyTakenBack."""
    one_at_a_time(publication.organisation)
    if PublicationEnd.objects.filter(publication=publication).exists():
        raise AlreadyTakenBack(number=publication.act.number)
    return end_now(viewer=viewer, publication=publication, reason=reason, at=at)


def end_now(*, viewer: Any, publication: Publication, reason: str, at: dt.datetime) -> PublicationEnd:
    """What ends a publication, for whoever may."""
    return PublicationEnd.objects.create(
        organisation=publication.organisation, publication=publication, on=legal_day(at), reason=reason, at=at,
        by=person(viewer),
    )  # fmt: skip


def one_at_a_time(organisation: Organisation) -> None:
    """Rows that only grow cannot be locked: of two who decide at once in a house the second waits for the first."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def must_be_another(viewer: Any, act: ConductAct, *, at: dt.datetime) -> None:
    """Raise RecordedByOneself where the viewer, or somebody of one authority with them, recorded the act."""
    who = person(viewer)
    if who is not None and act.by_id in one_hand(who.pk, on=[legal_day(at), legal_day(act.at)]):
        raise RecordedByOneself(number=act.number)
