"""Calculating one run: whole or not at all, taken up again where a worker ended half-way."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

from tongdian.bulk import measure, rate
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.runs import folder, queries
from tongdian.runs.actions.charts import chart_of
from tongdian.runs.models import BulkRun
from tongdian.runs.rules import MEMORY, MOST_TRIES, FilesGone, UnexpectedEnd, WorkerEnded
from tongdian.soon import alone

State = BulkRun.State
_log = logging.getLogger(__name__)


def unfinished() -> list[UUID]:
    """The runs that wait, or that a worker left half-way."""
    rows = BulkRun.objects.filter(state__in=[State.WAITING, State.RUNNING])
    return list(rows.order_by("id").values_list("id", flat=True))


def calculate(*, run: UUID, at: dt.datetime) -> bool:
    """Calculate a run that waits, or that a worker began and ended over; whether it was this one's
    turn. No other worker does the same at once."""
    with alone(f"run {run}") as is_alone:
        row = BulkRun.objects.filter(pk=run, state__in=[State.WAITING, State.RUNNING]).first()
        if not is_alone or row is None:
            return False
        if row.tries >= MOST_TRIES:
            _failed(row, WorkerEnded(tries=row.tries), at)
            return False
        row.state, row.tries, row.step, row.rows_read = State.RUNNING, row.tries + 1, "reading", 0
        row.save(update_fields=["state", "tries", "step", "rows_read"])
        try:
            row.result = _calculated(row)
        except Refusal as refusal:
            _failed(row, refusal, at)
        except Exception:  # whatever else goes wrong, the page says so and does not wait for ever
            _log.exception("run %s was not calculated", run)
            _failed(row, UnexpectedEnd(run=str(run)), at)
        else:
            row.state, row.step, row.ended_at = State.DONE, "", at
            row.save(update_fields=["state", "step", "ended_at", "result"])
        return True


def _failed(row: BulkRun, refusal: Refusal, at: dt.datetime) -> None:
    row.state, row.step, row.ended_at = State.FAILED, "", at
    row.said_zh, row.said_en = refusal.words
    row.save(update_fields=["state", "step", "ended_at", "said_zh", "said_en"])
    shutil.rmtree(folder.out(row.pk), ignore_errors=True)


def _calculated(row: BulkRun) -> dict[str, Any]:
    pack, rule, sheet = queries.sheet(row.pack, row.rule, on=row.on, take=row.take)
    out = folder.out(row.pk)
    shutil.rmtree(out, ignore_errors=True)  # of a try that ended half-way
    files = {grain: folder.given_of(row.pk, listed) for grain, listed in row.files.items()}
    if not all(file.is_file() for listed in files.values() for file in listed):
        raise FilesGone

    def told(step: str, rows: int) -> None:
        BulkRun.objects.filter(pk=row.pk).update(step=step, rows_read=rows)

    shared: dict[str, Any] = {
        "out": out,
        "on": row.on,
        "take": row.take,
        "columns": row.columns,
        "memory": MEMORY,
        "told": told,
    }
    if rule.measure is None:
        done = rate(pack, row.rule, files, form="csv", **shared)
        result: dict[str, Any] = {
            "counts": dict(done.counts),
            "refused": done.refused,
            "files": dict(done.files),
            "examples": sorted({name for names in done.examples.values() for name in names}),
        }
    else:
        measured = measure(pack, row.rule, files, by=row.by, **shared)
        result = {
            "counts": {"cases": measured.whole.total, "within": measured.whole.total_within},
            "refused": len({one.key for one in measured.refused}),
            "files": _files(out),
            "believed": list(measured.believed),
        }
        done = measured  # type: ignore[assignment]
    result["read"] = [
        [*one.called(rule.titles.get(one.grain, Words(one.grain, one.grain)))] for one in done.read
    ]
    result["chart"] = chart_of(out, rule, sheet)
    return result


def _files(out: Path) -> dict[str, str]:
    return {file.stem: file.name for file in sorted(out.iterdir()) if file.suffix == ".csv"}
