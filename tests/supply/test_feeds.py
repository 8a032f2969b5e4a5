"""An iCalendar feed of a place's hours: each event is a part of a day as the kernel has it, says by which article, keeps
its UID, and stands at an address that its owner withdraws. A stop shows in the month, in the why and in the feed."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from tests.cases.conftest import at
from tests.supply.school import govern, moment, place
from tests.supply.test_hours import hours
from tests.supply.test_hours_pages import office  # noqa: F401  # a fixture
from tests.supply.test_permits import applied, approved
from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.network.models import Place, UsagePoint
from tongdian.parties.models import Account
from tongdian.supply.actions.feeds import TooManyFeeds, subscribe_calendar, withdraw_calendar
from tongdian.supply.actions.stopping import end_safety_stop, enter_opening, stop_for_safety
from tongdian.supply.models import CalendarFeed
from tongdian.supply.queries import feeds
from tongdian.supply.queries.feeds import NoSuchFeed
from tongdian.supply.replies.calendars import calendar_of, days_of_feed

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-04 10:00")


def subscribed(school, where, *, has_parts=False, language="zh", now=NOW):
    return subscribe_calendar(
        viewer=school.officer, place=where, has_parts=has_parts, language=language, at=now
    )


def events(feed, now=NOW):
    """What a reader of iCalendar makes of it: UID → event."""
    found = list(Calendar.from_ical(calendar_of(feed, now)).walk("VEVENT"))
    assert len({str(one["UID"]) for one in found}) == len(found)
    return {str(one["UID"]): one for one in found}


def on(found, day):
    """The events of a day, by when they begin."""
    return {
        f"{start:%H:%M}" if isinstance(start, dt.datetime) else "day": one
        for one in found.values()
        if (start := one["DTSTART"].dt) and (start.date() if isinstance(start, dt.datetime) else start) == day
    }


def test_a_feed_says_what_the_month_says(school):
    approved(school, applied(school))  # the hall, 6 March from 19:00 to 22:00
    feed, _ = subscribed(school, school.hall)
    evening = on(events(feed), dt.date(2026, 3, 6))
    assert list(evening) == ["08:00", "19:00"]
    assert evening["08:00"]["DTEND"].dt == dt.datetime(2026, 3, 6, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert evening["19:00"]["DTEND"].dt == dt.datetime(2026, 3, 6, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert "许可" in evening["19:00"]["SUMMARY"]
    assert "第三十五条（三）" in evening["19:00"]["DESCRIPTION"]
    assert evening["19:00"]["URL"].endswith(
        f"/places/{school.hall.pk}/supply/?month=2026-03&at=2026-03-06T19:00#reason"
    )


def test_every_open_minute_of_the_kernel_is_an_event_and_no_other(school):
    feed, _ = subscribed(school, school.room)
    found = events(feed)
    for day in (dt.date(2026, 3, 4), dt.date(2026, 3, 7), dt.date(2026, 6, 30)):
        kernel = 0
        for one in hours(school.room, day.isoformat()):
            for part in one.stretches:
                if one.is_open(part):
                    first = max(part.first, dt.datetime.combine(day, dt.time()))
                    until = min(part.until, dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
                    kernel += max(until - first, dt.timedelta()).total_seconds() / 60
        told = sum(
            (one["DTEND"].dt - one["DTSTART"].dt).total_seconds() / 60
            for one in found.values()
            if (start := one["DTSTART"].dt)
            and (start.date() if isinstance(start, dt.datetime) else start) == day
        )
        assert told == kernel


def test_an_event_keeps_its_uid_from_one_reading_to_the_next_and_over_a_permit(school):
    feed, _ = subscribed(school, school.hall)
    before = set(events(feed))
    tomorrow = set(events(feed, moment("2026-03-05 10:00")))
    assert tomorrow == before  # within a month the days are the same
    approved(school, applied(school))
    assert before < set(events(feed))
    april = set(events(feed, moment("2026-04-05 10:00")))
    assert {one for one in before if "-202603" in one} <= april


def test_the_days_of_a_feed_are_last_month_this_one_and_three_to_come():
    assert days_of_feed(dt.date(2026, 3, 4)) == (dt.date(2026, 2, 1), dt.date(2026, 6, 30))
    assert days_of_feed(dt.date(2026, 1, 31)) == (dt.date(2025, 12, 1), dt.date(2026, 4, 30))
    assert days_of_feed(dt.date(2026, 11, 1)) == (dt.date(2026, 10, 1), dt.date(2027, 2, 28))


def test_what_nobody_told_stands_there_as_such_and_never_as_closed(school):
    feed, _ = subscribed(school, school.hall, now=moment("2026-08-01 10:00"))
    untold = [one for uid, one in events(feed, moment("2026-08-01 10:00")).items() if "untold" in uid]
    days = [(str(one["DTSTART"].dt), str(one["DTEND"].dt)) for one in untold]
    assert ("2026-09-01", "2026-10-01") in days  # school is told until 30 August
    assert all("没有录入" in one["SUMMARY"] for one in untold)


def test_it_is_a_calendar_of_the_standard_with_its_time_zone(school):
    feed, _ = subscribed(school, school.hall, language="en")
    text = calendar_of(feed, NOW).decode()
    calendar = Calendar.from_ical(text)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert [str(one["TZID"]) for one in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert "DTSTART;TZID=Asia/Shanghai:20260304T080000" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "Under 师政后勤" in text.replace("\r\n ", "")


# ---------------------------------------------------------------- whose it is
def test_the_address_needs_no_session_and_ends_when_it_is_withdrawn(client, school):
    feed, secret = subscribed(school, school.hall, now=dt.datetime.now(dt.UTC))
    reply = client.get(f"/supply/calendars/{secret}.ics")
    assert reply.status_code == 200
    assert reply["Content-Type"] == "text/calendar; charset=utf-8"
    assert reply["Cache-Control"] == "private, max-age=900"
    withdraw_calendar(viewer=school.officer, feed=feed, at=dt.datetime.now(dt.UTC))
    assert client.get(f"/supply/calendars/{secret}.ics").status_code == 404
    assert client.get("/supply/calendars/x.ics").status_code == 404


def test_it_gives_what_its_owner_may_see_when_it_is_read(school):
    _, secret = subscribed(school, school.hall)
    feeds.feed_of(secret, NOW)
    school.officer.memberships.all().delete()
    with pytest.raises(NoSuchFeed):
        feeds.feed_of(secret, NOW)


def test_an_account_that_is_closed_reads_nothing(school):
    _, secret = subscribed(school, school.hall)
    type(school.officer).objects.filter(pk=school.officer.pk).update(is_active=False)
    with pytest.raises(NoSuchFeed):
        feeds.feed_of(secret, NOW)


def test_it_ends_within_a_year(school):
    feed, secret = subscribed(school, school.hall)
    assert feed.expires_at == NOW + dt.timedelta(days=366)
    with pytest.raises(NoSuchFeed):
        feeds.feed_of(secret, feed.expires_at)
    with pytest.raises(IntegrityError, match="within_a_year"), transaction.atomic():
        CalendarFeed.objects.filter(pk=feed.pk).update(expires_at=NOW + dt.timedelta(days=400))


def test_the_secret_is_kept_nowhere(school):
    feed, secret = subscribed(school, school.hall)
    assert secret.encode() not in bytes(feed.digest)
    assert not [one for one in Entry.objects.all() if secret in str(one.payload)]


def test_nobody_subscribes_without_leave_to_read_nor_withdraws_another_s(school, viewer):
    feed, _ = subscribed(school, school.hall)
    with pytest.raises(NotAllowed):
        withdraw_calendar(viewer=school.technician, feed=feed, at=NOW)
    with pytest.raises(NotAllowed):
        subscribe_calendar(
            viewer=Account.objects.create_user("nobody"),
            place=school.hall,
            has_parts=False,
            language="zh",
            at=NOW,
        )


def test_one_person_reads_twenty_at_most(school, monkeypatch):
    monkeypatch.setattr("tongdian.supply.actions.feeds.MOST_FEEDS", 1)
    subscribed(school, school.hall)
    with pytest.raises(TooManyFeeds):
        subscribed(school, school.room)


def test_the_page_shows_the_address_once_and_withdraws_it(office, school):  # noqa: F811
    page = f"/places/{school.hall.pk}/supply/feeds/"
    assert page in office.get(f"/places/{school.hall.pk}/supply/").content.decode()
    shown = office.post(page, {"of": "place"}).content.decode()
    (secret,) = re.findall(r"/supply/calendars/([\w-]+)\.ics", shown)
    assert office.get(f"/supply/calendars/{secret}.ics").status_code == 200
    assert secret not in office.get(page).content.decode()
    feed = CalendarFeed.objects.get()
    assert office.post(page, {"withdraw": str(feed.pk)}).status_code == 302
    assert office.get(f"/supply/calendars/{secret}.ics").status_code == 404
    assert office.post(page, {"withdraw": "x"}).status_code == 404


# ---------------------------------------------------------------- a building
def test_a_building_s_feed_holds_what_stands_in_it_in_few_questions(school):
    for number in range(6):
        room = place(school, f"YS-J2{number}", f"教学楼 20{number}")
        Place.objects.filter(pk=room.pk).update(
            ancestors=[school.dormitory.pk, room.pk], parent=school.dormitory
        )
        room.refresh_from_db()
        govern(school, room, "premises-supply premises=classroom")
    feed, _ = subscribed(school, school.dormitory, has_parts=True)
    calendar_of(feed, NOW)
    with CaptureQueriesContext(connection) as asked:
        found = events(feed)
    assert len(asked) <= 15
    assert {str(one["LOCATION"]) for one in found.values()} == {f"教学楼 20{n}" for n in range(6)}


# ---------------------------------------------------------------- stops
@pytest.fixture
def stopped(school):
    """The hall's power is stopped for works on 5 March and comes back on the 7th."""
    point = UsagePoint.objects.create(place=school.hall, utility="power", code="TL-D")
    enter_opening(
        viewer=school.technician, point=point, on=dt.date(2025, 1, 1), reason="旧协议", at=at("2026-03-01")
    )
    stop = stop_for_safety(
        viewer=school.technician,
        point=point,
        on=dt.date(2026, 3, 5),
        cite="第六条",
        reason="检修",
        at=at("2026-03-05"),
    )
    school.stop = stop
    return school


def restored(school):
    return end_safety_stop(
        viewer=school.technician, stop=school.stop, on=dt.date(2026, 3, 7), reason="修复", at=at("2026-03-07")
    )


def test_a_stop_and_its_return_stand_in_the_feed(stopped):
    feed, _ = subscribed(stopped, stopped.hall)
    (uid,) = [one for one in events(feed) if "-stop-" in one]
    open_end = events(feed)[uid]
    assert (str(open_end["DTSTART"].dt), str(open_end["DTEND"].dt)) == (
        "2026-03-05",
        "2026-07-01",
    )  # the feed's end
    assert "至恢复为止" in open_end["DESCRIPTION"]
    restored(stopped)
    ended = events(feed)[uid]
    assert str(ended["DTEND"].dt) == "2026-03-07"  # the day on which it is there again
    assert "检修" not in ended["DESCRIPTION"]
    assert "已停供（电）" in on(events(feed), dt.date(2026, 3, 6))["08:00"]["SUMMARY"]
    assert "已停供" not in on(events(feed), dt.date(2026, 3, 9))["08:00"]["SUMMARY"]


def test_a_stop_and_its_return_stand_in_the_month_and_in_the_why(office, stopped):  # noqa: F811
    restored(stopped)
    address = f"/places/{stopped.hall.pk}/supply/?month=2026-03&at="
    page = office.get(address + "2026-03-06T10:00").content.decode()
    assert page.count("已停供（电）") == 2  # the 5th and the 6th
    assert "自 2026-03-05 起停供，2026-03-07 起恢复" in page
    reason = page.partition('id="reason"')[2].partition("</section>")[0]
    assert "第六条" in reason
    back = office.get(address + "2026-03-07T10:00").content.decode()
    assert "起停供" not in back.partition('id="reason"')[2].partition("</section>")[0]


def test_a_stop_of_what_a_place_lies_in_is_its_own_too(office, stopped):  # noqa: F811
    room = place(stopped, "TL-101", "田楼 101")
    Place.objects.filter(pk=room.pk).update(ancestors=[stopped.hall.pk, room.pk], parent=stopped.hall)
    room.refresh_from_db()
    govern(stopped, room, "premises-supply premises=classroom")
    page = office.get(f"/places/{room.pk}/supply/?month=2026-03").content.decode()
    assert "田楼报告厅 TL-D" in page
    parts = office.get(f"/places/{stopped.hall.pk}/supply/parts/?month=2026-03").content.decode()
    assert "已停供（电）" in parts


def test_the_duty_room_says_what_is_stopped_whatever_the_timetable_says(office, stopped, monkeypatch):  # noqa: F811
    from tongdian.supply.pages import duty

    monkeypatch.setattr(duty.timezone, "now", lambda: moment("2026-03-06 10:00"))
    page = office.get("/supply/").content.decode()
    assert "田楼报告厅 TL-D 电自 2026-03-05 起停供" in page
    restored(stopped)
    monkeypatch.setattr(duty.timezone, "now", lambda: moment("2026-03-07 10:00"))
    assert "起停供" not in office.get("/supply/").content.decode()
