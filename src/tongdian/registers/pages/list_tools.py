"""What is done with a list: kept as a view, taken along as a file.

A page says which list it is (`of`, the name of its address), and what stands in it:

    return as_file(request, of="places", lines=…, title=gettext("Places"), query=…)
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import unquote

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from tongdian.bounded import bounded
from tongdian.cells import safe
from tongdian.policy.refusals import Refusal
from tongdian.registers.links import as_uuid
from tongdian.registers.models import SavedView
from tongdian.registers.views import forget_view, record_export, save_view
from tongdian.spoken import say
from tongdian.workbooks import MOST_ROWS, workbook

PAGE = 50
Line = Sequence[str | Decimal]  # figures as such, so that a workbook can add them
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def views_of(viewer: Any, of: str) -> list[SavedView]:
    """The views of a list that somebody keeps."""
    return list(SavedView.objects.filter(account=viewer.pk, of=of).order_by("name"))


def list_tools(request: HttpRequest, of: str, *, query: str = "", keeps: bool = True) -> dict[str, Any]:
    """What `registers/list_tools.html` draws: the views of a list, keeping one, the export."""
    views = views_of(request.user, of) if keeps else []
    return {
        "of": of,
        "here": query,
        "keeps": keeps,
        "views": views,
        "current": next((one for one in views if one.query == query), None),
    }


def keep_view(request: HttpRequest, of: str) -> HttpResponse:
    """Keep the list under a name, or forget a view; then the list again."""
    query = request.POST.get("query", "")
    try:
        if forgotten := as_uuid(request.POST.get("forget", "")):
            forget_view(viewer=request.user, view=forgotten)
        else:
            name = request.POST.get("name", "")
            save_view(viewer=request.user, of=of, name=name, query=query)
    except Refusal as refusal:
        messages.error(request, say(refusal))
    return back_to(of, query)


def back_to(of: str, query: str) -> HttpResponse:
    """The list again, with its filters and nothing else."""
    checked = QueryDict(query).urlencode()
    return redirect(f"{reverse(of)}?{checked}" if checked else reverse(of))


def one_page(
    request: HttpRequest, rows: QuerySet[Any], *, size: int = PAGE, newest_first: bool = True
) -> tuple[list[Any], str]:
    """Some rows in the order in which they were made, behind the one that `?after=` names, and the query of
    the page that follows, empty on the last: the thousandth page costs what the first does."""
    order = "-pk" if newest_first else "pk"
    if id_ := as_uuid(request.GET.get("after", "")):
        rows = rows.filter(**{"pk__lt" if newest_first else "pk__gt": id_})
    found = list(rows.order_by(order)[: size + 1])
    if len(found) <= size:
        return found, ""
    asked = request.GET.copy()
    asked["after"] = str(found[size - 1].pk)
    return found[:size], asked.urlencode()


def without_page(request: HttpRequest) -> str:
    """The filters of a list, without the page of it that is shown: what its export is of."""
    asked = request.GET.copy()
    asked.pop("after", None)
    return asked.urlencode()


def as_file(
    request: HttpRequest,
    *,
    of: str,
    title: str,
    lines: Iterable[Line],
    query: str,
    columns: list[str] | None = None,
) -> HttpResponseBase:
    """A list as CSV or as a workbook, headings first; that it was taken along is recorded."""
    record_export(viewer=request.user, of=of, query=unquote(query), columns=columns or [], at=timezone.now())
    if request.POST.get("as") == "csv":
        kind, suffix = "text/csv; charset=utf-8", "csv"
        reply: HttpResponseBase = StreamingHttpResponse(_csv(lines), content_type=kind)
    else:
        kind, suffix = XLSX, "xlsx"
        reply = HttpResponse(_workbook(lines, title), content_type=kind)
    return _to_be_saved(reply, f"{title}-{timezone.localdate()}.{suffix}")


def as_download(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file that this program made, to be saved under a name."""
    reply = HttpResponse(content, content_type=kind)
    _to_be_saved(reply, name)
    return reply


def _to_be_saved(reply: HttpResponseBase, name: str) -> HttpResponseBase:
    reply["Content-Disposition"] = content_disposition_header(True, name)
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Cache-Control"] = "private, no-store"
    return reply


def _safe(line: Line) -> list[str | Decimal]:
    return [cell if isinstance(cell, Decimal) else safe(cell) for cell in line]


def _csv(lines: Iterable[Line]) -> Iterator[str]:
    yield "\ufeff"  # so that Excel reads it as UTF-8
    for line in lines:
        written = io.StringIO()
        csv.writer(written).writerow(
            [f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in _safe(line)]
        )
        yield written.getvalue()


def _workbook(lines: Iterable[Line], title: str) -> bytes:
    taken = [_safe(line) for line in islice(lines, MOST_ROWS + 2)]
    if len(taken) > MOST_ROWS + 1:  # of which one are the headings
        taken[-1] = [gettext("Cut off here: take the list as CSV.")]
    return bounded(workbook, title, taken, texts=False)
