"""The tables of supply.

SchoolFact      what a timetable asks of a day, told of the days from one to another
SchoolDay       a day on which the school works otherwise than the legal calendar
CourseLesson    a place is taught in at some hours of a weekday
OutdoorTemperature  what the weather service published, by which air conditioning runs or not
SeatCount       how many sit in the rooms open for evening study; append-only
CalendarFeed    an address at which the hours of a place are read
PlaceTimetable  which timetable governs a place, and as what
Permit          a place may be supplied from one moment to another; append-only
PermitEnd       it holds no longer from a moment on; append-only
SupplyChange    a point is opened, or closed until it is opened anew
SupplyStop      it is stopped on a ground; StopEnd ends that, RestorationCase asks for it, StopApproval comes before
SupplySwitch    a coil or relay that acts on a supply; SwitchCommand what it was told, SwitchStep what became of that
ProtectionApproval  a leader lets one change touch what protects; ProtectionRelease is that change
"""

from tongdian.supply.models.days import PlaceTimetable, SchoolDay, SchoolFact
from tongdian.supply.models.feeds import CalendarFeed
from tongdian.supply.models.lessons import CourseLesson
from tongdian.supply.models.permits import Permit, PermitEnd
from tongdian.supply.models.protection import ProtectionApproval, ProtectionRelease
from tongdian.supply.models.seats import SeatCount
from tongdian.supply.models.stopping import RestorationCase, StopApproval, StopEnd, SupplyChange, SupplyStop
from tongdian.supply.models.switching import SupplySwitch, SwitchCommand, SwitchStep
from tongdian.supply.models.weather import OutdoorTemperature

__all__ = [
    "CalendarFeed",
    "CourseLesson",
    "OutdoorTemperature",
    "Permit",
    "PermitEnd",
    "PlaceTimetable",
    "ProtectionApproval",
    "ProtectionRelease",
    "RestorationCase",
    "SchoolDay",
    "SchoolFact",
    "SeatCount",
    "StopApproval",
    "StopEnd",
    "SupplyChange",
    "SupplyStop",
    "SupplySwitch",
    "SwitchCommand",
    "SwitchStep",
]
