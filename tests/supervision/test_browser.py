"""Findings and letters in a real browser: read by everybody, answered on a telephone, signed by a second person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.browsing import SCREENS
from tests.conftest import start_site
from tests.database import HOME, ON_A_SERVER, lay_database
from tests.supervision.town import PASSWORD


@pytest.fixture(scope="module")
def town():
    """A program of its own over a nation with findings: other browser tests meet an empty installation."""
    if ON_A_SERVER:
        pytest.skip("the town is laid beside the program's own server")
    home = HOME / "supervised"
    lay_database(home)
    started = start_site(home)
    made = subprocess.run(
        [sys.executable, "-m", "tests.supervision.town"],
        env=os.environ | {"TONGDIAN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    yield SimpleNamespace(address=started.address, of=json.loads(made.stdout))
    started.process.terminate()
    started.process.wait(60)


@pytest.fixture
def open_as(town, browser):
    """Sign somebody in: `open_as("regional-clerk", screen="phone")`."""
    contexts, complaints = [], []

    def open_(who, *, screen="desktop", language="zh-CN"):
        context = browser.new_context(base_url=town.address, locale=language, viewport=SCREENS[screen])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/accounts/login/")
        page.fill("[name=login]", who)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_every_page_can_be_read_by_everybody(town, open_as, serious_findings, screen, language):
    page = open_as("regional-officer", screen=screen, language=language)
    width, at = page.evaluate("innerWidth"), "/supervision/findings/"
    for address in (
        f"{at}?standing=all",
        f"{at}{town.of['overdue']}/",
        f"{at}new/",
        f"{at}letters/",
        f"{at}letters/talk/{town.of['talk']}/",
        f"{at}letters/circular/{town.of['circular']}/",
        f"{at}letters/reminder/{town.of['reminder']}/",
        f"{at}letters/circular/new/",
        f"{at}letters/talk/new/",
    ):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        assert serious_findings(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_supplier_answers_and_a_second_person_signs(town, open_as, screen):
    page = open_as("supplier-clerk", screen=screen)
    talk = town.of[f"talk-{screen}"]
    page.goto(f"/supervision/findings/{town.of[f'ordered-{screen}']}/")
    page.get_by_label("说明").fill("已全部清退")
    page.get_by_label("凭证").fill("整改报告〔2026〕1号")
    page.get_by_role("button", name="上报已整改").click()
    expect(page.get_by_text("整改报告〔2026〕1号")).to_be_visible()
    expect(page.get_by_role("heading", name="可办理事项")).to_have_count(0)

    drafter = open_as("regional-clerk", screen=screen)
    drafter.goto(f"/supervision/findings/letters/talk/{talk}/")
    expect(drafter.get_by_text("须由另一人签发")).to_be_visible()
    expect(drafter.get_by_role("button", name="签发")).to_have_count(0)
    signer = open_as("regional-officer", screen=screen)
    signer.goto(f"/supervision/findings/letters/talk/{talk}/")
    signer.get_by_role("button", name="签发").click()
    expect(signer.locator("h1")).to_contain_text("已签发")
