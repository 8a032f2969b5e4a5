"""The cashier's desk: who is it, what is owed, what is paid, the receipt, the box."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import take_payment, take_receipt_back
from tongdian.accounts.actions.counting import count_cash
from tongdian.accounts.actions.paid_stages import close_what_is_paid
from tongdian.accounts.models import LedgerAccount, Receipt
from tongdian.accounts.printing import receipt_paper
from tongdian.accounts.queries.customers import found_accounts, summaries
from tongdian.accounts.rules import COLLECT, ONCE, REVERSE
from tongdian.accounts.sections import receipt_sections
from tongdian.identifiers import uuid7
from tongdian.money import format_yuan, yuan_of_fen
from tongdian.parties.queries import shown_name
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.registers.pages.list_tools import as_file, list_tools, one_page, without_page
from tongdian.spoken import say

FOUND = 30  # accounts for one search


@require_safe
@guarded("accounts.read")
def desk(request: HttpRequest) -> HttpResponse:
    """One search, and the cashier's own boxes that still hold money."""
    text = request.GET.get("q", "").strip()[:60]
    rows = list(found_accounts(request.user, text)[: FOUND + 1])
    if len(rows) == 1:
        return redirect("money-account", rows[0].pk)
    has = summaries(rows, on=timezone.localdate())
    boxes = queries.boxes(request.user).filter(limited__fen__gt=0)
    context = {
        "text": text,
        "rows": [(row, shown_name(request.user, row.customer), has.get(row.pk)) for row in rows[:FOUND]],
        "is_more": len(rows) > FOUND,
        "boxes": list(boxes[:FOUND]),
        "mine": request.user.pk,
        "receipts": list(queries.receipts(request.user).filter(by=request.user.pk).order_by("-id")[:10]),
        "may_collect": request.user.has_perm(COLLECT.name),
    }
    return render(request, "accounts/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(COLLECT.name)
def pay(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Take a payment: what is owed stands beside the form, in the order in which it is paid."""
    account = queries.billing_account(request.user, id_)
    organisation = must_edit(request, take_payment, {"account": account})
    today = timezone.localdate()
    owed = queries.in_order_of_payment(account, today)
    total = sum(one.fen for one in owed)
    typed = request.POST.copy()
    if typed and not typed.get("key") and typed.get("once"):
        typed["key"] = f"{ONCE}{typed['once'][:40]}"  # the same form sent twice is one payment
    form = FieldsForm(
        take_payment.fields,
        typed or None,
        scope=Scope(request.user, organisation, today),
        values={"yuan": yuan_of_fen(total)} if total else None,
    )
    receipt = done(request, form, take_payment, account=account)
    if receipt is not None:
        said = gettext("%(yuan)s taken, receipt %(number)s.")
        messages.success(request, said % {"yuan": format_yuan(receipt.fen), "number": receipt.number})
        for case in close_what_is_paid(
            viewer=request.user, account=account, receipt=receipt, at=timezone.now()
        ):
            messages.success(
                request, gettext("The stage of %(case)s that waited for it is done.") % {"case": case}
            )
        return redirect("receipt", receipt.pk)
    return form_page(
        request,
        form,
        "accounts/pay.html",
        account=account,
        customer=shown_name(request.user, account.customer),
        owed=owed,
        total=total,
        today=today,
        collector=queries.collector(organisation, today),
        once=typed.get("once") or uuid7().hex,
    )


@require_safe
@guarded("accounts.read")
def receipt(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One receipt: what it paid, and whether it still counts."""
    one = queries.receipt(request.user, id_)
    context = {
        "receipt": one,
        "lines": [(say(name), fen, cite) for name, fen, cite in queries.paid_for(one)],
        "customer": shown_name(request.user, one.account.customer),
        "sections": receipt_sections.of(request, one),
        "may_take_back": one.undone is None
        and one.by_id != request.user.pk
        and request.user.has_perm(REVERSE.name, one.organisation),
    }
    return render(request, "accounts/receipt.html", context)


@require_safe
@guarded("accounts.read")
def paper(request: HttpRequest, id_: UUID) -> HttpResponse:
    """The receipt as PDF."""
    one = queries.receipt(request.user, id_)
    return pdf_reply(one)


def pdf_reply(one: Receipt) -> HttpResponse:
    """A receipt, to be printed or kept."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    reply = HttpResponse(receipt_paper(one, language=language), content_type="application/pdf")  # type: ignore[arg-type]
    reply["Content-Disposition"] = str(content_disposition_header(False, f"{one.number}.pdf"))
    reply["Cache-Control"] = "private, no-store"
    reply["X-Content-Type-Options"] = "nosniff"
    return reply


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(REVERSE.name)
def take_back(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Take a receipt back, with a reason."""
    one = queries.receipt(request.user, id_)
    organisation = must_edit(request, take_receipt_back, {"receipt": one})
    scope = Scope(request.user, organisation, timezone.localdate())
    form = FieldsForm(take_receipt_back.fields, request.POST or None, scope=scope)
    if done(request, form, take_receipt_back, receipt=one) is not None:
        messages.success(request, gettext("%(number)s is taken back.") % {"number": one.number})
        return redirect("receipt", one.pk)
    return form_page(
        request,
        form,
        title=gettext("Take the receipt back"),
        within=f"{one.number} · {format_yuan(one.fen)} · {one.payer}",
        crumb=(one.number, reverse("receipt", args=[one.pk])),
    )


# ---------------------------------------------------------------- the list of receipts
def _receipts(request: HttpRequest) -> Any:
    rows = queries.receipts(request.user).order_by("-id")
    if text := request.GET.get("q", "").strip()[:60]:
        rows = rows.filter(account__in=found_accounts(request.user, text)) | rows.filter(
            number__icontains=text
        )
    return rows


@require_safe
@guarded("accounts.read")
def receipts(request: HttpRequest) -> HttpResponse:
    """The receipts, newest first."""
    rows, further = one_page(request, _receipts(request))
    context = {
        "rows": [(row, shown_name(request.user, row.account.customer)) for row in rows],
        "text": request.GET.get("q", ""),
        "further": further,
        "listed": list_tools(request, "receipts", query=without_page(request), keeps=False),
    }
    return render(request, "accounts/receipts.html", context)


@require_http_methods(["POST"])
@guarded("accounts.read")
def export(request: HttpRequest) -> Any:
    """The receipts as a file."""
    heads = [
        gettext("Receipt"), gettext("Day"), gettext("Account"), gettext("Customer"), gettext("Paid by"),
        gettext("Into"), gettext("Amount (yuan)"), gettext("Taken by"), gettext("Taken back"),
    ]  # fmt: skip
    lines = (
        [
            one.number,
            one.on.isoformat(),
            one.account.number,
            shown_name(request.user, one.account.customer),
            one.payer,
            str(one.into),
            yuan_of_fen(one.fen),
            one.by.shown_name,
            one.undone.note if one.undone else "",
        ]
        for one in _receipts(request).iterator(chunk_size=500)
    )
    return as_file(
        request,
        of="receipts",
        title=gettext("Receipts"),
        lines=_with(heads, lines),
        query=without_page(request),
    )


def _with(heads: list[str], lines: Any) -> Any:
    yield heads
    yield from lines


# ---------------------------------------------------------------- the box
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("accounts.read")
def box(request: HttpRequest, id_: int) -> HttpResponse:
    """A cashier's box of a day: what came in and went out, what it holds, and the count."""
    one = queries.box(request.user, id_)
    holds, form = queries.available(one), None
    if holds and _may_count(request, one):
        form = _count_form(request, one, holds)
        if request.method == "POST" and done(request, form, count_cash, box=one) is not None:
            messages.success(request, gettext("Counted: the box is empty."))
            return redirect("cash-box", one.pk)
    elif request.method == "POST":
        raise Http404
    moved = queries.movements(one)
    context = {
        "box": one,
        "holds": holds,
        "form": form,
        "rows": moved,
        "total": sum(fen for _, fen in moved),
        "came": sum(fen for _, fen in moved if fen > 0),
        "went": sum(fen for _, fen in moved if fen < 0),
        "counts": list(one.counts.select_related("bank", "by").order_by("at")),
    }
    return render(request, "accounts/box.html", context, status=422 if form and form.errors else 200)


def _may_count(request: HttpRequest, one: LedgerAccount) -> bool:
    return bool(
        request.user.has_perm(COLLECT.name, one.organisation)
        and (one.cashier_id == request.user.pk or request.user.has_perm(REVERSE.name, one.organisation))
    )


def _count_form(request: HttpRequest, one: LedgerAccount, holds: int) -> FieldsForm:
    scope = Scope(request.user, one.organisation, timezone.localdate())
    asked: Fields = count_cash.fields
    form = FieldsForm(asked, request.POST or None, scope=scope, values={"booked": yuan_of_fen(holds)})
    form.fields["booked"].widget.attrs["readonly"] = True  # what was counted against, not what is counted
    return form
