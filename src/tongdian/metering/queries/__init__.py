"""Meters, readings and usage as a viewer sees them."""

from tongdian.metering.queries.looking import LookedAt, explained, findings_of, reading_rules
from tongdian.metering.queries.meters import (
    MeteredStretch,
    at_point,
    figure,
    hangs,
    installations,
    meter,
    meters,
    ran,
    standing,
    stretches,
    versions,
    where,
)
from tongdian.metering.queries.usage import (
    NothingHung,
    NotRead,
    PointUsage,
    UsageSegment,
    usage_of,
    usages_of,
)

__all__ = [
    "LookedAt",
    "MeteredStretch",
    "NotRead",
    "NothingHung",
    "PointUsage",
    "UsageSegment",
    "at_point",
    "explained",
    "figure",
    "findings_of",
    "hangs",
    "installations",
    "meter",
    "meters",
    "ran",
    "reading_rules",
    "standing",
    "stretches",
    "usage_of",
    "usages_of",
    "versions",
    "where",
]
