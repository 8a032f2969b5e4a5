"""What is asked about supply: the school's days, which timetables govern a place, and how it stands and why."""

from tongdian.supply.queries.days import calendars_of, school_days, school_facts
from tongdian.supply.queries.decided import what_was_permitted
from tongdian.supply.queries.hours import PlaceHours, hours_of, local, zone
from tongdian.supply.queries.lessons import lessons
from tongdian.supply.queries.permits import (
    consents_of,
    must_open_something,
    permit_titles,
    permits,
    permits_held,
    seat_counts,
    titles_asked,
    titles_of,
)
from tongdian.supply.queries.timetables import (
    facts_asked,
    kinds_by_code,
    packs_asked,
    packs_with_timetables,
    place_timetables,
    timetables_of,
)
from tongdian.supply.queries.used_outside import PointUse, UsedOutside, finding_at, used_at, used_outside
from tongdian.supply.queries.weather import air_conditioning, temperatures

__all__ = [
    "PlaceHours",
    "PointUse",
    "UsedOutside",
    "air_conditioning",
    "calendars_of",
    "consents_of",
    "facts_asked",
    "finding_at",
    "hours_of",
    "kinds_by_code",
    "lessons",
    "local",
    "must_open_something",
    "packs_asked",
    "packs_with_timetables",
    "permit_titles",
    "permits",
    "permits_held",
    "place_timetables",
    "school_days",
    "school_facts",
    "seat_counts",
    "temperatures",
    "timetables_of",
    "titles_asked",
    "titles_of",
    "used_at",
    "used_outside",
    "what_was_permitted",
    "zone",
]
