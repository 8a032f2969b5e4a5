"""What is asked about conduct."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from tongdian.calendar import legal_day
from tongdian.cases.models import Case
from tongdian.cases.queries import state_of
from tongdian.conduct.models import (
    ActAppeal,
    ConductAct,
    ConductReport,
    ConductReportStep,
    Deduction,
    EducationRecord,
    Publication,
    ServedNotice,
)
from tongdian.conduct.rules import RECORD, ActNotOfSubject, NoConductRules, NoSuchAct, NoSuchUnit
from tongdian.metering.rules import UNITS
from tongdian.network.models import Place
from tongdian.network.rules import Utility
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.numbers import masked_name
from tongdian.parties.permissions import grants, own_units, seen
from tongdian.parties.queries import packs_in_force
from tongdian.parties.rules import CustomerKind
from tongdian.policy.answer import Answer, Consequences
from tongdian.policy.clauses import say_clause
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.kinds.ladder import LadderRule
from tongdian.policy.ladders import ACT, ON, WITHDRAWN
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import NotApplicable, Refusal
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.supply.queries import UsedOutside

UNCORRECTED, GRAVE = "uncorrected", "grave"


@dataclass(frozen=True, slots=True)
class PickedAct:
    """An act as it is picked from its words: the ladder and id, and the clause that names it."""

    ladder: str
    act: str
    clause: str
    words: Words

    @property
    def said(self) -> Words:
        """第六十一条（一） 自然光下照明."""
        cited = say_clause(self.clause)
        return Words(f"{cited.zh} {self.words.zh}", f"{cited.en}: {self.words.en}")


@dataclass(frozen=True, slots=True)
class WhatFollows:
    """What an act comes to: the answers of the ladders that count it, and each thing that follows once."""

    answers: tuple[Answer, ...]

    @property
    def consequences(self) -> dict[str, Words]:
        """Each thing that follows, by id."""
        return {
            one.id: one.title
            for answer in self.answers
            if isinstance(answer.value, Consequences)
            for one in answer.value.follows
        }

    def cite(self, consequence: str) -> tuple[str, ...]:
        """The clauses by which one of them follows."""
        found = (
            clause
            for answer in self.answers
            if isinstance(answer.value, Consequences)
            for one in answer.value.follows
            if one.id == consequence
            for clause in one.cite
        )
        return tuple(dict.fromkeys(found))


# ---------------------------------------------------------------- the rules
def rules_of(organisation: Organisation, on: dt.date) -> Pack:
    """The pack that says what follows violations in an organisation. Raises NoConductRules."""
    for row in packs_in_force(organisation, on=on):
        pack = rulebook.pack_for(row.pack, organisation.region_id)
        if pack.head.uses.conduct is not None:
            return pack
    raise NoConductRules(organisation=organisation.name)


def acts_to_pick(pack: Pack, on: dt.date) -> dict[str, PickedAct]:
    """Every act that may be picked on a day, by its id, in the order of the articles."""
    return _acts_named(pack, on, all_of_them=False)


def _acts_named(pack: Pack, on: dt.date, *, all_of_them: bool) -> dict[str, PickedAct]:
    found: dict[str, PickedAct] = {}
    for ladder in pack.head.uses.conduct.ladders if pack.head.uses.conduct else ():
        rule = pack.rules[ladder]
        assert isinstance(rule, LadderRule)
        version = rule.version_on(on, rule.taken(pack, {}))
        for key, act in version.acts.items():
            if not (act.picked or all_of_them):
                continue
            found.setdefault(key, PickedAct(ladder, key, act.cite[0], rule.act_words(pack, act)))
    return found


def words_of(act: ConductAct) -> PickedAct:
    """An act in the words of its own day's rule."""
    pack = rulebook.pack_for(act.pack, act.organisation.region_id)
    on = legal_day(act.done_at)
    picked = _acts_named(pack, on, all_of_them=True).get(act.act)
    if picked is not None:
        return picked
    known = pack.clauses.get(act.clause)
    return PickedAct(act.ladder, act.act, act.clause, known.title if known else Words(act.act, act.act))


def approvals_of(pack: Pack, act: str, place: Place, at: dt.datetime) -> list[Case]:
    """The cases in which an act was approved for good before an instant, at a place or at what it lies in: decided so, and
    neither sent back nor withdrawn since."""
    permitting = pack.head.uses.permitting
    approving = permitting.excused_by.get(act) if permitting is not None else None
    if approving is None:
        return []
    rows = Case.objects.filter(
        place__in=[place.pk, *place.ancestors], pack=pack.adopted_id, process=approving.process,
        events__kind="closed", events__stage=approving.stage, events__at__lte=at,
    ).exclude(ending="withdrawn")  # fmt: skip
    stood = [(row, state_of(row)) for row in rows.distinct().order_by("opened_on", "id")]
    return [
        row
        for row, state in stood
        if approving.stage in state.done and state.facts.get(approving.approved) is True
    ]


# ---------------------------------------------------------------- acts
def acts(viewer: Any) -> QuerySet[ConductAct]:
    """The acts that a viewer sees, the newest first: of the house, and of one's own unit."""
    whole = seen(viewer, "conduct.read")
    rows = ConductAct.objects.filter(
        whole | seen(viewer, "conduct.read", organisation="unit") if whole else whole  # nothing asked: all
    )
    return rows.select_related(
        "organisation", "place", "unit", "customer", "taken_back", "violation__case", "by"
    ).order_by("-done_at", "-id")


def served_on_units(viewer: Any) -> QuerySet[ConductAct]:
    """The acts of the viewer's own units of which a notice was served and whose case goes on: what waits for the unit."""
    served = Prefetch("notices", ServedNotice.objects.order_by("at"))
    appeals = Prefetch("appeals", ActAppeal.objects.select_related("heard_in__case").order_by("at"))
    rows = acts(viewer).filter(unit__in=own_units(viewer), taken_back=None, violation__case__ending="")
    return rows.filter(notices__isnull=False).distinct().prefetch_related(served, appeals)


def act_seen(viewer: Any, number: str) -> ConductAct:
    """One act. Raises NoSuchAct."""
    found = acts(viewer).filter(number=number).first()
    if found is None:
        raise NoSuchAct
    return found


def acts_of(act: ConductAct) -> QuerySet[ConductAct]:
    """All acts of the subject of one, itself among them, in the same house."""
    whose = Q(unit=act.unit_id) if act.unit_id else Q(customer=act.customer_id)
    return ConductAct.objects.filter(whose, organisation=act.organisation_id).select_related(
        "taken_back", "violation__case"
    )


def name_of(act: ConductAct, *, masked: bool = False) -> str:
    """Whose act it is; a person's name by its first character where it is `masked`."""
    if act.unit is not None:
        return act.unit.name
    assert act.customer is not None
    hides = masked and act.customer.kind == CustomerKind.PERSON
    return masked_name(act.customer.name) if hides else act.customer.name


def what_follows(act: ConductAct, *, on: dt.date) -> WhatFollows:
    """What an act comes to among all acts of its subject that were done up to its own day.

    Raises ActNotOfSubject where its own ladder does not speak of such a subject and no case follows it up: one that
    was recorded by an earlier reading stays readable.
    """
    pack = rulebook.pack_for(act.pack, act.organisation.region_id)
    rows = [one for one in acts_of(act) if legal_day(one.done_at) <= legal_day(act.done_at)]
    marks = _marks(rows)
    answers = []
    for rule in pack.rules.values():
        if not isinstance(rule, LadderRule):
            continue
        version = rule.version_on(on, rule.taken(pack, {}))
        known = rule.acts(pack, version)
        if act.ladder not in (rule.rule, *version.others) or act.act not in known:
            continue
        day, beside = legal_day(act.done_at), rule.counted_with(pack, version, act.act)
        own = [
            one
            for one in rows
            if (one.ladder == rule.rule or (one.ladder in version.others and one.act in known))
            and (one.act in beside or legal_day(one.done_at) < day)
        ]
        given: dict[str, Any] = {ACT: [_row(rule, one, marks) for one in own]}
        if "subject_kind" in rule.input:
            given["subject_kind"] = "unit" if act.unit_id else "other"
        try:
            answers.append(pack.answer(rule.rule, on=day, given=given))
        except NotApplicable as refused:
            if rule.rule == act.ladder and not hasattr(act, "violation"):
                words = words_of(act).words
                raise ActNotOfSubject(act=words, why=refused.words) from None
    return WhatFollows(tuple(answers))


def _row(rule: LadderRule, act: ConductAct, marks: Mapping[Any, bool]) -> dict[str, Any]:
    known = {UNCORRECTED: marks.get(act.pk, False), GRAVE: bool(act.grave)}
    return {
        ACT: act.act,
        ON: legal_day(act.done_at),
        WITHDRAWN: hasattr(act, "taken_back"),
        **{mark: known[mark] for mark in rule.marks if mark in known},
    }


def _marks(rows: Iterable[ConductAct]) -> dict[Any, bool]:
    """Which acts were not put right when somebody looked."""
    cases = {one.violation.case_id: one.pk for one in rows if hasattr(one, "violation")}
    found = {}
    for case in Case.objects.filter(pk__in=cases):
        found[cases[case.pk]] = state_of(case).facts.get("corrected") is False
    return found


def told_by(finding: UsedOutside) -> dict[str, Any]:
    """What a finding of use outside hours tells of an act, by the fields that ask it; in the language of notices."""
    hours, unit = finding.hours, UNITS[Utility(finding.point.utility)]
    meters = "、".join(one.code for one in finding.meters)
    states = "、".join(dict.fromkeys(hours.state(one).zh for one in finding.stretches))
    return {
        "on": finding.first.date(),
        "hour": f"{finding.first:%H:%M}",
        "text": f"{finding.first:%Y-%m-%d %H:%M} 至 {finding.until:%Y-%m-%d %H:%M}，{finding.point.code} 用量 "
        f"{finding.quantity.normalize():f} {unit}；该时段{states}，依据{hours.pack.say_cite(finding.cite, 'zh')}"
        f"（{hours.rule.title.zh}）。",
        "seen_by": f"计量表 {meters} 的定时抄见数"[:80],
    }


@dataclass(frozen=True, slots=True)
class RecoveryEdition:
    """The regulation by which what was stolen is calculated on a day, its rule, and what is open about its text: each with
    the option that was chosen, none where nothing was."""

    pack: Pack
    rule: str
    open: tuple[tuple[Words, Words | None], ...]


def recovery_edition(act: ConductAct, follows: WhatFollows) -> RecoveryEdition | None:
    """The edition that was in force on the day of an act from which recovery follows; None where none does, or nobody has
    the pack."""
    own = rulebook.pack_for(act.pack, act.organisation.region_id).head.uses.conduct
    recovery = own.recovery if own is not None else None
    if recovery is None or recovery.consequence not in follows.consequences:
        return None
    day = legal_day(act.done_at)
    for name, rule in recovery.editions.items():
        try:
            pack = rulebook.pack(name)
        except Refusal:
            continue
        if rule in pack.rules and pack.head.in_force.covers(day):
            listed = (pack.interpretations[key] for key in interpretations_of(pack, pack.rules[rule]))
            said = tuple(
                (one.issue, one.options[one.chosen].says if one.chosen in one.options else None)
                for one in listed
            )
            return RecoveryEdition(pack, rule, said)
    return None


# ---------------------------------------------------------------- what stands in public
def published_on(organisation: Organisation | None, day: dt.date) -> list[Publication]:
    """What stands on the public page on a day, the newest first."""
    rows = Publication.objects.filter(since__lte=day, until__gt=day).exclude(ended__on__lte=day)
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    return list(
        rows.select_related("organisation", "act__unit", "act__customer", "act__organisation").order_by(
            "-since", "-id"
        )
    )


def deductions(viewer: Any) -> QuerySet[Deduction]:
    """What was handed to finance, the newest first."""
    rows = Deduction.objects.filter(seen(viewer, "conduct.read"))
    return rows.select_related("act", "unit", "organisation", "taken_back").order_by("-at", "-id")


def wasted_by_unit(viewer: Any, first: dt.datetime, until: dt.datetime) -> list[tuple[str, int]]:
    """What was handed to finance in a time and still stands, in fen by unit, the most first."""
    rows = deductions(viewer).filter(taken_back=None, at__gte=first, at__lt=until).order_by()
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.unit.shown_name] = sums.get(one.unit.shown_name, 0) + one.amount_fen
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


def notices_of(act: ConductAct) -> list[ServedNotice]:
    """The notices served about an act, in order."""
    return list(act.notices.select_related("file").order_by("at"))


# ---------------------------------------------------------------- what units do themselves
def education(viewer: Any) -> QuerySet[EducationRecord]:
    """The records of education that a viewer sees, the newest first."""
    rows = EducationRecord.objects.filter(seen(viewer, "conduct.read"))
    return rows.select_related("organisation", "taken_back").order_by("-on", "-id")


# ---------------------------------------------------------------- reports
def reports(viewer: Any) -> QuerySet[ConductReport]:
    """The reports that a viewer sees, the newest first."""
    steps = ConductReportStep.objects.select_related("act", "by").order_by("at")
    rows = ConductReport.objects.filter(seen(viewer, "conduct.read"))
    return (
        rows.select_related("organisation").prefetch_related(Prefetch("steps", steps)).order_by("-at", "-id")
    )


def report_to_record(viewer: Any, key: UUID | None) -> ConductReport | None:
    """A report that waits for its act to be recorded, and of whose house the viewer records acts; None for another."""
    found = reports(viewer).filter(pk=key, steps=None).first() if key is not None else None
    return found if found is not None and viewer.has_perm(RECORD.name, found.organisation) else None


def step_named(report: ConductReport, what: str) -> ConductReportStep | None:
    """A step of a report, if it was taken."""
    return next((one for one in report.steps.all() if one.what == what), None)


def paid_at(rewarded: ConductReportStep) -> Organisation:
    """The office that hands a reward out: of the house, the one in which whoever decided it works; else the house."""
    held = grants(rewarded.by) if rewarded.by is not None else ()
    offices = (one.organisation for one in held if one.house == rewarded.organisation_id)
    return next((one for one in offices if one is not None), rewarded.organisation)


def houses(day: dt.date) -> list[Organisation]:
    """The organisations to which violations are reported: campuses whose regulation speaks of them."""
    found = []
    for one in Organisation.objects.filter(kind=Organisation.Kind.CAMPUS).order_by("name"):
        try:
            rules_of(one, day)
        except NoConductRules:
            continue
        found.append(one)
    return found


def units(organisation: Organisation) -> QuerySet[Organisation]:
    """The units of a house: those below it that fill no role."""
    return Organisation.objects.filter(
        ancestors__contains=[organisation.pk], kind=Organisation.Kind.UNIT
    ).order_by("name")


def unit_named(viewer: Any, short: str) -> Organisation:
    """A unit or office whose record a viewer may read, by its short name: its own people's, and of its campus whoever
    looks at violations there. Article 5 binds units and offices. Raises NoSuchUnit."""
    found = Organisation.objects.filter(short=short[:12]).first()
    if found is None or not any(
        viewer.has_perm("conduct.read", one) for one in (found, house_of(found)) if one
    ):
        raise NoSuchUnit
    return found


def house_of(unit: Organisation) -> Organisation | None:
    """The campus that a unit stands in: the nearest, where a university of several is entered as one too."""
    campuses = Organisation.objects.filter(pk__in=unit.ancestors, kind=Organisation.Kind.CAMPUS)
    return campuses.order_by("-ancestors__len").first()


def customers_of(organisation: Organisation) -> QuerySet[Customer]:
    """The customers of a house."""
    return Customer.objects.filter(organisation=organisation)


def counts(rows: QuerySet[ConductAct], by: str) -> list[tuple[str, int]]:
    """How many acts that still count there are of each clause or unit, the most first."""
    found = rows.filter(taken_back=None).order_by().values_list(by).annotate(number=Count("id"))
    return sorted(((str(key or "—"), number) for key, number in found), key=lambda one: (-one[1], one[0]))


def unit_last_found_at(place: Place) -> Organisation | None:
    """Whose act was found at a place last: likely whose room it is."""
    row = (
        ConductAct.objects.filter(place=place, unit__isnull=False)
        .order_by("-done_at")
        .select_related("unit")
        .first()
    )
    return row.unit if row else None


def report_followed(number: str) -> ConductReport | None:
    """A report by the number that only its reporter knows."""
    return ConductReport.objects.filter(number=number).select_related("organisation").first()


def reward_offered(pack: Pack, on: dt.date) -> Answer:
    """What the article offers for a report that is found true."""
    uses = pack.head.uses.conduct
    assert uses is not None
    return pack.answer(uses.reward, on=on)
