"""A case's page is kept while nothing on it changes, and never longer."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cases.conftest import organisation
from tests.cases.test_engine import PAPERS, hand_in
from tongdian.cases import actions
from tongdian.cases.models import Assignment, Paper
from tongdian.connections.models import Visit
from tongdian.keeping import Kept
from tongdian.web.templatetags import shell

pytestmark = pytest.mark.django_db


def reader(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def page_of(client, case) -> str:
    answer = client.get(f"/cases/{case.number}/")
    if answer.status_code == 404:
        return ""
    page = re.sub(r'nonce="[^"]+"|X-CSRFToken[^}]+|csrfmiddlewaretoken" value="\w+"', "", answer.text)
    return page[page.index("<main") :]


def test_a_page_seen_before_asks_no_more_than_who_looks_and_what_changed(campus, to_approve):
    client = reader(campus.officer)
    page_of(client, to_approve)
    with CaptureQueriesContext(connection) as asked:
        page_of(client, to_approve)
    # session, account, roles, offices below, the case, the rules, its rows' versions, the bell
    assert len(asked) <= 10


def changes(campus, case):
    """One thing after another that a page of the case tells; each yields after it is done."""
    now = timezone.now
    hand_in(case, "shop-lease")
    yield "a paper"
    hand_in(case, *PAPERS)
    yield "papers"
    actions.set_paper_aside(
        viewer=campus.counter, paper=Paper.objects.filter(case=case).first(), reason="模糊", at=now()
    )
    yield "a paper set aside"
    actions.close_stage(viewer=campus.counter, case=case, stage="apply", seen=1, at=now())
    yield "a stage"
    actions.assign(viewer=campus.officer, case=case, part="approve", account=campus.officer, at=now())
    yield "an assignment"
    campus.officer.name = "黄工"
    campus.officer.save()
    yield "a name"
    for one in (campus.energy, campus.campus):
        one.name = f"{one.name}（新）"
        one.save()
        yield "an office's name"
    campus.shop.name = "雁山校区 33 号门面"
    campus.shop.save()
    yield "the place's name"
    actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=now(),
    )
    yield "another case at the place"
    Visit.objects.create(
        case=case, stage="approve", office=campus.energy, starts_at=now(), state=Visit.State.BOOKED
    )
    yield "a visit"
    Visit.objects.update(state=Visit.State.DONE)
    yield "a visit's state"
    campus.energy.fills = []
    campus.energy.save()
    yield "what an office fills"
    organisation("office", "新节能办", "XJN", parent=campus.campus, fills=["energy-office"])
    yield "who fills it"
    Assignment.objects.create(case=case, part="customer-manager", account=campus.counter, by="x", at=now())
    yield "a manager"
    actions.withdraw(viewer=campus.counter, case=case, reason="不开了", seen=2, at=now())
    yield "its end"


def test_a_kept_page_is_always_the_page_that_would_be_drawn_now(campus, open_today, monkeypatch):
    readers = [reader(one) for one in (campus.officer, campus.clerk, campus.counter)]
    seen_before = set()
    for change in changes(campus, open_today):
        for number, client in enumerate(readers):
            shown = page_of(client, open_today)
            with monkeypatch.context() as nothing_kept:
                nothing_kept.setattr(shell, "store", Kept())
                assert shown == page_of(client, open_today), change
            seen_before.add((number, shown))
    assert len(seen_before) > 3 * 10  # the changes are told on the page, to each of them


def test_a_form_on_a_kept_page_carries_its_readers_own_token(campus, open_today):
    one, other = reader(campus.counter), reader(campus.counter)
    one.handler.enforce_csrf_checks = other.handler.enforce_csrf_checks = True
    one.get(f"/cases/{open_today.number}/")
    page = other.get(f"/cases/{open_today.number}/").text
    form = re.search(r'action="(/cases/[^"]+/papers/shop-lease/[^"]*)".*?value="(\w+)"', page, re.DOTALL)
    sent = other.post(form[1], {"csrfmiddlewaretoken": form[2], "seen_original": "on"})
    assert sent.status_code == 302
