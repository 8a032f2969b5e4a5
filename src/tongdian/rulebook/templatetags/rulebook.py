"""Tags that other areas use beside any number a rule made: `{% why answer %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from tongdian.policy.answer import Answer, plain
from tongdian.policy.clauses import say_clause
from tongdian.policy.named_readings import with_places
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.rulebook.pages.asking import RuleQuestion, as_query
from tongdian.rulebook.pages.marking import why_mark
from tongdian.rulebook.queries import Coverage
from tongdian.spoken import reader_language

register = template.Library()


@register.simple_tag
def why(answer: Answer) -> SafeString:
    """The quiet 依据 mark beside a number: it opens the panel that says where it comes from."""
    asked = RuleQuestion(answer.day.isoformat(), plain(dict(answer.inputs)), dict(answer.interpretations))
    return why_mark(answer.pack, answer.rule, as_query(asked), answer.title.say(reader_language()))


class BarPart(NamedTuple):
    """One stretch of a coverage bar."""

    state: str
    said: str
    start: int
    count: int  # type: ignore[assignment]  # of the parts, not of a tuple


@register.simple_tag
def coverage_parts(coverage: Coverage) -> list[BarPart]:
    """The stretches of a coverage bar, in order, empty ones left out."""
    counts = [
        ("implemented", gettext("implemented"), coverage.implemented),
        ("half", gettext("partly"), coverage.half),
        ("planned", gettext("planned"), coverage.planned),
        ("text", gettext("text only"), coverage.text_only),
    ]
    parts, start = [], 0
    for state, said, count in counts:
        if count:
            parts.append(BarPart(state, said, start, count))
            start += count
    return parts


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key, or nothing."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def said(words: Words) -> str:
    """Words in the reader's language."""
    return words.say(reader_language())


@register.filter
def cited(clause: str) -> str:
    """A clause as people cite it: 附件1/57 is Annex 1/57 in English."""
    return say_clause(clause).say(reader_language()) if clause else ""


@register.filter
def dashed(name: str) -> str:
    """A field's name as its id on the page."""
    return name.replace(".", "-")


@register.filter
def with_readings(text: str, pack: Pack) -> SafeString:
    """A text in which each interpretation that it names by its id (解读 county-return) is a link to it."""
    parts = []
    for part, named in with_places(str(text), pack, reader_language()):
        if named:
            address = reverse("interpretation", args=[pack.id, named])
            issue = said(pack.interpretations[named].issue)
            parts.append(format_html('<a href="{}" title="{}">{}</a>', address, issue, part))
        else:
            parts.append(escape(part))
    return mark_safe("".join(parts))  # noqa: S308  each part is escaped
