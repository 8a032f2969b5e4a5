"""Random files: a bulk run and single answers agree on every case, what it is or why not."""

from __future__ import annotations

import csv
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bulk.conftest import ON, table
from tongdian.bulk import rate
from tongdian.policy.refusals import Refusal

USED = st.one_of(
    st.decimals(-20, 9999, places=2).map(str),
    st.decimals(0, 99, places=1).map(str),
    st.integers(0, 99999).map(str),
    st.sampled_from(["", "0", "-0.00", "1.10000", "1.005", "12O", "+1", " 7 ", ".5", "007", "١٢"]),
)
DAYS = st.one_of(
    st.dates(ON.replace(year=2019, month=12, day=25), ON).map(str),
    st.sampled_from(["2024-02-29", "2023-02-29", "2026-1", "20260101", "2099-01-01", ""]),
)
SEGMENT = st.fixed_dictionaries({"start": DAYS, "used": USED, "paid_on": DAYS})
BILL = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["shop", "flat", "shop", "flat", "Shop", ""]),
        "people": st.sampled_from(["", "1", "3", "0", "99", "100", "2.0"]),
        "exact": st.sampled_from(["", "true", "false", "wahr"]),
        "segment": st.lists(SEGMENT, max_size=4),
    }
)


def write(file: Path, columns: list[str], rows: list[dict]) -> Path:
    # with a mark: nothing else in these files tells UTF-8 from GBK, and they would be refused
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        writer = csv.DictWriter(out, columns, extrasaction="ignore", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return file


def answered(pack, case, key):
    """Each line of each row, or None where the case is refused."""
    given = {name: value for name, value in case.items() if value != ""}
    try:
        answer = pack.answer("bill", on=ON, given={"bill": key} | given)
    except Refusal:
        return None
    return {(line.row, line.name): line.value for line in answer.lines}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(BILL, min_size=1, max_size=12))
def test_every_case_is_what_its_own_answer_says(pack, cases):
    with tempfile.TemporaryDirectory() as place:
        bills = [{"bill": f"B{n}"} | case for n, case in enumerate(cases)]
        segments = [{"bill": b["bill"]} | s for b in bills for s in b["segment"]]
        given = {
            "bill": write(Path(place, "bill.csv"), ["bill", "kind", "people", "exact"], bills),
            "segment": write(Path(place, "s.csv"), ["bill", "start", "used", "paid_on"], segments),
        }
        run = rate(pack, "bill", given, out=Path(place, "out"), on=ON, form="csv")
        rated: dict[str, dict] = {}
        for grain, row_key, names in (
            ("bill", "bill", ("total", "each_pays")),
            ("segment", "start", ("price", "amount", "waited")),
        ):
            for row in table(Path(place, f"out/{grain}.csv")):
                lines = {(row[row_key], name): Decimal(row[name]) for name in names}
                rated.setdefault(row["bill"], {}).update(lines)
    wanted = {b["bill"]: answered(pack, c, b["bill"]) for b, c in zip(bills, cases, strict=True)}
    assert rated == {key: lines for key, lines in wanted.items() if lines is not None}
    assert {r.key for r in run.refusals} == {key for key, lines in wanted.items() if lines is None}
