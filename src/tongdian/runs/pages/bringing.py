"""Choosing a sheet, taking its templates along, bringing files."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.bulk.templates import template_columns, write_template
from tongdian.parties.queries import manageable
from tongdian.registers.pages.guarding import attempt, guarded, status_of
from tongdian.runs import queries
from tongdian.runs.actions import bringing
from tongdian.runs.forms import BringForm
from tongdian.runs.pages.seeing import title_of
from tongdian.runs.replies import file_taken
from tongdian.runs.rules import KEPT_FOR, MAX_BYTES
from tongdian.spoken import reader_language, say

SHOWN = 50


@require_safe
@guarded(queries.PERMISSION)
def runs(request: HttpRequest) -> HttpResponse:
    """The sheets there are, and the runs so far."""
    listed = [(one, title_of(one)) for one in queries.runs(request.user, at=timezone.now())[:SHOWN]]
    offered = [
        (pack.id, say(pack.title), [(rule.rule, say(rule.title), rule.measure is not None) for rule in rules])
        for pack, rules in queries.sheets()
    ]
    broken = [(error.where, say(error.words_for_strangers)) for error in queries.unreadable()]
    context = {"runs": listed, "offered": offered, "broken": broken, "days": KEPT_FOR.days}
    return render(request, "runs/runs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(queries.PERMISSION)
def bring(request: HttpRequest, pack: str, rule: str) -> HttpResponse:
    """Files for one sheet, an office, a day, and readings to be tried."""
    today = timezone.localdate()
    found, known = queries.sheet_rule_of(pack, rule)
    ways = queries.ways(found, known)
    tried = queries.drawn_with(found, known) | _tried(request, ways)
    _, _, sheet = queries.sheet(pack, rule, on=_day(request.GET.get("on", ""), today), take=tried)
    offered = manageable(request.user, queries.PERMISSION, on=today)
    form = BringForm(
        request.POST or None,
        request.FILES or None,
        offered=offered,
        pack=found,
        rule=known,
        sheet=sheet,
        ways=ways,
        on=_day(request.GET.get("on", ""), today),
        initial={"organisation": request.GET["for"]} if "for" in request.GET else {},
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: bringing.bring(
                viewer=request.user,
                organisation=form.cleaned_data["organisation"],
                pack=found.id,
                rule=known.rule,
                on=form.cleaned_data["on"],
                by=form.cleaned_data.get("by", ()),
                take=form.take,
                files=form.brought,
                at=timezone.now(),
            ),
        )
        if made is not None:
            return redirect("run", made.pk)
    context = {
        "form": form,
        "pack": found,
        "pack_title": say(found.title),
        "rule": known,
        "title": say(known.title),
        "grains": [
            (grain.name, say(known.titles[grain.name]) if grain.name in known.titles else grain.name)
            for grain in sheet.read
        ],
        "has_organisations": offered.exists(),
        "megabytes": MAX_BYTES // 1_000_000,
        "days": KEPT_FOR.days,
    }
    return render(request, "runs/bring.html", context, status=status_of(form))


@require_safe
@guarded(queries.PERMISSION)
def template(request: HttpRequest, pack: str, rule: str, grain: str) -> HttpResponseBase:
    """The empty file of a grain, with the pack's titles as headings."""
    found, known = queries.sheet_rule_of(pack, rule)
    on = _day(request.GET.get("on", ""), timezone.localdate())
    _, _, sheet = queries.sheet(pack, rule, on=on, take=queries.drawn_with(found, known))
    one = next((one for one in sheet.read if one.name == grain), None)
    if one is None:
        raise Http404
    with tempfile.TemporaryDirectory(prefix="tongdian-") as scratch:
        file = Path(scratch) / f"{grain}.xlsx"
        write_template(file, template_columns(known, sheet, one, language=reader_language()), page=grain)
        content = io.BytesIO(file.read_bytes())
        return file_taken(content, name=f"{known.rule}-{file.name}")


def _tried(request: HttpRequest, ways: Sequence[queries.OpenReading]) -> dict[str, str]:
    """The readings named in what was typed, as far as there are such."""
    said = [(way.interpretation, request.POST.get(f"take.{way.interpretation.id}", "")) for way in ways]
    return {place.id: option for place, option in said if option in place.options}


def _day(text: str, today: dt.date) -> dt.date:
    """A day in an address, or today."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return today
    return day if 1990 <= day.year <= 2100 else today
