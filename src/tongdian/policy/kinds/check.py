"""check: two sides of a return that must agree (勾稽关系), with an example that passes and one that fails.

What it may name are the cells of one row, by their columns; before a name stands whose they are:

    total            this return's
    below_total      of those below, added up
    half_total       of the first half of the same year, by the same office
    above_due        of the office above (a plan's)
    widest_covers    the greatest of what the office said in versions that were accepted before
    first_covers     of the first version of it that was accepted
    ledger_due       of the ledger itself; ledger_has_due whether it names a day
    cases_residents  what was counted from the cases of the period
    other_residents  of the row that it is compared `against`, in another form of the same office and period
    has_person       whether the cell is filled in
    attested         whether a paper shows that the standard is done
    period_ends      the last day of the period
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy.answer import Answer
from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input, read_value
from tongdian.policy.kinds import Rule, Version, answer_of, kind
from tongdian.policy.kinds.filing import FilingRule, FilingVersion
from tongdian.policy.reading import Bilingual, Id, Model, Texts, YamlNode
from tongdian.policy.types import Bool, Date, LanguageError, Type, Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

WHOSE = {
    "": Words("本表", "this return's"),
    "below_": Words("下级合计", "those below, added up"),
    "half_": Words("同年上半年", "the first half of the same year"),
    "above_": Words("上级", "the office above"),
    "widest_": Words("以往最大", "the greatest before"),
    "first_": Words("首次", "the first"),
    "cases_": Words("业务计数", "counted from cases"),
    "ledger_": Words("台账", "the ledger"),
}
OTHER = "other_"  # before a column of another form
SAYS = {
    "pass": Words("相符", "agrees"),
    "fail": Words("不符", "does not agree"),
    "unknown": Words("缺数，无法核对", "cannot be told: a cell is missing"),
}
NOTHING_FAILS = Words("", "")  # what a check says is what is wrong where it fails
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Against(Model):
    """A row of another form, with which the rows of a form are compared."""

    filing: Id
    row: Id


class CheckVersion(Version):
    """`that` must hold of every row, or of those of `rows`, of the return of `filing`, which may be compared `against`
    another. A failure blocks the filing, warns, or asks for an explanation. `by` are the offices whose returns it is
    for; none: all."""

    filing: Id
    that: str
    severity: Literal["block", "warn", "explain"]
    rows: Texts = ()
    against: Against | None = None
    by: Texts = ()


@kind("check")
class CheckRule(Rule):
    """Answers `pass`, `fail`, or `unknown` where a cell that it needs is missing: that is no agreement."""

    kind: Literal["check"]
    decided_on: Literal["period"] = "period"
    says: Bilingual
    versions: tuple[CheckVersion, ...]

    def check(self, pack: Pack, source: YamlNode) -> None:
        for number, version in enumerate(self.versions):
            loc = ("versions", number)
            form = pack.rules.get(version.filing)
            if not isinstance(form, FilingRule):
                raise source.error(
                    Words(f"没有报表“{version.filing}”", f'there is no filing "{version.filing}"'),
                    Words("写一条 kind: filing 的规则", "name a rule of kind: filing"),
                    loc=(*loc, "filing"),
                )
            known = {line.key for one in form.versions for line in form.lines(pack, one)}
            for row in version.rows:
                if row not in known:
                    raise source.error(
                        Words(f"报表没有行“{row}”", f'the form has no row "{row}"'),
                        Words("核对行名", "check the row"),
                        loc=(*loc, "rows"),
                    )
            if version.against is not None and self._other(pack, version.against) is None:
                raise source.error(
                    Words("没有另一张表的这一行", "there is no such row of another form"),
                    Words("写 filing 和它的一行", "name a filing, and one of its rows"),
                    loc=(*loc, "against"),
                )
            try:
                for one in form.versions:
                    Condition.parse(version.that, self.types(pack, form, one, version))
            except LanguageError as error:
                raise source.error(error.problem, error.remedy, loc=(*loc, "that")) from None
        if {"pass", "fail"} - {test.expect for test in self.tests}:
            raise source.error(
                Words(
                    "勾稽关系要有一个相符和一个不符的例子",
                    "a check has an example that passes and one that fails",
                ),
                Words("写进 tests", "write both under tests"),
            )

    def types(
        self, pack: Pack, form: FilingRule, wording: FilingVersion, version: CheckVersion
    ) -> dict[str, Type]:
        """What the condition may name, in the rows that it is for."""
        lines = [one for one in form.lines(pack, wording) if not version.rows or one.key in version.rows]
        found: dict[str, Type] = {
            "ledger_due": Date(),
            "ledger_has_due": Bool(),
            "period_ends": Date(),
            "attested": Bool(),
        }
        for column in wording.columns:
            cells = [cell for line in lines if (cell := form.cell(wording, line, column)) is not None]
            if cells:
                types = {str(cell.value_type) for cell in cells}
                for whose in WHOSE:
                    if len(types) == 1:
                        found[f"{whose}{column}"] = cells[0].value_type
                    elif all(isinstance(cell.value_type, type(cells[0].value_type)) for cell in cells):
                        found[f"{whose}{column}"] = _widest(cells)
                found[f"has_{column}"] = Bool()
        other = self._other(pack, version.against) if version.against is not None else None
        return found | (other or {})

    def _other(self, pack: Pack, against: Against) -> dict[str, Type] | None:
        """The cells of a row of another form, by their names here; None where there is no such row."""
        form = pack.rules.get(against.filing)
        if not isinstance(form, FilingRule):
            return None
        wording = form.versions[-1]
        line = next((one for one in form.lines(pack, wording) if one.key == against.row), None)
        if line is None:
            return None
        cells = {column: form.cell(wording, line, column) for column in wording.columns}
        return {f"{OTHER}{column}": cell.value_type for column, cell in cells.items() if cell is not None}

    def asked_columns(self, that: str, wording: FilingVersion) -> list[str]:
        """The columns of which a condition names the return's own cells."""
        named = set(_NAME.findall(that))
        return [one for one in wording.columns if named & {one, f"has_{one}"}]

    def sides(
        self, that: str, values: Mapping[str, Value | None], wording: FilingVersion
    ) -> list[tuple[str, list[tuple[str, Value]]]]:
        """What a condition compares, by the return's columns: whose figure it is (a key of WHOSE), and the figure. Of
        columns whose sides are the same, nothing."""
        found: dict[str, list[tuple[str, Value]]] = {}
        for name in dict.fromkeys(_NAME.findall(that)):
            value = values.get(name)
            whose = next((one for one in WHOSE if one and name.startswith(one)), "")
            if name.removeprefix(whose) in wording.columns and value is not None:
                found.setdefault(name.removeprefix(whose), []).append((whose, value))
        return [
            (column, several)
            for column, several in found.items()
            if len(several) == 1 or len({value for _, value in several}) > 1
        ]

    def outcome(self, condition: Condition, values: Mapping[str, Value | None]) -> str:
        """`pass`, `fail` or `unknown`, of the cells of one row."""
        asked = {name: values.get(name) for name in _NAME.findall(condition.text) if name in values}
        if any(value is None for value in asked.values()):
            return "unknown"
        return "pass" if condition.holds({k: v for k, v in asked.items() if v is not None}) else "fail"

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """What comes of the cells of one row. What is not given is missing."""
        form: Any = pack.rules[version.filing]
        wording = form.version_on(on, form.taken(pack, {}))
        types = self.types(pack, form, wording, version)
        condition = Condition.parse(version.that, types)
        values: dict[str, Value | None] = {
            name: read_value(name, given[name], kind_) if name in given else None
            for name, kind_ in types.items()
        }
        filled = {
            name: (name.replace("has_", "", 1) in given)
            for name, kind_ in types.items()
            if isinstance(kind_, Bool) and name not in given
        }
        outcome = self.outcome(condition, values | filled)
        return answer_of(
            self, pack, version, on,
            value=outcome, inputs={k: v for k, v in values.items() if v is not None}, taken=taken,
            say_option=SAYS[outcome].say, reason=(self.says if outcome == "fail" else NOTHING_FAILS).say,
        )  # fmt: skip


def _widest(cells: list[Input]) -> Type:
    """One type for cells of several rows: numbers are compared as numbers, whatever they count."""
    from tongdian.policy.types import Num
    from tongdian.policy.units import BARE

    numbers: list[Any] = [cell.value_type for cell in cells]
    if not isinstance(numbers[0], Num):
        return cells[0].value_type
    return Num(
        BARE,
        max(one.scale for one in numbers),
        min(one.low for one in numbers),
        max(one.high for one in numbers),
    )
