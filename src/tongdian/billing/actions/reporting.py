"""水电数据报表: drawn up by one office (4), checked by another person of another (3). What was drawn up stays
as it was; a month that is drawn up again has a new version, with the reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.billing.assessing import hash_of
from tongdian.billing.fields import REPORT, REPORT_CHECK
from tongdian.billing.models import UsageReport, UsageReportCheck
from tongdian.billing.queries import quotas as queries
from tongdian.billing.refusing import (
    CheckedAlready,
    MonthNotOver,
    NotAMonth,
    NotTheNewest,
    OtherOfficesDuty,
    OwnPaper,
    ReportStands,
    RevisionReasonMissing,
    VerdictReasonMissing,
)
from tongdian.billing.rules import RELEASE, RUN
from tongdian.billing.supplies import open_days
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.policy.clauses import OfficeByClause
from tongdian.registers.action import action


@action("draw-up-report", may=RUN, within="organisation", fields=REPORT)
def draw_up_report(
    *,
    viewer: Any,
    organisation: Organisation,
    month: str,
    at: dt.datetime,
    reason: str = "",
    is_demo: bool = False,
) -> UsageReport:
    """Write down what was billed in a month, by unit and class of user, beside the quotas in force.

    Raises NotAllowed, OtherOfficesDuty, NotAMonth, MonthNotOver, RevisionReasonMissing, ReportStands.
    """
    first, today = month_named(month), legal_day(at)
    after = queries.next_month(first)
    if after > today:
        raise MonthNotOver(month=month)
    must_be_its_office(viewer, organisation, "drawn_up", today, RUN.name)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # versions follow each other
    last = queries.newest_report(organisation, first)
    if last is not None and not reason.strip():
        raise RevisionReasonMissing(name=month, number=last.number)
    plan = queries.plan_in_force(organisation, first.year)
    rows = report_rows(organisation, first, queries.shares_of(plan))
    unbilled = open_days(organisation, until=after)
    said = hash_of([organisation.short, first, plan.number if plan else None, rows, unbilled])
    if last is not None and last.hash == said:
        raise ReportStands(month=month, number=last.number)
    return UsageReport.objects.create(
        organisation=organisation,
        month=first,
        number=last.number + 1 if last else 1,
        plan=plan,
        rows=rows,
        unbilled_days=unbilled,
        hash=said,
        reason=reason,
        is_demo=is_demo,
        at=at,
        by=viewer,
    )


@action("check-report", may=RELEASE, within="report.organisation", fields=REPORT_CHECK)
def check_report(
    *, viewer: Any, report: UsageReport, at: dt.datetime, is_right: bool = True, remarks: str = ""
) -> UsageReportCheck:
    """A second person, of the office that checks, says that a report is right or what is wrong.

    Raises NotAllowed, OtherOfficesDuty, OwnPaper, NotTheNewest, CheckedAlready, VerdictReasonMissing.
    """
    today = legal_day(at)
    must_be_its_office(viewer, report.organisation, "checked", today, RELEASE.name)
    must_be_second(viewer, report, at)
    newest = queries.newest_report(report.organisation, report.month)
    if newest is not None and newest.number != report.number:
        raise NotTheNewest(number=newest.number)
    if not is_right and not remarks.strip():
        raise VerdictReasonMissing
    try:
        with transaction.atomic():
            return UsageReportCheck.objects.create(
                organisation_id=report.organisation_id,
                report=report,
                is_right=is_right,
                remarks=remarks,
                at=at,
                by=viewer,
            )
    except IntegrityError as refused:
        if "billing_usagereportcheck_report_id_key" not in str(refused):
            raise
        raise CheckedAlready from refused


def report_rows(organisation: Organisation, month: dt.date, shares: Any) -> list[dict[str, Any]]:
    """What a report says: a row a unit or class and utility. Figures are text; none is null, not nothing."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in queries.used_by_unit(organisation, month):
        rows[one.unit, one.category, one.utility] = {
            "unit": one.unit,
            "category": one.category,
            "utility": one.utility,
            "quantity": _text(one.quantity),
            "of_year": _text(one.of_year),
            "fen": one.fen,
            "fen_of_year": one.fen_of_year,
            "quota": None,
        }
    for unit, quotas in shares.items():
        for utility, quota in quotas.items():
            empty = {"quantity": None, "of_year": None, "fen": 0, "fen_of_year": 0}
            key = (unit, "", utility)
            row = rows.setdefault(key, {"unit": unit, "category": "", "utility": utility, **empty})
            row["quota"] = _text(quota)
    return [rows[key] for key in sorted(rows, key=lambda key: (key[0] == "", *key))]


def month_named(text: str) -> dt.date:
    """The first day of a month that is written as 2026-03. Raises NotAMonth."""
    try:
        year, number = text.split("-")
        if len(year) != 4 or len(number) != 2:
            raise ValueError
        return dt.date(int(year), int(number), 1)
    except ValueError:
        raise NotAMonth(text=text[:20]) from None


def must_be_its_office(
    viewer: Any, organisation: Organisation, duty: str, on: dt.date, permission: str
) -> None:
    """Raise OtherOfficesDuty unless the viewer acts for the office that the regulation names for it, as far
    as it is there; NoReportsHere where no regulation speaks of it."""
    pack, reporting = queries.reporting_of(organisation, on)
    named: OfficeByClause = getattr(reporting, duty)
    office, cite = queries.office_by(organisation, pack, named, on)
    if office is not None and not viewer.has_perm(permission, office):
        raise OtherOfficesDuty(office=office.name, cite=cite)


def must_be_second(viewer: Any, thing: Any, at: dt.datetime) -> None:
    """Raise OwnPaper for who drew it up, and for who acts for them."""
    if thing.by_id is not None and viewer.pk in one_hand(
        thing.by_id, on=(legal_day(thing.at), legal_day(at))
    ):
        raise OwnPaper


def _text(value: Any) -> str | None:
    return None if value is None else f"{value:f}"
