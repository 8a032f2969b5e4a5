"""A step on a finding, a talk or a circular names how many steps were seen of it (ADR 97)."""

from __future__ import annotations

import pytest

from tests.supervision.conftest import at
from tests.supervision.test_findings import S, brought_to, opened, take
from tests.supervision.test_letters import circular_of, confirmed, talk_of
from tongdian.supervision.actions import letters as deeds
from tongdian.supervision.findings import StepsMovedOn

DAY = at("2021-07-02")


def test_a_finding_that_was_confirmed_meanwhile_is_not_withdrawn_unseen(nation):
    """Nothing had been done when the page was opened (0 steps); it was confirmed since (1): the second is told."""
    finding = opened(nation)
    take(nation, finding, S.CONFIRMED, seen=0)
    with pytest.raises(StepsMovedOn) as refused:
        take(nation, finding, S.ORDERED, seen=0)
    assert refused.value.status == 409
    assert "已认定" in refused.value.say("zh")
    take(nation, finding, S.ORDERED, seen=1)


@pytest.mark.parametrize("step", list(S)[1:])
def test_every_step_of_a_finding_is_refused_on_what_was_not_seen(nation, step):
    before = {
        S.EXPLAINED: S.OPENED, S.ACCEPTED: S.EXPLAINED, S.CONFIRMED: S.OPENED, S.ORDERED: S.CONFIRMED,
        S.EXTENDED: S.ORDERED, S.REPORTED: S.ORDERED, S.RETURNED: S.REPORTED, S.VERIFIED: S.REPORTED,
        S.WITHDRAWN: S.OPENED,
    }[step]  # fmt: skip
    finding = brought_to(nation, before)
    with pytest.raises(StepsMovedOn):
        take(nation, finding, step, seen=finding.steps.count() + 1)


def test_a_talk_that_was_dropped_meanwhile_is_not_signed_unseen(nation):
    officer = nation.who["regional"].officer
    talk = talk_of(nation, confirmed(nation))
    deeds.drop_talk(viewer=officer, talk=talk, text="已整改", seen=0, at=DAY)
    with pytest.raises(StepsMovedOn):
        deeds.sign_talk(viewer=officer, talk=talk, seen=0, at=DAY)


def test_a_circular_is_published_once_by_who_saw_it_signed(nation):
    officer = nation.who["nea"].officer
    circular = circular_of(nation, confirmed(nation))
    deeds.sign_circular(viewer=officer, circular=circular, seen=0, at=DAY)
    with pytest.raises(StepsMovedOn):
        deeds.drop_circular(viewer=officer, circular=circular, text="不发", seen=0, at=DAY)
    deeds.publish_circular(viewer=officer, circular=circular, on=DAY.date(), seen=1, at=DAY)


def test_a_page_that_says_nothing_of_what_it_showed_changes_nothing(nation, client):
    finding = opened(nation)
    client.force_login(nation.who["regional"].officer)
    address = f"/supervision/findings/{finding.pk}/"
    for said in ({}, {"seen": "1"}, {"seen": "x"}):
        reply = client.post(f"{address}steps/confirm/", said, headers={"Accept-Language": "zh-hans"})
        assert (reply.status_code, "您看到的不是现在的内容" in reply.content.decode()) == (409, True)
    assert client.post(f"{address}steps/confirm/", {"seen": "0"}).status_code == 302
    assert finding.steps.count() == 1
