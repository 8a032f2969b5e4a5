"""By which working days a pack counts: its own, the published ones, and nobody else's."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.policy.dutch_pack import DUTCH, with_calendar, write_dutch, write_sheet_only
from tests.policy.good_pack import GOOD, broken, write_pack
from tongdian.bulk import rate
from tongdian.calendar import BeyondOwnCalendar, Override, noting, official_calendar
from tongdian.cli.main import main
from tongdian.policy import PackError, load_pack
from tongdian.policy.calendars import NoCalendar
from tongdian.policy.differences import differences
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words

POLICIES = Path(__file__).parents[2] / "policies"
HEAD = DUTCH["pack.yaml"]
APRIL = {"received": "2011-04-20", "answered": "2011-04-29"}
EXAMPLE = Words("例", "example")


def waited(pack: Pack, **days: str) -> int:
    return int(str(pack.answer("waited", on=dt.date(2011, 5, 1), given=days).value))


def mistakes(folder: Path) -> list[tuple[str, int, str]]:
    """Every mistake: its file, its line, what is wrong."""
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    return [(Path(one.file).name, one.line, one.problem.en) for one in refused.value.every]


def line_in(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


# --- its own -------------------------------------------------------------------------------------


def test_a_pack_counts_by_its_own_holidays(tmp_path: Path) -> None:
    # 21, 26, 27, 28, 29 April 2011: Good Friday (22) and Easter Monday (25) rest
    assert waited(load_pack(write_dutch(tmp_path)), **APRIL) == 5
    # by the published calendar of China the same days are seven: 21, 22, 25, 26, 27, 28, 29
    assert (
        waited(load_pack(write_sheet_only(tmp_path / "cn", calendar="calendar: CN\n", expect=7)), **APRIL)
        == 7
    )


def test_a_calendar_of_ones_own_may_lie_outside_the_published_years(tmp_path: Path) -> None:
    calendar = (
        "calendar:\n  years: {first: 1998, last: 2041}\n  weekend: [friday, saturday]\n  source: their law\n"
    )
    # 21, 24, 25, 26, 27, 28 April 2011: Sunday 24 is worked, Fridays 22 and 29 and Saturday 23 are not
    pack = load_pack(write_sheet_only(tmp_path, calendar=calendar, expect=6))
    # from Sunday 30 December 2040: Monday 31, Tuesday 1, Wednesday 2, Thursday 3 January 2041
    assert waited(pack, received="2040-12-30", answered="2041-01-03") == 4


def test_a_day_beyond_a_calendar_of_ones_own_says_where_it_is_written(tmp_path: Path) -> None:
    dutch = load_pack(write_dutch(tmp_path))
    with pytest.raises(BeyondOwnCalendar, match=r"2012-12-31.*write the year under calendar: in pack.yaml"):
        dutch.calendar.add_working_days(dt.date(2012, 12, 28), 5)


def test_what_administrators_enter_is_of_the_published_calendar(tmp_path: Path) -> None:
    closed = Override(dt.date(2011, 4, 28), False, EXAMPLE, "an order")
    here = official_calendar().with_overrides([closed])
    dutch = load_pack(write_dutch(tmp_path)).chosen(published=here)
    assert waited(dutch, **APRIL) == 5
    chinese = load_pack(write_sheet_only(tmp_path / "cn", calendar="calendar: CN\n", expect=7))
    assert waited(chinese.chosen(published=lambda: here), **APRIL) == 6  # 28 April is no longer worked


def test_files_of_rows_are_counted_by_the_pack_s_calendar_too(tmp_path: Path) -> None:
    events = tmp_path / "case.csv"
    events.write_text("case,received,answered\nA,2011-04-20,2011-04-29\n", encoding="utf-8")
    chinese = write_sheet_only(tmp_path / "cn", calendar="calendar: CN\n", expect=7)
    closed = official_calendar().with_overrides([Override(dt.date(2011, 4, 28), False, EXAMPLE, "an order")])
    for pack, days in (
        (load_pack(write_dutch(tmp_path)), 5),
        (load_pack(chinese), 7),
        (load_pack(chinese).chosen(published=lambda: closed), 6),  # a day that an administrator entered
    ):
        out = tmp_path / "out.csv"
        rate(pack, "waited", {"case": events}, out=out, on=dt.date(2011, 5, 1))
        (row,) = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
        assert int(row["waited"]) == days == waited(pack, **APRIL)


# --- none, or a bad one --------------------------------------------------------------------------


def test_a_pack_that_counts_working_days_names_its_calendar(tmp_path: Path) -> None:
    found = mistakes(write_dutch(tmp_path, pack=with_calendar("")))
    counts = "this counts working days, and the pack names no calendar"
    assert sorted(found) == [
        ("permit.yaml", line_in(DUTCH["processes/permit.yaml"], "working_days: 3"), counts),
        ("rules.yaml", line_in(DUTCH["rules.yaml"], "unit: workday"), counts),
        ("waited.sheet", 5, counts),
    ]


def test_a_visit_is_offered_on_working_days(tmp_path: Path) -> None:
    without = GOOD["pack.yaml"].replace("calendar: CN\n", "")
    rules = GOOD["rules.yaml"].replace("unit: workday", "unit: day")
    assert rules != GOOD["rules.yaml"]
    load_pack(write_pack(tmp_path / "none", {"pack.yaml": without, "rules.yaml": rules}))
    visits = without + "uses: {visits: {hours: [9]}}\n"
    found = mistakes(write_pack(tmp_path, {"pack.yaml": visits, "rules.yaml": rules}))
    assert [(file, line) for file, line, _ in found] == [("pack.yaml", line_in(visits, "uses:"))]


def test_a_pack_that_counts_no_days_has_no_calendar_to_ask(tmp_path: Path) -> None:
    without = GOOD["pack.yaml"].replace("calendar: CN\n", "")
    rules = GOOD["rules.yaml"].replace("unit: workday", "unit: day")
    pack = load_pack(write_pack(tmp_path, {"pack.yaml": without, "rules.yaml": rules}))
    with pytest.raises(NoCalendar, match="write calendar: CN"):
        _ = pack.calendar


CALENDARS = {
    "a name that is not known": ("calendar: NL\n", "calendar:", "not offered"),
    "years that end before they begin": (HEAD, "years: {first: 2013, last: 2012}", "is not right"),
    "a day of another year": (HEAD, "{on: 2013-04-22,", "2013-04-22 is outside the years of the calendar"),
    "a day that does not exist": (HEAD, "{on: 2011-02-30,", "is not right"),
    "a holiday written twice": (HEAD, "{on: 2011-04-25,", "2011-04-25 is written twice"),
    "a weekend that is none": (HEAD, "weekend: [saturday, domingo]", "not offered"),
    "a year without a holiday": (HEAD, "years: {first: 2011, last: 2013}", "no holiday is written for 2013"),
}
PUT_FOR = {
    "years": "years: {first: 2011, last: 2012}",
    "weekend": "weekend: [saturday, sunday]",
    "{on": "{on: 2011-04-22,",
}


@pytest.mark.parametrize("name", CALENDARS)
def test_a_bad_calendar_is_refused_at_its_line(name: str, tmp_path: Path) -> None:
    head, written, problem = CALENDARS[name]
    is_own = head is HEAD
    head = HEAD.replace(PUT_FOR[written.split(":")[0]], written) if is_own else with_calendar(head)
    found = mistakes(write_dutch(tmp_path, pack=head))
    line = line_in(head, "name: Easter" if "twice" in name else written)
    assert [(file, line) for file, line, _ in found] == [("pack.yaml", line)]
    assert problem in found[0][2]


def test_a_make_up_day_is_of_the_weekend(tmp_path: Path) -> None:
    head = HEAD.replace(
        "  holidays:",
        "  make_up_days:\n  - {on: 2011-04-23, name: a}\n  - {on: 2011-04-26, name: b}\n  holidays:",
    )
    found = mistakes(write_dutch(tmp_path, pack=head))
    assert found == [("pack.yaml", line_in(head, "2011-04-26"), "2011-04-26 is no day of the weekend")]


# --- local rest days -----------------------------------------------------------------------------

REST = """region: "450300"
rest_days:
- {on: 2021-04-14, name: {zh: 三月三, en: Sanyuesan}, source: 例}
- {on: 2027-04-09, name: {zh: 三月三, en: Sanyuesan}, source: 例}
"""


def test_a_rest_day_of_a_year_to_come_waits_until_it_is_published(tmp_path: Path) -> None:
    """It is November 2026: what an administrator writes next is a day of 2027."""
    pack = load_pack(write_pack(tmp_path, {"pack.yaml": GOOD["pack.yaml"] + REST}))
    assert pack.calendar.add_working_days(dt.date(2021, 4, 13), 1, region="450300") == dt.date(2021, 4, 15)
    assert pack.calendar.waits(dt.date(2027, 4, 9))
    year = official_calendar().published.with_year(2027, rests={}, make_ups={}, source="a notice to come")
    known = pack.chosen(published=official_calendar().with_published(year))
    # Thursday 8 April 2027; Friday 9 rests here, the weekend follows
    assert known.calendar.add_working_days(dt.date(2027, 4, 8), 1, region="450300") == dt.date(2027, 4, 12)
    assert known.calendar.add_working_days(dt.date(2027, 4, 8), 1, region="440000") == dt.date(2027, 4, 9)


@pytest.mark.parametrize(
    ("written", "instead", "problem"),
    [
        ("2021-04-14", "2003-04-14", "2003-04-14 is outside the years of the calendar"),
        ("2027-04-09", "2021-04-14", "2021-04-14 is written twice"),
        ("2027-04-09", "2027-02-30", "is not right"),
        ('"450300"', '"4503x0"', 'there is no division with the code "4503x0"'),
        ('"450300"', '"999999"', 'there is no division with the code "999999"'),
    ],
)
def test_a_bad_rest_day_is_found_at_load_in_its_own_file(
    written: str, instead: str, problem: str, tmp_path: Path
) -> None:
    head = GOOD["pack.yaml"] + REST
    line = line_in(head, written)
    found = mistakes(write_pack(tmp_path, {"pack.yaml": head.replace(written, instead)}))
    assert [(file, line) for file, line, _ in found] == [("pack.yaml", line)]
    assert problem in found[0][2]


def test_the_answer_says_once_which_local_rest_days_it_did_not_know() -> None:
    """64: the fifteen working days of a notice run through 三月三 of 2024, which nobody entered."""
    gxnu = load_pack(POLICIES / "gxnu-2016-4", run_tests=False)
    given = {"utility": "electricity", "principal": "100", "due": "2024-04-01", "until": "2024-05-20"}
    spring = gxnu.answer("late-fee", on=dt.date(2024, 5, 20), given=given)
    assert [warning.en for warning in spring.warnings] == [
        "the local rest days of 2024 in 450000 (Sanyuesan) are not entered: working days may be counted too "
        "many and a last day may be too early; an administrator enters them from the local notice"
    ]
    assert spring.say("zh").count("三月三") == 1
    assert spring.to_json()["warnings"] == [spring.warnings[0]._asdict()]
    autumn = given | {"due": "2024-09-01", "until": "2024-10-20"}
    assert gxnu.answer("late-fee", on=dt.date(2024, 10, 20), given=autumn).warnings == ()


def test_the_tests_of_a_pack_tell_nobody_what_they_lacked(tmp_path: Path) -> None:
    # 11, 12, 15 April 2024: three working days, as if 三月三 did not exist
    story = DUTCH["processes/permit.yaml"].replace("2011-04-20", "2024-04-10")
    story = story.replace("2011-04-27", "2024-04-15").replace("2011-04-28", "2024-04-16")
    guilin = write_dutch(
        tmp_path,
        pack=with_calendar('calendar: CN\nregion: "450300"\n'),
        rules=DUTCH["rules.yaml"].replace("expect: 5", "expect: 7"),
        permit=story,
    )
    with noting() as lacks:
        load_pack(guilin)
    assert not lacks


# --- nobody else's -------------------------------------------------------------------------------


@given(
    rest=st.dates(dt.date(2011, 1, 3), dt.date(2026, 12, 1)),
    region=st.sampled_from(["", 'region: "450300"\n', 'region: "110000"\n']),
    calendar=st.sampled_from(
        ["calendar: CN\n", "calendar:\n  years: {first: 2011, last: 2026}\n  weekend: []\n  source: x\n"]
    ),
    asked=st.sampled_from([(), ("--pack", "gxnu-2016-4"), ("--pack", "nea-2021-37")]),
)
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_no_pack_s_days_leak_into_anothers(
    home: Path, rest: dt.date, region: str, calendar: str, asked: tuple[str, ...]
) -> None:
    """Whatever a stranger's pack says of a day, it is nobody else's day."""
    day = f"rest_days:\n- {{on: {rest}, name: x, source: x, works: {str(rest.weekday() > 4).lower()}}}\n"
    ask = ("workdays", "add", str(rest - dt.timedelta(days=1)), "3", "--region", "450300", *asked)
    with tempfile.TemporaryDirectory() as shelf, pytest.MonkeyPatch.context() as setting:
        folder = write_sheet_only(Path(shelf), calendar=calendar + region + day, expect=0)
        load_pack(folder, run_tests=False)
        setting.delenv("DATABASE_URL", raising=False)
        setting.setenv("TONGDIAN_HOME", str(home))
        setting.setenv("TONGDIAN_POLICIES", shelf)
        with_it = said(*ask)
        setting.delenv("TONGDIAN_POLICIES")
        assert with_it == said(*ask)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation's folder, in which packs are known to have passed their tests."""
    return tmp_path_factory.mktemp("home")


def said(*words: str) -> str:
    """What the command line said, both ways."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        main(["--lang", "en", *words])
    return out.getvalue()


# --- all mistakes, one language, what differs ----------------------------------------------------


def test_every_mistake_of_a_pack_is_told_in_one_run(tmp_path: Path) -> None:
    changes = broken("pack.yaml", "number:", "numer:") | broken("rules.yaml", "value: 20", "value: twenty")
    changes["clauses.yaml"] = GOOD["clauses.yaml"].replace("kind: duty", "kind: dutty")
    assert [(file, problem) for file, _, problem in mistakes(write_pack(tmp_path, changes))] == [
        ("pack.yaml", 'unknown key "numer"'),
        ("clauses.yaml", '"kind" has a value that is not offered'),
        ("rules.yaml", "\"versions.0.value\" is not right: got 'twenty'"),
    ]


def test_every_test_that_fails_is_told(tmp_path: Path) -> None:
    rules = GOOD["rules.yaml"].replace("expect: 20}", "expect: 21}").replace("expect: 100}", "expect: 101}")
    found = mistakes(write_pack(tmp_path, {"rules.yaml": rules}))
    assert [problem.split(":")[0] for _, _, problem in found] == [
        "test 1 of card fails",
        "test 1 of deposit fails",
    ]


def test_one_language_is_enough(tmp_path: Path) -> None:
    dutch = load_pack(write_dutch(tmp_path))
    assert dutch.title == Words(*["General provisions on environmental permits"] * 2)
    assert dutch.rules["waited"].title.zh == "Working days waited"
    both = write_dutch(tmp_path / "both", pack=HEAD.replace("[en]", "[zh, en]"))
    assert ("clauses.yaml", 2) in {(file, line) for file, line, _ in mistakes(both)}


def test_what_differs_begins_with_pack_yaml_whatever_the_folder_is_called(tmp_path: Path) -> None:
    old = load_pack(write_dutch(tmp_path))
    newer = HEAD.replace("number: Wabo 2010", "number: Wabo 2011").replace(
        "{on: 2011-04-22, name: Good Friday}", "{on: 2011-06-02, name: Ascension}"
    )
    folder = write_dutch(tmp_path / "new", pack=newer).rename(tmp_path / "new" / "next-year")
    with pytest.raises(PackError, match="the folder is"):
        load_pack(folder, run_tests=False)
    new = load_pack(folder, run_tests=False, is_copy=True)
    (head,) = differences(old, new)
    assert (head.what, head.change) == ("pack", "changed")
    assert head.fields == (
        ("number", "Wabo 2010", "Wabo 2011"),
        ("calendar.holidays.2011-04-22", {"zh": "Good Friday", "en": "Good Friday"}, None),
        ("calendar.holidays.2011-06-02", None, {"zh": "Ascension", "en": "Ascension"}),
    )


CHANGES = {
    "a price": ("rules.yaml", "price: 0.8", "price: 0.9", ("rule", "prices")),
    "a reading chosen": (
        "interpretations.yaml",
        "chosen: inside",
        "chosen: on-top",
        ("interpretation", "loss"),
    ),
    "a limit": ("rules.yaml", "limit: 5", "limit: 6", ("rule", "limit")),
    "a formula": ("sheets/bill.sheet", "round(used * price, 2)", "round(used * price, 1)", ("sheet", "bill")),
    "the calendar": (
        "pack.yaml",
        "calendar: CN",
        "calendar: {years: {first: 2020, last: 2026}, weekend: [], source: x}",
        ("pack", "pack.yaml"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_can_change_a_result_is_a_difference(name: str, tmp_path: Path) -> None:
    file, old, new, expected = CHANGES[name]
    before = load_pack(write_pack(tmp_path / "old"), run_tests=False)
    after = load_pack(write_pack(tmp_path / "new", broken(file, old, new)), run_tests=False)
    assert [(one.what, one.id) for one in differences(before, after)] == [expected]
