"""What billing adds to the page of a case: what is left before it is settled, and what leads there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tongdian.billing import queries
from tongdian.billing.actions.by_case import A_DAY, SETTLE_CHARGES, bill_case_now
from tongdian.billing.rules import READ, RUN
from tongdian.cases.queries import case_numbered
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say


def to_settle(request: HttpRequest, of: Any) -> dict[str, Any] | None:
    """While a case waits for its charges to be paid: the days that no bill has, and what is owed. `of` is
    the case as its page has read it."""
    case, stages = of.case, of.wording.stages
    if not any(stages[one].effect == SETTLE_CHARGES for one in of.state.open_stages):
        return None
    if not request.user.has_perm(READ.name, case.organisation):
        return None
    left = queries.left_to_settle(case, timezone.localdate())
    if not left.owed and not queries.bills_here(case.organisation):
        return None  # it is billed elsewhere: nothing is known here
    return {
        "case": case,
        "through": left.through if queries.bills_here(case.organisation) else None,
        "days": [
            (left.agreements[one.agreement], one.starts, one.ends - A_DAY, one.days) for one in left.days
        ],
        "owed": list(left.owed.items()),
        "under_way": queries.run_of_case(case),
        "may_run": request.user.has_perm(RUN.name, case.organisation),
    }


@require_POST
@guarded(RUN.name)
def bill_now(request: HttpRequest, number: str) -> HttpResponse:
    """Begin the run of a case's customer alone."""
    case = case_numbered(request.user, number)
    try:
        run = bill_case_now(viewer=request.user, case=case, at=timezone.now())
    except Refusal as refused:
        messages.error(request, say(refused.words))
        return redirect("case", case.number)
    messages.success(request, gettext("The run has begun; its preview is being made."))
    return redirect("billing-run", run.pk)
