"""Beginning a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tongdian.agreements.models import Agreement
from tongdian.allowed import must_be_allowed
from tongdian.calendar import legal_day
from tongdian.cases import queries
from tongdian.cases.actions.appending import append
from tongdian.cases.actions.hands import actor_of
from tongdian.cases.effects import effect_named
from tongdian.cases.models import ApplicationChannel, Case, TimeSource
from tongdian.cases.rules import (
    FactContradictsSupply,
    NotBound,
    NotForSuchPlace,
    OpensForItsHouse,
    PlaceOfOthers,
    ServesAnother,
    case_number,
)
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.network.rules import PlaceKind
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.queries import adoption_in_force, shares_line
from tongdian.parties.rules import CustomerOfOthers
from tongdian.policy import process as kernel
from tongdian.policy.process import Process
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import both

INSIDE_A_HOUSE = frozenset({Organisation.Kind.OFFICE, Organisation.Kind.UNIT})


def open_case(
    *,
    viewer: Any,
    organisation: Organisation,
    pack: str,
    process: str,
    customer: Customer | None,
    place: Place | None,
    at: dt.datetime,
    facts: Mapping[str, Any] | None = None,
    channel: str = ApplicationChannel.COUNTER,
    claimed_on: dt.date | None = None,
    part_of: Case | None = None,
    source: str = TimeSource.LIVE,
) -> Case:
    """Begin a case under the wording in force on the day it counts from; `part_of` is the case
    that it serves, such as the connection whose works are to be approved.

    `viewer` None: the public, online. A fact that follows from the class in which the customer is
    supplied is filled in. Raises NotAllowed, NotBound, ServesAnother, FactContradictsSupply, NotForSuchPlace, OfAnotherKind, what else the
    kernel refuses, and what an effect of the process refuses that would come to nothing (`presumes`).
    """
    on = legal_day(at)
    if viewer is not None:
        must_be_allowed(viewer, "cases.open", Words("受理业务", "open cases here"), organisation)
    with transaction.atomic():
        case = new_case(
            organisation=organisation,
            pack=pack,
            process=process,
            customer=customer,
            place=place,
            on=on,
            claimed_on=claimed_on,
            channel=channel,
            part_of=part_of,
            source=source,
        )
        desk = queries.desk(case)
        must_suit(desk, place)
        _comes_to_something(desk, case, claimed_on or on)
        opened = kernel.open_case(
            desk.process,
            version=case.version,
            on=on,
            by=actor_of(viewer, case.number),
            facts=_with_class(desk, case, facts or {}, claimed_on or on),
            claimed_on=claimed_on,
        )
        kernel.must_agree(desk.pack, desk.wording, opened.facts, {}, on=claimed_on or on, taken=case.taken)
        case.save(force_insert=True)
        append(case, desk, None, [opened], viewer, at, source)
    return case


def _comes_to_something(desk: queries.Desk, case: Case, on: dt.date) -> None:
    for stage in desk.wording.stages.values():
        effect = effect_named(stage.effect)
        if effect is not None:
            effect.presumes(case, on)


def _with_class(desk: queries.Desk, case: Case, facts: Mapping[str, Any], on: dt.date) -> dict[str, Any]:
    """The facts, with those that follow from the class in which the customer is supplied there.

    Raises FactContradictsSupply where something else was said.
    """
    known = dict(facts)
    asked = {name: one for name, one in desk.wording.facts.items() if one.of_class}
    if not asked or case.place_id is None or case.customer_id is None:
        return known
    rows = Agreement.objects.filter(
        usage_point__place__ancestors__contains=[case.place_id], customer=case.customer_id
    )
    classes = set(rows.filter(in_force__contains=on).values_list("customer_class", flat=True))
    for name, one in asked.items() if classes else ():
        is_so = "true" if classes & set(one.of_class) else "false"
        if str(known.setdefault(name, is_so)).lower() != is_so:
            raise FactContradictsSupply(fact=one.title or name)
    return known


def new_case(
    *,
    organisation: Organisation,
    pack: str,
    process: str,
    customer: Customer | None,
    place: Place | None,
    on: dt.date,
    claimed_on: dt.date | None,
    channel: str,
    part_of: Case | None,
    source: str,
) -> Case:
    """A case with its number, pinned to the wording in force on the day it counts from; unsaved
    and without events. Raises NotBound."""
    first = claimed_on or on
    _must_bind(organisation, pack, first)
    must_be_here(organisation, place, customer)
    region = place.region if place else organisation.region
    rules = rulebook.pack_for(pack, region.pk)
    chosen = rules.rules[process]
    assert isinstance(chosen, Process)
    if part_of is not None and not chosen.may_serve(part_of.process):
        raise ServesAnother(process=chosen.title, case=part_of.number)
    taken = rulebook.options_in_force(rules, chosen)
    case = Case(
        id=uuid7(),
        number=case_number(organisation.short, on.year, next_number(organisation, "case", year=on.year)),
        organisation=organisation,
        region=region,
        place=place,
        customer=customer,
        part_of=part_of,
        pack=pack,
        process=process,
        version=chosen.version_on(first, taken).key,
        revision=rules.content_hash,
        taken=taken,
        channel=channel,
        opened_on=first,
        last_on=first,
        seq=0,
        is_demo=source == TimeSource.DEMO,
    )
    case.pairs = queries.search_pairs(case)
    return case


def must_suit(desk: queries.Desk, place: Place | None) -> None:
    """Raise NotForSuchPlace for a place of a kind that the process is not for."""
    if place is not None and place.kind in desk.wording.not_at:
        kind = both(PlaceKind(place.kind).label)
        raise NotForSuchPlace(process=desk.process.title, kind=kind, place=place.name)


def must_be_here(organisation: Organisation, place: Place | None, customer: Customer | None) -> None:
    """A case is for a customer of its organisation, at a place of it, of those above or below.

    Raises PlaceOfOthers, CustomerOfOthers.
    """
    if customer is not None and customer.organisation_id != organisation.pk:
        raise CustomerOfOthers(customer=customer.name, organisation=organisation.name)
    if place is not None and not shares_line(place.organisation, organisation):
        raise PlaceOfOthers(place=place.name, organisation=organisation.name)


def _must_bind(organisation: Organisation, pack: str, on: dt.date) -> None:
    if organisation.kind in INSIDE_A_HOUSE:
        raise OpensForItsHouse(organisation=organisation.name)
    if adoption_in_force(organisation, pack, on=on) is None:
        raise NotBound(organisation=organisation.name, on=on, pack=pack)
