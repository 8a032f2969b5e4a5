"""Cells of a file as an engine types and checks them: what `read_value` admits for one case, in SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tongdian.bulk.engines import BINARY, EXACT, TEXT, TRUTH, WHOLE
from tongdian.bulk.legal_days import LegalDays
from tongdian.policy.dialects import Dialect
from tongdian.policy.sheet import In
from tongdian.policy.types import LONGEST_IDENT, UNSEEN, Bool, Date, Ident, Instant, Num, Options, Place, Type

MISSING, UNREADABLE = 1, 2
_SEEN = "[^" + "".join(rf"\x{{{low:x}}}-\x{{{high:x}}}" for low, high in UNSEEN) + "]*"
_WHOLE = r"-?\d{1,38}"


class CellTexts:
    """The SQL of one engine; `labels` are the titles by which choices may be written."""

    def __init__(self, dialect: Dialect, days: LegalDays, labels: Mapping[str, Sequence[str]]) -> None:
        self.d, self.days, self.labels = dialect, days, labels

    def moment(self, name: str) -> str:
        """The name of the moment that a text says."""
        return self.d.q(f"_m_{name}")

    def trimmed(self, name: str) -> str:
        """The name of a text without the blanks around it."""
        return self.d.q(f"_r_{name}")

    def known(self, name: str) -> str:
        """The name of a region's code, where it is one."""
        return self.d.q(f"_g_{name}")

    def raw(self, name: str, rough: str) -> str:
        """What stands in a column; a binary number counts as the shortest text that means it."""
        return self.trimmed(name) if rough in (TEXT, BINARY) else self.d.q(name)

    def column(
        self, name: str, kind: Type, rough: str, item: In | None, key_as_text: bool
    ) -> tuple[str, list[tuple[int, str]]]:
        """A column of a type, of a file that has it as `rough`: its value, and by which problem when there is one."""
        q, d = self.d.q(name), self.d
        text = rough in (TEXT, BINARY)
        raw = self.raw(name, rough)
        empty = f"({q} IS NULL OR {raw} = '')" if text else f"{q} IS NULL"
        problems: list[tuple[int, str]] = []
        match kind:
            case Num():
                value, bad = self._number(raw, kind, rough)
            case Date():
                value, bad = self.days.day(raw, rough, self.moment(name))
            case Instant():
                value, bad = self.days.instant(raw, rough, self.moment(name))
            case Bool():
                words: dict[str, Sequence[str]] = {"true": ("是", "yes"), "false": ("否", "no")}
                said = self._chosen(self.text(raw), ("true", "false"), words | dict(self.labels))
                value = q if rough == TRUTH else f"({said} = 'true')"
                bad = "FALSE" if rough == TRUTH else f"{said} NOT IN ('true', 'false')"
            case Options(values):
                raw = value = self._chosen(self.text(raw), values, self.labels)
                bad = f"{raw} NOT IN ({', '.join(d.literal(v) for v in values)})"
            case Place():
                value, bad = self.text(raw), f"{self.known(name)} IS NULL"
            case Ident():
                as_text = text or key_as_text or (item is not None and item.default is not None)
                value = raw if text else f"TRIM(CAST({q} AS {d.text}))" if as_text else q
                bad = "FALSE"
                if rough == TEXT:
                    bad = f"NOT (LENGTH({value}) <= {LONGEST_IDENT} AND {self.days.matches(value, _SEEN)})"
        if item is not None and item.default is not None:
            default = d.literal(item.default, kind)
            value = f"CASE WHEN {empty} THEN {default} ELSE {value} END"
            bad = f"NOT {empty} AND ({bad})"
        else:
            problems.append((MISSING, empty))
        problems.append((UNREADABLE, bad))
        return value, problems

    def text(self, sql: str) -> str:
        """As a text."""
        return f"CAST({sql} AS {self.d.text})"

    def _chosen(self, raw: str, values: Sequence[str], labels: Mapping[str, Sequence[str]]) -> str:
        """A choice by its own word, or by a title that it alone has."""
        meant: dict[str, set[str]] = {}
        for value in values:
            for title in labels.get(value, ()):
                meant.setdefault(_plain(title), set()).add(value)
        d, own = self.d, {_plain(value) for value in values}
        titled = {title: next(iter(of)) for title, of in meant.items() if len(of) == 1 and title not in own}
        if not titled:
            return raw
        bare = f"REPLACE(REPLACE(REPLACE({raw}, ' ', ''), '\u3000', ''), '\xa0', '')"
        bare = f"TRANSLATE(LOWER({bare}), '（）', '()')"
        arms = " ".join(f"WHEN {d.literal(title)} THEN {d.literal(value)}" for title, value in titled.items())
        # nearly every cell says its own word, and no more is asked of it
        own_words = ", ".join(d.literal(value) for value in values)
        return f"CASE WHEN {raw} IN ({own_words}) THEN {raw} ELSE CASE {bare} {arms} ELSE {raw} END END"

    def _number(self, raw: str, kind: Num, rough: str) -> tuple[str, str]:
        d = self.d
        low, high = d.literal(kind.low), d.literal(kind.high)
        wide = f"DECIMAL(38,{kind.scale})"
        if rough == BINARY:  # 1.2E7 in Spark and 5e-05 in DuckDB are plain digits first
            raw, rough = f"TRY_CAST({raw} AS DECIMAL(38,18))", EXACT
        if rough == EXACT and d.name == "spark":  # it compares decimals past 38 digits rounded
            raw, rough = self.text(raw), TEXT
        if rough == TEXT:
            # no more decimals than declared, apart from zeros; a cast alone would round them away
            some = rf"\.\d{{1,{kind.scale}}}0*|" if kind.scale else ""
            decimals = rf"({some}\.0+)?"
            value = f"TRY_CAST({raw} AS {wide})"
            fits = f"{self.days.matches(raw, _WHOLE + decimals)} AND {value} BETWEEN {low} AND {high}"
        elif rough == WHOLE:
            value = f"TRY_CAST({raw} AS {wide})"
            fits = f"{value} BETWEEN {low} AND {high}"
        elif rough == EXACT:
            value = f"TRY_CAST({raw} AS {wide})"
            fits = f"{raw} = {value} AND {value} BETWEEN {low} AND {high}"
        else:
            return f"CAST(NULL AS {d.type(kind)})", "TRUE"
        return f"TRY_CAST({raw} AS {d.type(kind)})", f"NOT COALESCE({fits}, FALSE)"


def _plain(text: str) -> str:
    """A choice's title as it is compared: without blanks, width of brackets and case."""
    return re.sub(r"\s", "", text).casefold().translate({ord("（"): "(", ord("）"): ")"})
