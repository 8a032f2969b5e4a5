"""Meters, readings and usage as a viewer sees them."""

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
    "MeteredStretch",
    "NotRead",
    "NothingHung",
    "PointUsage",
    "UsageSegment",
    "at_point",
    "figure",
    "hangs",
    "installations",
    "meter",
    "meters",
    "ran",
    "standing",
    "stretches",
    "usage_of",
    "usages_of",
    "versions",
    "where",
]
