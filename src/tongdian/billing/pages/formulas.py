"""The lines of a sheet as people read them: names by their titles, signs as they are printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tongdian.policy.answer import AnswerLine
from tongdian.policy.clauses import say_clause
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words

TAKEN = Words("所选解读", "the reading chosen")  # what is taken of an open place has no title of its own
SPOKEN = {
    "round": Words("四舍五入", "round"),
    "sum": Words("合计", "sum"),
    "max": Words("取大", "the greater of"),
    "min": Words("取小", "the lesser of"),
    "count": Words("个数", "count"),
    "if": Words("如", "if"),
    "then": Words("则", "then"),
    "else": Words("否则", "else"),
    "and": Words("且", "and"),
    "or": Words("或", "or"),
    "not": Words("非", "not"),
    "in": Words("属于", "in"),
    "on": Words("，日期", "on"),
    "down": Words("舍去", "down"),
    "up": Words("进位", "up"),
    "true": Words("是", "yes"),
    "false": Words("否", "no"),
}
_NAME = re.compile(r"[A-Za-z][\w-]*\.\w+|[A-Za-z]+(?:-[A-Za-z0-9]+)+|[A-Za-z_]\w*")
_CLAUSE = re.compile(r"\d{1,2}(?:\(\d{1,2}\))*(?=[:\s]|$)")


def of_other_utilities(pack: Pack, rule: str, utility: str, lines: Iterable[AnswerLine]) -> frozenset[str]:
    """The lines of a sheet that speak of a utility alone which this part does not bill: those that count
    rows of its stretches and of nothing else, so that they come to nothing."""
    billing = pack.head.uses.billing
    sheets = [one for one in billing.sheets if one.rule == rule] if billing else []
    theirs = {one.stretch for one in sheets if one.utility != utility}
    theirs -= {one.stretch for one in sheets if one.utility == utility}
    written: Any = pack.rules[rule]
    sheets_of = [written.sheet(pack, one, written.takings(pack, one)[0]) for one in written.versions]
    found: set[str] = set()
    for line in lines:
        if line.value != 0 or isinstance(line.value, bool):
            continue
        named = {one.group() for one in _NAME.finditer(line.text)} - set(SPOKEN)
        grains = {sheet.where.get(name, "") for sheet in sheets_of for name in named}
        if grains and grains <= theirs:
            found.add(line.name)
    return frozenset(found)


class SheetWords:
    """What the names in a sheet's lines are called in a language: its lines and inputs, the tables and rules
    that it asks, their words, and readings of the regulation."""

    def __init__(self, pack: Pack, rule: Any, language: str) -> None:
        self._pack, self._language = pack, language
        options = {
            name: option.says for one in pack.interpretations.values() for name, option in one.options.items()
        }
        columns = [one for table in pack.rules.values() for one in getattr(table, "columns", {}).values()]
        chosen = {word: said for one in columns for word, said in one.labels.items()}
        known = {**SPOKEN, **options, **chosen, **rule.labels, **rule.titles}
        self.words = {name: said.say(language) for name, said in known.items()}

    def formula(self, text: str) -> str:
        """`power_used * power_price` → 电抄见量 × 电计算单价."""
        named = _NAME.sub(lambda found: self._said(found.group()), text)
        return named.replace(" * ", " × ").replace(" - ", " − ").replace(" ，", "，")

    def cited(self, cite: str) -> str:
        """The clause as people cite it; what is written beside it is English and is said in English only."""
        found = _CLAUSE.match(cite)
        if found is None:
            return cite
        rest = cite[found.end() :] if self._language == "en" else ""
        return say_clause(found.group()).say(self._language) + rest

    def _said(self, name: str) -> str:
        table, _, column = name.partition(".")
        if column and table in self._pack.rules:
            columns = getattr(self._pack.rules[table], "columns", {})
            title = getattr(columns.get(column), "title", None)
            beside = title.say(self._language) if title else self.words.get(column, column)
            return f"{self._title(table)} · {beside}"
        return (
            self._title(name) if name in self._pack.rules else self.words.get(name, TAKEN.say(self._language))
        )

    def _title(self, rule: str) -> str:
        return self._pack.rules[rule].title.say(self._language)
