"""Reports by anybody: taken on a public page, followed by their number, decided by offices."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.conduct import queries
from tongdian.conduct.actions.reporting import (
    dismiss_report,
    find_report_true,
    forget_reporter,
    open_contact,
    report_violation,
    reward_report,
)
from tongdian.conduct.forms import ReportForm
from tongdian.conduct.models import ConductReport
from tongdian.conduct.rules import READ, RECORD, REWARD, NoSuchConductReport
from tongdian.files.replies import file_reply
from tongdian.money import format_yuan
from tongdian.parties.limits import address_of, count_try
from tongdian.parties.privacy import notice_on
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import attempt, done, guarded, status_of
from tongdian.registers.pages.list_tools import one_page
from tongdian.spoken import reader_language

DEEDS: dict[str, Any] = {
    "true": (find_report_true, RECORD),
    "dismiss": (dismiss_report, RECORD),
    "reward": (reward_report, REWARD),
    "forget": (forget_reporter, REWARD),
}


# ---------------------------------------------------------------- the public
@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """Violations that stand in public today, each until its last day."""
    day, language = timezone.localdate(), reader_language()
    rows = [
        (one, queries.name_of(one.act, masked=True), queries.words_of(one.act).said.say(language))
        for one in queries.published_on(None, day)[:200]
    ]
    return render(request, "conduct/published.html", {"rows": rows, "houses": queries.houses(day)})


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, short: str = "") -> HttpResponse:
    """Report a violation, without an account; nobody has to say who they are."""
    day = timezone.localdate()
    houses = queries.houses(day)
    house = next((one for one in houses if one.short == short), None)
    if house is None:
        if short:
            raise Http404
        return render(request, "conduct/report_where.html", {"houses": houses})
    pack = queries.rules_of(house, day)
    picks = queries.acts_to_pick(pack, day)
    form = ReportForm(request.POST if request.method == "POST" else None, request.FILES or None, picks=picks)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _report(request, house, form.cleaned_data))
        if made is not None:
            return redirect("violation-report-followed", made.number)
    context = {
        "form": form,
        "house": house,
        "reward": queries.reward_offered(pack, day).say(reader_language()),
        "notice": notice_on(day).told_by(house),
    }
    return render(request, "conduct/report.html", context, status=status_of(form))


def _report(request: HttpRequest, house: Any, typed: dict[str, Any]) -> ConductReport:
    count_try("conduct-report", address=address_of(request), at=timezone.now())
    sent = typed.pop("photograph", None)
    return report_violation(
        organisation=house, photograph=sent.read() if sent else b"", at=timezone.now(), **typed
    )


@require_safe
def followed(request: HttpRequest, number: str) -> HttpResponse:
    """What became of a report, for who has its number. Who reported, and what an office wrote for itself, is not here."""
    one = queries.report_followed(number[:40])
    if one is None:
        raise Http404
    steps = [
        (
            step,
            format_yuan(step.amount_fen) if step.amount_fen else "",
            step.reason if step.what == "dismissed" else "",
        )
        for step in one.steps.order_by("at")
    ]
    rewarded = queries.step_named(one, "rewarded")
    context = {"report": one, "steps": steps, "paid_at": queries.paid_at(rewarded) if rewarded else None}
    return render(request, "conduct/report_followed.html", context)


# ---------------------------------------------------------------- offices
@require_safe
@guarded(READ.name)
def listed(request: HttpRequest) -> HttpResponse:
    """Reports, those that wait first when asked so."""
    rows = queries.reports(request.user)
    waits = request.GET.get("state", "open") == "open"
    rows = rows.filter(steps=None) if waits else rows.exclude(steps=None).distinct()
    page, following = one_page(request, rows)
    context = {"rows": [(one, _words(one)) for one in page], "following": following, "waits": waits}
    return render(request, "conduct/reports.html", context)


def _words(report: ConductReport) -> str:
    if not report.act:
        return ""
    day = timezone.localdate(report.at)
    picked = queries.acts_to_pick(queries.rules_of(report.organisation, day), day).get(report.act)
    return picked.said.say(reader_language()) if picked else report.act


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ.name)
def one(request: HttpRequest, id_: Any) -> HttpResponse:
    """A report and what may be done about it now; who reported is shown to who decides the reward alone."""
    found = queries.reports(request.user).filter(pk=id_).first()
    if found is None:
        raise NoSuchConductReport
    offered = _offered(request, found)
    forms, status = {}, 200
    for name, (deed, _) in DEEDS.items():
        if name not in offered:
            continue
        is_sent = request.method == "POST" and request.POST.get("deed") == name
        form = FieldsForm(
            deed.fields, request.POST if is_sent else None,
            scope=Scope(request.user, found.organisation, timezone.localdate()),
            values={"act_number": request.GET.get("act", "")[:40]} if name == "true" else None,
        )  # fmt: skip
        if is_sent and done(request, form, deed, report=found) is not None:
            messages.success(request, gettext("Kept."))
            return redirect("conduct-report", found.pk)
        forms[name] = form
        status = max(status, status_of(form))
    if request.method == "POST" and status == 200:
        raise NoSuchConductReport
    may_know = request.user.has_perm(REWARD.name, found.organisation)
    name, contact = (
        open_contact(viewer=request.user, report=found, at=timezone.now()) if may_know else ("", "")
    )
    context = {
        "report": found,
        "said": _words(found),
        "steps": [
            (step, format_yuan(step.amount_fen) if step.amount_fen else "") for step in found.steps.all()
        ],
        "forms": forms,
        "may_know": may_know,
        "name": name,
        "contact": contact,
    }
    return render(request, "conduct/report_one.html", context, status=status)


def _offered(request: HttpRequest, report: ConductReport) -> set[str]:
    """What may still be done about a report by the viewer."""
    verified, rewarded = queries.step_named(report, "verified"), queries.step_named(report, "rewarded")
    found = set[str]()
    if not report.steps.all():
        found |= {"true", "dismiss"}
    if verified and not rewarded:
        found.add("reward")
    if report.reporter.contact or report.reporter.name:
        found.add("forget")
    return {name for name in found if request.user.has_perm(DEEDS[name][1].name, report.organisation)}


@require_safe
@guarded(READ.name)
def photograph(request: HttpRequest, id_: Any) -> HttpResponse:
    """The photograph that came with a report."""
    found = queries.reports(request.user).filter(pk=id_).first()
    if found is None or found.photograph_id is None:
        raise Http404
    # not by its number: that is how the reporter alone follows it
    return file_reply(
        found.photograph_id, name=f"{found.organisation.short}-{found.at:%Y%m%d}-{found.pk.hex[-6:]}"
    )
