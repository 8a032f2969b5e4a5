"""A year of places in bulk is, at every moment, what the timetable answers for one place at that moment."""

from __future__ import annotations

import csv
import datetime as dt
from bisect import bisect_right
from itertools import pairwise
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tongdian.bulk.timetables import KeptTwice, NotATimetable, PlaceFiles, cut_places
from tongdian.cli.main import main
from tongdian.policy import load_pack
from tongdian.policy.refusals import Refusal

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = {"teaching_from": "08:00", "teaching_until": "18:00"}


def vacation_of(day: dt.date) -> str:
    """The example school's year."""
    if day < dt.date(2026, 3, 1):
        return "winter"
    return "summer" if dt.date(2026, 7, 11) <= day < dt.date(2026, 9, 1) else "none"


def written(file: Path, rows) -> Path:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def days(folder: Path, *, first: dt.date = FIRST, last: dt.date = LAST) -> Path:
    listed = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return written(
        folder / "days.csv", [{"day": day, "vacation": vacation_of(day), **HOURS} for day in listed]
    )


@pytest.fixture(scope="module")
def pack():
    return load_pack(Path(__file__).resolve().parents[2] / "policies" / "gxnu-2016-4", run_tests=False)


@pytest.fixture(scope="module")
def campus(tmp_path_factory, pack):
    """Two places of each venue of article 35, the second with permits that overlap and run past midnight."""
    folder, random = tmp_path_factory.mktemp("campus"), Random(35)
    rule = pack.rules["venue-supply"]
    venues = rule.input["venue"].one_of
    places = {f"{venue}-{n}": venue for venue in venues for n in (1, 2)}
    permits: list[tuple[str, str, dt.datetime, dt.datetime]] = []
    for place in places:
        for _ in range(5 if place.endswith("2") else 0):
            begins = dt.datetime(2026, 1, 1) + dt.timedelta(minutes=random.randrange(365 * 24 * 60))
            permits.append(
                (
                    place,
                    random.choice(list(rule.permits)),
                    begins,
                    begins + dt.timedelta(minutes=random.randrange(30, 3000)),
                )
            )
    files = PlaceFiles(
        [written(folder / "places.csv", [{"place": place, "venue": venue} for place, venue in places.items()])],
        [days(folder)],
        [written(folder / "permits.csv", [
            {"place": place, "permit": kind, "first": f"{first:%Y-%m-%dT%H:%M}+08:00", "until": f"{until:%Y-%m-%dT%H:%M}+08:00"}
            for place, kind, first, until in permits
        ])],
    )  # fmt: skip
    return folder, files, places, permits


def stretches_by_place(file: Path):
    found: dict[str, list[tuple[dt.datetime, dt.datetime, str, int, str]]] = {}
    for part in [file] if file.is_file() else sorted(file.glob("part-*")):
        for row in csv.DictReader(part.read_text(encoding="utf-8").splitlines()):
            first, until = (
                dt.datetime.fromisoformat(row[name]).astimezone(SHANGHAI).replace(tzinfo=None)
                for name in ("first", "until")
            )
            found.setdefault(row["place"], []).append(
                (first, until, row["state"], int(row["line"]), row["permit"])
            )
    return {place: sorted(rows) for place, rows in found.items()}


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_ten_thousand_drawn_quarter_hours_are_what_one_answer_says(pack, campus, engine):
    folder, files, places, permits = campus
    out = folder / f"{engine}.csv"
    cut = cut_places(pack, "venue-supply", files, first=FIRST, last=LAST, out=out, engine=engine)
    assert (cut.places, cut.refused) == (len(places), ())
    found = stretches_by_place(out)
    random = Random(28)
    for place, rows in found.items():  # the year is tiled
        assert (rows[0][0], rows[-1][1]) == (dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)), place
        assert all(one[1] == other[0] for one, other in pairwise(rows))
        assert all(one[2:] != other[2:] for one, other in pairwise(rows)), place
    for _ in range(10_000 if engine == "duckdb" else 500):
        place = random.choice(list(places))
        at = dt.datetime(2026, 1, 1) + dt.timedelta(minutes=15 * random.randrange(365 * 96))
        rows = found[place]
        row = rows[bisect_right(rows, (at, dt.datetime.max)) - 1]
        held = [kind for where, kind, first, until in permits if where == place and first <= at < until]
        told = {"venue": places[place], "vacation": vacation_of(at.date()), **HOURS, "at": f"{at:%H:%M}"}
        answers = [
            pack.answer("venue-supply", on=at.date(), given={**told, "permit": permit})
            for permit in (held or ["none"])
        ]
        # with several permits the first that lifts the line counts
        rule = pack.rules["venue-supply"]
        order = sorted(
            zip(held or ["none"], answers, strict=True), key=lambda one: [*rule.permits, "none"].index(one[0])
        )
        plain = pack.answer("venue-supply", on=at.date(), given=told)
        lifting = next(
            ((permit, one) for permit, one in order if one.cite != plain.cite or one.value != plain.value),
            ("", plain),
        )
        assert row[2] == lifting[1].value, (place, at, held)
        assert row[3] == (-1 if plain.row is None else plain.row)


def test_what_nobody_told_of_a_day_is_asked_for(pack, campus, tmp_path):
    _, files, *_ = campus
    short = PlaceFiles(files.places, [days(tmp_path, last=dt.date(2026, 6, 30))])
    out = tmp_path / "out.csv"
    with pytest.raises(Refusal, match="vacation of 2026-07-01 is not known"):
        cut_places(pack, "venue-supply", short, first=FIRST, last=LAST, out=out)
    assert not out.exists()


def test_a_place_that_nobody_can_read_is_named_and_the_others_are_cut(pack, tmp_path):
    places = written(
        tmp_path / "p.csv", [{"place": "A", "venue": "yucai_pool"}, {"place": "B", "venue": "moon"}]
    )
    out = tmp_path / "out.csv"
    cut = cut_places(
        pack, "venue-supply", PlaceFiles([places], [days(tmp_path)]), first=FIRST, last=FIRST, out=out
    )
    assert [(row.key, row.column, row.value) for row in cut.refused] == [("B", "venue", "moon")]
    assert set(stretches_by_place(out)) == {"A"}


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ({"permit": "opening", "first": "2026-03-07T10:00", "until": "2026-03-07T12:00+08:00"}, "states no zone"),
        ({"permit": "opening", "first": "2026-03-07T12:00+08:00", "until": "2026-03-07T12:00+08:00"}, "not later than"),
        ({"permit": "party", "first": "2026-03-07T10:00+08:00", "until": "2026-03-07T12:00+08:00"}, "party"),
    ],
)  # fmt: skip
def test_a_permit_that_says_no_time_of_its_own_is_refused(pack, tmp_path, rows, refused):
    places = written(tmp_path / "p.csv", [{"place": "A", "venue": "yucai_pool"}])
    permits = written(tmp_path / "q.csv", [{"place": "A", **rows}])
    files = PlaceFiles([places], [days(tmp_path)], [permits])
    with pytest.raises(Refusal, match=refused):
        cut_places(pack, "venue-supply", files, first=FIRST, last=FIRST, out=tmp_path / "out.csv")


def test_places_and_days_stand_once(pack, tmp_path):
    twice = written(
        tmp_path / "p.csv", [{"place": "A", "venue": "yucai_pool"}, {"place": "A", "venue": "yucai_tennis"}]
    )
    with pytest.raises(KeptTwice, match="A stands twice"):
        cut_places(
            pack,
            "venue-supply",
            PlaceFiles([twice], [days(tmp_path)]),
            first=FIRST,
            last=FIRST,
            out=tmp_path / "o.csv",
        )
    with pytest.raises(NotATimetable):
        cut_places(pack, "bill", PlaceFiles([twice]), first=FIRST, last=FIRST, out=tmp_path / "o.csv")


def test_the_command_says_what_it_wrote(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(
        "TONGDIAN_HOME", str(tmp_path / "nobody")
    )  # no installation: the calendar is the program's own
    places = written(
        tmp_path / "p.csv", [{"place": "L1", "dense": "true"}, {"place": "L2", "dense": "false"}]
    )
    out = tmp_path / "lights.csv"
    main(["--lang", "en", "hours", "gxnu-2016-4", "street-lights", "--places", str(places), "--from", "2026-06-20",
          "--to", "2026-06-21", "--out", str(out)])  # fmt: skip
    assert f"2 places of 2 kinds: 12 stretches in {out}" in capsys.readouterr().out
    # L1: half, off, lit, half, off, lit, half; L2: lit, off, lit, off, lit
    assert [row[2] for row in stretches_by_place(out)["L2"]] == ["lit", "dark", "lit", "dark", "lit"]
