"""A half-year of connections with planted violations, over a normal population that looks like them here and there.

Innocent and alike: paper of the field entered on Monday for Friday, or after a holiday; a month's paper entered in
one morning; an application corrected on the next day, or made again for another capacity; a station of two in which
one person does two or three steps; a stay with evidence that happens to begin on the last day; a county after a
typhoon. A few of the innocent do exactly what is looked for (the place had power before, a file was forgotten), and
a few of the guilty keep just inside the limits: neither recall nor precision can be 1 by construction.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COUNTIES = ("450302", "450303", "450304", "450305", "450311", "450312", "450321", "450323", "450324", "450325",
            "450326", "450327")  # fmt: skip
FIRST, LAST = dt.date(2026, 1, 5), dt.date(2026, 6, 30)
STAGES = (("accept", 1), ("reply", 3), ("works", None), ("meter", 2))  # and the limit in working days
PLANTED = 25  # cases of each kind
EVASIVE = 0.05  # of the guilty keep just inside the limit
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


@dataclass
class Station:
    """A supplier's station: its staff, and how it works."""

    name: str
    region: str
    staff: list[str]
    last_day: float
    exempt: float
    affiliate: float
    stays: float = 0.06
    near: float = 0.0  # of its stays hide that a step is late


@dataclass
class PlantedYear:
    """The files, and by rule what was planted: cases, or groups by their name."""

    files: dict[str, list[Path]] = field(default_factory=dict)
    guilty: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class _Maker:
    def __init__(self, seed: int, cases: int, workday: Any) -> None:
        self.r, self.workday, self.wanted = random.Random(seed), workday, cases
        self.cases: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.works: list[dict[str, Any]] = []
        self.guilty: dict[str, set[str]] = defaultdict(set)
        self.in_hour: dict[tuple[str, str], int] = defaultdict(int)
        self.stations = [self.station(n, code) for n, code in enumerate(COUNTIES)]
        self.number = 0

    # --- the normal population ---
    def station(self, n: int, code: str) -> Station:
        r, staff = self.r, (2, 3, 6, 9, 12)[n % 5]
        found = Station(f"GD{n:02}", code, [f"{n:02}-{one}" for one in range(staff)], r.uniform(0.12, 0.26),
                        r.uniform(0, 0.05), r.uniform(0.05, 0.35))  # fmt: skip
        if n == 4:
            found.exempt = 0.075  # after a typhoon
        return found

    def make(self) -> None:
        r = self.r
        for one in r.sample(self.stations, 2):
            one.last_day = r.uniform(0.55, 0.75)
            self.guilty["last-day-above-chance"].add(one.name)
        for one in r.sample(self.stations, 2):
            one.exempt = r.uniform(0.14, 0.3)
            self.guilty["exempt-share"].add(one.name)
        for one in r.sample(self.stations, 2):
            one.stays, one.near = 0.15, r.uniform(0.5, 0.7)
            self.guilty["stay-just-before-limit"].add(one.name)
        for one in r.sample(self.stations, 2):
            one.affiliate = r.uniform(0.65, 0.9)
            self.guilty["affiliate-share"].add(one.name)
        for _ in range(self.wanted):
            self.case(self.station_at_random())
        for kind in ("off_book", "late_claim", "at_once", "again", "bare_stay", "one_person", "one_file"):
            for _ in range(PLANTED):
                getattr(self, kind)(self.station_at_random(), evasive=r.random() < EVASIVE)
        for _ in range(6):
            self.bulk(r.choice([one for one in self.stations if len(one.staff) > 2]))

    def station_at_random(self) -> Station:
        return self.r.choice(self.stations)

    def day(self, last: dt.date = dt.date(2026, 5, 20)) -> dt.date:
        while True:
            found = FIRST + dt.timedelta(days=self.r.randrange((last - FIRST).days))
            if self.workday(found, 0) == found and found.isoweekday() < 6:
                return found

    def case(self, station: Station, *, applied: dt.date | None = None, **fixed: Any) -> dict[str, Any]:
        """One case from application to meter, as an honest office does it, but for what is `fixed`."""
        r = self.r
        self.number += 1
        applied = applied or self.day()
        case = {
            "case": f"{station.name}-{self.number}", "region": station.region, "supplier": station.name,
            "process": "low-voltage-connection", "applied": applied, "accepted": None, "ended": None,
            "ending": "finished", "in_use": None, "place": f"P{self.number}", "customer": f"C{self.number}",
            "capacity": r.choice((15, 30, 50, 80, 100, 160)), "exempt": "yes" if r.random() < station.exempt else "no",
        }  # fmt: skip
        case.update({key: value for key, value in fixed.items() if key in case})
        self.cases.append(case)
        if fixed.get("withdrawn_after") is not None:
            case["ending"], case["ended"] = "withdrawn", applied + dt.timedelta(days=fixed["withdrawn_after"])
            self.close(case, "accept", applied, applied, station.staff[0])
            return case
        self.steps(case, station, fixed)
        closed = [one for one in self.events if one["case"] == case["case"] and one["deed"] == "close"]
        case["accepted"], case["ended"] = closed[0]["claimed"] or closed[0]["on"], closed[-1]["on"]
        if case["in_use"] is None and r.random() < 0.95:
            case["in_use"] = case["ended"] + dt.timedelta(days=r.choice((0, 0, 1, 3)))
            if r.random() < 0.0003:  # there was a supply for the building site
                case["in_use"] = applied - dt.timedelta(days=60)
        if r.random() < 0.3:
            for number in range(r.choice((1, 1, 2))):
                is_theirs = r.random() < station.affiliate
                self.works.append({
                    "case": case["case"], "work_no": number + 1, "dated": applied,
                    "contractor": "affiliate" if is_theirs else f"firm{r.randrange(40)}",
                    "affiliate": "yes" if is_theirs else "no", "amount": f"{r.uniform(3000, 90000):.2f}",
                })  # fmt: skip
        return case

    def steps(self, case: dict[str, Any], station: Station, fixed: dict[str, Any]) -> None:
        r = self.r
        persons = fixed.get("persons") or self.persons(station)
        files = fixed.get("files") or self.files_of(case)
        is_paper = r.random() < 0.15 and "late" not in fixed
        stay_in = "reply" if (fixed.get("stay") or r.random() < station.stays) else None
        ill = r.randrange(4) if r.random() < 0.0004 else None
        day = case["applied"]
        for number, (stage, limit) in enumerate(STAGES):
            due = self.workday(day, limit) if limit else None
            done = self.done(station, day, limit)
            if fixed.get("at_once") is not None:
                done = day
            if stage == stay_in:
                done = self.stay(case, station, day, due, fixed, persons[number])
            claimed, on = None, done
            if is_paper and stage in ("works", "meter"):
                claimed, on = done, self.workday(done, 1 + (r.random() < 0.3))
            if number == ill:
                claimed, on = done, self.workday(done, 6)  # the clerk was ill
            if stage == fixed.get("late_stage"):
                claimed, on = done, self.workday(done, fixed["late"])
            at = fixed["at_once"][number] if fixed.get("at_once") is not None else None
            self.close(case, stage, on, due, persons[number], claimed=claimed, file=files[number], at=at)
            day = on

    def persons(self, station: Station) -> list[str]:
        r = self.r
        if r.random() < 0.0005:
            return [station.staff[0]] * 4  # the others were on leave
        while len(set(found := [r.choice(station.staff) for _ in STAGES])) < 2:
            pass
        return found

    def files_of(self, case: dict[str, Any]) -> list[str]:
        r, own = self.r, [f"{case['case']}-{n}" for n in range(4)]
        if r.random() < 0.0005:
            return [own[0]] * 4
        if r.random() < 0.05:
            own[1] = own[0]
        return [one if r.random() < 0.9 else "" for one in own]

    def done(self, station: Station, day: dt.date, limit: int | None) -> dt.date:
        r = self.r
        if limit is None:
            return self.workday(day, r.randrange(3, 25))
        if r.random() < station.last_day:
            return self.workday(day, limit)
        if r.random() < 0.03:
            return self.workday(day, limit + r.randrange(1, 4))
        return self.workday(day, r.randrange(0, limit))

    def stay(
        self,
        case: dict[str, Any],
        station: Station,
        day: dt.date,
        due: dt.date,
        fixed: dict[str, Any],
        person: str,
    ) -> dt.date:
        r = self.r
        kind = fixed.get("stay") or ("near" if r.random() < station.near else None)
        since = self.workday(day, r.randrange(0, 4))
        file, after = f"{case['case']}-stay", r.choice((0, 1, 1, 2, 3))
        if kind == "near":
            since, after = max(day, due - dt.timedelta(days=r.choice((0, 1)))), 0
        if kind == "bare" or (kind is None and r.random() < 0.015):
            file = ""
        until = self.workday(since, r.randrange(2, 11))
        for deed, on, evidence in (("suspend", since, file), ("resume", until, "")):
            self.event(case, deed, "", on, due if deed == "suspend" else None, person, None, evidence, None)
        return self.workday(until, after)

    def close(
        self, case: dict[str, Any], stage: str, on: dt.date, due: dt.date | None, person: str, *,
        claimed: dt.date | None = None, file: str = "", at: dt.datetime | None = None,
    ) -> None:  # fmt: skip
        self.event(case, "close", stage, on, due, person, claimed, file, at)

    def event(
        self, case: dict[str, Any], deed: str, stage: str, on: dt.date, due: dt.date | None, person: str,
        claimed: dt.date | None, file: str, at: dt.datetime | None,
    ) -> None:  # fmt: skip
        if at is None:
            at = self.free(person, on, 9 if claimed else self.r.randrange(8, 18))
        seq = 1 + sum(one["case"] == case["case"] for one in self.events[-12:])
        self.events.append({
            "case": case["case"], "seq": seq, "deed": deed, "stage": stage, "on": on, "at": at.isoformat(),
            "claimed": claimed, "due": due, "person": person, "file": file,
        })  # fmt: skip

    def free(self, person: str, on: dt.date, hour: int) -> dt.datetime:
        """A moment of the day: who enters the paper of many does 24 an hour at the most."""
        while self.in_hour[person, f"{on} {hour:02}"] >= 24:
            hour = 8 + (hour - 7) % 11
        self.in_hour[person, f"{on} {hour:02}"] += 1
        return dt.datetime(on.year, on.month, on.day, hour, self.r.randrange(60), tzinfo=SHANGHAI)

    # --- what is planted ---
    def off_book(self, station: Station, *, evasive: bool) -> None:
        applied = self.day()
        early = 0 if evasive else self.r.randrange(2, 40)
        case = self.case(station, applied=applied, in_use=applied - dt.timedelta(days=early))
        self.guilty["in-use-before-acceptance"].add(case["case"])

    def late_claim(self, station: Station, *, evasive: bool) -> None:
        late = 3 if evasive else self.r.randrange(4, 21)
        case = self.case(station, late_stage=self.r.choice(("accept", "reply", "meter")), late=late)
        self.guilty["claimed-far-from-recorded"].add(case["case"])

    def at_once(self, station: Station, *, evasive: bool) -> None:
        applied = self.day()
        last = 180 if evasive else self.r.randrange(5, 110)
        begun = dt.datetime(
            applied.year, applied.month, applied.day, 9, self.r.randrange(60), tzinfo=SHANGHAI
        )
        times = [begun + dt.timedelta(minutes=one) for one in (0, last // 3, last // 2, last)]
        person = self.r.choice(station.staff)
        case = self.case(station, applied=applied, at_once=times, persons=[person] * 4)
        self.guilty["all-steps-at-once"].add(case["case"])
        self.guilty["one-person-for-all"].add(case["case"])

    def again(self, station: Station, *, evasive: bool) -> None:
        first = self.case(station, withdrawn_after=4 if evasive else self.r.randrange(6, 25))
        applied = self.workday(first["ended"] + dt.timedelta(days=self.r.randrange(0, 9)), 1)
        case = self.case(
            station,
            applied=applied,
            place=first["place"],
            customer=first["customer"],
            capacity=first["capacity"],
        )
        self.guilty["withdrawn-and-applied-again"].add(case["case"])  # fmt: skip

    def bare_stay(self, station: Station, *, evasive: bool) -> None:
        self.guilty["stay-without-evidence"].add(self.case(station, stay="bare")["case"])

    def one_person(self, station: Station, *, evasive: bool) -> None:
        person = self.r.choice(station.staff)
        persons = [person, person, person, f"{person}-second-login" if evasive else person]
        self.guilty["one-person-for-all"].add(self.case(station, persons=persons)["case"])

    def one_file(self, station: Station, *, evasive: bool) -> None:
        self.number += 1
        files = [f"F{self.number}"] * 4
        if evasive:
            files[3] = f"F{self.number}-scanned-again"
        self.guilty["one-file-for-all"].add(self.case(station, files=files)["case"])

    def bulk(self, station: Station) -> None:
        """An evening in which one person closes what was done, or not done, weeks ago."""
        r, on, person = self.r, self.day(), self.r.choice(station.staff)
        hour, labelled = r.randrange(18, 22), set().union(*self.guilty.values())
        own = [
            one for one in self.events
            if one["deed"] == "close" and one["person"] != person and one["case"].startswith(f"{station.name}-")
            and one["stage"] in ("works", "meter") and one["claimed"] is None and one["on"] != on
            and one["case"] not in labelled  # what was planted there stays as it was
        ]  # fmt: skip
        for one in r.sample(own, r.randrange(34, 70)):
            at = dt.datetime(on.year, on.month, on.day, hour, r.randrange(60), tzinfo=SHANGHAI)
            one["person"], one["at"] = person, at.isoformat()
        self.guilty["steps-in-bulk"].add(f"{station.name} {person} {on} {hour:02}:00")

    def innocent_withdrawals(self) -> None:
        """Corrected at once; made again for another capacity; or months later."""
        r = self.r
        for _ in range(self.wanted // 25):
            station, how = self.station_at_random(), r.randrange(4)
            ran, gap = (
                (r.randrange(0, 3), r.randrange(0, 3))
                if how < 2
                else (r.randrange(3, 20), r.randrange(1, 15))
            )
            first = self.case(station, applied=self.day(dt.date(2026, 3, 1)), withdrawn_after=ran)
            gap = r.randrange(60, 80) if how == 3 else gap
            capacity = first["capacity"] + 20 if how == 2 else first["capacity"]
            self.case(station, applied=self.workday(first["ended"] + dt.timedelta(days=gap), 1), place=first["place"],
                      customer=first["customer"], capacity=capacity)  # fmt: skip


def plant(seed: int, folder: Path, *, workday: Any, cases: int = 4000) -> PlantedYear:
    """Write a half-year of about so many cases into `folder`. `workday(day, n)` is the n-th working day after
    a day, or the next one where n is 0."""
    maker = _Maker(seed, cases, workday)
    maker.innocent_withdrawals()
    maker.make()
    made = PlantedYear(guilty=maker.guilty)
    for name, rows in (("case", maker.cases), ("event", maker.events), ("work", maker.works)):
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        made.files[name] = [path]
    return made


def scored(guilty: set[str], named: Iterator[str] | set[str]) -> tuple[int, int, int]:
    """Hits, planted, named."""
    found = set(named)
    return len(found & guilty), len(guilty), len(found)
