"""师政后勤〔2016〕4号 61 to 67: from a photograph to notice, second time, publication, deduction; taken back visibly."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from tests.cases.conftest import at
from tests.cases.test_engine import close
from tests.conduct.conftest import closed, open_stages, recorded
from tongdian.allowed import NotAllowed
from tongdian.cases.actions import open_case, receive_paper, record_fact
from tongdian.cases.effects import Authority, effect_named
from tongdian.cases.models import ApplicationChannel
from tongdian.cases.queries import paper_list, state_of
from tongdian.cases.rules import evidence_file
from tongdian.conduct import queries
from tongdian.conduct.actions.recording import end_publication, take_act_back
from tongdian.conduct.models import ConductAct, Deduction, Publication, ServedNotice, Violation
from tongdian.conduct.rules import (
    ActNotOfSubject,
    ActNotYet,
    AlreadyTakenBack,
    NoActRecorded,
    NotAUnit,
    NothingWasted,
    PermittedThen,
    PhotographNeeded,
    PublicationTooLong,
    RecordedByOneself,
    TermRuns,
    UnitOrCustomer,
)
from tongdian.policy.process.refusals import ReasonNeeded, StageNotOpen
from tongdian.policy.refusals import BadInput
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db
PAPER = evidence_file("0" * 64, "材料.pdf")
HEATERS = {"category": "revenue", "campus": "yanshan", "power": "3", "hours": "40"}


def facts(act):
    act.violation.case.refresh_from_db()
    return {name for name, value in state_of(act.violation.case).facts.items() if value is True}


# ------------------------------------------------------------- recorded
def test_61_first_a_notice_then_publication_and_deduction(campus):
    first, second = recorded(campus, "2026-03-02"), recorded(campus, "2026-04-01")
    assert facts(first) == {"notice", "rectify"}
    assert facts(second) == {"rectify", "publish", "deduct"}
    assert (first.number, first.clause, first.ladder) == ("WZ-YS-2026-000001", "61(1)", "wasteful-use")


def test_an_act_entered_late_makes_the_next_one_the_second(campus):
    """Recorded in April, the act of March still comes first: by the day of the act, not of its entry."""
    later = recorded(campus, "2026-04-01")
    earlier = record_late(campus, "2026-03-02", entered="2026-04-02")
    assert "publish" not in facts(earlier)
    assert "publication" in queries.what_follows(later, on=dt.date(2026, 4, 2)).consequences


def record_late(campus, day, *, entered):
    from tests.connections.conftest import picture
    from tongdian.conduct.actions.recording import record_act

    return record_act(
        viewer=campus.technician, organisation=campus.campus, place=campus.shop, unit=campus.faculty, act="left-on",
        on=at(day).date(), hour="09:30", text="灯开着", at=at(entered), photograph=picture(),
    )  # fmt: skip


def test_what_is_seen_of_two_places_of_one_unit_counts_together_and_of_two_units_apart(campus, viewer):
    from tests.cases.conftest import organisation

    recorded(campus, "2026-03-02")
    campus.faculty = organisation("unit", "图书馆", "TUSG", parent=campus.campus)
    assert facts(recorded(campus, "2026-04-01")) == {"notice", "rectify"}


def test_40_to_42_a_students_act_is_recorded_and_opens_no_case(campus):
    act = recorded(campus, "2026-03-02", "forbidden-appliance", customer=campus.wang)
    assert not hasattr(ConductAct.objects.get(pk=act.pk), "violation")
    [answer] = queries.what_follows(act, on=dt.date(2026, 3, 2)).answers
    assert "没有规定处罚，不另设" in answer.say("zh")


def test_62_1_a_unit_63_5_another(campus):
    letting = recorded(campus, "2026-03-02", "trading-or-letting")
    assert {"notice", "stop", "publish", "deduct", "deduct_loss", "report"} <= facts(letting)
    outsider = recorded(campus, "2026-03-02", "outsiders-trading-or-letting", customer=campus.wang)
    assert {"stop", "recover", "hold_responsible", "pay_first"} <= facts(outsider)
    with pytest.raises(ActNotOfSubject):
        recorded(campus, "2026-03-02", "trading-or-letting", customer=campus.wang)


def test_64_4_and_65_a_changed_use_is_one_act_stopped_recovered_and_made_good(campus):
    act = recorded(campus, "2026-03-02", "changed-use", customer=campus.wang)
    assert {"stop", "pay_first", "recover", "claim_damages", "rectify"} == facts(act)
    connected = recorded(campus, "2026-03-02", "unapproved-connection", customer=campus.wang)
    assert {"stop", "pay_first", "recover", "hold_responsible", "claim_damages"} <= facts(connected)


@pytest.mark.parametrize("approved", ["true", "false"])
def test_64_4_a_change_of_use_that_was_approved_is_none_without_permission(campus, approved):
    """10(3): approved on 4 March, with the paper by which the university permits it; found on the 3rd it is one, on the 5th none."""
    from tests.cases.conftest import supplied

    supplied(campus)
    case = open_case(
        viewer=campus.counter, organisation=campus.campus, pack="gxnu-2016-4", process="change-of-use",
        customer=campus.wang, place=campus.shop, at=at("2026-03-02"), facts={},
    )  # fmt: skip
    for missing in paper_list(case, state_of(case), "apply").missing:
        receive_paper(
            viewer=campus.counter, case=case, item=missing.item, note="原件已核", at=at("2026-03-02")
        )
    close(case, campus.counter, "apply", "2026-03-02")
    paper = {"permitted_by": "校长办公室", "permission": "师政办〔2026〕31号"} if approved == "true" else {}
    close(case, campus.officer, "approve", "2026-03-04", facts={"approved": approved, **paper})
    assert recorded(campus, "2026-03-03", "changed-use", customer=campus.wang).clause == "64(4)"
    if approved == "false":
        assert recorded(campus, "2026-03-05", "changed-use", customer=campus.wang).clause == "64(4)"
        return
    with pytest.raises(PermittedThen, match=case.number):
        recorded(campus, "2026-03-05", "changed-use", customer=campus.wang)


@pytest.mark.parametrize("act", ["late-payment", "changed-secured-use"])
def test_64_1_goes_by_the_ledger_and_65_by_64_4_so_nobody_picks_them(campus, act):
    """Arrears stop supply after demand, notice and 30 days (cut-off-gate), never as a violation at once."""
    with pytest.raises(BadValue):
        recorded(campus, "2026-03-02", act, customer=campus.wang)
    assert not ConductAct.objects.exists()


def test_a_record_of_an_earlier_reading_stays_readable(campus):
    """62(2) spoke of anybody before; what stands of that time is shown with what 67 says of it."""
    row = ConductAct.objects.create(
        organisation=campus.campus, number="WZ-YS-2025-000009", place=campus.shop, customer=campus.wang, pack="gxnu-2016-4",
        ladder="unauthorised-use", act="living-there", clause="62(2)", done_at=at("2026-03-02"), text="住人",
        seen_by="李工", at=at("2026-03-02"), by=campus.technician,
    )  # fmt: skip
    with pytest.raises(ActNotOfSubject):
        queries.what_follows(row, on=dt.date(2026, 3, 2))
    case = open_case(
        viewer=Authority(campus.technician), organisation=campus.campus, pack="gxnu-2016-4", process="violation",
        customer=campus.wang, place=campus.shop, at=at("2026-03-02"), facts={}, channel=ApplicationChannel.PROGRAM,
    )  # fmt: skip
    Violation.objects.create(
        organisation=campus.campus, act=row, case=case, at=at("2026-03-02"), by=campus.technician
    )
    row = ConductAct.objects.get(pk=row.pk)
    assert "rectification-notice" in queries.what_follows(row, on=dt.date(2026, 3, 2)).consequences
    assert "第六十二条（二）" in queries.words_of(row).said.zh


def test_65_a_grave_case_is_referred(campus):
    act = recorded(campus, "2026-03-02", "altered-installations", grave="线路短路，险些起火")
    assert {"claim_damages", "recover", "refer", "hold_leaders"} <= facts(act)


def test_what_cannot_be_recorded_is_refused_and_leaves_nothing(campus):
    with pytest.raises(ActNotYet):
        recorded(campus, "2026-03-02", hour="11:01")
    with pytest.raises(PhotographNeeded):
        recorded(campus, "2026-03-02", photograph=b"")
    with pytest.raises(UnitOrCustomer):
        recorded(campus, "2026-03-02", customer=campus.wang, unit=campus.faculty)
    assert not ConductAct.objects.exists()
    assert recorded(campus, "2026-03-02", photograph=b"", seen_by="李工").seen_by == "李工"


def test_who_may_not_record_does_not(campus, viewer):
    with pytest.raises(NotAllowed):
        recorded(campus, "2026-03-02", viewer=viewer("auditor", "auditor", at=campus.campus))


def test_a_violation_is_opened_by_an_act_and_by_nothing_else(campus):
    recorded(campus, "2026-03-02")
    with pytest.raises(NoActRecorded):
        open_case(
            viewer=campus.counter, organisation=campus.campus, pack="gxnu-2016-4", process="violation", customer=None,
            place=campus.shop, at=at("2026-03-03"), facts={},
        )  # fmt: skip


def test_an_act_is_never_changed(campus):
    act = recorded(campus, "2026-03-02")
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        ConductAct.objects.filter(pk=act.pk).update(text="没有问题")


def test_the_database_refuses_an_act_of_nobody(campus):
    act = recorded(campus, "2026-03-02")
    with pytest.raises(IntegrityError, match="act_is_of_a_unit_or_of_a_customer"), transaction.atomic():
        ConductAct.objects.create(
            organisation=act.organisation, number="WZ-X", place=act.place, pack=act.pack, ladder=act.ladder, act=act.act,
            clause=act.clause, done_at=act.done_at, text="x", seen_by="x", at=act.at,
        )  # fmt: skip


# ------------------------------------------------------------- followed up
def test_the_notices_are_printed_and_kept(campus):
    act = recorded(campus, "2026-03-02")
    closed(act, campus.clerk, "serve", "2026-03-03")
    notices = {one.kind: one for one in ServedNotice.objects.filter(act=act)}
    assert set(notices) == {"violation", "rectification"}
    assert notices["rectification"].correct_by == dt.date(
        2026, 3, 10
    )  # 4–6, 9, 10 March are five working days
    assert notices["violation"].file.media_type == "application/pdf"
    assert open_stages(act) == {"review"}
    assert act.violation.case.open_stages.get().due_on == dt.date(2026, 3, 10)


def test_67_not_corrected_it_is_criticised_in_public_although_it_is_the_first(campus):
    act = recorded(campus, "2026-03-02")
    closed(act, campus.clerk, "serve", "2026-03-03")
    closed(act, campus.clerk, "review", "2026-03-11", facts={"corrected": "false"})
    assert open_stages(act) == {"criticise_it"}
    closed(act, campus.officer, "criticise_it", "2026-03-12", given={"until": "2026-06-01"})
    row = Publication.objects.get()
    assert (row.kind, row.since, row.until) == ("criticised", dt.date(2026, 3, 12), dt.date(2026, 6, 1))
    assert queries.published_on(None, dt.date(2026, 5, 31)) == [row]
    assert queries.published_on(None, dt.date(2026, 6, 1)) == []
    following = queries.what_follows(act, on=dt.date(2026, 3, 12))
    assert "criticism" in following.consequences


def second_time(campus, **more):
    recorded(campus, "2026-03-02")
    act = recorded(campus, "2026-04-01", **more)
    closed(act, campus.clerk, "serve", "2026-04-02")
    closed(act, campus.clerk, "review", "2026-04-09", facts={"corrected": "true"})
    return act


def test_61_publication_needs_another_person_than_who_recorded_the_act(campus):
    act = second_time(campus, viewer=campus.officer)
    with pytest.raises(RecordedByOneself):
        closed(act, campus.officer, "publish_it", "2026-04-10", given={"until": "2026-06-01"})
    closed(act, campus.second, "publish_it", "2026-04-10", given={"until": "2026-06-01"})


@pytest.mark.parametrize("until", ["2026-04-10", "2027-04-12"])
def test_a_publication_ends_after_today_and_within_a_year(campus, until):
    act = second_time(campus)
    with pytest.raises(PublicationTooLong):
        closed(act, campus.officer, "publish_it", "2026-04-10", given={"until": until})


def test_61_the_waste_is_calculated_and_handed_to_finance_in_no_account(campus):
    """3 kW × 40 h = 120 kWh × (0.80 + 0.03 + 0.01) = 100.80; no loss is added, for 61 names none."""
    from tongdian.accounts.models import Transfer

    act = second_time(campus)
    closed(act, campus.officer, "deduct_it", "2026-04-10", given=HEATERS)
    row = Deduction.objects.get()
    assert (row.unit, row.amount_fen) == (campus.faculty, 10080)
    assert "第十六条" in row.said
    assert not Transfer.objects.exists()


def test_62_the_network_loss_is_deducted_too(campus):
    """120 kWh × 1.05 = 126 kWh × 0.81 = 102.06."""
    act = recorded(campus, "2026-03-02", "trading-or-letting")
    closed(act, campus.clerk, "serve", "2026-03-03")
    closed(act, campus.clerk, "review", "2026-03-09", facts={"corrected": "true"})
    closed(act, campus.officer, "deduct_it", "2026-03-10", given=HEATERS)
    assert Deduction.objects.get().amount_fen == 10206


def test_nothing_is_deducted_of_nothing(campus):
    act = second_time(campus)
    with pytest.raises(NothingWasted):
        closed(act, campus.officer, "deduct_it", "2026-04-10", given={**HEATERS, "hours": "0"})


def test_nothing_is_deducted_from_a_budget_that_there_is_not(campus):
    """An officer who deducts from an outsider all the same is told that there is no unit."""
    act = recorded(campus, "2026-04-01", "bypassed-meter", customer=campus.wang)
    case = act.violation.case
    case.refresh_from_db()
    record_fact(
        viewer=campus.clerk,
        case=case,
        name="deduct",
        value="true",
        reason="误",
        seen=case.seq,
        at=at("2026-04-02"),
    )
    closed(act, campus.clerk, "serve", "2026-04-02")
    closed(act, campus.clerk, "review", "2026-04-03", facts={"corrected": "true"})
    with pytest.raises(NotAUnit):
        closed(act, campus.officer, "deduct_it", "2026-04-03", given=HEATERS)


def test_an_officer_who_decides_otherwise_says_why(campus):
    """The ladder offers publication; without a reason it cannot be left out."""
    recorded(campus, "2026-03-02")
    act = recorded(campus, "2026-04-01")
    case = act.violation.case
    case.refresh_from_db()
    asked = {
        "viewer": campus.clerk,
        "case": case,
        "name": "publish",
        "value": "false",
        "seen": case.seq,
        "at": at("2026-04-02"),
    }
    with pytest.raises(ReasonNeeded):
        record_fact(**asked)
    record_fact(**asked, reason="首次通知尚未送达")
    assert "publish" not in facts(act)


def test_61_another_item_of_the_same_day_brings_its_own_consequences_and_not_this_ones(campus):
    """Vehicles washed on 2 March, and on 1 April a heater and again vehicles: the second washing is published and deducted;
    the notice of that day is the heater's, which is a first time."""
    recorded(campus, "2026-03-02", "washing-vehicles")
    heater = recorded(campus, "2026-04-01", "high-power-appliance")
    again = recorded(campus, "2026-04-01", "washing-vehicles", hour="09:45")
    first, second = (
        set(queries.what_follows(one, on=at("2026-04-01").date()).consequences) for one in (heater, again)
    )
    assert "violation-notice" in first - second
    assert {"publication", "waste-deduction"} <= second - first
    assert "notice" in facts(heater)
    assert "notice" not in facts(again)


def test_61_who_publishes_a_second_time_sees_that_the_first_notice_was_never_served(campus):
    first = recorded(campus, "2026-03-02")
    second = recorded(campus, "2026-04-01")
    warns = effect_named("publish-violation").warns
    assert first.number in warns(second.violation.case, at("2026-04-02").date()).zh
    closed(first, campus.clerk, "serve", "2026-04-02")
    assert warns(second.violation.case, at("2026-04-02").date()) is None


def test_67_nobody_is_criticised_for_not_correcting_while_the_term_runs(campus):
    """Served on Tuesday 3 March, five working days: 4, 5, 6, 9 and 10 March; looked at on the 3rd, criticised from the 11th."""
    act = recorded(campus, "2026-03-02")
    closed(act, campus.clerk, "serve", "2026-03-03")
    closed(act, campus.clerk, "review", "2026-03-03", facts={"corrected": "false"})
    assert open_stages(act) == {"criticise_it"}
    for day in ("2026-03-03", "2026-03-10"):
        with pytest.raises(TermRuns) as refused:
            closed(act, campus.officer, "criticise_it", day, given={"until": "2026-06-01"})
        assert "2026-03-10" in str(refused.value)
    closed(act, campus.officer, "criticise_it", "2026-03-11", given={"until": "2026-06-01"})
    assert Publication.objects.get().kind == "criticised"


def test_66_supply_is_restored_by_both_offices_after_the_stop(campus):
    act = recorded(campus, "2026-03-02", "living-there")
    closed(act, campus.clerk, "serve", "2026-03-03")
    assert open_stages(act) == {"stop_supply", "review", "publish_it", "deduct_it", "report_it"}
    closed(act, campus.clerk, "review", "2026-03-09", facts={"corrected": "true"})
    assert "restore" not in open_stages(act)


def to_be_stopped(campus, found="living-there"):
    """People live in a faculty's rooms (62(2)), found on 2 March; the notice is served on the 3rd."""
    from tests.cases.conftest import supplied
    from tongdian.network.models import UsagePoint
    from tongdian.supply.actions.stopping import enter_opening

    supplied(campus)
    point = UsagePoint.objects.get(place=campus.shop, utility="power")
    enter_opening(
        viewer=campus.technician,
        point=point,
        on=dt.date(2026, 1, 5),
        reason="登记前已供",
        at=at("2026-03-01"),
    )
    act = recorded(campus, "2026-03-02", found)
    closed(act, campus.clerk, "serve", "2026-03-03")
    return act


def stopped_and_paid(campus, *, corrected="true"):
    """The supply is stopped, the rooms are cleared, what is due is paid."""
    act = to_be_stopped(campus)
    closed(act, campus.clerk, "review", "2026-03-09", facts={"corrected": corrected})
    closed(act, campus.technician, "stop_supply", "2026-03-10")  # seven days after the notice
    closed(act, campus.officer, "deduct_it", "2026-03-10", given=HEATERS)
    closed(act, campus.clerk, "paid", "2026-03-10")
    return act


def test_62_the_supply_stops_when_the_days_of_the_notice_are_over(campus):
    """Served on 3 March, seven days (Civil Code 654): on the 10th and not before, whoever asks."""
    from tongdian.supply.models import SupplyStop
    from tongdian.supply.refusing import NoticeStillRuns

    act = to_be_stopped(campus)
    with pytest.raises(NoticeStillRuns) as refused:
        closed(act, campus.technician, "stop_supply", "2026-03-09")
    assert "通知书 2026-03-03 送达；停供须在通知送达满 7 日后，最早 2026-03-10" in refused.value.words.zh
    assert not SupplyStop.objects.exists()
    closed(act, campus.technician, "stop_supply", "2026-03-10")
    assert SupplyStop.objects.get().on == dt.date(2026, 3, 10)


def test_63_theft_does_not_wait_for_the_days_of_a_notice(campus):
    """A meter is gone round (63(2)): found on 2 March, told on the 3rd, off the same day."""
    from tongdian.supply.models import SupplyStop

    act = to_be_stopped(campus, "bypassed-meter")
    closed(act, campus.technician, "stop_supply", "2026-03-03")
    assert SupplyStop.objects.get().on == dt.date(2026, 3, 3)


def test_64_no_case_beside_the_violation_restores_what_it_stopped(campus):
    """62(2), 64, 66: paid and put right are found in the violation's own case; a restoration asked for beside it would
    go round both."""
    from tongdian.supply.actions.restoring import ask_restoration
    from tongdian.supply.models import RestorationCase, SupplyStop
    from tongdian.supply.refusing import RestoredInItsCase

    act = stopped_and_paid(campus, corrected="false")
    [stop] = SupplyStop.objects.all()
    with pytest.raises(RestoredInItsCase) as refused:
        ask_restoration(viewer=campus.technician, stop=stop, reason="已改正", at=at("2026-03-10"))
    assert act.violation.case.number in refused.value.words.zh
    assert not RestorationCase.objects.exists()


def test_62_the_stop_is_real_by_its_article_and_both_offices_restore_it(campus):
    """A faculty lets people live in its rooms (62(2)): stopped on 10 March, corrected and paid, restored on the 11th."""
    from tongdian.supply.models import SupplyStop
    from tongdian.supply.queries.stopping import supply_of

    act = stopped_and_paid(campus)
    [stop] = SupplyStop.objects.all()
    point = stop.usage_point

    def standing(day):
        return str(supply_of([point], dt.date.fromisoformat(day))[point.pk].standing)

    assert (stop.ground, stop.case) == ("violation", act.violation.case.number)
    assert "六十二" in stop.cite
    assert (standing("2026-03-09"), standing("2026-03-10")) == ("supplied", "stopped")
    closed(act, campus.officer, "office", "2026-03-11")
    closed(act, campus.clerk, "centre", "2026-03-11")
    closed(act, campus.clerk, "costs", "2026-03-11", facts={"restoring_cost": "0"})
    closed(act, campus.technician, "restore", "2026-03-11")
    assert (standing("2026-03-10"), standing("2026-03-11")) == ("stopped", "supplied")
    assert stop.end.outcome == "restored"


def test_a_place_without_a_point_is_not_stopped_unsaid_and_the_case_can_end(campus):
    """A room is supplied through its building: nothing of its own can be switched off."""
    from tongdian.network.models import UsagePoint

    assert not UsagePoint.objects.filter(place=campus.shop).exists()
    act = recorded(campus, "2026-03-02", "living-there")
    closed(act, campus.clerk, "serve", "2026-03-03")
    with pytest.raises(BadInput, match="unstopped"):
        closed(act, campus.technician, "stop_supply", "2026-03-04")
    closed(
        act, campus.technician, "stop_supply", "2026-03-04", given={"unstopped": "由整栋楼供电，不能单独停供"}
    )
    closed(act, campus.clerk, "review", "2026-03-09", facts={"corrected": "true"})
    closed(act, campus.officer, "deduct_it", "2026-03-10", given=HEATERS)
    closed(act, campus.clerk, "paid", "2026-03-10")
    closed(act, campus.officer, "office", "2026-03-11")
    closed(act, campus.clerk, "centre", "2026-03-11")
    closed(act, campus.clerk, "costs", "2026-03-11", facts={"restoring_cost": "0"})
    closed(act, campus.technician, "restore", "2026-03-11")
    assert open_stages(act) == {"publish_it", "report_it"}


def test_a_stop_that_ended_with_its_user_leaves_nothing_to_restore_and_the_case_ends(campus):
    from tongdian.supply.actions.stopping import ended
    from tongdian.supply.models import SupplyStop
    from tongdian.supply.rules import StopOutcome

    act = stopped_and_paid(campus)
    [stop] = SupplyStop.objects.all()
    ended(
        viewer=campus.technician, stop=stop, outcome=StopOutcome.MOOT, on=dt.date(2026, 3, 10), at=at("2026-03-10"),
        reason="用户搬出",
    )  # fmt: skip
    closed(act, campus.officer, "office", "2026-03-11")
    closed(act, campus.clerk, "centre", "2026-03-11")
    closed(act, campus.clerk, "costs", "2026-03-11", facts={"restoring_cost": "0"})
    closed(act, campus.technician, "restore", "2026-03-11")
    assert "restore" not in open_stages(act)


def test_66_one_person_does_not_stand_for_both_offices_after_a_violation(campus, viewer):
    from tongdian.supply.refusing import NotOfBothOffices

    act = stopped_and_paid(campus)
    everybody = viewer("administrator", "everybody", at=campus.campus)
    closed(act, everybody, "office", "2026-03-11")
    closed(act, everybody, "centre", "2026-03-11")
    closed(act, campus.clerk, "costs", "2026-03-11", facts={"restoring_cost": "0"})
    with pytest.raises(NotOfBothOffices):
        closed(act, campus.technician, "restore", "2026-03-11")


def test_66_what_was_not_put_right_is_not_supplied_again_until_it_is(campus):
    """Paid on the 10th, but people still live there: nobody restores; put right on the 16th, and 150 yuan for it are the user's (64)."""
    act = stopped_and_paid(campus, corrected="false")
    assert open_stages(act) == {"put_right", "criticise_it", "publish_it", "report_it"}
    with pytest.raises(StageNotOpen):
        closed(act, campus.officer, "office", "2026-03-11")
    closed(act, campus.clerk, "put_right", "2026-03-16", evidence=[PAPER])
    closed(act, campus.officer, "office", "2026-03-16")
    closed(act, campus.clerk, "centre", "2026-03-16")
    with pytest.raises(StageNotOpen):
        closed(act, campus.technician, "restore", "2026-03-16")
    closed(act, campus.clerk, "costs", "2026-03-16", facts={"restoring_cost": "150"})
    closed(act, campus.technician, "restore", "2026-03-16")


def test_62_what_follows_is_published_as_such_and_67s_criticism_is_another_publication(campus):
    """62 publishes from the notice on; when the time was up and nothing put right, 67 criticises besides."""
    act = recorded(campus, "2026-03-02", "living-there")
    closed(act, campus.clerk, "serve", "2026-03-03")
    closed(act, campus.officer, "publish_it", "2026-03-03", given={"until": "2026-06-01"})
    closed(act, campus.clerk, "review", "2026-03-11", facts={"corrected": "false"})
    closed(act, campus.officer, "criticise_it", "2026-03-12", given={"until": "2026-06-01"})
    assert list(Publication.objects.order_by("since").values_list("kind", flat=True)) == [
        "published",
        "criticised",
    ]


# ------------------------------------------------------------- taken back
def test_taken_back_it_counts_for_nothing_and_everything_stays_readable(campus):
    first = recorded(campus, "2026-03-02")
    act = recorded(campus, "2026-04-01")
    closed(act, campus.clerk, "serve", "2026-04-02")
    closed(act, campus.clerk, "review", "2026-04-09", facts={"corrected": "true"})
    closed(act, campus.officer, "publish_it", "2026-04-10", given={"until": "2026-06-01"})
    closed(act, campus.officer, "deduct_it", "2026-04-10", given=HEATERS)
    take_act_back(viewer=campus.officer, act=act, reason="照片不是该学院的房间", at=at("2026-04-20"))
    assert queries.published_on(None, dt.date(2026, 4, 20)) == []
    assert queries.published_on(None, dt.date(2026, 4, 19))
    assert Deduction.objects.get().taken_back.reason == "照片不是该学院的房间"
    act.violation.case.refresh_from_db()
    assert act.violation.case.ending == "withdrawn"
    third = recorded(campus, "2026-05-20")
    assert facts(third) == {"rectify", "publish", "deduct"}  # the second time, not the third
    [answer] = [
        one
        for one in queries.what_follows(third, on=dt.date(2026, 5, 20)).answers
        if one.rule == "wasteful-use"
    ]
    assert [str(line.value) for line in answer.lines] == ["1", "0", "2"]
    assert facts(first)


def test_who_recorded_an_act_does_not_take_it_back_and_nobody_twice(campus):
    act = recorded(campus, "2026-03-02", viewer=campus.officer)
    with pytest.raises(RecordedByOneself):
        take_act_back(viewer=campus.officer, act=act, reason="误", at=at("2026-03-03"))
    with pytest.raises(NotAllowed):
        take_act_back(viewer=campus.technician, act=act, reason="误", at=at("2026-03-03"))
    take_act_back(viewer=campus.second, act=act, reason="误", at=at("2026-03-03"))
    with pytest.raises(AlreadyTakenBack):
        take_act_back(viewer=campus.second, act=act, reason="误", at=at("2026-03-04"))


def test_a_publication_ends_early_with_a_reason(campus):
    act = second_time(campus)
    closed(act, campus.officer, "publish_it", "2026-04-10", given={"until": "2026-06-01"})
    row = Publication.objects.get()
    end_publication(viewer=campus.officer, publication=row, reason="已整改", at=at("2026-04-15"))
    assert queries.published_on(None, dt.date(2026, 4, 15)) == []
    with pytest.raises(AlreadyTakenBack):
        end_publication(viewer=campus.officer, publication=row, reason="已整改", at=at("2026-04-16"))
