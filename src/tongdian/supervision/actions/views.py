"""Views of figures that are shared with an office: by who fills in for it, and by them changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tongdian.allowed import must_be_allowed
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.registers.views import LONGEST_QUERY, ViewNameTaken, view_name
from tongdian.supervision.models import OfficeView
from tongdian.supervision.rules import FILE

SHARING = Words("与本单位共用视图", "share a view with the office")


def share_view(*, viewer: Any, organisation: Organisation, of: str, name: str, query: str) -> OfficeView:
    """Keep a layout for everybody of an office. Raises NotAllowed, ViewNeedsAName, ViewNameTaken."""
    must_be_allowed(viewer, FILE.name, SHARING, organisation)
    kept = view_name(name)
    try:
        with transaction.atomic():
            return OfficeView.objects.create(
                organisation=organisation, by=viewer, of=of, name=kept, query=query[:LONGEST_QUERY]
            )
    except IntegrityError as refused:
        if "view_of_an_office_has_its_own_name" not in str(refused):
            raise
        raise ViewNameTaken from refused


def rename_office_view(*, viewer: Any, view: UUID, name: str) -> None:
    """Give a shared view another name. Raises NotAllowed, ViewNeedsAName, ViewNameTaken."""
    found, kept = _of_office(viewer, view), view_name(name)
    if found is None:
        return
    try:
        with transaction.atomic():
            OfficeView.objects.filter(pk=found.pk).update(name=kept)
    except IntegrityError as refused:
        if "view_of_an_office_has_its_own_name" not in str(refused):
            raise
        raise ViewNameTaken from refused


def drop_office_view(*, viewer: Any, view: UUID) -> None:
    """Share it no longer. Raises NotAllowed."""
    if (found := _of_office(viewer, view)) is not None:
        found.delete()


def _of_office(viewer: Any, view: UUID) -> OfficeView | None:
    """The view, for who may change it; None where it is gone. Raises NotAllowed."""
    found = OfficeView.objects.filter(pk=view).select_related("organisation").first()
    if found is not None:
        must_be_allowed(viewer, FILE.name, SHARING, found.organisation)
    return found
