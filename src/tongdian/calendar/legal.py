"""What day it is in law: every legal date is a date in Asia/Shanghai."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def legal_day(at: datetime, zone: ZoneInfo = SHANGHAI) -> date:
    """The date that an instant has in law."""
    return at.astimezone(zone).date()
