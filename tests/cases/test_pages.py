"""The page of a case, and everything done on it, with Django's client."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.utils import timezone
from PIL import Image

from tests.cases.brought import brought
from tests.cases.conftest import SHANGHAI, organisation
from tests.cases.test_engine import PAPERS, hand_in
from tongdian.accounts.models import Receipt
from tongdian.cases import actions
from tongdian.cases.models import Assignment, Case, Event, OpenStage, Paper

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    page = answer.content.decode()
    main = page[page.find("<main") : page.find("</main>")] if "<main" in page else page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def photograph() -> io.BytesIO:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    picture.name = "租赁合同.png"
    return picture


def address(case, *more) -> str:
    return "/".join(["", "cases", case.number, *more, ""])


def test_the_page_tells_what_where_and_who_has_it(english, campus, to_approve):
    english.force_login(campus.officer)
    said = text_of(english.get(address(to_approve)))
    for wanted in (
        "Application of a commercial user",
        to_approve.number,
        "雁山校区 3 号门面",
        "Approval of the use",
        "节能办",
        "Do: Approval of the use",
    ):
        assert wanted in said


def test_only_who_has_the_stage_in_hand_sees_its_button(english, campus, to_approve):
    english.force_login(campus.clerk)
    page = english.get(address(to_approve)).content.decode()
    assert "close/approve" not in page
    assert english.get(address(to_approve, "close", "approve")).status_code == 403
    posted = english.post(address(to_approve, "close", "approve"), {"seen": 2})
    assert posted.status_code == 403
    assert Event.objects.filter(case=to_approve).count() == 2


def test_an_officer_approves_with_the_fact_that_decides_the_way_on(english, campus, to_approve):
    english.force_login(campus.officer)
    where = address(to_approve, "close", "approve")
    assert 'name="fact-approved"' in english.get(where).content.decode()
    answer = english.post(where, {"seen": 2, "fact-approved": "true", "note": "按商业用户办理"})
    assert answer.status_code == 302
    assert [row.stage for row in OpenStage.objects.filter(case=to_approve)] == ["accept"]
    said = text_of(english.get(address(to_approve)))
    assert "Done: Approval of the use 按商业用户办理" in said


def test_without_the_answer_the_form_comes_back_with_what_was_typed(english, campus, to_approve):
    english.force_login(campus.officer)
    answer = english.post(address(to_approve, "close", "approve"), {"seen": 2, "note": "还差一句话"})
    assert answer.status_code == 422
    assert "还差一句话" in answer.content.decode()
    assert "Please fill this in." in text_of(answer)
    assert Event.objects.filter(case=to_approve).count() == 2


def test_a_paper_that_is_missing_is_said_before_and_refused_after(english, campus, without_papers):
    english.force_login(campus.clerk)
    where = address(without_papers, "close", "accept")
    assert "Papers still missing" in text_of(english.get(where))
    answer = english.post(where, {"seen": without_papers.seq, "fact-supplies": "both"})
    assert answer.status_code == 422
    assert "Still missing:" in text_of(answer)


def test_of_two_officers_the_second_is_told_and_shown_the_new_state(english, campus, to_approve):
    actions.close_stage(
        viewer=campus.officer,
        case=to_approve,
        stage="approve",
        seen=2,
        at=timezone.now(),
        facts={"approved": "true"},
    )
    english.force_login(campus.officer)
    answer = english.post(address(to_approve, "close", "approve"), {"seen": 2, "fact-approved": "false"})
    assert answer.status_code == 409
    assert "Somebody was faster" in text_of(answer)
    assert "Done: Approval of the use" in text_of(answer)
    assert "Opening taken up" in text_of(answer)
    assert Event.objects.filter(case=to_approve).count() == 4


def test_who_was_slower_keeps_what_was_typed_and_may_send_it_again(english, campus, to_approve):
    actions.record_fact(
        viewer=campus.officer, case=to_approve, name="approved", value="false", seen=2, at=timezone.now()
    )
    english.force_login(campus.officer)
    typed = {"seen": 2, "fact-approved": "true", "note": "同意"}
    answer = english.post(address(to_approve, "close", "approve"), typed)
    assert answer.status_code == 409
    assert "Somebody was faster" in text_of(answer)
    assert "approved by the energy office: no" in text_of(answer)
    page = answer.content.decode()
    assert "同意" in page
    again = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert again == "3"
    sent = english.post(address(to_approve, "close", "approve"), typed | {"seen": again})
    assert sent.status_code == 302


def test_a_claimed_day_counts_and_is_flagged(english, campus):
    monday = timezone.localdate() - dt.timedelta(days=9)
    case = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=dt.datetime.combine(monday, dt.time(9), SHANGHAI),
    )
    hand_in(case, *PAPERS)
    english.force_login(campus.counter)
    claimed = timezone.localdate() - dt.timedelta(days=3)
    english.post(
        address(case, "close", "apply"),
        {"seen": 1, "claimed_on": claimed.isoformat(), "attached": [photograph()]},
    )
    assert OpenStage.objects.get(case=case).opened_on == claimed
    assert f"Claimed for {claimed}" in text_of(english.get(address(case)))
    assert "entered 3 days later" in text_of(english.get(address(case)))


def test_a_day_to_come_cannot_be_claimed(english, campus, open_today):
    hand_in(open_today, *PAPERS)
    english.force_login(campus.counter)
    later = timezone.localdate() + dt.timedelta(days=1)
    answer = english.post(
        address(open_today, "close", "apply"),
        {"seen": 1, "claimed_on": later.isoformat(), "attached": [photograph()]},
    )
    assert answer.status_code == 422
    assert later.isoformat() in text_of(answer)


def test_a_deposit_is_taken_on_the_page_and_is_in_the_books(english, campus, to_approve):
    Case.objects.filter(pk=to_approve.pk).update(customer=campus.wang)
    now = timezone.now()
    for who, stage, facts in (
        (campus.officer, "approve", {"approved": "true"}),
        (campus.clerk, "accept", {}),
    ):
        to_approve.refresh_from_db()
        actions.close_stage(
            viewer=who,
            case=to_approve,
            stage=stage,
            seen=to_approve.seq,
            at=now,
            **brought(to_approve, stage, facts=facts),
        )
    to_approve.refresh_from_db()
    english.force_login(campus.clerk)
    where = address(to_approve, "close", "deposit")
    paid = {
        "seen": to_approve.seq,
        "fact-deposit_paid": "3000",
        "fact-deposit_reason": "面积小",
        "fact-deposit_approver": "节能办主任",
        "fact-deposit_receipt": "0042",
    }
    answer = english.post(where, paid | {"fact-deposit_paid": "299"})
    assert answer.status_code == 422
    assert "300–10,000" in text_of(answer)
    kept = english.post(where, paid)
    assert kept.status_code == 302
    receipt = Receipt.objects.get()
    assert (receipt.fen, receipt.note) == (300_000, to_approve.number)


def test_an_officer_sends_it_back_and_the_reason_shows(english, campus, to_approve):
    english.force_login(campus.officer)
    where = address(to_approve, "return", "approve")
    assert english.post(where, {"seen": 2, "to": "apply", "reason": ""}).status_code == 422
    assert english.post(where, {"seen": 2, "to": "apply", "reason": "未盖章"}).status_code == 302
    said = text_of(english.get(address(to_approve)))
    assert "sent it back to Applied to the energy office 未盖章" in said
    assert "attempt 2" in said


def test_a_case_stands_still_for_a_cause_and_goes_on(english, campus, to_approve):
    english.force_login(campus.officer)
    typed = {"seen": 2, "cause": "applicant-request", "reason": "店主出差"}
    assert english.post(address(to_approve, "suspend"), typed).status_code == 302
    page = english.get(address(to_approve))
    assert "Suspended" in text_of(page)
    assert "close/approve" not in page.content.decode()
    assert "until now" in text_of(page)
    assert english.post(address(to_approve, "resume"), {"seen": 3}).status_code == 302
    to_approve.refresh_from_db()
    assert to_approve.suspended_since is None


def test_the_counter_takes_a_case_back_and_the_next_one_says_so(english, campus, open_today):
    english.force_login(campus.counter)
    sent = english.post(address(open_today, "withdraw"), {"seen": 1, "reason": "不开店了"})
    assert sent.status_code == 302
    again = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=timezone.now(),
    )
    for one, other in ((open_today, again), (again, open_today)):
        said = text_of(english.get(address(one)))
        assert other.number in said
        assert "withdrawn and applied for anew" in said


def test_a_photograph_of_a_paper_is_received_and_opens_beside_the_case(english, campus, open_today):
    english.force_login(campus.counter)
    where = address(open_today, "papers", "shop-lease", "receive")
    assert english.post(where, {"photo": photograph()}).status_code == 302
    paper = Paper.objects.get(case=open_today, item="shop-lease")
    viewed = english.get(address(open_today, "papers", str(paper.id)))
    assert "<img" in viewed.content.decode()
    file = english.get(address(open_today, "papers", str(paper.id), "file"))
    assert file["Content-Type"] == "image/png"


def test_a_paper_without_a_file_needs_the_original_seen(english, campus, open_today):
    english.force_login(campus.counter)
    where = address(open_today, "papers", "shop-lease", "receive")
    refused = english.post(where, {})
    assert refused.status_code == 422
    assert "note that the original was seen" in text_of(refused)
    assert english.post(where, {"seen_original": "on"}).status_code == 302
    assert Paper.objects.get(case=open_today).reason == "original seen at the counter"


def test_what_is_not_a_picture_is_refused_beside_the_paper(english, campus, open_today):
    english.force_login(campus.counter)
    trick = io.BytesIO(b"#!/bin/sh\nrm -rf /\n")
    trick.name = "lease.pdf"
    where = address(open_today, "papers", "shop-lease", "receive")
    answer = english.post(where, {"file": trick})
    assert answer.status_code == 422
    assert "of a kind not taken here" in text_of(answer)
    assert not Paper.objects.filter(case=open_today).exists()


def test_a_paper_set_aside_no_longer_counts(english, campus, open_today):
    hand_in(open_today, *PAPERS)
    paper = Paper.objects.get(case=open_today, item="shop-lease")
    english.force_login(campus.counter)
    where = address(open_today, "papers", str(paper.id), "aside")
    assert english.get(where).status_code == 200
    assert english.post(where, {"reason": "照片模糊"}).status_code == 302
    said = text_of(english.get(address(open_today)))
    assert "not here yet" in said
    assert "照片模糊" in said
    assert english.post(where, {"reason": "再来"}).status_code == 404


def test_an_open_list_takes_one_more_paper_with_a_reason(english, campus, without_papers):
    english.force_login(campus.clerk)
    where = address(without_papers, "ask", "accept")
    assert "Ask for one more paper" in text_of(english.get(where))
    assert english.post(where, {"title": "平面图", "reason": ""}).status_code == 422
    assert english.post(where, {"title": "平面图", "reason": "位置不清"}).status_code == 302
    assert "平面图 not here yet Asked for in addition: 位置不清" in text_of(
        english.get(address(without_papers))
    )


def connection(viewer, process="low-voltage-connection", **facts):
    """A connection at a supplier, whose lists of papers are closed."""
    from tests.cases.conftest import adopt

    supplier = organisation("supplier", "雁山供电公司", "GD", region="450311")
    adopt(supplier, "nea-2021-37")
    clerk = viewer("officer", "supplier-officer", at=supplier)
    case = actions.open_case(
        viewer=clerk,
        organisation=supplier,
        pack="nea-2021-37",
        process=process,
        customer=None,
        place=None,
        at=timezone.now(),
        facts=facts or {"capacity": "50"},
    )
    return case, clerk, supplier


def test_a_closed_list_takes_no_more_and_cites_why(english, viewer):
    case, clerk, _ = connection(viewer)
    english.force_login(clerk)
    page = english.get(address(case))
    assert "only what is listed may be asked for" in text_of(page)
    assert address(case, "ask", "accept") not in page.content.decode()
    answer = english.post(address(case, "ask", "accept"), {"title": "营业执照", "reason": "想看看"})
    assert answer.status_code == 422
    assert "may not be asked for" in text_of(answer)
    assert "Annex" in text_of(answer)


def test_a_limit_shows_its_days_and_why(english, viewer):
    case, clerk, _ = connection(viewer)
    english.force_login(clerk)
    page = english.get(address(case)).content.decode()
    assert "0/1 working days" in page
    assert "/packs/nea-2021-37/rules/connection-stage-limit/why/" in page


def test_a_spring_whose_local_rest_days_nobody_entered_is_said_on_the_case(english, campus):
    """三月三 of 2026 is between 20 March and 30 April; of Yanshan's notice nobody entered the days."""
    from tests.cases.conftest import at

    spring, autumn = (
        actions.open_case(
            viewer=campus.counter,
            organisation=campus.campus,
            pack="gxnu-2016-4",
            process="shop-application",
            customer=campus.wang,
            place=campus.shop,
            at=at(day),
        )
        for day in ("2026-03-31", "2026-09-01")
    )
    english.force_login(campus.counter)
    missing = "the local rest days of 2026 in 450000 (Sanyuesan) are not entered"
    assert text_of(english.get(address(spring))).count(missing) == 1
    assert missing not in text_of(english.get(address(autumn)))


def test_past_a_limit_the_bar_is_red_and_says_so_in_words(english, viewer):
    case, clerk, _ = connection(viewer)
    OpenStage.objects.filter(case=case).update(due_on=timezone.localdate() - dt.timedelta(days=7), limit=1)
    english.force_login(clerk)
    page = english.get(address(case)).content.decode()
    assert 'class="clock-bar is-late' in page
    assert re.search(r"\d+ over", page)


def test_a_colleague_takes_a_stage_and_gives_it_back(english, campus, to_approve):
    english.force_login(campus.officer)
    where = address(to_approve, "take", "approve")
    english.post(where)
    assert OpenStage.objects.get(case=to_approve).assigned_to == campus.officer
    assert "(you)" in text_of(english.get(address(to_approve)))
    english.post(where, {"back": ""})
    assert OpenStage.objects.get(case=to_approve).assigned_to is None
    assert Assignment.objects.filter(case=to_approve).count() == 2
    assert english.post(address(to_approve, "take", "nothing")).status_code == 409
    assert Assignment.objects.filter(case=to_approve).count() == 2


def test_an_officer_gives_a_stage_to_somebody_of_the_office(english, campus, to_approve, viewer):
    colleague = viewer("clerk", "colleague", at=campus.energy)
    english.force_login(campus.officer)
    where = address(to_approve, "assign", "approve")
    assert "colleague" in english.get(where).content.decode()
    english.post(where, {"account": str(colleague.pk)})
    assert OpenStage.objects.get(case=to_approve).assigned_to == colleague
    # the technician of another office is not offered
    assert "technician" not in english.get(where).content.decode()


def test_a_fact_is_corrected_with_a_reason(english, campus, to_approve):
    english.force_login(campus.officer)
    where = address(to_approve, "record-fact", "approved")
    assert english.post(where, {"seen": 2, "fact-approved": "false"}).status_code == 302
    assert english.post(where, {"seen": 3, "fact-approved": "true"}).status_code == 422
    typed = {"seen": 3, "fact-approved": "true", "reason": "点错了"}
    assert english.post(where, typed).status_code == 302
    assert "approved by the energy office: yes 点错了" in text_of(english.get(address(to_approve)))


def test_a_finished_case_offers_nothing_to_do(english, campus, open_today):
    actions.withdraw(viewer=campus.counter, case=open_today, reason="不办了", seen=1, at=timezone.now())
    english.force_login(campus.counter)
    page = english.get(address(open_today)).content.decode()
    assert "Withdrawn" in page
    for verb in ("close", "suspend", "withdraw", "fact"):
        assert f"{address(open_today)}{verb}/" not in page


def test_a_case_of_another_organisation_is_not_found(english, campus, viewer, open_today):
    elsewhere = organisation("campus", "王城校区", "WC", region="450302")
    english.force_login(viewer("officer", "stranger", at=elsewhere))
    assert english.get(address(open_today)).status_code == 404
    assert english.post(address(open_today, "withdraw"), {"seen": 1}).status_code == 404
    english.force_login(viewer("customer"))
    assert english.get(address(open_today)).status_code == 403
    english.logout()
    assert "/accounts/login/" in english.get(address(open_today))["Location"]


def test_a_supervisor_reads_a_supplier_case_with_names_masked_and_no_button(english, viewer):
    from tongdian.parties.actions.customers import enter_customer
    from tongdian.parties.models import Region

    case, clerk, supplier = connection(viewer)
    customer = enter_customer(viewer=clerk, organisation=supplier, name="王小明", at=timezone.now())
    Case.objects.filter(pk=case.pk).update(customer=customer)
    bureau = organisation("department", "桂林市能源局", "NY", region="450300")
    bureau.regions.add(Region.objects.get(code="450300"))
    english.force_login(viewer("supervisor", "inspector", at=bureau))
    page = english.get(address(case))
    assert page.status_code == 200
    assert "王**" in text_of(page)
    assert "王小明" not in text_of(page)
    assert "close/accept" not in page.content.decode()


def test_a_part_of_a_case_is_listed_on_it_and_leads_back(english, viewer):
    case, clerk, supplier = connection(viewer, "high-voltage-single-connection", capacity="630")
    part = actions.open_case(
        viewer=clerk,
        organisation=supplier,
        pack="nea-2021-37",
        process="works-approval",
        customer=None,
        place=None,
        at=timezone.now(),
        facts={"voltage": "10"},
        part_of=case,
    )
    english.force_login(clerk)
    assert part.number in text_of(english.get(address(case)))
    assert f"Part of {case.number}" in text_of(english.get(address(part)))


def test_what_stands_at_its_default_is_asked_again_where_it_decides(english, viewer):
    """The route of an approval is "approval" unless somebody says otherwise: whoever accepts it
    is asked, so that it is not passed over."""
    case, clerk, _ = connection(viewer, "works-approval", voltage="10")
    english.force_login(clerk)
    page = english.get(address(case, "close", "accept")).content.decode()
    assert 'name="fact-route"' in page
    assert re.search(r'value="approval"[^>]* checked', page)


def test_the_page_speaks_chinese_first(client, campus, to_approve):
    client.force_login(campus.officer)
    page = client.get(address(to_approve)).content.decode()
    assert "商业用户用水用电申请" in page
    assert "用水用电审批" in page
