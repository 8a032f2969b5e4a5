"""Once by each channel, after commit, never in quiet hours, with proof of what happened."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError, ProgrammingError

from tests.notices.town import DONE, EIGHT_NEXT_MORNING, NIGHT, NOON, PHONE, REPAIR, jobs, lines, only, told
from tongdian.notices.actions import deliver, erase_content, send_again
from tongdian.notices.actions.sending import NotFailed
from tongdian.notices.models import Content, Delivery, Notice
from tongdian.notices.wordings import WordingNotFilled

pytestmark = pytest.mark.django_db


def test_a_text_message_goes_out_with_the_case_and_both_hotlines(organisation, channel, tmp_path):
    campus = organisation("YS", hotline="0773-5846000")
    channel(campus, "sms")
    notice = told(campus, phone=PHONE)
    waiting = only(notice, "sms")
    assert (waiting.state, waiting.masked_address) == ("queued", "138****0000")
    assert jobs() == [(str(waiting.id), NOON)]
    deliver(delivery=waiting.id, at=NOON)
    (line,) = lines(tmp_path)
    assert (line["id"], line["to"]) == (str(waiting.id), PHONE)
    assert "YS-2026-000412" in line["text"]
    sent = only(notice, "sms")
    assert (sent.state, sent.sent_at, sent.last_answer) == ("sent", NOON, "written to 2026-04-13.jsonl")
    assert "服务热线 0773-5846000，能源监管热线 12398" in notice.content.said["body"]


def test_what_is_sent_is_not_sent_again(organisation, channel, tmp_path):
    campus = organisation("YS")
    channel(campus, "sms")
    waiting = only(told(campus, phone=PHONE), "sms")
    for minutes in (0, 1, 20):
        deliver(delivery=waiting.id, at=NOON + timedelta(minutes=minutes))
    assert len(lines(tmp_path)) == 1
    assert waiting.attempts.count() == 1


def test_at_night_it_waits_and_a_worker_that_comes_too_early_sends_nothing(organisation, channel, tmp_path):
    campus = organisation("YS")
    channel(campus, "sms")
    waiting = only(told(campus, phone=PHONE, at=NIGHT), "sms")
    assert waiting.due_at == EIGHT_NEXT_MORNING
    Delivery.objects.filter(id=waiting.id).update(due_at=NIGHT)  # as if hours had been changed
    deliver(delivery=waiting.id, at=NIGHT + timedelta(hours=1))
    assert not (tmp_path / "sms").exists()
    assert jobs()[-1] == (str(waiting.id), EIGHT_NEXT_MORNING)
    deliver(delivery=waiting.id, at=EIGHT_NEXT_MORNING)
    assert len(lines(tmp_path)) == 1


def test_what_is_urgent_goes_out_at_night(organisation, channel, tmp_path):
    campus = organisation("YS")
    channel(campus, "sms")
    notice = told(campus, name="repair-received", params=REPAIR, phone=PHONE, at=NIGHT)
    deliver(delivery=only(notice, "sms").id, at=NIGHT)
    assert len(lines(tmp_path)) == 1


def test_text_messages_of_a_demonstration_never_leave_the_machine(organisation, channel, tmp_path, settings):
    settings.SMS_GATEWAY = "tests.notices.town.NoGateway"  # whoever uses it fails
    campus = organisation("YS", is_demo=True)
    channel(campus, "sms")
    notice = told(campus, name="repair-received", params=REPAIR, phone=PHONE)
    deliver(delivery=only(notice, "sms").id, at=NOON)
    assert len(lines(tmp_path)) == 1


def test_the_nearest_channel_is_used(organisation, channel, web):
    school = organisation("GX")
    campus = organisation("YS", above=school)
    above = channel(school, "gateway", address="http://127.0.0.1:1/never")
    assert only(told(campus, groups=True), "gateway").channel == above
    own = channel(campus, "gateway", address=web.address)
    assert only(told(campus, groups=True), "gateway").channel == own
    assert only(told(school, groups=True), "gateway").channel == above


def test_a_channel_of_another_organisation_is_not_used(organisation, channel):
    campus, other = organisation("YS"), organisation("WC")
    channel(other, "sms")
    channel(campus, "email", is_enabled=False)
    assert told(campus, phone=PHONE, email="wang@gxnu.edu.cn").deliveries.count() == 0


def test_a_robot_is_told_over_http_and_its_refusals_are_tried_again(organisation, channel, web):
    campus = organisation("YS")
    channel(campus, "gateway", address=web.address)
    web.statuses = [500, 503]
    waiting = only(told(campus, groups=True), "gateway")
    deliver(delivery=waiting.id, at=NOON)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.due_at) == ("queued", NOON + timedelta(minutes=1))
    deliver(delivery=waiting.id, at=NOON + timedelta(seconds=30))  # too early: nothing happens
    deliver(delivery=waiting.id, at=NOON + timedelta(minutes=1))
    deliver(delivery=waiting.id, at=NOON + timedelta(minutes=6))
    waiting.refresh_from_db()
    assert waiting.state == "sent"
    assert [(one.number, one.has_succeeded) for one in waiting.attempts.all()] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    assert "500" in waiting.attempts.get(number=1).answer
    assert [one["title"] for one in web.received] == ["申请 YS-2026-000412：现场勘查已完成"] * 3


def test_a_letter_arrives_and_says_which_delivery_it_is(organisation, channel, mail):
    campus = organisation("YS")
    channel(campus, "email")
    waiting = only(told(campus, email="wang@gxnu.edu.cn", language="en"), "email")
    deliver(delivery=waiting.id, at=NOON)
    (letter,) = mail.received
    assert letter.rcpt_tos == ["wang@gxnu.edu.cn"]
    assert f"<{waiting.id}@localhost>".encode() in letter.content
    assert b"Unit YS" in letter.content


def test_a_mailbox_that_does_not_exist_is_given_up_after_six_tries_and_sent_again_by_hand(
    organisation, channel, mail, viewer
):
    campus = organisation("YS")
    channel(campus, "email", quiet_since="00:00", quiet_until="00:00")
    waiting = only(told(campus, email="wang@nowhere.example"), "email")
    for _try in range(8):
        deliver(delivery=waiting.id, at=waiting.due_at)
        waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts.count()) == ("failed", 6)
    assert "no such mailbox w***@nowhere.example" in waiting.last_answer
    send_again(viewer=viewer("clerk", at=campus), delivery=waiting, at=NOON)
    deliver(delivery=waiting.id, at=NOON)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts.count()) == ("queued", 7)
    with pytest.raises(NotFailed):
        send_again(viewer=viewer("officer", at=campus), delivery=waiting, at=NOON)


def test_an_account_sees_it_at_once_on_its_page(organisation, viewer):
    notice = told(organisation("YS"), account=viewer("customer"), at=NIGHT)
    shown = only(notice, "page")
    assert (shown.state, shown.sent_at) == ("sent", NIGHT)


def test_a_notice_that_cannot_be_filled_leaves_nothing(organisation):
    campus = organisation("YS")
    with pytest.raises(WordingNotFilled):
        told(campus, params=DONE | {"extra": "?"}, phone=PHONE)
    assert Notice.objects.count() == 0


def test_words_can_be_erased_and_the_proof_stays(organisation, channel, viewer, tmp_path):
    campus = organisation("YS")
    channel(campus, "sms")
    notice = told(campus, phone=PHONE)
    waiting = only(notice, "sms")
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        Content.objects.filter(notice=notice).delete()  # not without a reason
    erase_content(viewer=viewer("administrator"), notice=notice, reason="个保法47条", at=NOON)
    assert not Content.objects.filter(notice=notice).exists()
    deliver(delivery=waiting.id, at=NOON)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.last_answer) == ("failed", "content erased")
    assert not (tmp_path / "sms").exists()


def test_an_attempt_cannot_be_rewritten(organisation, viewer):
    told(organisation("YS"), account=viewer("customer"))
    with pytest.raises((InternalError, ProgrammingError)), connection.cursor() as cursor:
        cursor.execute("update notices_attempt set has_succeeded = false")


def test_a_text_message_of_a_killed_worker_is_written_once(organisation, channel, tmp_path):
    campus = organisation("YS")
    channel(campus, "sms")
    waiting = only(told(campus, phone=PHONE), "sms")
    deliver(delivery=waiting.id, at=NOON)
    # as if it had died between writing the line and noting that it did
    Delivery.objects.filter(id=waiting.id).update(state="queued", sent_at=None)
    deliver(delivery=waiting.id, at=NOON)
    assert len(lines(tmp_path)) == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.last_answer) == ("sent", "written before to 2026-04-13.jsonl")
