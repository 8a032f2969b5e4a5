"""The chart of a result: how many cases took how many days, or how many rows lie where."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Num, Options

BARS = 12
MOST_DAYS = 60  # that have a bar of their own


def chart_of(out: Path, rule: SheetRule, sheet: Sheet) -> dict[str, Any]:
    """Labels, and a series or two of counts: {title, labels, series: [[name, counts]]}. Empty where
    nothing came out."""
    if rule.measure is not None:
        return _days(out / "histogram.csv")
    answer = sheet.result.rpartition(".")[2]
    kind = sheet.types[answer]
    values = _column(out / f"{sheet.where[answer]}.csv", answer)
    if isinstance(kind, Num):
        return _classes(answer, values)
    counts = Counter(values)
    names = [one for one in kind.values if one in counts] if isinstance(kind, Options) else sorted(counts)
    return _chart(answer, names, [["rows", [counts[one] for one in names]]])


def _chart(title: str, labels: list[str], series: list[Any]) -> dict[str, Any]:
    return {"title": title, "labels": labels, "series": series} if labels else {}


def _column(file: Path, name: str) -> Iterator[str]:
    if not file.is_file():
        return
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row.get(name) or ""


def _days(file: Path) -> dict[str, Any]:
    within: Counter[int] = Counter()
    late: Counter[int] = Counter()
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            day = min(int(row["days"]), MOST_DAYS)
            within[day] += int(row["within"])
            late[day] += int(row["cases"]) - int(row["within"])
    days = list(range(min({*within, *late}), max({*within, *late}) + 1)) if within or late else []
    labels = [f"{day}+" if day == MOST_DAYS else str(day) for day in days]
    return _chart("days", labels, [["within", [within[d] for d in days]], ["late", [late[d] for d in days]]])


def _classes(name: str, values: Iterator[str]) -> dict[str, Any]:
    """Equal classes of a number, each named by where it begins."""
    numbers = []
    for value in values:
        try:
            numbers.append(Decimal(value))
        except InvalidOperation:
            continue
    if not numbers:
        return {}
    low, high = min(numbers), max(numbers)
    if low == high:
        return _chart(name, [f"{low:f}"], [["rows", [len(numbers)]]])
    width = _round_up((high - low) / BARS)
    first = low // width if low >= 0 else -(-low // width) - 1
    found = Counter(min(int((number - first * width) // width), BARS + 1) for number in numbers)
    places = range(max(found) + 1)
    labels = [f"{(first + place) * width:f}" for place in places]
    return _chart(name, labels, [["rows", [found[place] for place in places]]])


def _round_up(width: Decimal) -> Decimal:
    """The next of 1, 2, 5 times a power of ten, so that classes begin at round numbers."""
    power = Decimal(1).scaleb(width.adjusted())
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width)
