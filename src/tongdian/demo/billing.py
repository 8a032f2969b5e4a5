"""Bills of the demonstration: a campus billed month by month, and paid at the counter by most."""

from __future__ import annotations

import datetime as dt
from random import Random

from tongdian.accounts import queries as account_queries
from tongdian.accounts.actions.collecting import take_payment
from tongdian.accounts.actions.counting import count_cash
from tongdian.accounts.models import LedgerAccount
from tongdian.billing.actions import objecting, runs
from tongdian.billing.models import Bill, BillingRun
from tongdian.billing.queries import held
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.demo.meters import month_ends
from tongdian.demo.money import BANK
from tongdian.demo.people import Staff
from tongdian.money import yuan_of_fen
from tongdian.parties.models import Account, Organisation

MONTHS = 6
PAY = 0.9  # of the bills are paid, most of them in time
DUE_DAYS = 15


def bill_months(house: Organisation, staff: Staff, random: Random, at: dt.datetime) -> None:
    """Bill the last months of a campus, each by a run that another person released."""
    clerk, officer = staff.named["centre"], staff.named["centre-head"]
    for end in month_ends(legal_day(at))[-MONTHS:]:
        run = _run(house, clerk, officer, end)
        for bill in Bill.objects.filter(run=run).select_related("account__organisation", "organisation"):
            _follow(bill, clerk, random, at)
    for box in account_queries.boxes(clerk).filter(cashier=clerk, limited__fen__gt=0, day__lt=legal_day(at)):
        _count(box, clerk)


def _count(box: LedgerAccount, clerk: Account) -> None:
    """A box is counted and paid into the bank in the evening of its day."""
    assert box.day is not None
    booked = yuan_of_fen(account_queries.available(box))
    evening = dt.datetime.combine(box.day, dt.time(17), SHANGHAI)
    count_cash(viewer=clerk, box=box, counted=booked, booked=booked, bank=BANK, at=evening)


def _run(house: Organisation, clerk: Account, officer: Account, end: dt.date) -> BillingRun:
    evening = dt.datetime.combine(end, dt.time(18), SHANGHAI)
    run = runs.start_run(
        viewer=clerk,
        organisation=house,
        first_on=end.replace(day=1),
        until=end,
        due_on=end + dt.timedelta(days=DUE_DAYS),
        note="月度开账",
        is_demo=True,
        at=evening,
    )
    preview = runs.prepare(run=run, at=evening)
    for item in list(held(preview))[1:]:  # one stays held
        runs.release_item(viewer=officer, item=item, reason="已现场核对表计和用途", at=evening)
    runs.release_run(viewer=officer, run=run, preview=preview.number, at=evening)
    runs.post_released(run=run, at=evening)
    return run


def _follow(bill: Bill, clerk: Account, random: Random, at: dt.datetime) -> None:
    today = legal_day(at)
    delivered = min(bill.issued_on + dt.timedelta(days=random.randint(0, 2)), today)
    noon = dt.datetime.combine(delivered, dt.time(12), SHANGHAI)
    objecting.deliver_bill(viewer=clerk, bill=bill, way="handed", on=delivered, at=noon)
    paid = delivered + dt.timedelta(days=random.randint(1, 20))
    if paid >= today or random.random() > PAY or bill.account.proposals.filter(answer=None).exists():
        return  # what was proposed to be given up is not paid meanwhile
    owed = sum(one.fen for one in account_queries.open_debts(bill.account))
    if owed > 0:
        take_payment(
            viewer=clerk,
            account=bill.account,
            yuan=yuan_of_fen(owed),
            payer="",
            bank=BANK if random.random() < 0.7 else "",
            on=paid,
            at=dt.datetime.combine(paid, dt.time(10), SHANGHAI),
        )
