"""What closing a stage asks of bills.

settle-charges   every day of supply up to the final reading is billed, and nothing is owed (8, 10, 52)

An office that never began a run bills elsewhere: there the books say what they know, and a person the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.accounts.actions.opening import opened
from tongdian.accounts.refusing import DebtsOpen
from tongdian.allowed import must_be_allowed
from tongdian.billing import queries
from tongdian.billing.actions.runs import start_run
from tongdian.billing.models import BillingRun
from tongdian.billing.rules import RUN, BilledElsewhere, DaysNotBilled, NothingToBill, NotReadToTheEnd
from tongdian.billing.supplies import readings_at
from tongdian.calendar import legal_day
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.metering.rules import Quality
from tongdian.money import format_yuan
from tongdian.policy.words import Words

SETTLE_CHARGES = "settle-charges"
A_DAY = dt.timedelta(days=1)


def _not_billed_here(case: Case, on: dt.date) -> Words | None:
    """An office that bills elsewhere is told what the program does not know."""
    if queries.bills_here(case.organisation):
        return None
    return Words(
        "本单位没有在此开过账：请核对至最后止数的水电费均已收清。",
        "No run was ever begun here: make sure that everything up to the final reading was billed and paid.",
    )


def _paper_of_other_books(case: Case) -> Words | None:
    """The paper by which an office that bills elsewhere knows it."""
    if queries.bills_here(case.organisation):
        return None
    return Words("水电费已收清的凭证（扫描件或照片）", "the paper that all is billed and paid, scanned")


@effect(
    SETTLE_CHARGES,
    title=Words("水电费已结清", "charges are settled"),
    undo=lambda deed: {},
    warns=_not_billed_here,
    file=_paper_of_other_books,
)
def charges_settled(deed: Deed) -> Mapping[str, Any]:
    """Every day of the customer's supply at the place is billed up to the day of the final reading, and
    nothing is owed there, disputed or in a plan or not. Where an office bills elsewhere it says so itself,
    with evidence. Raises BilledElsewhere, DaysNotBilled, DebtsOpen."""
    is_said_by_staff = not isinstance(deed.viewer.viewer, Applicant) and bool(deed.evidence)
    if not queries.bills_here(deed.case.organisation) and not is_said_by_staff:
        raise BilledElsewhere
    left = queries.left_to_settle(deed.case, deed.on)
    if left.days:
        first = left.days[0]
        raise DaysNotBilled(
            agreement=left.number_of(first),
            first=first.starts,
            last=first.ends - A_DAY,
            days=sum(one.days for one in left.days),
        )
    if left.owed:
        raise DebtsOpen(
            account="、".join(one.number for one in left.owed), owed=format_yuan(sum(left.owed.values()))
        )
    return {"through": left.through.isoformat()}


def _is_read(left: queries.ToSettle) -> bool:
    """Whether any of the days has a reading by which they could be billed."""
    points = {one: row.usage_point_id for one, row in left.agreements.items()}
    first = min(one.starts for one in left.days)
    reads = readings_at(points.values(), first, max(one.ends for one in left.days))
    return any(
        day.starts < read.on <= day.ends or (read.on == day.starts and read.quality == Quality.FINAL)
        for day in left.days
        for read in reads[points[day.agreement]]
    )


def bill_case_now(*, viewer: Any, case: Case, at: dt.datetime) -> BillingRun:
    """Begin a run over the customer of a case at its place alone, out of the ordinary round, up to the
    final reading; it is due the next day. Raises NotAllowed, NothingToBill where every day is billed,
    NotReadToTheEnd where no reading is there by which anything could be billed, and what beginning a run
    does."""
    must_be_allowed(viewer, *RUN, case.organisation)
    on = legal_day(at)
    left = queries.left_to_settle(case, on)
    if not left.days:
        raise NothingToBill(case=case.number)
    if not _is_read(left):
        raise NotReadToTheEnd(agreement=left.number_of(left.days[0]), day=left.through)
    places = {left.agreements[one.agreement].usage_point.place for one in left.days}
    accounts = [
        opened(customer=case.customer, place=place, at=at, is_demo=case.is_demo, actor=viewer.actor)
        for place in sorted(places, key=lambda one: one.code)
        if case.customer is not None
    ]
    return start_run(
        viewer=viewer,
        organisation=case.organisation,
        first_on=left.through,
        until=left.through,
        due_on=on + A_DAY,
        at=at,
        accounts=[one.pk for one in accounts],
        note=case.number,
        is_demo=case.is_demo,
    )
