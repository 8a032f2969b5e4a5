"""Interpretations: what is open, what was taken and why; the official text attached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.allowed import NotAllowed
from tongdian.policy.interpretations import rules_by_interpretation
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.rulebook import actions, queries
from tongdian.rulebook.forms import ChoiceForm, OfficialTextForm
from tongdian.rulebook.pages.reading import installed, page
from tongdian.rulebook.pages.unchanged import unchanged
from tongdian.rulebook.rules import PaperAhead
from tongdian.rulebook.saying import AREA_NAMES, Cite, cite, options_in_force, rule_address
from tongdian.spoken import reader_language


@dataclass(frozen=True)
class InterpretationEntry:
    """An interpretation in a list."""

    id: str
    clause: Cite
    clause_title: str
    issue: str
    options: tuple[tuple[str, str, bool, bool], ...]  # id, words, is in force, is the pack's default
    is_open: bool
    is_own: bool  # chosen here, not only the pack's default
    reason: str
    rules: tuple[tuple[str, str], ...]
    waits: tuple[str, ...]  # the areas to come in which it will decide
    wording: str  # why it is about words only
    fixed: str  # what follows it, so that nothing else can be chosen
    address: str


def readings(one: Pack, language: str) -> list[InterpretationEntry]:
    """Every interpretation of a pack: those nobody chose first, then in the document's order."""
    open_here = open_places(one)
    rest = [id_ for id_ in in_order(one) if id_ not in open_here]
    return [reading(one, id_, language) for id_ in (*open_here, *rest)]


def open_places(one: Pack) -> list[str]:
    """The interpretations of a pack that nobody chose, in the document's order."""
    options = options_in_force(one)
    return [id_ for id_ in in_order(one) if options[id_] == "none"]


def in_order(one: Pack) -> list[str]:
    """The interpretations of a pack as their clauses stand in the document."""
    order = {clause: number for number, clause in enumerate(one.clauses)}
    return sorted(one.interpretations, key=lambda id_: order[one.interpretations[id_].clause])


def reading(one: Pack, id_: str, language: str) -> InterpretationEntry:
    """One interpretation as the reader sees it."""
    each = one.interpretations[id_]
    chosen = one.choices.get(id_) or each.chosen
    return InterpretationEntry(
        id=id_,
        clause=cite(one, each.clause, language),
        clause_title=one.clauses[each.clause].title.say(language),
        issue=each.issue.say(language),
        options=tuple(
            (key, option.says.say(language), key == chosen, key == each.chosen)
            for key, option in each.options.items()
        ),
        is_open=chosen == "none",
        is_own=id_ in one.choices,
        reason=each.reason.say(language),
        rules=tuple(
            (one.rules[rule].title.say(language), rule_address(one, rule))
            for rule in rules_by_interpretation(one)[id_]
        ),
        waits=tuple(str(AREA_NAMES.get(area, area)) for area in each.waits),
        wording=each.wording.say(language) if each.wording else "",
        fixed=each.fixed.say(language) if each.fixed else "",
        address=reverse("interpretation", args=[one.id, id_]),
    )


@require_safe
@unchanged
@page
def interpretations(request: HttpRequest, pack: str) -> HttpResponse:
    """The open places of one document; `state` and `q` in the address narrow the list."""
    one, language = installed(pack), reader_language()
    everything = readings(one, language)
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip().casefold()
    tests: dict[str, Callable[[Any], bool]] = {
        "open": lambda r: r.is_open,
        "used": lambda r: bool(r.rules),
        "own": lambda r: r.is_own,
    }
    chosen = [r for r in everything if state not in tests or tests[state](r)]
    if text:
        chosen = [r for r in chosen if text in f"{r.clause.said} {r.issue} {r.id}".casefold()]
    counts = [
        ("", gettext("All"), len(everything)),
        ("open", gettext("To confirm"), sum(r.is_open for r in everything)),
        ("used", gettext("A live rule depends on it"), sum(bool(r.rules) for r in everything)),
        ("own", gettext("Chosen here"), sum(r.is_own for r in everything)),
    ]
    context = {
        "pack": one,
        "pack_title": one.title.say(language),
        "readings": chosen,
        "counts": counts,
        "state": state,
        "q": request.GET.get("q", ""),
    }
    return render(request, "rulebook/interpretations.html", context)


@require_safe
@page
def to_confirm(request: HttpRequest) -> HttpResponse:
    """What must be confirmed in every regulation, before rules that need it answer."""
    language = reader_language()
    groups = []
    for one in queries.readable_packs()[0]:
        everything = readings(one, language)
        waiting = [reading for reading in everything if reading.is_open]
        groups.append((one, one.title.say(language), waiting, len(everything)))
    return render(request, "rulebook/to_confirm.html", {"groups": groups})


@require_http_methods(["GET", "HEAD", "POST"])
@page
def interpretation(request: HttpRequest, pack: str, interpretation: str) -> HttpResponse:
    """One open place: its readings, what depends on them, who chose what; and choosing."""
    one, language = installed(pack), reader_language()
    known = one.interpretations.get(interpretation)
    if known is None:
        raise Http404
    option = options_in_force(one)[interpretation]
    initial = {"option": None if option == "none" else option}
    who = one.head.interpreted_by
    offices = who.offices if who else {}
    form = ChoiceForm(request.POST or None, one=known, offices=offices, language=language, initial=initial)
    if request.method == "POST":
        if not request.user.has_perm("rulebook.choose_interpretation"):
            raise PermissionDenied
        if form.is_valid() and _choose(request, one, interpretation, form):
            messages.success(request, gettext("Kept, with your reason and name."))
            return redirect("interpretation", one.id, interpretation)
    history = [
        (
            choice,
            known.options[choice.option].says.say(language),
            [
                (offices[one["office"]].say(language) if one["office"] in offices else one["office"], one)
                for one in choice.papers
            ],
        )
        for choice in queries.choice_history(one.id, interpretation)
        if choice.option in known.options
    ]
    context = {
        "pack": one,
        "pack_title": one.title.say(language),
        "reading": reading(one, interpretation, language),
        "says": one.clauses[known.clause].says.say(language),
        "official": queries.official_texts(one.id).get(known.clause, ""),
        "form": form,
        "interpreted_by": [cite(one, key, language) for key in who.cite] if who else [],
        "may_choose": request.user.has_perm("rulebook.choose_interpretation"),
        "history": history,
        "default": "" if known.chosen == "none" else known.options[known.chosen].says.say(language),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "rulebook/interpretation.html", context, status=status)


def _choose(request: HttpRequest, one: Pack, interpretation: str, form: Any) -> bool:
    try:
        actions.choose_interpretation(
            pack=one,
            interpretation=interpretation,
            option=form.cleaned_data["option"],
            reason=form.cleaned_data["reason"],
            papers=form.papers,
            by=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        field = f"{'on' if isinstance(refusal, PaperAhead) else 'paper'}-{refusal.field}"
        form.add_error(field if field in form.fields else None, refusal.say(reader_language()))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@page
def official_text(request: HttpRequest, pack: str) -> HttpResponse:
    """Attach the official wording, which the reader then shows beside each clause."""
    if not request.user.has_perm("rulebook.attach_official_text"):
        raise PermissionDenied
    one, language = installed(pack), reader_language()
    form = OfficialTextForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            count = actions.attach_official_text(
                pack=one, content=file.read(), name=file.name, by=request.user, at=timezone.now()
            )
        except NotAllowed:
            raise PermissionDenied from None
        except Refusal as refusal:
            form.add_error("file", refusal.say(language))
        else:
            said = ngettext(
                "The official text of %(count)s clause is attached.",
                "The official text of %(count)s clauses is attached.",
                count,
            ) % {"count": count}
            messages.success(request, said)
            return redirect("pack", one.id)
    attached = queries.official_texts(one.id)
    context = {
        "pack": one,
        "pack_title": one.title.say(language),
        "form": form,
        "attached": len(attached),
        "clauses": len(one.clauses),
        "without": [cite(one, key, language) for key in one.clauses if key not in attached]
        if attached
        else [],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "rulebook/official_text.html", context, status=status)
