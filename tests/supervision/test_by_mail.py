"""An office's overview by e-mail: what is due, who has not filed, what turned red, to who asked for it."""

from __future__ import annotations

import email
import re
from email import policy

import pytest

from tests.notices.conftest import channel, mail  # noqa: F401  fixtures
from tests.supervision.conftest import at, d
from tests.supervision.test_counting import counted, shops  # noqa: F401  a fixture
from tests.supervision.test_grid_plans import development
from tests.supervision.test_internal_rules import rule
from tests.supervision.test_pages import page
from tongdian.allowed import NotAllowed
from tongdian.notices.actions import deliver
from tongdian.notices.models import Notice
from tongdian.supervision.actions.subscribing import subscribe_overview, unsubscribe_overview
from tongdian.supervision.models import OverviewSubscription
from tongdian.supervision.queries.digests import digest
from tongdian.supervision.refusing import MailAddressMissing, NoSuchReturn
from tongdian.supervision.telling import send_overviews, start_of

pytestmark = pytest.mark.django_db

MONDAY = "2026-07-20"


def subscribed(nation, name="city", every="week", day="2026-07-15", language="zh"):
    account = nation.who[name].clerk
    account.email = f"{name}@energy.example"
    account.save()
    return subscribe_overview(
        viewer=account, organisation=getattr(nation, name), every=every, language=language, at=at(day)
    )


def sent(day):
    return send_overviews(day=d(day), at=at(day))


def test_it_goes_out_on_the_next_monday_once_and_late_rather_than_never(nation):
    """Asked for on Wednesday 15 July 2026: nothing that week; on the 20th once; of the 27th on the 29th, if nobody
    was there before."""
    subscribed(nation)
    assert [sent(day) for day in ("2026-07-15", "2026-07-19", MONDAY, MONDAY, "2026-07-22", "2026-07-29")] == [
        0, 0, 1, 0, 0, 1,
    ]  # fmt: skip
    assert Notice.objects.filter(wording="supervision-overview").count() == 2


def test_asked_for_on_a_monday_it_begins_with_the_next(nation):
    subscribed(nation, day=MONDAY)
    assert [sent(day) for day in (MONDAY, "2026-07-26", "2026-07-27")] == [0, 0, 1]


def test_each_month_goes_out_on_the_first(nation):
    subscribed(nation, every="month")
    assert [sent(day) for day in ("2026-07-31", "2026-08-01", "2026-08-02", "2026-09-01")] == [0, 1, 0, 1]
    assert start_of("month", d("2026-08-31")) == d("2026-08-01")


def test_who_may_look_no_more_has_left_or_ended_it_is_sent_nothing(nation):
    from tongdian.parties.models import Membership

    one = subscribed(nation)
    with pytest.raises(NotAllowed):
        subscribe_overview(
            viewer=one.account, organisation=nation.province, every="week", at=at("2026-07-15")
        )
    account = one.account
    account.is_active = False
    account.save()
    assert sent(MONDAY) == 0
    account.is_active = True
    account.save()
    Membership.objects.filter(account=account).update(organisation=nation.qixing)
    assert sent(MONDAY) == 0
    Membership.objects.filter(account=account).update(organisation=nation.city)
    unsubscribe_overview(
        viewer=type(account).objects.get(pk=account.pk), organisation=nation.city, at=at(MONDAY)
    )
    assert sent(MONDAY) == 0
    with pytest.raises(NoSuchReturn):
        unsubscribe_overview(viewer=account, organisation=nation.city, at=at(MONDAY))


def test_without_an_address_nothing_is_promised(nation):
    clerk = nation.who["city"].clerk
    clerk.email = ""
    with pytest.raises(MailAddressMissing):
        subscribe_overview(viewer=clerk, organisation=nation.city, every="week", at=at("2026-07-15"))
    assert not OverviewSubscription.objects.exists()


def test_asked_for_again_it_comes_otherwise_and_once(nation):
    subscribed(nation)
    subscribed(nation, every="month", language="en")
    (one,) = OverviewSubscription.objects.all()
    assert (one.every, one.language) == ("month", "en")


# --------------------------------------------------------------- what it says
def test_red_is_what_was_not_red_before(nation):
    """32(2) and 53 were due on 15 May 2021: red since the 16th, and news only in the letter that follows."""
    rule(nation)
    said = digest(nation.supplier, as_of=d("2021-05-17"), since=d("2021-05-10"))
    shown = [line.says.zh for line in said.red]
    assert "制度 A-1 清理逾期" in shown
    assert any("附件1/53" in line or "53" in line for line in shown)
    later = digest(nation.supplier, as_of=d("2021-05-24"), since=d("2021-05-17"))
    assert "制度 A-1 清理逾期" not in [line.says.zh for line in later.red]


def test_an_evaluation_that_came_due_is_news(nation):
    development(nation)
    said = digest(nation.province, as_of=d("2026-07-06"), since=d("2026-06-29"))
    assert "规划 GH-15 应评估" in [line.says.zh for line in said.red]
    assert "规划 GH-15 应评估" not in [
        line.says.zh for line in digest(nation.province, as_of=d("2026-07-13"), since=d("2026-07-06")).red
    ]


def test_an_indicator_that_is_not_met_is_news_with_its_cases(nation, shops):  # noqa: F811
    counted(nation, day="2026-07-02")
    said = digest(nation.yanshan, as_of=d("2026-07-06"), since=d("2026-06-29"))
    (line,) = [one for one in said.red if one.page == "supervision-indicator"]
    assert "未达标" in line.says.zh
    assert not [one for one in digest(nation.yanshan, as_of=d("2026-07-13"), since=d("2026-07-06")).red
                if one.page == "supervision-indicator"]  # fmt: skip


def test_the_letter_arrives_says_who_has_not_filed_and_names_nobody(nation, shops, channel, mail, client):  # noqa: F811
    """Annex 3 of the first half was due on 15 July; Qixing and Yanshan have not filed to the city. A real SMTP server
    takes it."""
    everybody = [one for who in nation.who.values() for one in (who.clerk, who.officer)]
    for number, account in enumerate(everybody):
        account.name = f"经办人{number:02}"
        account.save()
    counted(nation, day="2026-07-02")
    channel(nation.nea, "email")
    subscribed(nation)
    subscribed(nation, "yanshan", language="en")
    assert sent(MONDAY) == 2
    for notice in Notice.objects.filter(wording="supervision-overview"):
        deliver(delivery=notice.deliveries.get(kind="email").id, at=at(MONDAY))
    letters = {
        one.rcpt_tos[0]: email.message_from_bytes(one.content, policy=policy.default) for one in mail.received
    }
    zh = letters["city@energy.example"].get_body(("plain",)).get_content()
    assert "下级逾期未报" in zh
    assert "七星区电力主管部门、雁山区电力主管部门" in zh
    assert "（已逾期）" in zh
    links = re.findall(r"https?://\S+", zh)
    client.force_login(nation.who["city"].clerk)
    assert len(links) > 2
    for link in links:
        assert client.get("/" + link.split("/", 3)[3]).status_code == 200, link
    en = letters["yanshan@energy.example"].get_body(("plain",)).get_content()
    assert "Turned red since 2026-07-13" in en
    assert "overdue" in en
    said = zh + en
    for account in everybody:
        assert account.username not in said
    assert "经办人" not in said
    for case in shops:
        assert case.number not in said


# --------------------------------------------------------------- the page
def test_on_the_page_it_is_asked_for_changed_and_ended(nation, client):
    clerk = nation.who["city"].clerk
    assert "订阅此概览的邮件推送" in page(client, clerk, "/supervision/")
    client.force_login(clerk)
    where = "/supervision/by-mail/?office=GLS"
    assert client.post(where, {"every": "week", "language": "zh"}).status_code == 422  # no address
    clerk.email = "city@energy.example"
    clerk.save()
    assert client.post(where, {"every": "year", "language": "zh"}).status_code == 422
    assert client.post(where, {"every": "week", "language": "zh"}).status_code == 302
    assert "每周一" in page(client, clerk, "/supervision/")
    assert client.post(where, {"end": "1"}).status_code == 302
    assert not OverviewSubscription.objects.exists()
