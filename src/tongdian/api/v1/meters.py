"""Meters: the register, and what was read on one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from tongdian.api.shapes.metering import ReadingOut
from tongdian.api.v1.asking import REFUSED, viewer_of
from tongdian.api.v1.registers import operations
from tongdian.metering import queries
from tongdian.metering.registers import METERS, ROUTES, VIRTUAL_METERS

meters = operations(METERS)
virtual_meters = operations(VIRTUAL_METERS)
reading_routes = operations(ROUTES)


@meters.get("/{uuid:id_}/readings", response={200: list[ReadingOut], **REFUSED})
def list_readings(request: HttpRequest, id_: UUID) -> Any:
    """The readings of a meter that count, by day; each with its version, above 1 if it was corrected."""
    return list(queries.standing(METERS.find(viewer_of(request), id_)))
