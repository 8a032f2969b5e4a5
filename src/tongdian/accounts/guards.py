"""What higher areas must agree to before an office certifies that charges are settled.

It runs in the action's own transaction, raises a Refusal to prevent the deed, and says how much was
billed for the days.

    @guards.before_certifying
    def billed_days(case, scope, first, last): ...
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from tongdian.cases.models import Case

# The case; whether it speaks of its `place` or of all that its `customer` has; the days, both included.
# Fen that were billed for them, or none where it knows nothing of them.
Certifying = Callable[[Case, str, dt.date, dt.date], int | None]

_certifying: list[Certifying] = []


def before_certifying(guard: Certifying) -> Certifying:
    """Ask this before a certificate is issued."""
    _certifying.append(guard)
    return guard


def check_certifying(case: Case, scope: str, first: dt.date, last: dt.date) -> int | None:
    """Fen that were billed for the days, if a guard knows. Raises what a guard refuses."""
    said = [guard(case, scope, first, last) for guard in _certifying]
    return next((fen for fen in said if fen is not None), None)
