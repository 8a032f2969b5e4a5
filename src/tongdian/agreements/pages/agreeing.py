"""The list of agreements, one agreement with its history, and what is done with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.agreements import queries
from tongdian.agreements.actions import agreeing
from tongdian.agreements.forms import ChangeForm, SignForm, a_day_of
from tongdian.agreements.models import Agreement
from tongdian.agreements.pages.proposing import proposed
from tongdian.agreements.registers import FIELDS, narrowed
from tongdian.network.registers import USAGE_POINTS
from tongdian.network.rules import NoSuchPlace, Utility
from tongdian.parties.queries import packs_in_force, shown_name
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import attempt, guarded, status_of
from tongdian.registers.pages.list_tools import Line, as_file, keep_view, list_tools
from tongdian.spoken import reader_language

PAGE, AT_ONCE = 50, 500
ORDER = ("-in_force", "-id")


@require_safe
@guarded("agreements.read")
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that the filters of the address leave, a page at a time."""
    form, found = _listed(request)
    rows = list(_after(found, request)[: PAGE + 1])
    query = _query(request)
    context = {
        "rows": shown_agreements(request, rows[:PAGE]),
        "form": form,
        "query": query,
        "listed": list_tools(request, "agreements", query=query),
        "is_later": "after" in request.GET,
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "may_import": request.user.has_perm("agreements.import"),
    }
    return render(request, "agreements/agreements.html", context)


@require_POST
@guarded("agreements.read")
def views(request: HttpRequest) -> HttpResponse:
    """Keep the list under a name, or forget a view."""
    return keep_view(request, "agreements")


@require_POST
@guarded("agreements.read")
def export(request: HttpRequest) -> HttpResponseBase:
    """Exactly the agreements of the list; that it was taken along is recorded."""
    _form, found = _listed(request)
    return as_file(
        request,
        of="agreements",
        title=gettext("Agreements"),
        lines=_lines(request, found),
        query=_query(request),
    )


def _lines(request: HttpRequest, found: QuerySet[Agreement]) -> Iterator[Line]:
    yield [
        gettext("Agreement"),
        gettext("Customer number"),
        gettext("Customer"),
        gettext("Place"),
        gettext("Usage point"),
        gettext("Utility"),
        gettext("Customer class"),
        gettext("Price category"),
        gettext("First day"),
        gettext("Last day"),
        gettext("Capacity kW"),
    ]
    rows = found.iterator(chunk_size=AT_ONCE)
    while stretch := list(islice(rows, AT_ONCE)):
        for row in shown_agreements(request, stretch):
            one = row["agreement"]
            yield [
                one.number,
                one.customer.number,
                row["customer"],
                one.usage_point.place.name,
                one.usage_point.code,
                str(one.usage_point.get_utility_display()),
                str(row["customer_class"]),
                str(row["category"]),
                one.first_on.isoformat(),
                one.last_on.isoformat() if one.last_on else "",
                one.capacity_kw if one.capacity_kw is not None else "",
            ]


def _listed(request: HttpRequest) -> tuple[FieldsForm, QuerySet[Agreement]]:
    """What the address asks for, and how."""
    typed = request.GET if set(request.GET) & set(FIELDS.by_name) else None
    form = FieldsForm(FIELDS, typed, scope=Scope(request.user))
    given = form.cleaned_data if form.is_valid() else {}
    found = narrowed(request.user, given, on=timezone.localdate())
    return form, found.none() if form.errors else found.order_by(*ORDER)


def _after(found: QuerySet[Agreement], request: HttpRequest) -> QuerySet[Agreement]:
    """What stands behind the last one shown: the thousandth page costs what the first does."""
    id_ = as_uuid(request.GET.get("after"))
    last = queries.agreements(request.user).filter(pk=id_).first() if id_ else None
    if last is None:
        return found
    return found.filter(Q(in_force__lt=last.in_force) | Q(in_force=last.in_force, pk__lt=last.pk))


def _query(request: HttpRequest) -> str:
    """The list's address without the page of it."""
    filters = request.GET.copy()
    filters.pop("after", None)
    return filters.urlencode()


def shown_agreements(request: HttpRequest, rows: list[Agreement]) -> list[dict[str, Any]]:
    """Agreements as pages show them."""
    today, names, told = timezone.localdate(), queries.ClassNames(), reader_language()
    shown = []
    for one in rows:
        customer_class, category = names.said(one, told)
        shown.append(
            {
                "agreement": one,
                "customer": shown_name(request.user, one.customer),
                "customer_class": customer_class,
                "category": category,
                "state": state_of(one, today),
            }
        )
    return shown


def state_of(one: Agreement, today: dt.date) -> str:
    """`coming`, `current` or `ended` on a day."""
    if today < one.first_on:
        return "coming"
    return "current" if today in one.in_force else "ended"


@require_safe
@guarded("agreements.read")
def agreement(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One agreement: terms, text and signatures, and everything agreed at its point."""
    one = queries.agreement(request.user, id_)
    following = Agreement.objects.filter(previous=one).first()
    texts = queries.texts_of(request.user, one)
    [shown] = shown_agreements(request, [one])
    context = shown | {
        "shown": shown,
        "following": following,
        "history": shown_agreements(request, queries.at_point(request.user, one.usage_point)),
        "texts": [(text, queries.signatures(text)) for text in texts],
        "newest_text": texts[0] if texts else None,
        "balances": queries.opening_balances(one),
        "may_sign": request.user.has_perm("agreements.sign", one.organisation),
        "may_change": following is None and shown["state"] != "ended",
        **proposed(request, one),
    }
    return render(request, "agreements/agreement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("agreements.sign")
def sign(request: HttpRequest) -> HttpResponse:
    """A new agreement at the usage point named in the address."""
    try:
        point = USAGE_POINTS.find(request.user, UUID(request.GET.get("point", "")))
    except (ValueError, NoSuchPlace):
        raise Http404 from None
    organisation, today = point.place.organisation, timezone.localdate()
    _must_sign(request, organisation)
    bound = [row.pack for row in packs_in_force(organisation, on=today)]
    names = queries.ClassNames()
    if not bound:
        return render(request, "agreements/no_pack.html", {"point": point})
    wanted = request.GET.get("pack", "")
    pack = wanted if wanted in bound else bound[0]
    form = SignForm(
        request.POST or None,
        organisation=organisation,
        language=reader_language(),
        classes=names.classes(pack) or names.categories(pack, Utility.POWER),
        categories=names.categories(pack, point.utility),
        initial={"first_on": today, "capacity_kw": point.capacity_kw},
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: agreeing.sign(
                viewer=request.user, usage_point=point, pack=pack, at=timezone.now(), **form.cleaned_data
            ),
        )
        if made is not None:
            said = gettext("The agreement %(number)s is entered.") % {"number": made.number}
            messages.success(request, said)
            return redirect("agreement", made.pk)
    context = {
        "form": form,
        "title": gettext("New agreement"),
        "within": f"{point.place.name} · {point.code}",
        "packs": bound if len(bound) > 1 else [],
        "pack": pack,
        "point": point,
    }
    return render(request, "agreements/form.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("agreements.sign")
def change(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Other terms from a day on."""
    one = to_change_agreement(request, id_)
    form = ChangeForm(request.POST or None, **terms_now(request, one))
    return settle(
        request,
        one,
        form,
        gettext("Change the terms from a day on"),
        lambda typed: agreeing.change(viewer=request.user, agreement=one, at=timezone.now(), **typed),
    )


def terms_now(request: HttpRequest, one: Agreement) -> dict[str, Any]:
    """What a form of other terms is built with."""
    names = queries.ClassNames()
    return {
        "language": reader_language(),
        "classes": names.classes(one.pack) or names.categories(one.pack, Utility.POWER),
        "categories": names.categories(one.pack, one.usage_point.utility),
        "initial": {
            "from_on": a_day_of(request.GET.get("from", "")) or timezone.localdate(),
            "customer_class": one.customer_class,
            "price_category": one.price_category,
            "capacity_kw": one.capacity_kw,
        },
    }


def to_change_agreement(request: HttpRequest, id_: UUID) -> Agreement:
    """The agreement, for who may sign and change it."""
    one = queries.agreement(request.user, id_)
    _must_sign(request, one.organisation)
    return one


def _must_sign(request: HttpRequest, organisation: Any) -> None:
    if not request.user.has_perm("agreements.sign", organisation):
        raise PermissionDenied


def settle(
    request: HttpRequest,
    one: Agreement,
    form: Any,
    title: str,
    deed: Any,
    *,
    said: Callable[[], str] | None = None,
) -> HttpResponse:
    """A form about an agreement: shown, or done and back to the agreement."""
    if request.method == "POST" and form.is_valid():
        kept = attempt(form, lambda: deed(form.cleaned_data))
        if kept is not None:
            messages.success(request, said() if said else gettext("Kept."))
            return redirect("agreement", kept.pk)
    within = f"{one.number} · {shown_name(request.user, one.customer)} · {one.usage_point.place.name}"
    context = {"form": form, "title": title, "within": within, "agreement": one}
    return render(request, "agreements/form.html", context, status=status_of(form))
