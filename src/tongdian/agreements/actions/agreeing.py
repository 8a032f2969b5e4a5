"""Agreements begin, change hands, change terms and end; a usage point never has two at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction

from tongdian.agreements.actions.telling import tell_of_change
from tongdian.agreements.models import Agreement, AgreementText, OpeningBalance
from tongdian.agreements.queries import ClassNames, opening_balances
from tongdian.agreements.rules import (
    A_DAY,
    SIGN,
    AgreementStands,
    BackDated,
    CannotTakeBack,
    EndsBeforeItBegins,
    NothingBefore,
    NothingChanges,
    NotInForceThen,
    PackDoesNotBind,
    UnknownCategory,
    WasFollowed,
    next_amendment,
    said_period,
)
from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.bounded_days import end_after, open_end
from tongdian.calendar import legal_day
from tongdian.network.actions import promise_capacity
from tongdian.network.models import UsagePoint
from tongdian.parties.actions.customers import IsErased
from tongdian.parties.actions.numbering import next_numbers
from tongdian.parties.models import Customer, Organisation, since
from tongdian.parties.queries import adoption_in_force, shares_line
from tongdian.parties.rules import CustomerOfOthers
from tongdian.policy.words import Words
from tongdian.rulebook.rules import ReasonMissing

Begun = Agreement.Begun


@transaction.atomic
def sign(
    *,
    viewer: Any,
    usage_point: UsagePoint,
    customer: Customer,
    pack: str,
    customer_class: str,
    price_category: str,
    first_on: dt.date,
    at: dt.datetime,
    last_on: dt.date | None = None,
    capacity_kw: Decimal | None = None,
    signed_on: dt.date | None = None,
    text: AgreementText | None = None,
    is_demo: bool = False,
) -> Agreement:
    """Supply a customer at a usage point from a day on; with a last day, temporarily.

    Raises NotAllowed, EndsBeforeItBegins, AgreementStands, PackDoesNotBind, UnknownCategory,
    CustomerOfOthers, IsErased, NotEnoughCapacity.
    """
    usage_point = _locked(usage_point)
    organisation = usage_point.place.organisation
    must_be_allowed(viewer, "agreements.sign", SIGN, organisation)
    if last_on is not None and last_on < first_on:
        raise EndsBeforeItBegins(first=first_on, last=last_on)
    fits(
        organisation,
        utility=usage_point.utility,
        pack=pack,
        customer_class=customer_class,
        price_category=price_category,
        on=first_on,
    )
    _is_a_customer_of(customer, organisation)
    agreement = Agreement(
        organisation=organisation,
        customer=customer,
        usage_point=usage_point,
        in_force=since(first_on, end_after(last_on)),
        is_temporary=open_end(last_on) is not None,
        pack=pack,
        customer_class=customer_class,
        price_category=price_category,
        capacity_kw=capacity_kw or usage_point.capacity_kw,
        signed_on=signed_on,
        text=text,
        begun_by=Begun.SIGNED,
        is_demo=is_demo,
    )
    return _begin(viewer, agreement, at=at)


@transaction.atomic
def change(
    *,
    viewer: Any,
    agreement: Agreement,
    from_on: dt.date,
    at: dt.datetime,
    reason: str,
    customer_class: str | None = None,
    price_category: str | None = None,
    capacity_kw: Decimal | None = None,
) -> Agreement:
    """Another class, price category or capacity from today or a day to come; the customer is told.
    What was stays as it was. From a day that has passed it is proposed, and another confirms it.

    Raises NotAllowed, BackDated, NotInForceThen, NothingBefore, NothingChanges, WasFollowed,
    UnknownCategory, NotEnoughCapacity.
    """
    agreement = still_standing(viewer, agreement)
    if from_on < legal_day(at):
        raise BackDated(day=from_on)
    new = terms_to_follow(
        agreement,
        from_on,
        customer_class=customer_class,
        price_category=price_category,
        capacity_kw=capacity_kw,
    )
    made = follow(viewer, agreement, from_on, reason=reason, at=at, **new)
    tell_of_change(made, reason=reason, at=at)
    return made


@transaction.atomic
def take_back(*, viewer: Any, agreement: Agreement, at: dt.datetime) -> None:
    """Undo a beginning: the agreement goes, and the one that it followed runs on.

    Raises NotAllowed, WasFollowed, CannotTakeBack.
    """
    agreement = still_standing(viewer, agreement)
    if agreement.text_id is not None:
        raise CannotTakeBack(number=agreement.number, what=Words("已签文本", "a signed text"))
    if agreement.end_proposals.exists():
        raise CannotTakeBack(number=agreement.number, what=Words("终止提议", "a proposal to end it"))
    if opening_balances(agreement):
        raise CannotTakeBack(number=agreement.number, what=Words("期初余额", "an opening balance"))
    previous, before = agreement.previous, agreement.in_force.upper
    record_deed(viewer, "take-agreement-back", agreement, at, number=agreement.number)
    agreement.delete()
    if previous is not None:
        previous.in_force = since(previous.first_on, before)
        previous.end_reason = ""
        previous.save()
        if previous.capacity_kw is not None:
            promise_capacity(
                viewer=viewer, point=previous.usage_point, capacity_kw=previous.capacity_kw, at=at
            )


@transaction.atomic
def claim_opening_balance(
    *, viewer: Any, agreement: Agreement, as_of: dt.date, yuan: Decimal, note: str, at: dt.datetime
) -> OpeningBalance:
    """Keep what the former books say was owed (+) or prepaid (−). Raises NotAllowed."""
    must_be_allowed(viewer, "agreements.sign", SIGN, agreement.organisation)
    claim = OpeningBalance.objects.create(
        agreement=agreement, as_of=as_of, yuan=yuan, note=note, at=at, by=viewer
    )
    record_deed(viewer, "claim-opening-balance", agreement, at, yuan=str(yuan), as_of=str(as_of))
    return claim


def next_number(organisation: Organisation, *, year: int) -> str:
    """The next number of an organisation's agreements: GX-A2026-000412. In a transaction."""
    return reserve_numbers(organisation, year=year, count=1)[0]


def reserve_numbers(organisation: Organisation, *, year: int, count: int) -> list[str]:
    """The next numbers, which nobody else gets. In a transaction."""
    numbers = next_numbers(organisation, "agreement", year=year, count=count)
    return [f"{organisation.short}-A{year}-{n:06}" for n in numbers]


def fits(
    organisation: Organisation,
    *,
    utility: str,
    pack: str,
    customer_class: str,
    price_category: str,
    on: dt.date,
) -> None:
    """Whether the regulation binds and knows the class and category. Raises PackDoesNotBind,
    UnknownCategory."""
    if adoption_in_force(organisation, pack, on=on) is None:
        raise PackDoesNotBind(organisation=organisation.name, pack=pack, day=on)
    names = ClassNames()
    for known, code in (
        (names.classes(pack), customer_class),
        (names.categories(pack, utility), price_category),
    ):
        if known and code not in known:
            raise UnknownCategory(pack=pack, category=code, known=list(known.values()))


def _locked(point: UsagePoint) -> UsagePoint:
    rows = UsagePoint.objects.select_related("place__organisation")
    return rows.select_for_update(of=("self",)).get(pk=point.pk)


def still_standing(viewer: Any, agreement: Agreement) -> Agreement:
    """The agreement as it is now, its usage point locked, if the viewer may and nothing follows."""
    _locked(agreement.usage_point)
    agreement = Agreement.objects.select_related("organisation", "customer", "usage_point", "previous").get(
        pk=agreement.pk
    )
    must_be_allowed(viewer, "agreements.sign", SIGN, agreement.organisation)
    following = Agreement.objects.filter(previous=agreement).first()
    if following is not None:
        raise WasFollowed(number=agreement.number, following=following.number)
    return agreement


def terms_to_follow(
    agreement: Agreement,
    first_on: dt.date,
    *,
    customer: Customer | None = None,
    customer_class: str | None = None,
    price_category: str | None = None,
    capacity_kw: Decimal | None = None,
) -> dict[str, Any]:
    """What an agreement says with another customer or other terms from a day on, by field.

    Raises NothingChanges, CustomerOfOthers, IsErased, NotInForceThen, NothingBefore,
    UnknownCategory.
    """
    new = {
        "customer": customer or agreement.customer,
        "customer_class": customer_class or agreement.customer_class,
        "price_category": price_category or agreement.price_category,
        "capacity_kw": capacity_kw or agreement.capacity_kw,
    }
    if all(getattr(agreement, name) == value for name, value in new.items()):
        raise NothingChanges
    if customer is not None:
        _is_a_customer_of(customer, agreement.organisation)
    if first_on not in agreement.in_force:
        raise NotInForceThen(
            number=agreement.number,
            day=first_on,
            period=said_period(agreement.in_force.lower, agreement.in_force.upper),
        )
    if first_on == agreement.first_on:
        raise NothingBefore(number=agreement.number, day=first_on)
    fits(
        agreement.organisation,
        utility=agreement.usage_point.utility,
        pack=agreement.pack,
        customer_class=str(new["customer_class"]),
        price_category=str(new["price_category"]),
        on=first_on,
    )
    return new


def follow(
    viewer: Any, agreement: Agreement, first_on: dt.date, *, reason: str, at: dt.datetime, **new: Any
) -> Agreement:
    """Put the agreement that takes this one's place from a day on, which was found to be lawful.

    A change keeps number and signature, amended; another customer gets a number of their own.
    Raises ReasonMissing, NotEnoughCapacity.
    """
    if not reason.strip():
        raise ReasonMissing
    same = {
        name: getattr(agreement, name)
        for name in ("organisation", "usage_point", "pack", "is_temporary", "is_demo")
    }
    follower = Agreement(**same | new, in_force=since(first_on, agreement.in_force.upper), previous=agreement)
    if follower.customer == agreement.customer:
        follower.begun_by, follower.signed_on = Begun.CHANGED, agreement.signed_on
        follower.number = next_amendment(agreement.number)
    else:
        follower.begun_by = Begun.TRANSFERRED
    set_end(viewer, agreement, first_on - A_DAY, reason.strip(), at)
    return _begin(viewer, follower, at=at)


def _begin(viewer: Any, agreement: Agreement, *, at: dt.datetime) -> Agreement:
    must_be_free(agreement)
    if agreement.capacity_kw is not None:
        promise_capacity(viewer=viewer, point=agreement.usage_point, capacity_kw=agreement.capacity_kw, at=at)
    if not agreement.number:
        agreement.number = next_number(agreement.organisation, year=agreement.first_on.year)
    agreement.save(force_insert=True)
    record_deed(
        viewer,
        f"agreement-{agreement.begun_by}",
        agreement,
        at,
        number=agreement.number,
        customer=str(agreement.customer_id),
        point=str(agreement.usage_point_id),
        first_on=str(agreement.first_on),
        last_on=str(agreement.last_on or ""),
        customer_class=agreement.customer_class,
        price_category=agreement.price_category,
        capacity_kw=str(agreement.capacity_kw or ""),
    )
    return agreement


def set_end(viewer: Any, agreement: Agreement, last_on: dt.date, reason: str, at: dt.datetime) -> Agreement:
    """Write an agreement's last day, which was found to be lawful."""
    agreement.in_force = since(agreement.first_on, end_after(last_on))
    agreement.end_reason = reason
    agreement.save(update_fields=["in_force", "end_reason"])
    record_deed(viewer, "end-agreement", agreement, at, last_on=str(last_on), reason=reason)
    return agreement


def must_be_free(agreement: Agreement) -> None:
    """Raise AgreementStands if another one holds then; the constraint is the last to say so."""
    other = (
        Agreement.objects.filter(usage_point=agreement.usage_point, in_force__overlap=agreement.in_force)
        .exclude(pk=agreement.pk)
        .select_related("customer")
        .order_by("in_force")
        .first()
    )
    if other is not None:
        raise AgreementStands(
            point=agreement.usage_point.code,
            number=other.number,
            customer=other.customer.name,
            period=said_period(other.in_force.lower, other.in_force.upper),
        )


def _is_a_customer_of(customer: Customer, organisation: Organisation) -> None:
    if customer.erased_on is not None:
        raise IsErased(number=customer.number, on=customer.erased_on)
    if not shares_line(customer.organisation, organisation):
        raise CustomerOfOthers(customer=customer.name, organisation=organisation.name)


def record_deed(viewer: Any, action: str, agreement: Agreement, at: dt.datetime, **payload: Any) -> None:
    subject = f"agreement:{agreement.pk}"
    record(actor=viewer.actor, action=action, subject=subject, payload=payload, at=at)
