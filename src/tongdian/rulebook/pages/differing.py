"""What changed between two regulations, or two revisions of one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tongdian.policy.clauses import say_clause
from tongdian.policy.differences import Difference
from tongdian.policy.differences import differences as compare
from tongdian.policy.packs import Pack
from tongdian.rulebook import queries
from tongdian.rulebook.pages.paths import say_path
from tongdian.rulebook.pages.reading import installed, page
from tongdian.rulebook.pages.unchanged import unchanged
from tongdian.rulebook.queries import revision_pack
from tongdian.spoken import reader_language

SORTS = {
    "pack": _("Head and calendar"),
    "rule": _("Rules"),
    "sheet": _("Calculations"),
    "interpretation": _("Interpretations"),
    "clause": _("Clauses"),
}
SHORT_HASH = 10


@dataclass(frozen=True)
class Side:
    """One of the two encodings compared."""

    key: str
    said: str


@dataclass(frozen=True)
class FieldChange:
    """One value that differs, or the lines of a longer text."""

    path: str
    said: str
    old: str
    new: str
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Changed:
    """One clause, rule, interpretation or sheet that differs."""

    id: str
    said: str
    title: str
    change: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class DifferenceGroup:
    """All differences of one sort."""

    sort: str
    title: str
    changed: tuple[Changed, ...]
    added: tuple[Changed, ...]
    removed: tuple[Changed, ...]


@require_safe
@unchanged
@page
def differences(request: HttpRequest) -> HttpResponse:
    """Two sides chosen in the address; rule by rule, value by value."""
    language = reader_language()
    sides = _sides(language)
    keys = [side.key for side in sides]
    new = request.GET.get("new") or (keys[0] if keys else "")
    old = request.GET.get("old") or _earlier(new, keys)
    context: dict[str, Any] = {"sides": sides, "old": old, "new": new}
    if old and new:
        for key in (old, new):
            if key not in keys:
                raise Http404
        found = compare(_open(old), _open(new)) if old != new else []
        context["sections"] = _sections(found, language)
        context["count"] = len(found)
    return render(request, "rulebook/differences.html", context)


def _sides(language: str) -> list[Side]:
    """Every pack as it is, and its earlier revisions."""
    found = []
    for one in queries.readable_packs()[0]:
        found.append(Side(one.id, f"{one.number} · {gettext('in use')}"))
        found += [
            Side(
                f"{one.id}@{revision.content_hash[:SHORT_HASH]}",
                f"{one.number} · {localtime(revision.at):%Y-%m-%d %H:%M} · {revision.content_hash[:SHORT_HASH]}",
            )
            for revision in queries.revisions(one.id)
            if revision.content_hash != one.content_hash
        ]
    return found


def _earlier(new: str, keys: list[str]) -> str:
    pack = new.partition("@")[0]
    return next((key for key in keys if key.startswith(f"{pack}@") and key != new), "")


def _open(key: str) -> Pack:
    pack, _at, digest = key.partition("@")
    if not digest:
        return installed(pack)
    revision = queries.revision(pack, digest)
    if revision is None:
        raise Http404
    return revision_pack(revision)


def _sections(found: list[Difference], language: str) -> list[DifferenceGroup]:
    sections = []
    for sort, title in SORTS.items():
        shown = [_changed(each, language) for each in found if each.what == sort]
        if shown:
            by_change = {
                change: tuple(one for one in shown if one.change == change)
                for change in ("changed", "added", "removed")
            }
            sections.append(DifferenceGroup(sort, str(title), **by_change))
    return sections


def _changed(one: Difference, language: str) -> Changed:
    said = say_clause(one.id).say(language) if one.what == "clause" else one.id
    fields = tuple(_field_change(*each, language) for each in one.fields)
    return Changed(one.id, said, one.title.say(language), one.change, fields)


def _field_change(path: str, old: Any, new: Any, language: str) -> FieldChange:
    a, b = _text(old), _text(new)
    said = say_path(path, language)
    if "\n" in a or "\n" in b or max(len(a), len(b)) > 400:
        found = difflib.unified_diff(a.splitlines(), b.splitlines(), lineterm="", n=2)
        marks = {"+": "plus", "-": "minus"}
        kept = [line for line in found if not line.startswith(("---", "+++", "@@"))]
        lines = tuple((marks.get(line[:1], "same"), line) for line in kept)
        return FieldChange(path, said, "", "", lines)
    return FieldChange(path, said, a, b)


def _text(value: Any) -> str:
    """Plain data as lines to read and compare."""
    match value:
        case None:
            return "—"
        case dict():
            return "\n".join(
                f"{key}:\n{indent(_text(item), '  ')}"
                if isinstance(item, dict) or (isinstance(item, list) and not _is_words(item))
                else f"{key}: {_text(item)}"
                for key, item in value.items()
            )
        case list() if _is_words(value):
            return ", ".join(value) or "—"
        case list():
            return "\n".join(f"- {indent(_text(item), '  ').lstrip()}" for item in value)
    return str(value)


def _is_words(listed: list[Any]) -> bool:
    return all(isinstance(item, str) for item in listed)
