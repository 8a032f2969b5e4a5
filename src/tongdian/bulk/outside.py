"""Use against hours for a whole campus: what registers ran between two moments, joined to the stretches of their place.

The verdict is that of `policy/outside.py`, in seconds: a quantity was used outside where closed stretches fill all the
time between its two moments, is allowed where open ones do, and is undecided otherwise. Nothing is spread.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.headings import Wanted
from tongdian.bulk.intake import RefusedRow
from tongdian.bulk.legal_days import LegalDays
from tongdian.bulk.timetables import COLUMNS, PLACE, NotATimetable
from tongdian.policy.kinds.timetable import TimetableRule
from tongdian.policy.outside import UseVerdict
from tongdian.policy.packs import Pack
from tongdian.policy.types import Instant
from tongdian.policy.words import Words

METER, AT, VALUE, MULTIPLIER = "meter", "at", "value", "multiplier"
READ = (PLACE, METER, AT, VALUE, MULTIPLIER)
FIGURE, FACTOR, QUANTITY = "DECIMAL(14,3)", "DECIMAL(8,2)", "DECIMAL(22,5)"
NAMED = 10  # rows that nobody could read, each with its reason
NO_INSTANT = Words(
    "不是带时区的时刻，如 2026-03-06T22:00:00+08:00",
    "it is no instant with its zone, like 2026-03-06T22:00:00+08:00",
)
NO_FIGURE = Words(
    "不是示数：最多 11 位整数、3 位小数",
    "it is no figure of a register: 11 digits before the point, 3 after it",
)
NO_FACTOR = Words("不是倍率：大于零，最多 2 位小数", "it is no multiplier: above nought, 2 decimals at most")
WENT_BACK = Words(
    "示数小于该表上一时刻的示数；其后至下一时刻另计",
    "the register showed less than before: one of the two is wrong",
)
TWICE = Words("该表这一时刻有两行", "the meter stands twice at that moment")


@dataclass(frozen=True, slots=True)
class OutsideRun:
    """What a run wrote: spans in all, those outside hours and those undecided; and the first rows that could not be
    used, each with its reason."""

    spans: int
    outside: int
    undecided: int
    refused: tuple[RefusedRow, ...]


def find_outside(
    pack: Pack,
    rule_id: str,
    *,
    hours: Sequence[Path],
    readings: Sequence[Path],
    out: Path,
    engine: str = "duckdb",
    memory: str = "3GB",
) -> OutsideRun:
    """Write what was used outside hours, or of which nobody can say, into `out`: `place`, `meter`, `first`, `until` (UTC),
    `quantity`, `verdict`, and `state`, `line`, `permit`, `version` of the first closed stretch that it touches.

    `hours` is what `cut_places` wrote for the rule, `readings` have `place`, `meter`, `at` (an instant with its zone),
    `value` of the register and its `multiplier` (1 where there is none). Raises NotATimetable, UnreadableFile,
    EngineMissing.
    """
    rule = pack.rules.get(rule_id)
    if not isinstance(rule, TimetableRule):
        raise NotATimetable(rule=rule_id)
    with open_engine(engine, memory=memory) as opened:
        _read(opened, hours, readings)
        refused = _refused(opened)
        _judge(opened, rule)
        d = opened.dialect
        counts = dict(opened.fetch("SELECT verdict, COUNT(*) FROM judged GROUP BY verdict"))
        draft = out.with_name(f".writing-{out.name}")
        listed = f"{PLACE}, {METER}, {d.said_instant('begins')} AS {d.q('first')}, {d.said_instant('ends')} AS {d.q('until')}"
        try:
            opened.write(
                f"SELECT {listed}, quantity, verdict, state, line, permit, version FROM judged"
                f" WHERE verdict <> '{UseVerdict.ALLOWED}' AND quantity > 0 ORDER BY {PLACE}, {METER}, begins",
                draft,
            )
            draft.replace(out)
        finally:
            if draft.is_dir():  # Spark writes a folder of parts
                shutil.rmtree(draft)
            draft.unlink(missing_ok=True)
        return OutsideRun(
            sum(counts.values()),
            counts.get(UseVerdict.OUTSIDE, 0),
            counts.get(UseVerdict.UNDECIDED, 0),
            refused,
        )


def _read(engine: Engine, hours: Sequence[Path], readings: Sequence[Path]) -> None:
    """`open_shut`: the stretches with their instants; `figures`: the readings, what cannot be read of one being NULL."""
    d, days = engine.dialect, LegalDays(engine.dialect.name)
    engine.read("raw_hours", hours, Wanted(COLUMNS, is_ours=True))
    text = {name: f"CAST({d.q(name)} AS {d.text})" for name in COLUMNS}
    named = ", ".join(
        f"{text[name]} AS {d.q(name)}" for name in (PLACE, "state", "line", "permit", "version")
    )
    engine.define(
        "open_shut",
        f"SELECT {named}, {days.instant_of_text(text['first'])} AS begins, {days.instant_of_text(text['until'])} AS ends"
        " FROM raw_hours",
    )
    kinds = engine.read("raw_readings", readings, Wanted(READ, optional=frozenset({MULTIPLIER})))
    moment = f"CAST({d.q(AT)} AS {d.text})"
    at, no_moment = days.instant("said", kinds[AT], "moment")
    if kinds[AT] == "text":
        source = f"SELECT *, {moment} AS said, {days.instant_of_text(moment)} AS moment FROM raw_readings"
    else:
        source = f"SELECT *, {d.q(AT)} AS said, CAST(NULL AS {d.type(Instant())}) AS moment FROM raw_readings"
    value, factor = f"TRY_CAST({d.q(VALUE)} AS {FIGURE})", "CAST(1 AS DECIMAL(8,2))"
    wrong_factor = "FALSE"
    if MULTIPLIER in kinds:
        given = f"TRY_CAST({d.q(MULTIPLIER)} AS {FACTOR})"
        factor = f"CASE WHEN {d.q(MULTIPLIER)} IS NULL THEN CAST(1 AS {FACTOR}) ELSE {given} END"
        wrong_factor = f"NOT COALESCE({factor} > 0 AND {_exact(d.q(MULTIPLIER), 2, d.text)}, FALSE)"
    wrong_value = f"NOT COALESCE({value} >= 0 AND {_exact(d.q(VALUE), 3, d.text)}, FALSE)"
    engine.define(
        "figures",
        f"SELECT CAST({PLACE} AS {d.text}) AS {PLACE}, CAST({METER} AS {d.text}) AS {METER}, CAST({d.q(AT)} AS {d.text}) AS said,"
        f" CASE WHEN {no_moment} THEN NULL ELSE {at} END AS moment,"
        f" CASE WHEN {wrong_value} THEN NULL ELSE {value} END AS figure,"
        f" CASE WHEN {wrong_factor} THEN NULL ELSE {factor} END AS factor FROM ({source}) r",
    )


def _exact(raw: str, decimals: int, text: str) -> str:
    """Whether a cell has no more decimals than are kept: what is finer would be rounded without a word."""
    return f"TRY_CAST({raw} AS DECIMAL(30,10)) = TRY_CAST(TRY_CAST({raw} AS DECIMAL(30,{decimals})) AS DECIMAL(30,10))"


def _refused(engine: Engine) -> tuple[RefusedRow, ...]:
    """The rows that cannot be used, and `spans`: what ran between those that can and follow each other."""
    reasons = {"at": ("moment IS NULL", NO_INSTANT), VALUE: ("figure IS NULL", NO_FIGURE), MULTIPLIER: ("factor IS NULL", NO_FACTOR)}  # fmt: skip
    found = [
        RefusedRow(f"{place} {meter}", METER, f"{meter} {said}", column, "", words)
        for column, (when, words) in reasons.items()
        for place, meter, said in engine.fetch(
            f"SELECT {PLACE}, {METER}, said FROM figures WHERE {when} ORDER BY 1, 2, 3 LIMIT {NAMED}"
        )
    ]
    sound = "moment IS NOT NULL AND figure IS NOT NULL AND factor IS NOT NULL"
    over = f"OVER (PARTITION BY {PLACE}, {METER} ORDER BY moment)"
    engine.define(
        "pairs",
        f"SELECT {PLACE}, {METER}, said, LAG(moment) {over} AS begins, moment AS ends,"
        f" CAST((figure - LAG(figure) {over}) * factor AS {QUANTITY}) AS quantity,"
        f" LAG(factor) {over} = factor AS same_factor FROM figures WHERE {sound}",
    )
    for when, words in (("begins = ends", TWICE), ("quantity < 0", WENT_BACK)):
        sql = f"SELECT {PLACE}, {METER}, said FROM pairs WHERE {when} ORDER BY 1, 2, 3 LIMIT {NAMED}"
        found += [
            RefusedRow(f"{place} {meter}", METER, f"{meter} {said}", AT, "", words)
            for place, meter, said in engine.fetch(sql)
        ]
    # a multiplier that changed between the two says of neither what the quantity is
    engine.define(
        "spans",
        f"SELECT {PLACE}, {METER}, begins, ends, quantity FROM pairs WHERE begins < ends AND quantity >= 0 AND same_factor",
    )
    return tuple(found)


def _judge(engine: Engine, rule: TimetableRule) -> None:
    """`judged`: each span with its verdict and the first closed stretch that it touches."""
    d = engine.dialect
    closed = ", ".join(d.literal(one) for one in rule.closed) or "NULL"
    shut = ", ".join(d.literal(one) for one in rule.closed if one not in rule.partly) or "NULL"
    lasts = d.seconds("GREATEST(h.begins, s.begins)", "LEAST(h.ends, s.ends)")
    first = {
        name: d.aggregate("first", f"CASE WHEN h.is_shut THEN h.{d.q(name)} END", Instant(), "h.rank")
        for name in ("state", "line", "permit", "version")
    }
    told = ", ".join(f"{sql} AS {d.q(name)}" for name, sql in first.items())
    engine.view(
        "touching",
        f"SELECT s.{PLACE}, s.{METER}, s.begins, s.ends, s.quantity, {told},"
        f" SUM(CASE WHEN h.is_shut THEN {lasts} ELSE 0 END) AS shut_for, SUM(CASE WHEN h.is_open THEN {lasts} ELSE 0 END) AS open_for"
        f" FROM spans s LEFT JOIN (SELECT *, COALESCE(state IN ({shut}), FALSE) AS is_shut, NOT COALESCE(state IN ({closed}), FALSE) AS is_open,"
        # the first closed one: what is open comes after all of them
        f" CASE WHEN state IN ({shut}) THEN begins ELSE {d.later('begins', '3000000000')} END AS rank FROM open_shut) h"
        f" ON h.{PLACE} = s.{PLACE} AND h.begins < s.ends AND h.ends > s.begins"
        f" GROUP BY s.{PLACE}, s.{METER}, s.begins, s.ends, s.quantity",
    )
    whole = d.seconds("begins", "ends")
    engine.define(
        "judged",
        f"SELECT {PLACE}, {METER}, begins, ends, quantity, state, line, permit, version,"
        f" CASE WHEN shut_for = {whole} THEN '{UseVerdict.OUTSIDE}' WHEN open_for = {whole} THEN '{UseVerdict.ALLOWED}'"
        f" ELSE '{UseVerdict.UNDECIDED}' END AS verdict FROM touching",
    )
