"""师政后勤〔2016〕4号 29: a second classroom opens for evening study once 80 % of the seats of the first are taken."""

from decimal import Decimal

import pytest

from tests.cases.conftest import at
from tests.supply.school import moment
from tongdian.supply.actions.seats import correct_seat_count, count_seats
from tongdian.supply.models import SeatCount
from tongdian.supply.refusing import CountedToCome, DayToldAlready, MoreThanSeats, NoSeatRule

pytestmark = pytest.mark.django_db


def counted(school, seated, *, seats="120", clock="2026-03-04 19:30", on="2026-03-04", hour=20):
    return count_seats(
        viewer=school.officer, place=school.room, counted_at=moment(clock), seats=Decimal(seats),
        seated=Decimal(seated), at=at(on, hour),
    )  # fmt: skip


def test_29_96_of_120_seats_are_80_percent_and_95_are_not(school):
    assert counted(school, "96").answer == "may_open"
    assert counted(school, "95").answer == "not_yet"


def test_a_count_of_more_people_than_seats_or_of_later_tonight_is_refused(school):
    with pytest.raises(MoreThanSeats):
        counted(school, "121")
    with pytest.raises(CountedToCome):
        counted(school, "96", clock="2026-03-04 20:01")
    assert not SeatCount.objects.exists()


def test_a_slip_is_mended_on_its_day_and_not_afterwards(school):
    count = counted(school, "69")
    correct_seat_count(
        viewer=school.officer, counted=count, seats=Decimal(120), seated=Decimal(96), at=at("2026-03-04", 21)
    )
    assert SeatCount.objects.get().answer == "may_open"
    with pytest.raises(DayToldAlready):
        correct_seat_count(
            viewer=school.officer, counted=count, seats=Decimal(120), seated=Decimal(1), at=at("2026-03-05")
        )


def test_where_no_regulation_asks_for_it_nothing_is_counted(school):
    from tongdian.parties.models import Adoption

    Adoption.objects.all().delete()
    with pytest.raises(NoSeatRule):
        counted(school, "96")
