"""水电数据报表 and the year's quotas on their pages: drawn up, looked at beside what was used, and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.billing.actions.quotas import answer_quotas, draw_up_quotas
from tongdian.billing.actions.reporting import check_report, draw_up_report, report_rows
from tongdian.billing.models import QuotaPlan, UsageReport
from tongdian.billing.pages.runs import billing_offices
from tongdian.billing.queries import quotas as queries
from tongdian.billing.rating import unit_of
from tongdian.billing.rules import RELEASE, RUN
from tongdian.calendar import legal_day
from tongdian.money import yuan_of_fen
from tongdian.network.rules import Utility
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import chosen_one, done, form_page, guarded, must_edit, status_of
from tongdian.registers.pages.list_tools import as_file
from tongdian.spoken import reader_language

SHOWN = 60
A_HUNDRED = Decimal(100)


@require_safe
@guarded("billing.read")
def reports(request: HttpRequest) -> HttpResponse:
    """The reports, the newest month first; of each month the newest version stands above the others."""
    rows = list(queries.reports(request.user)[:SHOWN])
    context = {"rows": rows, "may_run": bool(_offices(request, "drawn_up"))}
    return render(request, "billing/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def new_report(request: HttpRequest) -> HttpResponse:
    """Draw up the report of a month."""
    last = timezone.localdate().replace(day=1) - dt.timedelta(days=1)
    return _new(
        request,
        draw_up_report,
        values={"month": f"{last:%Y-%m}"},
        title=gettext("Draw up a report of usage"),
        crumb=(gettext("Reports of usage"), reverse("usage-reports")),
        leads_to="usage-report",
        duty="drawn_up",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("billing.read")
def report(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One report as it was drawn up; a second person of the office that checks says whether it is right."""
    one = queries.report(request.user, id_)
    form = _checking(request, one, check_report, "report", hasattr(one, "verdict"))
    if isinstance(form, HttpResponse):
        return form
    shown = rows_shown(one.rows, one.organisation, one.month)
    context = {
        "report": one,
        "rows": shown,
        "chart": _chart(shown),
        "fen": sum(row["fen"] for row in one.rows),
        "form": form,
        "others": queries.reports(request.user).filter(organisation=one.organisation, month=one.month),
        "is_newest": queries.newest_report(one.organisation, one.month) == one,
    }
    return render(request, "billing/report.html", context, status=status_of(form) if form else 200)


@require_POST
@guarded("billing.read")
def export_report(request: HttpRequest, id_: UUID) -> Any:
    """A report as a file, with who drew it up and who checked it."""
    one = queries.report(request.user, id_)
    title = f"{gettext('Report of usage')} {one.month:%Y-%m} v{one.number}"
    return as_file(request, of="usage-report", title=title, lines=_report_lines(one), query=str(one.pk))


def _report_lines(one: UsageReport) -> Any:
    yield [
        gettext("Unit or class"), gettext("Utility"), gettext("Unit of measure"), gettext("Used in the month"),
        gettext("Used in the year"), gettext("Quota of the year"), gettext("Used of the quota (%)"),
        gettext("Amount of the month (yuan)"), gettext("Amount of the year (yuan)"),
    ]  # fmt: skip
    for row in rows_shown(one.rows, one.organisation, one.month):
        yield [
            row["name"],
            str(row["utility"]),
            row["unit"],
            *("" if value is None else value for value in (row["quantity"], row["of_year"], row["quota"])),
            "" if row["share"] is None else row["share"],
            yuan_of_fen(row["fen"]),
            yuan_of_fen(row["fen_of_year"]),
        ]
    yield [gettext("Drawn up by"), str(one.by), legal_day(one.at).isoformat()]
    if hasattr(one, "verdict"):
        said = gettext("right") if one.verdict.is_right else gettext("sent back")
        when = legal_day(one.verdict.at).isoformat()
        yield [gettext("Checked by"), str(one.verdict.by), when, said, one.verdict.remarks]
    else:
        yield [gettext("Not checked yet")]
    if one.unbilled_days:
        yield [gettext("Days of supply without a bill"), Decimal(one.unbilled_days)]


def rows_shown(
    rows: list[dict[str, Any]], organisation: Organisation, month: dt.date
) -> list[dict[str, Any]]:
    """The rows of a report with words, exact figures and the share of the quota that is used."""
    words = _categories(organisation, month)
    return [
        {
            "name": row["unit"] or words.get(row["category"], row["category"]),
            "is_unit": bool(row["unit"]),
            "utility": Utility(row["utility"]).label,
            "unit": unit_of(row["utility"]),
            "key": row["utility"],
            "quantity": _figure(row["quantity"]),
            "of_year": _figure(row["of_year"]),
            "quota": _figure(row["quota"]),
            "share": _share(_figure(row["of_year"]), _figure(row["quota"])),
            "fen": row["fen"],
            "fen_of_year": row["fen_of_year"],
        }
        for row in rows
    ]


def _figure(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _share(used: Decimal | None, quota: Decimal | None) -> Decimal | None:
    """Per cent of the quota; none where nothing was billed, or the quota is nothing."""
    if used is None or not quota:
        return None
    return (used * A_HUNDRED / quota).quantize(Decimal("0.1"))


def _categories(organisation: Organisation, on: dt.date) -> Mapping[str, str]:
    """The classes of users, as the table of prices calls them."""
    try:
        pack, _ = queries.reporting_of(organisation, on)
    except Refusal:
        return {}
    table = pack.rules.get(pack.head.uses.price("power") or "")
    column = getattr(table, "columns", {}).get("category")
    language = reader_language()
    return {one: column.label(one, language) for one in column.one_of} if column else {}


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Quota against actual, by unit: per cent of the year's quota that is used."""
    units = list(dict.fromkeys(row["name"] for row in rows if row["share"] is not None))
    if not units:
        return None
    found = {(row["name"], row["key"]): float(row["share"]) for row in rows if row["share"] is not None}
    return {
        "title": gettext("Used of the year's quota (%)"),
        "labels": units,
        "beside": True,
        "series": [
            [str(Utility(utility).label), [found.get((unit, utility), 0) for unit in units]]
            for utility in ("power", "water")
        ],
    }


@require_safe
@guarded("billing.read")
def plans(request: HttpRequest) -> HttpResponse:
    """The plans of savings and quotas."""
    rows = list(queries.plans(request.user)[:SHOWN])
    return render(request, "billing/plans.html", {"rows": rows, "may_run": bool(_offices(request, "quotas"))})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def new_plan(request: HttpRequest) -> HttpResponse:
    """Draw up a year's plan; a revision begins with what the last one said."""
    values: dict[str, Any] = {"year": timezone.localdate().year}
    if request.GET.get("of"):
        try:
            last = queries.plan(request.user, request.GET["of"])
            shares = [f"{one.unit} {one.kwh} {one.m3}" for one in last.shares.order_by("unit")]
            values = {"year": last.year, "measures": last.measures, "shares": "\n".join(shares)}
        except (Refusal, ValidationError):
            values = {"year": timezone.localdate().year}
    return _new(
        request,
        draw_up_quotas,
        values=values,
        title=gettext("Draw up a plan of savings and quotas"),
        crumb=(gettext("Plans of quotas"), reverse("quota-plans")),
        leads_to="quota-plan",
        duty="quotas",
        beside=_say_units,
    )


def _say_units(form: FieldsForm, organisation: Organisation) -> None:
    """The units that bear accounts, by the names that a plan's lines are to have."""
    if known := queries.units_known(organisation):
        field = form.fields["shares"]
        said = gettext("Units with accounts here: %(units)s.") % {"units": gettext(", ").join(known)}
        field.help_text = f"{field.help_text} {escape(said)}"


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("billing.read")
def plan(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One plan with what was used of it up to now; a second person approves it."""
    one = queries.plan(request.user, id_)
    form = _checking(request, one, answer_quotas, "plan", hasattr(one, "answer"))
    if isinstance(form, HttpResponse):
        return form
    today = timezone.localdate()
    month = today.replace(day=1) if today.year == one.year else dt.date(one.year, 12, 1)
    shares = queries.shares_of(one)
    rows = [row for row in report_rows(one.organisation, month, shares) if row["unit"]]
    shown = rows_shown(rows, one.organisation, month)
    context = {
        "plan": one,
        "rows": shown,
        "chart": _chart(shown),
        "form": form,
        "in_force": queries.plan_in_force(one.organisation, one.year) == one,
        "others": queries.plans(request.user).filter(organisation=one.organisation, year=one.year),
        "may_run": queries.does_here(request.user, one.organisation, "quotas", today, RUN.name),
        "unknown": sorted(set(shares) - set(queries.units_known(one.organisation))),
    }
    return render(request, "billing/plan.html", context, status=status_of(form) if form else 200)


def _checking(
    request: HttpRequest, one: UsageReport | QuotaPlan, deed: Any, name: str, is_answered: bool
) -> FieldsForm | HttpResponse | None:
    """The form of a second person's answer; after it, the page again. None for who may not answer."""
    if is_answered or not request.user.has_perm(RELEASE.name, one.organisation):
        return None
    if one.by_id == request.user.pk:
        return None
    today = timezone.localdate()
    if name == "report" and not queries.does_here(
        request.user, one.organisation, "checked", today, RELEASE.name
    ):
        return None
    must_edit(request, deed, {name: one})
    scope = Scope(request.user, one.organisation, today)
    form = FieldsForm(deed.fields, request.POST or None, scope=scope)
    if done(request, form, deed, **{name: one}) is not None:
        messages.success(request, gettext("Your answer is entered and signed with your name."))
        return redirect("usage-report" if name == "report" else "quota-plan", one.pk)
    return form


def _offices(request: HttpRequest, duty: str) -> list[Organisation]:
    """Where a viewer may do a duty of reporting."""
    today = timezone.localdate()
    return [
        one for one in billing_offices(request) if queries.does_here(request.user, one, duty, today, RUN.name)
    ]


def _new(
    request: HttpRequest,
    deed: Any,
    *,
    values: Mapping[str, Any],
    title: str,
    crumb: tuple[str, str],
    leads_to: str,
    duty: str,
    beside: Callable[[FieldsForm, Organisation], None] | None = None,
) -> HttpResponse:
    offices = _offices(request, duty)
    if not offices:
        raise PermissionDenied
    chosen = chosen_one(request, offices)
    if isinstance(chosen, HttpResponse):
        return chosen
    must_edit(request, deed, {"organisation": chosen})
    scope = Scope(request.user, chosen, timezone.localdate())
    form = FieldsForm(deed.fields, request.POST or None, scope=scope, values=values)
    if beside is not None:
        beside(form, chosen)
    made = done(request, form, deed, organisation=chosen)
    if made is not None:
        messages.success(request, pgettext("paper", "Drawn up; another person checks it."))
        return redirect(leads_to, made.pk)
    return form_page(request, form, title=title, within=chosen.shown_name, crumb=crumb)
