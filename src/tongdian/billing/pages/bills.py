"""Bills: the list, one with its lines and why, its paper, and what is done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.accounts.queries import may_take
from tongdian.accounts.queries.customers import found_accounts
from tongdian.accounts.rules import COLLECT
from tongdian.billing import queries
from tongdian.billing.actions.correcting import cancel_bill, correct_bill, foreseen
from tongdian.billing.actions.objecting import deliver_bill, object_to_bill
from tongdian.billing.models import Bill, BillLine
from tongdian.billing.pages.formulas import SheetWords, of_other_utilities
from tongdian.billing.printing import bill_paper
from tongdian.billing.queries import disputing
from tongdian.billing.queries.paying import payments_of, standings_of
from tongdian.billing.rating import answered, unit_of
from tongdian.billing.rules import A_UNIT, CORRECT, NOTES, OBJECT, RUN, SETTLE
from tongdian.documents.printing import Language
from tongdian.metering.rules import A_DAY
from tongdian.money import format_yuan, yuan_of_fen
from tongdian.network.rules import Utility
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.registers.pages.list_tools import as_file, list_tools, one_page, without_page
from tongdian.rulebook.queries import pack_at
from tongdian.rulebook.saying import said_plainly, without_idle_zeros
from tongdian.spoken import reader_language, say

CHARTED = 24  # bills


@require_safe
@guarded("billing.read")
def bills(request: HttpRequest) -> HttpResponse:
    """The bills, newest first."""
    rows, further = one_page(request, _found(request))
    rows = list(rows)
    stand = standings_of(rows, timezone.localdate())
    context = {
        "rows": [(row, shown_name(request.user, row.account.customer), stand.get(row.pk)) for row in rows],
        "text": request.GET.get("q", ""),
        "further": further,
        "listed": list_tools(request, "bills", query=without_page(request), keeps=False),
        "objections": disputing.disputes(request.user).filter(answer=None).count(),
    }
    return render(request, "billing/bills.html", context)


def _found(request: HttpRequest) -> Any:
    rows = queries.bills(request.user)
    if text := request.GET.get("q", "").strip()[:60]:
        accounts = found_accounts(request.user, text).values("pk")
        rows = rows.filter(Q(account__in=accounts) | Q(number__icontains=text))
    return rows


@require_POST
@guarded("billing.read")
def export(request: HttpRequest) -> Any:
    """The bills as a file."""
    heads = [
        gettext("Bill"), gettext("Issued"), gettext("To be paid by"), gettext("Account"),
        gettext("Customer"), gettext("Place"), gettext("First day"), gettext("Last day"), gettext("Electricity (yuan)"),
        gettext("Water (yuan)"), gettext("Amount (yuan)"), gettext("State"),
    ]  # fmt: skip

    def lines() -> Any:
        yield heads
        for one in _found(request).iterator(chunk_size=500):
            yield [
                one.number,
                one.issued_on.isoformat(),
                one.due_on.isoformat(),
                one.account.number,
                shown_name(request.user, one.account.customer),
                one.account.place.name,
                one.starts.isoformat(),
                one.last_on.isoformat(),
                yuan_of_fen(one.electricity_fen),
                yuan_of_fen(one.water_fen),
                yuan_of_fen(one.fen),
                gettext("cancelled") if queries.is_cancelled(one) else "",
            ]

    return as_file(request, of="bills", title=gettext("Bills"), lines=lines(), query=without_page(request))


@require_safe
@guarded("billing.read")
def bill(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One bill, line by line, with what each rests on."""
    one = queries.bill(request.user, id_)
    context = {
        "customer": shown_name(request.user, one.account.customer),
        "delivered": one.deliveries.order_by("on"),
        "object_until": disputing.objection_until(one),
        **bill_shown(one),
        **_may(request, one),
    }
    if request.user.has_perm("metering.read"):
        meters = queries.meters_of(one)
        for row in context["lines"]:
            row["meter"] = meters.get(row["line"].meter)
    return render(request, "billing/bill.html", context)


def bill_shown(one: Bill) -> dict[str, Any]:
    """What a bill says, to whoever reads it."""
    pack, lines = queries.pack_of(one), queries.lines(one)
    return {
        "bill": one,
        "lines": [_line(line, pack) for line in lines],
        "billed": {part["utility"] for part in one.parts},
        "standing": standings_of([one], timezone.localdate()).get(one.pk),
        "payments": payments_of(one),
        "disputes": one.disputes.select_related("answer").order_by("id"),
        "chart": _chart(one),
        "replaced": _difference(one, lines),
        "following": [
            (Utility(row.utility).label, row.starts, row.ends - A_DAY) for row in queries.following(one)
        ],
    }


def _may(request: HttpRequest, one: Bill) -> dict[str, bool]:
    counts = not queries.is_cancelled(one)

    def has(permission: str) -> bool:
        return bool(request.user.has_perm(permission, one.organisation))

    today = timezone.localdate()
    return {
        "may_take": counts and has(COLLECT.name) and may_take(request.user, one.organisation, today),
        "may_correct": counts and has(CORRECT.name),
        "may_deliver": counts and has(RUN.name),
        "may_settle": has(SETTLE.name),
        "may_object": counts and has(OBJECT.name) and disputing.open_dispute(one) is None,
    }


def _line(line: BillLine, pack: Any) -> dict[str, Any]:
    return {
        "line": line,
        "title": say(Words(line.title["zh"], line.title["en"])),
        "unit": unit_of(line.utility),
        "a_unit": say(A_UNIT[line.utility]),
        "cite": pack.say_cite(tuple(line.cite), reader_language()),
        "notes": [say(NOTES[note]) for note in line.notes if note in NOTES and note != "estimated"],
        "is_estimated": "estimated" in line.notes,
    }


def _chart(one: Bill) -> dict[str, Any] | None:
    """What was billed before, bill by bill."""
    rows = list(queries.bills_of(one.account).filter(cancellation=None)[:CHARTED])[::-1]
    if len(rows) < 2:
        return None
    return {
        "title": gettext("Bills so far (yuan)"),
        "labels": [row.ends.isoformat() for row in rows],
        "series": [
            [str(Utility.POWER.label), [row.electricity_fen / 100 for row in rows]],
            [str(Utility.WATER.label), [row.water_fen / 100 for row in rows]],
        ],
    }


def _difference(one: Bill, lines: list[BillLine]) -> dict[str, Any] | None:
    """What a corrected bill asks for beside the one it takes the place of."""
    if one.corrects is None:
        return None
    before = {(row.agreement_id, row.first_on): row for row in queries.lines(one.corrects)}
    return {
        "bill": one.corrects,
        "fen": one.fen - one.corrects.fen,
        "less": one.corrects.fen - one.fen,
        "lines": [
            (
                row,
                was,
                row.fen - (was.fen if was else 0),
                unit_of(row.utility) if row.quantity is not None else "",
            )
            for row in lines
            for was in [before.get((row.agreement_id, row.first_on))]
            if was is None or was.fen != row.fen
        ],
    }


@require_safe
@guarded("billing.read")
def why(request: HttpRequest, id_: UUID, part: int) -> HttpResponse:
    """How a part of a bill was calculated, made again now from what its sheet was given."""
    one = queries.bill(request.user, id_)
    shown = why_shown(one, part)
    return redirect("bill", one.pk) if shown is None else render(request, "billing/why.html", shown)


def why_shown(one: Bill, part: int) -> dict[str, Any] | None:
    """How a part of a bill was calculated, for whoever reads it; none, where it has no such part."""
    said = one.parts[part] if part < len(one.parts) else None
    if said is None:
        return None
    pack = pack_at(said["pack"], said["revision"])
    answer = answered(pack, said)
    language = reader_language()
    rule: Any = pack.rule(said["rule"])
    read = SheetWords(pack, rule, language)
    idle = of_other_utilities(pack, said["rule"], one.parts[part]["utility"], answer.lines)
    return {
        "bill": one,
        "said": said_plainly(pack, answer, language, with_reason=False),
        "rule": rule.title.say(language),
        "lines": [
            {
                "row": line.row,
                "title": read.words.get(line.name, line.name.replace("_", " ")),
                "text": read.formula(line.text),
                "value": without_idle_zeros(line.say(language)),
                "cite": read.cited(line.cite),
            }
            for line in answer.lines
            if line.name not in idle
        ],
    }


@require_safe
@guarded("billing.read")
def paper(request: HttpRequest, id_: UUID) -> HttpResponse:
    """The bill as PDF."""
    return pdf_reply(queries.bill(request.user, id_))


def pdf_reply(one: Bill) -> HttpResponse:
    """A bill, to be printed or kept."""
    return as_pdf(bill_paper(one, language=paper_language()), name=one.number)


def paper_language() -> Language:
    """In which language the reader has papers printed."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def as_pdf(printed: bytes, *, name: str) -> HttpResponse:
    """What was printed, shown in the browser."""
    reply = HttpResponse(printed, content_type="application/pdf")
    reply["Content-Disposition"] = str(content_disposition_header(False, f"{name}.pdf"))
    reply["Cache-Control"] = "private, no-store"
    reply["X-Content-Type-Options"] = "nosniff"
    return reply


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(CORRECT.name)
def correct(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Cancel a bill and make it anew by the readings, meters and rules of now."""
    said = gettext("%(number)s is corrected; this is the bill that takes its place.")
    one = queries.bill(request.user, id_)
    must_edit(request, correct_bill, {"bill": one})
    context: dict[str, Any] = {"meters": queries.meters_of(one)}
    try:
        context["foreseen"] = seen = foreseen(one, timezone.now())
    except Refusal as refusal:
        context["refusal"] = say(refusal)  # there is nothing to carry out, and this is why
        seen = []
    values = {"expected": yuan_of_fen(seen[0].fen)} if seen else None
    title = gettext("Correct the bill")
    return _form(request, id_, correct_bill, title, said, "billing/correct.html", values, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(CORRECT.name)
def cancel(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A bill counts no more; its days are open again."""
    said = gettext("%(number)s is cancelled; its days are billed by the next run.")
    one = queries.bill(request.user, id_)
    title = gettext("Cancel the bill")
    return _form(
        request, id_, cancel_bill, title, said, "billing/cancel.html", bill=one, paid=queries.paid_of(one)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def deliver(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Enter how and when a bill reached the customer."""
    return _form(
        request, id_, deliver_bill, gettext("Enter the delivery"), gettext("The delivery is entered.")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(OBJECT.name)
def object_(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Enter a written objection."""
    said = gettext("The objection is entered; it is to be settled in its time.")
    return _form(request, id_, object_to_bill, gettext("Enter an objection"), said)


def _form(
    request: HttpRequest,
    id_: UUID,
    deed: Any,
    title: str,
    said: str,
    template: str = "registers/form.html",
    values: dict[str, Any] | None = None,
    **context: Any,
) -> HttpResponse:
    one = queries.bill(request.user, id_)
    organisation = must_edit(request, deed, {"bill": one})
    today = timezone.localdate()
    form = FieldsForm(
        deed.fields,
        request.POST or None,
        scope=Scope(request.user, organisation, today),
        values=values or ({"on": today} if any(field.name == "on" for field in deed.fields) else None),
    )
    if "expected" in form.fields:  # it goes along as it was shown
        form.fields["expected"].widget = HiddenInput()
    made = done(request, form, deed, bill=one)
    if made is not None:
        messages.success(request, said % {"number": one.number} if "%(" in said else said)
        return redirect("bill", made.pk if isinstance(made, Bill) else one.pk)
    return form_page(
        request,
        form,
        template,
        title=title,
        within=f"{one.number} · {format_yuan(one.fen)} · {shown_name(request.user, one.account.customer)}",
        crumb=(one.number, reverse("bill", args=[one.pk])),
        **context,
    )
