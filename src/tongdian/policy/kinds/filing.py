"""filing: a return or a plan. Who files it to whom, for which periods, by which day, and what stands in it.

The form is rows by columns. Its rows are written here, or are the tasks or the standards of the pack's own
ledger. A cell is typed as an input is; one that is computed says of which cases, and what is added up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from tongdian.policy.answer import Answer
from tongdian.policy.choices import ChoosingVersion
from tongdian.policy.form_lines import FormLine, clauses_of, whole_of
from tongdian.policy.inputs import Input
from tongdian.policy.kinds import Rule, answer_of, kind
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Bilingual, Day, Flag, Id, Model, Name, Number, Texts, Whole, YamlNode
from tongdian.policy.refusals import BadInput, Refusal
from tongdian.policy.sheet import SheetError
from tongdian.policy.types import LanguageError, Num
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class NothingToFile(Refusal):
    """The office does not file it, or no more."""

    says = Words("{office}没有要报送的“{filing}”", "the {office} has none of “{filing}” to file")


OUTSIDE = "outside"  # the cases that are judged and of which no column is counted
OWN_ARRANGEMENT = "own_arrangement"  # the option by which levels file that the document does not name
HALF_YEAR = 6  # the last month of the first half


class Filer(Model):
    """An office that files, and to whom; `copied_to` gets each return as well. `own` is the interpretation
    that makes it our arrangement, where the document asks for none. `due` is its own day, `title` and `note` its own
    name of it and what is said of it, where it has them. `tasks_of` are the offices whose tasks stand in its plan;
    none: every task."""

    by: Id
    to: Id
    copied_to: Texts = ()
    own: Id | None = None
    due: Day | None = None
    title: Bilingual | None = None
    note: Bilingual | None = None
    tasks_of: Texts = ()
    cite: Texts = ()


class Term(Model):
    """A period that is filed for. `first_half` and `year` say month and day: those of a year in the next
    January are written as they fall. `once` says days. It is in time until `due`; after `closes` only with
    an exception."""

    of: Literal["first_half", "year", "once"]
    opens: str | None = None
    due: str
    closes: str | None = None

    @model_validator(mode="after")
    def _has_days(self) -> Term:
        for written in (self.opens, self.due, self.closes):
            if written is not None:
                _day(written if self.of == "once" else f"2024-{written}")
        return self


@dataclass(frozen=True, slots=True)
class FilingPeriod:
    """Days [first, last] that a filing is about, and when it is to be there."""

    key: str  # 2021-H1, 2021, or once
    first: dt.date | None
    last: dt.date | None
    opens: dt.date | None
    due: dt.date
    closes: dt.date | None

    @property
    def is_once(self) -> bool:
        """Whether it is filed once, and not again."""
        return self.key == "once"

    @property
    def title(self) -> Words:
        """How people call it."""
        if self.first is None or self.last is None:
            return Words("一次性", "once")
        if self.key.endswith("-H1"):
            return Words(f"{self.first.year}年上半年", f"first half of {self.first.year}")
        return Words(f"{self.first.year}年全年", f"whole year {self.first.year}")


class ReturnColumn(Model):
    """A column. `cell` says what stands in it, where its row does not; `where` of which cases it is counted,
    `is_sum` that it is that of the columns before it. A `needed` cell is never left blank without a reason;
    `adds_up` that a level above adds those below. On the paper it is headed by its `title`, or, where the
    document prints it otherwise, by `printed`, below the heading of its `group`. In one that `tells` the form says
    itself by when a standard is to be done, of which indicator it is, or what it asks; one that is a `share` of two
    others follows from them; a `scored` one is empty in the rows of what goes on (持续推进)."""

    title: Bilingual
    printed: Bilingual | None = None
    group: Bilingual | None = None
    cell: Input | None = None
    where: str | None = None
    is_sum: Flag = False
    needed: Flag = False
    adds_up: Flag = False
    tells: Literal["deadline", "indicator", "standard"] | None = None
    share: Texts = ()  # the part, and the whole that it is of
    scored: Flag = False
    only: Texts = ()  # the rows that have it; none: every row
    cite: Texts = ()

    @property
    def is_filled_in(self) -> bool:
        """Whether somebody, or what was counted, says what stands in it."""
        return self.tells is None and not self.share


class ReturnRow(Model):
    """A row. `counts` says that it counts cases, those for which `counts_when` holds; `sums` which line of them it
    adds up, in units of `per`; of a case for which `missing_when` holds nobody knows how much, and it is told beside
    the sum. A `footnote` stands below the form on paper."""

    title: Bilingual
    printed: Bilingual | None = None  # with its unit, where the document prints it otherwise
    unit: Bilingual | None = None  # as the form prints it
    cell: Input | None = None
    counts: Flag = False
    counts_when: str | None = None
    sums: Name | None = None
    per: Number | None = None
    missing_when: str | None = None
    note: Bilingual | None = None
    footnote: Bilingual | None = None
    is_estimate: Flag = False
    cite: Texts = ()


class FilingVersion(ChoosingVersion):
    """What is filed while this version is in force. `of` judges the cases that are counted. `revised_by` is the
    clause by which one in force that does not conform is to be amended. `sampled` says how the cases behind it
    are drawn from; `outside` of whom the cases are that no column counts; `unofficial` why the form is not the document's."""

    filed: tuple[Filer, ...]
    terms: tuple[Term, ...]
    until: Day | None = None  # no return of a period that is due later
    rows: dict[Name, ReturnRow] = {}
    each: Literal["task", "standard"] | None = None
    columns: dict[Name, ReturnColumn]
    of: Id | None = None
    outside: Bilingual | None = None
    unofficial: Bilingual | None = None
    revised_by: str | None = None
    sampled: Sampling | None = None

    @model_validator(mode="after")
    def _has_rows(self) -> FilingVersion:
        if bool(self.rows) == (self.each is not None):
            raise Miswritten(
                "要么写 rows，要么写 each: task 或 standard", "write either rows, or each: task or standard"
            )
        return self


class Sampling(Model):
    """How many of the counted cases a receiver draws from a return, and in how many days they are shown. No
    document has it: it is our own arrangement where a pack says it."""

    cases: Whole
    days: Whole

    @model_validator(mode="after")
    def _is_some(self) -> Sampling:
        if not (1 <= self.cases <= 100 and 1 <= self.days <= 100):
            raise Miswritten("抽 1 至 100 件，在 1 至 100 天内答复", "from 1 to 100 cases, in 1 to 100 days")
        return self


@kind("filing")
class FilingRule(Rule):
    """Answers by which day an office has to file next."""

    kind: Literal["filing"]
    decided_on: Literal["period"] = "period"
    short: Bilingual | None = None
    versions: tuple[FilingVersion, ...]

    @cached_property
    def depends(self) -> tuple[str, ...]:
        chosen = (key for version in self.versions for key in version.choices)
        own = (one.own for version in self.versions for one in version.filed if one.own)
        return tuple(dict.fromkeys([*super().depends, *chosen, *own]))

    def version_on(self, on: dt.date, taken: Mapping[str, str]) -> FilingVersion:
        version: FilingVersion = super().version_on(on, taken)
        return version.under(taken)

    def filers(self, version: FilingVersion, taken: Mapping[str, str]) -> list[Filer]:
        """Who files: those whose filing is our own arrangement only while it is chosen (`county-return`)."""
        return [one for one in version.filed if one.own is None or taken[one.own] == OWN_ARRANGEMENT]

    def lines(self, pack: Pack, version: FilingVersion, filer: Filer | None = None) -> list[FormLine]:
        """The rows of the form in their order; with a filer those that it fills in."""
        if version.each is None:
            return [
                FormLine(key, one.title, (one.cite or version.cite)[0], one)
                for key, one in version.rows.items()
            ]
        of = set(filer.tasks_of) if filer is not None and version.each == "task" else set()
        return [
            FormLine(one.id, one.title, one.id, clause=one, whole=whole_of(pack, one))
            for one in clauses_of(pack, version.each)
            if not of or of & set(one.offices)
        ]

    def cell(self, version: FilingVersion, line: FormLine, column: str) -> Input | None:
        """What stands in a cell; None: nothing does."""
        declared = version.columns[column]
        if not declared.is_filled_in or (declared.only and line.key not in declared.only):
            return None
        if declared.scored and line.is_ongoing:
            return None
        if declared.cell is not None:
            return declared.cell
        return line.row.cell if line.row else None

    def periods(
        self, version: FilingVersion, filer: Filer, *, first: dt.date, last: dt.date
    ) -> list[FilingPeriod]:
        """The periods for which an office's return is due between two days, both included, in order."""
        found = [
            one
            for term in version.terms
            for year in range(first.year - 1, last.year + 1)
            for one in _periods(term, year, filer)
            if first <= one.due <= last and (version.until is None or one.due <= version.until)
        ]
        return sorted(dict.fromkeys(found), key=lambda one: (one.due, one.key))

    def period(self, version: FilingVersion, filer: Filer, key: str) -> FilingPeriod | None:
        """A period of an office by its key."""
        year = int(key[:4]) if key[:4].isascii() and key[:4].isdigit() else 0
        found = (one for term in version.terms for one in _periods(term, year, filer))
        return next((one for one in found if one.key == key), None)

    def check(self, pack: Pack, source: YamlNode) -> None:
        for number, version in enumerate(self.versions):
            loc = ("versions", number)
            known = pack.head.uses.names
            for at, filer in enumerate(version.filed):
                for office in (filer.by, filer.to, *filer.copied_to, *filer.tasks_of):
                    if office not in known:
                        raise source.error(
                            Words(f"不知道“{office}”是谁", f'nobody knows who "{office}" is'),
                            Words(
                                "在 pack.yaml 的 uses: names: 中命名",
                                "name it in pack.yaml under uses: names:",
                            ),
                            loc=(*loc, "filed", at),
                        )
                    if office not in pack.head.uses.offices and office not in filer.tasks_of:
                        raise source.error(
                            Words(
                                f"不知道哪些单位是“{office}”",
                                f'nobody knows which organisations "{office}" is',
                            ),
                            Words(
                                "写进 pack.yaml 的 uses: offices:",
                                "write it in pack.yaml under uses: offices:",
                            ),
                            loc=(*loc, "filed", at),
                        )
            if version.revised_by is not None and version.revised_by not in pack.clauses:
                raise source.error(
                    Words(f"没有条款“{version.revised_by}”", f'there is no clause "{version.revised_by}"'),
                    Words("写 clauses.yaml 中的一条", "name one of the clauses"),
                    loc=(*loc, "revised_by"),
                )
            self._check_cells(pack, source, version, loc)

    def _check_cells(
        self, pack: Pack, source: YamlNode, version: FilingVersion, loc: tuple[str | int, ...]
    ) -> None:
        for key, column in version.columns.items():
            if key == OUTSIDE:
                raise source.error(
                    Words(f"列不能叫“{OUTSIDE}”", f'no column is called "{OUTSIDE}"'),
                    Words(
                        "另起一名：这是不属任何一列的业务",
                        "give it another name: these are the cases of no column",
                    ),
                    loc=(*loc, "columns", key),
                )
            if column.share and (len(column.share) != 2 or not set(column.share) <= set(version.columns)):
                raise source.error(
                    Words(f"列“{key}”不知道是哪两列之比", f'the column "{key}" is no share of two columns'),
                    Words("写两个列名：部分、总数", "name two columns: the part, and the whole"),
                    loc=(*loc, "columns", key),
                )
            if column.cell is None and column.is_filled_in and not version.rows:
                raise source.error(
                    Words(f"列“{key}”没有说填什么", f'the column "{key}" does not say what stands in it'),
                    Words("写 cell", "write cell"),
                    loc=(*loc, "columns", key),
                )
        if version.of is None:
            return
        judge = pack.rules.get(version.of)
        if not isinstance(judge, SheetRule) or judge.measure is None:
            raise source.error(
                Words(
                    f"没有评定业务的规则“{version.of}”", f'there is no rule "{version.of}" that judges cases'
                ),
                Words("核对名称", "check the name"),
                loc=(*loc, "of"),
            )
        summed = [one.sums for one in version.rows.values() if one.sums]
        for name in summed:
            if name not in judge.measure.sums:
                raise source.error(
                    Words(
                        f"规则 {version.of} 不合计“{name}”", f'the rule {version.of} does not add up "{name}"'
                    ),
                    Words("写进它的 measure: sums", "name it under sums: of its measure"),
                    loc=(*loc, "rows"),
                )
        if pack.is_known_good:
            return
        for taken in judge.takings(pack, judge.versions[-1]):
            try:
                judge.with_lines(self.asked(version)).sheet(
                    pack, judge.version_on(judge.versions[-1].in_force.start, taken), taken
                )
            except (SheetError, LanguageError) as error:
                raise source.error(error.problem, error.remedy, loc=(*loc, "columns")) from None

    def asked(self, version: FilingVersion) -> dict[str, str]:
        """What is asked of each case: the lines by which columns add them up (`in_`), count them (`n_`), and find
        those of which a sum is not known (`m_`); `in_outside` are those of which no column is."""
        columns = {
            f"in_{key}": column.where for key, column in version.columns.items() if column.where is not None
        }
        found = dict(columns)
        for mark, field in (("n_", "counts_when"), ("m_", "missing_when")):
            when = next((said for row in version.rows.values() if (said := getattr(row, field))), None)
            if when is not None:
                found |= {mark + name[3:]: f"({where}) and ({when})" for name, where in columns.items()}
        if columns:
            found[f"in_{OUTSIDE}"] = f"not ({' or '.join(f'({where})' for where in columns.values())})"
        return found

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """The day by which `office` has to file what is due next. Raises BadInput, NotApplicable."""
        office = str(given.get("office", ""))
        if office not in pack.head.uses.names:
            raise BadInput(name="office", problem=Words("不知道是谁", "nobody knows who that is"))
        names = pack.head.uses.names
        filer = next((one for one in self.filers(version, taken) if one.by == office), None)
        if filer is None:
            raise NothingToFile(office=names[office], filing=self.title)
        due = self.periods(version, filer, first=on, last=on.replace(year=on.year + 2, day=min(on.day, 28)))
        if not due:
            raise NothingToFile(office=names[office], filing=self.title)
        return answer_of(
            self, pack, version, on,
            value=due[0].due, inputs={"office": office}, taken=taken, cite=tuple(filer.cite),
            reason=lambda language: Words(
                f"{due[0].title.zh}，报{names[filer.to].zh}", f"{due[0].title.en}, to the {names[filer.to].en}"
            ).say(language),
        )  # fmt: skip


def _day(written: str) -> dt.date:
    return dt.date.fromisoformat(written)


def _periods(term: Term, year: int, filer: Filer) -> Iterator[FilingPeriod]:
    """The period of a year: what it is about and its days."""
    if term.of == "once":
        opens, closes = (None if one is None else _day(one) for one in (term.opens, term.closes))
        yield FilingPeriod("once", None, None, opens, filer.due or _day(term.due), closes)
        return
    if not 1900 <= year <= 2200:
        return
    half = term.of == "first_half"
    filed = year if half else year + 1

    def on(written: str | None) -> dt.date | None:
        return None if written is None else _day(f"{filed}-{written}")

    due = on(term.due)
    assert due is not None
    last = dt.date(year, HALF_YEAR, 30) if half else dt.date(year, 12, 31)
    yield FilingPeriod(
        f"{year}-H1" if half else str(year), dt.date(year, 1, 1), last, on(term.opens), due, on(term.closes)
    )


def number_of(cell: Input) -> Num | None:
    """The type of a cell that holds a number."""
    kind_ = cell.value_type
    return kind_ if isinstance(kind_, Num) else None
