"""The rulebook's pages through Django: who may, what is refused, and how much they ask."""

import csv
import re
from datetime import date, datetime
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.calendar.test_arrangement import NOTICE_2026, NOTICE_2027
from tests.rulebook.papers import TYPED, papers_of
from tongdian.allowed import NotAllowed, Operator
from tongdian.audit_log.models import Entry
from tongdian.calendar import SHANGHAI
from tongdian.rulebook.actions import choose_interpretation, publish_year
from tongdian.rulebook.models import CalendarChange, Choice, OfficialText, PublishedYear
from tongdian.rulebook.queries import calendar, pack, waiting_changes
from tongdian.rulebook.rules import NotItsInterpreter, PaperMissing, YearHasBegun

pytestmark = pytest.mark.django_db
DEPOSIT = "/packs/gxnu-2016-4/rules/construction-deposit/"
SMALL_WORKS = "/packs/gxnu-2016-4/interpretations/small-works-rate/"
OF_THE_FIRST_BAND = (
    "/packs/gxnu-2016-4/rules/small-works/"
    "?on=2026-03-02&given.settled_on=2026-03-02&given.metered=false&given.total_cost=30000"
)
EVERY_PAGE = [
    "/",
    "/packs/",
    "/packs/gxnu-2016-4/",
    "/packs/gxnu-2016-4/chapters/2/",
    "/packs/gxnu-2016-4/clauses/9",
    "/packs/gxnu-2016-4/clauses/9(1)",
    "/packs/nea-2021-37/clauses/附件1/24",
    DEPOSIT,
    "/packs/gxnu-2016-4/rules/bill/",
    "/packs/gxnu-2016-4/rules/construction-deposit/why/",
    "/packs/nea-2021-37/rules/low-voltage-connection/",
    "/packs/gxnu-2016-4/interpretations/",
    "/interpretations/",
    SMALL_WORKS,
    "/packs/nea-2021-37/coverage/",
    "/packs/nea-2021-37/coverage.csv",
    "/differences/",
    "/calendar/",
    "/search/?q=保证",
    "/help/",
]


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def as_(client, viewer):
    """A client signed in: `as_("administrator")`; with a name, another person in another browser."""

    def sign_in(role, name=""):
        from tongdian.parties.models import Account

        known = Account.objects.filter(username=name or f"some-{role}").first()
        browser = Client() if name else client
        browser.force_login(known or (viewer(role, name) if name else viewer(role)))
        return browser

    return sign_in


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_a_regulation_is_public_and_no_page_asks_the_database_much(
    client, django_assert_max_num_queries, address
):
    client.get(address)  # the packs are read once
    with django_assert_max_num_queries(16):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/packs/no-such-pack/",
        "/packs/..%2F..%2Fetc/",
        "/packs/gxnu-2016-4/clauses/999",
        "/packs/gxnu-2016-4/rules/no-such-rule/",
        "/packs/gxnu-2016-4/chapters/99/",
        "/packs/gxnu-2016-4/interpretations/no-such-place/",
        "/differences/?old=gxnu-2016-4@0000000000&new=gxnu-2016-4",
    ],
)
def test_what_is_not_there_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_every_rule_of_both_regulations_has_a_page_that_answers_its_own_example(client):
    for name in ("gxnu-2016-4", "nea-2021-37"):
        for rule in pack(name).rules.values():
            answer = client.get(f"/packs/{name}/rules/{rule.rule}/")
            assert answer.status_code == 200, rule.rule
            waits = "须先确认解读" in text_of(answer)
            assert ("没有得出结果" in text_of(answer)) == waits, (rule.rule, text_of(answer)[-900:])


def test_every_article_of_both_regulations_has_a_page(client):
    for name in ("gxnu-2016-4", "nea-2021-37"):
        for number in range(1, len(pack(name).chapters) + 1):
            page = client.get(f"/packs/{name}/chapters/{number}/").content.decode()
            assert page.count('class="clause ') > 0


def test_article_9_gives_a_deposit_with_its_reason(client):
    said = text_of(client.get(f"{DEPOSIT}?on=2026-03-02&given.contract=150000"))
    assert "10,000–30,000 元" in said  # 150,000 is over 100,000 and not over 300,000
    assert "合同总价 150,000 元在 10 万（不含）至 30 万（含）档" in said
    assert "师政后勤〔2016〕4号 第九条（一）" in said


def test_the_command_under_an_answer_gives_the_same_answer(client, capsys):
    import shlex
    from html import unescape

    from tongdian.cli.main import main

    page = client.get(f"{DEPOSIT}?on=2026-03-02&given.contract=1500000&take.deposit-base=contract_throughout")
    command = unescape(re.search(r'id="copy-command">([^<]+)<', page.content.decode())[1])
    words = shlex.split(command)
    assert words[:2] == ["tongdian", "answer"]
    main(words[1:])
    assert "75,000.00" in capsys.readouterr().out  # 1,500,000 × 5 %
    assert "75,000.00 元" in text_of(page)


def test_a_refusal_stands_beside_what_was_typed(client):
    page = client.get(f"{DEPOSIT}?on=2026-03-02&given.contract=a lot").content.decode()
    assert 'value="a lot"' in page
    assert "不是数" in page
    said = text_of(client.get(f"{DEPOSIT}?on=2026-03-02&given.contract=1500000"))
    assert "工程项目总造价：未填" in said  # above a million the total cost is asked for
    assert "没有有效版本" in text_of(client.get(f"{DEPOSIT}?on=2015-12-31&given.contract=1"))
    assert "不是日期" in text_of(client.get(f"{DEPOSIT}?on=yesterday&given.contract=1"))


@pytest.mark.parametrize(
    "query",
    [
        "given.item.99.x=1",
        "given.item=1&given.item.0.x=2",
        "given.item.0.x=2&given.item=1",
        "given.a.0.b.0.c=1&add=given.a.7.b",
        "add=given&remove=given",
        "remove=given.electricity.0.&add=given.electricity.x",
        "take.nothing=here",
        "on=2026-02-30",
        "given.category=<script>",
        "given.contract=" + "9" * 500,
    ],
)
def test_no_address_breaks_a_rules_page(client, query):
    for rule in ("bill", "construction-deposit", "construction-application", "electricity-price"):
        answer = client.get(f"/packs/gxnu-2016-4/rules/{rule}/?{query}")
        assert answer.status_code == 200
        assert "<script>" not in re.sub(r"<script [^>]*src=", "", answer.content.decode())


def test_rows_of_a_sheet_are_added_and_removed_without_losing_what_was_typed(client):
    address = "/packs/gxnu-2016-4/rules/apportionment/?on=2026-03-02&given.charged=100"
    rows = "&given.unit.0.account=a&given.unit.0.used=3&given.unit.0.own=30"
    one = client.get(f"{address}{rows}&add=given.unit").content.decode()
    assert 'name="given.unit.1.account"' in one
    assert re.search(r'name="given.unit.0.used"[^>]*value="3"', one)
    none = client.get(f"{address}{rows}&remove=given.unit.0").content.decode()
    assert 'name="given.unit.0.account"' not in none


def test_an_open_place_is_tried_from_its_refusal(client):
    page = client.get(OF_THE_FIRST_BAND)
    assert "须先确认解读" in text_of(page)
    there = re.search(r'href="([^"]*take\.small-works-rate=permille[^"]*)"', page.content.decode())
    tried = text_of(client.get(there[1].replace("&amp;", "&")))
    assert "300.00 元" in tried  # 30,000 × 10 ‰
    assert "仅此次试算" in tried


def test_the_why_panel_says_the_row_and_the_article(client):
    page = client.get(
        "/packs/gxnu-2016-4/rules/construction-deposit/why/?on=2026-03-02&given.contract=150000",
        headers={"hx-request": "true"},
    ).content.decode()
    assert "<html" not in page
    assert 'class="lit"' in page
    assert "第九条（一）" in page


# --- interpretations ------------------------------------------------------------------------------


def test_an_administrator_chooses_and_the_small_works_answer_appears(as_):
    admin = as_("administrator")
    chosen = admin.post(SMALL_WORKS, {"option": "permille", "reason": "校办 2026-03-01 答复"} | TYPED)
    assert chosen.status_code == 302
    assert Choice.objects.get().reason == "校办 2026-03-01 答复"
    assert Entry.objects.filter(action="choose-interpretation").count() == 1
    said = text_of(admin.get(OF_THE_FIRST_BAND))
    assert "300.00 元" in said  # 30,000 × 10 ‰
    assert "校办 2026-03-01 答复" in text_of(admin.get(SMALL_WORKS))


def test_both_offices_of_article_70_have_said_so_in_a_paper_or_nothing_is_settled(as_):
    # 70: "由校节能办和后勤服务集团解释"
    admin, given = as_("administrator"), {"option": "permille", "reason": "校办答复"}
    for lacking in ({"paper-logistics-group": ""}, {"paper-energy-office": " "}, {"on-logistics-group": ""}):
        assert admin.post(SMALL_WORKS, given | TYPED | lacking).status_code == 422
    ahead = admin.post(SMALL_WORKS, given | TYPED | {"on-energy-office": "2198-01-01"})
    assert "的文件日期 2198-01-01 还没有到" in text_of(ahead)
    assert not Choice.objects.exists()
    assert admin.post(SMALL_WORKS, given | TYPED).status_code == 302
    kept = Choice.objects.get().papers
    assert [(one["office"], one["on"]) for one in kept] == [
        ("energy-office", "2026-03-01"),
        ("logistics-group", "2026-03-02"),
    ]
    assert "节能办〔2026〕3号" in text_of(admin.get(SMALL_WORKS))


def test_the_action_refuses_a_missing_paper_and_one_of_another_office(viewer):
    one = pack("gxnu-2016-4")
    asked = {"pack": one, "interpretation": "small-works-rate", "option": "permille", "reason": "答复"}
    asked |= {"by": viewer("administrator"), "at": timezone.now()}
    both = papers_of(one)
    with pytest.raises(PaperMissing, match="energy office and logistics service group"):
        choose_interpretation(**asked, papers={"energy-office": both["energy-office"]})
    with pytest.raises(NotItsInterpreter):
        choose_interpretation(**asked, papers=both | {"finance-office": both["energy-office"]})
    assert not Choice.objects.exists()


@pytest.mark.parametrize("role", ["officer", "auditor", "customer"])
def test_nobody_else_chooses(as_, role):
    assert as_(role).post(SMALL_WORKS, {"option": "permille", "reason": "x"}).status_code == 403
    assert not Choice.objects.exists()


def test_a_choice_without_a_reason_is_refused_and_the_option_kept(as_):
    answer = as_("administrator").post(SMALL_WORKS, {"option": "permille", "reason": ""} | TYPED)
    assert answer.status_code == 422
    assert re.search(r'value="permille" checked', answer.content.decode())
    assert not Choice.objects.exists()


def test_what_waits_comes_first(client):
    page = client.get("/packs/gxnu-2016-4/interpretations/").content.decode()
    assert re.findall(r'id="i-([\w-]+)"', page)[0] == "small-works-rate"
    only = client.get("/packs/gxnu-2016-4/interpretations/?state=open").content.decode()
    assert re.findall(r'id="i-([\w-]+)"', only) == ["small-works-rate"]


# --- official text --------------------------------------------------------------------------------

WORDING = "第八条 甲。\n第九条 保证金标准如下：\n（一）工程项目，乙。\n（二）门面，丙。\n"


def test_attached_official_text_stands_beside_the_clause(as_):
    admin = as_("administrator")
    file = SimpleUploadedFile("text.txt", WORDING.encode())
    assert admin.post("/packs/gxnu-2016-4/official-text/", {"file": file}).status_code == 302
    assert OfficialText.objects.filter(clause="9(1)", text="工程项目，乙。").exists()
    assert "工程项目，乙。" in text_of(admin.get("/packs/gxnu-2016-4/clauses/9"))


def test_only_an_administrator_attaches_it_and_a_wrong_file_says_what_is_right(as_):
    address = "/packs/gxnu-2016-4/official-text/"
    wrong = SimpleUploadedFile("text.txt", b"nothing numbered")
    answer = as_("administrator").post(address, {"file": wrong})
    assert (answer.status_code, "第一条" in text_of(answer)) == (422, True)
    assert as_("officer").get(address).status_code == 403


# --- coverage, differences ------------------------------------------------------------------------


def test_the_export_has_exactly_the_rows_of_the_page(client):
    page = client.get("/packs/gxnu-2016-4/coverage/?kind=duty")
    shown = page.content.decode().count('<th scope="row">')
    file = client.get("/packs/gxnu-2016-4/coverage.csv?kind=duty")
    rows = list(csv.DictReader(StringIO(file.content.decode("utf-8-sig"))))
    assert len(rows) == shown > 0
    assert {row["state"] for row in rows} == {"implemented"}


def test_two_revisions_are_compared_value_by_value(client, tmp_path, settings):
    import shutil

    from django.utils import timezone

    from tongdian.policy.shelf import OWN
    from tongdian.rulebook.actions import install_pack

    folder = tmp_path / "gxnu-2016-4"
    shutil.copytree(OWN / "gxnu-2016-4", folder)
    file = folder / "accounts.yaml"
    text = file.read_text(encoding="utf-8")
    assert "range: [300, 10000]" in text
    file.write_text(text.replace("range: [300, 10000]", "range: [200, 10000]"), encoding="utf-8")
    kept = install_pack(folder=folder, at=timezone.now())
    page = client.get(f"/differences/?old=gxnu-2016-4@{kept.content_hash[:10]}&new=gxnu-2016-4")
    assert "shop-deposit" in page.content.decode()
    assert re.search(r"<del>200</del>.*<ins>300</ins>", page.content.decode(), re.DOTALL)
    assert "版本 1 · 档 1 · 区间 1" in text_of(page)


# --- calendar -------------------------------------------------------------------------------------


def test_working_days_are_counted_over_a_holiday_and_a_make_up_saturday(client):
    page = text_of(client.get("/calendar/?year=2021&from=2021-09-30&n=5"))
    assert "2021-10-13" in page  # holiday 1–7; 8, 9 (Saturday, worked), 11, 12, 13 are days 1–5
    page = text_of(client.get("/calendar/?start=2021-09-30&end=2021-10-13"))
    assert "5 个工作日" in page


def test_what_lies_beyond_the_published_calendar_is_refused(client):
    assert "2004" in text_of(client.get("/calendar/?from=1999-01-01&n=5"))
    assert "请给出日期" in text_of(client.get("/calendar/?from=2021-01-01&n=many"))
    assert client.get("/calendar/?region=xx").status_code == 422
    assert client.get("/calendar/?year=99999").status_code == 200  # the last year


def test_a_local_day_is_free_in_its_region_only(client):
    by_its_own = "/calendar/?year=2021&pack=gxnu-2016-4"
    guilin = text_of(client.get(f"{by_its_own}&region=450300"))
    assert "2021 · 248 个工作日" in guilin  # two days of 三月三 fewer
    assert "2021 · 250 个工作日" in text_of(client.get(by_its_own))
    assert "未录入地区" not in guilin


def test_a_regulation_s_rest_days_are_not_the_calendar_s(client):
    guilin = text_of(client.get("/calendar/?year=2021&region=450300"))
    assert "2021 · 250 个工作日" in guilin  # 14 and 15 April are the university's pack's
    assert "未录入地区 450000 在2021年的地方放假日（三月三）" in guilin
    nation = text_of(client.get("/calendar/?year=2021"))
    assert "2021 · 250 个工作日" in nation
    assert "未录入" not in nation


def test_a_day_changed_with_its_source_is_counted_and_taken_back(as_, monkeypatch):
    on = datetime(2026, 11, 30, 9, tzinfo=SHANGHAI)
    monkeypatch.setattr("django.utils.timezone.now", lambda: on)
    admin = as_("administrator")
    typed = {
        "on": "2026-12-24",
        "kind": "rest",
        "region": "",
        "name_zh": "停课一天",
        "name_en": "",
        "source": "校办通知 2026-11-30",
    }
    for region in ("999999", "450399"):  # nobody would rest there
        refused = admin.post("/calendar/change/", typed | {"region": region})
        assert refused.status_code == 422
        assert f"没有行政区划代码 {region}" in text_of(refused)
    assert admin.post("/calendar/change/", typed).status_code == 302
    page = text_of(admin.get("/calendar/?from=2026-12-23&n=1"))
    assert "2026-12-25" in page
    assert "校办通知 2026-11-30" in page
    assert admin.post("/calendar/change/", typed).status_code == 422  # it is so already
    assert admin.post("/calendar/change/", typed | {"kind": "published"}).status_code == 302
    assert "2026-12-24（周四）" in text_of(admin.get("/calendar/?from=2026-12-23&n=1"))
    assert CalendarChange.objects.count() == 2


def test_a_day_that_has_come_is_changed_by_two(as_, monkeypatch):
    """A rest day found afterwards would make late cases in time: 9 December 2026, changed on it."""
    on = datetime(2026, 12, 9, 9, tzinfo=SHANGHAI)
    monkeypatch.setattr("django.utils.timezone.now", lambda: on)
    first, second = as_("administrator"), as_("administrator", "second")
    officer = as_("officer", "officer")
    typed = {
        "on": "2026-12-09",
        "kind": "rest",
        "region": "",
        "name_zh": "停工",
        "name_en": "",
        "source": "口头",
    }
    said = first.post("/calendar/change/", typed, follow=True).content.decode()
    assert "由另一位管理员确认后才计算" in said
    assert calendar().is_working_day(date(2026, 12, 9))
    (waiting,) = waiting_changes()
    address = f"/calendar/changes/{waiting.pk}/confirm/"
    assert address not in said
    assert "更改人不能自己确认" in text_of(first.post(address, follow=True))
    assert calendar().is_working_day(date(2026, 12, 9))
    assert officer.post(address).status_code == 403
    assert address in second.get("/calendar/?year=2026").content.decode()
    assert "从现在起计算" in text_of(second.post(address, follow=True))
    assert not calendar().is_working_day(date(2026, 12, 9))
    assert waiting_changes() == []
    assert "无需更改" in text_of(second.post(address, follow=True))
    # taken back the day is worked again: that too is the published calendar and waits for two
    first.post("/calendar/change/", typed | {"kind": "work"})
    assert calendar().is_working_day(date(2026, 12, 9))  # what makes times worse counts at once


def test_a_year_that_has_begun_is_not_entered_as_a_whole_again(as_):
    entering = {"year": 2027, "text": NOTICE_2027, "source": "通知", "by": Operator("root")}
    publish_year(**entering, at=datetime(2026, 12, 1, tzinfo=SHANGHAI))
    again = entering | {"source": "更正通知"}
    publish_year(**again, at=datetime(2026, 12, 2, tzinfo=SHANGHAI))
    with pytest.raises(YearHasBegun):
        publish_year(**again | {"source": "再更正"}, at=datetime(2027, 1, 1, tzinfo=SHANGHAI))


def test_only_an_administrator_changes_a_day(as_):
    assert as_("officer").get("/calendar/change/").status_code == 403
    assert as_("officer").post("/calendar/change/", {}).status_code == 403


# --- search ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("押金", "/packs/gxnu-2016-4/rules/staff-card-deposit/"),
        ("第九条", "/packs/gxnu-2016-4/clauses/9#"),
        ("9(1)", "/packs/gxnu-2016-4/clauses/9(1)#"),
        ("three-zero", "/packs/nea-2021-37/"),
        ("300", "/packs/gxnu-2016-4/clauses/10(5)#"),
    ],
)
def test_search_finds_articles_rules_and_numbers(client, words, found):
    assert found in client.get("/search/", {"q": words}).content.decode()


def test_a_number_is_found_whole_and_markup_stays_text(client):
    page = client.get("/search/", {"q": "1479"}).content.decode()
    assert "<mark>1479</mark>" in page
    assert "<mark>147</mark>" not in client.get("/search/", {"q": "147"}).content.decode()
    evil = client.get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in evil


# --- home -----------------------------------------------------------------------------------------


def test_home_tells_an_administrator_what_waits_and_a_visitor_what_there_is(as_, client):
    visitor = text_of(client.get("/"))
    assert "广西师范大学水电管理规定" in visitor
    assert "待确认" not in visitor
    assert "选定解读" in text_of(as_("administrator").get("/"))


def test_a_regulation_that_cannot_be_read_says_where_and_the_others_stay(client, tmp_path, monkeypatch):
    broken = tmp_path / "broken-pack"
    broken.mkdir()
    (broken / "pack.yaml").write_text("pack: another\n", encoding="utf-8")
    monkeypatch.setenv("TONGDIAN_POLICIES", str(tmp_path))
    listed = text_of(client.get("/packs/"))
    assert "broken-pack/pack.yaml" in listed
    assert "广西师范大学水电管理规定" in listed
    assert client.get("/packs/broken-pack/").status_code == 503
    assert client.get("/").status_code == 200


def test_an_installation_decides_a_day_that_the_regulation_decides_otherwise(as_):
    # the university's pack makes 14 April 2021 free in Guilin; the administrator works that day
    admin = as_("administrator")
    typed = {
        "on": "2021-04-14",
        "kind": "work",
        "region": "450000",
        "name_zh": "照常上班",
        "name_en": "",
        "source": "校办通知",
    }
    assert admin.post("/calendar/change/", typed).status_code == 302
    assert admin.get("/packs/gxnu-2016-4/").status_code == 200
    by_its_own = "/calendar/?year=2021&region=450300&pack=gxnu-2016-4"
    assert "2021 · 249 个工作日" in text_of(admin.get(by_its_own))
    days = pack("gxnu-2016-4").calendar
    assert days.is_working_day(date(2021, 4, 14), region="450300")
    assert not days.is_working_day(date(2021, 4, 15), region="450300")  # the pack's own still


def test_a_sheets_choices_are_worded_for_people(client):
    page = text_of(client.get("/packs/gxnu-2016-4/rules/bill/"))
    assert "育才校区" in page
    assert "商业" in page


def test_a_table_says_which_column_it_answers(client):
    address = "/packs/gxnu-2016-4/rules/electricity-price/?on=2026-11-22&given.category=commercial"
    page = text_of(client.get(f"{address}&given.column=loss"))
    assert "0.03 元/千瓦时" in page
    assert "用户类别 商业" in page


def test_what_a_rule_decided_is_counted_for_all_and_listed_for_who_works_here(client, as_):
    from django.utils import timezone

    from tongdian.rulebook.actions import keep_answer

    given = {"contract": "150000"}
    answer = pack("gxnu-2016-4").answer("construction-deposit", on=date(2026, 3, 2), given=given)
    keep_answer(answer=answer, given=given, subject="工地 7", by=None, at=timezone.now())
    assert "在本处作出决定 1 次" in text_of(client.get("/packs/gxnu-2016-4/clauses/9"))
    assert "工地 7" not in text_of(client.get(DEPOSIT))
    page = as_("officer").get(DEPOSIT)
    assert "工地 7" in text_of(page)
    assert "on=2026-03-02&amp;given.contract=150000" in page.content.decode()


def test_the_why_mark_beside_any_number_leads_to_the_panel_that_made_it(client):
    from django.template import Context, Template

    answer = pack("gxnu-2016-4").answer(
        "construction-deposit", on=date(2026, 3, 2), given={"contract": "150000", "chosen": "20000"}
    )
    mark = Template("{% load rulebook %}{% why answer %}").render(Context({"answer": answer}))
    address = re.search(r'hx-get="([^"]+)"', mark)[1].replace("&amp;", "&")
    panel = text_of(client.get(address, headers={"hx-request": "true"}))
    assert "20,000 元" in panel
    assert "10 万（不含）至 30 万（含）" in panel


# A year of working days


def test_a_year_is_shown_as_it_was_read_before_it_is_kept(as_):
    client = as_("administrator")
    typed = {"year": "2027", "text": NOTICE_2027, "source": "国办发明电〔2026〕1号"}
    shown = client.post("/calendar/year/", typed)
    assert "2027-02-14" in shown.content.decode()
    assert not PublishedYear.objects.exists()
    kept = client.post("/calendar/year/", typed | {"keep": "1"})
    assert kept.headers["Location"] == "/calendar/?year=2027"
    assert PublishedYear.objects.get().rests["2027-01-01"] == "元旦"
    assert Entry.objects.filter(action="publish-year", subject="calendar:2027").exists()
    assert client.get("/calendar/?year=2027").status_code == 200
    again = client.post("/calendar/year/", typed | {"keep": "1"})
    assert again.status_code == 422
    right = typed | {"text": NOTICE_2027.replace("6月9日（周三）", "6月8日（周二）"), "keep": "1"}
    assert client.post("/calendar/year/", right).status_code == 302
    assert not calendar().is_working_day(date(2027, 6, 8))
    assert calendar().is_working_day(date(2027, 6, 9))


@pytest.mark.parametrize(
    ("year", "text", "says"),
    [
        ("2028", NOTICE_2027, "实为周"),
        ("2026", NOTICE_2026, "随程序提供"),
        ("2027", "hello", "读不懂"),
        ("1", NOTICE_2027, "2004"),
    ],
)
def test_a_year_that_is_wrong_is_refused_in_words(as_, year, text, says):
    typed = {"year": year, "text": text, "source": "通知", "keep": "1"}
    reply = as_("administrator").post("/calendar/year/", typed)
    assert reply.status_code == 422
    assert says in reply.content.decode()
    assert not PublishedYear.objects.exists()


def test_who_may_not_change_the_calendar_adds_no_year(as_):
    typed = {"year": "2027", "text": NOTICE_2027, "source": "通知", "keep": "1"}
    assert as_("clerk").post("/calendar/year/", typed).status_code == 403
    with pytest.raises(NotAllowed):
        publish_year(year=2027, text=NOTICE_2027, source="通知", by=None, at=timezone.now())


def test_a_rest_day_of_a_year_to_come_is_kept_and_waits(as_):
    client = as_("administrator")
    typed = {
        "on": "2027-03-08",
        "kind": "rest",
        "region": "450000",
        "name_zh": "三月三",
        "source": "桂政办发",
    }
    assert client.post("/calendar/change/", typed).status_code == 302
    page = client.get("/calendar/").content.decode()
    assert "待该年安排公布" in page
    publish_year(year=2027, text=NOTICE_2027, source="通知", by=Operator("root"), at=timezone.now())
    assert not calendar().is_working_day(date(2027, 3, 8), region="450300")
    assert Entry.objects.get(action="publish-year").actor == "operator:root"


def test_a_rate_that_nobody_chose_is_not_shown_as_a_number(client):
    """47(3) prints 10 % for the first band, probably for 10‰: neither is a number of the page."""
    shown = client.get("/packs/gxnu-2016-4/clauses/47").content.decode()
    first = shown[
        shown.index('id="r-small-works-first-rate"') : shown.index('id="r-small-works-second-rate"')
    ]
    assert "small-works-rate" in first
    assert "0.1" not in first
    second = shown[shown.index('id="r-small-works-second-rate"') :]
    assert "8‰" in second


def test_what_is_probably_a_slip_is_asked_back_on_the_page(client):
    page = text_of(client.get(f"{DEPOSIT}?on=2026-03-02&given.contract=15"))
    assert "是否为万元？" in page
    assert "是否为万元？" not in text_of(client.get(f"{DEPOSIT}?on=2026-03-02&given.contract=150000"))


def test_a_ladder_shows_its_acts_and_steps_and_tries_a_subjects_acts(client):
    page = text_of(
        client.get(
            "/packs/gxnu-2016-4/rules/wasteful-use/?on=2026-05-20"
            "&given.act.0.act=left-on&given.act.0.on=2026-05-20&given.act.1.act=left-on&given.act.1.on=2026-03-02"
        )
    )
    assert "自行为日起 12 个月" in page
    assert "第 2 次：在校园网公布违章的单位和个人、从部门经费扣除所浪费的水电费" in page
    assert "使用学校水源" not in page  # the clause's own words stand on its page; here is its title
    assert "用学校水源洗车" in page
    assert "违反第五十七条" in page


def test_a_ladder_grows_a_row_and_names_one_that_cannot_be_read(client):
    address = "/packs/gxnu-2016-4/rules/public-criticism/?on=2026-05-20&given.act.0.act=left-on"
    assert (
        "given.act.1.act" in client.get(f"{address}&given.act.0.on=2026-05-20&add=given.act").content.decode()
    )
    assert "行为日：未填" in text_of(client.get(address))


def test_a_ladder_without_steps_says_that_none_is_laid_down(client):
    page = text_of(client.get("/packs/gxnu-2016-4/rules/student-room-acts/"))
    assert "没有规定处罚，不另设" in page
    assert "没有规定后果" in page
