"""Customers: found, one of them, entered, corrected, read in full, erased."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.parties import queries
from tongdian.parties.actions import customers as actions
from tongdian.parties.forms import CustomerForm, ReasonForm
from tongdian.parties.models import Customer
from tongdian.parties.pages.asking import ask, asked
from tongdian.parties.registers import CUSTOMERS
from tongdian.parties.sections import customer_sections
from tongdian.registers.fields import Scope
from tongdian.registers.pages.guarding import done, guarded
from tongdian.registers.pages.list_tools import as_file, list_tools
from tongdian.spoken import reader_language

READ, EDIT = "parties.read_customer", "parties.edit_customer"
ON_A_PAGE = 50
typing = require_http_methods(["GET", "HEAD", "POST"])


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ)
def customers(request: HttpRequest) -> HttpResponse:
    """The newest customers, or those found. A search comes by POST: an identity number or phone
    never stands in an address, a log or the browser's history."""
    text = request.POST.get("q", "").strip()
    withdrew = "withdrew" in request.GET
    rows = queries.customers(request.user, text=text, withdrew=withdrew)
    if before := request.POST.get("before", ""):
        last = queries.customers(request.user).filter(number=before).first()
        rows = rows.filter(id__lt=last.id) if last else rows
    listed = list(rows[: ON_A_PAGE + 1])
    context = {
        "rows": [queries.shown(request.user, row) for row in listed[:ON_A_PAGE]],
        "older": listed[ON_A_PAGE - 1].number if len(listed) > ON_A_PAGE else "",
        "q": text,
        "withdrew": withdrew,
        "withdrawn": queries.customers(request.user, withdrew=True).count(),
        "listed": list_tools(request, "customers", keeps=False),
        "may_enter": request.user.has_perm(EDIT),
    }
    return render(request, "parties/customers.html", context)


@require_POST
@guarded(READ)
def export(request: HttpRequest) -> HttpResponseBase:
    """The customers of the list, masked as there; that it was taken along is recorded."""
    text = request.POST.get("q", "").strip()
    return as_file(
        request,
        of="customers",
        title=gettext("Customers"),
        lines=CUSTOMERS.lines(request.user, queries.customers(request.user, text=text), reader_language()),
        query=gettext("found by a search") if text else "",  # what was typed may be somebody's number
    )


@require_safe
@guarded(READ)
def customer(request: HttpRequest, customer: UUID) -> HttpResponse:
    """One customer, and what other areas know of them."""
    one = queries.customer(request.user, customer)
    may = request.user.has_perm
    context = {
        "shown": queries.shown(request.user, one),
        "one": one,
        "may_edit": not one.erased_on and may(EDIT, one.organisation),
        "may_read_numbers": not one.erased_on and may("parties.read_customer_numbers", one.organisation),
        "may_erase": not one.erased_on and may("parties.erase_customer", one.organisation),
        "sections": customer_sections.of(request, one),
        "consents": queries.consents_of(one),
        "consent_stands": queries.standing_consent(one) is not None,
    }
    return render(request, "parties/customer.html", context)


@never_cache
@require_POST
@guarded(READ)
def numbers(request: HttpRequest, customer: UUID) -> HttpResponse:
    """The full numbers, in place of the masked ones; the audit log keeps that they were read."""
    one = queries.customer(request.user, customer)
    try:
        read = actions.read_numbers(viewer=request.user, customer=one, at=timezone.now())
    except actions.IsErased:
        raise PermissionDenied from None
    context = {"one": one, "identity": read.identity, "phone": read.phone, "in_full": True}
    return render(request, "parties/numbers.html", context)


@typing
@guarded(EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """Enter a customer."""
    today, enter = timezone.localdate(), actions.enter_customer
    form = CustomerForm(
        enter.fields,
        request.POST or None,
        scope=Scope(request.user, on=today),
        on=today,
        values={"organisation": queries.houses(request.user, on=today).first()},
    )
    made = done(request, form, enter)
    if made is not None:
        return redirect(_address(made))
    return asked(
        request,
        form,
        title=gettext("New customer"),
        submit=gettext("Enter"),
        back=reverse("customers"),
        crumbs=_crumbs(),
    )


@typing
@guarded(EDIT)
def edit(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Correct what is known; numbers are typed anew or stay."""
    one, today, change = (
        queries.customer(request.user, customer),
        timezone.localdate(),
        actions.change_customer,
    )
    if one.erased_on or not request.user.has_perm(EDIT, one.organisation):
        raise PermissionDenied
    form = CustomerForm(
        change.fields,
        request.POST or None,
        scope=Scope(request.user, one.organisation, today),
        on=today,
        values=change.fields.of(one),
        seen=CUSTOMERS.mark(one),
    )
    if one.kind == Customer.Kind.FIRM:
        del form.fields["consent"], form.fields["document"]
    shown = queries.shown(request.user, one)
    for name, masked in (("identity", shown.identity), ("phone", shown.phone)):
        if masked:
            form.fields[name].help_text = gettext("Now %(masked)s; empty leaves it.") % {"masked": masked}
    if done(request, form, change, customer=one) is not None:
        messages.success(request, gettext("Saved."))
        return redirect(_address(one))
    return asked(
        request,
        form,
        title=gettext("Edit customer"),
        submit=gettext("Save"),
        back=_address(one),
        crumbs=_crumbs(one),
    )


@typing
@guarded("parties.erase_customer")
def erase(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Erase a customer's personal data on lawful request."""
    one = queries.customer(request.user, customer)
    if one.erased_on or not request.user.has_perm("parties.erase_customer", one.organisation):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)

    def do(given: dict[str, Any]) -> str:
        actions.erase_customer(viewer=request.user, customer=one, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("Erase personal data"),
        submit=gettext("Erase for ever"),
        lead=gettext(
            "Name, identity number, phone, e-mail and address are gone and cannot be brought back, "
            "and with them what messages and applications said, and the names of files. The "
            "customer's number, what was done when, the papers themselves and signed agreements "
            "stay, so that the records still add up."
        ),
        back=_address(one),
        crumbs=_crumbs(one),
        danger=True,
    )


def _address(one: Customer) -> str:
    return reverse("customer", args=[one.id])


def _crumbs(one: Customer | None = None) -> list[tuple[str, str]]:
    crumbs = [(gettext("Customers"), reverse("customers"))]
    return [*crumbs, (one.number, _address(one))] if one else crumbs
