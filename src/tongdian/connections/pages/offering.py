"""What anybody may read: the services with their papers, steps, days and fees; prices; hotlines."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import override
from django.views.decorators.http import require_safe

from tongdian import bounded_days
from tongdian.connections import printing, queries
from tongdian.connections.fields import services_with_fees
from tongdian.connections.pages import public_page, show
from tongdian.connections.pages.drafts import COOKIE, offered_drafts
from tongdian.connections.pages.showing import ShownService, price_tables
from tongdian.parties.models import Organisation
from tongdian.parties.privacy import notice_on
from tongdian.policy.asked_defaults import inputs_on
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.service_groups import group_of, groups_of
from tongdian.registers.inputs import FACT, InputField
from tongdian.registers.pages.unchanged import unchanged_while
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import reader_language, say

# Whoever has a draft in this browser is offered it on these pages.
unchanged = unchanged_while(queries.standing, own_cookies=(COOKIE,))


def the_office(short: str) -> Organisation:
    """An office by its short name. Raises NoSuchService."""
    return queries.office_short(short, timezone.localdate())


def shown_service(office: Organisation, name: str) -> ShownService:
    """A service of an office as it is today. Raises NoSuchService."""
    return ShownService(office, queries.service_of(office, name, timezone.localdate()))


@require_safe
@unchanged
@public_page
def offices(request: HttpRequest) -> HttpResponse:
    """Who supplies you? With one office there is nothing to choose."""
    found = queries.offices(timezone.localdate())
    if len(found) == 1:
        return redirect("services-of", found[0].short)
    return show(request, "offices.html", offices=found)


@require_safe
@unchanged
@public_page
def services(request: HttpRequest, short: str) -> HttpResponse:
    """What can be applied for at an office, by groups."""
    office, today = the_office(short), timezone.localdate()
    offered = queries.services_of(office, today)
    language = reader_language()
    groups = [
        (
            title.say(language),
            [
                (
                    process.rule,
                    process.title.say(language),
                    process.note.say(language) if process.note else "",
                )
                for pack, process in offered
                if group_of(pack, process) == title
            ],
        )
        for title in groups_of(offered)
    ]
    return show(
        request,
        "services.html",
        office=office,
        groups=groups,
        asks_which=_class_pack(office, today) is not None,
        drafts=list(offered_drafts(request, office)),
    )


@require_safe
@unchanged
@public_page
def service(request: HttpRequest, short: str, name: str) -> HttpResponse:
    """Papers, steps, days and fees of one service, before the first question."""
    office = the_office(short)
    shown = shown_service(office, name)
    drafts = list(offered_drafts(request, office, name))
    carried = carried_on(request.GET)
    return show(request, "service.html", office=office, shown=shown, drafts=drafts, carried=carried)


@require_safe
@public_page
def service_notice(request: HttpRequest, short: str, name: str) -> HttpResponse:
    """The same as one sheet of paper."""
    office = the_office(short)
    with override("zh-hans"):  # the paper is in Chinese
        shown = shown_service(office, name)
        pdf = printing.service_guide(office, shown.service, shown.all_money)
    reply = HttpResponse(pdf, content_type="application/pdf")
    reply["Content-Disposition"] = f'inline; filename="{office.short}-{name}.pdf"'
    return reply


# ---------------------------------------------------------------- which one is mine
class WhichForm(forms.Form):
    """The questions that the class of a customer depends on."""

    def __init__(self, *args: Any, asked: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, declared in asked.items():
            self.fields[FACT + name] = InputField(
                name, declared, required=declared.default is None, initial=declared.default
            )

    def answers(self) -> dict[str, Any]:
        """What was answered, by input."""
        return {
            name.removeprefix(FACT): value for name, value in self.cleaned_data.items() if value is not None
        }


@require_safe
@unchanged
@public_page
def which(request: HttpRequest, short: str) -> HttpResponse:
    """A few questions, answered with the class, its article, and the service for it."""
    office, today = the_office(short), timezone.localdate()
    pack = _class_pack(office, today)
    if pack is None:
        raise Http404
    rule = pack.rules[str(pack.head.uses.customer_class)]
    taken = rulebook.options_in_force(pack, rule)
    form = WhichForm(request.GET if request.GET else None, asked=inputs_on(pack, rule, today, taken))
    answer = name = None
    refusal = ""
    if form.is_bound and form.is_valid():
        try:
            answer = pack.answer(rule.rule, on=today, given=form.answers(), take=taken)
        except Refusal as refused:
            refusal = say(refused)
        else:
            name = _service_for(office, str(answer.value), today)
    language = reader_language()
    return show(
        request,
        "which.html",
        office=office,
        form=form,
        refusal=refusal,
        answer=answer,
        said=answer.say_value(language) if answer else "",
        cited=answer.cited(language) if answer else "",
        shown=shown_service(office, name) if name else None,
        carried=urlencode(carried_on(request.GET)),
        status=422 if form.is_bound and not form.is_valid() else 200,
    )


def carried_on(said: QueryDict) -> dict[str, str]:
    """What was answered already about the case, so that it is not asked again."""
    answers = {name: str(value).strip() for name, value in said.items() if name.startswith(FACT)}
    return {name: value for name, value in answers.items() if value}


def _class_pack(office: Organisation, on: dt.date) -> Pack | None:
    """The pack that tells customers apart by class and has services for these classes."""
    for pack in queries.packs_of(office, on):
        if pack.head.uses.customer_class and any(
            "class" in version.given
            for one, process in queries.services_of(office, on)
            if one.id == pack.id
            for version in process.versions
        ):
            return pack
    return None


def _service_for(office: Organisation, class_: str, on: dt.date) -> str | None:
    for pack, process in queries.services_of(office, on):
        wording = process.version_on(on, rulebook.options_in_force(pack, process))
        if wording.given.get("class") == class_:
            return process.rule
    return None


# ---------------------------------------------------------------- prices, fees, hotlines
@require_safe
@unchanged
@public_page
def prices(request: HttpRequest, short: str) -> HttpResponse:
    """The price tables in force on a day, today if none is chosen."""
    office, day = the_office(short), _day(request.GET.get("on", ""))
    tables = [table for pack in queries.packs_of(office, day) for table in price_tables(pack, day)]
    return show(request, "prices.html", office=office, tables=tables, day=day)


@require_safe
@unchanged
@public_page
def fees(request: HttpRequest, short: str) -> HttpResponse:
    """The published catalogue: what is not in it is not charged."""
    office, day = the_office(short), _day(request.GET.get("on", ""))
    services = services_with_fees()
    listed = [
        (fee, services[fee.charged_in].say(reader_language()) if fee.charged_in in services else "")
        for fee in queries.fees(office, on=day)
    ]
    return show(request, "fees.html", office=office, fees=listed, day=day)


@require_safe
@unchanged
@public_page
def hotlines(request: HttpRequest) -> HttpResponse:
    """Whom to call, and for what."""
    return show(request, "hotlines.html", offices=queries.offices(timezone.localdate()))


def _day(text: str) -> dt.date:
    """The day of an address, today where it names none. Raises UnreadableDay, DayOutOfBounds."""
    return bounded_days.checked(bounded_days.read(text)) if text else timezone.localdate()


@require_safe
@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """What every office tells before it takes personal information."""
    today = timezone.localdate()
    notice = notice_on(today).told_by_all()
    return show(request, "privacy.html", notice=notice, offices=queries.offices(today))
