"""Customers: entered once, changed, their numbers read only on the record, erased on request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from django.db import transaction

from tongdian.allowed import Permission, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.notices.actions import Recipient, erase_what_was_said, notify
from tongdian.parties import fields, guards
from tongdian.parties.actions.consenting import CONSENTED
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.actions.privacy import Consented, PaperConsentMissing, check_consent, record_consent
from tongdian.parties.links import organisation_link
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.parties.numbers import checked_document
from tongdian.parties.privacy import notice_on
from tongdian.parties.queries import customer_with_identity, houses, looked_up, searchable
from tongdian.parties.rules import Document
from tongdian.parties.telephones import receives_messages
from tongdian.personal import decrypt
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.rulebook.rules import ReasonMissing

EDIT = Permission("parties.edit_customer", Words("登记和修改用户", "enter and change customers"))
READ = Words("查看用户的完整证件号和电话", "read the full numbers of customers")
ERASE = Words("删除用户的个人信息", "erase a customer's personal data")
ERASED = "（已删除）"
OF_A_FIRM = Words("个人没有统一社会信用代码", "a person has no credit code")
HOUSE = replace(
    organisation_link(EDIT.name), picks=True, among=lambda scope: houses(scope.viewer, on=scope.on)
)
REASON = fields.REASON
CUSTOMER = fields.CUSTOMER.adding(HOUSE)


class EnteredAlready(Refusal):
    """One person or firm is one customer of an organisation."""

    says = Words(
        "该证件号已登记为用户 {number}；请使用该用户。",
        "That number belongs to customer {number} already; use that one.",
    )
    field = "identity"


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
    field = "reason"


class Numbers(NamedTuple):
    """What was read, in full."""

    identity: str
    phone: str


@action("enter-customer", may=EDIT, within="organisation", fields=CUSTOMER.adding(CONSENTED))
def enter_customer(
    *,
    viewer: Any,
    organisation: Organisation,
    name: str,
    at: dt.datetime,
    kind: str = "person",
    document: str = "id_card",
    identity: str = "",
    account: Account | None = None,
    consented: Consented | None = None,
    is_demo: bool = False,
    **given: Any,
) -> Customer:
    """Enter a person or firm, with a number of the organisation's own: YS-000412.

    `identity` is the number of a person's document or a firm's unified social credit code; a person's
    needs `consented`, which is kept. Raises NotAllowed, NameMissing, NotAnIdentityNumber,
    NotACreditCode, NotADocumentNumber, BadValue, EnteredAlready, AccountTaken, PaperConsentMissing,
    ConsentMissing, IdentityConsentMissing.
    """
    if account is not None and (known := Customer.objects.filter(account=account).first()):
        raise AccountTaken(number=known.number)
    document, identity = known_by(kind, document, identity, on=legal_day(at))
    # the series is locked from here on, so two clerks cannot enter one person twice
    number = f"{organisation.short}-{next_number(organisation, 'customer'):06d}"
    made = Customer(organisation=organisation, number=number, account=account, created_at=at, is_demo=is_demo)
    _fill(made, given | {"kind": kind, "name": name, "document": document, "identity": identity})
    _refuse_second_entry(made, identity)
    made.save(force_insert=True)
    _keep_consent(viewer, made, consented, takes_identity=bool(identity), at=at)
    return made


@action(
    "change-customer",
    may=EDIT,
    within="customer.organisation",
    fields=CUSTOMER.changing.adding(CONSENTED, REASON),
    of="customer",
)
def change_customer(
    *,
    viewer: Any,
    customer: Customer,
    at: dt.datetime,
    name: str,
    document: str,
    identity: str,
    reason: str = "",
    consented: Consented | None = None,
    **given: Any,
) -> Customer:
    """Correct what is known of a customer; what is not given stays as it is.

    Another name needs a reason, which the audit entry keeps, and the customer is told where they
    were reached before: another person takes a supply over by a transfer, never by a new name.
    Another identity number of a person needs `consented`, as when it is first entered. Raises
    NotAllowed, IsErased, RenamedWithoutReason, ChangedMeanwhile, and what `enter_customer` does.
    """
    _must_be_here(customer)
    Organisation.objects.select_for_update(no_key=True).get(id=customer.organisation_id)
    was, reached, number = customer.name, addresses_of(customer), decrypt(customer.identity)
    if name != was and not reason:
        raise RenamedWithoutReason(name=was)
    if (document, identity) != (customer.document, number):
        document, identity = known_by(customer.kind, document, identity, on=legal_day(at))
    _fill(customer, given | {"name": name, "document": document, "identity": identity})
    _refuse_second_entry(customer, identity)
    customer.save()
    if name != was:
        tell_of_name(customer, reached, was, reason, at)
    takes = bool(identity) and identity != number
    _keep_consent(viewer, customer, consented, takes_identity=takes, at=at)
    return customer


def addresses_of(customer: Customer) -> Recipient:
    """Where a customer is told something."""
    phone = decrypt(customer.phone)
    mobile = phone if receives_messages(phone) else ""  # a fixed line gets no text message
    return Recipient(account=customer.account, email=customer.email, phone=mobile)


def tell_of_name(row: Customer, reached: Recipient, was: str, reason: str, at: dt.datetime) -> None:
    """Tell a customer, where they were reached before, that their name is another."""
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
        row.identity_lookup = row.phone_lookup = row.phone_tail = b""
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
_LOOKED_UP = ("identity_lookup", "name_key", "pairs", "phone_lookup", "phone_tail")
_IN_ITS_ROW = (*_PERSONAL, "account_id", *_LOOKED_UP)


def _fill(row: Customer, values: Mapping[str, Any]) -> None:
    for column, value in CUSTOMER.columns(values, unlike=row).items():
        setattr(row, column, value)
    for column, found_by in looked_up(row).items():
        setattr(row, column, found_by)


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


def known_by(kind: str, document: str, identity: str, *, on: dt.date | None = None) -> tuple[str, str]:
    """The document and number that a person or firm is known by; a firm by its credit code.

    Raises NotAnIdentityNumber, NotACreditCode, NotADocumentNumber, BadValue.
    """
    is_firm = kind == Customer.Kind.FIRM
    if not is_firm and document == Document.CREDIT_CODE:
        raise CUSTOMER["document"].bad(OF_A_FIRM)
    document = Document.CREDIT_CODE if is_firm else document
    return checked_document(document, identity, on=on) if identity else (document, "")


def _refuse_second_entry(row: Customer, identity: str) -> None:
    if identity:
        known = customer_with_identity(row.organisation, identity, row.document)
        if known is not None and known.id != row.id:
            raise EnteredAlready(number=known.number)


def _unerased(customer: Customer) -> Customer:
    row = Customer.objects.select_for_update(of=("self",)).get(id=customer.id)
    _must_be_here(row)
    return row


def _must_be_here(customer: Customer) -> None:
    if customer.erased_on is not None:
        raise IsErased(number=customer.number, on=customer.erased_on)


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
