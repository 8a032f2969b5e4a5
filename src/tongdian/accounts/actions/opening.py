"""Opening what a customer is billed for at a place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from tongdian.accounts import queries
from tongdian.accounts.entries import ACCOUNT
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.refusing import FormNotAgreed, FormNotGiven, UnitMissing
from tongdian.accounts.rules import COLLECT, PayForm
from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import NewEntry, record_all
from tongdian.calendar import legal_day
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.parties.actions.numbering import next_numbers
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.queries import shares_line
from tongdian.parties.rules import CustomerOfOthers
from tongdian.questions import insert_many
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


def opened(
    *, customer: Customer, place: Place, at: dt.datetime, is_demo: bool = False, actor: str = "program"
) -> BillingAccount:
    """As `open_account`, inside a deed that asked who may. Raises CustomerOfOthers."""
    if not shares_line(customer.organisation, place.organisation):
        raise CustomerOfOthers(customer=customer.name, organisation=place.organisation.name)
    whose = [(customer, place)]
    return opened_all(place.organisation, whose, at=at, is_demo=is_demo, actor=actor)[customer.pk, place.pk]


@transaction.atomic
def opened_all(
    organisation: Organisation,
    whose: Sequence[tuple[Customer, Place]],
    *,
    at: dt.datetime,
    is_demo: bool = False,
    actor: str = "program",
) -> dict[tuple[UUID, UUID], BillingAccount]:
    """The billing accounts of customers at places of an organisation, opened where they are not there, by
    customer and place. For those who stand in one line with the organisation."""
    rows = BillingAccount.objects.filter(customer__in=[customer for customer, _ in whose])
    found = {(row.customer_id, row.place_id): row for row in rows.select_related("organisation")}
    new = {(customer.pk, place.pk): (customer, place) for customer, place in whose}
    for key in found.keys() & new.keys():
        del new[key]
    if not new:
        return found
    numbers = next_numbers(organisation, "account", count=len(new))
    made = {
        key: BillingAccount(
            id=uuid7(),
            organisation=organisation,
            number=f"{organisation.short}-J{number:06d}",
            customer=customer,
            place=place,
            opened_on=legal_day(at),
            is_demo=is_demo,
        )
        for number, (key, (customer, place)) in zip(numbers, new.items(), strict=True)
    }
    insert_many(list(made.values()))
    record_all(
        (
            NewEntry(
                actor,
                "open-billing-account",
                f"billing-account:{account.pk}",
                {"number": account.number, "customer": account.customer.number, "place": account.place.code},
            )
            for account in made.values()
        ),
        at=at,
    )
    return found | made


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
    said = queries.open_to(place.organisation, form, on)
    if said == "nobody":
        raise FormNotGiven(form=PayForm(form).label)
    if agreed.strip() or said not in ("agreed", "residents"):
        return
    if said == "agreed" or not queries.is_resident(customer, place, on):
        raise FormNotAgreed
