"""Search over articles, rules and interpretations; and help."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tongdian.rulebook import queries
from tongdian.rulebook.pages.unchanged import unchanged
from tongdian.rulebook.queries import SearchHit
from tongdian.rulebook.saying import clause_address, rule_address
from tongdian.spoken import reader_language

GROUPS = {"clause": _("Articles"), "rule": _("Rules"), "interpretation": _("Interpretations")}
AROUND = 48  # characters of context on each side


class MarkedHit(NamedTuple):
    """One result: where, and the words around."""

    heading: SafeString
    address: str
    beside: str
    context: SafeString


def found_here(request: HttpRequest, wanted: str) -> list[tuple[str, list[MarkedHit]]]:
    """Everything that contains the words, grouped, with the words marked in their context."""
    language = reader_language()
    groups: dict[str, list[MarkedHit]] = {}
    for hit in queries.find(wanted):
        groups.setdefault(hit.what, []).append(_found(hit, wanted, language))
    return [(str(GROUPS[what]), found) for what, found in groups.items()]


def _found(hit: SearchHit, wanted: str, language: str) -> MarkedHit:
    address = {
        "clause": lambda: clause_address(hit.pack, hit.id),
        "rule": lambda: rule_address(hit.pack, hit.id),
        "interpretation": lambda: reverse("interpretation", args=[hit.pack.id, hit.id]),
    }[hit.what]()
    own, other = hit.body.say(language), hit.body.say("zh" if language == "en" else "en")
    text = (
        own
        if wanted.casefold() in own.casefold()
        else other
        if wanted.casefold() in other.casefold()
        else own
    )
    heading = " ".join(filter(None, (hit.number.say(language), hit.title.say(language))))
    return MarkedHit(marked(heading, wanted), address, hit.pack.number, marked(_around(text, wanted), wanted))


def _around(text: str, wanted: str) -> str:
    at = text.casefold().find(wanted.casefold())
    if at < 0:
        return text[: 2 * AROUND] + ("…" if len(text) > 2 * AROUND else "")
    start, end = max(0, at - AROUND), min(len(text), at + len(wanted) + AROUND)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def marked(text: str, wanted: str) -> SafeString:
    """The text, escaped, with every place of the words marked."""
    parts = re.split(f"({re.escape(wanted)})", text, flags=re.IGNORECASE) if wanted else [text]
    shown = [
        format_html("<mark>{}</mark>", part) if number % 2 else format_html("{}", part)
        for number, part in enumerate(parts)
    ]
    return mark_safe("".join(shown))  # noqa: S308  every part was escaped


@require_safe
@unchanged
def guide(request: HttpRequest) -> HttpResponse:
    """Help."""
    return render(request, "rulebook/help.html")
