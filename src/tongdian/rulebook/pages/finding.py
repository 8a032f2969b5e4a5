"""Search over articles, rules and interpretations; and help."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tongdian.rulebook import queries
from tongdian.rulebook.pages.reading import page
from tongdian.rulebook.pages.saying import clause_address, reader_language, rule_address
from tongdian.rulebook.queries import Hit

GROUPS = {
    "clause": _("Articles"),
    "rule": _("Rules"),
    "interpretation": _("Interpretations"),
}
AROUND = 48  # characters of context on each side


@dataclass(frozen=True)
class Found:
    """One result: where, and the words around."""

    heading: SafeString
    number: str
    context: SafeString
    address: str


@require_safe
@page
def search(request: HttpRequest) -> HttpResponse:
    """Everything that contains the words, grouped, with the words marked in their context."""
    wanted, language = request.GET.get("q", "").strip()[:80], reader_language()
    groups: dict[str, list[Found]] = {}
    for hit in queries.find(wanted):
        groups.setdefault(hit.what, []).append(_found(hit, wanted, language))
    listed = [(str(GROUPS[what]), found) for what, found in groups.items()]
    context = {"q": wanted, "groups": listed, "count": sum(len(found) for _t, found in listed)}
    return render(request, "rulebook/search.html", context)


def _found(hit: Hit, wanted: str, language: str) -> Found:
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
    return Found(
        marked(heading, wanted), hit.pack.number, marked(_around(text, wanted), wanted), address
    )


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
def guide(request: HttpRequest) -> HttpResponse:
    """Help."""
    return render(request, "rulebook/help.html")
