"""The first page of supervision: what an office has to file, and what is filed to it, as of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.parties.queries import names_of_regions
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import spoken
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.merging import shown_merged
from tongdian.supervision.pages.offering import press_address
from tongdian.supervision.pages.subscribing import by_mail
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.filings import ReturnStanding, rates_of
from tongdian.supervision.queries.merging import merged
from tongdian.supervision.queries.offices import codes_of
from tongdian.supervision.queries.receiving import Received, received, title_of
from tongdian.supervision.queries.revising import revisions_due
from tongdian.supervision.queries.tasks import reports_from_below, tasks_of
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ, TaskStanding
from tongdian.supervision.tiles import BESIDE, CORPS, TILES

MOST_REPORTS = 30


@require_safe
@guarded(READ.name)
def overview(request: HttpRequest) -> HttpResponse:
    """What is due, who has not filed, and how the ledger stands."""
    about = asked(request)
    context: dict[str, Any] = {"about": about}
    if about.office is not None and about.pack is not None:
        own = filings.own_standings(about.office, as_of=about.as_of)
        context |= {
            "own": [(one, one.is_overdue(about.as_of)) for one in own],
            "revisions": {due.here.form.key for due in revisions_due(own, as_of=about.as_of)},
            "waiting": filings.waiting_for(about.office, as_of=about.as_of),
            "received": received(about.office, as_of=about.as_of),
            "tasks": _tasks(about),
            "from_below": reports_from_below(about.office, about.pack, as_of=about.as_of)[:MOST_REPORTS],
            "by_mail": by_mail(request.user, about.office),
            "chart": None,
        }
        context["chart"] = _chart(context["received"])
    return render(request, "supervision/overview.html", context)


def _tasks(about: OfficeAsked) -> dict[str, Any]:
    assert about.office is not None
    assert about.pack is not None
    mine = [one for one in tasks_of(about.office, about.pack, as_of=about.as_of) if one.is_own]
    return {
        "all": sum(one.due is not None for one in mine),  # what goes on is never done, and not counted
        "done": sum(one.standing in (TaskStanding.DONE, TaskStanding.DONE_LATE) for one in mine),
        "overdue": [one for one in mine if one.standing == TaskStanding.OVERDUE],
        "soon": [one for one in mine if one.is_soon],
        "problems": [one for one in mine if one.has_problem],
    }


def _chart(rows: list[Received]) -> dict[str, Any] | None:
    """Received on time, late and missing of each form and period."""
    shown = [one for one in rows if not one.is_copy]
    if not shown:
        return None
    names = [f"{spoken(one.short)} {spoken(one.period.title)}" for one in shown]
    return {
        "title": gettext("Returns from below"),
        "labels": names,
        "series": [
            [gettext("on time"), [one.rates.on_time for one in shown]],
            [gettext("late"), [one.rates.received - one.rates.on_time for one in shown]],
            [gettext("missing"), [one.rates.missing for one in shown]],
        ],
    }


@require_safe
@guarded(READ.name)
def chasing(request: HttpRequest, form: str, period: str) -> HttpResponse:
    """Who is expected to file a form for a period, and who has not."""
    about = asked(request)
    if about.office is None:
        raise NoSuchReturn
    for one in filings.forms_for(about.office, about.as_of):
        if one.key != form:
            continue
        rows = filings.expected_below(one, about.office, period, as_of=about.as_of)
        copies = filings.copies(one, about.office, period, as_of=about.as_of)
        if rows or copies:
            shown = rows or copies
            together = merged(one, about.office, period, as_of=about.as_of) if rows else None
            context = {
                "about": about,
                "form": one,
                "title": title_of(one, shown),
                "period": shown[0].period,
                "rows": [(row, row.is_overdue(about.as_of)) for row in shown],
                "press": press_address(request, about, one.version.cite[0]) if rows else "",
                "tiles": tiles_of(shown, about.as_of),
                "rates": rates_of(shown),
                "is_copy": not rows,
                "merged": shown_merged(together) if together is not None else None,
                "revisions": {
                    due.here.organisation.pk: due for due in revisions_due(shown, as_of=about.as_of)
                },
            }
            return render(request, "supervision/chasing.html", context)
    raise NoSuchReturn


def tiles_of(rows: Sequence[ReturnStanding], as_of: dt.date) -> list[dict[str, Any]]:
    """A tile for each who files; of provinces where they lie on the map."""
    codes = [codes_of(row.organisation)[0] for row in rows]
    names = names_of_regions(codes)
    corps = [CORPS in row.organisation.name for row in rows]
    is_map = all(code in TILES for code in codes)
    taken: set[tuple[int, int]] = set()
    found = []
    for row, code, is_corps in zip(rows, codes, corps, strict=True):
        place = TILES[code] if is_map else (0, 0)
        if is_map and (is_corps or place in taken):
            place = BESIDE
        taken.add(place)
        found.append(
            {
                "row": row,
                "name": CORPS if is_corps else _short(names.get(code, row.organisation.shown_name)),
                "late": row.is_overdue(as_of),
                "place": f"r{place[0]} c{place[1]}" if place[0] else "",
            }
        )
    return found


_ENDS = (
    "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市", "区", "县",
    " Zhuang Autonomous Region", " Hui Autonomous Region", " Uygur Autonomous Region", " Autonomous Region",
    " Province", " Municipality", " City", " District", " County",
)  # fmt: skip


def _short(name: str) -> str:
    """广西壮族自治区 → 广西, 内蒙古自治区 → 内蒙古, 七星区 → 七星."""
    for end in _ENDS:
        if name.endswith(end) and len(name) > len(end) + 1:
            return name.removesuffix(end)
    return name
