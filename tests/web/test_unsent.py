"""What somebody typed is not lost because their session ended meanwhile (journeys 10)."""

from __future__ import annotations

import datetime as dt
import io
import re
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.cases.conftest import make_campus
from tests.tries import forget_all_tries
from tongdian.cases import actions as cases
from tongdian.cases.models import Paper
from tongdian.web import unsent


@pytest.fixture
def campus(db, viewer):
    forget_all_tries()
    return make_campus(viewer)


@pytest.fixture
def case(campus):
    return cases.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=timezone.now(),
        facts={},
        channel="counter",
    )


def come_in(client, account):
    account.set_password("a good password 9")
    account.save()
    said = {"login": account.username, "password": "a good password 9", "next": "/unsent/"}
    return client.post("/accounts/login/", said)


def hidden(page):
    """The fields that a page would send."""
    form = page.partition('class="unsent"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {unescape(name): unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_a_form_sent_after_the_session_ended_goes_on_after_signing_in(client, campus, case):
    address = f"/cases/{case.number}/withdraw/"
    typed = {"seen": "1", "reason": "申请人来电：门面转让，\n“不再申请”。", "csrfmiddlewaretoken": "old"}
    led = client.post(address, typed)
    assert led["Location"] == "/accounts/login/?next=/unsent/"
    assert "登录已过期" in client.get(led["Location"]).content.decode()
    assert come_in(client, campus.counter)["Location"] == "/unsent/"
    page = client.get("/unsent/").content.decode()
    assert f'action="{address}"' in page
    assert hidden(page) == {"seen": "1", "reason": typed["reason"]}
    client.post(address, hidden(page))
    assert client.get("/unsent/")["Location"] == "/"  # it is sent, so it is kept no longer


def test_what_is_kept_is_encrypted_and_gone_after_an_hour(client, campus, case, monkeypatch):
    client.post(f"/cases/{case.number}/withdraw/", {"reason": "电话 13807730001"})
    (kept,) = Session.objects.all()
    assert "13807730001" not in str(kept.get_decoded())
    assert kept.expire_date - timezone.now() <= unsent.KEPT_FOR
    come_in(client, campus.counter)
    assert client.get("/unsent/").status_code == 200
    later = timezone.now() + unsent.KEPT_FOR + dt.timedelta(minutes=1)
    monkeypatch.setattr("tongdian.web.pages.timezone.now", lambda: later)
    assert client.get("/unsent/")["Location"] == "/"


def test_files_are_not_kept_and_it_is_said_which_to_choose_again(client, campus, case):
    photo = io.BytesIO(b"a photograph")
    photo.name = "租赁合同.jpg"
    client.post(f"/cases/{case.number}/papers/shop-lease/receive/", {"photo": photo})
    come_in(client, campus.counter)
    page = client.get("/unsent/").content.decode()
    assert "租赁合同.jpg" in page
    assert 'type="file" id="again-1" name="photo"' in page
    assert not Paper.objects.exists()


def test_passwords_are_never_kept(client, campus):
    client.post("/accounts/password/change/", {"oldpassword": "a", "password1": "b"})
    client.post("/acting-at/", {"office": "x", "password": "secret", "code": "123456"})
    come_in(client, campus.counter)
    assert hidden(client.get("/unsent/").content.decode()) == {"office": "x"}


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({}, False),
    ],
)
def test_with_the_cookies_gone_the_text_is_kept_for_our_own_pages_alone(campus, case, headers, is_ours):
    """Another's page could else have sent what nobody typed."""
    address = f"/cases/{case.number}/withdraw/"
    said = Client(enforce_csrf_checks=True).post(address, {"reason": "门面转让"}, headers=headers)
    page = said.content.decode()
    assert said.status_code == 403
    assert ("您的登录已过期" in page) is is_ours
    assert (hidden(page).get("reason") == "门面转让") is is_ours
    assert (f'action="{address}"' in page) is is_ours


def test_who_never_signed_in_is_told_that_the_page_was_too_old(db) -> None:
    """An applicant whose browser has removed its cookies has no sign-in that could expire."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    for where in ("/track/", "/apply/gone/what/"):
        said = Client(enforce_csrf_checks=True).post(where, {"number": "YS-2026-1"}, headers=headers)
        page = said.content.decode()
        assert said.status_code == 403
        assert "登录已过期" not in page
        assert "页面已过时" in page
        assert hidden(page).get("number") == "YS-2026-1"


def test_too_much_is_not_kept(client, campus, case):
    led = client.post(f"/cases/{case.number}/withdraw/", {"reason": "字" * (unsent.LONGEST + 1)})
    assert led["Location"] == f"/accounts/login/?next=/cases/{case.number}/withdraw/"


def test_a_browser_says_that_our_page_sent_it_and_goes_on(open_page, sign_in, site):
    page = open_page()
    sign_in(page, "admin")
    page.goto("/organisations/new/")
    page.fill("[name=name]", "东城校区")
    page.context.clear_cookies()
    page.locator("main form .btn-primary").first.click()
    expect(page.get_by_role("heading", name="您的登录已过期")).to_be_visible()
    page.get_by_role("button", name="现在提交").click()
    expect(page.get_by_text("为您保留一小时")).to_be_visible()
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", site.password)
    page.click("main button")
    page.get_by_role("button", name="现在提交").click()
    expect(page.locator("[name=name]")).to_have_value("东城校区")
