"""Whoever is supplied is told that their supply is going to stop, was stopped, and is back: once a step."""

import datetime as dt

import pytest

from tests.accounts.conftest import noon
from tests.supply.conftest import FIRST, approve, stop
from tongdian.notices.models import Notice
from tongdian.supply.actions.stopping import end_safety_stop, enter_opening, stop_for_safety
from tongdian.supply.refusing import NotYetToBeStopped
from tongdian.supply.telling import tell_of_return, tell_of_stops

pytestmark = pytest.mark.django_db
OURS = ("supply-stop-decided", "supply-stopped", "supply-restored")


def told():
    """What was said, by its wording, in order."""
    rows = Notice.objects.filter(wording__in=OURS).select_related("content").order_by("id")
    return [(one.wording, one.content.said["body"]) for one in rows]


def unsafe(late, day):
    return stop_for_safety(
        viewer=late.technician, point=late.point, on=day, cite="第六条", reason="线路老化", at=noon(day)
    )


def mended(late, row, day):
    return end_safety_stop(
        viewer=late.technician, stop=row, on=day, reason="线路已更换", at=noon(day) + dt.timedelta(hours=1)
    )


def test_64_a_stop_for_arrears_is_told_with_its_ground_its_article_and_how_it_ends(demanded):
    approve(demanded, day=dt.date(2026, 4, 1))
    stop(demanded)
    (decided, first), (done, second) = told()
    assert (decided, done) == ("supply-stop-decided", "supply-stopped")
    assert "停供审批单〔2026〕3号" in first
    assert f"自 {FIRST} 起停止供应" in second
    assert "欠费" in second
    assert "第六十四条（一）" in second
    assert "交清所欠费用后" in second


def test_a_stop_that_is_refused_tells_nobody(demanded):
    with pytest.raises(NotYetToBeStopped):
        stop(demanded)
    assert told() == []


def test_what_comes_back_is_told(demanded):
    day = dt.date(2026, 3, 25)
    enter_opening(
        viewer=demanded.technician,
        point=demanded.point,
        on=dt.date(2026, 1, 5),
        reason="原有用户",
        at=noon(day),
    )
    mended(demanded, unsafe(demanded, day), day)
    (_, stopped), (name, back) = told()
    assert "隐患消除或检修完成后恢复" in stopped
    assert name == "supply-restored"
    assert f"自 {day} 起恢复供应" in back
    assert "线路已更换" in back


def test_what_another_stop_still_holds_is_not_told_as_back(demanded):
    approve(demanded, day=dt.date(2026, 4, 1))
    stop(demanded)
    day = dt.date(2026, 4, 3)
    mended(demanded, unsafe(demanded, day), day)
    assert [name for name, _ in told()] == ["supply-stop-decided", "supply-stopped", "supply-stopped"]


def test_two_points_of_one_step_are_one_message_and_of_a_demonstration_none(demanded):
    approve(demanded, day=dt.date(2026, 4, 1))
    row = stop(demanded)
    before = len(told())
    tell_of_stops([row, row], at=noon(FIRST))
    assert len(told()) == before + 1
    row.is_demo = True
    tell_of_stops([row], at=noon(FIRST))
    tell_of_return([row], on=FIRST, at=noon(FIRST), reason="x")
    assert len(told()) == before + 1
