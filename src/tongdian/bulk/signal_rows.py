"""The rows that signals ask of, made on DuckDB from the files of the record: one relation a kind of rows.

Every relation has `_n` (a number), `_case`, `_seq` and `_hour` beside the columns of `policy.signal_rows`. What is
not known is NULL here and nowhere later: a signal is told beforehand whether all is there that it asks for.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from tongdian.bulk.engines import Engine
from tongdian.bulk.periods import Span
from tongdian.calendar.legal import SHANGHAI
from tongdian.policy.signal_rows import ROWS

# A moment states its zone (decision 62); it is kept in UTC, which no session's own zone can change.
STATES_ZONE = (
    r"""regexp_full_match("at", '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)')"""
)
_MOMENT = f"""CASE WHEN {STATES_ZONE} THEN make_timestamp(epoch_us(TRY_CAST("at" AS TIMESTAMPTZ))) END"""
# Read once, while the file is; the text stays where no moment was read of it.
MOMENTS = {"event": {"moment": _MOMENT, "at": "CASE WHEN moment IS NULL THEN \"at\" ELSE '-' END"}}
NO_HOUR = "CAST('-infinity' AS TIMESTAMP)"  # of a row whose moment is not known
SAY_HOUR = "%Y-%m-%d %H:%M"
_NO_DAY = "DATE '1900-01-01'"
_OF_THE_CASE = "c.region, c.supplier, c.process, c.applied"
_NO_HOUR = "CAST(NULL AS TIMESTAMP) AS _hour"


class SignalRows:
    """Makes each kind of rows once, when it is first asked for, from the record as it stood at the end of a day.
    `in_case`, `in_event` and `in_work` are there, and `in_event` has its `MOMENTS`. Of steps, which are the most by
    far, only the columns are kept that are `asked`."""

    def __init__(self, engine: Engine, *, on: dt.date, span: Span, zone: str, asked: frozenset[str]) -> None:
        self._engine, self._span, self._asked = engine, span, asked
        self._on = f"DATE '{on.isoformat()}'"
        self._zone = ZoneInfo(zone) if zone else SHANGHAI
        self._made: set[str] = set()

    def relation(self, rows: str) -> str:
        """The name of a kind of rows, made now if it was not."""
        self.record()
        if rows not in self._made:
            make = {
                "case": self._of_cases,
                "step": self._of_steps,
                "stay": self._of_stays,
                "work": self._of_works,
            }
            kept = "r.*"
            if rows == "step":
                self._engine.view("whole_step", self._of_steps())
                kept = ", ".join(["_case", "_seq", *(f'"{name}"' for name in sorted(self.columns(rows)))])
            self._engine.define(
                f"rows_{rows}", f"SELECT row_number() OVER () AS _n, {kept} FROM ({make[rows]()}) r"
            )
            self._made.add(rows)
        return f"rows_{rows}"

    def columns(self, rows: str) -> frozenset[str]:
        """The columns of `policy.signal_rows` that the relation has, and `_hour`."""
        kind = ROWS[rows]
        every = frozenset({*kind.columns, "_hour"})
        return every & (self._asked | {kind.day}) if rows == "step" else every

    def whole(self, rows: str) -> str:
        """A relation with every column of a kind of rows; its rows are told by `_case` and `_seq`."""
        return "whole_step" if rows == "step" else self.relation(rows)

    def record(self) -> None:
        """Make the cases (`c`) and their events (`e`) as of the day."""
        if "c" not in self._made:
            self._engine.define("c", self._cases())
            self._engine.view("e", self._events())
            self._made.add("c")

    # --- the files, as of a day ---
    def _cases(self) -> str:
        """What was not yet so on the day is not so here: a case that ended later is open."""
        on = self._on
        return f"""
            SELECT "case", region, NULLIF(supplier, '-') AS supplier, NULLIF(process, '-') AS process, applied,
              {_day("accepted", on)}, {_day("ended", on)}, {_day("in_use", on)},
              CASE WHEN ended > {on} THEN 'open' ELSE NULLIF(ending, 'unsaid') END AS ending,
              NULLIF(place, '-') AS place, NULLIF(customer, '-') AS customer,
              CASE WHEN capacity >= 0 THEN capacity END AS capacity, {_truth("exempt")} AS is_exempt
            FROM in_case WHERE applied <= {on}"""

    def _events(self) -> str:
        return f"""
            SELECT "case", seq, deed, NULLIF(stage, '-') AS stage, NULLIF("to", '-') AS "to", "on", moment AS "at", {_day("claimed")}, {_day("due")},
              NULLIF(person, '-') AS person, NULLIF(file, '-') AS file
            FROM in_event WHERE "on" <= {self._on}"""

    # --- the rows ---
    def _of_cases(self) -> str:
        """Those that ran in the span: applied for up to its end, and not ended before it began."""
        closed = """
            SELECT "case", COUNT(*) AS steps, COUNT(person) AS with_person, COUNT(DISTINCT person) AS persons,
              COUNT(file) AS with_file, COUNT(DISTINCT file) AS files,
              CASE WHEN COUNT("at") = COUNT(*) THEN date_diff('minute', MIN("at"), MAX("at")) END AS minutes
            FROM e WHERE deed = 'close' GROUP BY "case" """
        withdrawn = """
            SELECT "case", place, customer, process, applied, ended, capacity FROM c
            WHERE ending = 'withdrawn' AND ended IS NOT NULL"""
        # the same place, or the same customer where a place is not known: who applies for many places is no case
        same = (
            """c.process IS NOT DISTINCT FROM w.process AND w.ended <= c.applied AND w."case" <> c."case" """
        )
        again = f"""
            SELECT c."case", w."case" AS b, w.applied, w.ended, w.capacity FROM c JOIN ({withdrawn}) w
              ON c.place = w.place AND {same}
            UNION ALL
            SELECT c."case", w."case", w.applied, w.ended, w.capacity FROM c JOIN ({withdrawn}) w
              ON c.customer = w.customer AND (c.place IS NULL OR w.place IS NULL) AND {same}"""
        last = f"""
            SELECT * FROM ({again}) a
            QUALIFY ROW_NUMBER() OVER (PARTITION BY "case" ORDER BY ended DESC, CAST(b AS VARCHAR)) = 1"""
        span = self.running()
        return f"""
            SELECT c."case" AS _case, 0 AS _seq, {_NO_HOUR}, {_OF_THE_CASE}, c.accepted, c.ended, c.in_use, c.capacity,
              c.ending = 'finished' AS is_finished, c.ending = 'withdrawn' AS is_withdrawn, c.is_exempt,
              b.b AS before_case, b.applied AS before_applied, b.ended AS before_ended,
              CASE WHEN b.b IS NULL THEN FALSE ELSE c.capacity = b.capacity END AS same_again,
              COALESCE(s.steps, 0) AS steps, CASE WHEN s.with_person = s.steps THEN s.persons END AS persons,
              COALESCE(s.files, 0) AS files, COALESCE(s.with_file, 0) AS steps_with_file, s.minutes
            FROM c LEFT JOIN ({closed}) s ON s."case" = c."case" LEFT JOIN ({last}) b ON b."case" = c."case"
            WHERE {span}"""

    def running(self) -> str:
        """Which cases of `c` ran in the span: a condition."""
        first, last = self._span.first, self._span.last
        parts = [f"c.applied <= DATE '{last}'"] if last else []
        parts += [f"COALESCE(c.ended, {self._on}) >= DATE '{first}'"] if first else []
        return " AND ".join(parts) or "TRUE"

    def _within(self, day: str) -> str:
        return self._span.condition(f"CAST({day} AS VARCHAR)")

    def _of_steps(self) -> str:
        local = self._engine.dialect.local('e."at"', self._zone)
        return f"""
            SELECT e."case" AS _case, e.seq AS _seq, date_trunc('hour', {local}) AS _hour, {_OF_THE_CASE}, e.stage, e."on", e.claimed,
              e.due, e.person, e.file
            FROM e JOIN c ON c."case" = e."case" WHERE e.deed = 'close' AND {self._within('e."on"')}"""

    def _of_stays(self) -> str:
        """Each time it was stopped, with the day on which it ran on and the step that was closed next."""
        after = 'OVER (PARTITION BY "case" ORDER BY seq ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)'
        return f"""
            SELECT s."case" AS _case, s.seq AS _seq, {_NO_HOUR}, {_OF_THE_CASE}, s."on" AS since, s.until, s.due,
              s.file, s.next_closed
            FROM (
              SELECT *, arg_min("on", seq) FILTER (WHERE deed = 'resume') {after} AS until,
                arg_min("on", seq) FILTER (WHERE deed = 'close') {after} AS next_closed
              FROM e WHERE "case" IN (SELECT "case" FROM e WHERE deed = 'suspend')
            ) s JOIN c ON c."case" = s."case" WHERE s.deed = 'suspend' AND {self._within('s."on"')}"""

    def _of_works(self) -> str:
        return f"""
            SELECT w."case" AS _case, w.work_no AS _seq, {_NO_HOUR}, {_OF_THE_CASE}, w.dated AS "on",
              NULLIF(w.contractor, '-') AS contractor, {_truth("w.affiliate")} AS is_affiliate,
              CASE WHEN w.amount >= 0 THEN w.amount END AS amount
            FROM in_work w JOIN c ON c."case" = w."case"
            WHERE w.dated <= {self._on} AND {self._within("w.dated")}"""


def _day(name: str, until: str = "") -> str:
    later = f" OR {name} > {until}" if until else ""
    return f"CASE WHEN {name} = {_NO_DAY}{later} THEN NULL ELSE {name} END AS {name}"


def _truth(name: str) -> str:
    return f"CASE {name} WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE END"
