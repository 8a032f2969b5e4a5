"""Loading both packs."""

from __future__ import annotations

import statistics
import time

from bench.report import Figure
from tongdian.policy import load_pack

PACKS = ("policies/gxnu-2016-4", "policies/nea-2021-37")


def measure(*, small: bool) -> list[Figure]:
    def seconds(run_tests: bool) -> float:
        found = []
        for _ in range(2 if small else 7):
            began = time.perf_counter()
            for folder in PACKS:
                load_pack(folder, run_tests=run_tests)
            found.append(time.perf_counter() - began)
        return statistics.median(found)

    tests = sum(
        len(rule.tests) for folder in PACKS for rule in load_pack(folder, run_tests=False).rules.values()
    )
    return [
        Figure("loading", "both packs, their content checked before", "≤ 0.5 s", f"{seconds(False):.2f} s"),
        Figure(
            "loading",
            "both packs with all their tests run again, in a warm process",
            "—",
            f"{seconds(True):.2f} s",
            f"{tests} tests, every option of every sheet",
        ),
    ]
