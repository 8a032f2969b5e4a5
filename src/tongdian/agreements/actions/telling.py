"""The customer is told of whatever becomes of their agreement without their own signature."""

from __future__ import annotations

import datetime as dt

from tongdian.agreements.models import Agreement, EndProposal
from tongdian.agreements.queries import ClassNames, second_persons
from tongdian.agreements.rules import said_period
from tongdian.notices.actions import Recipient, notify
from tongdian.parties.actions.customers import addresses_of
from tongdian.policy.words import Words

NOW_HOLDS = Words(
    "{customer}，{period}，{customer_class}，{price_category}",
    "{customer}, {period}, {customer_class}, {price_category}",
)


def tell_of_end(agreement: Agreement, *, reason: str, at: dt.datetime) -> None:
    """Tell the customer which day is the last, and on what it rests."""
    notify(
        name="agreement-ends",
        organisation=agreement.organisation_id,
        to=addresses_of(agreement.customer),
        subject=f"agreement:{agreement.pk}",
        params={
            "agreement": agreement.number,
            "place": agreement.usage_point.place.name,
            "last": str(agreement.last_on),
            "reason": reason,
        },
        at=at,
    )


def tell_of_change(agreement: Agreement, *, reason: str, at: dt.datetime) -> None:
    """Tell the customer what holds now: it begins, has other terms, or runs on after all."""
    customer_class, price_category = ClassNames().said(agreement, "zh")
    holds = NOW_HOLDS.fill(
        customer=agreement.customer.name,
        period=said_period(agreement.in_force.lower, agreement.in_force.upper),
        customer_class=customer_class,
        price_category=price_category,
    )
    notify(
        name="agreement-changes",
        organisation=agreement.organisation_id,
        to=addresses_of(agreement.customer),
        subject=f"agreement:{agreement.pk}",
        params={
            "agreement": agreement.number,
            "place": agreement.usage_point.place.name,
            "holds": holds.zh,
            "reason": reason,
        },
        at=at,
    )


def tell_second_persons(proposal: EndProposal, *, at: dt.datetime) -> None:
    """Tell everybody who may confirm a proposal that it waits for one of them."""
    agreement = proposal.agreement
    for account in second_persons(proposal, at=at):
        notify(
            name="agreement-proposal-waits",
            organisation=agreement.organisation_id,
            to=Recipient.colleague(account),
            subject=f"agreement:{agreement.pk}",
            params={
                "agreement": agreement.number,
                "place": agreement.usage_point.place.name,
                "by": proposal.by.shown_name,
                "reason": proposal.reason,
            },
            at=at,
        )
