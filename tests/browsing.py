"""A real browser on the whole program."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).parent / "web" / "vendor" / "axe.min.js"
# What passes is several megabytes a page, which nobody reads.
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(said => said.violations)"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def browser() -> Browser:
    """Debian's Chromium where it is installed, else the one that Playwright installed."""
    from django.db import connections

    # Playwright's event loop hides the connections that were opened before it from Django, which
    # could not close them when `committed` copies the database.
    connections.close_all()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, site):
    """Open the program as a reader would: `open_page(language="en", screen="phone")`. A message
    that the browser writes to its console, such as a refused script, fails the test."""
    contexts, complaints = [], []

    def open_(*, language: str = "zh-CN", screen: str = "desktop") -> Page:
        context = browser.new_context(base_url=site.address, locale=language, viewport=SCREENS[screen])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if _is_bad(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _is_bad(said) -> bool:
    return said.type in ("error", "warning") and "status of 4" not in said.text


@pytest.fixture
def sign_in(site):
    """Sign in on a page: `sign_in(page, "officer")`."""

    def sign_in_(page: Page, name: str) -> None:
        page.goto("/accounts/login/")
        page.fill("[name=login]", name)
        page.fill("[name=password]", site.password)
        page.click("main button")
        page.wait_for_url("**/")

    return sign_in_


@pytest.fixture
def serious_findings():
    """What axe-core finds that is serious or critical, as sentences."""

    def findings(page: Page) -> list[str]:
        # As a browser extension would: the page's own policy forbids strangers' scripts.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(VIOLATIONS)
        return [
            f"{finding['id']}: {finding['help']} {[node['html'] for node in finding['nodes']][:3]}"
            for finding in found
            if finding["impact"] in ("serious", "critical")
        ]

    return findings
