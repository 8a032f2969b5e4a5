"""The page on which anybody verifies a bill by its QR code, or the proof of a balance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.accounts.rules import GROWS_BY_DEBIT, LedgerKind
from tongdian.billing.queries import standing_of
from tongdian.money import format_yuan
from tongdian.registers.pages.guarding import attempt, status_of
from tongdian.signed_papers import LONGEST, as_pem, public_of, verified_balances, verified_bill


class SignedTextForm(forms.Form):
    """What was scanned or downloaded, and what the paper says."""

    text = forms.CharField(
        label=_("What the QR code says, or the file of a proof"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )
    yuan = forms.DecimalField(
        label=_("Amount on the paper (yuan)"),
        required=False,
        max_digits=14,
        decimal_places=2,
        help_text=_("Left empty: compare it yourself with what is shown."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Whether a text is what this office signed, and whether such a bill still stands."""
    public = public_of(settings.PAPERS_KEY)
    scanned = request.GET.get("p", "")
    data: Any = {"text": scanned} if scanned and request.method != "POST" else request.POST or None
    form = SignedTextForm(data)
    said: dict[str, Any] | None = None
    if form.is_bound and form.is_valid():
        text, yuan = form.cleaned_data["text"], form.cleaned_data["yuan"]
        said = attempt(form, lambda: _said(text, public, yuan))
    context = {"form": form, "said": said}
    return render(request, "billing/verify.html", context, status=200 if scanned else status_of(form))


@require_safe
def public_key(request: HttpRequest) -> HttpResponse:
    """The public key of this installation, for `tongdian verify --key`."""
    reply = HttpResponse(as_pem(public_of(settings.PAPERS_KEY)), content_type="application/x-pem-file")
    reply["Content-Disposition"] = 'attachment; filename="tongdian-papers.pem"'
    reply["X-Content-Type-Options"] = "nosniff"
    return reply


def _said(text: str, public: bytes, yuan: Decimal | None) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        proof = verified_balances(text, public)
        balances = [
            (LedgerKind(kind).label, format_yuan(fen if kind in GROWS_BY_DEBIT else -fen))
            for _, kind, fen in proof["b"]
        ]
        return {"account": proof["a"], "month": proof["m"], "root": proof["r"], "balances": balances}
    bill = verified_bill(text, public, yuan=yuan)
    stands, instead = standing_of(bill["n"], bill["h"])
    return {
        "number": bill["n"],
        "yuan": format_yuan(bill["fen"]),
        "last": bill["l"],
        "due": bill["d"],
        "stands": stands,
        "instead": instead,
    }
