"""What the columns of a file are called: a sheet's own names, the pack's titles for them, or what
whoever brought the file has mapped once and kept.

    segment:
      户号: bill
      本期起: start
      备注:            # read by nobody

A heading is compared without width, blanks, case and notes in brackets. One that begins with ※ is a
remark: a file of refused rows and a template carry such columns and rows.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongdian.bulk.refusals import BadColumns, ColumnTwice, MissingColumn, UnknownColumns, UnreadableFile
from tongdian.policy.reading import read_yaml
from tongdian.policy.words import Words
from tongdian.spreadsheets.reading import NOTE, folded

MOST_NAMED = 20  # unknown columns in one refusal

QUOTED = 60  # characters of a heading in a sentence
Columns = Mapping[str, Mapping[str, str | None]]
"""By grain or table: what a heading of a file means, None for nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that are asked of a file: which may be absent, and which are words or keys."""

    names: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    is_ours: bool = False
    """A result of a run: its text is UTF-8, whatever it looks like, and its columns are its own."""
    titles: tuple[tuple[str, str], ...] = ()
    """What else a column may be called, folded, and the column."""
    mapped: tuple[tuple[str, str | None], ...] = ()
    """What a heading means by the word of whoever brought the file, folded."""

    def is_heading(self, titles: Sequence[str]) -> bool:
        """Whether a row names every column that must be there."""
        if not any(title.strip() for title in titles):
            return False
        return {self.column(title) for title in titles}.issuperset(set(self.names) - self.optional)

    def column(self, title: str) -> str | None:
        """The column that a heading names; None where it names none."""
        title = title.strip()
        mapped, plain = dict(self.mapped), folded(title)
        if plain in mapped:
            return mapped[plain]
        return title if title in self.names else dict(self.titles).get(plain)

    def is_unread(self, title: str) -> bool:
        """Whether a column may stand there unread: without a heading, a remark, or mapped to nothing."""
        title = title.strip()
        return self.is_ours or not title or title.startswith(NOTE) or folded(title) in dict(self.mapped)


def wanted(
    names: Sequence[str],
    *,
    optional: frozenset[str] = frozenset(),
    codes: frozenset[str] = frozenset(),
    titles: Mapping[str, Words] | None = None,
    mapped: Mapping[str, str | None] | None = None,
) -> Wanted:
    """The columns by every name that means one of them alone. Raises BadColumns."""
    for title, column in (mapped or {}).items():
        if column is not None and column not in names:
            raise BadColumns(title=title, column=column, known=list(names))
    meant: dict[str, set[str]] = {}
    for name in names:
        said = (titles or {}).get(name)
        for title in (name, *(said or ())):
            meant.setdefault(folded(title), set()).add(name)
    own = {folded(name): name for name in names}
    known = {
        title: own.get(title, next(iter(of))) for title, of in meant.items() if len(of) == 1 or title in own
    }
    kept = {folded(title): column for title, column in (mapped or {}).items()}
    return Wanted(tuple(names), optional, codes, False, tuple(known.items()), tuple(kept.items()))


def resolved(file: Path, header: Sequence[str], asked: Wanted) -> tuple[str, ...]:
    """The columns of a file, by the sheet's names for those that it knows. A column without a name
    gets one that no sheet can ask for. Raises UnreadableFile, ColumnTwice."""
    names: list[str] = []
    seen: dict[str, str] = {}
    for number, cell in enumerate(header):
        title = cell.strip()
        column = asked.column(title) if title else None
        if column is None and title and asked.is_unread(title) and not asked.is_ours:
            title = ""
        name = column or title or f"({number + 1})"
        if name.casefold() in seen:
            first = seen[name.casefold()]
            if column is not None and first.casefold() != title.casefold():
                raise ColumnTwice(
                    file=file.name, first=shortened(first), second=shortened(title), column=column
                )
            title = shortened(title)
            problem = Words(f"有两列都叫“{title}”", f'two columns are called "{title}"')
            raise UnreadableFile(file=file, problem=problem)
        seen[name.casefold()] = title
        names.append(name)
    return tuple(names)


def check(file: Path, found: Sequence[str], asked: Wanted) -> None:
    """Refuse a file that lacks a column, or has one that nobody knows. Raises MissingColumn,
    UnknownColumns."""
    unknown = [name for name in found if name not in asked.names and not _is_nameless(name)]
    for column in asked.names:
        if column not in found and column not in asked.optional:
            raise MissingColumn(
                file=file.name,
                column=column,
                found=[shortened(one) for one in found],
                needed=list(asked.names),
            )
    if unknown and not asked.is_ours:
        said = [_suggested(name, asked) for name in unknown[:MOST_NAMED]]
        more = f"… ({len(unknown)})" if len(unknown) > MOST_NAMED else ""
        raise UnknownColumns(
            file=file.name,
            columns=[*said, *filter(None, [more])],
            known=list(asked.names),
            first=shortened(unknown[0]),
        )


def _is_nameless(name: str) -> bool:
    return name.startswith("(") and name.endswith(")") and name[1:-1].isdigit()


def nearest(title: str, asked: Wanted) -> str | None:
    """The known column whose name or title is nearest to a heading that nobody knows."""
    near = difflib.get_close_matches(folded(title), [plain for plain, _ in asked.titles], n=1, cutoff=0.6)
    return dict(asked.titles)[near[0]] if near else None


def shortened(title: str) -> str:
    """A heading as a sentence can quote it."""
    return title if len(title) <= QUOTED else f"{title[: QUOTED - 1]}…"


def _suggested(title: str, asked: Wanted) -> Words:
    column = nearest(title, asked)
    title = shortened(title)
    if column is None:
        return Words(f"“{title}”", f'"{title}"')
    return Words(f"“{title}”（是否指 {column}？）", f'"{title}" (did you mean {column}?)')


def read_columns(file: Path) -> Columns:
    """A kept mapping of columns. Raises UnreadableFile, PackError (where and what is wrong with it)."""
    if not file.is_file():
        raise UnreadableFile(file=file, problem=Words("没有这个文件", "there is no such file"))
    plain = read_yaml(file).plain()
    if not isinstance(plain, dict) or not all(isinstance(one, dict) for one in plain.values()):
        problem = Words(
            "要按层写，每层之下写 标题: 列名（半角冒号加空格）",
            "write a name of a file, and below it HEADING: COLUMN (a half-width colon and a blank)",
        )
        raise UnreadableFile(file=file, problem=problem)
    for grain, columns in plain.items():
        for title, column in columns.items():
            if not isinstance(column, str):
                problem = Words(f"{grain} 的“{title}”只能指一列", f'"{title}" of {grain} means one column')
                raise UnreadableFile(file=file, problem=problem)
    return {
        grain: {title: None if column in ("", "~", "null") else column for title, column in columns.items()}
        for grain, columns in plain.items()
    }


def write_columns(file: Path, columns: Columns) -> None:
    """Keep a mapping, to be given again. Raises OSError."""
    import yaml

    plain = {grain: dict(one) for grain, one in columns.items()}
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
    file.write_text(text.replace(": null\n", ":\n"), encoding="utf-8")
