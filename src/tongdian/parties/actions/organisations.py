"""Organisations: created, renamed, moved and closed, never deleted; the packs they adopt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day, region_prefix
from tongdian.identifiers import uuid7
from tongdian.parties import guards
from tongdian.parties.actions.ending import end
from tongdian.parties.fields import NameMissing
from tongdian.parties.models import Adoption, Membership, Organisation, Region, since
from tongdian.parties.numbers import checked_credit_code
from tongdian.parties.permissions import may_everywhere
from tongdian.parties.queries import roles_to_fill
from tongdian.parties.telephones import checked_hotline
from tongdian.personal import marked
from tongdian.policy.overlays.places import overlay_region
from tongdian.policy.refusals import Refusal
from tongdian.policy.shelf import shelf
from tongdian.policy.words import Words
from tongdian.regions import NoSuchRegion
from tongdian.registers.action import ChangedMeanwhile
from tongdian.rulebook.rules import ReasonMissing

THE_TREE = 7_368_003  # the advisory lock under which organisations change their places
DEED = Words("管理单位", "manage organisations")


class ShortNameTaken(Refusal):
    """Short names begin numbers, so two organisations cannot share one."""

    says = Words(
        "简称“{short}”已由“{name}”使用；请另取一个。",
        'The short name "{short}" belongs to {name}; choose another.',
    )


class NotAShortName(Refusal):
    """What could not begin a number."""

    says = Words(
        "简称用于编号开头，须为 2 至 12 个大写字母或数字，如 YS。",
        "A short name begins numbers: 2 to 12 capital letters or digits, such as YS.",
    )


class WouldBeItsOwnAncestor(Refusal):
    """A move that would make a circle."""

    says = Words(
        "“{above}”在“{name}”之下，不能作为它的上级。", "{above} lies below {name} and cannot be above it."
    )


class HasOpenChildren(Refusal):
    """What lies below must be closed or moved first."""

    says = Words(
        "“{name}”之下还有未关闭的单位：{children}。请先关闭或移出。",
        "{name} still has organisations below it: {children}. Close or move them first.",
    )


class HasPeople(Refusal):
    """Roles must be ended first, or nobody would know who they answer to."""

    says = Words(
        "“{name}”还有在任人员：{people}。请先结束其任职。",
        "{name} still has people: {people}. End their roles first.",
    )


class IsClosed(Refusal):
    """Nothing more happens in a closed organisation."""

    says = Words("“{name}”自 {on} 起已关闭。", "{name} is closed since {on}.")


class NotYetOpen(Refusal):
    """It would close before it opens."""

    says = Words(
        "“{name}”自 {first} 起设立，关闭日期须在其后。",
        "{name} exists from {first} on; it can close only after that.",
    )


class NoSuchPack(Refusal):
    """Not installed here."""

    says = Words(
        "没有安装制度包“{pack}”；已安装：{known}。", 'No pack "{pack}" is installed; installed are {known}.'
    )
    status = 404


class AdoptedAlready(Refusal):
    """One pack binds an organisation once at a time."""

    says = Words(
        "“{name}”自 {first} 起已适用“{pack}”；请先结束该适用。",
        "{name} is bound by {pack} since {first}; end that first.",
    )


class OverlayOfAnotherPlace(Refusal):
    """An overlay that binds a place, adopted by an office of another."""

    says = Words(
        "“{pack}”只约束 {place}，{name}在 {region}，不在其范围；请采用所在地的规定。",
        "{pack} binds {place} alone, and {name} is in {region}, outside it; adopt what holds where it is.",
    )
    field = "pack"


class NotAdopted(Refusal):
    """There is nothing to end on that day."""

    says = Words(
        "“{name}”在 {on} 没有自行适用“{pack}”。", "{name} has no adoption of its own of {pack} on {on}."
    )


class FillsNoSuchRole(Refusal):
    """A role that no process has: nothing would ever come to whoever fills it."""

    says = Words(
        "已安装的制度中没有角色“{role}”；可选：{known}。",
        'No installed regulation has a role "{role}"; there are {known}.',
    )
    field = "fills"


def create_organisation(
    *,
    viewer: Any,
    kind: str,
    name: str,
    short: str,
    region: Region | str,
    since_on: dt.date,
    at: dt.datetime,
    parent: Organisation | None = None,
    name_en: str = "",
    regions: Iterable[Region | str] = (),
    fills: Sequence[str] = (),
    hotline: str = "",
    address: str = "",
    credit_code: str = "",
    is_demo: bool = False,
) -> Organisation:
    """Create an organisation below `parent`, or a top one (by who may everywhere).

    `regions` are what a department is competent for or where a supplier supplies; `fills` the
    process roles it fills. Raises NotAllowed, NameMissing, NotAShortName, ShortNameTaken,
    NoSuchRegion, FillsNoSuchRole, NotAPhoneNumber, NotACreditCode, IsClosed.
    """
    _may_place_below(viewer, parent)
    if not name.strip():
        raise NameMissing
    short = _checked_short(short)
    id_ = uuid7()
    with transaction.atomic():
        _lock_the_tree()
        above = parent and _open(Organisation.objects.get(id=parent.id), on=since_on)
        made = Organisation.objects.create(
            id=id_,
            kind=Organisation.Kind(kind),
            name=name.strip(),
            name_en=name_en.strip(),
            short=short,
            parent=above,
            ancestors=[*(above.ancestors if above else ()), id_],
            region=_region(region),
            fills=_roles(fills),
            hotline=checked_hotline(hotline),
            address=address.strip(),
            credit_code=checked_credit_code(credit_code) if credit_code else "",
            in_force=since(since_on),
            is_demo=is_demo,
        )
        made.regions.set([_region(one) for one in regions])
        _record(viewer, "create-organisation", made, at, name=made.name, short=short, kind=kind)
    return made


def change_organisation(
    *,
    viewer: Any,
    organisation: Organisation,
    at: dt.datetime,
    name: str,
    name_en: str = "",
    region: Region | str,
    regions: Iterable[Region | str] = (),
    fills: Sequence[str] = (),
    hotline: str = "",
    address: str = "",
    credit_code: str = "",
    seen: str | None = None,
) -> Organisation:
    """Rename it, or change where it sits, what it is competent for and fills, and its hotline.

    What is given replaces what was; the audit log keeps both. `seen` is the `mark` of what was looked
    at. Raises NotAllowed, NameMissing, ChangedMeanwhile, NoSuchRegion, FillsNoSuchRole,
    NotAPhoneNumber, NotACreditCode.
    """
    must_be_allowed(viewer, "parties.edit_organisation", DEED, organisation)
    if not name.strip():
        raise NameMissing
    with transaction.atomic():
        row = Organisation.objects.select_for_update().get(id=organisation.id)
        _must_be_seen(row, seen)
        before = _said(row)
        row.name, row.name_en = name.strip(), name_en.strip()
        row.region, row.fills = _region(region), _roles(fills, filled=row.fills)
        # what stands there was looked at when it was entered
        row.hotline = hotline if hotline == row.hotline else checked_hotline(hotline)
        row.address = address.strip()
        row.credit_code = checked_credit_code(credit_code) if credit_code else ""
        row.save(update_fields=_CHANGED)
        row.regions.set([_region(one) for one in regions])
        after = _said(row)
        changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changed:
            _record(viewer, "change-organisation", row, at, **changed)
    return row


def move_organisation(
    *,
    viewer: Any,
    organisation: Organisation,
    below: Organisation | None,
    at: dt.datetime,
    seen: str | None = None,
) -> Organisation:
    """Put it, with all below it, under another organisation, or at the top.

    Raises NotAllowed (here or there), ChangedMeanwhile, WouldBeItsOwnAncestor, IsClosed.
    """
    must_be_allowed(viewer, "parties.edit_organisation", DEED, organisation)
    _may_place_below(viewer, below)
    with transaction.atomic():
        _lock_the_tree()
        row = Organisation.objects.get(id=organisation.id)
        _must_be_seen(row, seen)
        above = below and _open(Organisation.objects.get(id=below.id), on=legal_day(at))
        if above and row.id in above.ancestors:
            raise WouldBeItsOwnAncestor(name=row.name, above=above.name)
        old, new = row.ancestors, [*(above.ancestors if above else ()), row.id]
        moved = list(Organisation.objects.filter(ancestors__contains=[row.id]))
        for one in moved:
            one.ancestors = [*new, *one.ancestors[len(old) :]]
        Organisation.objects.bulk_update(moved, ["ancestors"])
        Organisation.objects.filter(id=row.id).update(parent=above)
        _record(viewer, "move-organisation", row, at, before=old[:-1], after=new[:-1])
    return Organisation.objects.get(id=row.id)


def close_organisation(
    *, viewer: Any, organisation: Organisation, on: dt.date, reason: str, at: dt.datetime
) -> Organisation:
    """Close it: `on` is the first day without it. What it did stays.

    Raises NotAllowed, ReasonMissing, IsClosed, NotYetOpen, HasOpenChildren, HasPeople, EndsTooEarly
    (of an adoption), and what higher areas refuse with (guards.py).
    """
    must_be_allowed(viewer, "parties.edit_organisation", DEED, organisation)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        _lock_the_tree()
        row = _open(Organisation.objects.select_for_update().get(id=organisation.id), on=on)
        if on <= row.in_force.lower:
            raise NotYetOpen(name=row.name, first=row.in_force.lower)
        children = row.children.filter(_still_there(on)).values_list("name", flat=True)
        if children:
            raise HasOpenChildren(name=row.name, children=list(children))
        people = Membership.objects.filter(_still_there(on), organisation=row)
        if people.exists():
            names = {one.account.shown_name for one in people.select_related("account")}
            raise HasPeople(name=row.name, people=sorted(names))
        guards.ask_before_closing(row)
        row.in_force = since(row.in_force.lower, on)
        row.save(update_fields=["in_force"])
        for adoption in row.adoptions.filter(_still_there(on)):
            end(adoption, on=on, today=legal_day(at))
        _record(viewer, "close-organisation", row, at, on=on, reason=reason.strip())
    return row


def adopt_pack(
    *,
    viewer: Any,
    organisation: Organisation,
    pack: str,
    on: dt.date,
    at: dt.datetime,
    reason: str = "",
    before: dt.date | None = None,
) -> Adoption:
    """From a day on (and until the day before `before`) a pack binds it and all below it.

    Raises NotAllowed, NoSuchPack, OverlayOfAnotherPlace, AdoptedAlready, IsClosed.
    """
    must_be_allowed(viewer, "parties.edit_organisation", DEED, organisation)
    if pack not in shelf():
        raise NoSuchPack(pack=pack, known=sorted(shelf()))
    _must_be_there(organisation, pack)
    period = since(on, before)
    with transaction.atomic():
        row = _open(Organisation.objects.select_for_update().get(id=organisation.id), on=on)
        known = row.adoptions.filter(pack=pack, in_force__overlap=period).first()
        if known is not None:
            raise AdoptedAlready(name=row.name, pack=pack, first=known.in_force.lower)
        made = Adoption.objects.create(organisation=row, pack=pack, in_force=period, reason=reason.strip())
        _record(viewer, "adopt-pack", row, at, pack=pack, on=on, before=before, reason=reason)
    return made


def _must_be_there(organisation: Organisation, pack: str) -> None:
    """An overlay of a place is adopted there, or by who supplies or supervises some of it."""
    place = overlay_region(pack)
    if not place:
        return
    served = {organisation.region_id, *organisation.regions.values_list("pk", flat=True)}
    prefix = region_prefix(place)
    if not any(one.startswith(prefix) for one in served):
        raise OverlayOfAnotherPlace(
            pack=pack, place=place, name=organisation.name, region=organisation.region.name
        )


def end_adoption(
    *, viewer: Any, organisation: Organisation, pack: str, on: dt.date, at: dt.datetime, reason: str
) -> None:
    """A pack binds an organisation no longer: `on` is the first day without it.

    Raises NotAllowed, ReasonMissing, NotAdopted, EndsTooEarly.
    """
    must_be_allowed(viewer, "parties.edit_organisation", DEED, organisation)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        rows = organisation.adoptions.select_for_update().filter(_still_there(on), pack=pack)
        row = rows.order_by("in_force").first()
        if row is None:
            raise NotAdopted(name=organisation.name, pack=pack, on=on)
        end(row, on=on, today=legal_day(at))
        _record(viewer, "end-adoption", organisation, at, pack=pack, on=on, reason=reason.strip())


_CHANGED = ["name", "name_en", "region", "fills", "hotline", "address", "credit_code"]


def _said(row: Organisation) -> dict[str, Any]:
    """What can be changed, as the audit log keeps it."""
    plain = {name: getattr(row, name) for name in _CHANGED if name != "region"}
    codes = sorted(one.code for one in row.regions.all())
    return {**plain, "region": row.region_id, "regions": codes}


def mark(row: Organisation) -> str:
    """A short mark of what it says now and where it stands: whoever changes it names the one they saw."""
    return marked(*_said(row).values(), row.parent_id)


def _must_be_seen(row: Organisation, seen: str | None) -> None:
    if seen is not None and seen != mark(row):
        raise ChangedMeanwhile


def _may_place_below(viewer: Any, parent: Organisation | None) -> None:
    if parent is not None:
        must_be_allowed(viewer, "parties.edit_organisation", DEED, parent)
    elif viewer is None or not may_everywhere(viewer, "parties.edit_organisation"):
        raise NotAllowed(deed=DEED)


def _checked_short(short: str) -> str:
    short = short.strip().upper()
    if not (2 <= len(short) <= 12 and short.isascii() and short.isalnum()):
        raise NotAShortName
    taken = Organisation.objects.filter(short=short).first()
    if taken is not None:
        raise ShortNameTaken(short=short, name=taken.name)
    return short


def _region(region: Region | str) -> Region:
    if isinstance(region, Region):
        return region
    found = Region.objects.filter(code=region).first()
    if found is None:
        raise NoSuchRegion(code=region)
    return found


def _roles(fills: Sequence[str], *, filled: Sequence[str] = ()) -> list[str]:
    """Roles that processes have, each once; one it fills already may be of a pack that is gone."""
    wanted = list(dict.fromkeys(role.strip() for role in fills if role.strip()))
    if new := [role for role in wanted if role not in filled]:
        known = roles_to_fill()
        for role in new:
            if role not in known:
                raise FillsNoSuchRole(role=role, known=sorted(known))
    return wanted


def _open(row: Organisation, *, on: dt.date) -> Organisation:
    if row.in_force.upper is not None and row.in_force.upper <= on:
        raise IsClosed(name=row.name, on=row.in_force.upper)
    return row


def _still_there(on: dt.date) -> Q:
    """In force on a day or after it, and not ended by then."""
    return Q(in_force__overlap=DateRange(on, None))


def _lock_the_tree() -> None:
    """One change of the tree at a time, so that two moves cannot make a circle together."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [THE_TREE])


def _record(viewer: Any, action: str, organisation: Organisation, at: dt.datetime, **payload: Any) -> None:
    record(
        actor=viewer.actor,
        action=action,
        subject=f"organisation:{organisation.short}",
        payload=payload,
        at=at,
    )
