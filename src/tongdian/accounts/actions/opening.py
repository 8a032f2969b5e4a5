"""Opening what a customer is billed for at a place."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.accounts import queries
from tongdian.accounts.entries import ACCOUNT
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.refusing import FormNotAgreed, UnitMissing
from tongdian.accounts.rules import COLLECT, PayForm
from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.models import Customer
from tongdian.parties.queries import shares_line
from tongdian.parties.rules import CustomerOfOthers
from tongdian.registers.action import CodeTaken, action, put


def open_account(
    *, viewer: Any, customer: Customer, place: Place, at: dt.datetime, is_demo: bool = False
) -> BillingAccount:
    """The billing account of a customer at a place, which is opened if it is not there.

    Raises NotAllowed, CustomerOfOthers.
    """
    organisation = place.organisation
    must_be_allowed(viewer, *COLLECT, organisation)
    return opened(customer=customer, place=place, at=at, is_demo=is_demo, actor=viewer.actor)


@transaction.atomic
def opened(
    *, customer: Customer, place: Place, at: dt.datetime, is_demo: bool = False, actor: str = "program"
) -> BillingAccount:
    """As `open_account`, inside a deed that asked who may. Raises CustomerOfOthers."""
    organisation = place.organisation
    if not shares_line(customer.organisation, organisation):
        raise CustomerOfOthers(customer=customer.name, organisation=organisation.name)
    known = BillingAccount.objects.filter(customer=customer, place=place).first()
    if known is not None:
        return known
    number = f"{organisation.short}-J{next_number(organisation, 'account'):06d}"
    account = BillingAccount.objects.create(
        organisation=organisation,
        number=number,
        customer=customer,
        place=place,
        opened_on=legal_day(at),
        is_demo=is_demo,
    )
    subject = f"billing-account:{account.pk}"
    payload = {"number": number, "customer": customer.number, "place": place.code}
    record(actor=actor, action="open-billing-account", subject=subject, payload=payload, at=at)
    return account


@action("add-billing-account", may=COLLECT, within="place.organisation", fields=ACCOUNT)
def add_account(
    *,
    viewer: Any,
    place: Place,
    customer: Customer,
    at: dt.datetime,
    form: str = PayForm.SELF,
    borne_by: str = "",
    agreed: str = "",
) -> BillingAccount:
    """Have a customer billed at a place, in one of the forms of 20. Raises FormNotAgreed, UnitMissing, CodeTaken where
    they are already, CustomerOfOthers."""
    must_be_agreed(form, agreed=agreed, borne_by=borne_by, customer=customer, place=place, on=legal_day(at))
    known = BillingAccount.objects.filter(customer=customer, place=place).first()
    if known is not None:
        raise CodeTaken(code=known.number, name=str(customer)).about("customer")
    account = open_account(viewer=viewer, customer=customer, place=place, at=at)
    return put(account, form=form, borne_by=borne_by, agreed=agreed)


@action(
    "change-billing-account",
    may=COLLECT,
    within="account.organisation",
    fields=ACCOUNT.changing,
    of="account",
)
def change_account(
    *, viewer: Any, account: BillingAccount, form: str, at: dt.datetime, borne_by: str = "", agreed: str = ""
) -> BillingAccount:
    """Have it paid in another form, or borne by another unit. Raises FormNotAgreed,
    UnitMissing."""
    must_be_agreed(
        form,
        agreed=agreed,
        borne_by=borne_by,
        customer=account.customer,
        place=account.place,
        on=legal_day(at),
    )
    return put(account, form=form, borne_by=borne_by, agreed=agreed)


def must_be_agreed(
    form: str, *, agreed: str, borne_by: str, customer: Customer, place: Place, on: dt.date
) -> None:
    """Raise FormNotAgreed, UnitMissing unless a form is one that article 20 gives the customer there."""
    if form == PayForm.SCHOOL and not borne_by.strip():
        raise UnitMissing
    if agreed.strip() or form not in (PayForm.WORKS, PayForm.PREPAID):
        return
    # 20: staff with the university's prepaid meters buy power in advance; others as both offices agree
    if form == PayForm.WORKS or not queries.is_resident(customer, place, on):
        raise FormNotAgreed
