"""The kind timetable: a day is tiled by its lines, the first that speaks decides, and a permit lifts what yields."""

from __future__ import annotations

import datetime as dt
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongdian.policy import load_pack
from tongdian.policy.hours import MINUTES, clock_of, minute_of, sun_minute
from tongdian.policy.inputs import read_inputs
from tongdian.policy.kinds.timetable import OTHERWISE, TimetableRule
from tongdian.policy.refusals import PackError, Refusal

HEAD = """
pack: hours-2026
title: {zh: 供电时段, en: Hours of supply}
number: 示例〔2026〕1号
issuer: {zh: 示例大学, en: Example University}
in_force: {from: 2026-01-01}
languages: [zh, en]
calendar: CN
scope: {zh: 校园, en: The campus}
"""
CLAUSES = """
chapters: [{id: "1", title: {zh: 时段, en: Hours}}]
clauses:
- {id: "1", in: "1", title: {zh: 时段, en: Hours}, says: {zh: 见时刻表。, en: See the timetable.}, kind: timetable, by: [hours]}
"""
RULE = """
rules:
- rule: hours
  kind: timetable
  title: {{zh: 时段, en: Hours}}
  states: {{"on": {{zh: 供, en: supplied}}, "off": {{zh: 停, en: stopped}}}}
  of_day: [vacation, shuts]
  input:
    hall: {{type: bool}}
    vacation: {{type: bool}}
    shuts: {{type: time}}
  permits:
    party: {{title: {{zh: 活动, en: party}}, is: "on", cite: "1", when: hall}}
  versions:
  - in_force: {{from: 2026-01-01}}
    cite: "1"
    lines: {lines}
    otherwise: {{is: "on"}}
  tests: [{{on: 2026-03-04, given: {{hall: true, vacation: false, shuts: "22:00", at: "23:59"}}, expect: {expect}}}]
"""
DAY = dt.date(2026, 3, 4)  # a Wednesday in term


def pack_of(folder: Path, lines: str, expect: str = '"on"', head: str = HEAD):
    shutil.rmtree(folder / "hours-2026", ignore_errors=True)
    (folder / "hours-2026").mkdir()
    for name, text in (
        ("pack", head),
        ("clauses", CLAUSES),
        ("hours", RULE.format(lines=lines, expect=expect)),
    ):
        (folder / "hours-2026" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_pack(folder / "hours-2026")


def asked(pack, at, *, on=DAY, hall="true", vacation="false", shuts="22:00", **more):
    told = {"hall": hall, "vacation": vacation, "shuts": shuts, "at": at, **more}
    return pack.answer("hours", on=on, given=told)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("packs")


# ------------------------------------------------------------- laws
CLOCKS = [clock_of(minute) for minute in range(0, MINUTES + 1, 90)]
WHENS = ["hall", "not hall", "vacation", "works", "weekday > 5", "weekday = 3 or holiday", None]


@st.composite
def lines(draw):
    found = []
    for _ in range(draw(st.integers(0, 6))):
        when = draw(st.sampled_from(WHENS))
        start, to = sorted(draw(st.tuples(st.sampled_from(CLOCKS), st.sampled_from(CLOCKS))))
        parts = [f"when: {when}"] if when else []
        if draw(st.booleans()) and when != "vacation" and "00:00" < to < "24:00":
            parts += [f'from: "{to}"', f'to: "next {start}"']
        elif start < to:
            parts += [f'from: "{start}"', f'to: "{to}"']
        parts += [f'is: "{draw(st.sampled_from(["on", "off"]))}"', 'cite: "1"']
        if draw(st.booleans()):
            parts.append("yields_to: [party]")
        found.append("{" + ", ".join(parts) + "}")
    return "[" + ", ".join(found) + "]"


def speaks(line, text, facts, day, minute):
    """Whether a line speaks at a minute, read again from its words."""
    start, to = line.start or "00:00", line.to or "24:00"
    overnight = to.startswith("next ")
    first, until = minute_of(start), minute_of(to.removeprefix("next "))

    def holds(on):
        calendar = {"works": on in WORKED, "weekday": on.isoweekday(), "holiday": on in HOLIDAYS}
        words = (line.when or "True").replace(" = ", " == ")
        return bool(eval(words, {}, {**facts, **calendar}))

    if overnight:
        return (minute >= first and holds(day)) or (minute < until and holds(day - dt.timedelta(days=1)))
    return first <= minute < until and holds(day)


DAYS = [
    dt.date(2026, 2, 13) + dt.timedelta(days=n) for n in range(14)
]  # with the Spring Festival and its make-up days
GXNU = Path(__file__).resolve().parents[2] / "policies" / "gxnu-2016-4"
CALENDAR = load_pack(GXNU, run_tests=False).calendar
WORKED = {day for day in (DAYS[0] - dt.timedelta(days=1), *DAYS) if CALENDAR.is_working_day(day)}
HOLIDAYS = {day for day in DAYS if CALENDAR.day(day).reason == "holiday"}


@settings(max_examples=60, deadline=None)
@given(written=lines(), day=st.sampled_from(DAYS), hall=st.booleans(), vacation=st.booleans())
def test_a_day_is_tiled_and_the_first_line_that_speaks_decides(folder, written, day, hall, vacation):
    pack = load(folder, written)
    rule = pack.rules["hours"]
    assert isinstance(rule, TimetableRule)
    version = rule.version_on(day, {})
    told = {"hall": hall, "vacation": vacation, "shuts": "22:00"}
    facts = read_inputs(rule.asked, told)
    tiles = rule.stretches(pack, version, facts, day)
    assert (tiles[0].first, tiles[-1].until) == (0, MINUTES)
    assert all(one.until == other.first and one.line != other.line for one, other in pairwise(tiles))
    for tile in tiles:
        for minute in {tile.first, (tile.first + tile.until) // 2, tile.until - 1}:
            by_hand = [
                n for n, line in enumerate(version.lines) if speaks(line, line.when, told, day, minute)
            ]
            assert tile.line == next(iter(by_hand), OTHERWISE), (minute, written)
            assert rule.spoke(pack, version, facts, day, minute) == by_hand
            # a permit changes the state where the line that decides yields to it, and nowhere else
            line = version.otherwise if tile.line == OTHERWISE else version.lines[tile.line]
            plain, permitted = (
                asked(pack, clock_of(minute), on=day, hall=hall, vacation=vacation, permit=permit).value
                for permit in ("none", "party")
            )
            assert plain == line.state
            yields = tile.line != OTHERWISE and "party" in line.yields_to and hall
            assert permitted == ("on" if yields else plain)


def load(folder, written):
    """The pack with these lines; its one example is whatever it answers."""
    try:
        return pack_of(folder, written)
    except PackError:
        return pack_of(folder, written, expect='"off"')


# ------------------------------------------------------------- times
def test_what_runs_past_midnight_belongs_to_the_day_on_which_it_began(folder):
    """Friday 18:00 to 8:00 next day: Saturday 7:59 is closed, Sunday 7:59 is not."""
    pack = pack_of(folder, '[{when: weekday = 5, from: "18:00", to: "next 08:00", is: "off", cite: "1"}]')
    friday = dt.date(2026, 3, 6)
    said = [
        asked(pack, at, on=friday + dt.timedelta(days=days)).value
        for days, at in ((0, "07:59"), (0, "18:00"), (1, "07:59"), (1, "08:00"), (2, "07:59"))
    ]
    assert said == ["on", "off", "off", "on", "on"]


def test_a_time_that_is_told_of_the_day_moves_with_it(folder):
    pack = pack_of(folder, '[{from: shuts+10, to: "24:00", is: "off", cite: "1"}]', expect='"off"')
    assert asked(pack, "22:09").value == "on"
    assert asked(pack, "22:10").value == "off"
    assert asked(pack, "22:10", shuts="22:30").value == "on"
    with pytest.raises(Refusal, match="a time of day like 18:30"):
        asked(pack, "22:10", shuts="25:00")
    with pytest.raises(Refusal, match="vacation: missing"):
        asked(pack, "22:10", vacation="")  # a vacation that nobody told is not term


def test_the_sun_is_that_of_the_place_and_the_day():
    """Guilin (25.27 N, 110.33 E) is 38.7 minutes behind the meridian of its clock: noon is at about 12:40."""
    summer, winter = dt.date(2026, 6, 20), dt.date(2026, 12, 20)

    def sun(day):
        return [sun_minute(which, day, 25.27, 110.33, "Asia/Shanghai") for which in ("sunrise", "sunset")]

    for day, longer in ((summer, True), (winter, False)):
        rise, set_ = sun(day)
        assert (set_ - rise > 12 * 60) is longer
        assert abs((rise + set_) / 2 - (12 * 60 + 39)) < 5
    with pytest.raises(Refusal, match="does not rise or set"):
        sun_minute("sunset", summer, 78.2, 15.6, "Arctic/Longyearbyen")


def test_an_answer_says_its_stretch_what_spoke_beside_it_and_what_a_permit_did(folder):
    pack = pack_of(
        folder,
        '[{from: "18:00", to: "24:00", is: "off", cite: "1", yields_to: [party]}, {when: hall, is: "on", cite: "1"}]',
        expect='"off"',
    )
    assert "18:00–24:00，另有 示例〔2026〕1号 第一条：供" in asked(pack, "19:00").say("zh")
    assert "经批准：活动" in asked(pack, "19:00", permit="party").say("zh")
    assert "“活动”不改变此处" in asked(pack, "17:00", permit="party").say("zh")
    lifted = asked(pack, "19:00", permit="party", hall="false")  # parties are for halls
    assert (lifted.value, "不改变此处" in lifted.say("zh")) == ("off", True)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('[{from: "18:00", to: "08:00", is: "off", cite: "1"}]', "to is not later than from"),
        ('[{from: "18:00", to: "next 18:30", is: "off", cite: "1"}]', "a day at most"),
        ('[{from: "18:00", is: "off", cite: "1"}]', "both from and to"),
        ('[{from: "18:60", to: "24:00", is: "off", cite: "1"}]', "is no time of day"),
        ('[{from: "24:30", to: "next 08:00", is: "off", cite: "1"}]', "is no time of day"),
        ('[{from: next 08:00, to: next 09:00, is: "off", cite: "1"}]', "a time of the day itself"),
        ('[{from: closing, to: "24:00", is: "off", cite: "1"}]', 'no time "closing"'),
        ('[{from: hall, to: "24:00", is: "off", cite: "1"}]', 'no time "hall"'),
        ('[{from: sunset, to: next sunrise, is: "on", cite: "1"}]', "whose sun"),
        ('[{when: vacation, from: "18:00", to: next 08:00, is: "off", cite: "1"}]', "told of one day"),
        ('[{from: shuts, to: next 08:00, is: "off", cite: "1"}]', "told of one day"),
        ('[{is: dim, cite: "1"}]', 'the state "dim" has no name'),
        ('[{is: "off", cite: "1", yields_to: [wedding]}]', 'no permit "wedding"'),
        ('[{when: rain, is: "off", cite: "1"}]', "rain"),
        ('[{when: at = hall, is: "off", cite: "1"}]', "at"),
    ],
)  # fmt: skip
def test_a_timetable_that_cannot_be_meant_is_refused_at_its_line(folder, lines, problem):
    with pytest.raises(PackError) as refused:
        pack_of(folder, lines)
    assert problem in refused.value.say("en")
    assert refused.value.line > 1


def test_without_a_calendar_nobody_knows_which_day_is_worked(folder):
    with pytest.raises(PackError, match="goes by a calendar"):
        pack_of(folder, '[{is: "on", cite: "1"}]', head=HEAD.replace("calendar: CN\n", ""))
