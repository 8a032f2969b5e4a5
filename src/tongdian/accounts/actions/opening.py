"""Opening what a customer is billed for at a place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
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
    whose = AccountHolder(customer.pk, customer.number, place.pk, place.code)
    made = opened_all(place.organisation, [whose], at=at, is_demo=is_demo, actor=actor)
    return BillingAccount.objects.select_related("organisation").get(pk=made[customer.pk, place.pk])


@dataclass(frozen=True, slots=True)
class AccountHolder:
    """Whom an account is of, and where: keys, with the number and the code that the record says."""

    customer: UUID
    number: str
    place: UUID
    code: str

    @property
    def key(self) -> tuple[UUID, UUID]:
        """By which its account is found."""
        return self.customer, self.place


@transaction.atomic
def opened_all(
    organisation: Organisation,
    whose: Iterable[AccountHolder],
    *,
    at: dt.datetime,
    is_demo: bool = False,
    actor: str = "program",
) -> dict[tuple[UUID, UUID], UUID]:
    """The billing accounts of customers at places of an organisation, opened where they are not there, by
    customer and place. For those who stand in one line with the organisation."""
    asked = {one.key: one for one in whose}
    found = queries.accounts_at_places(asked)
    new = [one for key, one in asked.items() if key not in found]
    if not new:
        return found
    numbers = next_numbers(organisation, "account", count=len(new))
    made = [
        BillingAccount(
            id=uuid7(),
            organisation_id=organisation.pk,
            number=f"{organisation.short}-J{number:06d}",
            customer_id=one.customer,
            place_id=one.place,
            opened_on=legal_day(at),
            is_demo=is_demo,
        )
        for number, one in zip(numbers, new, strict=True)
    ]
    insert_many(made)
    record_all(
        (
            NewEntry(
                actor,
                "open-billing-account",
                f"billing-account:{account.pk}",
                {"number": account.number, "customer": one.number, "place": one.code},
            )
            for account, one in zip(made, new, strict=True)
        ),
        at=at,
    )
    return found | {one.key: account.pk for account, one in zip(made, new, strict=True)}


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
