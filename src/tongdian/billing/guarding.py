"""What bills say before an office certifies that charges are settled (48)."""

from __future__ import annotations

import datetime as dt

from tongdian.accounts.guards import before_certifying
from tongdian.billing.queries.certifying import billed_for, first_unbilled
from tongdian.billing.rules import CertifiedTooFar
from tongdian.cases.models import Case


@before_certifying
def billed_days(case: Case, scope: str, first: dt.date, last: dt.date) -> int | None:
    """Fen of the bills for the days, whenever they were posted; none where an office bills elsewhere.
    What was supplied and is on no bill yet is not settled. Raises CertifiedTooFar."""
    unbilled = first_unbilled(case, scope, first, last)
    if unbilled is not None:
        raise CertifiedTooFar(agreement=unbilled.agreement, day=unbilled.day, through=unbilled.through)
    return billed_for(case, scope, first, last)
