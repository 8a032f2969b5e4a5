"""Whom a case's messages go to, and where they lead."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from tongdian.cases.models import Case
from tongdian.connections.queries import application_of
from tongdian.notices.actions import Recipient
from tongdian.parties.actions.customers import addresses_of


def recipient(case: Case) -> Recipient:
    """The case's customer, in the language they applied in."""
    customer = case.customer
    assert customer is not None
    application = application_of(case)
    english = application is not None and application.language.startswith("en")
    return replace(addresses_of(customer), language="en" if english else "zh")


def track_address(case: Case) -> str:
    """Where the applicant follows the case."""
    return f"{settings.PUBLIC_ADDRESS}/track/{case.number}/"
