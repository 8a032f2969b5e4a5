"""The case page in a real browser: an officer, two at once, the keyboard alone, a telephone."""

from __future__ import annotations

import io

import pytest
from django.test.testcases import LiveServerThread
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tests.agreements.conftest import make_customer
from tests.browsing import SCREENS
from tests.cases.brought import brought
from tests.cases.conftest import make_campus
from tests.cases.test_engine import PAPERS, hand_in
from tongdian.cases import actions
from tongdian.cases.models import Event, OpenStage, Paper


@pytest.fixture
def campus(committed, viewer):
    """The campus where commits are real, for the browser reads them from another thread."""
    return make_campus(viewer)


@pytest.fixture
def pages(browser, campus):
    """The program in this process, and `pages(account, screen)`: a browser signed in as somebody."""
    from django.db import connections
    from django.test import Client

    server = LiveServerThread("127.0.0.1", lambda application: application)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    address, contexts, complaints = f"http://127.0.0.1:{server.port}", [], []

    def open_(account, *, screen="desktop", language="en", javascript=True):
        context = browser.new_context(
            base_url=address, locale=language, viewport=SCREENS[screen], java_script_enabled=javascript
        )
        contexts.append(context)
        client = Client()
        client.force_login(account)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type == "error" and "status of 4" not in said.text
                else None
            ),
        )
        return page

    yield open_
    for context in contexts:
        context.close()
    server.terminate()
    server.join()
    connections.close_all()
    assert complaints == []


@pytest.fixture
def case(campus):
    """The shop's application, with the energy office since a minute."""
    made = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=timezone.now(),
    )
    hand_in(made, *PAPERS)
    actions.close_stage(
        viewer=campus.counter, case=made, stage="apply", seen=1, at=timezone.now(), **brought(made, "apply")
    )
    made.refresh_from_db()
    return made


def stages(case):
    return {row.stage for row in OpenStage.objects.filter(case=case)}


def test_an_officer_goes_from_home_to_the_approval(pages, campus, case, serious_findings):
    page = pages(campus.officer)
    page.goto("/")
    assert serious_findings(page) == []
    page.get_by_role("link", name=f"Do it {case.number}").click()
    expect(page.get_by_role("heading", name="Approval of the use")).to_be_visible()
    assert serious_findings(page) == []
    page.get_by_label("yes").check()
    page.get_by_role("button", name="Complete this stage").click()
    expect(page.get_by_role("status")).to_contain_text("Done: Approval of the use")
    assert stages(case) == {"accept"}
    assert serious_findings(page) == []


def test_the_form_opens_on_the_page_without_leaving_it(pages, campus, case):
    page = pages(campus.officer)
    page.goto(f"/cases/{case.number}/")
    page.get_by_role("link", name="Do: Approval of the use").first.click()
    expect(page.locator("#act-heading")).to_be_focused()
    assert page.url.endswith(f"/cases/{case.number}/")
    page.locator("#act").get_by_role("link", name="Cancel").click()
    expect(page.locator("#act-heading")).to_have_count(0)


def test_of_two_officers_at_once_the_second_sees_what_the_first_did(pages, campus, case, viewer):
    colleague = viewer("officer", "colleague", at=campus.energy)
    first, second = pages(campus.officer), pages(colleague)
    for page in (first, second):
        page.goto(f"/cases/{case.number}/close/approve/")
        page.get_by_label("yes").check()
    first.get_by_role("button", name="Complete this stage").click()
    expect(first.get_by_role("status")).to_contain_text("Done")
    second.get_by_role("button", name="Complete this stage").click()
    told = second.get_by_role("alert")
    expect(told).to_contain_text("Somebody was faster")
    expect(told).to_contain_text("Approval of the use")
    expect(second.locator(".stages-now")).to_contain_text("Opening taken up")
    assert Event.objects.filter(case=case, kind="closed", stage="approve").count() == 1


def test_a_stage_is_done_with_the_keyboard_alone(pages, campus, case):
    page = pages(campus.officer)
    page.goto(f"/cases/{case.number}/")
    page.locator(".shell-actions a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#act-heading")).to_be_focused()
    reach(page, "fact-approved")
    page.keyboard.press("Space")
    reach(page, "note")
    page.keyboard.type("同意")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('button.btn-primary')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done: Approval of the use")
    assert stages(case) == {"accept"}


def reach(page, name):
    """Press Tab until the field of that name has the focus."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_an_officer_finishes_a_stage_on_a_telephone(pages, campus, case, serious_findings):
    for who, stage, more in (
        (campus.officer, "approve", {"facts": {"approved": "true"}}),
        (campus.clerk, "accept", {}),
    ):
        case.refresh_from_db()
        actions.close_stage(
            viewer=who,
            case=case,
            stage=stage,
            seen=case.seq,
            at=timezone.now(),
            **brought(case, stage, **more),
        )
    type(case).objects.filter(pk=case.pk).update(customer=make_customer(case.organisation, "U9", "王小明"))
    page = pages(campus.counter, screen="phone", language="zh-CN")  # money is the counter's
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_findings(page) == []
    page.locator(".work-deed a[href*=deposit]").click()
    page.locator("[name=fact-deposit_paid]").fill("3000")
    page.locator("[name=fact-deposit_reason]").fill("面积小")
    page.locator("[name=fact-deposit_approver]").fill("节能办主任")
    page.locator("[name=fact-deposit_receipt]").fill("0042")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_findings(page) == []
    page.locator("#act button.btn-primary").click()
    expect(page.locator("[role=status]").first).to_be_visible()
    assert stages(case) == {"sign"}


def test_a_paper_goes_off_as_soon_as_it_is_chosen(pages, campus, case):
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "white").save(picture, "JPEG")
    page = pages(campus.counter, screen="phone")
    page.goto(f"/cases/{case.number}/")
    page.locator(".paper-in summary").first.click()
    page.locator("[name=photo]").first.set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    expect(page.locator(".paper-file", has_text="photo.jpg")).to_be_visible()
    assert Paper.objects.filter(case=case, name="photo.jpg").count() == 1


def test_without_script_everything_still_works(pages, campus, case):
    page = pages(campus.officer, javascript=False)
    page.goto(f"/cases/{case.number}/")
    page.locator(".shell-actions a").first.click()
    page.get_by_label("yes").check()
    page.get_by_role("button", name="Complete this stage").click()
    expect(page.get_by_role("status")).to_contain_text("Done")
    assert stages(case) == {"accept"}


@pytest.mark.parametrize(("screen", "language"), [("phone", "en"), ("desktop", "zh-CN")])
def test_no_page_of_cases_has_barriers_or_overflows(pages, campus, case, serious_findings, screen, language):
    actions.suspend(
        viewer=campus.officer,
        case=case,
        cause="applicant-request",
        reason="店主出差",
        seen=2,
        at=timezone.now(),
    )
    page = pages(campus.counter, screen=screen, language=language)
    width = SCREENS[screen]["width"]
    for where in (
        "/",
        "/cases/",
        "/cases/?state=late",
        "/cases/?office=x",
        "/cases/new/",
        f"/cases/new/?for={campus.campus.pk}&service=gxnu-2016-4/shop-application",
        f"/cases/{case.number}/",
        f"/cases/{case.number}/resume/",
        f"/cases/{case.number}/withdraw/",
        "/search/?q=门面",
    ):
        page.goto(where)
        assert serious_findings(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
