"""A measure over cases of many places holds each to the terms of its own: the sheet takes the limit by region."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from tests.policies.test_overlays import FOLDERS
from tests.policy.measured.driven import Driven, driven
from tests.policy.measured.test_one_clock import written
from tongdian.bulk import measure
from tongdian.bulk.engines import open_engine
from tongdian.bulk.rating import prepare
from tongdian.policy import Pack, load_pack
from tongdian.policy.kinds.measure import MeasureRule
from tongdian.policy.overlays.places import binding, governing

AS_OF = dt.date(2026, 6, 30)
REGIONS = (
    "450311",
    "450305",
    "450100",
    "440100",
)  # under the county's, the prefecture's, the province's, none
SHOP = {"class": "three_zero", "applied": "2022-04-01", "ended": "2022-04-20"}
VISITS = [
    {"stage": "accept", "opened": "2022-04-01", "closed": "2022-04-02"},
    {"stage": "energise", "opened": "2022-04-02", "closed": "2022-04-20"},
]


@lru_cache
def opened(name: str) -> Pack:
    return load_pack(FOLDERS[name], run_tests=False, above=lambda folder: opened(folder.name))


@lru_cache(maxsize=1)
def nation() -> Pack:
    """The national pack with the overlays that bind places under it."""
    laid = tuple((region, opened(name)) for region, name in binding("nea-2021-37", FOLDERS))
    return opened("nea-2021-37").chosen(overlays=lambda: laid)


def rule() -> MeasureRule:
    found = nation().rules["connection-time"]
    assert isinstance(found, MeasureRule)
    return found


@pytest.mark.parametrize(
    ("region", "limit", "outcome"),
    # 2 (a worked Saturday), 6, 7, 8, 11-15, 18, 19, 20 April 2022: day 12
    [("450311", 8, "not_met"), ("450305", 10, "not_met"), ("450100", 12, "met"), ("440100", 15, "met")],
)
def test_one_case_is_judged_by_the_terms_of_its_place(region, limit, outcome):
    answer = nation().answer("connection-time", on=AS_OF, given={**SHOP, "region": region, "visit": VISITS})
    said = {line.name: line.value for line in answer.lines if line.grain == "case"}
    assert (said["days"], said["limit"], said["outcome"]) == (12, limit, outcome)


def taken_on(rnd: random.Random) -> Driven:
    """A case at the desk of its place, whose pack knows nothing of the others."""
    region = rnd.choice(REGIONS)
    pack = opened(governing("nea-2021-37", region, FOLDERS))
    taken = rule().taken(pack, {})
    listed = rule().forms(nation(), rule().version_on(AS_OF, taken), taken)
    form = rnd.choice(
        [one for one in listed if one.pack.id == pack.id and one.version.in_force.before is None]
    )
    return driven(pack, form, rnd, facts={"capacity": "10"}, as_of=AS_OF, region=region)


def test_duckdb_says_of_all_cases_what_the_desk_of_each_place_says(tmp_path: Path):
    rnd = random.Random(54)
    cases = [taken_on(rnd) for _ in range(600)]
    desk = {number: case.verdict() for number, case in enumerate(cases)}
    with open_engine("duckdb") as engine:
        ready = prepare(
            nation(),
            rule(),
            written(tmp_path, dict(enumerate(cases))),
            engine,
            on=AS_OF,
            take={},
            only=["case"],
        )
        select = f'SELECT "case", days, "limit", exempt, outcome FROM ({ready.script.outputs["case"]}) x'
        rows = engine.fetch(ready.script.query(select))
        assert not list(ready.refusals(engine))
    assert {int(c): (int(d), int(n), bool(e), str(o)) for c, d, n, e, o in rows} == desk
    limits = Counter(said[1] for said in desk.values())
    assert {8, 10, 12, 15} - {8} <= set(limits)  # of the county's trial nothing is left in 2026
    assert {"met", "not_met"} <= {said[3] for said in desk.values()}


def test_a_run_says_which_overlays_it_went_by(tmp_path: Path):
    with (tmp_path / "case.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["case", "region", *SHOP])
        out.writerows([number, region, *SHOP.values()] for number, region in enumerate(REGIONS))
    with (tmp_path / "visit.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["case", "seq", *VISITS[0]])
        out.writerows([n, seq, *row.values()] for n in range(4) for seq, row in enumerate(VISITS, 1))
    files = {"case": tmp_path / "case.csv", "visit": tmp_path / "visit.csv"}
    measured = measure(nation(), "connection-time", files, by=["region"], out=tmp_path / "out", on=AS_OF)
    assert {region: one.total_within for (region,), one in measured.groups.items()} == {
        "450311": 0,
        "450305": 0,
        "450100": 1,
        "440100": 1,
    }
    record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    assert record["overlays"] == {
        name: opened(name).content_hash for _, name in binding("nea-2021-37", FOLDERS)
    }


FIRM = {
    "class": "high_voltage_single",
    "kind": "small_micro",
    "area": "rural",
    "promised": "false",
    "capacity": "180",
    "applied": "2021-07-01",
    "ended": "2021-07-20",
    "steps": "6",
    "papers": "8",
    "listed": "8",
    "customer_paid": "5000",
    "supplier_paid": "0",
}


@pytest.mark.parametrize(
    ("region", "papers", "cost"),
    # the province asks for no approval of the project (3 - 1 + 2 + 2 + 1 = 7) and pays to 200 kW; the nation to 100
    [("450100", 7, False), ("440100", 8, True)],
)
def test_the_burden_of_a_case_is_held_to_the_lists_and_the_scope_of_its_place(region, papers, cost):
    answer = nation().answer("connection-burden", on=AS_OF, given={**FIRM, "region": region})
    said = {line.name: line.value for line in answer.lines}
    assert (said["most"], said["papers_kept"], said["cost_kept"]) == (papers, papers == 8, cost)


def test_a_file_of_many_places_holds_each_burden_to_its_own(tmp_path: Path):
    with (tmp_path / "case.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["case", "region", *FIRM])
        out.writerows([number, region, *FIRM.values()] for number, region in enumerate(REGIONS[2:]))
    files = {"case": tmp_path / "case.csv"}
    measured = measure(nation(), "connection-burden", files, by=["region"], out=tmp_path / "out", on=AS_OF)
    assert not measured.refused
    kept = {region: (row["papers_kept"], row["cost_kept"]) for (region,), row in measured.added.items()}
    assert kept == {"450100": (0, 0), "440100": (1, 1)}
    assert json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))["overlays"]


@pytest.mark.parametrize(
    ("region", "cited"),
    [
        ("450311", "示例区发〔2022〕3号 第一条"),
        ("450100", "示例省能〔2021〕1号 第一条"),
        ("440100", "国能综通监管〔2021〕37号 附件1/6、附件2-2/34"),
    ],
)
def test_a_measured_case_cites_the_document_whose_limit_judged_it(region: str, cited: str) -> None:
    case = SHOP | {"region": region, "visit": VISITS}
    answer = nation().answer("connection-time", on=dt.date(2022, 5, 31), given=case)
    assert answer.cited("zh") == cited
