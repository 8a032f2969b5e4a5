"""The pages of conduct through Django: an inspector's phone, an act, what the public sees and reports."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.agreements.conftest import make_customer
from tests.cases.conftest import at
from tests.conduct.conftest import closed, recorded
from tests.conduct.test_reports import found_true, reported
from tests.connections.conftest import picture
from tongdian.cases.actions import open_case
from tongdian.conduct.models import ConductAct, ConductReport, ReportContact
from tongdian.supply.models import Permit

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def as_(client):
    def sign_in(account):
        client.force_login(account)
        return client

    return sign_in


def shot(name="act.png"):
    return SimpleUploadedFile(name, picture(), content_type="image/png")


# ------------------------------------------------------------- the inspector's phone
def test_an_act_is_recorded_from_the_code_at_the_door(campus, as_):
    phone = as_(campus.technician)
    page = phone.get("/conduct/record/?place=S3").content.decode()
    assert 'value="S3"' in page
    assert "第六十一条（一） 自然光下照明、离开不关电源" in page
    now = timezone.localtime()
    sent = {
        "place": "S3", "unit": str(campus.faculty.pk), "act": "left-on", "on": f"{now:%Y-%m-%d}", "hour": "00:00",
        "photograph": shot(),
    }  # fmt: skip
    kept = phone.post("/conduct/record/?place=S3", sent)
    act = ConductAct.objects.get()
    assert kept.status_code == 302, text_of(kept)
    assert kept["Location"] == f"/conduct/acts/{act.number}/"
    assert (act.text, act.by) == ("自然光下照明、离开不关电源", campus.technician)
    assert phone.get(f"/conduct/acts/{act.number}/photograph/")["Content-Type"].startswith("image/")


def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(campus, as_):
    sent = {
        "place": "S3",
        "unit": str(campus.faculty.pk),
        "act": "left-on",
        "on": "2026-03-02",
        "hour": "25:00",
        "text": "灯开着",
    }
    page = as_(campus.technician).post("/conduct/record/", sent)
    assert page.status_code == 422
    assert "不是时刻" in text_of(page)
    assert "灯开着" in page.content.decode()
    sent["hour"] = "09:30"
    assert "请附照片，或写明另一见证人" in text_of(as_(campus.technician).post("/conduct/record/", sent))
    assert not ConductAct.objects.exists()


def test_ones_own_round_of_today_and_the_record_of_a_unit(campus, as_):
    recorded(campus, "2026-03-02")
    recorded(campus, "2026-04-01", viewer=campus.clerk)
    phone = as_(campus.technician)
    assert "WZ-YS-2026-000001" in text_of(phone.get("/conduct/?month=2026-03"))
    assert "WZ-YS-2026-000002" not in text_of(phone.get("/conduct/?month=2026-03"))
    unit = text_of(phone.get("/conduct/?unit=HUAX"))
    assert "WZ-YS-2026-000001" in unit
    assert "WZ-YS-2026-000002" in unit
    assert "本月没有登记" in text_of(phone.get("/conduct/?month=2026-03&mine=1"))


def test_the_record_of_a_unit_shows_the_permits_of_its_applications(campus, as_):
    """25, 29, 36: what was permitted to the faculty stands beside what was found of it; another customer's does not."""
    now = timezone.now()
    for name, purpose in ((campus.faculty.name, "期末复习"), ("王小明", "别人的活动")):
        customer = make_customer(campus.campus, f"K-{purpose}", name)
        case = open_case(
            viewer=campus.clerk, organisation=campus.campus, pack="gxnu-2016-4",
            process="temporary-use-application", customer=customer, place=campus.shop, at=now, facts={},
        )  # fmt: skip
        Permit.objects.create(
            organisation=campus.campus, place=campus.shop, pack="gxnu-2016-4", permit="teaching", case=case,
            first_at=now - dt.timedelta(hours=1), until_at=now + dt.timedelta(hours=1), purpose=purpose,
            cite=["29"], at=now, by=campus.technician,
        )  # fmt: skip
    unit = text_of(as_(campus.officer).get("/conduct/units/HUAX/"))
    assert "期末复习" in unit
    assert "有效" in unit
    assert "别人的活动" not in unit


def test_what_follows_is_shown_with_its_article_and_every_act_of_the_unit(campus, as_):
    recorded(campus, "2026-03-02")
    act = recorded(campus, "2026-04-01")
    page = text_of(as_(campus.officer).get(f"/conduct/acts/{act.number}/"))
    assert "第 2 次：在校园网公布违章的单位和个人" in page
    assert "第六十一条（一）" in page
    assert "第 1 次：向所在部门发《违章通知书》" in page


def test_an_officer_takes_an_act_back_and_a_clerk_is_not_offered_it(campus, as_):
    act = recorded(campus, "2026-03-02")
    address = f"/conduct/acts/{act.number}/"
    assert "撤销；公开更正" not in text_of(as_(campus.clerk).get(address))
    assert as_(campus.clerk).post(address, {"reason": "误"}).status_code == 404
    assert as_(campus.officer).post(address, {"reason": "照片不是该学院的房间"}).status_code == 302
    assert "照片不是该学院的房间" in text_of(as_(campus.clerk).get(address))


def test_the_notice_and_the_case_are_one_click_away(campus, as_):
    act = recorded(campus, "2026-03-02")
    closed(act, campus.clerk, "serve", "2026-03-03")
    page = as_(campus.clerk).get(f"/conduct/acts/{act.number}/").content.decode()
    assert f"/conduct/acts/{act.number}/notices/violation/" in page
    assert (
        as_(campus.clerk).get(f"/conduct/acts/{act.number}/notices/violation/")["Content-Type"]
        == "application/pdf"
    )
    case = as_(campus.clerk).get(f"/cases/{act.violation.case.number}/").content.decode()
    assert f"/conduct/acts/{act.number}/" in case


def test_the_list_for_finance_comes_as_a_file(campus, as_):
    from tests.conduct.test_acts import HEATERS, second_time

    act = second_time(campus)
    closed(act, campus.officer, "deduct_it", "2026-04-10", given=HEATERS)
    page = as_(campus.officer)
    assert "100.80" in text_of(page.get("/conduct/deductions/"))
    file = b"".join(page.post("/conduct/deductions/", {"as": "csv"}).streaming_content).decode("utf-8-sig")
    assert "WZ-YS-2026-000002,化学与药学学院,100.80" in file


# ------------------------------------------------------------- the public
def test_what_is_published_names_the_unit_and_of_a_person_the_first_character(campus, client):
    from tests.conduct.test_acts import second_time
    from tongdian.conduct.models import Publication

    act = second_time(campus)
    today = timezone.localdate()
    person = recorded(campus, "2026-03-02", "bypassed-meter", customer=campus.wang)
    for one in (act, person):
        Publication.objects.create(
            organisation=campus.campus,
            act=one,
            kind="published",
            since=today,
            until=today.replace(year=today.year + 1),
            at=at("2026-04-10"),
        )
    page = text_of(client.get("/violations/"))
    assert "化学与药学学院" in page
    assert "王**" in page
    assert "王小明" not in page
    assert "Nothing is published" not in page


def test_anybody_reports_and_follows_by_the_number_alone(campus, client):
    page = text_of(client.get("/report-violation/YS/"))
    assert "50–500 元" in page
    sent = {
        "where": "三教 201",
        "text": "昨晚没人，空调开着",
        "act": "left-on",
        "contact": "13800000000",
        "photograph": shot(),
    }
    kept = client.post("/report-violation/YS/", sent)
    assert kept.status_code == 302, text_of(kept)
    report = ConductReport.objects.get()
    assert kept["Location"] == f"/report-violation/followed/{report.number}/"
    followed = client.get(kept["Location"]).content.decode()
    assert "等待核查" in followed
    assert "13800000000" not in followed
    assert client.get("/report-violation/followed/JB-YS-2222222222/").status_code == 404


def test_reports_from_one_address_are_limited(campus, client):
    sent = {"where": "三教", "text": "灯开着"}
    answers = [
        client.post("/report-violation/YS/", sent, REMOTE_ADDR="192.0.2.68").status_code for _ in range(6)
    ]
    assert answers == [302] * 5 + [422]
    assert ConductReport.objects.count() == 5


def test_who_reported_is_shown_to_who_decides_the_reward_alone(campus, as_):
    report = reported(campus)
    address = f"/conduct/reports/{report.pk}/"
    assert "13800000000" not in text_of(as_(campus.clerk).get(address))
    assert "13800000000" in text_of(as_(campus.officer).get(address))


def test_a_report_is_found_true_and_rewarded_on_its_page(campus, as_):
    act, report = recorded(campus, "2026-03-02"), reported(campus)
    address = f"/conduct/reports/{report.pk}/"
    found_true(campus, act, report)
    assert (
        as_(campus.clerk).post(address, {"deed": "reward", "amount": "100", "reason": "x"}).status_code == 404
    )
    beyond = as_(campus.officer).post(address, {"deed": "reward", "amount": "600", "reason": "线索准确"})
    assert beyond.status_code == 422
    assert "第六十八条：奖励金额应在 50–500 元之内" in text_of(beyond)
    assert (
        as_(campus.officer)
        .post(address, {"deed": "reward", "amount": "100", "reason": "线索准确"})
        .status_code
        == 302
    )
    assert "100.00" in text_of(as_(campus.officer).get(address))
    assert "100.00" in text_of(as_(campus.officer).get(f"/report-violation/followed/{report.number}/"))
    assert as_(campus.officer).post(address, {"deed": "forget", "reason": "本人要求"}).status_code == 302
    assert not bytes(ReportContact.objects.get(report=report).contact)


@pytest.mark.parametrize(
    ("day", "number", "open_", "other"),
    [
        ("2024-05-30", "电力工业部令第8号", "二手资料", "国家发展改革委令第14号"),
        ("2026-03-02", "国家发展改革委令第14号", "尚未选定", "电力工业部令第8号"),
    ],
)
def test_63_2_the_officer_sees_the_edition_that_was_in_force_on_the_day_of_the_theft(
    client, campus, day, number, open_, other
):
    act = recorded(campus, day, "bypassed-meter")
    client.force_login(campus.officer)
    page = client.get(f"/conduct/acts/{act.number}/").content.decode()
    part = page[page.index('id="recovery"') :].split("</div>")[0]
    assert number in part
    assert other not in part
    assert open_ in part
    assert f"?on={day}" in page
    mild = recorded(campus, day, "left-on")
    assert 'id="recovery"' not in client.get(f"/conduct/acts/{mild.number}/").content.decode()
