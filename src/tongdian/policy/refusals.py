"""Named refusals: what was refused, why, and what to do, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from tongdian.policy.words import Words


class Refusal(Exception):
    """Base of every named refusal. A subclass states its sentence once, in both languages.

    >>> class BillAlreadyIssued(Refusal):
    ...     says = Words("账户 {account} 的账单已出；请先冲销再重出。",
    ...                  "Account {account} already has this bill; reverse it first.")
    >>> BillAlreadyIssued(account=3021).code
    'bill-already-issued'
    """

    says: ClassVar[Words] = Words("不能办理。", "This cannot be done.")
    status: ClassVar[int] = 422  # how a program is answered
    field: str = ""  # which of what was asked it is about, if one

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.say("en"))

    def __reduce__(self) -> Any:
        return _made_again, (type(self), self.facts, self.field)  # it may come from another process

    def about(self, field: str) -> Self:
        """The same, about one of the things that were asked."""
        self.field = field
        return self

    @property
    def code(self) -> str:
        """The class name in kebab case: a stable name for API clients and logs."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def words(self) -> Words:
        """The sentence with its facts, in both languages."""
        return self.says.fill(**self.facts)

    def say(self, language: str) -> str:
        """The sentence in one language."""
        return self.words.say(language)


def _made_again(kind: type[Refusal], facts: dict[str, Any], field: str) -> Refusal:
    return kind(**facts).about(field)


class PackError(Refusal):
    """A policy pack that cannot be loaded: where, what is wrong, and how to mend it."""

    says = Words(
        "{file} 第 {line} 行：{problem}。改法：{remedy}",
        "{file}, line {line}: {problem}. To mend it: {remedy}",
    )
    status = 503  # nothing that was asked is wrong

    def __init__(self, *, file: str | Path, line: int, problem: Words, remedy: Words) -> None:
        self.file, self.line, self.problem, self.remedy = str(file), line, problem, remedy
        self.others: tuple[PackError, ...] = ()
        super().__init__(file=str(file), line=line, problem=problem, remedy=remedy)

    @property
    def where(self) -> str:
        """The file for who may not know where this program lies: its last folder and its name."""
        return "/".join(self.file.split("/")[-2:])

    @property
    def words_for_strangers(self) -> Words:
        """The sentence without the way to the file."""
        return self.says.fill(**self.facts | {"file": self.where})

    @property
    def every(self) -> tuple[PackError, ...]:
        """This mistake, and the others that were found with it."""
        return (self, *self.others)


class Mistakes:
    """Mistakes set aside while reading goes on, so that one does not hide the next."""

    def __init__(self) -> None:
        self.found: list[PackError] = []

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Set aside what is refused inside the block, and go on after it."""
        try:
            yield
        except PackError as error:
            self.found += error.every

    def refuse(self) -> None:
        """Raise the first of them, with the others; nothing if there are none."""
        distinct = {(one.file, one.line, one.problem): one for one in self.found}
        if distinct:
            first, *others = distinct.values()
            first.others = tuple(others)
            raise first


class BadInput(Refusal):
    """A value that the rule's declaration of its input does not admit."""

    says = Words("{name}：{problem}", "{name}: {problem}")


class NotInForce(Refusal):
    """No version of the rule is in force on the day asked for."""

    says = Words(
        "{rule} 在 {day} 没有有效版本；现有版本自 {first} 起。",
        "{rule} has no version in force on {day}; its versions start on {first}.",
    )


class InterpretationNotChosen(Refusal):
    """The rule depends on an open question that an administrator must settle first."""

    says = Words(
        "解读“{interpretation}”尚未选定（可选：{options}）；请管理员先选定，或选一种试算（命令行：--take）。",
        'The interpretation "{interpretation}" has not been chosen (options: {options}); '
        "an administrator must choose first, or try one (on the command line: with --take).",
    )


class UnknownOption(Refusal):
    """An option that the interpretation does not offer."""

    says = Words(
        "“{interpretation}”没有选项“{option}”；可选：{options}。",
        '"{interpretation}" has no option "{option}"; its options are {options}.',
    )


class OptionNotUsed(Refusal):
    """An interpretation taken for a rule that it does not change."""

    says = Words(
        "解读“{interpretation}”不影响“{rule}”；{used}。",
        'The interpretation "{interpretation}" does not change "{rule}"; {used}.',
    )


class UnknownRule(Refusal):
    """A rule id that the pack does not have."""

    says = Words("{pack} 中没有规则“{rule}”{near}。", '{pack} has no rule "{rule}"{near}.')
    status = 404


class NotApplicable(Refusal):
    """No row of the rule holds for these inputs: the document says nothing about them."""

    says = Words(
        "{rule}：没有一行适用于 {given}；文件对此没有规定。",
        "{rule}: no row applies to {given}; the document does not provide for it.",
    )


class RuledWithoutLimit(NotApplicable):
    """The document does speak of these inputs, and sets no limit."""

    says = Words("{rule}：{said}（{cite}）。", "{rule}: {said} ({cite}).")


class CalculationRefused(Refusal):
    """A sheet whose `require`, `look` or division does not hold for this case."""

    says = Words("{reason}（{grain} {key}）", "{reason} ({grain} {key})")
