"""The year ends and nobody has entered the next one yet: every page, operation and job goes on.

The last published year ends on 31 December. The clock stands at that day, at 1 and at 5 January;
open cases have last days before, at and beyond the end.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import token_of
from tests.architecture.access import ACCESS, API
from tests.architecture.test_access import filled
from tests.architecture.two_campuses import build
from tests.calendar.test_arrangement import NOTICE_2027
from tests.cases.conftest import adopt, at, organisation

from tongdian.calendar import published_years
from tongdian.cases import actions, queries
from tongdian.cases.models import OpenStage
from tongdian.rulebook.actions import publish_year

pytestmark = pytest.mark.django_db
LAST = published_years().last_year
DAYS = (dt.date(LAST, 12, 31), dt.date(LAST + 1, 1, 1), dt.date(LAST + 1, 1, 5))
PROCESSES = {
    "residential-connection": {"capacity": "8"},
    "low-voltage-connection": {"capacity": "120"},
    "high-voltage-single-connection": {"capacity": "800"},
}


@pytest.fixture
def world(db, viewer):
    """Two campuses with one of everything, and a supplier with cases of December."""
    made = build(viewer)
    made.root = viewer("administrator", "root")
    supplier = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt(supplier, "nea-2021-37")
    made.cases = [
        actions.open_case(
            viewer=made.root,
            organisation=supplier,
            pack="nea-2021-37",
            process=process,
            customer=None,
            place=None,
            facts=facts,
            at=at(f"{LAST}-12-{day}"),
        )
        for process, facts in PROCESSES.items()
        for day in ("11", "28", "30")
    ]
    return made


def set_clock(monkeypatch: Any, day: dt.date) -> dt.datetime:
    now = at(day.isoformat(), 9)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    return now


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_every_page_and_operation_answers(world, monkeypatch, day):
    set_clock(monkeypatch, day)
    browser, program = Client(), Client(headers=token_of(world.root))
    browser.force_login(world.root)
    stranger, wrong = Client(), []
    for pattern in ACCESS:
        for client in (browser, stranger):
            reply = client.get(filled(pattern, world.ours))
            # health says that no worker runs here
            if reply.status_code >= 500 and pattern != "healthz":
                wrong.append((pattern, reply.status_code))
    for operation in API:
        method, path = operation.split(" ", 1)
        if method == "GET":
            reply = program.get("/api/v1" + filled(path, world.ours))
            if reply.status_code >= 500:
                wrong.append((operation, reply.status_code))
        else:  # with nothing in it, which refuses in words what lacks
            reply = program.generic(method, "/api/v1" + filled(path, world.ours), "{}", "application/json")
            if reply.status_code >= 500:
                wrong.append((operation, reply.status_code))
    assert wrong == []
    for case in world.cases:
        page = browser.get(f"/cases/{case.number}/")
        assert (case.number, page.status_code) == (case.number, 200)
        answer = program.get(f"/api/v1/cases/{case.number}")
        assert (case.number, answer.status_code) == (case.number, 200)


def test_what_was_late_in_december_is_late_in_january(world, monkeypatch):
    """The page and the list say so, with the days that are certain."""
    set_clock(monkeypatch, dt.date(LAST + 1, 1, 5))
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(world.root)
    late = world.cases[0]  # due on 18 December: 21–25 and 28–31 are 9 days over
    page = browser.get(f"/cases/{late.number}/").content.decode()
    assert '<span class="standing is-late">' in page
    for text in (page, browser.get("/cases/?state=late").content.decode()):
        assert "at least 14/5 working days" in text
        assert "9 over" in text


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_step_is_taken_and_told(world, monkeypatch, day):
    now = set_clock(monkeypatch, day)
    program = Client(headers=token_of(world.root))
    for case in world.cases:
        stage = OpenStage.objects.filter(case=case).earliest("stage").stage
        # the first stage of each process asks for nothing but its doing, or refuses in words
        reply = program.post(
            f"/api/v1/cases/{case.number}/stages/{stage}/close",
            json.dumps({"seen": case.seq}),
            "application/json",
        )
        assert reply.status_code < 500
        assert reply.status_code == 200 or reply.json()["code"] != "beyond-published-calendar"
    _run_jobs(now)


def _run_jobs(now: dt.datetime) -> None:
    from tongdian.cases.actions.reminding import lay_out_last_days, remind, remind_of_missing_year
    from tongdian.cases.announcing import announce_waiting
    from tongdian.cases.models import Unannounced

    assert announce_waiting(at=now) > 0
    assert not Unannounced.objects.exists()
    remind(at=now)
    remind_of_missing_year(at=now)
    lay_out_last_days(at=now)


def test_days_used_are_clipped_at_the_end_of_the_calendar_and_said_to_be_at_least(world):
    # residential, 11 December: 14–18, 21–25, 28–31 are 14 working days of 5: late for certain
    late = _clock(world.cases[0], dt.date(LAST + 1, 1, 5))
    assert (late.used, late.at_least, late.standing.value) == (14, True, "late")
    assert late.said.en == "at least 14 working days"
    # low voltage, opened on the 30th: the 31st, and of the five days of January nobody knows; five
    # and one are within the limit whatever they are
    within = _clock(world.cases[5], dt.date(LAST + 1, 1, 5))
    assert (within.used, within.at_least, within.standing.value) == (1, True, "within")
    # residential, opened on the 28th: three days are certain, with January's five it may be eight
    open_ = _clock(world.cases[1], dt.date(LAST + 1, 1, 5))
    assert (open_.used, open_.at_least, open_.standing.value) == (3, True, "not_known")
    assert open_.due_on is None
    assert open_.why_not is not None


def _clock(case: Any, day: dt.date) -> Any:
    desk, state = queries.desk(case), queries.state_of(case)
    readings = desk.clocks(case, state, day).clocks().values()
    return next(one for one in readings if one.limit is not None)


def test_when_the_year_is_entered_the_last_days_are_told(world, monkeypatch):
    from tongdian.cases.actions.reminding import lay_out_last_days

    case = world.cases[1]
    assert OpenStage.objects.filter(case=case, due_on=None).exists()
    now = at(f"{LAST + 1}-01-04", 9)
    publish_year(year=LAST + 1, text=NOTICE_2027, source="国办发明电", by=world.root, at=now)
    lay_out_last_days(at=now)
    # residential, opened on Monday the 28th, five days: 29, 30, 31, 4 and 5 January
    assert OpenStage.objects.get(case=case).due_on == dt.date(LAST + 1, 1, 5)


def test_administrators_are_told_once_a_week_from_november(world, monkeypatch):
    from tongdian.cases.actions.reminding import remind_of_missing_year
    from tongdian.notices.models import Notice

    def told(day: str) -> int:
        return remind_of_missing_year(at=at(day, 9))

    assert told(f"{LAST}-10-31") == 0
    administrators = told(f"{LAST}-11-01")
    assert administrators >= 2
    assert told(f"{LAST}-11-02") == 0
    assert told(f"{LAST}-11-09") == administrators
    assert {one.account for one in Notice.objects.filter(wording="calendar-missing")} >= {world.root}
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(world.root)
    set_clock(monkeypatch, dt.date(LAST, 11, 1))
    assert f"working days of {LAST + 1} are missing" in browser.get("/").content.decode()
    set_clock(monkeypatch, dt.date(LAST, 10, 31))
    assert "are missing" not in browser.get("/").content.decode()
    publish_year(year=LAST + 1, text=NOTICE_2027, source="国办发明电", by=world.root, at=at(f"{LAST}-11-10"))
    assert told(f"{LAST}-11-20") == 0


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", (f"已公布至 {LAST}-12-31", f"不早于 {LAST + 1}-01-04", "国务院办公厅")),
        ("en", (f"published to {LAST}-12-31", f"not before {LAST + 1}-01-04", "State Council")),
    ],
)
def test_a_last_day_beyond_the_end_says_what_can_be_told(world, monkeypatch, language, said):
    """A home of 30 December has five working days: one is the 31st, and four more are not before 4 January."""
    set_clock(monkeypatch, dt.date(LAST, 12, 31))
    case = next(
        one for one in world.cases if one.process == "residential-connection" and one.opened_on.day == 30
    )
    browser = Client(headers={"Accept-Language": language})
    browser.force_login(world.root)
    page = browser.get(f"/cases/{case.number}/").content.decode()
    program = Client(headers={**token_of(world.root), "Accept-Language": language})
    (clock,) = [
        one
        for one in program.get(f"/api/v1/cases/{case.number}").json()["clocks"]
        if one["name"] == "end_to_end"
    ]
    for fact in said:
        assert fact in page
        assert fact in clock["why_not_due"][language[:2]]
