"""Single answers with their explanation beside their peers, and steps of a case."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from bench.report import Figure
from tongdian.policy import load_pack
from tongdian.policy.answer import Answer

ON = date(2026, 6, 30)
BILL = {
    "months": "12",
    "segment": [
        {"start": "2026-05-16", "until": "2026-05-31", "year": "2026", "reached": "3050", "used": "100"},
        {"start": "2026-06-01", "until": "2026-06-30", "year": "2026", "reached": "3050", "used": "1300.37"},
    ],
}


def _each(run: Callable[[], object], *, times: int) -> float:
    """Microseconds of CPU a run: the median of nine batches."""
    run()
    batches = []
    for _ in range(9):
        began = time.process_time()
        for _ in range(times):
            run()
        batches.append((time.process_time() - began) / times * 1e6)
    return statistics.median(batches)


def measure(*, small: bool) -> list[Figure]:
    times = 200 if small else 2000
    gxnu, nea = (
        load_pack("policies/gxnu-2016-4", run_tests=False),
        load_pack("policies/nea-2021-37", run_tests=False),
    )
    take = {"residential-price-category": "annual_tiers"}

    def deposit() -> Answer:
        return gxnu.answer("construction-deposit", on=ON, given={"contract": "150000"})

    def limit() -> Answer:
        return nea.answer("connection-summed-limit", on=ON, given={"class": "low_voltage"})

    def bill() -> Answer:
        return gxnu.answer("residential-electricity", on=ON, given=BILL, take=take)

    assert bill().value == Decimal("865.51")
    told = "no answer and no sentence is kept"
    rows: list[tuple[str, str, Callable[[], object], str]] = [
        ("a bands answer, bare (GXNU 9(1))", "≤ 10 µs", deposit, told),
        ("the same with its sentence", "≤ 20 µs", lambda: deposit().say("zh"), ""),
        ("a limits answer, bare (NEA annex 2-2/3–7)", "≤ 10 µs", limit, ""),
        ("the same with its sentence", "≤ 20 µs", lambda: limit().say("zh"), ""),
        (
            "a residential bill in Decimal: two segments, three tiers each",
            "—",
            bill,
            "inputs read from text, checked against their ranges",
        ),
        ("the same with every line", "≤ 60 µs", lambda: bill().lines, f"{len(bill().lines)} lines"),
    ]
    peers = _peers(times)
    figures = [
        Figure("answers", what, wanted, f"{_each(run, times=times):.0f} µs", note)
        for what, wanted, run, note in rows
    ]
    figures += [
        Figure("answers", what, "—", f"{peers[key]:.0f} µs" if key in peers else "not installed", note)
        for key, (what, note) in PEERS.items()
    ]
    figures.append(_step(nea, times // 10))
    return figures


PEERS = {
    "zen bare": ("zen-engine: the same bands as a compiled decision table", "read from numbers; no dates"),
    "zen trace": ("the same with its trace", ""),
    "zen bill": ("zen-engine: the same bill as expressions", "prices and tiers given with the question"),
    "openfisca bare": ("openfisca: the same bands", "in binary floats"),
    "openfisca bill": ("openfisca: the same bill", "in binary floats; prices and tiers in the formula"),
}
HERE = Path(__file__).parent / "peers"


def _peers(times: int) -> dict[str, float]:
    """Microseconds of the peers in the same run, from an interpreter of their own that is thrown away.
    Of one that cannot be installed nothing is said."""
    uv = Path(sys.executable).with_name("uv")
    with tempfile.TemporaryDirectory(prefix="tongdian-peers-") as folder:
        python = f"{folder}/bin/python"
        commands: list[list[str | Path]] = [
            [uv, "venv", "--quiet", "--python", sys.executable, folder],
            [uv, "pip", "install", "--quiet", "--python", python, "-r", HERE / "requirements.txt"],
            [python, HERE / "answers.py", str(times)],
        ]
        try:
            for command in commands:
                run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        except (OSError, subprocess.CalledProcessError) as failed:
            print(f"the peers could not be measured: {failed}", file=sys.stderr)
            return {}
        found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
        return found


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
        "0.27 ms while its version was looked up eleven times a step",
    )
