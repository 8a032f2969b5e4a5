"""On a telephone and on a desk: the officer finds what waits and countersigns it with a photograph."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.cases.conftest import adopt_where_requests_stop_the_clock, organisation
from tests.cases.test_claims import long_ago
from tests.cases.test_pages_in_a_browser import campus, pages
from tests.connections.conftest import picture

__all__ = ["campus", "pages"]


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_the_officer_countersigns_what_waits(pages, viewer, screen):
    made = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt_where_requests_stop_the_clock(made, viewer)
    officer = viewer("officer", "gd-officer", at=made)
    case = long_ago((made, viewer("clerk", "gd-clerk", at=made), officer))
    page = pages(officer, screen=screen)
    page.goto("/cases/claims/")
    shot(page, f"list-{screen}")
    page.get_by_role("link", name=case.number).click()
    expect(page.get_by_role("link", name="Countersign with evidence")).to_be_visible()
    shot(page, f"case-{screen}")
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.get_by_role("link", name="Countersign with evidence").click()
    expect(page.get_by_role("heading", name="Countersign: Suspended")).to_be_visible()
    page.get_by_label("What it rests on").set_input_files(
        {"name": "request.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    page.get_by_role("button", name="Countersign").click()
    expect(page.get_by_text("Countersigned: Suspended")).to_be_visible()
    expect(page.get_by_text("Claims that wait for a countersignature")).to_have_count(0)


def shot(page, name):
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
