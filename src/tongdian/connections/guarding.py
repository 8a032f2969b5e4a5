"""What is erased of applications, visits, ratings and reports with a customer's personal data."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tongdian.connections import queries
from tongdian.connections.models import Application, Draft, Rating, Repair, Visit
from tongdian.notices.actions import erase_what_was_said
from tongdian.parties.guards import Erased, Erasing, when_erasing
from tongdian.personal import lookup


@when_erasing
def erase_from_applications(erasing: Erasing) -> Erased:
    """The free text of what they applied for, of visits to them and of what they thought of it."""
    theirs = {"case__customer": erasing.customer}
    return {
        **_emptied(Application.objects.filter(**theirs), "place_text", "purpose", "remark"),
        **_emptied(Visit.objects.filter(**theirs), "note"),
        **_emptied(Rating.objects.filter(**theirs), "comment"),
    }


@when_erasing
def erase_drafts(erasing: Erasing) -> Erased:
    """Their drafts, sent or not, and the messages with the addresses of these. One that was not
    sent is known by its telephone."""
    drafts = Draft.objects.filter(organisation=erasing.customer.organisation)
    theirs = [
        row.pk
        for row in drafts.select_related("case")
        if (row.case is not None and row.case.customer_id == erasing.customer.pk)
        or (row.case is None and _telephone_of(row) == erasing.phone_lookup != b"")
    ]
    said = erase_what_was_said(
        subjects=[f"draft:{one}" for one in theirs], by=erasing.viewer, reason=erasing.reason, at=erasing.at
    )
    return said | _gone(Draft.objects.filter(pk__in=theirs), "content", "token_hash")


@when_erasing
def erase_who_reported(erasing: Erasing) -> Erased:
    """Who reported the faults of that telephone, as soon as these are settled."""
    if not erasing.phone_lookup:
        return {}
    settled = Repair.objects.filter(
        phone_lookup=erasing.phone_lookup, state__in=[Repair.State.DONE, Repair.State.REFUSED]
    )
    return _emptied(settled, "name", "phone", "phone_lookup", nothing=b"")


def _telephone_of(row: Draft) -> bytes:
    phone = queries.content(row)["form"].get("phone", "")
    return lookup(phone.replace(" ", "").replace("-", ""))


def _emptied(rows: QuerySet[Any], *columns: str, nothing: str | bytes = "") -> Erased:
    changed = rows.update(**dict.fromkeys(columns, nothing))
    return {rows.model._meta.db_table: columns} if changed else {}


def _gone(rows: QuerySet[Any], *columns: str) -> Erased:
    return {rows.model._meta.db_table: columns} if rows.delete()[0] else {}
