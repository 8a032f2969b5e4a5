"""Single answers with their explanation, and steps of a case."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date

from bench.report import Figure
from tongdian.policy import load_pack

ON = date(2026, 6, 30)
BILL = {
    "months": "12",
    "segment": [
        {"start": "2026-05-16", "until": "2026-05-31", "year": "2026", "reached": "3050", "used": "100"},
        {"start": "2026-06-01", "until": "2026-06-30", "year": "2026", "reached": "3050", "used": "1300.37"},
    ],
}


def _each(run: Callable[[], object], *, times: int) -> float:
    """Microseconds a run: the median of nine batches."""
    run()
    batches = []
    for _ in range(9):
        began = time.perf_counter()
        for _ in range(times):
            run()
        batches.append((time.perf_counter() - began) / times * 1e6)
    return statistics.median(batches)


def measure(*, small: bool) -> list[Figure]:
    times = 200 if small else 2000
    gxnu, nea = (
        load_pack("policies/gxnu-2016-4", run_tests=False),
        load_pack("policies/nea-2021-37", run_tests=False),
    )
    take = {"residential-price-category": "annual_tiers"}
    rows = [
        (
            "a bands answer with its sentence (GXNU 9(1))",
            "≤ 50 µs",
            lambda: gxnu.answer("construction-deposit", on=ON, given={"contract": "150000"}).say("zh"),
            "",
        ),
        (
            "a limits answer with its sentence (NEA annex 2-2/3–7)",
            "≤ 50 µs",
            lambda: nea.answer("connection-summed-limit", on=ON, given={"class": "low_voltage"}).say("zh"),
            "",
        ),
        (
            "a residential bill in Decimal: two segments, three tiers each",
            "≤ 100 µs",
            lambda: gxnu.answer("residential-electricity", on=ON, given=BILL, take=take),
            "inputs read from text, every line kept",
        ),
    ]
    figures = [
        Figure("answers", what, wanted, f"{_each(run, times=times):.0f} µs", note)
        for what, wanted, run, note in rows
    ]
    figures.append(_step(nea, times // 10))
    return figures


def _step(nea: object, times: int) -> Figure:
    from tongdian.policy.process import close_stage, fold, open_case

    process = nea.rules["low-voltage-connection"]  # type: ignore[attr-defined]
    version = process.version_on(date(2021, 3, 1), process.taken(nea, {})).key
    opened = open_case(process, version=version, on=date(2021, 3, 1), by="a", facts={})
    events = [opened]
    state = fold(process, events)
    stage = state.open_stages[0]
    role = process.at(version).stages[stage].role

    known = {"stage": stage, "role": role, "seen": state.seq, "on": date(2021, 3, 2), "by": "a"}
    facts = process.at(version).products(stage, state.facts)

    def run() -> object:
        made = close_stage(process, state, facts=facts, **known)
        return fold(process, [*events, *made])

    return Figure(
        "answers",
        "one step of a case: command checked, events folded",
        "0.03–0.06 ms (prototype)",
        f"{_each(run, times=times) / 1000:.3f} ms",
    )
