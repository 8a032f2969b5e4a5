"""What changed between two packs, rule by rule and clause by clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from tongdian.policy.calendars import OwnCalendar
from tongdian.policy.clauses import PackHead
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words

Change = Literal["added", "removed", "changed"]
What = Literal["pack", "clause", "rule", "interpretation", "sheet"]
WHATS: tuple[What, ...] = ("pack", "clause", "rule", "interpretation", "sheet")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. `old` and `new` are plain data; None where it does not exist."""

    what: What
    id: str
    change: Change
    title: Words
    fields: tuple[tuple[str, Any, Any], ...] = ()


def differences(old: Pack, new: Pack) -> list[Difference]:
    """Every difference: pack.yaml first, then in the new pack's order, removals last."""
    found: list[Difference] = []
    for what in WHATS:
        before, after = _members(old, what), _members(new, what)
        for key in [*after, *(k for k in before if k not in after)]:
            a, b = before.get(key), after.get(key)
            if a == b:
                continue
            change: Change = "added" if a is None else "removed" if b is None else "changed"
            title = _title(new if b is not None else old, what, key)
            fields = _fields(a, b) if a is not None and b is not None else ()
            found.append(Difference(what, key, change, title, fields))
    return found


def _members(pack: Pack, what: What) -> dict[str, Any]:
    if what == "pack":
        return {"pack.yaml": _head(pack.head)}
    if what == "sheet":
        return {name: {"text": text} for name, text in pack.sheets.items()}
    group: Any = {"clause": pack.clauses, "rule": pack.rules, "interpretation": pack.interpretations}[what]
    return {key: _plain(one) for key, one in group.items()}


def _head(head: PackHead) -> dict[str, Any]:
    """pack.yaml with its days by date, so that one day more is one line."""
    plain: dict[str, Any] = _plain(head)
    if head.rest_days:
        days = [
            (f"{day.on} {day.region or head.region or ''}".rstrip(), _plain(day)) for day in head.rest_days
        ]
        plain["rest_days"] = dict(days)
    if isinstance(head.calendar, OwnCalendar):
        for key in ("holidays", "make_up_days"):
            if plain["calendar"].get(key):
                plain["calendar"][key] = {day["on"]: day["name"] for day in plain["calendar"][key]}
    return plain


def _plain(value: Any) -> Any:
    """A model as it is written: names and texts, both languages by name, defaults left out."""
    match value:
        case BaseModel():
            return {
                field.alias or name: _plain(getattr(value, name))
                for name, field in type(value).model_fields.items()
                if getattr(value, name) != field.default
            }
        case Words():
            return {"zh": value.zh, "en": value.en}
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case None | str():
            return value
    return str(value)


def _title(pack: Pack, what: str, key: str) -> Words:
    match what:
        case "pack":
            return pack.title
        case "clause":
            return pack.clauses[key].title
        case "rule":
            return pack.rules[key].title
        case "interpretation":
            return pack.interpretations[key].issue
    return Words(key, key)


def _fields(a: Any, b: Any, path: str = "") -> tuple[tuple[str, Any, Any], ...]:
    """The leaves that differ, with their path."""
    if isinstance(a, dict) and isinstance(b, dict):
        return tuple(
            leaf
            for key in dict.fromkeys([*a, *b])
            for leaf in _fields(a.get(key), b.get(key), f"{path}.{key}" if path else str(key))
        )
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return tuple(
            leaf for n, (x, y) in enumerate(zip(a, b, strict=True)) for leaf in _fields(x, y, f"{path}[{n}]")
        )
    return () if a == b else ((path, a, b),)
