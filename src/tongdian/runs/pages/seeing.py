"""One run: what its headings mean, how far it is, what came out, and what to take along."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from tongdian.bounded import bounded
from tongdian.bulk.converting import FORMS, converted
from tongdian.policy.inputs import say_unit, say_value
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Bool, Num, Type
from tongdian.policy.words import Words
from tongdian.registers.pages.guarding import guarded
from tongdian.runs import folder, queries
from tongdian.runs.actions import bringing
from tongdian.runs.forms import file_part, said_columns
from tongdian.runs.models import BulkRun
from tongdian.runs.replies import file_taken
from tongdian.runs.rules import NoSuchRun
from tongdian.spoken import reader_language, say

FIRST_ROWS = 20
FIRST_REASONS = 50
STEPS = (("waiting", _("waits")), ("reading", _("reads the files")), ("calculating", _("calculates")))
HEADINGS = {
    "cases": Words("件数", "cases"),
    "exempt": Words("不计", "exempt"),
    "late_open": Words("在办逾期", "late, open"),
    "undecided": Words("未定", "undecided"),
    "withdrawn": Words("撤回", "withdrawn"),
    "stood_still": Words("其中曾中止", "stood still"),
    "no_limit": Words("无限值", "no limit"),
    "within": Words("达标", "within"),
    "late": Words("超期", "late"),
    "share": Words("占比", "share"),
    "longest": Words("最长", "longest"),
    "all_within": Words("全部达标", "all within"),
    "days": Words("天数", "days"),
    "rows": Words("行数", "rows"),
}


def title_of(one: BulkRun) -> str:
    """What was calculated, as the pack calls it."""
    try:
        return say(queries.sheet_rule_of(one.pack, one.rule)[1].title)
    except Refusal:
        return one.rule


@require_safe
@guarded(queries.PERMISSION)
def run(request: HttpRequest, id_: UUID) -> HttpResponse:
    """The run as it stands."""
    one = queries.run_of(request.user, id_, at=timezone.now())
    return _page(request, one, {})


def _page(request: HttpRequest, one: BulkRun, typed: dict[str, str], *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"run": one, "title": title_of(one), "steps": _steps(one)}
    try:
        pack, rule, sheet = queries.sheet(one.pack, one.rule, on=one.on, take=one.take)
    except Refusal as refusal:
        context["unreadable"] = say(refusal)
        return render(request, "runs/run.html", context, status=status)
    context |= {"pack": pack, "pack_title": say(pack.title), "rule": rule, "tried": _tried(one, pack)}
    if one.state in (BulkRun.State.BROUGHT, BulkRun.State.FAILED):
        try:
            seen = bringing.look(one, rule, sheet)
        except Refusal as refusal:
            context["unreadable"] = say(refusal)
        else:
            grains = {grain.name: grain for grain in sheet.read}
            parts = [
                file_part(
                    grain,
                    one.named(grain),
                    rule,
                    queries.asked(rule, sheet, grains[grain], one.columns),
                    found,
                    typed,
                )
                for grain, found in seen.items()
            ]
            context |= {"parts": parts, "is_clear": all(part.is_clear for part in parts)}
            context["own"] = [
                (
                    gettext("Rows of your own: %(table)s") % {"table": say(pack.rules[name].title)},
                    one.named(name),
                )
                for name in one.files
                if name not in grains
            ]
    elif one.state == BulkRun.State.DONE:
        context |= _result(one, rule, sheet)
    return render(request, "runs/run.html", context, status=status)


def _tried(one: BulkRun, pack: Pack) -> list[tuple[str, str]]:
    """The readings that were tried: what is open, and how it was read."""
    places = ((pack.interpretations.get(key), option) for key, option in one.take.items())
    return [
        (say(place.issue), say(place.options[option].says)) for place, option in places if place is not None
    ]


def _steps(one: BulkRun) -> list[tuple[str, bool]]:
    """Each step, and whether it is the present one."""
    now = one.step or "waiting"
    return [(str(label), name == now) for name, label in STEPS]


def _result(one: BulkRun, rule: SheetRule, sheet: Sheet) -> dict[str, Any]:
    files: dict[str, str] = one.result["files"]
    out = folder.out(one.pk)
    root = "measures" if rule.measure is not None else sheet.root.name
    header, rows = _first(out / files.get(root, ""), FIRST_ROWS)
    reasons = _first(out / files.get("reasons", ""), FIRST_REASONS)[1]
    aside = {name for name in files if _is_aside(name)}
    chart = dict(one.result.get("chart") or {})
    if chart:
        chart["title"] = _with_unit(rule, sheet, chart["title"])
        chart["counted"] = say(HEADINGS["rows" if rule.measure is None else "cases"])
        chart["series"] = [[_heading(rule, name), counts] for name, counts in chart["series"]]
    english = reader_language() == "en"
    return {
        "counts": [(_heading(rule, name), count) for name, count in one.result["counts"].items()],
        "refused": one.result["refused"],
        "header": [_heading(rule, name) for name in header],
        "rows": [
            [_cell(rule, sheet.types.get(name), cell) for name, cell in zip(header, row, strict=False)]
            for row in rows
        ],
        "reasons": [
            {
                "at": " · ".join(filter(None, [_heading(rule, row[0]), row[1]])),
                "why": row[3] if english else row[2],
                "rows": row[4],
                "cases": row[5],
                "first": row[6],
            }
            for row in reasons
            if len(row) > 6
        ],
        "read": [say(Words(*said)) for said in one.result["read"]],
        "examples": [_heading(rule, name) for name in one.result.get("examples", ())],
        "believed": one.result.get("believed", ()),
        "chart": chart,
        "bars": list(zip(chart["labels"], *(counts for _, counts in chart["series"]), strict=True))
        if chart
        else [],
        "results": [
            (file, [file.replace(".csv", f".{form}") for form in FORMS]) for file in _results(files).values()
        ],
        "aside": sorted(
            ((name, files[name]) for name in aside if one.result["refused"]), key=lambda pair: pair[0]
        ),
    }


def _first(file: Path, most: int) -> tuple[list[str], list[list[str]]]:
    """The headings and first rows of a CSV that a run wrote."""
    if not file.is_file():
        return [], []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        return next(reader, []), list(islice(reader, most))


def _heading(rule: SheetRule, name: str) -> str:
    words = rule.titles.get(name) or HEADINGS.get(name)
    return say(words) if words else name


def _with_unit(rule: SheetRule, sheet: Sheet, name: str) -> str:
    """What a chart shows, with its unit: 电费（元）."""
    kind = sheet.types.get(rule.measure.days if rule.measure is not None else name)
    unit = say_unit(kind.unit, reader_language()) if isinstance(kind, Num) else ""
    title = _heading(rule, name)
    return say(Words(f"{title}（{unit}）", f"{title} ({unit})")) if unit else title


def _cell(rule: SheetRule, kind: Type | None, cell: str) -> str:
    """A cell of a result as people read it: its label, yes or no, 0.008 for the engine's .0080."""
    if cell in rule.labels:
        return say(rule.labels[cell])
    if isinstance(kind, Bool) and cell in ("true", "false"):
        return say_value(cell == "true", kind, reader_language())
    if isinstance(kind, Num) and cell:
        number = Decimal(cell)
        return f"{number:f}" if str(kind.unit) else f"{number.normalize():f}"
    return cell


@require_safe
@guarded(queries.PERMISSION)
def progress(request: HttpRequest, id_: UUID) -> HttpResponse:
    """How far it is, asked every second by the page; the whole page when it has ended."""
    one = queries.run_of(request.user, id_, at=timezone.now())
    reply = render(request, "runs/progress.html", {"run": one, "steps": _steps(one)})
    if not one.is_at_work:
        reply["HX-Refresh"] = "true"
    return reply


@require_POST
@guarded(queries.PERMISSION)
def start(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Have it calculated, with what was said of each heading."""
    one = queries.run_of(request.user, id_, at=timezone.now())
    typed = {name: str(value) for name, value in request.POST.items()}
    try:
        _, rule, sheet = queries.sheet(one.pack, one.rule, on=one.on, take=one.take)
        columns = said_columns(bringing.look(one, rule, sheet), typed) if not one.is_at_work else {}
        started = bringing.start(viewer=request.user, run=one, columns=columns, at=timezone.now())
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(request, say(refusal))
        if refusal.status == 409:
            return redirect("run", one.pk)
        return _page(request, one, typed, status=422)
    if started.pk != one.pk:
        messages.info(request, gettext("The same was calculated before: this is that calculation."))
    return redirect("run", started.pk)


@require_POST
@guarded(queries.PERMISSION)
def discard(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Remove it before its time."""
    one = queries.run_of(request.user, id_, at=timezone.now())
    try:
        bringing.discard(viewer=request.user, run=one, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, say(refusal))
        return redirect("run", one.pk)
    messages.success(request, gettext("Removed, with its files and results."))
    return redirect("runs")


@require_safe
@guarded(queries.PERMISSION)
def file(request: HttpRequest, id_: UUID, name: str) -> HttpResponseBase:
    """One file of the results."""
    one = queries.run_of(request.user, id_, at=timezone.now())
    if one.state != BulkRun.State.DONE:
        raise NoSuchRun
    known: dict[str, str] = one.result["files"]
    stem, _, form = name.rpartition(".")
    if form in FORMS and f"{stem}.csv" in _results(known).values():
        return _converted(request, one, folder.result(one.pk, f"{stem}.csv", known=known), name)
    found = folder.result(one.pk, name, known=known)
    bringing.keep_taking(viewer=request.user, run=one, name=name, at=timezone.now())
    return file_taken(
        found.open("rb"), name=f"{one.rule}-{found.name}" if found.name == "run.json" else found.name
    )


def _converted(request: HttpRequest, one: BulkRun, file: Path, name: str) -> HttpResponseBase:
    """A table of the results as a workbook or Parquet, made when it is taken."""
    _, _, sheet = queries.sheet(one.pack, one.rule, on=one.on, take=one.take)
    with tempfile.TemporaryDirectory(prefix="tongdian-") as scratch:
        try:
            bounded(converted, file, Path(scratch) / name, sheet.types)
        except Refusal as refusal:
            messages.error(request, say(refusal))
            return redirect("run", one.pk)
        content = io.BytesIO((Path(scratch) / name).read_bytes())
    bringing.keep_taking(viewer=request.user, run=one, name=name, at=timezone.now())
    return file_taken(content, name=name)


def _results(files: Mapping[str, str]) -> dict[str, str]:
    """The tables that were calculated, without what was set aside."""
    return {name: file for name, file in files.items() if not _is_aside(name) and name != "reasons"}


def _is_aside(name: str) -> bool:
    return name == "refused" or name.startswith("refused-")
