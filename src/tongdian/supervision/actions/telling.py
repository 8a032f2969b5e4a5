"""Telling offices and suppliers what waits for them: a question on a cell, an indicator that turned red.

A message names documents, indicators and numbers of cases; nobody, and nothing that somebody wrote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tongdian.calendar import legal_day
from tongdian.cases.models import Case
from tongdian.notices.actions import Recipient, notify
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import who_may
from tongdian.policy.words import Words
from tongdian.supervision.models import CellQuestion, CountedFigures
from tongdian.supervision.queries.counting import IndicatorResult
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.rules import FILE

MOST_NUMBERS = 10  # of cases that a message names


def tell_question(question: CellQuestion, here: ReturnStanding, *, of: Organisation, at: dt.datetime) -> None:
    """Tell everybody who fills in at the office that filed that `of` asks about a cell."""
    page = reverse("supervision-return", args=[here.organisation.pk, here.form.key, here.period.key])
    for account in who_may(FILE.name, here.organisation, on=legal_day(at)):
        notify(
            name="supervision-question", organisation=of.pk, to=Recipient.colleague(account),
            subject=f"question:{question.pk}",
            params={
                "office": _named(of), "form": here.title, "period": here.period.title,
                "until": question.answer_by.isoformat(), "link": f"{settings.PUBLIC_ADDRESS}{page}",
            },
            at=at,
        )  # fmt: skip


def tell_red(
    figures: CountedFigures,
    now: Sequence[IndicatorResult],
    before: Iterable[IndicatorResult],
    *,
    at: dt.datetime,
) -> None:
    """Tell the office that counted, and the suppliers whose cases do not keep an indicator, when it turned red: it was
    not so in the count `before` of the same period. Told once: counted again while it is red, nobody is told anew."""
    known = {one.rule.rule for one in before if one.verdict == "not_met"}
    for one in now:
        if one.verdict != "not_met" or one.rule.rule in known:
            continue
        _tell_office(figures, one, at=at)
        rows = Case.objects.filter(number__in=[case["case"] for case in one.late])
        late: dict[UUID, list[str]] = {}
        for number, supplier in rows.order_by("number").values_list("number", "organisation"):
            late.setdefault(supplier, []).append(number)
        for whose in Organisation.objects.filter(pk__in=late).order_by("short"):
            _tell(figures, one, whose, late[whose.pk], at=at)


def _tell_office(figures: CountedFigures, one: IndicatorResult, *, at: dt.datetime) -> None:
    office = figures.organisation
    query = urlencode({"office": office.short, "period": figures.period})
    page = f"{reverse('supervision-indicator', args=[one.rule.rule])}?{query}"
    for account in who_may(FILE.name, office, on=legal_day(at)):
        notify(
            name="supervision-red-here", organisation=office.pk, to=Recipient.colleague(account),
            subject=_subject(figures, one),
            params={
                "office": _named(office), "indicator": one.rule.title, "period": figures.period,
                "cases": str(one.whole.total - one.whole.total_within), "total": str(one.whole.total),
                "link": f"{settings.PUBLIC_ADDRESS}{page}",
            },
            at=at,
        )  # fmt: skip


def _tell(
    figures: CountedFigures,
    one: IndicatorResult,
    supplier: Organisation,
    numbers: Sequence[str],
    *,
    at: dt.datetime,
) -> None:
    # its own cases: the indicator's page is the office's that counted
    page = f"{reverse('cases')}?{urlencode({'organisation': str(supplier.pk)})}"
    listed = "、".join(numbers[:MOST_NUMBERS]) + (" …" if len(numbers) > MOST_NUMBERS else "")
    for account in who_may(FILE.name, supplier, on=legal_day(at)):
        notify(
            name="supervision-red", organisation=figures.organisation_id, to=Recipient.colleague(account),
            subject=_subject(figures, one),
            params={
                "office": _named(figures.organisation), "indicator": one.rule.title, "period": figures.period,
                "cases": str(len(numbers)), "numbers": listed, "link": f"{settings.PUBLIC_ADDRESS}{page}",
            },
            at=at,
        )  # fmt: skip


def _subject(figures: CountedFigures, one: IndicatorResult) -> str:
    return f"red:{one.rule.rule}/{figures.period}/{figures.organisation_id}"


def _named(office: Organisation) -> Words:
    return Words(office.name, office.name_en or office.name)
