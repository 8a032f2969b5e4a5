"""The program in a browser, as a person meets it."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_an_officer_signs_in_and_out(open_page, sign_in, screen):
    page = open_page(screen=screen)
    sign_in(page, "officer")
    page.get_by_role("button", name="账号 officer").click()
    expect(page.get_by_text("officer · 经办人")).to_be_visible()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("link", name="登录").first).to_be_visible()


def test_a_reader_changes_the_language_and_stays_on_the_page(open_page):
    page = open_page()
    page.goto("/accounts/login/?next=/healthz")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.url.endswith("/accounts/login/?next=/healthz")


def test_the_menu_opens_on_a_phone_and_escape_closes_it(open_page):
    page = open_page(screen="phone")
    page.goto("/")
    expect(page.get_by_label("功能区")).to_be_hidden()
    page.get_by_role("button", name="菜单").click()
    expect(page.get_by_label("功能区")).to_have_class(re.compile(r"\bshow\b"))  # it slides in
    page.keyboard.press("Escape")
    expect(page.get_by_label("功能区")).to_be_hidden()


def test_the_keyboard_reaches_the_content_first(open_page):
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_second_factor_is_asked_for_once_it_is_set_up(open_page, sign_in, site):
    page = open_page(language="en")
    sign_in(page, "auditor")
    page.goto("/accounts/2fa/totp/activate/")
    page.fill("[name=password]", site.password)  # asked again before a key is handed out
    page.click("main button")
    secret = page.get_by_label("Authenticator secret").input_value()
    now = next(iter(yield_hotp_counters_from_time()))
    page.fill("[name=code]", format_hotp_value(hotp_value(secret, now)))
    page.get_by_role("button", name="Activate").click()
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("Authentication using an authenticator app is active")).to_be_visible()

    another = open_page(language="en")
    another.goto("/accounts/login/")
    another.fill("[name=login]", "auditor")
    another.fill("[name=password]", site.password)
    another.click("main button")
    expect(another.get_by_label(re.compile("code", re.IGNORECASE))).to_be_visible()
    another.goto("/")
    expect(another.get_by_role("link", name="Sign in").first).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_no_page_of_the_shell_has_a_serious_fault_for_any_reader(
    open_page, sign_in, serious_findings, screen, language
):
    page = open_page(language=language, screen=screen)
    found = {}
    for address in ("/", "/accounts/login/", "/nothing-here"):
        page.goto(address)
        found[address] = serious_findings(page)
    sign_in(page, "admin")
    for address in ("/", "/accounts/password/", "/accounts/2fa/"):
        page.goto(address)
        found[f"signed in: {address}"] = serious_findings(page)
    assert {address: faults for address, faults in found.items() if faults} == {}


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/nothing-here"])
def test_no_page_is_wider_than_a_phone(open_page, address):
    page = open_page(screen="phone", language="en")
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
