"""The engine on PostgreSQL, on a shop's application by article 8(2)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.cases.brought import brought
from tests.cases.conftest import SCAN, at
from tongdian.allowed import NotAllowed
from tongdian.cases import actions, queries
from tongdian.cases.models import Assignment, EffectRun, Event, OpenStage, Paper
from tongdian.cases.rules import Applicant, CannotUndo, NotBound, NotInOffice, PapersMissing
from tongdian.policy.process.refusals import CaseMovedOn, FactNeeded, UnknownStage
from tongdian.policy.words import Words

pytestmark = pytest.mark.django_db

PAPERS = ("usage-approval-form", "shop-lease", "shopkeeper-identity")


def hand_in(case, *items, by="account:campus-clerk", day="2026-03-02"):
    for item in items:
        Paper.objects.create(case=case, kind="received", item=item, file="0" * 64, at=at(day), by=by)


def close(case, who, stage, day, **more):
    case.refresh_from_db()
    return actions.close_stage(
        viewer=who, case=case, stage=stage, seen=case.seq, at=at(day), **brought(case, stage, **more)
    )


def open_now(case):
    return {row.stage: row for row in OpenStage.objects.filter(case=case)}


def test_an_application_has_a_number_and_waits_for_its_papers(campus, shop_case):
    assert shop_case.number == "YS-2026-000001"
    assert list(open_now(shop_case)) == ["apply"]
    assert open_now(shop_case)["apply"].owner == "customer"
    assert open_now(shop_case)["apply"].office is None


def test_the_shop_gets_its_supply_through_every_office(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    assert open_now(shop_case)["approve"].office == campus.energy
    close(shop_case, campus.officer, "approve", "2026-03-04", facts={"approved": "true"})
    close(shop_case, campus.clerk, "accept", "2026-03-04")
    # the agreement and the deposit go side by side
    assert set(open_now(shop_case)) == {"sign", "deposit"}
    close(shop_case, campus.clerk, "sign", "2026-03-05", evidence=[SCAN])
    close(shop_case, campus.clerk, "deposit", "2026-03-05", evidence=["收据 0042"])
    close(shop_case, campus.technician, "install", "2026-03-09", evidence=["表号 1001"])
    done = close(shop_case, campus.technician, "open", "2026-03-10", evidence=["送电单 7"])
    assert (done.ending, done.ended_on) == ("finished", dt.date(2026, 3, 10))
    assert not open_now(shop_case)
    # the counter on 2 March; the school from 3 March: 3, 4, 5, 6, 9, 10
    clocks = queries.desk(done).clocks(done, queries.state_of(done), dt.date(2026, 3, 31))
    assert clocks.clock("school").used == 6


def test_a_stage_belongs_to_its_office(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    with pytest.raises(NotAllowed, match="Approval of the use"):
        close(shop_case, campus.clerk, "approve", "2026-03-03", facts={"approved": "true"})
    assert Event.objects.filter(case=shop_case).count() == 2


def test_the_applicant_does_their_own_stage_and_no_other(campus, shop_case):
    applicant = Applicant(shop_case.id, shop_case.number)
    hand_in(shop_case, *PAPERS)
    close(shop_case, applicant, "apply", "2026-03-02")
    with pytest.raises(NotAllowed):
        close(shop_case, applicant, "approve", "2026-03-03", facts={"approved": "true"})
    other = Applicant(campus.shop.id, "YS-2026-999999")
    with pytest.raises(NotAllowed):
        actions.withdraw(viewer=other, case=shop_case, reason="不办了", seen=2, at=at("2026-03-03"))


def test_the_centre_does_not_take_up_an_opening_without_a_paper_that_8_2_lists(campus, shop_case):
    hand_in(shop_case, "usage-approval-form", "shop-lease")
    close(shop_case, campus.counter, "apply", "2026-03-02")  # 8(2) asks for no paper yet
    close(shop_case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    with pytest.raises(PapersMissing) as refused:
        close(shop_case, campus.clerk, "accept", "2026-03-03")
    assert refused.value.say("zh") == "还缺：店主身份证复印件。请先收齐，或退回申请人补正。"


def test_nobody_approves_without_saying_yes_or_no(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    with pytest.raises(FactNeeded):
        close(shop_case, campus.officer, "approve", "2026-03-03")


def test_of_two_officers_who_act_at_once_the_second_is_told(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    seen = shop_case.seq
    shop_case.refresh_from_db()
    seen = shop_case.seq
    yes = {"approved": "true"}
    one = {"case": shop_case, "stage": "approve", "seen": seen, "facts": yes}
    actions.close_stage(viewer=campus.officer, at=at("2026-03-03"), **one)
    with pytest.raises(CaseMovedOn):
        actions.close_stage(viewer=campus.officer, at=at("2026-03-03", 11), **one)


def test_a_claimed_day_counts_and_shows(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-06", claimed_on=dt.date(2026, 3, 3))
    row = Event.objects.get(case=shop_case, seq=2)
    assert (row.on, row.claimed_on) == (dt.date(2026, 3, 6), dt.date(2026, 3, 3))
    assert open_now(shop_case)["approve"].opened_on == dt.date(2026, 3, 3)
    assert queries.state_of(shop_case).late_entries == ((2, 3),)


def test_an_organisation_uses_only_the_packs_that_bind_it(campus):
    with pytest.raises(NotBound, match="雁山校区"):
        actions.open_case(
            viewer=campus.counter,
            organisation=campus.campus,
            pack="nea-2021-37",
            process="residential-connection",
            customer=None,
            place=campus.shop,
            at=at("2026-03-02"),
        )


def test_events_cannot_be_rewritten(shop_case):
    for change in (
        lambda: Event.objects.filter(case=shop_case).update(on=dt.date(2026, 1, 1)),
        lambda: Event.objects.filter(case=shop_case).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_every_event_is_sealed_in_the_audit_log(campus, shop_case):
    from tongdian.audit_log.models import Entry

    (row,) = Event.objects.filter(case=shop_case)
    entry = Entry.objects.select_related("payload").get(subject=f"case:{shop_case.id}")
    assert entry.action == "case.opened"
    assert entry.payload.content == {"seq": 1, "sha256": actions.fingerprint(row)}


def test_a_stage_is_given_to_a_colleague_who_may_do_it(campus, shop_case, viewer):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    actions.assign(
        viewer=campus.officer, case=shop_case, part="approve", account=campus.officer, at=at("2026-03-03")
    )
    assert open_now(shop_case)["approve"].assigned_to == campus.officer
    with pytest.raises(NotInOffice, match="节能办"):
        actions.assign(
            viewer=campus.officer, case=shop_case, part="approve", account=campus.clerk, at=at("2026-03-03")
        )
    assert Assignment.objects.filter(case=shop_case).count() == 1


def test_an_effect_is_done_once_and_undone_when_the_case_goes_back(campus, shop_case, monkeypatch):
    from tongdian.cases import effects

    done: list[str] = []
    monkeypatch.setattr(effects, "_effects", {})
    effects.effect(
        "sign-agreement",
        title=Words("签订协议", "sign"),
        undo=lambda deed: done.append(f"undo {deed.done['number']}") or {},
    )(lambda deed: done.append("sign") or {"number": 17})
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    close(shop_case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(shop_case, campus.clerk, "accept", "2026-03-03")
    close(shop_case, campus.clerk, "sign", "2026-03-04", evidence=["x"])
    assert done == ["sign"]
    shop_case.refresh_from_db()
    actions.withdraw(
        viewer=campus.counter, case=shop_case, reason="不开店了", seen=shop_case.seq, at=at("2026-03-05")
    )
    assert done == ["sign", "undo 17"]
    kept = EffectRun.objects.filter(case=shop_case).order_by("id")
    assert [(run.attempt, run.is_undoing) for run in kept] == [(1, False), (1, True)]


def test_what_cannot_be_undone_keeps_the_case_where_it_is(campus, shop_case, monkeypatch):
    from tongdian.cases import effects

    monkeypatch.setattr(effects, "_effects", {})
    effects.effect("sign-agreement", title=Words("签订协议", "the agreement"))(lambda deed: {})
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    close(shop_case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(shop_case, campus.clerk, "accept", "2026-03-03")
    close(shop_case, campus.clerk, "sign", "2026-03-04", evidence=["x"])
    shop_case.refresh_from_db()
    with pytest.raises(CannotUndo, match="the agreement"), transaction.atomic():
        actions.withdraw(
            viewer=campus.counter, case=shop_case, reason="不开店了", seen=shop_case.seq, at=at("2026-03-05")
        )
    shop_case.refresh_from_db()
    assert shop_case.ending == ""


def test_withdrawn_and_applied_anew_at_the_same_place_shows_on_both(campus, shop_case):
    actions.withdraw(viewer=campus.counter, case=shop_case, reason="材料不齐", seen=1, at=at("2026-03-03"))
    again = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=at("2026-03-09"),
    )
    shop_case.refresh_from_db()
    for one, other in ((shop_case, again), (again, shop_case)):
        others = queries.near(campus.counter, one)
        assert others == [other]
        assert queries.applied_anew(one, others) == [other]


def test_a_case_is_found_by_two_characters_of_its_place(campus, shop_case):
    assert list(queries.find_cases(campus.counter, "门面")) == [shop_case]
    assert list(queries.find_cases(campus.counter, "000001")) == [shop_case]
    assert list(queries.find_cases(campus.counter, "门面 育才")) == []


def test_the_work_of_an_office_is_what_it_has_in_hand(campus, shop_case):
    assert list(queries.work(campus.officer)) == []
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    assert [row.stage for row in queries.work(campus.officer)] == ["approve"]
    assert list(queries.work(campus.technician)) == []


def test_a_suspended_case_waits_and_is_nobodys_work(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    shop_case.refresh_from_db()
    actions.suspend(
        viewer=campus.officer,
        case=shop_case,
        cause="applicant-request",
        seen=shop_case.seq,
        at=at("2026-03-03"),
        reason="店主出差",
    )
    assert list(queries.work(campus.officer)) == []
    shop_case.refresh_from_db()
    assert shop_case.suspended_since == dt.date(2026, 3, 3)
    actions.resume(viewer=campus.officer, case=shop_case, seen=shop_case.seq, at=at("2026-03-05"))
    assert [row.stage for row in queries.work(campus.officer)] == ["approve"]


def test_what_a_stand_in_does_names_the_absent_colleague(campus, shop_case):
    from tongdian.parties.actions.acting import appoint_stand_in
    from tongdian.parties.models import Account

    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    today, yes = timezone.localdate(), {"approved": "true"}
    with pytest.raises(NotAllowed):
        close(shop_case, campus.technician, "approve", "2026-03-03", facts=yes)
    appoint_stand_in(
        viewer=campus.officer,
        absent=campus.officer,
        stand_in=campus.technician,
        first=today,
        last=today,
        reason="出差",
        at=timezone.now(),
    )
    stand_in = Account.objects.get(pk=campus.technician.pk)  # as the next request has it
    close(shop_case, stand_in, "approve", "2026-03-03", facts=yes)
    row = Event.objects.get(case=shop_case, kind="closed", stage="approve")
    assert (row.account, row.acted_for) == (stand_in, campus.officer.pk)


def test_only_a_stage_or_the_managers_parts_are_given(campus, shop_case):
    with pytest.raises(UnknownStage):
        actions.assign(
            viewer=campus.counter, case=shop_case, part="lunch", account=campus.counter, at=at("2026-03-03")
        )
    actions.assign(
        viewer=campus.counter,
        case=shop_case,
        part="customer-manager",
        account=campus.counter,
        at=at("2026-03-03"),
    )
    assert Assignment.objects.get(case=shop_case).account == campus.counter
