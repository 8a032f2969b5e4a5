"""Organisations, what binds them and who fills which role; people; customers, masked."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from tongdian.allowed import NoSuchOrganisation
from tongdian.bigrams import bigrams, stands_in
from tongdian.parties import fields
from tongdian.parties.models import (
    Account,
    Acting,
    Adoption,
    Consent,
    Customer,
    Membership,
    Organisation,
    Region,
)
from tongdian.parties.names import sort_key, sounds
from tongdian.parties.numbers import checked_credit_code, checked_identity, checked_phone, plain_number
from tongdian.parties.permissions import GOVERNMENT, SUPERVISED, acting_on, grants, seen, seen_organisations
from tongdian.parties.rules import FOR_ITS_UNITS, FOR_THE_HOUSE, PERMISSIONS
from tongdian.personal import decrypt, lookup
from tongdian.policy.process import Process
from tongdian.policy.process.model import OWNERS
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.questions import Question
from tongdian.regions import codes_above
from tongdian.registers.fields import Scope
from tongdian.rulebook.queries import readable_packs

Row = TypeVar("Row", bound=Model)


class NoSuchPerson(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这个人员，或您无权查看。", "There is no such person, or they are not yours to see.")
    status = 404


class NoSuchCustomer(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这个用户，或您无权查看。", "There is no such customer, or they are not yours to see.")
    status = 404


# ---------------------------------------------------------------- organisations
def organisations(viewer: Any) -> QuerySet[Organisation]:
    """Every organisation that the viewer sees, closed ones too."""
    return Organisation.objects.filter(seen_organisations(viewer, "parties.read")).select_related(
        "region", "parent"
    )


def organisation(viewer: Any, id_: UUID | str) -> Organisation:
    """One organisation. Raises NoSuchOrganisation."""
    found = _one(organisations(viewer), id_)
    if found is None:
        raise NoSuchOrganisation
    return found


def organisations_of(viewer: Any) -> list[Organisation]:
    """Where the viewer works today, own roles before those acted for: the switcher's list. Who has
    a role in the whole installation gets the organisations at the top."""
    if isinstance(viewer, AnonymousUser):
        return []
    held = sorted(grants(viewer), key=lambda grant: grant.for_account is not None)
    if any(grant.organisation is None for grant in held):
        return list(Organisation.objects.filter(parent=None))
    found = {one.organisation.id: one.organisation for one in held if one.organisation is not None}
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Branch:
    """An organisation in the tree, `depth` steps below the highest that the viewer sees."""

    organisation: Organisation
    depth: int


def tree(viewer: Any, *, on: dt.date | None = None) -> list[Branch]:
    """What the viewer sees as a tree, each above those below it; with `on`, in force that day."""
    rows = organisations(viewer)
    if on is not None:
        rows = rows.filter(in_force__contains=on)
    listed = {one.id: one for one in rows}

    def place(one: Organisation) -> list[tuple[str, str]]:
        above = [listed[id_] for id_ in one.ancestors if id_ in listed]
        return [(each.name, str(each.id)) for each in above]

    return [Branch(one, len(place(one)) - 1) for one in sorted(listed.values(), key=lambda o: place(o))]


def above(organisation: Organisation) -> list[Organisation]:
    """The organisations above one, from the top down, for its breadcrumbs."""
    if len(known := _parents_read(organisation)) == len(organisation.ancestors) - 1:
        return known[::-1]
    found = Organisation.objects.in_bulk(organisation.ancestors[:-1])
    return [found[id_] for id_ in organisation.ancestors[:-1] if id_ in found]


def _parents_read(organisation: Organisation) -> list[Organisation]:
    """The organisations above one, from the nearest up, as far as they were read along with it."""
    found, one = [], organisation
    while Organisation.parent.is_cached(one) and one.parent is not None:
        one = one.parent
        found.append(one)
    return found


def packs_in_force(organisation: Organisation, *, on: dt.date) -> list[Adoption]:
    """The packs that bind an organisation on a day, its own adoptions first, then inherited ones.

    A pack that it and one above it adopted comes once: from the nearest.
    """
    return packs_of_each([organisation], on=on)[organisation.pk]


def packs_of_each(organisations: Sequence[Organisation], *, on: dt.date) -> dict[UUID, list[Adoption]]:
    """`packs_in_force` of several organisations, by their ids, asked in one question."""
    above = {id_ for one in organisations for id_ in one.ancestors}
    rows = Adoption.objects.filter(organisation__in=above, in_force__contains=on).select_related(
        "organisation"
    )
    nearest_first = sorted(rows, key=lambda row: (-len(row.organisation.ancestors), row.pack))
    found: dict[UUID, list[Adoption]] = {}
    for one in organisations:
        nearest: dict[str, Adoption] = {}
        for row in nearest_first:
            if row.organisation_id in one.ancestors:
                nearest.setdefault(row.pack, row)
        found[one.pk] = list(nearest.values())
    return found


def adoption_in_force(organisation: Organisation, pack: str, *, on: dt.date) -> Adoption | None:
    """The adoption by which a pack binds an organisation on a day; none where it does not."""
    found = packs_in_force(organisation, on=on)
    return next((row for row in found if row.pack == pack), None)


_FILLING = Question(
    """
    select {office} from parties_organisation office
     where office.fills @> %(role)s and office.in_force @> %(on)s and office.ancestors && %(tree)s
    """,
    office=Organisation,
)


def office_for(
    organisation: Organisation, role: str, *, on: dt.date, region: str | None = None
) -> Organisation | None:
    """The organisation that fills a role of a process for another; none where nobody does.

    Nearest first: itself, then one below it, then an office below each organisation above it.
    Where the tree has none, the department competent for the region (its code: of the work, else of
    the organisation) that fills it, the narrowest first: the county's road office before the
    province's. A supplier or branch is `supplier` of itself without saying so.
    """
    if role in organisation.fills or (role == "supplier" and organisation.kind in SUPERVISED):
        return organisation
    filling = _FILLING(role=[role], on=on, tree=organisation.ancestors[:1])
    in_the_tree = [one for (one,) in filling if _serves(one, organisation)]
    if in_the_tree:
        closest: Organisation = min(in_the_tree, key=lambda one: _steps(organisation, one))
        return closest
    code = region or organisation.region_id
    there = (code, *codes_above(code))
    competent = Organisation.regions.through.objects.filter(
        region_id__in=there,
        organisation__in=Organisation.objects.filter(
            fills__contains=[role], in_force__contains=on, kind__in=list(GOVERNMENT)
        ),
    ).select_related("organisation")
    nearest = min(
        competent, key=lambda row: (there.index(row.region_id), row.organisation.short), default=None
    )
    return nearest.organisation if nearest else None


def roles_to_fill() -> dict[str, Words]:
    """The roles of the installed packs' processes that an organisation may fill, by name."""
    found: dict[str, Words] = {}
    for pack in readable_packs()[0]:
        for rule in pack.rules.values():
            if isinstance(rule, Process):
                for version in rule.versions:
                    for name, role in version.all_roles.items():
                        if role.owner != "customer" and name not in OWNERS:
                            found.setdefault(name, role.title)
    return found | {"supplier": OWNERS["supplier"]}


def shares_line(one: Organisation, other: Organisation) -> bool:
    """Whether one of them is the other, or stands above or below it."""
    return one.id in other.ancestors or other.id in one.ancestors


def _serves(office: Organisation, organisation: Organisation) -> bool:
    """A supplier does not do another supplier's work, only that of those above or below it."""
    in_line = shares_line(organisation, office)
    return in_line or office.kind not in SUPERVISED


def _steps(organisation: Organisation, office: Organisation) -> tuple[int, int, str]:
    shared = sum(id_ in office.ancestors for id_ in organisation.ancestors)
    return len(organisation.ancestors) - shared, len(office.ancestors) - shared, office.short


def manageable(viewer: Any, permission: str, *, on: dt.date | None) -> QuerySet[Organisation]:
    """The organisations, in force on a day, in which a viewer has a permission: a form's choices,
    the highest first."""
    held = [one for one in grants(viewer) if one.role in PERMISSIONS[permission]]
    found = Organisation.objects.filter(in_force__contains=on).order_by("ancestors__len", "name")
    if any(one.organisation is None for one in held):
        return found
    own = [one.organisation.id for one in held if one.organisation is not None]
    houses = [one.house for one in held if permission in FOR_THE_HOUSE and one.house]
    units = houses if permission in FOR_ITS_UNITS else []
    return found.filter(
        Q(ancestors__overlap=own)
        | Q(id__in=houses)
        | Q(kind=Organisation.Kind.UNIT, ancestors__overlap=units)
    )


def named(viewer: Any, permission: str, short: str, *, on: dt.date) -> Organisation:
    """The organisation of that short name among those in which a viewer has a permission, as a form
    offers them: an office that works for its campus finds the campus. Raises NoSuchOrganisation."""
    found = manageable(viewer, permission, on=on).filter(short=short).first()
    if found is None:
        raise NoSuchOrganisation
    return found


def managed(viewer: Any, permission: str, id_: UUID, *, on: dt.date) -> Organisation:
    """The organisation of that id among those. Raises NoSuchOrganisation."""
    found = _one(manageable(viewer, permission, on=on), id_)
    if found is None:
        raise NoSuchOrganisation
    return found


def houses(viewer: Any, *, on: dt.date | None) -> QuerySet[Organisation]:
    """Where a viewer may enter customers: they are the campus's or the supplier's, no office's."""
    found = manageable(viewer, "parties.edit_customer", on=on)
    return found.filter(kind__in=[Organisation.Kind.CAMPUS, *SUPERVISED])


# ---------------------------------------------------------------- people
def people(viewer: Any, *, text: str = "") -> QuerySet[Account]:
    """Everybody with a role, now or once, in an organisation that the viewer sees."""
    roles = Membership.objects.filter(seen(viewer, "parties.read"))
    found = Account.objects.filter(id__in=roles.values("account_id")).order_by("name", "username")
    for word in text.split():
        found = found.filter(Q(name__icontains=word) | Q(username__icontains=word) | Q(phone__contains=word))
    return found


def person(viewer: Any, id_: UUID | str) -> Account:
    """One person; everybody sees themselves. Raises NoSuchPerson."""
    if str(id_) == str(getattr(viewer, "id", "")):
        return Account.objects.get(id=viewer.id)
    found = _one(people(viewer), id_)
    if found is None:
        raise NoSuchPerson
    return found


def roles_of(account: Account) -> list[Membership]:
    """Every role that somebody has or had, newest first."""
    rows = Membership.objects.filter(account=account).select_related("organisation")
    return list(rows.order_by("-in_force", "role"))


def roles_of_each(people: Iterable[Account]) -> dict[UUID, list[Membership]]:
    """The roles of several people, asked once."""
    found: dict[UUID, list[Membership]] = {one.id: [] for one in people}
    for row in Membership.objects.filter(account__in=found).order_by("-in_force", "role"):
        found[row.account_id].append(row)
    return found


def members(organisation: Organisation, *, on: dt.date) -> list[Membership]:
    """Who has a role in an organisation itself on a day."""
    rows = Membership.objects.filter(organisation=organisation, in_force__contains=on)
    return list(rows.select_related("account").order_by("role", "account__name"))


def colleagues(account: Account, *, on: dt.date) -> QuerySet[Account]:
    """Who could stand in for somebody: everybody with a role of their own in the same tree."""
    held = Membership.objects.filter(account=account, in_force__contains=on)
    tops = [one.organisation.ancestors[0] for one in held if one.organisation is not None]
    others = Membership.objects.filter(in_force__contains=on)
    if held and len(tops) == len(held):
        others = others.filter(Q(organisation=None) | Q(organisation__ancestors__overlap=tops))
    found = Account.objects.filter(id__in=others.values("account_id"), is_active=True)
    return found.exclude(id=account.id).order_by("name", "username")


def acting_of(account: Account) -> QuerySet[Acting]:
    """Who stands or stood in for somebody, and for whom they do, newest first."""
    rows = Acting.objects.filter(Q(absent=account) | Q(stand_in=account))
    return rows.select_related("absent", "stand_in", "by", "end", "end__by").order_by("-id")


def acting_for(account: Account, *, on: dt.date) -> list[Acting]:
    """For whom somebody acts on a day."""
    return list(acting_on(on).filter(stand_in=account).select_related("absent"))


# ---------------------------------------------------------------- customers
def customers(viewer: Any, *, text: str = "", withdrew: bool = False) -> QuerySet[Customer]:
    """The customers that a viewer sees, found by name, pinyin, number, whole identity, phone or its end.

    `withdrew`: only those who have withdrawn their consent and whose data are still here.
    """
    found = (
        Customer.objects.filter(seen(viewer, "parties.read_customer"))
        .select_related("organisation", "organisation__region")
        .order_by("-id")
    )
    if withdrew:
        newest = Consent.objects.filter(customer=OuterRef("pk")).order_by("-id")
        is_withdrawn = Subquery(newest.values("is_withdrawn")[:1])
        found = found.alias(is_withdrawn=is_withdrawn).filter(is_withdrawn=True, erased_on=None)
    return found.filter(found_by(text.strip())) if text.strip() else found


def consents_of(customer: Customer) -> list[Consent]:
    """What a customer consented to and withdrew, the newest first."""
    return list(customer.consents.order_by("-id"))


def standing_consent(customer: Customer) -> Consent | None:
    """The consent that holds: the newest, unless that one is a withdrawal."""
    newest = customer.consents.order_by("-id").first()
    return None if newest is None or newest.is_withdrawn else newest


def customer(viewer: Any, id_: UUID | str) -> Customer:
    """One customer. Raises NoSuchCustomer."""
    found = _one(customers(viewer), id_)
    if found is None:
        raise NoSuchCustomer
    return found


@dataclass(frozen=True, slots=True)
class ShownCustomer:
    """A customer as a viewer may see one: numbers masked, the name too unless they work with it."""

    customer: Customer
    name: str
    identity: str
    phone: str


def shown(viewer: Any, customer: Customer) -> ShownCustomer:
    """What a page says of a customer. A firm's name and code are public and stay whole."""
    scope, asked = Scope(viewer), fields.CUSTOMER
    name, identity, phone = (asked[one].shown(customer, scope) for one in ("name", "identity", "phone"))
    return ShownCustomer(customer=customer, name=name, identity=identity, phone=phone)


def names_of_regions(codes: Iterable[str]) -> dict[str, str]:
    """The divisions of these codes by their names in the reader's language."""
    rows = Region.objects.filter(code__in=list(codes)).only("code", "name", "name_en")
    return {one.code: one.shown_name for one in rows}


def shown_name(viewer: Any, customer: Customer) -> str:
    """A customer's name, 王** to who does not work with them."""
    return str(fields.CUSTOMER["name"].shown(customer, Scope(viewer)))


def customer_with_identity(organisation: Organisation, identity: str, document: str = "") -> Customer | None:
    """The customer of an organisation who has a (checked) number already, of that document or of any."""
    found = Customer.objects.filter(organisation=organisation, identity_lookup=lookup(identity))
    return (found.filter(document=document) if document else found).order_by("id").first()


TAIL = 4  # digits of a telephone number that people say


def searchable(name: str, number: str) -> list[str]:
    """What a customer is found by: pairs of the name and number, of how the name sounds (王小明: wangxiaoming,
    wxm; 单 both as a surname and as a word), and the first character alone."""
    read = dict.fromkeys(sort_key(name, of_a_person=is_person) for is_person in (True, False))
    heard = [] if name.isascii() else [sound for key in read for sound in sounds(key)]
    return list(dict.fromkeys([*bigrams(name, number), *bigrams(name[:1]), *bigrams(*heard)]))


def tail_of(phone: str) -> bytes:
    """The keyed hash by which a telephone is found by its last digits; empty for a shorter number."""
    digits = re.sub(r"\D", "", phone.split("-")[0])
    return lookup(f"tail {digits[-TAIL:]}") if len(digits) >= TAIL else b""


def looked_up(row: Customer) -> dict[str, Any]:
    """The columns by which a customer is found and put in order, as follows from what it says."""
    is_person = row.kind == Customer.Kind.PERSON
    return {
        "name_key": sort_key(row.name, of_a_person=is_person),
        "pairs": searchable(row.name, row.number),
        "phone_tail": tail_of(decrypt(row.phone)),
    }


def found_by(text: str) -> Q:
    """A whole identity or phone number by its keyed hash, a phone by its last four digits too; a number by
    its end; else a name, as it is written or as it sounds."""
    for check in (checked_identity, checked_credit_code):
        try:
            return Q(identity_lookup=lookup(check(text)))
        except Refusal:
            continue
    wanted = Q(number=text.upper()) | Q(identity_lookup=lookup(plain_number(text)))  # of a passport
    with contextlib.suppress(Refusal):
        wanted |= Q(phone_lookup=lookup(checked_phone(text)))
    if re.fullmatch(rf"\d{{{TAIL}}}", text):
        wanted |= Q(phone_tail=tail_of(text))
    if re.fullmatch(r"\d{2,}", text):
        wanted |= stands_in(text) & Q(number__endswith=text)
    return wanted | stands_in(text)


def _one(rows: QuerySet[Row], id_: UUID | str) -> Row | None:
    try:
        return rows.filter(id=id_).first()
    except ValidationError:
        return None
