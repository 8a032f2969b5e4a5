"""Who pays for works asks by contract and payment, and gets the certificate or that there is none (48)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.accounts.queries.certificates import MOST, READ, asked_for, certificates, served
from tongdian.parties.queries import shown_name
from tongdian.registers.pages.guarding import guarded


@require_safe
@guarded(READ)
def ask(request: HttpRequest) -> HttpResponse:
    """The certificate that serves a payment of a contract; or none, and for which payments there is one."""
    contract, payment = (request.GET.get(name, "").strip()[:120] for name in ("contract", "payment"))
    context: dict[str, Any] = {
        "contract": contract,
        "payment": payment,
        "was_asked": bool(contract and payment),
    }
    if context["was_asked"]:
        found = certificates(request.user, contract=contract, payment=payment)
        context["found"] = [(one, shown_name(request.user, one.customer)) for one in found]
        if not found:
            context["others"] = served(request.user, contract=contract)[:MOST]
    return render(request, "accounts/certificates.html", context)


def on_home(request: HttpRequest) -> dict[str, Any] | None:
    """On the home page of who reads papers and works on no case, such as finance and works offices, where
    certificates are asked for at all."""
    viewer = request.user
    if not viewer.has_perm(READ) or viewer.has_perm("cases.work") or not asked_for(viewer):
        return None
    return {"title": gettext("May this payment for works be approved?")}
