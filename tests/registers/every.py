"""Every register of the program: what holds of registers is asked of each."""

from tongdian.cases.registers import FORCE_MAJEURE
from tongdian.connections.registers import FEES
from tongdian.metering.registers import METERS, VIRTUAL_METERS
from tongdian.network.registers import FEEDERS, PLACES, TRANSFORMERS, USAGE_POINTS
from tongdian.parties.registers import CUSTOMERS
from tongdian.supervision.registers import GRID_PLANS, GRID_PROJECTS, INTERNAL_RULES
from tongdian.supply.registers import (
    LESSONS,
    PERMITS,
    PLACE_TIMETABLES,
    SCHOOL_DAYS,
    SCHOOL_FACTS,
    SEAT_COUNTS,
)

REGISTERS = (
    PLACES,
    FEEDERS,
    TRANSFORMERS,
    USAGE_POINTS,
    METERS,
    VIRTUAL_METERS,
    FEES,
    CUSTOMERS,
    FORCE_MAJEURE,
    GRID_PLANS,
    GRID_PROJECTS,
    INTERNAL_RULES,
    LESSONS,
    PERMITS,
    PLACE_TIMETABLES,
    SCHOOL_DAYS,
    SCHOOL_FACTS,
    SEAT_COUNTS,
)
