"""The pages of findings and letters: an office finds, another answers, a second person signs."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.supervision.conftest import d
from tests.supervision.test_findings import S, opened, take
from tests.supervision.test_letters import circular_of, confirmed, remind, talk_of
from tests.supervision.test_pages import page
from tongdian.supervision.models import (
    Circular,
    FindingStep,
    SupervisionFinding,
    Talk,
    UrgingAnswer,
    UrgingLetter,
)

ZH = {"accept-language": "zh-hans"}
LIST, LETTERS = "/supervision/findings/", "/supervision/findings/letters/"
TYPED = {
    "about": "GD",
    "source": "hotline",
    "kind": "access",
    "gravity": "serious",
    "clause": "附件1/56",
    "text": "拒绝报装",
}


def soon(days):
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def post(client, who, address, typed=None, status=302):
    """Type into a page; a step names what the page showed."""
    client.force_login(who)
    here, is_step, _ = address.partition("steps/")
    shown = client.get(here, headers=ZH).content.decode() if is_step else ""
    seen = re.findall(r'name="seen" value="([0-9]+)"', shown)[:1]
    reply = client.post(address, {"seen": seen, **(typed or {})}, headers=ZH)
    assert reply.status_code == status, reply.content.decode()[:3000]
    return reply


def test_from_a_finding_to_its_verification_by_hand(nation, client):
    regional, supplier = nation.who["regional"], nation.who["supplier"]
    assert "接入受限" in page(client, regional.clerk, f"{LIST}new/")
    assert "text" in post(client, regional.clerk, f"{LIST}new/", TYPED | {"text": ""}, 422).content.decode()
    photo = SimpleUploadedFile("现场.pdf", b"%PDF-1.4 x %%EOF")
    here = post(client, regional.clerk, f"{LIST}new/", TYPED | {"paper": "工单 12398-7", "file": photo})[
        "Location"
    ]
    finding = SupervisionFinding.objects.get()
    assert [one["kind"] for one in finding.evidence] == ["paper", "file"]
    said = page(client, supplier.clerk, here)
    for text in ("拒绝报装", "工单 12398-7", "现场.pdf", "请贵单位就此作出说明", "附件1/56"):
        assert text in said
    assert client.get(f"{here}evidence/{finding.evidence[1]['ref']}/").status_code == 200
    assert client.get(f"{here}evidence/{'0' * 64}/").status_code == 404
    assert "责令整改" not in said  # the supplier's steps only
    post(client, regional.clerk, f"{here}steps/order/", {"text": "限期接入", "due_on": soon(10)})
    wrong = post(client, supplier.clerk, f"{here}steps/report/", {"text": "已接入"}, 422).content.decode()
    assert "凭证" in wrong
    post(client, supplier.clerk, f"{here}steps/report/", {"text": "已接入", "paper": "整改报告1号"})
    wrong = post(
        client, regional.clerk, f"{here}steps/return/", {"text": "尚缺一户", "due_on": "2020-01-01"}, 422
    )
    assert "期限不能早于" in wrong.content.decode()
    post(client, regional.clerk, f"{here}steps/verify/")
    said = page(client, regional.clerk, here)
    assert "已核验关闭" in said
    assert "整改报告1号" in said
    assert "可办理事项" not in said


def test_one_search_finds_a_finding_by_number_text_and_whom_it_is_about(nation, client):
    finding = opened(nation, text="拒绝报装")
    for wanted in (finding.number, "拒绝报", "雁山供电", "GD"):
        assert f"/supervision/findings/{finding.pk}/" in page(
            client, nation.who["regional"].clerk, f"/search/?q={wanted}"
        ), wanted
    assert str(finding.pk) not in page(client, nation.who["regional"].clerk, "/search/?q=停电")
    # another county's office has nothing to do with it
    assert str(finding.pk) not in page(client, nation.who["qixing"].clerk, f"/search/?q={finding.number}")


def test_what_is_not_the_viewer_s_to_do_is_neither_offered_nor_done(nation, client):
    finding = opened(nation)
    here = f"{LIST}{finding.pk}/"
    page(client, nation.who["province"].officer, here, 404)
    post(client, nation.who["supplier"].clerk, f"{here}steps/order/", {"text": "x", "due_on": soon(3)}, 403)
    post(client, nation.who["supplier"].clerk, f"{here}steps/nothing/", {}, 404)
    post(client, nation.who["qixing"].officer, f"{here}steps/explain/", {"text": "x"}, 404)
    page(client, nation.who["supplier"].officer, f"{LIST}new/", 404)
    assert not FindingStep.objects.exists()


def test_who_is_second_is_told(nation, client):
    """The office explained meanwhile: the finder's withdrawal stands, the second explanation is refused in words."""
    finding = opened(nation)
    take(nation, finding, S.WITHDRAWN)
    said = post(
        client, nation.who["supplier"].clerk, f"{LIST}{finding.pk}/steps/explain/", {"text": "x"}, 409
    )
    assert "已撤销" in said.content.decode()


@pytest.mark.parametrize(
    "asked",
    ["", "?standing=overdue", "?standing=all&source=hotline&kind=access&whom=GD", "?standing=x&source=x&kind=x&whom=X&after=x",
     "?as_of=2021-06-02", "?office=NFJ&as_of=2021-12-31&standing=closed"],
)  # fmt: skip
def test_the_list_answers_every_question(nation, client, asked):
    finding = opened(nation)
    take(nation, finding, S.ORDERED)  # by 30 June 2021
    take(nation, opened(nation, about="city"), S.WITHDRAWN)
    said = page(client, nation.who["regional"].officer, f"{LIST}{asked}")
    assert "雁山供电公司" in said
    assert (finding.number in said) is ("whom=X" not in asked and "closed" not in asked)


def test_the_list_counts_by_office_before_it_lists(nation, client):
    for _ in range(3):
        take(nation, opened(nation), S.ORDERED)
    said = page(client, nation.who["regional"].officer, f"{LIST}?as_of=2021-07-01")
    assert said.index("按单位") < said.index("问题清单")
    assert "逾期" in said
    assert "登记问题" not in said  # nothing is entered for a day that has gone by
    assert "登记问题" in page(client, nation.who["regional"].officer, LIST)
    assert "登记问题" not in page(client, nation.who["supplier"].officer, LIST)


def test_a_talk_is_drafted_from_its_finding_signed_and_recorded(nation, client):
    finding = confirmed(nation)
    regional = nation.who["regional"]
    assert "起草约谈" in page(client, regional.clerk, f"{LIST}{finding.pk}/")
    assert "雁山供电公司" in page(client, regional.clerk, f"{LETTERS}talk/new/")  # whom to choose
    new = f"{LETTERS}talk/new/?whom=GD&finding={finding.pk}"
    assert finding.number in page(client, regional.clerk, new)
    typed = {
        "held_on": soon(0),
        "hour": "上午9:30",
        "place": "二楼会议室",
        "clause": "通知/4(4)",
        "text": "报装受限",
    }
    assert "至少选择一个" in post(client, regional.clerk, new, typed, 422).content.decode()
    here = post(client, regional.clerk, new, typed | {"findings": str(finding.pk)})["Location"]
    assert "须由另一人签发" in page(client, regional.clerk, here)
    page(client, nation.who["supplier"].officer, here, 404)  # not before it is signed
    drafted = post(client, regional.clerk, f"{here}paper/", status=200)
    assert drafted.content.startswith(b"%PDF-")
    post(client, regional.clerk, f"{here}steps/sign/", status=403)
    post(client, regional.officer, f"{here}steps/sign/")
    assert "二楼会议室" in page(client, nation.who["supplier"].officer, here)
    post(
        client,
        regional.clerk,
        f"{here}steps/record/",
        {"on": soon(0), "attendees": "覃总", "text": "月底接入", "due_on": soon(9)},
    )
    for who in (regional.clerk, nation.who["supplier"].clerk):
        assert "月底接入" in page(client, who, here)
    assert Talk.objects.get().number in page(client, nation.who["supplier"].clerk, f"{LIST}{finding.pk}/")


def test_a_circular_is_published_and_read_by_all(nation, client):
    finding = confirmed(nation)
    nea = nation.who["nea"]
    typed = {
        "title": "关于报装受限的通报",
        "scope": "nation",
        "clause": "通知/4(4)",
        "text": "现通报。",
        "findings": str(finding.pk),
    }
    here = post(client, nea.officer, f"{LETTERS}circular/new/", typed)["Location"]
    said = post(client, nea.officer, f"{here}steps/sign/", status=409).content.decode()
    assert "不能签发自己起草的文书" in said
    other = nation.who["nea"].clerk
    post(client, other, f"{here}steps/sign/", status=403)
    regional = nation.who["regional"].clerk
    said = post(client, regional, f"{LETTERS}circular/new/", typed, 422).content.decode()
    assert "只由国家能源局发布" in said
    assert Circular.objects.count() == 1


def test_a_reminder_is_sent_and_answered_with_a_file(nation, client):
    regional, province = nation.who["regional"], nation.who["province"]
    typed = {"about": "GXT", "clause": "通知/4(2)", "text": "请牵头解决", "due_on": soon(5)}
    here = post(client, regional.clerk, f"{LETTERS}reminder/new/", typed)["Location"]
    assert "未答复" in page(client, province.clerk, here)
    page(client, nation.who["city"].officer, here, 404)
    file = SimpleUploadedFile("纪要.pdf", b"%PDF-1.4 y %%EOF")
    post(client, province.clerk, f"{here}steps/answer/", {"text": "已召开会议", "file": file})
    assert "已召开会议" in page(client, regional.clerk, here)
    kept = UrgingAnswer.objects.get().evidence[0]["ref"]
    evidence = f"{LETTERS}reminders/{UrgingLetter.objects.get().pk}/evidence"
    assert client.get(f"{evidence}/{kept}/").status_code == 200
    assert client.get(f"{evidence}/{'0' * 64}/").status_code == 404
    assert post(client, regional.clerk, f"{here}paper/", status=200).content.startswith(b"%PDF-")
    page(client, regional.clerk, f"{LETTERS}nothing/{UrgingLetter.objects.get().pk}/", 404)


def test_lists_of_letters_are_as_of_a_day(nation, client):
    remind(nation)
    talk_of(nation, confirmed(nation))
    circular_of(nation, confirmed(nation), by="regional", scope="area")
    officer = nation.who["regional"].officer
    said = page(client, officer, f"{LETTERS}?as_of=2021-07-01")
    for text in ("请牵头解决", "报装受限问题突出", "关于报装受限问题的通报", "草稿"):
        assert text in said
    before = page(client, officer, f"{LETTERS}?as_of=2021-06-30")
    assert "请牵头解决" not in before
    assert "报装受限问题突出" not in before


def waits(who, day):
    from tongdian.shell.home import waiting

    return {str(title): count for title, _, count in waiting(who, d(day))}


def test_what_waits_stands_on_the_home_page_of_whom_it_waits_for(nation, settings):
    finding = opened(nation)
    regional, supplier = nation.who["regional"], nation.who["supplier"]
    assert list(waits(supplier.clerk, "2021-06-02").values()) == [1]  # to answer
    take(nation, finding, S.ORDERED)  # by 30 June
    assert list(waits(supplier.clerk, "2021-06-30").values()) == [1]
    assert waits(regional.clerk, "2021-06-30") == {}
    assert list(waits(regional.clerk, "2021-07-01").values()) == [1]  # overdue
    take(nation, finding, S.REPORTED)
    assert waits(supplier.clerk, "2021-07-01") == {}
    assert list(waits(regional.clerk, "2021-07-01").values()) == [1]  # to verify
    take(nation, finding, S.VERIFIED)
    talk_of(nation, confirmed(nation))
    circular_of(nation, confirmed(nation), by="regional", scope="area")
    assert waits(regional.clerk, "2021-07-01") == {}  # signs nothing
    assert list(waits(regional.officer, "2021-07-01").values()) == [1, 1]  # a talk and a circular to sign
    remind(nation)
    assert list(waits(nation.who["province"].clerk, "2021-07-02").values()) == [1]


def test_a_page_asks_few_questions_however_many_findings_there_are(
    nation, client, django_assert_max_num_queries
):
    for _ in range(12):
        opened(nation)
    client.force_login(nation.who["regional"].officer)
    with django_assert_max_num_queries(32):
        assert client.get(LIST, headers=ZH).status_code == 200
