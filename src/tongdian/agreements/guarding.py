"""What agreements ask before an organisation closes or a customer's personal data are erased."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from tongdian.agreements.models import Agreement, ImportRow
from tongdian.notices.actions import erase_what_was_said
from tongdian.parties.guards import Erased, Erasing, before_closing, before_erasing, when_erasing
from tongdian.parties.models import Customer, Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

ERASED = "—"


class SupplyGoesOn(Refusal):
    """An agreement runs on."""

    says = Words(
        "协议 {number} 仍然有效；请先终止或过户。",
        "The agreement {number} is still in force; end or transfer it first.",
    )


@before_closing
def refuse_closing_while_supplied(organisation: Organisation) -> None:
    """An organisation with agreements in force is not closed."""
    _refuse(Q(organisation=organisation))


@before_erasing
def refuse_erasing_while_supplied(customer: Customer) -> None:
    """A customer who is supplied is not erased."""
    _refuse(Q(customer=customer))


@when_erasing
def erase_from_imports(erasing: Erasing) -> Erased:
    """The cells of spreadsheets that brought the customer in or changed them.

    Signed texts stay: they are the contract, kept as long as the law asks.
    """
    rows = ImportRow.objects.filter(subject=erasing.customer.pk)
    for row in rows:
        row.cells = dict.fromkeys(row.cells, ERASED)
        row.values, row.secret, row.changes, row.before = {}, b"", [], None
        row.save()
    columns = ("before", "cells", "changes", "secret", "values")
    return {ImportRow._meta.db_table: columns} if rows else {}


@when_erasing
def erase_what_was_said_of_agreements(erasing: Erasing) -> Erased:
    """What the customer was told about their agreements."""
    theirs = Agreement.objects.filter(customer=erasing.customer).values_list("pk", flat=True)
    return erase_what_was_said(
        subjects=[f"agreement:{one}" for one in theirs],
        by=erasing.viewer,
        reason=erasing.reason,
        at=erasing.at,
    )


def _refuse(whose: Q) -> None:
    running = Q(in_force__endswith=None) | Q(in_force__endswith__gt=TruncDate(Now()))
    found = Agreement.objects.filter(whose & running).first()
    if found is not None:
        raise SupplyGoesOn(number=found.number)
