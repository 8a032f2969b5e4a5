"""Customers: found, one of them, entered, corrected, read in full, erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.parties import queries
from tongdian.parties.actions import customers as actions
from tongdian.parties.forms import EditCustomerForm, NewCustomerForm, ReasonForm
from tongdian.parties.models import Customer
from tongdian.parties.pages.asking import ask
from tongdian.parties.sections import customer_sections
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file, list_tools

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
    """The customers of the list, their numbers masked; that it was taken along is recorded."""
    text = request.POST.get("q", "").strip()
    rows = queries.customers(request.user, text=text)
    said = gettext("found by a search") if text else ""  # what was typed may be somebody's number
    return as_file(
        request, of="customers", title=gettext("Customers"), lines=_lines(request, rows), query=said
    )


def _lines(request: HttpRequest, rows: QuerySet[Customer]) -> Iterator[list[str]]:
    yield [
        gettext("Customer number"),
        gettext("Kind"),
        gettext("Name"),
        gettext("Identity"),
        gettext("Phone"),
        gettext("Contact"),
        gettext("Customer of"),
    ]
    for row in rows.iterator(chunk_size=500):
        shown = queries.shown(request.user, row)
        yield [
            row.number,
            str(row.get_kind_display()),
            shown.name,
            shown.identity,
            shown.phone,
            row.contact if row.kind == Customer.Kind.FIRM else "",
            row.organisation.shown_name,
        ]


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
    today = timezone.localdate()
    places = queries.houses(request.user, on=today)
    form = NewCustomerForm(request.POST or None, choices=places, on=today)

    def do(given: dict[str, Any]) -> str:
        made = actions.enter_customer(viewer=request.user, at=timezone.now(), **given)
        return _address(made)

    return ask(
        request,
        form,
        do,
        title=gettext("New customer"),
        submit=gettext("Enter"),
        back=reverse("customers"),
        crumbs=_crumbs(),
    )


@typing
@guarded(EDIT)
def edit(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Correct what is known; numbers are typed anew or stay."""
    one = queries.customer(request.user, customer)
    if one.erased_on or not request.user.has_perm(EDIT, one.organisation):
        raise PermissionDenied
    known = {name: getattr(one, name) for name in ("name", "contact", "email", "address")}
    form = EditCustomerForm(request.POST or None, initial=known, on=timezone.localdate())
    if one.kind == Customer.Kind.FIRM:
        del form.fields["consent"]
    shown = queries.shown(request.user, one)
    for name, masked in (("identity", shown.identity), ("phone", shown.phone)):
        if masked:
            form.fields[name].help_text = gettext("Now %(masked)s; empty leaves it.") % {"masked": masked}

    def do(given: dict[str, Any]) -> str:
        actions.change_customer(viewer=request.user, customer=one, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("Edit customer"),
        submit=gettext("Save"),
        back=_address(one),
        crumbs=_crumbs(one),
        done=gettext("Saved."),
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
