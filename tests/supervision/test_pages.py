"""The pages of supervision: a county fills in and files, its city returns and accepts, an officer goes from a red
cell to the case and the article."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from tests.supervision.conftest import at, benefits, cells_of, d, filed
from tests.supervision.test_counting import shops  # noqa: F401  a fixture
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.actions import counting, filing
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.pages import ledger
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.counting import IndicatorResult

H1 = "2026-H1"


def page(client, who, address, status=200):
    client.force_login(who)
    reply = client.get(address, headers={"accept-language": "zh-hans"})
    assert reply.status_code == status, (address, reply.status_code)
    return reply.content.decode()


def address(nation, name, form="annex-3", period=H1, rest=""):
    return f"/supervision/returns/{getattr(nation, name).pk}/{form}/{period}/{rest}"


def test_an_office_sees_what_it_has_to_file_and_what_is_filed_to_it(nation, client):
    said = page(client, nation.who["city"].officer, "/supervision/?as_of=2021-07-16")
    assert "桂林市电力主管部门" in said
    assert "2021年上半年" in said
    assert "逾期" in said or "overdue" in said
    assert "截至 2021-07-16" in said or "2021-07-16" in said
    listed = page(
        client, nation.who["city"].officer, "/supervision/expected/annex-3/2021-H1/?as_of=2021-07-16"
    )
    assert "雁山区电力主管部门" in listed
    assert "七星区电力主管部门" in listed
    copies = page(
        client, nation.who["regional"].officer, "/supervision/expected/annex-3/2021-H1/?as_of=2021-07-16"
    )
    assert "自治区能源局" in copies


def test_a_county_fills_in_files_and_is_accepted_by_hand(nation, client):
    who = nation.who["yanshan"]
    form = filing.form_for(nation.yanshan, "annex-3", d("2026-07-02"))
    typed = {"begun_from": "0", "contact": "0773-0000001"}
    for number, _ in enumerate(form.rule.lines(form.pack, form.version)):
        typed |= {f"c{number}.{column}": str(value) for column, value in benefits(12, 3).items()}
    client.force_login(who.clerk)
    wrong = client.post(address(nation, "yanshan", rest="fill/"), typed | {"c0.total": "99a"})
    assert wrong.status_code == 422
    assert "受益户数" in wrong.content.decode()
    assert client.post(address(nation, "yanshan", rest="fill/"), typed).status_code == 302
    own = client.post(address(nation, "yanshan", rest="steps/review/"), {"seen": "1.0"})
    assert own.status_code == 403  # a clerk does not review
    client.force_login(who.officer)
    assert client.post(address(nation, "yanshan", rest="steps/review/"), {"seen": "1.0"}).status_code == 302
    assert "0773-0000001" in page(client, who.officer, address(nation, "yanshan"))


def test_others_do_not_see_a_return_and_the_copy_does(nation, client):
    form = filing.form_for(nation.province, "annex-3", d("2021-07-10"))
    filed(nation, "province", "annex-3", "2021-H1", cells_of(form, **benefits(0)), "2021-07-10",
          absent=[{"organisation": "GLS", "why": "无下级报表"}])  # fmt: skip
    page(client, nation.who["regional"].officer, address(nation, "province", period="2021-H1"))
    page(client, nation.who["nea"].officer, address(nation, "province", period="2021-H1"))
    page(client, nation.who["yanshan"].officer, address(nation, "province", period="2021-H1"), 404)
    page(client, nation.who["supplier"].officer, address(nation, "province", period="2021-H1"), 404)


def test_from_a_red_cell_to_the_case_and_the_article_in_three_clicks(nation, shops, client):  # noqa: F811
    counting.count_cases(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-2", period=H1,
        at=at("2026-07-02"),
    )  # fmt: skip
    officer = nation.who["yanshan"].officer
    every = page(client, officer, f"/supervision/indicators/?office=YSQ&period={H1}")
    assert "/supervision/indicators/indicator-3-1/" in every  # the first click
    for beside in ("撤回", "无限值", "其中曾中止"):  # what stands beside every share
        assert f'<th scope="col" class="number">{beside}</th>' in every
    one = page(client, officer, f"/supervision/indicators/indicator-3-1/?office=YSQ&period={H1}")
    assert f"/cases/{shops[1].number}/" in one  # the second
    assert (
        '装表接电 <span class="late">3</span> <span class="quiet">（限值 2）</span>' in one
    )  # 17, 18, 19 March
    assert "clauses/%E9%99%84%E4%BB%B62-2/3(1)" in one or "附件2-2/3(1)" in one  # and the third
    page(client, officer, f"/cases/{shops[1].number}/")


@pytest.mark.parametrize(("on", "is_early"), [("2021-06-30", True), ("2021-12-31", False)])
def test_before_its_day_a_standard_is_not_due_and_the_reading_that_judges_it_is_told(db, on, is_early):
    """附件2-2/22: by the end of 2021; year-end-deadline has the limit bind from the first of January."""
    pack = rulebook.pack("nea-2021-37")
    told = ledger._due(pack, IndicatorResult(pack.rules["indicator-22-1"], {}), d(on))
    assert told == {"due": d("2021-12-31"), "is_early": is_early, "readings": ("year-end-deadline",)}


def test_the_ledger_is_as_of_a_day_and_takes_a_report_today(nation, client):
    officer = nation.who["province"].officer
    said = page(client, officer, "/supervision/tasks/?as_of=2021-05-01&only=overdue")
    assert "附件1/54" in said
    assert "附件1/57" not in said
    client.force_login(officer)
    reply = client.post(
        "/supervision/tasks/report/?office=GXT",
        {"clause": "附件1/54", "state": "done", "on": "2021-04-28", "text": "已纳入", "paper": ""},
    )
    assert reply.status_code == 422  # done needs a paper
    reply = client.post(
        "/supervision/tasks/report/?office=GXT",
        {
            "clause": "附件1/54",
            "state": "done",
            "on": "2021-04-28",
            "text": "已纳入",
            "paper": "桂政办〔2021〕5号",
        },
    )
    assert reply.status_code == 302
    assert "桂政办〔2021〕5号" in page(client, officer, "/supervision/tasks/?office=GXT")


@pytest.mark.parametrize(
    "odd", ["?as_of=0000-99-99", "?as_of=9999-12-31", "?office=NOBODY&as_of=x", "?period=abc", "?version=-1"]
)
def test_odd_questions_are_answered_with_a_page(nation, client, odd):
    for path in ("/supervision/", "/supervision/tasks/", "/supervision/indicators/"):
        page(client, nation.who["city"].officer, f"{path}{odd}")


def test_what_is_not_there_is_not_found(nation, client):
    officer = nation.who["city"].officer
    for path in (
        "/supervision/expected/annex-9/2021-H1/",
        "/supervision/expected/annex-3/1800-H1/",
        "/supervision/indicators/nothing/",
        f"/supervision/returns/{nation.supplier.pk}/annex-3/2021-H1/",
        f"/supervision/returns/{nation.city.pk}/annex-3/0000/",
        f"/supervision/returns/{nation.city.pk}/annex-3/abcd-H1/",
    ):
        page(client, officer, path, 404)


def test_the_paper_has_the_form_s_own_layout(nation, client):
    form = filing.form_for(nation.yanshan, "annex-3", d("2021-07-10"))
    filed(nation, "yanshan", "annex-3", "2021-H1", cells_of(form, **benefits(12, 3)), "2021-07-10")
    client.force_login(nation.who["city"].officer)
    reply = client.post(
        address(nation, "yanshan", period="2021-H1", rest="export/"),
        {"as": "csv"},
        headers={"accept-language": "zh-hans"},
    )
    lines = b"".join(reply.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "雁山区“三零”“三省”服务效益统计表"
    assert lines[1] == "（2021年1月—2021年6月）"
    assert lines[2] == "市、县逐级汇总是本程序的安排，非官方"
    assert lines[3] == "填报单位,雁山区电力主管部门,填报日期,2021-07-10"
    assert lines[4] == ",“三零”服务效益,,,,"
    assert lines[5] == "统计内容,居民用户,160kW及以下的企业用户,其他用户,“三省”服务效益,合计"
    assert lines[9].startswith("增加容量(万千瓦安),")
    assert any(line.split(",")[-5:] == ["12", "3", "0", "0", "15"] for line in lines)
    assert filings.standing(form, nation.yanshan, "2021-H1", as_of=d("2021-07-10")).is_received


def waits(who):
    from tongdian.shell.home import waiting

    return {
        str(title): count
        for title, _, count in waiting(who, d("2021-07-20"))
        if "eturn" in str(title) or "报表" in str(title)
    }


def test_what_waits_stands_on_the_home_page_of_whom_it_waits_for(nation):
    who, city = nation.who["yanshan"], nation.who["city"]
    form = filing.form_for(nation.yanshan, "annex-3", d("2021-07-10"))
    version = filing.fill_in(
        viewer=who.clerk, organisation=nation.yanshan, form="annex-3", period="2021-H1",
        cells=cells_of(form, **benefits(1)), at=at("2021-07-10"),
    )  # fmt: skip
    assert list(waits(who.officer).values()) == [1]  # to review
    assert waits(who.clerk) == {}
    filing.review(viewer=who.officer, version=version, at=at("2021-07-10"))
    assert list(waits(who.officer).values()) == [1]  # to file
    filing.submit(viewer=who.officer, version=version, at=at("2021-07-10"))
    assert waits(who.officer) == {}
    assert list(waits(city.officer).values()) == [1]  # to accept
    assert waits(nation.who["province"].officer) == {}  # not a level further up
    filing.send_back(
        viewer=city.officer, office=nation.city, version=version, reason="少一户", at=at("2021-07-12")
    )
    assert waits(city.officer) == {}
    assert list(waits(who.clerk).values()) == [1]  # sent back


def test_a_template_is_taken_filled_in_and_brought_back(nation, client):
    who = nation.who["yanshan"]
    client.force_login(who.clerk)
    where = address(nation, "yanshan")
    zh = {"accept-language": "zh-hans"}
    assert "填好的模板" in page(client, who.clerk, f"{where}fill/")
    reply = client.post(f"{where}template/", headers=zh)
    assert (reply.status_code, reply["Content-Type"].rsplit(".", 1)[-1]) == (200, "sheet")
    book = load_workbook(io.BytesIO(reply.content))
    for row in range(10, 14):
        for column in "BCDE":
            book["填报"][f"{column}{row}"] = 2
    book["填报"]["C11"] = "约二百"

    def bring():
        written = io.BytesIO()
        book.save(written)
        sent = SimpleUploadedFile("附件3.xlsx", written.getvalue())
        return client.post(f"{where}bring/", {"file": sent, "begun_from": "0"}, headers=zh)

    wrong = bring()
    assert wrong.status_code == 422
    said = wrong.content.decode()
    for text in ("C11", "节省投资", "160kW", "不是数字"):
        assert text in said
    assert not ReturnVersion.objects.exists()
    book["填报"]["C11"] = 200
    assert bring().status_code == 302
    version = ReturnVersion.objects.get()
    assert version.cells["saved"]["total"]["value"] == "206.0000"  # 2 + 200 + 2 + 2
    paper = client.post(f"{where}paper/", headers=zh)
    assert paper.content.startswith(b"%PDF-")
    nothing = client.post(f"{where}bring/", {"begun_from": "1"}, headers=zh)
    assert nothing.status_code == 422


def test_nobody_takes_or_brings_the_template_of_an_office_in_which_he_fills_in_nothing(nation, client):
    where = address(nation, "yanshan")
    client.force_login(nation.who["qixing"].clerk)
    for what in ("template/", "bring/", "paper/"):
        assert client.post(f"{where}{what}").status_code == 404
    client.force_login(nation.who["regional"].clerk)  # sees the province's as a copy, and fills in none of it
    copied = address(nation, "province")
    assert client.get(copied).status_code == 200
    for what in ("template/", "bring/"):
        assert client.post(f"{copied}{what}").status_code == 404
    client.force_login(nation.who["city"].clerk)  # to whom it is filed: the county has people of its own
    assert client.post(f"{where}template/").status_code == 404
    client.force_login(nation.who["yanshan"].clerk)
    assert client.post(f"{where}template/").status_code == 200


def test_the_nation_s_form_is_what_the_provinces_filed_with_who_is_missing(nation, client):
    """附件3 over all provinces: 12 + 30 homes; of a third nothing was accepted, and it is named."""
    from tests.supervision.conftest import accepted, department

    form = filing.form_for(nation.province, "annex-3", d("2021-07-10"))
    other = department("department", "广东省能源局", "GDS", "440000", parent=nation.nea)
    department("department", "海南省能源局", "HNS", "460000", parent=nation.nea)
    nation.who["other"] = SimpleNamespace(
        clerk=nation.who["nea"].clerk, officer=nation.who["nea"].officer
    )  # nobody of Guangdong is here: whom it files to enters it
    nation.other = other
    for name, homes in (("province", 12), ("other", 30)):
        version = filed(nation, name, "annex-3", "2021-H1", cells_of(form, **benefits(homes, 1)), "2021-07-10",
                        absent=[{"organisation": "GLS", "why": "无下级报表"}])  # fmt: skip
        accepted(nation, "nea", version, "2021-07-12")
    officer = nation.who["nea"].officer
    said = page(client, officer, "/supervision/expected/annex-3/2021-H1/?as_of=2021-07-16")
    assert "海南省能源局" in said.split('id="merged"')[1]
    assert ">42<" in said.split('id="merged"')[1]
    client.force_login(officer)
    reply = client.post("/supervision/expected/annex-3/2021-H1/export/?as_of=2021-07-16", {"as": "xlsx"})
    sheet = load_workbook(io.BytesIO(reply.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    people = next(row for row in rows if str(row[0]).startswith("受益户数"))
    assert people[1:6] == [42, 2, 0, 0, 44]
    texts = [str(one) for row in rows for one in row if one]
    assert "未含：海南省能源局" in texts
    assert texts[0] == "全国“三零”“三省”服务效益统计表"
    assert "统计内容" in texts
    assert any(one.startswith("填报人及联系方式：") for one in texts)
    assert "填报单位盖章处" in texts
    client.force_login(nation.who["yanshan"].officer)
    assert client.post("/supervision/expected/annex-3/2021-H1/export/").status_code == 404
