"""Typed expressions: what the engines print and compile, and what inference is told of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tongdian.policy.language import Node
from tongdian.policy.types import LanguageError, Num, Type, Value
from tongdian.policy.words import Words

ENDS = ("first", "last", "latest", "earliest")  # of no rows there is none: the case is refused
BELOW = ("sum", "most", "least", "any", "rows", "holds", *ENDS)  # what looks at the rows of a lower grain
ROWS_PER_PARENT = 1_000_000  # the most rows a sum, before or share may look across


@dataclass(frozen=True, slots=True)
class Expr:
    """A typed expression. `partial` means it may fail for admitted inputs (a ratio by zero)."""

    op: str
    type: Type
    args: tuple[Expr, ...] = ()
    value: Value | None = None
    partial: bool = False


class NameScope(Protocol):
    """What names mean where an expression stands."""

    def type_of(self, name: str) -> Type | None:
        """The type of a visible name, or None."""

    def across(self, op: str, names: tuple[str, ...], column: int) -> tuple[Type, ...]:
        """Types of the names that sum, before or share reach. Raises LanguageError."""

    def key_of(self, grain: str) -> str | None:
        """The key of a grain of the sheet, or None if that is no grain."""

    def most_rows(self, name: str) -> int:
        """How many values of a name there may be for one row here, or for the parent of its rows."""

    def names(self) -> list[str]:
        """Every visible name, for messages."""

    def zone(self) -> str:
        """The zone whose days are those of the law here; empty where none is named."""


def fail(zh: str, en: str, remedy_zh: str, remedy_en: str, column: int = 0) -> LanguageError:
    """A LanguageError from four short texts."""
    return LanguageError(Words(zh, en), Words(remedy_zh, remedy_en), column)


def number_of(expr: Expr) -> Num:
    """The type of an expression that is a number."""
    assert isinstance(expr.type, Num)
    return expr.type


def any_partial(args: tuple[Expr, ...] | list[Expr]) -> bool:
    """Whether any of them may fail for admitted inputs."""
    return any(arg.partial for arg in args)


def names_in(expression: Expr | Node) -> tuple[str, ...]:
    """The names an expression reads, each once, in the order they stand."""
    names: dict[str, None] = {}
    pending: list[Expr | Node] = [expression]
    while pending:
        node = pending.pop()
        if node.op == "name":
            names[str(node.value)] = None
        pending.extend(reversed(node.args))
    return tuple(names)
