"""A rule's page: its numbers, "try it" with one's own, and the 依据 panel."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from tongdian.policy.answer import plain
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.kinds import Rule
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.process.rule import Process
from tongdian.rulebook import queries
from tongdian.rulebook.models import KeptAnswer
from tongdian.rulebook.pages.answering import Shown, shown
from tongdian.rulebook.pages.asking import (
    RuleQuestion,
    as_query,
    counts_days,
    grow,
    read_asked,
    shrink,
    switching_days,
    version_for,
)
from tongdian.rulebook.pages.drawing import process_view
from tongdian.rulebook.pages.fields import try_form
from tongdian.rulebook.pages.numbers import sheet_lines
from tongdian.rulebook.pages.over_time import history
from tongdian.rulebook.pages.reading import installed, page
from tongdian.rulebook.pages.unchanged import unchanged
from tongdian.rulebook.saying import DECIDED_ON, KINDS, cites, first_options, period, rule_address
from tongdian.rulebook.sections import answer_sections
from tongdian.spoken import reader_language

WHY_PARTS = ("on", "given.", "take.")


class HtmxRequest(HttpRequest):
    """A request as django-htmx hands it on."""

    htmx: HtmxDetails


@require_safe
@unchanged
@page
def rule(request: HtmxRequest, pack: str, rule: str) -> HttpResponse:
    """The rule with a form for one's own numbers and the answer beside it.

    HTMX asks for the answer alone; adding or removing a row draws the form again too.
    """
    one, known = _known(pack, rule)
    asked = _asked(request, one, known)
    if "add" in request.GET:
        grow(asked, request.GET["add"])
    if "remove" in request.GET:
        shrink(asked, request.GET["remove"])
    whole = "add" in request.GET or "remove" in request.GET
    answer = _shown(request, one, known, asked)
    if request.htmx and not whole and request.htmx.target == "answer":
        fresh = _fresh(one, known, asked, answer) | {"sections": answer_sections.of(request, answer)}
        reply = render(request, "rulebook/answer.html", fresh)
        reply["HX-Replace-Url"] = answer.address
        return reply
    context = _context(one, known, asked) | {"shown": answer}
    context["sections"] = answer_sections.of(request, answer)
    if request.user.has_perm("rulebook.read"):
        context["kept"] = _kept(one, known)
        context["may_run"] = request.user.has_perm("runs.calculate")
    reply = render(request, "rulebook/rule.html", context)
    if request.htmx:
        reply["HX-Replace-Url"] = answer.address
    return reply


@require_safe
@unchanged
@page
def why(request: HtmxRequest, pack: str, rule: str) -> HttpResponse:
    """The 依据 panel: the sentence, the row or lines, the article, and where to go on."""
    one, known = _known(pack, rule)
    asked = _asked(request, one, known)
    context = {
        "shown": _shown(request, one, known, asked),
        "decided": queries.answers_by_rule(one.id).get(known.rule, 0),
        "is_alone": not request.htmx,
    }
    return render(request, "rulebook/why.html" if request.htmx else "rulebook/why_page.html", context)


def _known(pack: str, rule: str) -> tuple[Pack, Rule]:
    one = installed(pack)
    if rule not in one.rules:
        raise Http404
    return one, one.rules[rule]


def _asked(request: HtmxRequest, one: Pack, known: Rule) -> RuleQuestion:
    return read_asked(request.GET, one, known, timezone.localdate())


def _shown(request: HtmxRequest, one: Pack, known: Rule, asked: RuleQuestion) -> Shown:
    root = f"{request.scheme}://{request.get_host()}"
    return shown(one, known, asked, reader_language(), root=root)


def asks_region(one: Pack, known: Rule, asked: RuleQuestion) -> bool:
    """Whether the form has a box for the region: its days of rest count, or it was named before."""
    return counts_days(one, known) or bool(asked.region)


def _fresh(one: Pack, known: Rule, asked: RuleQuestion, answer: Shown) -> dict[str, Any]:
    """What the answer alone needs: with the errors of every field, so that old ones go."""
    form = try_form(one, known, version_for(one, known, asked), asked, reader_language())
    fields = [*form.fields]
    waiting = list(form.groups)
    while waiting:
        group = waiting.pop()
        for row in group.rows:
            fields.extend(row.fields)
            waiting.extend(row.groups)
    slots = [(field.id, answer.errors.get(field.id, "")) for field in fields]
    asked_first = ("on", "region") if asks_region(one, known, asked) else ("on",)
    slots += [(name, answer.errors.get(name, "")) for name in asked_first]
    context: dict[str, Any] = {"shown": answer, "slots": slots}
    if isinstance(known, Process):
        context["process"] = process_view(one, known, asked, reader_language())
    return context


def _context(one: Pack, known: Rule, asked: RuleQuestion) -> dict[str, Any]:
    language = reader_language()
    version = version_for(one, known, asked)
    form = try_form(one, known, version, asked, language)
    taken = first_options(one, interpretations_of(one, known)) | {
        key: option for key, option in asked.take.items() if key in one.interpretations
    }
    is_sheet = isinstance(known, SheetRule)
    cited = dict.fromkeys(clause for v in known.versions for clause in v.cite)
    context: dict[str, Any] = {
        "pack": one,
        "pack_title": one.title.say(language),
        "rule": known,
        "title": known.title.say(language),
        "note": known.note.say(language) if known.note else "",
        "kind": KINDS.get(known.kind, known.kind),
        "decided_on": DECIDED_ON[known.decided_on],
        "cites": cites(one, tuple(cited), language),
        "asked": asked,
        "asks_region": asks_region(one, known, asked),
        "form": form,
        "address": rule_address(one, known.rule),
        "switching_days": [(day.isoformat(), day == version.in_force.start) for day in switching_days(known)],
        "version": period(version.in_force),
        "sheet": sheet_lines(one, known, version, language) if isinstance(known, SheetRule) else None,
        "sheet_name": getattr(version, "sheet", ""),
        "history": history(one, known, asked.day or version.in_force.start, taken, language)
        if not is_sheet and known.kind != "table"
        else None,
        "decided": queries.answers_by_rule(one.id).get(known.rule, 0),
        "tests": _tests(one, known),
        "query": as_query(asked).urlencode(),
    }
    if isinstance(known, Process):
        context["process"] = process_view(one, known, asked, language)
    return context


def _kept(one: Pack, known: Rule) -> list[tuple[KeptAnswer, str, str]]:
    """The newest answers the rule decided here: each with its sentence, and asked again."""
    language, found = reader_language(), []
    for kept in queries.kept_answers(one.id, known.rule):
        asked = RuleQuestion(kept.on.isoformat(), kept.given, kept.taken)
        address = f"{rule_address(one, known.rule)}?{as_query(asked).urlencode()}"
        found.append((kept, kept.answer["says"][language], address))
    return found


def _tests(one: Pack, known: Rule) -> list[tuple[str, str, str]]:
    """The rule's own tests with what they show, as addresses to try."""
    found = []
    for test in known.tests:
        if not test.shows:
            continue
        asked = RuleQuestion(test.on.isoformat(), plain(test.given), dict(test.take))
        address = f"{rule_address(one, known.rule)}?{as_query(asked).urlencode()}"
        found.append((test.on.isoformat(), test.shows, address))
    return found
