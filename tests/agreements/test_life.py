"""An agreement begins, changes hands, changes terms and ends: one a day at a point, no gap."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.agreements.conftest import AT, PACK, make_customer
from tests.network.conftest import make_organisation
from tongdian.agreements import queries
from tongdian.agreements.actions import agreeing
from tongdian.agreements.actions.ending import change_by_case, end_by_case, reopen_by_case, transfer_by_case
from tongdian.agreements.models import Agreement
from tongdian.agreements.rules import (
    AgreementStands,
    CannotTakeBack,
    EndedAlready,
    EndsBeforeItBegins,
    NotEnded,
    NothingBefore,
    NothingChanges,
    NotInForceThen,
    PackDoesNotBind,
    UnknownCategory,
    WasFollowed,
)
from tongdian.allowed import NotAllowed
from tongdian.network.rules import NotEnoughCapacity
from tongdian.parties.models import since
from tongdian.parties.rules import CustomerOfOthers
from tongdian.policy.refusals import Refusal

pytestmark = pytest.mark.django_db


def end(town, agreement, last_on):
    return end_by_case(
        viewer=town.officer, agreement=agreement, last_on=last_on, case="YS-2026-000001", at=AT
    )


def transfer(town, agreement, customer, first_on):
    return transfer_by_case(
        viewer=town.officer,
        agreement=agreement,
        customer=town.customers[customer],
        first_on=first_on,
        case="YS-2026-000001",
        at=AT,
    )


def change(town, agreement, from_on, **new):
    return change_by_case(
        viewer=town.officer, agreement=agreement, from_on=from_on, case="YS-2026-000001", at=AT, **new
    )


def reopen(town, agreement):
    return reopen_by_case(viewer=town.officer, agreement=agreement, case="YS-2026-000001", at=AT)


def test_numbers_count_up_by_organisation_and_year(town):
    assert town.sign().number == "YS-A2026-000001"
    assert town.sign(point=1).number == "YS-A2026-000002"


def test_a_point_has_one_agreement_at_a_time_and_the_other_is_named(town):
    first = town.sign(0)
    with pytest.raises(AgreementStands) as refused:
        town.sign(1, first_on=date(2026, 6, 1))
    assert first.number in refused.value.say("zh")
    assert "王小明" in refused.value.say("zh")
    assert "2026-01-01 起" in refused.value.say("zh")
    assert "since 2026-01-01" in refused.value.say("en")


def test_the_database_itself_refuses_a_second_one(town):
    first = town.sign()
    with pytest.raises(IntegrityError, match="usage_point_has_one"), transaction.atomic():
        Agreement.objects.create(
            number="X",
            organisation=first.organisation,
            customer=first.customer,
            pack=PACK,
            usage_point=first.usage_point,
            in_force=since(date(2026, 3, 1), date(2026, 3, 2)),
            begun_by="signed",
        )


def test_the_last_day_is_supplied_and_the_next_customer_begins_the_day_after(town):
    first = end(town, town.sign(), date(2026, 4, 30))
    second = town.sign(1, first_on=date(2026, 5, 1))
    assert queries.on_day(town.points[0], date(2026, 4, 30)) == first
    assert queries.on_day(town.points[0], date(2026, 5, 1)) == second


def test_a_transfer_leaves_no_gap(town):
    first = town.sign()
    second = transfer(town, first, 1, date(2026, 5, 1))
    first.refresh_from_db()
    assert first.last_on == date(2026, 4, 30)
    assert (second.first_on, second.last_on, second.previous) == (date(2026, 5, 1), None, first)
    assert second.customer == town.customers[1]
    with pytest.raises(WasFollowed):
        end(town, first, date(2026, 3, 1))


def test_a_change_keeps_what_was_and_amends_the_number(town):
    first = town.sign()
    second = change(town, first, date(2026, 6, 1), price_category="revenue")
    third = change(town, second, date(2026, 7, 1), capacity_kw=Decimal(12))
    assert [one.number for one in queries.at_point(town.officer, town.points[0])] == [
        "YS-A2026-000001/3",
        "YS-A2026-000001/2",
        "YS-A2026-000001",
    ]
    assert queries.on_day(town.points[0], date(2026, 5, 31)).price_category == "staff"
    assert queries.on_day(town.points[0], date(2026, 6, 1)).price_category == "revenue"
    town.points[0].refresh_from_db()
    assert town.points[0].capacity_kw == third.capacity_kw == Decimal(12)


def test_more_capacity_than_the_transformer_has_left_changes_nothing(town):
    first = town.sign()
    with pytest.raises(NotEnoughCapacity):  # 100 kVA × 0.9 − 8 kW of the other flat = 82
        change(town, first, date(2026, 6, 1), capacity_kw=Decimal("82.01"))
    assert Agreement.objects.count() == 1
    assert change(town, first, date(2026, 6, 1), capacity_kw=Decimal(82)).capacity_kw == 82


def test_a_change_on_the_first_day_or_outside_the_agreement_is_refused(town):
    first = town.sign()
    with pytest.raises(NothingBefore):
        change(town, first, date(2026, 1, 1), price_category="revenue")
    with pytest.raises(NotInForceThen):
        transfer(town, first, 1, date(2025, 12, 31))
    with pytest.raises(NothingChanges):
        change(town, first, date(2026, 2, 1), price_category="staff")
    with pytest.raises(NothingChanges):
        transfer(town, first, 0, date(2026, 2, 1))


def test_an_end_comes_once(town):
    first = town.sign()
    with pytest.raises(EndsBeforeItBegins):
        end(town, first, date(2025, 12, 31))
    end(town, first, date(2026, 2, 1))
    with pytest.raises(EndedAlready):
        end(town, first, date(2026, 2, 1))
    assert end(town, first, date(2026, 1, 15)).last_on == date(2026, 1, 15)  # sooner after all


def test_an_end_is_taken_back_unless_somebody_moved_in(town):
    first = end(town, town.sign(), date(2026, 2, 1))
    second = town.sign(1, first_on=date(2026, 3, 1))
    with pytest.raises(AgreementStands):
        reopen(town, first)
    agreeing.take_back(viewer=town.officer, agreement=second, at=AT)
    assert reopen(town, first).last_on is None
    with pytest.raises(NotEnded):
        reopen(town, first)


def test_a_change_taken_back_lets_the_former_terms_run_on(town):
    first = town.sign()
    second = change(town, first, date(2026, 6, 1), capacity_kw=Decimal(20))
    agreeing.take_back(viewer=town.officer, agreement=second, at=AT)
    first.refresh_from_db()
    town.points[0].refresh_from_db()
    assert (first.last_on, town.points[0].capacity_kw) == (None, Decimal(8))


def test_an_agreement_with_an_opening_balance_is_not_taken_back(town):
    first = town.sign()
    agreeing.claim_opening_balance(
        viewer=town.officer,
        agreement=first,
        as_of=date(2026, 1, 1),
        yuan=Decimal("-35.20"),
        note="旧系统",
        at=AT,
    )
    assert [one.yuan for one in queries.opening_balances(first)] == [Decimal("-35.20")]
    with pytest.raises(CannotTakeBack):
        agreeing.take_back(viewer=town.officer, agreement=first, at=AT)


def test_temporary_ones_are_listed_before_they_end(town):
    one = town.sign(first_on=date(2026, 4, 1), last_on=date(2026, 4, 30))
    town.sign(point=1)
    assert one.is_temporary
    assert list(queries.expiring(town.officer, on=date(2026, 4, 12), within_days=18)) == [one]
    assert list(queries.expiring(town.officer, on=date(2026, 4, 12), within_days=17)) == []
    assert list(queries.expiring(town.officer, on=date(2026, 5, 1))) == []  # it has ended


def test_regulation_class_category_and_customer_must_fit(town):
    with pytest.raises(PackDoesNotBind):
        town.sign(pack="nea-2021-37")
    with pytest.raises(UnknownCategory) as refused:
        town.sign(price_category="palace")
    assert "教工住户" in refused.value.say("zh")
    town.customers[0] = make_customer(make_organisation("WC", "王城校区"), "W1", "钱六")
    with pytest.raises(CustomerOfOthers):
        town.sign()


def test_only_clerks_of_the_organisation_sign_and_only_its_readers_see(town, viewer):
    first = town.sign()
    reader = viewer("auditor", at=town.campus.organisation)
    stranger = viewer("officer", "wang", at=make_organisation("WC", "王城校区"))
    for account in (reader, stranger, viewer("customer")):
        with pytest.raises(NotAllowed):
            end_by_case(viewer=account, agreement=first, last_on=date(2026, 2, 1), case="x", at=AT)
    assert list(queries.agreements(reader)) == [first]
    assert list(queries.agreements(stranger)) == []


DAYS = st.integers(0, 30).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sign", "end", "transfer", "change", "take back"]),
        st.integers(0, 2),
        DAYS,
        st.none() | DAYS,
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_tried_every_day_has_the_agreement_of_the_model(town, steps):
    """The model: a calendar of day -> (customer, price category), and open-endedness by its end."""
    horizon = [date(2026, 1, 1) + timedelta(days=n) for n in range(45)]
    with transaction.atomic():
        model: dict[date, tuple[int, str]] = {}
        for deed, who, first, last in steps:
            held = queries.on_day(town.points[0], first)
            try:
                with transaction.atomic():
                    _try(town, model, horizon, deed, who, first, last, held)
            except Refusal:
                pass
            customers = [one.pk for one in town.customers]
            kept = {
                day: (customers.index(one.customer_id), one.price_category)
                for day in horizon
                for one in Agreement.objects.filter(usage_point=town.points[0], in_force__contains=day)
            }
            assert kept == model
        transaction.set_rollback(True)


def _try(town, model, horizon, deed, who, first, last, held):
    if deed == "sign":
        wanted = [day for day in horizon if day >= first and (last is None or day <= last)]
        free = bool(wanted) and not model.keys() & set(wanted)
        town.sign(who, first_on=first, last_on=last)
        assert free  # else it was to be refused
        model.update(dict.fromkeys(wanted, (who, "staff")))
    elif held is None:
        return
    elif deed == "end":
        end(town, held, first)
        for day in [day for day in horizon if first < day and day in held.in_force]:
            del model[day]
    elif deed in ("transfer", "change"):
        if deed == "transfer":
            transfer(town, held, who, first)
        else:
            change(town, held, first, price_category=("staff", "revenue", "canteen")[who])
        for day in [day for day in horizon if first <= day and day in held.in_force]:
            old = model[day]
            model[day] = (
                (who, old[1]) if deed == "transfer" else (old[0], ("staff", "revenue", "canteen")[who])
            )
    else:
        previous = held.previous
        agreeing.take_back(viewer=town.officer, agreement=held, at=AT)
        for day in [day for day in horizon if day in held.in_force]:
            before = previous and (
                [one.pk for one in town.customers].index(previous.customer_id),
                previous.price_category,
            )
            model.pop(day) if before is None else model.update({day: before})
