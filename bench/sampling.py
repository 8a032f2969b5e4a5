"""Cases behind counted figures put in the order of their positions, a draw of twenty with their proofs, and their check by
who receives them; against only counting the same files in the same run."""

from __future__ import annotations

import csv
import datetime as dt
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from bench.report import Figure

ON = dt.date(2022, 6, 30)
DRAWN = 20  # as the pack of NEA 2021-37 says of annex 2


def measure(*, small: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as name:
        os.environ |= {"TONGDIAN_HOME": name, "DJANGO_SETTINGS_MODULE": "tongdian.config.settings"}
        import django

        django.setup()
        scales = (2_000,) if small else (10_000, 50_000)
        return [one for cases in scales for one in _scaled(Path(name), cases)]


def _scaled(folder: Path, cases: int) -> list[Figure]:
    from tests.bulk.test_indicators import some_burdens, write

    from tongdian.audit_log import tree
    from tongdian.bulk.indicators import count_indicators, judge_each
    from tongdian.bulk.periods import Span
    from tongdian.policy import load_pack
    from tongdian.supervision.queries.populations import leaf_of, population_of
    from tongdian.supervision.samples import (
        as_counted,
        at_positions,
        counted_cases,
        draw_positions,
        positions,
    )

    pack, span = load_pack("policies/nea-2021-37", run_tests=False), Span(None, ON, "ended")
    files = {"connection-burden": {"case": [write(folder / f"{cases}.csv", list(some_burdens(cases)))]}}
    with timed() as counting:
        figures = count_indicators(pack, files, on=ON, span=span).regions
    with timed() as committing:
        population = population_of(pack, files, figures, span=span, on=ON)
    assert population is not None
    size = counted_cases(figures)
    wanted = draw_positions("a seed", size=size, most=DRAWN)
    with timed() as answering:  # as the sender does: the whole tree made again, for the proofs
        whole, counted = tree.MemoryTree(), [one for one, n in positions(figures) for _ in range(n)]
        for one, index in zip(counted, population.order, strict=True):
            whole.append(leaf_of(one, population.cases[index]))
        proofs = {at: tree.inclusion_proof(whole.node, index=at, size=size) for at in wanted}
    shown = {at: population.cases[population.order[at]] for at in wanted}
    with timed() as checking:  # as the receiver does: proof by proof, and each case judged anew
        stated = at_positions(figures, wanted)
        root = bytes.fromhex(population.root)
        assert all(
            tree.included(index=at, size=size, leaf=leaf_of(stated[at], one), proof=proofs[at], root=root)
            for at, one in shown.items()
        )
        rows = [{**row, "case": str(at)} for at, one in shown.items() for row in one.rows["case"]]
        with (folder / f"shown-{cases}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        again = {"connection-burden": {"case": [folder / f"shown-{cases}.csv"]}}
        judged = judge_each(pack, again, on=ON, span=span)
        assert all(
            as_counted(one.indicator, *judged[one.indicator][str(at)]) == one for at, one in stated.items()
        )
    return [
        Figure(
            "sampling",
            f"{cases:,} cases at {size:,} positions bound by one hash, CPU of all threads",
            "≤ 20 × counting",
            f"{committing.cpu:.2f} s",
            f"{committing.cpu / counting.cpu:.1f} × only counting them in the same run ({counting.cpu:.2f} s); "
            f"{committing.cpu / size * 1e6:.0f} µs a position",
        ),
        Figure(
            "sampling",
            f"the answer to a draw of {DRAWN} of them, with the proofs",
            "≤ binding",
            f"{answering.cpu:.2f} s",
            f"{answering.cpu / committing.cpu:.2f} × binding them",
        ),
        Figure(
            "sampling",
            f"the {DRAWN} checked by their receiver and judged anew",
            "≤ 2 × counting",
            f"{checking.cpu:.2f} s",
            f"{checking.cpu / counting.cpu:.2f} × counting all",
        ),
    ]


@contextmanager
def timed() -> Iterator[SimpleNamespace]:
    """Seconds of the processor that a block takes, as `cpu`."""
    took, begun = SimpleNamespace(cpu=0.0), time.process_time()
    yield took
    took.cpu = time.process_time() - begun
