"""Opening a case at the counter: which service, for whom, where, and what is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from tongdian.allowed import NotAllowed
from tongdian.cases import queries as cases
from tongdian.cases.models import ApplicationChannel, Case
from tongdian.connections import queries
from tongdian.connections.actions import take_application
from tongdian.connections.entries import WHERE, asked_of, doubt_of
from tongdian.connections.forms import RADIO, WhatForm
from tongdian.network import queries as network
from tongdian.network.models import Place
from tongdian.network.rules import FOUND
from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.consent_on_paper import ConsentOnPaper
from tongdian.parties.fields import CUSTOMER
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.queries import customers, manageable, packs_in_force, shown_name
from tongdian.policy.packs import Pack
from tongdian.policy.process import Process, ProcessVersion
from tongdian.policy.refusals import Refusal
from tongdian.policy.service_groups import group_of, groups_of
from tongdian.registers.fields import Fields, Scope, problem_of
from tongdian.registers.forms import FormField
from tongdian.registers.inputs import FACT
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import guarded
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import reader_language, say


@dataclass(frozen=True)
class ApplicationOption:
    """A process that somebody may apply for here."""

    pack: Pack
    process: Process

    @property
    def key(self) -> str:
        """pack/process, as an address names it."""
        return f"{self.pack.adopted_id}/{self.process.rule}"

    @property
    def title(self) -> str:
        """In the reader's language."""
        return self.process.title.say(reader_language())

    @property
    def note(self) -> str:
        """When it is applied for."""
        return self.process.note.say(reader_language()) if self.process.note else ""

    def wording(self, on: dt.date) -> ProcessVersion:
        """The wording in force on a day."""
        taken = rulebook.options_in_force(self.pack, self.process)
        found: ProcessVersion = self.process.version_on(on, taken)
        return found


class OpeningForm(WhatForm):
    """An application made at the counter, by telephone or on paper: what it asks online, but who
    applies and where. A case within another asks only for its facts."""

    channel = forms.ChoiceField(
        label=_("How it came in"),
        choices=[
            (ApplicationChannel.COUNTER, ApplicationChannel.COUNTER.label),
            (ApplicationChannel.PHONE, ApplicationChannel.PHONE.label),
        ],
        widget=forms.RadioSelect(RADIO),
        initial=ApplicationChannel.COUNTER,
    )
    claimed_on = forms.DateField(
        required=False,
        label=_("The day on which it was handed in"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_(
            "It counts for the limit. That it was entered later, and by how many days, is shown "
            "to everybody who reads the case, and reported."
        ),
    )

    def facts(self) -> dict[str, Any]:
        """What the applicant stated of the process's own facts."""
        return {
            name.removeprefix(FACT): value
            for name, value in self.cleaned_data.items()
            if name.startswith(FACT) and value is not None
        }

    def answers(self) -> dict[str, Any]:
        """The rest of what was answered, by the names of `entries`."""
        own = {"channel", "claimed_on"}
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if not name.startswith(FACT) and name not in own
        }


class NewCustomerForm(ConsentOnPaper):
    """Somebody who is not known here yet."""

    asked = Fields(*(CUSTOMER[name] for name in ("kind", "name", "document", "identity", "phone", "contact")))
    field_order = [one.name for one in asked]

    def __init__(self, *args: Any, scope: Scope, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, on=on, **kwargs)
        self.fields.update((one.name, FormField(one, scope)) for one in self.asked)
        self.order_fields(self.field_order)
        for one in self.asked:
            self.initial.setdefault(one.name, one.default)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("cases.open")
def new(request: HttpRequest) -> HttpResponse:
    """Choose the service; then for whom and where; then the case stands."""
    today, whole = timezone.localdate(), _whole(request)
    offered = list(manageable(request.user, "cases.open", on=today).order_by("name"))
    places = [one for one in offered if packs_in_force(one, on=today) and not _is_office(one)]
    chosen = str(whole.organisation_id) if whole else request.GET.get("for", "")
    organisation = next((one for one in places if str(one.pk) == chosen), None)
    if organisation is None and len(places) == 1:
        organisation = places[0]
    services = list(_services(organisation, today, whole)) if organisation else []
    service = next((one for one in services if one.key == request.GET.get("service")), None)
    if organisation is None or service is None:
        listed = [one for one in services if one.process.service]
        groups = [
            (
                title.say(reader_language()),
                [one for one in listed if group_of(one.pack, one.process) == title],
            )
            for title in groups_of((one.pack, one.process) for one in listed)
        ]
        context = {"places": places, "organisation": organisation, "groups": groups, "kept": _kept(request)}
        return render(request, "connections/choose_service.html", context)
    return _apply(request, organisation, service, today, whole)


def _whole(request: HttpRequest) -> Case | None:
    """The case that the new one is to serve, if the address names one. Raises NoSuchCase."""
    number = request.GET.get("part_of", "")
    return cases.case_numbered(request.user, number) if number else None


def _asked(
    organisation: Organisation,
    service: ApplicationOption,
    on: dt.date,
    whole: Case | None,
    customer: Customer | None,
    place: Place | None,
) -> Fields:
    """What is asked beside the facts: nothing again within a case."""
    if whole is not None:
        return Fields()
    found = queries.service_of(organisation, service.process.rule, on, pack_id=service.pack.adopted_id)
    doubt = doubt_of(found, place=place, kind=customer.kind if customer else "")
    return Fields(WHERE["place_text"], *asked_of(found, doubt).screens["what"])


def _is_office(organisation: Organisation) -> bool:
    return organisation.kind in (Organisation.Kind.OFFICE, Organisation.Kind.UNIT)


def _services(
    organisation: Organisation, on: dt.date, whole: Case | None = None
) -> Iterator[ApplicationOption]:
    """What may be applied for; within a case, what has no service of its own but serves one."""
    for adopted in packs_in_force(organisation, on=on):
        try:
            pack = rulebook.pack_for(adopted.pack, organisation.region_id)
        except Refusal:
            continue
        for rule in pack.rules.values():
            if isinstance(rule, Process) and (rule.service is None) == (whole is not None):
                yield ApplicationOption(pack, rule)


def _kept(request: HttpRequest) -> str:
    """What the address chose already, for the next step's links."""
    kept = request.GET.copy()
    kept.pop("service", None)
    kept.pop("for", None)
    return kept.urlencode()


def _apply(
    request: HttpRequest,
    organisation: Organisation,
    service: ApplicationOption,
    today: dt.date,
    whole: Case | None,
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    chosen = {
        name: request.POST.get(name, "")
        or request.GET.get(name, "")
        or str(getattr(whole, f"{name}_id", None) or "")
        for name in ("customer", "place")
    }
    scope = Scope(viewer=request.user, organisation=organisation, on=today)
    wording = service.wording(today)
    customer, place = _customer(request, chosen["customer"]), _place(request, chosen["place"])
    form = OpeningForm(
        typed,
        asked=_asked(organisation, service, today, whole, customer, place),
        facts={name: wording.facts[name] for name in wording.asks},
        initial={"wants_power": True},
        scope=scope,
    )
    # asked for only where nobody is chosen
    newcomer = NewCustomerForm(None if customer else typed, scope=scope, on=today)
    refusal, status = "", 200
    is_search = request.method == "POST" and "open" not in request.POST
    if is_search:
        form.errors.clear()
        newcomer.errors.clear()
    elif request.method == "POST":
        status = 422
        known = customer is not None or newcomer.is_valid()
        if form.is_valid() and known:
            try:
                case = _open(request, organisation, service, customer, place, form, newcomer, whole)
            except NotAllowed:
                raise
            except Refusal as refused:
                if refused.field in form.fields:
                    form.add_error(refused.field, say(problem_of(refused)))
                elif refused.field in newcomer.fields and customer is None:
                    newcomer.add_error(refused.field, say(problem_of(refused)))
                else:
                    refusal = say(refused)
            else:
                said = gettext("%(number)s is open.") % {"number": case.number}
                messages.success(request, said)
                return redirect("case", case.number)
    context = {
        "organisation": organisation,
        "service": service,
        "whole": whole,
        "form": form,
        "newcomer": newcomer,
        "customer": customer,
        "customer_name": shown_name(request.user, customer) if customer else "",
        "place": place,
        "refusal": refusal,
        **_found(request, organisation),
    }
    return render(request, "connections/open.html", context, status=status)


def _open(
    request: HttpRequest,
    organisation: Organisation,
    service: ApplicationOption,
    customer: Customer | None,
    place: Place | None,
    form: OpeningForm,
    newcomer: NewCustomerForm,
    whole: Case | None,
) -> Case:
    """A new customer and the case together, or neither."""
    at = timezone.now()
    with transaction.atomic():
        if customer is None:
            customer = enter_customer(
                viewer=request.user, organisation=organisation, at=at, **newcomer.cleaned_data
            )
        return take_application(
            viewer=request.user,
            organisation=organisation,
            pack=service.pack.adopted_id,
            process=service.process.rule,
            customer=customer,
            place=place,
            at=at,
            given=form.answers(),
            facts=form.facts(),
            channel=form.cleaned_data["channel"],
            claimed_on=form.cleaned_data["claimed_on"],
            part_of=whole,
        )


def _found(request: HttpRequest, organisation: Organisation) -> dict[str, Any]:
    """What was looked for, with what was found."""
    typed = request.POST
    of, where = typed.get("find_customer", "").strip(), typed.get("find_place", "").strip()
    people = customers(request.user, text=of).filter(organisation=organisation)[:FOUND]
    return {
        "find_customer": of,
        "find_place": where,
        "people": [(one, shown_name(request.user, one)) for one in people] if of else [],
        "places": network.find_places_of(request.user, organisation, where, limit=FOUND),
    }


def _customer(request: HttpRequest, id_: str) -> Customer | None:
    """The customer chosen just now, else the one chosen before."""
    chosen = as_uuid(request.POST.get("choose_customer", id_))
    return customers(request.user).filter(pk=chosen).first() if chosen else None


def _place(request: HttpRequest, id_: str) -> Place | None:
    """The place chosen just now, else the one chosen before."""
    chosen = as_uuid(request.POST.get("choose_place", id_))
    return network.places(request.user).filter(pk=chosen).first() if chosen else None
