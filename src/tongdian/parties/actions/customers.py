"""Customers: entered once, changed, their numbers read only on the record, erased on request."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.db import transaction
from pypinyin import lazy_pinyin

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.notices.actions import Recipient, erase_what_was_said, notify
from tongdian.parties import guards
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.actions.organisations import NameMissing
from tongdian.parties.actions.privacy import Consented, PaperConsentMissing, check_consent, record_consent
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.parties.numbers import checked_credit_code, checked_identity, checked_phone
from tongdian.parties.privacy import notice_on
from tongdian.parties.queries import customer_with_identity, searchable
from tongdian.personal import decrypt, encrypt, lookup
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook.rules import ReasonMissing

DEED = Words("登记和修改用户", "enter and change customers")
READ = Words("查看用户的完整证件号和电话", "read the full numbers of customers")
ERASE = Words("删除用户的个人信息", "erase a customer's personal data")
ERASED = "（已删除）"


class EnteredAlready(Refusal):
    """One person or firm is one customer of an organisation."""

    says = Words(
        "该证件号已登记为用户 {number}；请使用该用户。",
        "That number belongs to customer {number} already; use that one.",
    )


class IsErased(Refusal):
    """Nothing is left to change or read."""

    says = Words(
        "用户 {number} 的个人信息已于 {on} 删除。",
        "The personal data of customer {number} were erased on {on}.",
    )


class AccountTaken(Refusal):
    """One account is one customer."""

    says = Words("该账户已属于用户 {number}。", "That account belongs to customer {number} already.")


class RenamedWithoutReason(Refusal):
    """Another name without saying why."""

    says = Words(
        "更正户名“{name}”须写明原因；换成另一用户的，请办理过户。",
        'State why the name "{name}" is corrected; if another customer takes over, transfer the '
        "agreement instead.",
    )


class Numbers(NamedTuple):
    """What was read, in full."""

    identity: str
    phone: str


def enter_customer(
    *,
    viewer: Any,
    organisation: Organisation,
    name: str,
    at: dt.datetime,
    kind: str = "person",
    identity: str = "",
    phone: str = "",
    contact: str = "",
    email: str = "",
    address: str = "",
    account: Account | None = None,
    consented: Consented | None = None,
    is_demo: bool = False,
) -> Customer:
    """Enter a person or firm, with a number of the organisation's own: YS-000412.

    `identity` is a person's identity number or a firm's unified social credit code; a person's
    needs `consented`, which is kept. Raises NotAllowed, NameMissing, NotAnIdentityNumber,
    NotACreditCode, NotAPhoneNumber, EnteredAlready, AccountTaken, PaperConsentMissing,
    ConsentMissing, IdentityConsentMissing.
    """
    must_be_allowed(viewer, "parties.edit_customer", DEED, organisation)
    if account is not None and (known := Customer.objects.filter(account=account).first()):
        raise AccountTaken(number=known.number)
    made = Customer(
        organisation=organisation, kind=Customer.Kind(kind), account=account, created_at=at, is_demo=is_demo
    )
    _fill(made, name, identity, phone, contact, email, address)
    with transaction.atomic():
        # the row is locked from here on, so two clerks cannot enter one person twice
        made.number = f"{organisation.short}-{next_number(organisation, 'customer'):06d}"
        _refuse_second_entry(made, identity)
        made.pairs = searchable(made.name, made.number)
        made.save(force_insert=True)
        _record(viewer, "enter-customer", made, at, kind=kind)
        _keep_consent(viewer, made, consented, takes_identity=bool(made.identity), at=at)
    return made


def change_customer(
    *,
    viewer: Any,
    customer: Customer,
    at: dt.datetime,
    name: str,
    identity: str = "",
    phone: str = "",
    contact: str = "",
    email: str = "",
    address: str = "",
    reason: str = "",
    consented: Consented | None = None,
) -> Customer:
    """Correct what is known of a customer; an empty identity or phone keeps the one there is.

    Another name needs a reason, which the audit entry keeps, and the customer is told where they
    were reached before: another person takes a supply over by a transfer, never by a new name.
    Another identity number of a person needs `consented`, as when it is first entered. Raises
    NotAllowed, IsErased, NameMissing, RenamedWithoutReason, NotAnIdentityNumber, NotACreditCode,
    NotAPhoneNumber, EnteredAlready, PaperConsentMissing, ConsentMissing, IdentityConsentMissing.
    """
    must_be_allowed(viewer, "parties.edit_customer", DEED, customer.organisation)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(id=customer.organisation_id)
        row = _unerased(customer)
        before = {field: getattr(row, field) for field in _PERSONAL}
        reached = addresses_of(row)
        _fill(row, name, identity, phone, contact, email, address)
        is_renamed = row.name != before["name"]
        if is_renamed and not reason.strip():
            raise RenamedWithoutReason(name=before["name"])
        _refuse_second_entry(row, identity)
        row.pairs = searchable(row.name, row.number)
        row.save()
        changed = [field for field in _PERSONAL if getattr(row, field) != before[field]]
        said = {"reason": reason.strip()} if reason.strip() else {}
        _record(viewer, "change-customer", row, at, changed=changed, **said)
        if is_renamed:
            _tell_of_name(row, reached, before["name"], reason.strip(), at)
        _keep_consent(viewer, row, consented, takes_identity="identity" in changed, at=at)
    return row


def addresses_of(customer: Customer) -> Recipient:
    """Where a customer is told something."""
    return Recipient(account=customer.account, email=customer.email, phone=decrypt(customer.phone))


def _tell_of_name(row: Customer, reached: Recipient, was: str, reason: str, at: dt.datetime) -> None:
    notify(
        name="customer-renamed",
        organisation=row.organisation_id,
        to=reached,
        subject=f"customer:{row.id}",
        params={"number": row.number, "was": was, "name": row.name, "reason": reason},
        at=at,
    )


def read_numbers(*, viewer: Any, customer: Customer, at: dt.datetime) -> Numbers:
    """The full identity number and phone; that they were read is kept. Raises NotAllowed, IsErased."""
    must_be_allowed(viewer, "parties.read_customer_numbers", READ, customer.organisation)
    with transaction.atomic():
        row = _unerased(customer)
        _record(viewer, "read-customer-numbers", row, at)
    return Numbers(decrypt(row.identity), decrypt(row.phone))


def erase_customer(*, viewer: Any, customer: Customer, reason: str, at: dt.datetime) -> Customer:
    """Erase a customer's personal data on lawful request (Personal Information Protection Law, 47).

    The number stays, so that agreements, cases and money still add up; name, numbers, contact and
    address are gone, the account is closed, and each area erases what its rows say of the person.
    The entry names every table and column. Raises NotAllowed, ReasonMissing, IsErased, and what
    higher areas refuse with (guards.py), such as a supply that goes on or an open case.
    """
    must_be_allowed(viewer, "parties.erase_customer", ERASE, customer.organisation)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = _unerased(customer)
        guards.ask_before_erasing(row)
        account, phone_lookup = row.account, bytes(row.phone_lookup)
        for field in _PERSONAL:
            setattr(row, field, b"" if field in _ENCRYPTED else "")
        row.identity_lookup = row.phone_lookup = b""
        row.name, row.name_key, row.account = ERASED, "", None
        row.pairs = searchable("", row.number)
        row.erased_on = legal_day(at)
        row.save()
        erased: guards.Erased = {Customer._meta.db_table: _IN_ITS_ROW}
        if account is not None:
            erased |= _forget_account(account)
            erased |= erase_what_was_said(account=account, by=viewer, reason=reason, at=at)
        erased |= guards.erase_elsewhere(guards.Erasing(row, phone_lookup, viewer, reason.strip(), at))
        _record(viewer, "erase-customer", row, at, reason=reason.strip(), erased=erased)
    return row


_ENCRYPTED = ("identity", "phone")
_PERSONAL = ("name", *_ENCRYPTED, "contact", "email", "address")
_IN_ITS_ROW = (*_PERSONAL, "account_id", "identity_lookup", "name_key", "pairs", "phone_lookup")


def _fill(
    row: Customer, name: str, identity: str, phone: str, contact: str, email: str, address: str
) -> None:
    if not name.strip():
        raise NameMissing
    row.name = " ".join(name.split())
    row.name_key = " ".join(lazy_pinyin(row.name))[:200]
    row.contact, row.email, row.address = contact.strip(), email.strip(), address.strip()
    if identity.strip():
        number = checked_numbers(row.kind, identity)
        if decrypt(row.identity) != number:  # else it would be encrypted anew, and look changed
            row.identity, row.identity_lookup = encrypt(number), lookup(number)
    if phone.strip():
        number = checked_phone(phone)
        if decrypt(row.phone) != number:
            row.phone, row.phone_lookup = encrypt(number), lookup(number)


def _keep_consent(
    viewer: Any, row: Customer, consented: Consented | None, *, takes_identity: bool, at: dt.datetime
) -> None:
    """A person's identity number is taken with a consent of its own, by whatever door (29)."""
    is_asked = takes_identity and row.kind == Customer.Kind.PERSON
    if consented is None and is_asked:
        raise PaperConsentMissing(version=notice_on(legal_day(at)).version)
    if consented is not None:
        said = check_consent(consented, takes_identity=is_asked, at=at)
        record_consent(viewer=viewer, customer=row, consented=said, at=at)


def checked_numbers(kind: str, identity: str) -> str:
    """The number that a person or a firm is known by. Raises NotAnIdentityNumber, NotACreditCode."""
    return checked_credit_code(identity) if kind == Customer.Kind.FIRM else checked_identity(identity)


def _refuse_second_entry(row: Customer, identity: str) -> None:
    if identity.strip():
        known = customer_with_identity(row.organisation, decrypt(row.identity))
        if known is not None and known.id != row.id:
            raise EnteredAlready(number=known.number)


def _unerased(customer: Customer) -> Customer:
    row = Customer.objects.select_for_update(of=("self",)).get(id=customer.id)
    if row.erased_on is not None:
        raise IsErased(number=row.number, on=row.erased_on)
    return row


def _forget_account(account: Account) -> guards.Erased:
    """Of a customer's own account; somebody who works here keeps theirs."""
    if account.memberships.exists():
        return {}
    account.name = account.phone = account.email = account.first_name = account.last_name = ""
    account.username = f"erased-{account.id}"
    account.is_active = False
    account.set_unusable_password()
    account.save()
    columns = ("email", "first_name", "last_name", "name", "password", "phone", "username")
    return {Account._meta.db_table: columns}


def _record(viewer: Any, action: str, customer: Customer, at: dt.datetime, **payload: Any) -> None:
    """Without a name or number of the person: the log outlives an erasure."""
    record(actor=viewer.actor, action=action, subject=f"customer:{customer.number}", payload=payload, at=at)
