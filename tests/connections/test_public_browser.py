"""A shopkeeper with a telephone: applies with photographs, follows it, signs, rates."""

from __future__ import annotations

import io
import re
import threading
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tests.browsing import SCREENS
from tests.cases.brought import brought
from tests.cases.conftest import make_campus
from tests.connections.conftest import picture
from tests.connections.test_shop import seal
from tests.tries import forget_all_tries
from tests.waiting import wait_until
from tongdian.agreements.models import AgreementText, Signature
from tongdian.bigrams import bigrams
from tongdian.cases import actions as cases
from tongdian.cases.models import Case, Paper
from tongdian.connections import contracts, queries
from tongdian.connections.models import Draft, Rating
from tongdian.files.queries import open_file
from tongdian.network.models import Place
from tongdian.notices.models import Channel, Content


class Quiet(WSGIRequestHandler):
    """Answers without writing every request to the console."""

    def log_message(self, *_said):
        pass


@pytest.fixture
def campus(committed, viewer):
    found = make_campus(viewer)
    found.campus.hotline = "0773-5846000"
    found.campus.save()
    Channel.objects.create(organisation=found.campus.id, kind="sms", changed_at=timezone.now())
    Place.objects.filter(pk=found.shop.pk).update(pairs=bigrams(found.shop.name, "S3", ""))
    forget_all_tries()
    return found


@pytest.fixture
def phone(campus, browser):
    """A browser of the size of a telephone on the program, served from the test's own database so
    that the offices' steps can be taken in between."""
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{server.server_port}",
        locale="zh-CN",
        viewport=SCREENS["phone"],
        has_touch=True,
    )
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type in ("error", "warning")
            and not re.search(r"status of [45]|Response Status Error Code", said.text)
            else None
        ),
    )
    yield page
    context.close()
    server.shutdown()
    serving.join()
    server.server_close()
    assert complaints == []


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS["phone"]["width"]


def onward(page):
    page.locator(".onward .btn-primary").click()
    page.wait_for_load_state()


def close(case, stage, viewer, **more):
    case.refresh_from_db()
    cases.close_stage(
        viewer=viewer,
        case=case,
        stage=stage,
        seen=case.seq,
        at=timezone.now(),
        **brought(case, stage, **more),
    )


def apply(page, campus, serious_findings) -> Case:
    page.goto("/services/YS/shop-application/")
    assert serious_findings(page) == []
    page.locator(".start .btn-primary").click()
    onward(page)
    expect(page.locator(".error-summary")).to_be_focused()
    assert serious_findings(page) == []
    page.fill("[name=name]", "王小明")
    page.fill("[name=identity]", "450305199003070016")
    page.fill("[name=phone]", "13807730001")
    page.check("[name=consent]")
    page.check("[name=consent_identity]")
    page.keyboard.press("Tab")
    expect(page.locator("#kept")).not_to_be_empty()  # saved by itself
    onward(page)
    page.locator("#q").press_sequentially("门面")
    page.get_by_text("雁山校区 3 号门面").click()
    onward(page)
    page.check("[name=wants_water]")
    page.fill("[name=capacity_kw]", "12")
    page.fill("[name=purpose]", "奶茶店")
    onward(page)
    for item in ("shop-lease", "shopkeeper-identity"):
        pages = [
            {"name": f"{item}-{n}.jpg", "mimeType": "image/jpeg", "buffer": picture(f"{item} {n}")}
            for n in (1, 2)
        ]
        page.set_input_files(f"#paper-{item} input[multiple]", pages)
        expect(page.locator(f"#paper-{item} .thumbs img")).to_have_count(2)
    fits(page)
    assert serious_findings(page) == []
    onward(page)
    page.locator("form .btn-primary").click()
    case = Case.objects.get()
    expect(page.locator(".sent-number")).to_have_text(case.number)
    return case


def sign(page, number):
    page.goto(f"/track/{number}/")
    page.locator(".todos .btn-primary").first.click()
    page.locator(".code-ask button").click()
    expect(page.locator("#code-said")).not_to_be_empty()
    said = Content.objects.order_by("-notice_id").first().said["body"]
    page.fill("[name=code]", re.search(r"验证码 (\d{6})", said)[1])
    page.fill("[name=name]", "王小明")


def draw(page):
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for step in range(6):
        page.mouse.move(box["x"] + 60 + step * 40, box["y"] + (90 if step % 2 else 20), steps=3)
    page.mouse.up()


def test_a_shopkeeper_applies_follows_signs_and_rates(campus, phone, serious_findings):
    case = apply(phone, campus, serious_findings)
    assert Paper.objects.filter(case=case, item="shop-lease").count() == 2
    phone.goto(f"/track/{case.number}/")
    assert serious_findings(phone) == []
    fits(phone)

    close(case, "approve", campus.officer, facts={"approved": "true"})
    close(case, "accept", campus.clerk)
    contracts.draw_up(
        viewer=campus.counter,
        case=case,
        customer_class="shop",
        price_category="commercial",
        first_on=timezone.localdate(),
        at=timezone.now(),
    )

    sign(phone, case.number)
    draw(phone)
    phone.check("[name=consent]")
    assert serious_findings(phone) == []
    fits(phone)
    phone.fill("[name=name]", "不是本人")
    phone.locator(".signing .screen .btn-primary").click()
    expect(phone.locator(".ask-error").first).to_contain_text("王小明")  # whose name it should be
    assert serious_findings(phone) == []
    fits(phone)
    phone.fill("[name=name]", "王小明")  # with the same code, and by the keyboard alone
    phone.locator("[name=consent]").set_checked(False)
    phone.focus("[name=write_for_me]")
    phone.keyboard.press("Space")
    phone.focus("[name=consent]")
    phone.keyboard.press("Space")
    phone.keyboard.press("Enter")
    phone.wait_for_url(f"**/track/{case.number}/")
    assert Signature.objects.filter(party="customer").count() == 2
    assert {one.text_hash for one in Signature.objects.all()} == {
        one.body_hash for one in AgreementText.objects.all()
    }

    seal(campus.clerk, *AgreementText.objects.all(), when=timezone.now())
    for stage in ("deposit", "install", "open"):
        close(case, stage, campus.clerk, evidence=["收据 17"])
    phone.goto(f"/track/{case.number}/")
    phone.locator(".todos .btn-primary").click()
    phone.check("[name=score][value='5']")
    assert serious_findings(phone) == []
    phone.locator("form .btn-primary").click()
    phone.wait_for_url(f"**/track/{case.number}/")
    assert Rating.objects.get().score == 5


PROGRAM = {"name": "a.exe", "mimeType": "application/octet-stream", "buffer": b"MZ not a paper"}


def test_a_file_is_sent_as_it_is_chosen_and_a_refusal_is_said_in_its_card(campus, phone, serious_findings):
    """Where the application is written, and where the case is followed."""
    phone.goto("/services/YS/shop-application/")
    phone.locator(".start .btn-primary").click()
    phone.fill("[name=name]", "王小明")
    phone.fill("[name=phone]", "13807730001")
    phone.check("[name=consent]")
    onward(phone)
    phone.locator("#q").press_sequentially("门面")
    phone.get_by_text("雁山校区 3 号门面").click()
    onward(phone)
    phone.fill("[name=purpose]", "奶茶店")
    onward(phone)
    phone.set_input_files("#paper-shop-lease input[multiple]", PROGRAM)
    expect(phone.locator("#paper-shop-lease .ask-error")).to_be_visible()
    expect(phone.locator("#paper-shopkeeper-identity .warn a")).to_be_visible()  # to the consent
    assert serious_findings(phone) == []
    onward(phone)
    phone.locator("form .btn-primary").click()
    phone.wait_for_url("**/sent/")

    phone.goto(f"/track/{Case.objects.get().number}/")
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    lease, card = phone.locator("#paper-shop-lease"), phone.locator("#paper-shopkeeper-identity")
    lease.locator("input[multiple]").set_input_files(PROGRAM)
    expect(lease.locator(".ask-error")).to_be_visible()
    lease.locator("input[multiple]").set_input_files(photo)
    expect(lease.locator(".file")).to_have_text("a.jpg")
    card.locator("input[multiple]").set_input_files(photo)
    expect(card.locator(".ask-error")).to_contain_text("单独同意")
    card.locator("[name=consent_identity]").check()
    card.locator("input[multiple]").set_input_files(photo)
    expect(card.locator(".file")).to_have_text("a.jpg")
    assert serious_findings(phone) == []
    fits(phone)


def to_the_papers(page):
    page.goto("/services/YS/shop-application/")
    page.locator(".start .btn-primary").click()
    page.fill("[name=name]", "王小明")
    page.fill("[name=phone]", "13807730001")
    page.check("[name=consent]")
    onward(page)
    page.fill("[name=place_text]", "雁山校区东门外")
    onward(page)
    page.fill("[name=purpose]", "奶茶店")
    onward(page)


def large_photograph():
    """Of 12 million pixels, lying on its side: the telephone says beside them which way is up."""
    image = Image.effect_noise((4000, 3000), 90).convert("RGB")
    turned, out = Image.Exif(), io.BytesIO()
    turned[0x0112] = 6
    image.save(out, "JPEG", quality=92, exif=turned)
    return out.getvalue()


def test_a_photograph_is_made_smaller_before_it_is_sent_and_going_on_waits_for_it(campus, phone):
    to_the_papers(phone)
    card = phone.locator("#paper-shop-lease")
    expect(card).to_contain_text("20 MB")  # told beforehand
    expect(card.locator(".upload-send")).to_be_hidden()
    sent = []

    def late(route):
        sent.append(route.request.post_data_buffer)
        expect(card.locator("progress")).to_be_visible()
        onward_button.click()
        expect(phone.locator(".upload-wait")).to_be_visible()
        route.continue_()

    onward_button = phone.locator(".onward .btn-primary")
    phone.route("**/papers/add/", late)
    photo = large_photograph()
    card.locator("input[multiple]").set_input_files(
        {"name": "IMG_1.JPG", "mimeType": "image/jpeg", "buffer": photo}
    )
    phone.wait_for_url("**/check/")
    assert len(sent) == 1
    assert len(sent[0]) < len(photo) / 2
    (page,) = queries.content(Draft.objects.get())["papers"]["shop-lease"]
    assert page["name"] == "IMG_1.jpg"
    kept = Image.open(io.BytesIO(open_file(page["hash"]).content))
    assert kept.size == (1950, 2600)  # upright: 3000 × 4000, of which the longest side is 2600


@pytest.mark.parametrize(("status", "said"), [(413, "太大"), (503, "稍后"), (507, "已满"), (500, "没有送达")])
def test_an_upload_that_fails_says_so_in_its_card(campus, phone, status, said):
    to_the_papers(phone)
    phone.route("**/papers/add/", lambda route: route.fulfill(status=status, body="no"))
    card = phone.locator("#paper-shop-lease")
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    card.locator("input[multiple]").set_input_files(photo)
    expect(card.locator(".upload-said")).to_contain_text(said)
    phone.unroute("**/papers/add/")
    card.locator("input[multiple]").set_input_files(photo)  # the same once more
    expect(card.locator(".thumbs img")).to_have_count(1)


def test_a_file_that_is_too_large_is_not_sent_at_all(campus, phone):
    to_the_papers(phone)
    phone.route("**/papers/add/", lambda route: pytest.fail("it was sent"))
    card = phone.locator("#paper-shop-lease")
    card.locator("input[multiple]").set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-" + bytes(20_000_001)}
    )
    expect(card.locator(".upload-said")).to_contain_text("20 MB")


def test_what_is_typed_saves_itself_after_a_pause_and_on_leaving_and_is_offered_again(campus, phone):
    phone.goto("/services/YS/shop-application/")
    phone.locator(".start .btn-primary").click()
    phone.check("[name=consent]")
    phone.locator("[name=name]").press_sequentially("王小")  # and the field is not left
    expect(phone.locator("#kept")).to_contain_text("已保存")
    expect(phone.locator("#kept")).to_contain_text(re.compile(r"\d\d:\d\d"))
    phone.locator("[name=name]").press_sequentially("明")
    phone.goto("/services/YS/")
    assert wait_until(lambda: queries.content(Draft.objects.get())["form"]["name"] == "王小明")
    offered = phone.locator(".drafts")
    expect(offered).to_contain_text("商业")
    offered.locator(".btn-primary").click()
    expect(phone.locator("[name=name]")).to_have_value("王小明")


def test_without_scripts_everything_is_links_forms_and_buttons(campus, browser, phone):
    phone.goto("/services/YS/")
    address = phone.evaluate("location.origin")
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/services/YS/shop-application/")
    page.locator(".start .btn-primary").click()
    page.fill("[name=name]", "王小明")
    page.fill("[name=phone]", "13807730001")
    page.check("[name=consent]")
    page.locator(".onward .btn-primary").click()
    page.fill("[name=q]", "门面")
    page.locator("[name=find]").click()
    page.check(f"[name=place][value='{campus.shop.pk}']")
    page.locator(".onward .btn-primary").click()
    page.fill("[name=purpose]", "奶茶店")
    page.locator(".onward .btn-primary").click()
    lease = page.locator("#paper-shop-lease")
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    lease.locator("input[multiple]").set_input_files(photo)
    lease.locator(".upload-send").click()
    expect(lease.locator(".thumbs img")).to_have_count(1)
    page.locator(".onward .btn-primary").click()
    page.locator("form .btn-primary").click()
    expect(page.locator(".sent-number")).to_have_text(Case.objects.get().number)
    context.close()
