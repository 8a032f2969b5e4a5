"""People: their accounts, their roles since and until, their passwords, and closing."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any, NamedTuple

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import override

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.bounded_days import end_after
from tongdian.calendar import legal_day
from tongdian.parties.actions.ending import end
from tongdian.parties.actions.organisations import IsClosed
from tongdian.parties.fields import NameMissing
from tongdian.parties.models import Account, Membership, Organisation, since
from tongdian.parties.numbers import checked_phone
from tongdian.parties.permissions import may_everywhere
from tongdian.parties.rules import Role
from tongdian.personal import marked
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile

DEED = Words("管理人员", "manage people")
# Without 0, 1, l, o: read aloud, copied from paper, typed on a phone.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class UserNameTaken(Refusal):
    """User names differ by more than case."""

    says = Words("登录名“{username}”已被使用。", 'The user name "{username}" is taken.')


class NotAUserName(Refusal):
    """What nobody could type at sign-in."""

    says = Words(
        "登录名只能含字母、数字和 @ . + - _。", "A user name has only letters, digits and @ . + - _."
    )


class HasThatRole(Refusal):
    """The same role twice at once says nothing."""

    says = Words(
        "{name} 在该单位已有“{role}”角色。", "{name} has the role {role} in that organisation already."
    )


class NoSuchRole(Refusal):
    """A role is named, and is one that there is."""

    says = Words("请选择角色；没有“{role}”这个角色。", 'Choose a role; there is none called "{role}".')
    field = "role"


class RoleHasEnded(Refusal):
    """It ended before, or would end before it begins."""

    says = Words(
        "该任职的期间为 {first} 至 {last}，不能在 {on} 结束。",
        "That role runs from {first} to {last}; it cannot end on {on}.",
    )


class LastAdministrator(Refusal):
    """Somebody must be left who can let others in."""

    says = Words(
        "这是最后一位系统管理员；请先任命另一位。",
        "This is the installation's last administrator; appoint another first.",
    )


class AccountIsClosed(Refusal):
    """A closed account gets no roles and no password."""

    says = Words("{name} 的账户已关闭。", "The account of {name} is closed.")


class SamePassword(Refusal):
    """A password that stays as it is is known to whoever gave it."""

    says = Words("新密码与现在的密码相同。", "That is the present password; choose another.")


class PasswordTooWeak(Refusal):
    """What Django's validators say of it."""

    says = Words("这个密码不够安全：{why}", "This password is too weak: {why}")


class NewAccount(NamedTuple):
    """An account and its first password, which nobody can read again."""

    account: Account
    password: str


def make_account(
    *,
    viewer: Any,
    username: str,
    name: str,
    role: str,
    organisation: Organisation | None,
    at: dt.datetime,
    phone: str = "",
    since_on: dt.date | None = None,
    until: dt.date | None = None,
    is_demo: bool = False,
) -> NewAccount:
    """An account with its first role and a first password, to be shown once and changed.

    Raises NotAllowed, NoSuchRole, NameMissing, UserNameTaken, NotAUserName, NotAPhoneNumber, IsClosed.
    """
    _must_manage(viewer, organisation)
    if not name.strip():
        raise NameMissing
    username = _checked_username(username)
    password = first_password()
    account = Account(
        username=username,
        name=name.strip(),
        phone=checked_phone(phone) if phone.strip() else "",
        is_demo=is_demo,
        password_is_given=not is_demo,
    )
    account.set_password(password)
    with transaction.atomic():
        account.save(force_insert=True)
        _record(viewer, "make-account", account, at, name=account.name)
        add_membership(
            viewer=viewer,
            account=account,
            role=role,
            organisation=organisation,
            since_on=since_on,
            until=until,
            at=at,
        )
    return NewAccount(account, password)


def add_membership(
    *,
    viewer: Any,
    account: Account,
    role: str,
    organisation: Organisation | None,
    at: dt.datetime,
    since_on: dt.date | None = None,
    until: dt.date | None = None,
) -> Membership:
    """A role in an organisation and all below it, from a day (today) to a last day or for good.

    Without an organisation it counts in the whole installation. Raises NotAllowed, NoSuchRole,
    HasThatRole, AccountIsClosed, IsClosed, RoleHasEnded.
    """
    _must_manage(viewer, organisation)
    if role not in Role.values:
        raise NoSuchRole(role=role)
    if not account.is_active:
        raise AccountIsClosed(name=account.shown_name)
    first = since_on or legal_day(at)
    if until is not None and until < first:
        raise RoleHasEnded(first=first, last=until, on=until)
    if organisation is not None and _closed_by(organisation, first):
        raise IsClosed(name=organisation.name, on=organisation.in_force.upper)
    period = since(first, end_after(until))
    with transaction.atomic():
        Account.objects.select_for_update().get(id=account.id)  # one role at a time
        known = Membership.objects.filter(
            account=account, role=role, organisation=organisation, in_force__overlap=period
        )
        if known.exists():
            raise HasThatRole(name=account.shown_name, role=_said_role(role))
        made = Membership.objects.create(
            account=account, role=Role(role), organisation=organisation, in_force=period
        )
        _record(
            viewer,
            "add-role",
            account,
            at,
            role=role,
            since=first,
            until=until,
            organisation=organisation.short if organisation else None,
        )
    return made


def end_membership(*, viewer: Any, membership: Membership, on: dt.date, at: dt.datetime) -> Membership | None:
    """End a role: `on` is the first day without it. One that had not begun is gone (None).

    Raises NotAllowed, RoleHasEnded, EndsTooEarly, LastAdministrator.
    """
    _must_manage(viewer, membership.organisation)
    with transaction.atomic():
        row = Membership.objects.select_for_update().get(id=membership.id)
        if row.in_force.upper is not None and row.in_force.upper <= on:
            last = row.in_force.upper - dt.timedelta(days=1)
            raise RoleHasEnded(first=row.in_force.lower, last=last, on=on)
        _keep_one_administrator([row])
        _record(
            viewer,
            "end-role",
            row.account,
            at,
            role=row.role,
            on=on,
            organisation=row.organisation.short if row.organisation else None,
        )
        return end(row, on=on, today=legal_day(at))


def change_person(
    *, viewer: Any, account: Account, name: str, phone: str, at: dt.datetime, seen: str | None = None
) -> Account:
    """Correct a name or phone; `seen` is the `mark` of what was looked at.

    Raises NotAllowed, NameMissing, NotAPhoneNumber, ChangedMeanwhile.
    """
    must_manage_account(viewer, account, on=legal_day(at))
    if not name.strip():
        raise NameMissing
    phone = checked_phone(phone) if phone.strip() else ""
    with transaction.atomic():
        row = Account.objects.select_for_update().get(id=account.id)
        if seen is not None and seen != mark(row):
            raise ChangedMeanwhile
        Account.objects.filter(id=account.id).update(name=name.strip(), phone=phone)
        _record(viewer, "change-person", account, at, name=name.strip(), phone=phone)
    account.name, account.phone = name.strip(), phone
    return account


def mark(account: Account) -> str:
    """A short mark of how colleagues know somebody now: whoever changes it names the one they saw."""
    return marked(account.name, account.phone)


def reset_password(*, viewer: Any, account: Account, at: dt.datetime) -> str:
    """A new first password, to be shown once; every session and token of the account ends.

    Raises NotAllowed, AccountIsClosed.
    """
    must_manage_account(viewer, account, on=legal_day(at))
    if not account.is_active:
        raise AccountIsClosed(name=account.shown_name)
    password = first_password()
    with transaction.atomic():
        account.set_password(password)
        account.password_is_given, account.password_since = True, at
        account.save(update_fields=["password", "password_is_given", "password_since"])
        _record(viewer, "reset-password", account, at)
    return password


def choose_language(*, account: Account, language: str) -> None:
    """Note in which language an account reads pages, `zh` or `en`: it is told in the same. It decides nothing, so no
    record is kept of it."""
    if account.language != language:
        account.language = language
        account.save(update_fields=["language"])


def choose_password(*, account: Account, password: str, at: dt.datetime) -> None:
    """A password of one's own instead of the present one; every other session and every token ends.

    Raises SamePassword, PasswordTooWeak.
    """
    if account.check_password(password):
        raise SamePassword
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise PasswordTooWeak(why=" ".join(weak.messages)) from None
    with transaction.atomic():
        account.set_password(password)
        account.password_is_given, account.password_since = False, at
        account.save(update_fields=["password", "password_is_given", "password_since"])
        _record(account, "choose-password", account, at)


def close_account(*, viewer: Any, account: Account, reason: str, at: dt.datetime) -> Account:
    """Nobody signs in with it again and its roles end today. What it did keeps its name.

    Raises NotAllowed, AccountIsClosed, LastAdministrator.
    """
    must_manage_account(viewer, account, on=legal_day(at))
    today = legal_day(at)
    with transaction.atomic():
        row = Account.objects.select_for_update().get(id=account.id)
        if not row.is_active:
            raise AccountIsClosed(name=row.shown_name)
        held = list(Membership.objects.filter(account=row, in_force__overlap=DateRange(today, None)))
        _keep_one_administrator(held)
        row.is_active = False
        row.set_unusable_password()
        row.save(update_fields=["is_active", "password"])
        for membership in held:
            end(membership, on=today, today=today)
        _record(viewer, "close-account", row, at, reason=reason.strip())
    return row


def must_manage_account(viewer: Any, account: Account, *, on: dt.date) -> None:
    """Raise NotAllowed unless the viewer manages people wherever this person has a role: an
    administrator of one campus cannot take over the account of somebody who answers elsewhere."""
    held = Membership.objects.filter(account=account).select_related("organisation")
    present = held.filter(in_force__overlap=DateRange(on, None))
    places = {one.organisation for one in present or held} or {_customers_organisation(account)}
    for place in places:
        _must_manage(viewer, place)


def may_manage_account(viewer: Any, account: Account, *, on: dt.date) -> bool:
    """Whether `must_manage_account` lets the viewer."""
    try:
        must_manage_account(viewer, account, on=on)
    except NotAllowed:
        return False
    return True


def first_password() -> str:
    """Three groups of four letters and digits: 60 bits, readable over the telephone."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def _customers_organisation(account: Account) -> Organisation | None:
    customer = getattr(account, "customer", None)
    return customer.organisation if customer else None


def _must_manage(viewer: Any, organisation: Organisation | None) -> None:
    if organisation is not None:
        must_be_allowed(viewer, "parties.edit_people", DEED, organisation)
    elif viewer is None or not may_everywhere(viewer, "parties.edit_people"):
        raise NotAllowed(deed=DEED)


def _checked_username(username: str) -> str:
    username = username.strip().lower()
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        raise NotAUserName from None
    if Account.objects.filter(username__iexact=username).exists():
        raise UserNameTaken(username=username)
    return username


def _closed_by(organisation: Organisation, on: dt.date) -> bool:
    last = organisation.in_force.upper
    return last is not None and last <= on


def _keep_one_administrator(leaving: list[Membership]) -> None:
    """The installation keeps an administrator whose account is open and whose role has no end."""
    wanted = {"organisation": None, "role": Role.ADMINISTRATOR}
    if any(row.organisation_id is None and row.role == Role.ADMINISTRATOR for row in leaving):
        # locked, so that two who leave at once do not each count on the other
        rows = Membership.objects.select_for_update().filter(**wanted, account__is_active=True)
        left = rows.exclude(account__in=[row.account_id for row in leaving])
        if not [row for row in left if row.in_force.upper is None]:
            raise LastAdministrator


def _said_role(role: str) -> Words:
    with override("zh-hans"):
        zh = str(Role(role).label)
    with override("en"):
        return Words(zh, str(Role(role).label))


def _record(viewer: Any, action: str, account: Account, at: dt.datetime, **payload: Any) -> None:
    record(actor=viewer.actor, action=action, subject=account.actor, payload=payload, at=at)
