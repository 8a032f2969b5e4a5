"""An appeal: no article gives one, so it is our own arrangement, with a time of its own (appeal-term)."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.cases.conftest import at
from tests.cases.test_engine import SCAN, close
from tests.conduct.conftest import closed, recorded
from tongdian.allowed import NotAllowed
from tongdian.conduct import queries
from tongdian.conduct.actions.appealing import appeal_act
from tongdian.conduct.actions.recording import take_act_back
from tongdian.conduct.models import ActTakenBack
from tongdian.conduct.rules import AlreadyTakenBack, AppealWaits, RecordedByOneself


@pytest.fixture
def secretary(campus, viewer):
    return viewer("clerk", "faculty-clerk", at=campus.faculty)


def appealed(who, act, day="2026-03-05"):
    return appeal_act(viewer=who, act=act, reason="照片不是我们的房间", at=at(day))


def heard(appeal, viewer, stage, day, **more):
    case = appeal.heard_in.case
    case.refresh_from_db()
    return close(case, viewer, stage, day, evidence=[SCAN], **more)


def test_upheld_the_act_is_taken_back_and_later_ones_count_anew(campus, secretary):
    first = recorded(campus, "2026-03-02")
    appeal = appealed(secretary, first)
    case = appeal.heard_in.case
    # ten working days after Thursday 5 March 2026: 6, 9 to 13, 16 to 19
    assert case.open_stages.get().due_on == dt.date(2026, 3, 19)
    heard(appeal, campus.officer, "hear", "2026-03-09", facts={"upheld": "true"})
    heard(appeal, campus.officer, "take_back", "2026-03-09")
    assert ActTakenBack.objects.get().act == first
    second = recorded(campus, "2026-04-01")
    assert "publication" not in queries.what_follows(second, on=dt.date(2026, 4, 1)).consequences
    first.violation.case.refresh_from_db()
    assert first.violation.case.ending == "withdrawn"


def test_not_upheld_it_stands(campus, secretary):
    act = recorded(campus, "2026-03-02")
    appeal = appealed(secretary, act)
    heard(appeal, campus.officer, "hear", "2026-03-09", facts={"upheld": "false"})
    heard(appeal, campus.officer, "inform", "2026-03-10")
    assert not ActTakenBack.objects.exists()
    appealed(secretary, act, "2026-03-11")  # heard once more, on new grounds


def test_who_recorded_the_act_does_not_hear_the_appeal(campus, secretary):
    act = recorded(campus, "2026-03-02", viewer=campus.officer)
    appeal = appealed(secretary, act)
    with pytest.raises(RecordedByOneself):
        heard(appeal, campus.officer, "hear", "2026-03-09", facts={"upheld": "false"})
    heard(appeal, campus.second, "hear", "2026-03-09", facts={"upheld": "false"})


def test_one_appeal_at_a_time_and_none_against_what_was_taken_back(campus, secretary):
    act = recorded(campus, "2026-03-02")
    appealed(secretary, act)
    with pytest.raises(AppealWaits):
        appealed(secretary, act)
    take_act_back(viewer=campus.officer, act=act, reason="误登", at=at("2026-03-06"))
    with pytest.raises(AlreadyTakenBack):
        appealed(secretary, act, "2026-03-07")


def test_another_unit_does_not_appeal(campus, viewer):
    from tests.cases.conftest import organisation

    stranger = viewer(
        "clerk", "other-clerk", at=organisation("unit", "物理学院", "WULI", parent=campus.campus)
    )
    with pytest.raises(NotAllowed):
        appealed(stranger, recorded(campus, "2026-03-02"))


def test_a_unit_appeals_on_the_page_of_the_act(campus, secretary, client):
    act = recorded(campus, "2026-03-02")
    closed(act, campus.clerk, "serve", "2026-03-03")
    client.force_login(secretary)
    client.post(f"/conduct/acts/{act.number}/appeal/", {"reason": "照片不是我们的房间"})
    page = client.get(f"/conduct/acts/{act.number}/", headers={"accept-language": "en"}).content.decode()
    assert "照片不是我们的房间" in page
    assert "being heard" in page
    assert "our own arrangement" in page
