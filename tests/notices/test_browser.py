"""The pages of notices in a real browser, empty as a new installation meets them."""

import pytest
from playwright.sync_api import expect

PAGES = ("/notices/", "/deliveries/", "/channels/")


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_the_pages_of_notices_are_open_to_everybody(open_page, sign_in, serious_findings, screen):
    page = open_page(screen=screen)
    sign_in(page, "admin")
    width = page.evaluate("innerWidth")
    for address in PAGES:
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        assert serious_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_bell_leads_to_the_notices(open_page, sign_in):
    page = open_page(language="en")
    sign_in(page, "officer")
    page.get_by_role("link", name="Notices").click()
    page.wait_for_url("**/notices/")
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
