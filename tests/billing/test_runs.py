"""A run: every day of supply is billed once, on the work list, or not due; two people; posted as seen."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from tests.billing.conftest import noon, on
from tongdian.billing import queries
from tongdian.billing.actions import runs
from tongdian.billing.actions.discarding import discard_run
from tongdian.billing.models import BilledPeriod, RunDiscard, RunItem
from tongdian.billing.rules import NotASpan, NotReleased, OtherPreview, OwnRun, RunDiscarded, RunHasBills
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db


def outcomes(preview):
    """Which days became what."""
    rows = RunItem.objects.filter(preview=preview).order_by("agreement", "starts")
    return [(row.outcome, row.starts, row.ends) for row in rows]


def test_days_up_to_the_reading_are_billed_and_the_rest_is_not_due(flat):
    flat.read("flat", (3, 1), "120")
    _, preview = flat.prepare((2, 15), (3, 20))
    # 1 January to 28 February are 59 days, 1 to 19 March 19: 78 days were supplied
    assert outcomes(preview) == [("bill", on(1, 1), on(3, 1)), ("later", on(3, 1), on(3, 20))]
    assert (preview.supplied, preview.billed, preview.work, preview.later) == (78, 59, 0, 19)


def test_what_was_not_read_is_on_the_work_list_with_its_reason_and_is_billed_when_it_was(flat):
    run, preview = flat.prepare((2, 15), (3, 1))
    (item,) = RunItem.objects.filter(preview=preview)
    assert (item.outcome, item.reason["code"]) == ("work", "not-read-in-time")
    assert item.fen is None
    flat.read("flat", (3, 1), "120")
    again = runs.prepare(run=run, at=noon(3, 1))
    assert (again.number, outcomes(again)) == (2, [("bill", on(1, 1), on(3, 1))])


def test_a_run_comes_out_the_same_however_many_it_takes_at_a_time(shop, monkeypatch):
    """Power and water of a shop, in one block of 2,000 and in blocks of one agreement or account."""
    shop.read("shop", (3, 1), "20")
    shop.read("tap", (3, 1), "31")
    run, preview = shop.prepare((2, 15), (3, 1))
    monkeypatch.setattr(runs, "BLOCK", 1)
    assert runs.prepare(run=run, at=noon(3, 2)).pk == preview.pk  # the same hash over the same items
    posting = shop.post(run, preview)
    assert (posting.bills, posting.fen, posting.changed) == (1, preview.fen, [])


def test_a_run_is_given_up_with_a_reason_and_nothing_of_it_is_posted(flat):
    flat.read("flat", (3, 1), "120")
    run, preview = flat.prepare((2, 15), (3, 1))
    with pytest.raises(BadValue):
        discard_run(viewer=flat.officer, run=run, reason=" ", at=noon(3, 1))
    discard_run(viewer=flat.officer, run=run, reason="起日录错", at=noon(3, 1))
    assert queries.state_of(run) == "discarded"
    assert queries.unfinished(flat.organisation).count() == 0
    for deed in (
        lambda: runs.release_run(viewer=flat.officer, run=run, preview=preview.number, at=noon(3, 1)),
        lambda: runs.look_again(viewer=flat.clerk, run=run, at=noon(3, 1)),
        lambda: runs.post_released(run=run, at=noon(3, 1)),
        lambda: discard_run(viewer=flat.clerk, run=run, reason="再次", at=noon(3, 1)),
    ):
        with pytest.raises(RunDiscarded) as refused:
            deed()
        assert refused.value.words.zh == "该次开账已于 2026-03-01 作废：起日录错"
    # another over the same days bills what the first left open: 1 January to 28 February
    (bill,) = flat.bill((2, 15), (3, 1))
    assert (bill.starts, bill.ends) == (on(1, 1), on(3, 1))


def test_a_run_that_has_bills_is_not_given_up_by_the_database_itself(flat):
    flat.read("flat", (3, 1), "120")
    run, preview = flat.prepare((2, 15), (3, 1))
    flat.post(run, preview)
    with pytest.raises(RunHasBills):
        discard_run(viewer=flat.officer, run=run, reason="起日录错", at=noon(3, 2))
    with pytest.raises(ProgrammingError, match="a run that has bills is not discarded"), transaction.atomic():
        RunDiscard.objects.create(organisation=flat.organisation, run=run, reason="x", at=noon(3, 2))


def test_the_same_preview_is_not_made_twice(flat):
    flat.read("flat", (3, 1), "120")
    run, preview = flat.prepare((2, 15), (3, 1))
    assert runs.prepare(run=run, at=noon(3, 2)).pk == preview.pk
    assert run.previews.count() == 1


def test_who_prepared_a_run_does_not_release_it(flat):
    flat.read("flat", (3, 1), "120")
    run = runs.start_run(
        viewer=flat.officer,
        organisation=flat.organisation,
        first_on=on(2, 15),
        until=on(3, 1),
        due_on=on(3, 20),
        at=noon(3, 1),
    )
    preview = runs.prepare(run=run, at=noon(3, 1))
    with pytest.raises(OwnRun):
        runs.release_run(viewer=flat.officer, run=run, preview=preview.number, at=noon(3, 1))
    with pytest.raises(NotReleased):
        runs.post_released(run=run, at=noon(3, 1))


def test_another_preview_than_the_one_that_was_seen_is_not_released(flat):
    run, preview = flat.prepare((2, 15), (3, 1))
    flat.read("flat", (3, 1), "120")
    runs.prepare(run=run, at=noon(3, 1))
    with pytest.raises(OtherPreview):
        runs.release_run(viewer=flat.officer, run=run, preview=preview.number, at=noon(3, 1))


def test_what_changed_since_it_was_seen_is_not_posted_and_is_named(flat):
    from tongdian.metering.actions.readings import correct_reading

    flat.read("flat", (3, 1), "120")
    run, preview = flat.prepare((2, 15), (3, 1))
    correct_reading(
        viewer=flat.officer,
        meter=flat.meters["flat"],
        on=on(3, 1),
        value=Decimal("102"),
        quality="actual",
        reason="看错一位",
        at=noon(12, 1),
    )
    posting = flat.post(run, preview)
    assert posting.bills == 0
    assert [row["agreement"] for row in posting.changed] == [flat.agreements["flat"].number]
    assert not BilledPeriod.objects.exists()


def test_a_run_that_is_posted_twice_bills_once(flat):
    flat.read("flat", (3, 1), "120")
    run, preview = flat.prepare((2, 15), (3, 1))
    first = flat.post(run, preview)
    assert runs.post_released(run=run, at=noon(3, 2)).pk == first.pk
    assert run.bills.count() == 1


def test_the_next_run_begins_where_the_last_bill_ended(flat):
    flat.read("flat", (3, 1), "120")
    flat.bill((2, 15), (3, 1))
    flat.read("flat", (4, 1), "180")
    (bill,) = flat.bill((3, 15), (4, 1))
    (line,) = queries.lines(bill)
    assert (bill.starts, bill.ends, line.quantity) == (on(3, 1), on(4, 1), 60)


def test_no_two_bills_are_of_one_day_whoever_writes_them(flat):
    flat.read("flat", (3, 1), "120")
    (bill,) = flat.bill((2, 15), (3, 1))
    (period,) = BilledPeriod.objects.all()
    with pytest.raises(IntegrityError, match="days_of_a_service_are_billed_once"), transaction.atomic():
        BilledPeriod.objects.create(
            organisation=bill.organisation,
            agreement=period.agreement,
            service="power",
            period=(on(2, 28), on(3, 2)),
            bill=bill,
        )


def test_a_use_far_above_the_usual_is_held_until_another_says_why(flat):
    for month, value in ((2, "100"), (3, "200"), (4, "300")):
        flat.read("flat", (month, 1), value)
        flat.bill((month - 1, 15), (month, 1)) if month > 2 else flat.bill((1, 15), (2, 1))
    flat.read("flat", (5, 1), "1800")  # 1,500 in 30 days, 50 a day; usually 300 in 90, 3.33
    run, preview = flat.prepare((4, 15), (5, 1))
    (item,) = queries.held(preview)
    assert [finding["code"] for finding in item.findings] == ["spike", "own_statistics"]
    with pytest.raises(BadValue):
        runs.release_item(viewer=flat.officer, item=item, reason=" ", at=noon(5, 1))
    posting = flat.post(run, preview)
    assert posting.bills == 0  # held: it is billed when somebody has said why
    run, preview = flat.prepare((4, 15), (5, 1))
    (item,) = queries.held(preview)
    runs.release_item(viewer=flat.officer, item=item, reason="新装空调，已现场核对", at=noon(5, 1))
    assert flat.post(run, preview).bills == 1


def test_a_run_over_days_to_come_is_refused(flat):
    with pytest.raises(NotASpan):
        flat.prepare((2, 15), (3, 1), at=dt.datetime(2026, 2, 20, 4, tzinfo=dt.UTC))


def test_an_ended_supply_owes_its_final_reading(flat):
    from tongdian.agreements.actions.agreeing import set_end

    flat.read("flat", (3, 1), "120")
    set_end(flat.officer, flat.agreements["flat"], on(3, 15), "退房", noon(4, 1))
    _, preview = flat.prepare((2, 15), (4, 1))
    assert outcomes(preview) == [("bill", on(1, 1), on(3, 1)), ("work", on(3, 1), on(3, 16))]
    flat.read("flat", (3, 15), "130")  # read together on the last day
    _, preview = flat.prepare((2, 15), (4, 1))
    assert outcomes(preview) == [("bill", on(1, 1), on(3, 16))]


def test_a_reading_that_does_not_pass_is_not_billed_before_something_is_changed(office):
    # 8 kW for 59 days and nights are 11,328 kWh at most: 20,000 cannot have gone through
    office.points["flat"] = office.room.town.points[0]
    office.supply("flat", office.room.town.campus.flats[0], customer=1)
    office.read("flat", (3, 1), "20000")
    _, preview = office.prepare((2, 15), (3, 1))
    (item,) = RunItem.objects.filter(preview=preview)
    assert (item.outcome, item.reason["code"]) == ("work", "reading-blocked")
    assert "超过接入容量可能的用量" in item.reason["zh"]


def test_a_run_whose_days_of_supply_changed_is_not_posted(flat):
    from tongdian.agreements.actions.agreeing import set_end
    from tongdian.billing.rules import DoesNotBalance

    flat.read("flat", (3, 1), "120")
    run, preview = flat.prepare((2, 15), (3, 1))
    set_end(flat.officer, flat.agreements["flat"], on(2, 10), "退房", noon(4, 1))
    # 59 days were supplied when it was looked at, 41 now
    with pytest.raises(DoesNotBalance):
        flat.post(run, preview)
    assert not BilledPeriod.objects.exists()
