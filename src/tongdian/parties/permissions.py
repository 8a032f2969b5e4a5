"""What somebody may do and see: `viewer.has_perm("area.verb", organisation)` and `seen(…)`.

Actions and menus ask the same question: a role held in an organisation counts in all below it.
Without an organisation it asks whether the viewer may do it anywhere, which is what a menu wants
to know. The table of roles is in rules.py. Permission is asked about the present day.

What is found is kept on the account object, so a request asks the database at most three times:
for roles, for the organisations below, and for the regions that departments are competent for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import rules
from django.db.models import Q
from django.utils import timezone

from tongdian.allowed import Operator
from tongdian.calendar import region_prefix
from tongdian.parties.models import Account, Acting, Membership, Organisation
from tongdian.parties.rules import (
    FOR_ITS_UNITS,
    FOR_ONESELF,
    FOR_THE_HOUSE,
    FOR_THE_INSTALLATION,
    OF_A_GROUP,
    OF_ITS_OWN_HANDS,
    OF_WHO_WORKS,
    PERMISSIONS,
    Role,
)
from tongdian.questions import Question
from tongdian.regions import NATION

SUPERVISING = frozenset(
    {
        Organisation.Kind.REGULATOR,
        Organisation.Kind.DISPATCHED,
        Organisation.Kind.DEPARTMENT,
        Organisation.Kind.PRICE_AUTHORITY,
    }
)
GOVERNMENT = SUPERVISING | {Organisation.Kind.APPROVAL}
SUPERVISED = frozenset(
    {Organisation.Kind.SUPPLIER_GROUP, Organisation.Kind.SUPPLIER, Organisation.Kind.BRANCH}
)

_PARTS = frozenset({Organisation.Kind.OFFICE, Organisation.Kind.UNIT})  # of whoever is above them
HOUSES = SUPERVISED | {Organisation.Kind.CAMPUS}

_AND_WHERE = """
      left join parties_organisation organisation on organisation.id = role.organisation_id
      left join parties_organisation above on above.id = organisation.parent_id
"""
_IS_HELD = """
       role.in_force @> %(day)s
       and (role.account_id = %(account)s or role.account_id in (
               select absent.id
                 from parties_acting acting join parties_account absent on absent.id = absent_id
                where acting.stand_in_id = %(account)s and acting.in_force @> %(day)s
                  and absent.is_active and not exists (
                      select from parties_actingend early
                       where early.acting_id = acting.id and early."on" <= %(day)s)))
"""
_ROLE = {"role": Membership, "organisation": Organisation, "above": Organisation}
_HELD = Question(
    "select {role}, {organisation}, {above} from parties_membership role" + _AND_WHERE + "where" + _IS_HELD,  # noqa: S608  our own words
    **_ROLE,
)
_WHO = Question(  # each row repeats the account
    "select {account}, {role}, {organisation}, {above}"  # noqa: S608  our own words
    " from parties_account account left join parties_membership role on"
    + _IS_HELD
    + _AND_WHERE
    + "where account.id = %(account)s",
    account=Account,
    **_ROLE,
)

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody has today: their own, or that of a colleague they act for."""

    role: str
    organisation: Organisation | None
    for_account: UUID | None = None

    def reaches(self, organisation: Organisation) -> bool:
        """Whether the role counts in that organisation."""
        return self.organisation is None or self.organisation.id in organisation.ancestors

    def counts(self, permission: str, organisation: Organisation) -> bool:
        """Whether the role counts there for a permission: also in the house its office works for. What an office
        answers for itself its own people do, if there are any; of a group's suppliers a group sees returns."""
        if self._is_above(organisation):
            if self._is_of_a_group and permission not in OF_A_GROUP:
                return False
            if permission in OF_ITS_OWN_HANDS:
                return False
            if permission in OF_WHO_WORKS and self._supervises and organisation.kind not in _PARTS:
                return False
            if permission in FOR_ONESELF and has_people(organisation):
                return False
        return self.reaches(organisation) or (
            permission in FOR_THE_HOUSE
            and self.house is not None
            and self._works_for(organisation, permission)
        )

    def _works_for(self, organisation: Organisation, permission: str) -> bool:
        """Whether it is the office's campus or supplier, or one of its units where that is asked."""
        if self.house == organisation.id:
            return True
        is_unit = organisation.kind == Organisation.Kind.UNIT and self.house in organisation.ancestors
        return permission in FOR_ITS_UNITS and is_unit

    def _is_above(self, organisation: Organisation) -> bool:
        return self.organisation is not None and self.organisation.id in organisation.ancestors[:-1]

    @property
    def _is_of_a_group(self) -> bool:
        return self.organisation is not None and self.organisation.kind == Organisation.Kind.SUPPLIER_GROUP

    @property
    def _supervises(self) -> bool:
        return self.organisation is not None and self.organisation.kind in SUPERVISING

    @property
    def at(self) -> str:
        """Where it is held, as a key: an organisation's id, or "all"."""
        return str(self.organisation.id) if self.organisation else "all"

    @property
    def house(self) -> UUID | None:
        """The campus or supplier right above an office that fills a role of the processes."""
        office = self.organisation
        if office is None or not office.fills or office.kind != Organisation.Kind.OFFICE:
            return None
        above = office.parent
        return above.id if above is not None and above.kind in HOUSES else None


@dataclass(frozen=True, slots=True)
class Office:
    """One of several places where somebody has roles; "all" is the whole installation."""

    key: str
    organisation: Organisation | None
    is_chosen: bool
    only_stands_in: bool


def offices(account: Any) -> list[Office]:
    """Where somebody has roles today, if in more than one place: what they may narrow pages to."""
    places: dict[str, list[Grant]] = {}
    for grant in every_grant(account):
        places.setdefault(grant.at, []).append(grant)
    chosen = getattr(account, "acts_at", "")
    return [
        Office(key, there[0].organisation, key == chosen, all(one.for_account for one in there))
        for key, there in places.items()
        if len(places) > 1
    ]


def grants(account: Any, *, on: dt.date | None = None) -> tuple[Grant, ...]:
    """Every role held on a day (today), own and acted for. A closed account has none.

    Who chose to see one office only (`acts_at`, of the session) has for as long the roles there,
    never others; where none is left, all again.
    """
    held = every_grant(account, on)
    chosen = getattr(account, "acts_at", "")
    return tuple(one for one in held if one.at == chosen) or held if chosen else held


def every_grant(account: Any, on: dt.date | None = None) -> tuple[Grant, ...]:
    """As `grants`, in whichever office they choose to act."""
    if not account.is_active:
        return ()
    day = on or timezone.localdate()

    def find() -> tuple[Grant, ...]:
        return tuple(_grant(account, *row) for row in _HELD(account=account.id, day=day))

    return _kept(account, ("grants", day), find)


def account_with_grants(id_: UUID | str) -> Account | None:
    """An account together with every role that it holds today, by one question."""
    day = timezone.localdate()
    rows = _WHO(account=id_, day=day)
    if not rows:
        return None
    account: Account = rows[0][0]
    held = tuple(_grant(account, *row) for _account, *row in rows if row[0] is not None)
    _kept(account, ("grants", day), lambda: held)
    return account


def _grant(
    account: Account, role: Membership, organisation: Organisation | None, above: Organisation | None
) -> Grant:
    if organisation is not None and above is not None:
        organisation.parent = above
    return Grant(role.role, organisation, None if role.account_id == account.id else role.account_id)


def acting_on(day: dt.date) -> Any:
    """Who acts for whom on a day; what was ended early is not among it."""
    return Acting.objects.filter(in_force__contains=day).exclude(end__on__lte=day)


def one_hand(account: UUID, *, on: Iterable[dt.date]) -> set[UUID]:
    """An account, who acts for it and for whom it acts on one of those days: one authority, so that
    none of them is the second person for what another of them began."""
    hands = {account}
    for day in set(on):
        pairs = acting_on(day).filter(Q(absent=account) | Q(stand_in=account))
        hands.update(*pairs.values_list("absent", "stand_in"))
    return hands


def who_may(permission: str, organisation: Organisation, *, on: dt.date) -> list[Account]:
    """Everybody who has a permission in an organisation on a day, stand-ins too, by name."""
    tops = Q(organisation=None) | Q(organisation__ancestors__overlap=organisation.ancestors[:1])
    held = Membership.objects.filter(tops, role__in=PERMISSIONS[permission], in_force__contains=on)
    accounts = held.values("account")
    others = acting_on(on).filter(absent__in=accounts).values("stand_in")
    found = Account.objects.filter(Q(pk__in=accounts) | Q(pk__in=others), is_active=True)
    return [
        one
        for one in found.order_by("name", "username")
        if any(
            grant.role in PERMISSIONS[permission] and grant.counts(permission, organisation)
            for grant in every_grant(one, on)
        )
    ]


def may_everywhere(viewer: Any, permission: str) -> bool:
    """Whether the viewer has a permission in the whole installation."""
    if isinstance(viewer, Operator):
        return viewer.has_perm(permission)
    return any(
        grant.organisation is None and grant.role in PERMISSIONS[permission] for grant in grants(viewer)
    )


def only_supervises(viewer: Any) -> bool:
    """Whether every role of a viewer is held in an authority that supervises: it works no case itself."""
    held = grants(viewer)
    return bool(held) and all(
        one.organisation is not None and one.organisation.kind in SUPERVISING for one in held
    )


def own_units(viewer: Any) -> list[UUID]:
    """The units, of a campus or of another house, in which a viewer holds a role."""
    units = (one.organisation for one in grants(viewer) if one.organisation is not None)
    return [one.id for one in units if one.kind == Organisation.Kind.UNIT]


def only_in_units(viewer: Any) -> bool:
    """Whether every role of a viewer is held in a unit: it is supplied, and supplies nobody."""
    held = grants(viewer)
    return bool(held) and len(own_units(viewer)) == len(held)


def seen(viewer: Any, permission: str, *, organisation: str = "organisation", region: str = "") -> Q:
    """The rows that a viewer sees with a permission, as a filter.

    `organisation` and `region` are the names of the row's foreign keys. A role sees its
    organisation and all below; in an office that fills a role of the processes it also sees, for
    its work, what is its campus's or supplier's own. A role in a department also sees the suppliers
    of the regions that the department is competent for, row by row where the rows have a region;
    never a campus.
    """
    held = _held(viewer, permission)
    if any(grant.organisation is None for grant in held):
        return Q()
    if not held:
        return Q(pk__in=[])
    houses = [one.house for one in held if permission in FOR_THE_HOUSE and one.house]
    inside = below(viewer, held, of_groups=permission in OF_A_GROUP, works=permission in OF_WHO_WORKS)
    found = Q(**{f"{organisation}__in": [*inside, *houses]})
    if houses and permission in FOR_ITS_UNITS:
        found |= Q(
            **{f"{organisation}__kind": Organisation.Kind.UNIT, f"{organisation}__ancestors__overlap": houses}
        )
    prefixes = supervised_prefixes(viewer, permission)
    if prefixes:
        where = within(region or f"{organisation}__region", prefixes)
        found |= where & Q(**{f"{organisation}__kind__in": list(SUPERVISED)})
    return found


def sees(viewer: Any, permission: str, organisation: Organisation, *, region: str) -> bool:
    """Whether `seen` admits a row of that organisation in a region, by its code."""
    held = _held(viewer, permission)
    if any(grant.organisation is None or grant.counts(permission, organisation) for grant in held):
        return True
    prefixes = supervised_prefixes(viewer, permission)
    return organisation.kind in SUPERVISED and any(region.startswith(one) for one in prefixes)


def seen_organisations(viewer: Any, permission: str) -> Q:
    """The organisations that a viewer sees: own, below, and supervised by seat or by supply."""
    held = _held(viewer, permission)
    if any(grant.organisation is None for grant in held):
        return Q()
    if not held:
        return Q(pk__in=[])
    works = permission in OF_WHO_WORKS
    found = Q(pk__in=below(viewer, held, of_groups=permission in OF_A_GROUP, works=works))
    prefixes = supervised_prefixes(viewer, permission)
    if prefixes:
        supplies = Organisation.regions.through.objects.filter(within("region", prefixes))
        there = within("region", prefixes) | Q(pk__in=supplies.values("organisation_id"))
        found |= there & Q(kind__in=list(SUPERVISED))
    return found


def supervised_prefixes(viewer: Any, permission: str) -> tuple[str, ...]:
    """The code prefixes of the regions that a viewer's departments are competent for."""
    departments = frozenset(
        grant.organisation.id
        for grant in _held(viewer, permission)
        if grant.organisation is not None and grant.organisation.kind in SUPERVISING
    )

    def find() -> tuple[str, ...]:
        rows = Organisation.regions.through.objects.filter(organisation_id__in=departments)
        codes = rows.values_list("region_id", flat=True)
        return tuple(sorted({"" if code == NATION else region_prefix(code) for code in codes}))

    return _kept(viewer, ("prefixes", departments), find) if departments else ()


def within(region: str, prefixes: Iterable[str]) -> Q:
    """Rows whose region (a foreign key's name) has a code that begins with one of these; the empty
    one is the whole nation."""
    found = Q(pk__in=[])
    for prefix in prefixes:
        if not prefix:
            return Q(**{f"{region}__isnull": False})
        found |= Q(**{f"{region}__code__startswith": prefix})
    return found


def _held(viewer: Any, permission: str) -> list[Grant]:
    roles = PERMISSIONS[permission]
    return [grant for grant in grants(viewer) if grant.role in roles]


def below(viewer: Any, held: list[Grant], *, of_groups: bool = False, works: bool = False) -> list[UUID]:
    """The organisations in which these roles are held, and all below them; the suppliers of a group only for what
    a group sees of them (`OF_A_GROUP`). With `works`, of who supervises only its own parts (`OF_WHO_WORKS`)."""
    at = [grant.organisation for grant in held if grant.organisation is not None]
    own = frozenset(one.id for one in at)
    above = [one for one in at if of_groups or one.kind != Organisation.Kind.SUPPLIER_GROUP]
    wide = frozenset(one.id for one in above if not (works and one.kind in SUPERVISING))
    parts = frozenset(one.id for one in above) - wide

    def find() -> list[UUID]:
        where = Q(ancestors__overlap=list(wide)) | Q(pk__in=own)
        if parts:
            where |= Q(ancestors__overlap=list(parts), kind__in=_PARTS)
        return list(Organisation.objects.filter(where).order_by().values_list("id", flat=True))

    return _kept(viewer, ("below", own, wide, parts), find)


def has_people(organisation: Organisation) -> bool:
    """Whether somebody of the organisation itself does here what an office answers for itself (`FOR_ONESELF`): who
    only fills in, too, for then a second person of its own signs."""
    roles = frozenset[Role]().union(*(PERMISSIONS[one] for one in FOR_ONESELF))
    held = Membership.objects.filter(
        organisation=organisation, role__in=roles, in_force__contains=timezone.localdate()
    )
    return held.exists()


def workers_of(organisation: Organisation, permission: str, *, on: dt.date) -> Any:
    """The roles by which somebody has a permission of `OF_WHO_WORKS` in an organisation on a day: there, above it,
    or for the whole installation; who supervises it has none there."""
    lookers_on = frozenset() if organisation.kind in _PARTS else SUPERVISING
    tops = Q(organisation=None) | Q(organisation=organisation)
    tops |= Q(organisation__in=organisation.ancestors) & ~Q(organisation__kind__in=lookers_on)
    return Membership.objects.filter(
        tops, role__in=PERMISSIONS[permission], in_force__contains=on, account__is_active=True
    )


def _kept(account: Any, key: tuple[Any, ...], find: Callable[[], Found]) -> Found:
    """Found once for each account object, which lives for one request."""
    known: dict[tuple[Any, ...], Any] | None = getattr(account, "_found", None)
    if known is None:  # set by attribute, so that request.user and the account it wraps share it
        known = account._found = {}
    if key not in known:
        known[key] = find()
    found: Found = known[key]
    return found


def _held_by(permission: str, roles: frozenset[Role]) -> rules.predicates.Predicate:
    @rules.predicate(  # type: ignore[attr-defined, no-untyped-call, untyped-decorator]  # it has no types
        name=" or ".join(sorted(roles))
    )
    def holds(account: Account, organisation: Organisation | None = None) -> bool:
        if not getattr(account, "is_active", False):
            return False
        if organisation is None and permission in FOR_THE_INSTALLATION:
            return may_everywhere(account, permission)
        return any(
            grant.role in roles and (organisation is None or grant.counts(permission, organisation))
            for grant in grants(account)
        )

    return holds  # type: ignore[no-any-return]


for _name, _roles in PERMISSIONS.items():
    rules.add_perm(_name, _held_by(_name, _roles))  # type: ignore[attr-defined, no-untyped-call]
