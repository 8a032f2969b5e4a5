"""The tables of supply.

SchoolFact      what a timetable asks of a day, told of the days from one to another
SchoolDay       a day on which the school works otherwise than the legal calendar
PlaceTimetable  which timetable governs a place, and as what
Permit          a place may be supplied from one moment to another; append-only
PermitEnd       it holds no longer from a moment on; append-only
"""

from tongdian.supply.models.days import PlaceTimetable, SchoolDay, SchoolFact
from tongdian.supply.models.permits import Permit, PermitEnd

__all__ = ["Permit", "PermitEnd", "PlaceTimetable", "SchoolDay", "SchoolFact"]
