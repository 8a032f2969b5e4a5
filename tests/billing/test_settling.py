"""Articles 8(3), 10(1), 10(2): charges are paid to the day of the final reading before anything else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.cases.brought import hung
from tests.cases.conftest import at, make_campus, organisation, supplied
from tests.cases.test_engine import close
from tests.connections.conftest import scanned
from tests.connections.test_residents import opened
from tongdian.accounts.actions.collecting import take_payment
from tongdian.accounts.models import BillingAccount, Debt
from tongdian.accounts.refusing import DebtsOpen
from tongdian.agreements.models import Agreement
from tongdian.billing.actions import runs
from tongdian.billing.actions.by_case import bill_case_now, charges_settled
from tongdian.billing.models import Bill
from tongdian.billing.rules import (
    BilledElsewhere,
    CertifiedTooFar,
    DaysNotBilled,
    NothingToBill,
    NotReadToTheEnd,
)
from tongdian.billing.supplies import open_days, open_supplies
from tongdian.cases import queries as case_queries
from tongdian.cases.effects import Authority, Deed
from tongdian.cases.rules import Applicant

pytestmark = pytest.mark.django_db

MAY = dt.date(2026, 5, 1)


@pytest.fixture
def campus(viewer):
    return make_campus(viewer)


@pytest.fixture
def housing(campus, viewer):
    office = organisation("office", "房管科", "YSFG", parent=campus.campus, fills=["housing-office"])
    return viewer("clerk", "housing-clerk", at=office)


@pytest.fixture
def billing(campus, viewer):
    """Who bills at the campus: one prepares, another releases."""
    return viewer("clerk", "zhang", at=campus.campus), viewer("officer", "li-officer", at=campus.campus)


def bill(campus, billing, until: str, *, run=None):
    """A run over everything, or one that was begun, from its preview to its bills."""
    clerk, officer = billing
    day = dt.date.fromisoformat(until)
    run = run or runs.start_run(
        viewer=clerk,
        organisation=campus.campus,
        first_on=day,
        until=day,
        due_on=day + dt.timedelta(days=15),
        at=at(until),
    )
    preview = runs.prepare(run=run, at=at(until))
    runs.release_run(viewer=officer, run=run, preview=preview.number, at=at(until))
    runs.post_released(run=run, at=at(until))
    return list(Bill.objects.filter(run=run))


@pytest.fixture
def leaving(campus, housing, billing):
    """Supplied from 1 March; billed to 1 June at 1,000 kWh; on Tuesday 2 June three read 1,234.5."""
    from tongdian.metering.actions.readings import read_meter

    agreement = supplied(campus)
    meter = hung(agreement.usage_point)
    read_meter(
        viewer=campus.officer, meter=meter, on=dt.date(2026, 6, 1), value=Decimal(1000), quality="actual",
        at=at("2026-06-01"),
    )  # fmt: skip
    bill(campus, billing, "2026-06-01")
    case = opened(campus, "move-out", "2026-06-01")
    close(case, housing, "notice", "2026-06-01")
    read = {"power": "1234.5", "fittings": "sound"}
    close(case, housing, "read_housing", "2026-06-02", given=read)
    close(case, campus.clerk, "read_centre", "2026-06-02", given=read, evidence=["抄表单"])
    close(case, campus.counter, "read_user", "2026-06-02", given=read, evidence=[scanned()])
    return case


def settle(campus, case, day="2026-06-03"):
    return close(case, campus.counter, "settle", day, evidence=["收据 8"])


def pay_everything(campus, day="2026-06-03"):
    account = BillingAccount.objects.get()
    yuan = sum(Decimal(debt.fen) / 100 for debt in Debt.objects.filter(account=account))
    take_payment(viewer=campus.clerk, account=account, yuan=yuan, payer="", at=at(day))


def test_10_1_the_last_day_is_billed_before_anybody_is_told_that_all_is_paid(campus, leaving):
    """Read on 2 June, billed to 31 May: one day, 1 June, and its 234.5 kWh are on no bill yet."""
    with pytest.raises(DaysNotBilled) as refused:
        settle(campus, leaving)
    assert "自 2026-06-01 至 2026-06-01 尚未开账（共 1 天）" in refused.value.words.zh


def test_10_1_one_account_is_billed_out_of_the_round_and_then_it_owes(campus, leaving, billing):
    run = bill_case_now(viewer=billing[0], case=leaving, at=at("2026-06-02"))
    (last,) = bill(campus, billing, "2026-06-02", run=run)
    assert (last.starts, last.ends) == (dt.date(2026, 6, 1), dt.date(2026, 6, 2))
    assert sum(line.quantity for line in last.lines.all() if line.quantity) == Decimal("234.5")
    with pytest.raises(DebtsOpen):
        settle(campus, leaving)
    pay_everything(campus)
    assert settle(campus, leaving).number == leaving.number


def test_nothing_is_billed_twice_by_a_second_click(campus, leaving, billing):
    bill(
        campus, billing, "2026-06-02", run=bill_case_now(viewer=billing[0], case=leaving, at=at("2026-06-02"))
    )
    with pytest.raises(NothingToBill):
        bill_case_now(viewer=billing[0], case=leaving, at=at("2026-06-02"))


def test_10_1_an_account_that_is_not_read_is_not_billed_out_of_the_round(campus, housing, billing):
    """Billed to 1 June; on 5 June nobody has read the meter yet: a run could only be of 0 bills."""
    from tongdian.metering.actions.readings import read_meter

    meter = hung(supplied(campus).usage_point)
    read_meter(
        viewer=campus.officer, meter=meter, on=dt.date(2026, 6, 1), value=Decimal(1000), quality="actual",
        at=at("2026-06-01"),
    )  # fmt: skip
    bill(campus, billing, "2026-06-01")
    case = opened(campus, "move-out", "2026-06-05")
    with pytest.raises(NotReadToTheEnd, match="2026-06-05"):
        bill_case_now(viewer=billing[0], case=case, at=at("2026-06-05"))


def test_with_the_final_reading_supply_is_over_though_the_flat_is_given_back_two_days_later(
    campus, housing, leaving, billing
):
    """The agreement ends on 4 June, its supply with the reading of 2 June: no day is left on the work list."""
    bill(
        campus, billing, "2026-06-02", run=bill_case_now(viewer=billing[0], case=leaving, at=at("2026-06-02"))
    )
    pay_everything(campus)
    settle(campus, leaving)
    close(leaving, campus.clerk, "card", "2026-06-03", facts={"card_returned": "false"})
    close(leaving, housing, "close", "2026-06-04")
    assert Agreement.objects.get().in_force.upper == dt.date(2026, 6, 5)
    july = dt.date(2026, 7, 1)
    assert open_supplies(campus.campus, until=july) == []
    assert open_days(campus.campus, until=july) == 0


def test_read_again_while_the_agreement_runs_supply_was_not_over(campus, leaving):
    """A final reading after which the meter was read at 1,240 on 10 June ends nothing."""
    from tongdian.metering.actions.readings import read_meter
    from tongdian.metering.models import Meter

    read_meter(
        viewer=campus.officer, meter=Meter.objects.get(), on=dt.date(2026, 6, 10), value=Decimal(1240),
        quality="actual", at=at("2026-06-10"),
    )  # fmt: skip
    (left,) = open_supplies(campus.campus, until=dt.date(2026, 6, 10))
    assert (left.starts, left.ends) == (dt.date(2026, 6, 1), dt.date(2026, 6, 10))


def test_where_nothing_is_billed_the_office_says_with_evidence_that_all_is_paid(campus, housing):
    """A customer's word, or a click without a paper, settles nothing."""
    hung(supplied(campus).usage_point)
    case = opened(campus, "temporary-stop")
    deed = Deed(
        case=case, stage="settle", attempt=1, state=case_queries.state_of(case), at=at("2026-06-03"),
        viewer=Authority(campus.clerk), on=dt.date(2026, 6, 3), given={},
    )  # fmt: skip
    with pytest.raises(BilledElsewhere):
        charges_settled(deed)
    with pytest.raises(BilledElsewhere):
        charges_settled(
            replace(deed, viewer=Authority(Applicant(case.pk, case.number)), evidence=("收据 8",))
        )
    assert charges_settled(replace(deed, evidence=("收据 8",)))


def test_48_no_day_is_certified_as_settled_that_no_bill_has(campus, billing):
    """Read on 1 and 8 June, billed and paid up to the day before: the time may end on 7 June at the latest."""
    from tongdian.metering.actions.readings import read_meter

    meter = hung(supplied(campus).usage_point)
    for day, value in ((1, 1000), (8, 1100)):
        when = f"2026-06-0{day}"
        read_meter(
            viewer=campus.officer, meter=meter, on=dt.date.fromisoformat(when), value=Decimal(value),
            quality="actual", at=at(when),
        )  # fmt: skip
        bill(campus, billing, when)
    pay_everything(campus, "2026-06-08")
    case = opened(campus, "settlement-certificate", "2026-06-08")
    close(case, campus.counter, "apply", "2026-06-08")
    close(case, campus.clerk, "check", "2026-06-08", facts={"owes": "false"}, evidence=["对账单 3"])
    close(case, campus.officer, "sign_office", "2026-06-08")
    close(case, campus.clerk, "sign_centre", "2026-06-08")
    said = {"contract": "2026-017", "payment": "第1期进度款", "period_from": "2026-06-01"}
    said["amount"] = str(sum(Decimal(debt.fen) / 100 for debt in Debt.objects.all()))
    with pytest.raises(CertifiedTooFar) as refused:
        close(case, campus.officer, "issue", "2026-06-08", given=said | {"period_to": "2026-06-08"})
    assert "自 2026-06-08 起的用量尚未开账" in refused.value.words.zh
    assert "最晚到 2026-06-07" in refused.value.words.zh
    # the bill of 1 to 7 June came to be owed on the 8th: it counts for its days all the same
    close(case, campus.officer, "issue", "2026-06-08", given=said | {"period_to": "2026-06-07"})
