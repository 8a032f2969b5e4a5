"""What an account was told, how it went out, and over which channels: each seen only by whom it
concerns."""

import pytest
from django.urls import reverse

from tests.notices.town import NOON, PHONE, jobs, lines, only, told
from tongdian.audit_log.models import Entry, Payload
from tongdian.notices.actions import erase_content
from tongdian.notices.models import Channel, Delivery
from tongdian.notices.vault import unlock

pytestmark = pytest.mark.django_db
HOURS = {"quiet_since": "22:00", "quiet_until": "07:30", "is_enabled": "on"}


@pytest.fixture
def open_as(client):
    """Sign in as an account."""

    def sign_in(account):
        client.force_login(account)
        return client

    return sign_in


def test_the_bell_counts_until_the_notice_is_opened(open_as, organisation, viewer):
    me = viewer("customer")
    campus = organisation("YS")
    first, second = told(campus, account=me), told(campus, account=me)
    page = open_as(me).get(reverse("notices"))
    assert page.content.decode().count('class="unread"') == 2
    assert 'notices-count" aria-hidden="true">2<' in page.content.decode()
    opened = open_as(me).get(reverse("notice", args=[first.id])).content.decode()
    assert "现场勘查" in opened
    assert '<a href="https://tongdian.example/track"' in opened
    page = open_as(me).get(reverse("notices")).content.decode()
    assert 'notices-count" aria-hidden="true">1<' in page
    open_as(me).post(reverse("notices-read"))
    assert "notices-count" not in open_as(me).get(reverse("notices")).content.decode()
    assert {first.reading.pk, second.reading.pk} == {first.pk, second.pk}


def test_another_accounts_notice_is_not_there(open_as, organisation, viewer):
    notice = told(organisation("YS"), account=viewer("customer"))
    answer = open_as(viewer("administrator")).get(reverse("notice", args=[notice.id]))
    assert answer.status_code == 404
    assert not hasattr(notice, "reading")


def test_who_has_not_signed_in_is_asked_to(client):
    for name in ("notices", "deliveries", "channels"):
        assert "/accounts/login/" in client.get(reverse(name))["Location"]


def test_what_is_said_is_shown_as_text(open_as, organisation, viewer):
    me = viewer("customer")
    params = {"case": "<script>alert(1)</script>", "reason": "http://x/?a=1&b=2"}
    notice = told(organisation("YS"), name="withdrawn", params=params, account=me)
    for address in (reverse("notice", args=[notice.id]), reverse("notices")):
        page = open_as(me).get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_an_erased_notice_says_so(open_as, organisation, viewer):
    me = viewer("customer")
    notice = told(organisation("YS"), account=me)
    erase_content(viewer=viewer("administrator"), notice=notice, reason="个保法47条", at=NOON)
    page = open_as(me).get(reverse("notice", args=[notice.id])).content.decode()
    assert "现场勘查" not in page


def test_staff_see_the_deliveries_of_their_organisation_and_no_other(open_as, organisation, channel, viewer):
    campus, other = organisation("YS"), organisation("WC")
    for one in (campus, other):
        channel(one, "sms")
        told(one, phone=PHONE if one == campus else "13900001111")
    page = open_as(viewer("clerk", at=campus)).get(reverse("deliveries")).content.decode()
    assert "138****0000" in page
    assert "139****1111" not in page
    assert PHONE not in page
    assert open_as(viewer("customer")).get(reverse("deliveries")).status_code == 403


def test_a_failed_delivery_is_sent_again_from_the_page(open_as, organisation, channel, viewer):
    campus, other = organisation("YS"), organisation("WC")
    channel(campus, "sms")
    waiting = only(told(campus, phone=PHONE), "sms")
    Delivery.objects.filter(id=waiting.id).update(state="failed", last_answer="no credit")
    address = reverse("delivery-again", args=[waiting.id])
    assert open_as(viewer("clerk", "foreign", at=other)).post(address).status_code == 404
    assert open_as(viewer("auditor", at=campus)).post(address).status_code == 403
    clerk = open_as(viewer("clerk", at=campus))
    page = clerk.get(reverse("deliveries"), {"state": "failed"}).content.decode()
    assert "no credit" in page
    assert address in page
    clerk.post(address)
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    assert len(jobs()) == 2
    assert Entry.objects.filter(action="notices.send_again").count() == 1


def test_a_channel_is_set_up_and_its_secret_is_never_shown(open_as, organisation, viewer, web):
    campus = organisation("YS")
    web.answer = b'{"errcode":0}'
    admin = open_as(viewer("administrator", at=campus))
    address = reverse("channel", args=[campus.id, "wecom"])
    secret = f"{web.address}?key=topsecret"
    assert admin.post(address, HOURS | {"address": secret}).status_code == 302
    kept = Channel.objects.get()
    assert unlock(kept.secret)["address"] == secret
    assert b"topsecret" not in bytes(kept.secret)
    assert "topsecret" not in admin.get(address).content.decode()
    assert "topsecret" not in str(list(Payload.objects.values_list("content", flat=True)))

    admin.post(address, HOURS | {"address": "", "quiet_until": "09:00"})  # the address stays
    kept.refresh_from_db()
    assert unlock(kept.secret)["address"] == secret
    assert kept.quiet_until.hour == 9

    admin.post(reverse("channel-test", args=[campus.id, "wecom"]))
    assert "测试" in str(web.received)


def test_a_test_that_fails_says_why(open_as, organisation, viewer, web):
    campus = organisation("YS")
    web.answer = b'{"errcode":93000,"errmsg":"invalid webhook url"}'
    admin = open_as(viewer("administrator", at=campus))
    admin.post(reverse("channel", args=[campus.id, "wecom"]), HOURS | {"address": web.address})
    page = admin.post(reverse("channel-test", args=[campus.id, "wecom"]), follow=True)
    assert "invalid webhook url" in page.content.decode()


def test_a_test_text_message_is_written(open_as, organisation, viewer, tmp_path):
    campus = organisation("YS")
    admin = open_as(viewer("administrator", at=campus))
    admin.post(reverse("channel", args=[campus.id, "sms"]), HOURS)
    admin.post(reverse("channel-test", args=[campus.id, "sms"]), {"to": PHONE})
    (line,) = lines(tmp_path)
    assert line["to"] == PHONE


def test_a_wrong_address_is_refused_beside_its_field(open_as, organisation, viewer):
    campus = organisation("YS")
    admin = open_as(viewer("administrator", at=campus))
    address = reverse("channel", args=[campus.id, "feishu"])
    page = admin.post(address, HOURS | {"address": "file:///etc/passwd"})
    assert page.status_code == 200
    assert "Webhook" in page.content.decode()
    assert Channel.objects.count() == 0


def test_channels_are_set_up_by_administrators_of_that_organisation(open_as, organisation, viewer):
    campus, other = organisation("YS"), organisation("WC")
    address = reverse("channel", args=[campus.id, "sms"])
    for account in (
        viewer("clerk", at=campus),
        viewer("administrator", "foreign", at=other),
        viewer("customer"),
    ):
        assert open_as(account).get(address).status_code == 403
        assert open_as(account).post(address, HOURS).status_code == 403
    assert Channel.objects.count() == 0
    page = open_as(viewer("administrator", at=campus)).get(reverse("channels")).content.decode()
    assert "单位YS" in page
    assert "单位WC" not in page
    unknown = reverse("channel", args=[campus.id, "page"])
    assert open_as(viewer("administrator", "own", at=campus)).get(unknown).status_code == 404
