"""Reading what the public and the offices ask about: services, drafts, tracking, visits, repairs."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Hashable, Iterable
from typing import Any
from unicodedata import normalize
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tongdian.bigrams import stands_in
from tongdian.calendar import BeyondPublishedCalendar, legal_day
from tongdian.cases.effects import effect_named
from tongdian.cases.models import Case, OpenStage
from tongdian.cases.rules import Applicant
from tongdian.connections.models import Application, Draft, PublishedFee, Repair, Visit
from tongdian.connections.rules import (
    DRAFTS_ARE_KEPT,
    DraftGone,
    NoSuchOffice,
    NoSuchService,
    NotFoundTogether,
    Service,
    service,
    services,
)
from tongdian.network.models import Place
from tongdian.parties.models import Adoption, Customer, Organisation
from tongdian.parties.permissions import seen
from tongdian.parties.queries import packs_in_force
from tongdian.parties.telephones import NotAPhoneNumber, checked_phone
from tongdian.personal import decrypt, lookup
from tongdian.policy.packs import Pack
from tongdian.policy.process import Process
from tongdian.policy.process.model import Stage
from tongdian.policy.refusals import PackError
from tongdian.rulebook import queries as rulebook

# ---------------------------------------------------------------- what is offered


def offices(on: dt.date) -> list[Organisation]:
    """The campuses and suppliers to which the public may apply: those that adopted a pack."""
    adopted = Adoption.objects.filter(in_force__contains=on).values("organisation")
    rows = Organisation.objects.filter(id__in=adopted, in_force__contains=on)
    serving = [Organisation.Kind.CAMPUS, Organisation.Kind.SUPPLIER, Organisation.Kind.BRANCH]
    return list(rows.filter(kind__in=serving).select_related("region").order_by("name"))


def office_short(short: str, on: dt.date) -> Organisation:
    """An office by its short name. Raises NoSuchOffice."""
    known = {office.short: office for office in offices(on)}
    if short not in known:
        raise NoSuchOffice(office=short, known="、".join(sorted(known)) or "—")
    return known[short]


def packs_of(organisation: Organisation, on: dt.date) -> list[Pack]:
    """The packs that bind an organisation and can be read; where an overlay of its place governs, that."""
    found = []
    for adoption in packs_in_force(organisation, on=on):
        try:
            found.append(rulebook.pack_for(adoption.pack, organisation.region_id))
        except PackError:
            continue  # told on the rulebook's page
    return found


def standing() -> Hashable:
    """All that the public's pages are drawn from: the rulebook, the offices and what binds them, and
    the fees, which are only added to."""
    rows = Organisation.objects.order_by("id")
    named = rows.values_list("id", "parent", "name", "name_en", "short", "hotline", "address", "in_force")
    bound = Adoption.objects.order_by("id").values_list("id", "organisation", "pack", "in_force")
    fees = PublishedFee.objects.order_by("id").values_list("id", "in_force")
    return rulebook.standing(), tuple(named), tuple(bound), tuple(fees)


def services_of(organisation: Organisation, on: dt.date) -> list[tuple[Pack, Process]]:
    """What the public may apply for here, in the order of the groups."""
    return [(pack, process) for pack in packs_of(organisation, on) for process in services(pack, on)]


def service_of(
    organisation: Organisation, name: str, on: dt.date, facts: dict[str, Any] | None = None, pack_id: str = ""
) -> Service:
    """One service with its papers, steps and days, of a pack or of any. Raises NoSuchService."""
    for pack, process in services_of(organisation, on):
        if process.rule == name and pack_id in ("", pack.adopted_id):
            taken = rulebook.options_in_force(pack, process)
            return service(pack, process, on, taken=taken, facts=facts)
    raise NoSuchService(organisation=organisation.name, service=name)


# ---------------------------------------------------------------- drafts
def token_hash(token: str) -> str:
    """What is kept of a draft's address."""
    return hashlib.sha256(token.encode()).hexdigest()


def draft(token: str, *, at: dt.datetime) -> Draft:
    """A draft by its secret address. Raises DraftGone."""
    rows = Draft.objects.select_related("organisation", "organisation__region")
    found = rows.filter(token_hash=token_hash(token), case=None).first()
    if found is None or found.changed_at < at - DRAFTS_ARE_KEPT:
        raise DraftGone
    return found


def content(row: Draft) -> dict[str, Any]:
    """What was written so far: {"form": {…}, "facts": {…}, "papers": {item: [{hash, name}]}}."""
    found: dict[str, Any] = json.loads(decrypt(row.content))
    return found


def customer_of(account: Any, organisation: Organisation) -> Customer | None:
    """The customer of an office who signs in with an account."""
    if account is None or not account.is_authenticated:
        return None
    return Customer.objects.filter(account=account, organisation=organisation, erased_on=None).first()


def known_applicant(account: Any, organisation: Organisation) -> dict[str, str]:
    """What an office knows of a customer who signed in, as an application asks it."""
    known = customer_of(account, organisation)
    if known is None:
        return {}
    secret = {name: decrypt(getattr(known, name)) for name in ("phone", "identity")}
    return {
        **secret,
        **{name: getattr(known, name) for name in ("kind", "name", "document", "contact", "email")},
    }


# ---------------------------------------------------------------- the applicant's own case
def track(number: str, phone: str) -> Applicant:
    """Who knows a case's number and the telephone given in it is its applicant.

    Raises NotFoundTogether, whichever is wrong. The pages limit how often it may be tried.
    """
    case = Case.objects.filter(
        number=normalize("NFKC", number).strip().upper(), customer__phone_lookup=_phone_lookup(phone)
    ).first()
    if case is None:
        raise NotFoundTogether
    return Applicant(case.id, case.number)


def _phone_lookup(phone: str) -> bytes:
    """By which a telephone is found, however it is written. Raises NotFoundTogether."""
    try:
        return lookup(checked_phone(phone))
    except NotAPhoneNumber:
        raise NotFoundTogether from None


def cases_of_account(account: Any) -> QuerySet[Case]:
    """The cases of a customer who signs in, newest first."""
    if not account.is_authenticated:
        return Case.objects.none()
    rows = Case.objects.filter(customer__account=account)
    return rows.select_related("organisation", "place").order_by("-id")


def application_of(case: Case) -> Application | None:
    """What was applied for: in the case, or in the one that it serves."""
    found = getattr(case, "application", None)
    if found is None and case.part_of is not None:
        found = getattr(case.part_of, "application", None)
    return found


def parts_of(wholes: Iterable[UUID | str]) -> QuerySet[Case]:
    """The cases that serve these, as far as they are for the same customer."""
    rows = Case.objects.filter(part_of__in=list(wholes), customer=F("part_of__customer"))
    return rows.select_related("organisation", "place", "customer").order_by("id")


# ---------------------------------------------------------------- visits
DAYS_OFFERED = 10


def free_slots(case: Case, office: Organisation, *, at: dt.datetime) -> list[dt.datetime]:
    """The hours of the next working days at which a visit can be booked, soonest first; as far as
    it is known which days are worked. None under a pack that names no hours."""
    pack = rulebook.pack(case.pack)
    visits = pack.head.uses.visits
    if visits is None:
        return []
    days = pack.calendar
    day, found = legal_day(at), []
    for _ in range(DAYS_OFFERED):
        try:
            day = days.next_working_day(day, region=case.region_id)
        except BeyondPublishedCalendar:
            break
        found += [timezone.make_aware(dt.datetime.combine(day, dt.time(hour))) for hour in visits.hours]
    taken: dict[dt.datetime, int] = {}
    booked = Visit.objects.filter(office=office, state=Visit.State.BOOKED, starts_at__gte=at).values_list(
        "starts_at", flat=True
    )
    for start in booked:
        taken[start] = taken.get(start, 0) + 1
    return [slot for slot in found if taken.get(slot, 0) < visits.at_once]


def visits(viewer: Any) -> QuerySet[Visit]:
    """The visits booked with a viewer's offices, soonest first."""
    rows = Visit.objects.filter(seen(viewer, "cases.work", organisation="office"))
    return rows.select_related("case", "case__place", "case__customer", "office").order_by("starts_at")


def stage_with_visit(case: Case) -> OpenStage | None:
    """The open stage for which the customer may book a visit: an office's, one at a time."""
    rows = OpenStage.objects.filter(case=case, is_suspended=False).exclude(office=None)
    return rows.select_related("office").order_by("opened_on", "stage").first()


# ---------------------------------------------------------------- repairs, fees
def repairs(viewer: Any) -> QuerySet[Repair]:
    """The repairs a viewer may see, newest first."""
    rows = Repair.objects.filter(seen(viewer, "connections.answer_repairs"))
    return rows.select_related("organisation", "place", "assigned_to").order_by("-id")


def tracked_repair(number: str, phone: str) -> Repair:
    """A repair by its number and the reporter's telephone. Raises NotFoundTogether."""
    found = Repair.objects.filter(
        number=normalize("NFKC", number).strip().upper(), phone_lookup=_phone_lookup(phone)
    ).first()
    if found is None:
        raise NotFoundTogether
    return found


def fees(
    organisation: Organisation, *, on: dt.date, service: tuple[str, str] | None = None
) -> list[PublishedFee]:
    """The published catalogue that binds an organisation on a day, its own and from above; of one
    service, by pack and process, what may be charged in it."""
    rows = PublishedFee.objects.filter(organisation__in=organisation.ancestors, in_force__contains=on)
    if service is not None:
        rows = rows.filter(charged_in__in=["", service[0], "/".join(service)])
    return list(rows.order_by("code"))


SUPPLIED_KINDS = [Place.Kind.SHOP, Place.Kind.FLAT, Place.Kind.ROOM, Place.Kind.SITE, Place.Kind.PREMISES]


def public_places(organisation: Organisation, text: str, service: Service | None = None) -> list[Place]:
    """The places an applicant may pick: by what they type, at most twenty. Those at which the service can come to
    something, where its effects say so: for a permit the places that a timetable governs, halls and buildings
    among them. Else what can be supplied by itself: shops, sites, rooms, flats and premises."""
    rows = Place.objects.filter(organisation__ancestors__contains=[organisation.id])
    if text.strip():
        rows = rows.filter(stands_in(text))
    suiting = _where_it_can_be(service) if service is not None else None
    return list(rows.filter(suiting or Q(kind__in=SUPPLIED_KINDS)).order_by("name")[:20])


def _where_it_can_be(service: Service) -> Q | None:
    """The places at which its effects come to something; None where none has a say."""
    stages: dict[str, list[Stage]] = {}
    for stage in service.wording.stages.values():
        stages.setdefault(stage.effect or "", []).append(stage)
    found: Q | None = None
    for name, having in stages.items():
        effect = effect_named(name)
        suiting = effect.where(service.pack, having, service.on) if effect is not None else None
        if suiting is not None:
            found = suiting if found is None else found | suiting
    return found


def public_place(organisation: Organisation, id_: str) -> Place | None:
    """A place that an applicant picked; none for one that is not offered."""
    try:
        wanted = UUID(id_)
    except ValueError:
        return None
    rows = Place.objects.filter(organisation__ancestors__contains=[organisation.id])
    return rows.filter(pk=wanted).first()
