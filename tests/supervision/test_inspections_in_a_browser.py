"""Inspections, the group and the mark on a plan in a real browser: at a desk and on a telephone on site."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client

from tests.browsing import SCREENS
from tests.journeys.conftest import Quiet
from tests.supervision.conftest import accepted, adopt_group, at, d, filed, make_nation
from tests.supervision.test_counting import opened_shops
from tests.supervision.test_inspections import PNG, all_typed, begun, recorded, whole_plan
from tests.supervision.test_revising import plan_cells

SHOTS = os.environ.get("TONGDIAN_SHOTS", "")  # a folder: what was seen is kept there, to be looked at


@pytest.fixture
def inspected(committed, viewer):
    """A plan, an inspection with a draw of two, of which one differs; a group behind; a plan to be amended."""
    from tongdian.audit_log.actions import make_checkpoint
    from tongdian.supervision.actions import drawing
    from tongdian.supervision.actions.letters import send_reminder

    nation = all_typed(make_nation(viewer))
    plan = whole_plan(nation)
    adopt_group(nation, viewer)
    opened_shops(nation)
    make_checkpoint(at=at("2026-07-01"))
    clerk = nation.who["regional"].clerk
    nation.inspection = begun(nation, planned=plan.lines.get(supplier=nation.supplier), cause="")
    drawing.draw_cases(viewer=clerk, inspection=nation.inspection, size=2, late=1, at=at("2026-07-02"))
    one, nation.other = nation.inspection.draws.get().cases.order_by("position")
    recorded(nation, one, outcome="differs", differs="受理单日期晚于系统三天", files=[(PNG, "受理单.png")])
    send_reminder(
        viewer=nation.who["group"].officer, organisation=nation.group, about=nation.own, clause="附件1/53",
        text="实施方案请于本周报出", due_on=d("2026-07-10"), at=at("2026-07-02"),
    )  # fmt: skip
    absent = [{"organisation": short, "why": "尚未报送"} for short in ("GLS", "QXQ", "YSQ")]
    for who, above, covers in (("city", "province", "160"), ("province", "nea", "200")):
        version = filed(
            nation, who, "plan", "once", plan_cells(nation, covers=covers), "2021-04-20", absent=absent
        )
        accepted(nation, above, version, "2021-04-21")
    return nation


@pytest.fixture
def served(inspected):
    """The program, from the test's own database."""
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def as_somebody(browser, served):
    """`as_somebody(account, screen, language)` is a page of theirs. A message on its console fails the test."""
    contexts, complaints = [], []

    def open_(account, screen, language="zh-CN"):
        client = Client()
        client.force_login(account)
        context = browser.new_context(base_url=served, locale=language, viewport=SCREENS[screen])
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": served}]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" and "status of 4" not in said.text else None,
        )  # fmt: skip
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def look(page, findings, name):
    """Nothing is in anybody's way, and nothing runs off the screen."""
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    assert findings(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url


def test_every_page_at_a_desk_and_on_a_telephone_in_both_languages(inspected, as_somebody, serious_findings):
    nation, who = inspected, inspected.who
    pages = {
        "plan": (who["regional"].officer, "/supervision/inspections/?year=2026"),
        "write": (who["regional"].officer, "/supervision/inspections/plan/?year=2026"),
        "type": (who["regional"].officer, "/supervision/inspections/types/?supplier=GD"),
        "one": (who["regional"].officer, f"/supervision/inspections/{nation.inspection.pk}/"),
        "draw": (who["regional"].officer, f"/supervision/inspections/{nation.inspection.pk}/draw/"),
        "site": (who["regional"].officer, f"/supervision/inspections/cases/{nation.other.pk}/"),
        "group": (who["group"].officer, "/supervision/group/"),
        "remind": (
            who["group"].officer,
            "/supervision/findings/letters/reminder/new/?whom=LG&clause=附件1/53",
        ),
        "coordination": (who["province"].officer, "/supervision/coordination/"),
        "ledger": (who["city"].officer, "/supervision/tasks/"),
        "amend": (who["city"].officer, f"/supervision/returns/{nation.city.pk}/plan/once/"),
        "chasing": (who["province"].officer, "/supervision/expected/plan/once/"),
        "home": (who["regional"].officer, "/"),
    }
    for screen, language in (("phone", "zh-CN"), ("desktop", "en"), ("desktop", "zh-CN")):
        for name, (account, address) in pages.items():
            page = as_somebody(account, screen, language)
            reply = page.goto(address)
            assert reply.status == 200, (name, reply.status)
            look(page, serious_findings, f"{name}-{screen}-{language[:2]}")
            page.close()


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_an_inspector_records_on_site_with_a_photograph(inspected, as_somebody, serious_findings, screen):
    page = as_somebody(inspected.who["regional"].clerk, screen)
    page.goto(f"/supervision/inspections/{inspected.inspection.pk}/")
    page.get_by_role("link", name=inspected.other.case.number).click()
    page.locator("[name=original]").first.check()
    page.get_by_label("不一致", exact=True).check()
    page.get_by_role("button", name="保存").click()
    look(page, serious_findings, f"refused-{screen}")
    assert page.get_by_text("不一致的须写明哪里不一致").first.is_visible()
    assert page.locator("[name=original]").first.is_checked()  # what was ticked stays
    page.fill("[name=differs]", "图纸与现场不符")
    page.set_input_files("[name=photos]", {"name": "现场.png", "mimeType": "image/png", "buffer": PNG})
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(f"**/inspections/{inspected.inspection.pk}/")
    assert page.get_by_text("图纸与现场不符").is_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="导出证据（.zip）").click()
    assert taken.value.suggested_filename.endswith(".zip")
