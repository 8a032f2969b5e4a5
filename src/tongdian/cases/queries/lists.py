"""The cases that a viewer may see: one by its number, lists of them, and what waits for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Value

from tongdian.bigrams import bigrams, stands_in
from tongdian.cases.models import Case, Event, OpenStage
from tongdian.cases.queries.one import Desks, approval_offices
from tongdian.cases.queries.refusals import mark_refused, with_refusals
from tongdian.cases.rules import Applicant, NoSuchCase
from tongdian.network.models import Place
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.permissions import below, grants, seen, sees
from tongdian.parties.rules import PERMISSIONS
from tongdian.questions import Question


def cases(viewer: Any) -> QuerySet[Case]:
    """Every case a viewer may see, newest first.

    An approval department (roads, greenery) sees those whose stage it has or that it worked on.
    """
    wanted = seen(viewer, "cases.read", region="region")
    asked = approval_offices(viewer, "cases.read")
    if asked:
        of_the_case = OpenStage.objects.filter(case=OuterRef("pk"), office__in=asked)
        worked_on = Event.objects.filter(case=OuterRef("pk"), account=viewer.pk)
        wanted |= Q(Exists(of_the_case)) | Q(Exists(worked_on))
    return (
        Case.objects.filter(wanted)
        .select_related("organisation", "place", "customer__organisation")
        .order_by("-id")
    )


# A list reads what its rows say, not whole organisations and customers again for every row.
_OF_A_CASE = (
    "number",
    "pack",
    "process",
    "version",
    "revision",
    "taken",
    "channel",
    "opened_on",
    "ended_on",
    "ending",
    "suspended_since",
    "waits_from",
    "is_demo",
    "region_id",
    "organisation__name",
    "organisation__name_en",
    "place__name",
    "customer__kind",
    "customer__name",
    "customer__erased_on",
    "customer__organisation__ancestors",
)
_OF_A_STAGE = (
    "stage",
    "limit",
    "in_working_days",
    "opened_on",
    "due_on",
    "office__name",
    "office__name_en",
    "assigned_to__name",
    "assigned_to__username",
)


def listed(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with as much of each as a row says, and whether it was refused."""
    return with_refusals(rows.only(*_OF_A_CASE))


def with_open_stages(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with their open stages read along, as `shown_stages`, first due first."""
    stages = OpenStage.objects.select_related("office", "assigned_to").only(*_OF_A_STAGE)
    stages = stages.order_by("due_on", "stage")
    return rows.prefetch_related(Prefetch("open_stages", stages, to_attr="shown_stages"))


_NUMBERED = Question(
    """
    select {file}, {organisation}, {above}, {top}, {place}, {customer}, {serving}
      from cases_case file
      join parties_organisation organisation on organisation.id = file.organisation_id
      left join parties_organisation above on above.id = organisation.parent_id
      left join parties_organisation top on top.id = above.parent_id
      left join network_place place on place.id = file.place_id
      left join parties_customer customer on customer.id = file.customer_id
      left join parties_organisation serving on serving.id = customer.organisation_id
     where file.number = %(number)s
    """,
    file=Case,
    organisation=Organisation,
    above=Organisation,
    top=Organisation,
    place=Place,
    customer=Customer,
    serving=Organisation,
)


def case_numbered(viewer: Any, number: str) -> Case:
    """One case by its number. Raises NoSuchCase for one that is not there or not the viewer's."""
    for case, organisation, above, top, place, customer, serving in _NUMBERED(number=number):
        case.organisation, case.place, case.customer = organisation, place, customer
        organisation.parent = above
        if above is not None:
            above.parent = top
        if customer is not None:
            customer.organisation = serving
        if _may_see(viewer, case):
            return cast("Case", case)
    raise NoSuchCase(case=number)


def _may_see(viewer: Any, case: Case) -> bool:
    if isinstance(viewer, Applicant):  # whose telephone and ticket end with the personal data
        return viewer.case == case.id and not (case.customer and case.customer.erased_on)
    return (
        _sees(viewer, case)
        or cases(viewer).filter(id=case.id).exists()  # by a stage that a department has or had
    )


def _sees(viewer: Any, case: Case) -> bool:
    return sees(viewer, "cases.read", case.organisation, region=case.region_id)


def find_cases(viewer: Any, text: str) -> QuerySet[Case]:
    """The cases in whose number, applicant or place the text stands."""
    return cases(viewer).filter(matching(text))


def matching(text: str) -> Q:
    """The filter of `find_cases`. One character alone finds nothing but a whole word."""
    return stands_in(text)


def search_pairs(case: Case) -> list[str]:
    """What a case is found by."""
    place = case.place.name if case.place else ""
    customer = case.customer.name if case.customer and not case.customer.erased_on else ""
    return bigrams(case.number, place, customer)


def work(viewer: Any) -> QuerySet[OpenStage]:
    """The open stages that the viewer's offices have in hand, first due first."""
    roles = PERMISSIONS["cases.work"]
    held = [grant for grant in grants(viewer) if grant.role in roles]
    rows = OpenStage.objects.filter(is_suspended=False)
    if not any(grant.organisation is None for grant in held):
        offices = below(viewer, held, works=True)
        # a department that is not here is stood in for by the case's own organisation
        rows = rows.filter(
            Q(office__in=offices) | Q(office=None, owner="government", organisation__in=offices)
        )
    return _listed(rows).order_by(F("due_on").asc(nulls_last=True), "opened_on")


_WITH_THE_CASE = (
    "case__organisation",
    "case__place",
    "case__customer__organisation",
    "office",
    "assigned_to",
)


def _listed(rows: QuerySet[OpenStage]) -> QuerySet[OpenStage]:
    of_the_case = (f"case__{name}" for name in _OF_A_CASE)
    return rows.select_related(*_WITH_THE_CASE).only(*_OF_A_STAGE, *of_the_case)


def first_of(lists: Sequence[QuerySet[OpenStage]], most: int) -> list[list[OpenStage]]:
    """The first stages of several lists, each in no order, by two questions for all of them."""
    keys = [
        rows.annotate(part=Value(number)).values_list("part", "case_id", "stage")[:most]
        for number, rows in enumerate(lists)
    ]
    found = [(part, (case, stage)) for part, case, stage in keys[0].union(*keys[1:], all=True)]
    rows = _listed(OpenStage.objects.filter(case__in={case for _part, (case, _stage) in found}))
    by_key = {(row.case_id, row.stage): row for row in rows}
    parts: list[list[OpenStage]] = [[] for _ in lists]
    for part, key in found:
        if key in by_key:
            parts[part].append(by_key[key])
    return parts


def at_effect(viewer: Any, effect: str, *, among: int) -> list[Case]:
    """The cases among the first so many in a viewer's hands that stand at a stage with an effect."""
    rules = (f"case__{name}" for name in ("pack", "revision", "process", "version", "taken"))
    rows = work(viewer).select_related(None).select_related("case").only("stage", *rules)[:among]
    desks = Desks()
    ids = [row.case_id for row in rows if desks.of(row.case).wording.stages[row.stage].effect == effect]
    found = Case.objects.select_related("place").in_bulk(ids)
    return [found[id_] for id_ in dict.fromkeys(ids)]


def with_customers(viewer: Any) -> QuerySet[OpenStage]:
    """The stages that wait for a customer whom the viewer serves at the counter, for an office
    that of its house, oldest first."""
    roles = PERMISSIONS["cases.open"]
    held = [grant for grant in grants(viewer) if grant.role in roles]
    rows = OpenStage.objects.filter(owner="customer", is_suspended=False)
    if not any(grant.organisation is None for grant in held):
        houses = [grant.house for grant in held if grant.house]
        rows = rows.filter(organisation__in=[*below(viewer, held, works=True), *houses])
    return _listed(rows).order_by("opened_on")


_NEAR = Question(
    """
    select {file}, {organisation}
      from cases_case file
      join parties_organisation organisation on organisation.id = file.organisation_id
     where (file.part_of_id = %(case)s or file.place_id = %(place)s) and file.id <> %(case)s
     order by file.part_of_id is not distinct from %(case)s desc, file.id desc
     limit %(most)s
    """,
    file=Case,
    organisation=Organisation,
)
MOST_NEAR = 200


def near(viewer: Any, case: Case) -> list[Case]:
    """The cases that serve one, then the others at its place, as far as the viewer sees them, each
    newest first: one withdrawn and applied for anew shows."""
    found = []
    for one, organisation in _NEAR(case=case.id, place=case.place_id, most=MOST_NEAR):
        one.organisation = organisation
        found.append(one)
    hidden = [one for one in found if not _sees(viewer, one)]
    if hidden and approval_offices(viewer, "cases.read"):  # by a stage that the department has or had
        shown = set(cases(viewer).filter(id__in=[one.id for one in hidden]).values_list("id", flat=True))
        hidden = [one for one in hidden if one.id not in shown]
    unseen = {one.id for one in hidden}
    mark_refused(found)
    return [one for one in found if one.id not in unseen]


def applied_anew(case: Case, others: Iterable[Case]) -> list[Case]:
    """Of the others, those that make a pair with this one: withdrawn, then applied for again by
    the same process (which would begin the clock anew)."""
    pairs = []
    for other in others:
        first, second = sorted((case, other), key=lambda one: one.id.int)
        if first.process == second.process and first.ending == "withdrawn":
            pairs.append(other)
    return pairs


def with_claims(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with an event that claims an earlier day than it was recorded on."""
    claimed = Event.objects.filter(case=OuterRef("pk"), claimed_on__lt=F("on"))
    return rows.filter(Exists(claimed))


def waiting_claims(viewer: Any, on: dt.date) -> QuerySet[Case]:
    """The cases judged late until somebody countersigns what is claimed, longest first."""
    return cases(viewer).filter(waits_from__lte=on).order_by("waits_from", "id")
