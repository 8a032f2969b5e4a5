"""The rulebook in a real browser, as a clerk, an administrator and a reader on a phone meet it."""

import re

import pytest
from playwright.sync_api import expect

from tests.rulebook.papers import TYPED

DEPOSIT = "/packs/gxnu-2016-4/rules/construction-deposit/?on=2026-03-02&given.contract=150000"
PAGES = [
    "/",
    "/packs/",
    "/packs/gxnu-2016-4/",
    "/packs/gxnu-2016-4/chapters/2/",
    "/packs/gxnu-2016-4/clauses/9",
    DEPOSIT,
    "/packs/gxnu-2016-4/rules/small-works/",
    "/packs/gxnu-2016-4/rules/bill/",
    "/packs/gxnu-2016-4/rules/electricity-price/",
    "/packs/nea-2021-37/rules/connection-end-to-end-limit/",
    "/packs/nea-2021-37/rules/high-voltage-single-connection/",
    "/packs/gxnu-2016-4/interpretations/",
    "/packs/gxnu-2016-4/interpretations/deposit-bounds/",
    "/packs/gxnu-2016-4/official-text/",
    "/interpretations/",
    "/packs/nea-2021-37/coverage/",
    "/differences/?old=gxnu-2016-4&new=nea-2021-37",
    "/calendar/?year=2021&region=450300",
    "/calendar/change/",
    "/search/?q=保证",
    "/help/",
    "/audit/",
]


def test_a_reader_opens_article_9_and_gets_a_deposit_with_its_reason(open_page):
    page = open_page()
    page.goto("/packs/")
    page.get_by_role("link", name="广西师范大学水电管理规定").click()
    page.get_by_role("link", name="第九条 保证金收取标准").click()
    expect(page.get_by_role("heading", name="第九条 保证金收取标准").first).to_be_visible()
    page.get_by_role("link", name=re.compile("试算.*施工保证金")).click()
    page.get_by_role("textbox", name="合同总价").fill("250000")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("合同总价 250,000 元在 10 万（不含）至 30 万（含）档")
    expect(answer.locator("output")).to_have_text("10,000–30,000 元")
    expect(answer.locator(".lit")).to_contain_text("10 万（不含）至 30 万（含）")
    assert "given.contract=250000" in page.url  # the address holds the question
    answer.get_by_role("link", name="第九条（一）").click()
    expect(page.locator("[id='c-9(1)']")).to_be_in_viewport()


def test_changing_the_day_changes_the_version(open_page):
    page = open_page()
    page.goto("/packs/nea-2021-37/rules/connection-end-to-end-limit/")
    page.get_by_label("用户类别").select_option("three_zero")
    page.get_by_role("button", name="2020-01-01").click()
    expect(page.locator("#answer output")).to_have_text("25 个工作日")
    page.get_by_role("button", name="2021-01-01").click()
    expect(page.locator("#answer output")).to_have_text("20 个工作日")
    page.get_by_label("日期", exact=True).fill("2022-06-01")
    expect(page.locator("#answer output")).to_have_text("15 个工作日")
    expect(page.get_by_role("button", name="2022-01-01")).to_have_attribute("aria-pressed", "true")


def test_a_sheet_takes_rows_and_shows_every_line(open_page):
    page = open_page()
    page.goto(
        "/packs/gxnu-2016-4/rules/apportionment/?on=2026-03-02&given.master=m"
        "&given.charged=100&given.unit.0.account=a&given.unit.0.used=1&given.unit.0.own=40"
    )
    page.get_by_role("button", name=re.compile("^加一行")).click()
    second = page.locator(".row-card").nth(1)
    second.locator("[name='given.unit.1.account']").fill("b")
    second.locator("[name='given.unit.1.used']").fill("2")
    second.locator("[name='given.unit.1.own']").fill("30")
    # the gap of 100 − 70 = 30 goes 1 : 2, so a pays 40 + 10 and b 30 + 20
    answer = page.locator("#answer")
    expect(answer.locator("output")).to_have_text("100.00 元")
    its_lines = answer.locator(".calc", has=page.locator("caption strong", has_text="b"))
    expect(its_lines).to_contain_text("50.00 元")
    page.locator(".row-card").nth(1).get_by_role("button", name=re.compile("^删去")).click()
    expect(page.locator(".row-card")).to_have_count(1)


def test_a_refused_field_keeps_what_was_typed_and_is_told_to_a_screen_reader(open_page):
    page = open_page()
    page.goto(DEPOSIT)
    field = page.get_by_role("textbox", name="合同总价")
    field.fill("一万")
    expect(page.locator("#given-contract-error")).to_contain_text("不是数")
    expect(field).to_have_value("一万")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("100000")
    expect(page.locator("#answer output")).to_have_text("3,000–5,000 元")
    expect(page.locator("#given-contract-error")).to_be_empty()


def test_an_administrator_chooses_an_interpretation_and_the_small_works_answer_appears(open_page, sign_in):
    page = open_page()
    sign_in(page, "admin")
    works = (
        "/packs/gxnu-2016-4/rules/small-works/"
        "?on=2026-03-02&given.settled_on=2026-03-02&given.metered=false&given.total_cost=30000"
    )
    page.goto(works)
    if "须先确认解读" in page.locator("#answer").inner_text():
        page.goto("/interpretations/")
        reading = page.locator("ul.readings > li").filter(has_text="10‰")
        reading.get_by_role("link", name="选定解读").first.click()
        page.get_by_label("按推断：10‰").check()
        page.get_by_label("理由").fill("校办 2026-03-01 答复")
        for field, typed in TYPED.items():
            page.locator(f"[name={field}]").fill(typed)
        page.get_by_role("button", name="采用此解读").click()
        expect(page.get_by_role("status")).to_contain_text("已留存", timeout=20_000)
        page.get_by_role("link", name="零星维修工程水电费").click()
        page.goto(works)
    expect(page.locator("#answer output")).to_have_text("300.00 元")  # 30,000 × 10 ‰
    page.goto("/audit/")
    expect(page.locator("td code", has_text="choose-interpretation").first).to_be_visible()


def test_an_administrator_makes_a_day_free_and_takes_it_back(open_page, sign_in):
    """The last day of the published calendar is a Thursday of work; on it, and after, it takes two."""
    page = open_page()
    sign_in(page, "admin")
    page.goto("/calendar/?year=2026&from=2026-12-30&n=1")
    expect(page.locator("#calculators output").first).to_have_text("2026-12-31（周四）")
    page.get_by_role("link", name="2026-12-31（周四）", exact=False).click()
    page.get_by_label("中文名称").fill("停课")
    page.get_by_label("来源").fill("校办通知")
    page.get_by_role("button", name="更改", exact=True).click()
    page.goto("/calendar/?year=2026&from=2026-12-29&n=1")
    expect(page.get_by_text("校办通知")).to_be_visible()
    page.get_by_role("link", name="撤回").click()
    page.get_by_label("来源").fill("误录")
    page.get_by_role("button", name="更改", exact=True).click()
    page.goto("/calendar/?year=2026&from=2026-12-30&n=1")
    expect(page.locator("#calculators output").first).to_have_text("2026-12-31（周四）")


def test_two_characters_are_found_by_keyboard_alone(open_page):
    page = open_page()
    page.goto("/packs/")
    page.keyboard.press("/")
    page.keyboard.type("押金")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("押金")
    page.get_by_role("link", name="电卡押金", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading").first).to_have_text("电卡押金")


def test_the_why_panel_opens_beside_the_work_and_escape_closes_it(open_page):
    page = open_page()
    page.goto("/packs/nea-2021-37/rules/low-voltage-connection/")
    mark = page.locator(".why-mark").first
    mark.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#why")
    expect(panel).to_contain_text("报装环节时限")
    expect(panel.locator(".lit")).to_contain_text("1 个工作日")
    expect(panel.get_by_role("heading").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_empty()
    expect(mark).to_be_focused()


def test_a_command_is_copied(open_page):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(DEPOSIT)
    page.get_by_text("命令行与接口得出同样结果").click()
    page.get_by_role("button", name="复制").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("tongdian answer gxnu-2016-4 construction-deposit --on 2026-03-02")


def test_on_a_phone_the_answer_is_brought_into_view_and_nothing_sticks_out(open_page):
    page = open_page(screen="phone")
    page.goto(DEPOSIT)
    page.get_by_role("button", name="计算").last.click()
    expect(page.locator("#answer output")).to_be_in_viewport()
    for address in PAGES:
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, (address, wide)


def test_at_double_size_nothing_sticks_out(open_page):
    page = open_page()
    page.set_viewport_size({"width": 720, "height": 450})  # 1440 × 900 at 200 %
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 720, address


def test_without_script_the_form_answers_too(browser, site):
    context = browser.new_context(base_url=site.address, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(DEPOSIT)
    page.get_by_role("textbox", name="合同总价").fill("90000")
    page.get_by_role("button", name="计算").last.click()
    expect(page.locator("#answer output")).to_have_text("3,000–5,000 元")
    context.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_no_page_has_a_serious_fault_for_any_reader(open_page, sign_in, serious_findings, screen, language):
    page = open_page(language=language, screen=screen)
    sign_in(page, "admin")
    found = {}
    for address in PAGES:
        page.goto(address)
        if faults := serious_findings(page):
            found[address] = faults
    assert found == {}


def test_an_english_page_has_no_chinese_of_ours(open_page):
    page = open_page(language="en")
    for address in PAGES[:-1]:
        page.goto(address)
        own = page.evaluate(
            "[...document.querySelectorAll('main h1, main h2, main .btn, main th[scope=col], "
            "main label, main .quiet, nav span')].map(e => e.textContent).join('\\n')"
        )
        # numbers of documents, quotations and the mark itself stay Chinese
        chinese = set(re.findall(r"[\u4e00-\u9fff]{3,}", own))
        numbers = {"国能综通监管", "师政后勤", "电力工业部令第", "国家发展改革委令第"}
        assert not chinese - numbers, (address, chinese)
