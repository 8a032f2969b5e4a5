"""A claim never makes a record better: what would, waits for a second person with a file.

附件1/15 forbids back-filled processes; 附件2-2/6(1) excepts force majeure alone.
"""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cases.conftest import adopt_where_requests_stop_the_clock, at, organisation
from tongdian.allowed import NotAllowed
from tongdian.cases import actions, queries
from tongdian.cases.actions.reminding import remind
from tongdian.cases.models import Event, OpenStage
from tongdian.cases.rules import EvidenceFileMissing, TookPart, evidence_file
from tongdian.policy.process import Standing
from tongdian.policy.process.refusals import NoClaimWaits, ReasonNeeded
from tongdian.shell.navigation import places_for

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 28)


@pytest.fixture
def supplier(db, viewer):
    """A supplier with a clerk, and an officer who has had no case in hand."""
    made = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt_where_requests_stop_the_clock(made, viewer)
    return made, viewer("clerk", "gd-clerk", at=made), viewer("officer", "gd-officer", at=made)


def home(supplier, day="2026-11-28", **more):
    """A home's connection, which may take five working days from application to power."""
    made, clerk, _officer = supplier
    return actions.open_case(
        viewer=clerk,
        organisation=made,
        pack="nea-2021-37",
        process="residential-connection",
        customer=None,
        place=None,
        facts={"capacity": "8"},
        at=at(day),
        **more,
    )


def back_dated(supplier):
    """nea.md, B1: applied for on 2 November, and on the 28th a stay claimed from the 3rd."""
    clerk = supplier[1]
    case = home(supplier, claimed_on=dt.date(2026, 11, 2))
    case = actions.suspend(
        viewer=clerk,
        case=case,
        cause="applicant-request",
        reason="用户要求",
        seen=case.seq,
        at=at("2026-11-28"),
        claimed_on=dt.date(2026, 11, 3),
    )
    return actions.resume(viewer=clerk, case=case, seen=case.seq, at=at("2026-11-28"))


def end_to_end(case, on=TODAY):
    desk = queries.desk(case)
    return desk.clocks(case, queries.state_of(case, desk), on).clock("end_to_end")


@pytest.fixture
def request_kept(db):
    """The applicant's signed request, kept as a file."""
    from tests.connections.conftest import picture
    from tongdian.files.actions import store

    return [evidence_file(store(content=picture(), at=at("2026-11-28")).hash, "申请.jpg")]


def countersign(viewer, case, evidence, claim=2, day="2026-11-28"):
    return actions.countersign(
        viewer=viewer, case=case, claim=claim, evidence=evidence, seen=case.seq, at=at(day)
    )


def test_a_back_dated_stay_leaves_the_case_late_until_another_officer_countersigns(supplier, request_kept):
    officer = supplier[2]
    case = back_dated(supplier)
    reading = end_to_end(case)
    assert (reading.standing, reading.used, reading.doubted) == (Standing.LATE, 19, True)
    assert OpenStage.objects.get(case=case).due_on == dt.date(2026, 11, 9)
    assert list(queries.waiting_claims(officer, TODAY)) == [case]

    case = countersign(officer, case, request_kept)

    reading = end_to_end(case)
    assert (reading.standing, reading.used, reading.doubted) == (Standing.WITHIN, 1, False)
    assert OpenStage.objects.get(case=case).due_on == dt.date(2026, 12, 3)
    assert not queries.waiting_claims(officer, TODAY)
    assert Event.objects.filter(case=case, kind="countersigned").get().body["claim"] == 2


def test_who_recorded_a_step_cannot_countersign_nor_refuse(supplier, request_kept, viewer):
    made = supplier[0]
    boss = viewer("officer", "boss", at=made)
    case = back_dated((made, boss, None))
    with pytest.raises(TookPart):
        countersign(boss, case, request_kept)
    with pytest.raises(TookPart):
        actions.refuse_claim(
            viewer=boss, case=case, claim=2, reason="无依据", seen=case.seq, at=at("2026-11-28")
        )
    assert end_to_end(case).standing is Standing.LATE


def test_a_stand_in_is_no_second_person_for_whom_they_stand_in(supplier, request_kept, viewer):
    from tongdian.parties.actions.acting import appoint_stand_in
    from tongdian.parties.models import Account

    made = supplier[0]
    absent, clerk = viewer("officer", "absent", at=made), viewer("clerk", "another", at=made)
    case = back_dated((made, absent, None))
    now = at("2026-11-28")
    appoint_stand_in(
        viewer=absent,
        absent=absent,
        stand_in=clerk,
        first=dt.date(2026, 11, 28),
        last=dt.date(2026, 12, 28),
        reason="外出",
        at=now,
    )
    with pytest.raises(TookPart):
        countersign(Account.objects.get(pk=clerk.pk), case, request_kept)


def test_for_whom_the_clerk_of_the_step_stands_in_is_no_second_person_either(supplier, request_kept, viewer):
    from tongdian.parties.actions.acting import appoint_stand_in

    made, clerk, _office = supplier
    case = back_dated(supplier)
    absent = viewer("officer", "absent", at=made)
    appoint_stand_in(
        viewer=absent,
        absent=absent,
        stand_in=clerk,
        first=dt.date(2026, 11, 28),
        last=dt.date(2026, 12, 28),
        reason="外出",
        at=at("2026-11-28"),
    )
    with pytest.raises(TookPart):
        countersign(absent, case, request_kept)


def test_a_clerk_or_an_officer_of_elsewhere_cannot_countersign(supplier, request_kept, viewer):
    made = supplier[0]
    elsewhere = organisation("supplier", "别处供电所", "BC", region="450311")
    case = back_dated(supplier)
    for other in (viewer("clerk", "another-clerk", at=made), viewer("officer", "elsewhere", at=elsewhere)):
        with pytest.raises(NotAllowed):
            countersign(other, case, request_kept)


def test_a_countersignature_rests_on_a_file(supplier):
    case = back_dated(supplier)
    with pytest.raises(EvidenceFileMissing):
        countersign(supplier[2], case, ["用户来电"])


def test_a_refused_claim_stays_in_the_record_without_effect(supplier, request_kept):
    officer = supplier[2]
    case = back_dated(supplier)
    with pytest.raises(ReasonNeeded):
        actions.refuse_claim(
            viewer=officer, case=case, claim=2, reason=" ", seen=case.seq, at=at("2026-11-28")
        )
    case = actions.refuse_claim(
        viewer=officer, case=case, claim=2, reason="无书面申请", seen=case.seq, at=at("2026-11-28")
    )
    assert end_to_end(case).standing is Standing.LATE
    assert not queries.waiting_claims(officer, TODAY)
    with pytest.raises(NoClaimWaits):
        countersign(officer, case, request_kept)


def test_an_earlier_day_of_application_makes_it_worse_and_counts_at_once(supplier):
    case = home(supplier, claimed_on=dt.date(2026, 11, 2))
    assert end_to_end(case).standing is Standing.LATE
    assert not end_to_end(case).doubted
    assert not queries.waiting_claims(supplier[2], TODAY)


def typhoon(supplier, proof):
    """An event of the register, with its proof."""
    from tongdian.cases.actions import force_majeure

    event = force_majeure.add_event(
        viewer=supplier[1],
        organisation=supplier[0],
        region=supplier[0].region,
        code="FM-1",
        title="台风",
        from_on=dt.date(2026, 11, 4),
        proof="气象台预警",
        at=at("2026-11-05"),
    )
    force_majeure.add_proof(
        viewer=supplier[1], event=event, file=proof[0].split(":")[1], name="预警.png", at=at("2026-11-05")
    )
    return event


def test_force_majeure_of_one_clerk_excepts_nothing(supplier, request_kept):
    case = home(supplier, "2026-11-02")
    case = actions.suspend(
        viewer=supplier[1],
        case=case,
        cause="force-majeure",
        event=typhoon(supplier, request_kept),
        reason="台风",
        seen=case.seq,
        at=at("2026-11-26"),
        claimed_on=dt.date(2026, 11, 4),  # while its five working days had not run out
    )
    case = actions.resume(viewer=supplier[1], case=case, seen=case.seq, at=at("2026-11-27"))
    assert not end_to_end(case).exempt
    assert list(queries.waiting_claims(supplier[2], TODAY)) == [case]
    assert end_to_end(countersign(supplier[2], case, request_kept)).exempt


def test_a_stay_that_changes_no_verdict_needs_nobody(supplier, request_kept):
    case = home(supplier, "2026-11-23")
    case = actions.suspend(
        viewer=supplier[1],
        case=case,
        cause="applicant-request",
        reason="用户暂缓",
        seen=case.seq,
        at=at("2026-11-24"),
    )
    case = actions.resume(viewer=supplier[1], case=case, seen=case.seq, at=at("2026-11-26"))
    case = actions.withdraw(
        viewer=supplier[1], case=case, reason="不办了", seen=case.seq, at=at("2026-11-27")
    )
    reading = end_to_end(case)
    assert (reading.standing, reading.doubted) == (Standing.WITHIN, False)
    assert not queries.waiting_claims(supplier[2], dt.date(2027, 1, 4))
    with pytest.raises(NoClaimWaits):
        countersign(supplier[2], case, request_kept)


def test_an_earlier_day_of_the_end_waits_and_can_be_countersigned_after_it(supplier, request_kept):
    case = home(supplier, "2026-11-02")
    case = actions.withdraw(
        viewer=supplier[1],
        case=case,
        reason="不办了",
        seen=case.seq,
        at=at("2026-11-20"),
        claimed_on=dt.date(2026, 11, 5),
    )
    reading = end_to_end(case)
    assert (reading.standing, reading.used) == (Standing.LATE, 14)
    case = countersign(supplier[2], case, request_kept)
    reading = end_to_end(case)
    assert (reading.standing, reading.used) == (Standing.WITHIN, 3)
    assert case.ended_on == dt.date(2026, 11, 5)


def test_until_then_the_office_is_reminded_and_told_that_it_is_late(supplier, request_kept):
    case = home(supplier, "2026-11-02")
    case = actions.suspend(
        viewer=supplier[1],
        case=case,
        cause="applicant-request",
        reason="用户暂缓",
        seen=case.seq,
        at=at("2026-11-03"),
    )
    assert not queries.waiting_claims(supplier[2], dt.date(2026, 11, 9))
    assert list(queries.waiting_claims(supplier[2], dt.date(2026, 11, 10))) == [case]
    assert remind(at=at("2026-11-10", 8)) == 1
    countersign(supplier[2], case, request_kept, day="2026-11-10")
    assert OpenStage.objects.get(case=case).is_suspended
    assert remind(at=at("2026-11-11", 8)) == 0


# ---------------------------------------------------------------- pages and programs
def long_ago(supplier, days=40):
    """As `back_dated`, counted from the present day."""
    made, clerk, _officer = supplier
    now, first = timezone.now(), timezone.localdate() - dt.timedelta(days=days)
    case = actions.open_case(
        viewer=clerk,
        organisation=made,
        pack="nea-2021-37",
        process="residential-connection",
        customer=None,
        place=None,
        facts={"capacity": "8"},
        at=now,
        claimed_on=first,
    )
    case = actions.suspend(
        viewer=clerk,
        case=case,
        cause="applicant-request",
        reason="用户要求",
        seen=case.seq,
        at=now,
        claimed_on=first + dt.timedelta(days=1),
    )
    return actions.resume(viewer=clerk, case=case, seen=case.seq, at=now)


def test_the_officer_finds_the_claim_in_the_list_and_countersigns_it_on_the_case(english, supplier):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.connections.conftest import picture

    case = long_ago(supplier)
    english.force_login(supplier[2])
    listed = english.get("/cases/claims/").content.decode()
    assert case.number in listed
    assert "/cases/claims/" in english.get("/").content.decode()
    assert case.number in english.get("/cases/?claims=waiting").content.decode()
    page = english.get(f"/cases/{case.number}/").content.decode()
    assert "Claims that wait for a countersignature" in page
    assert "Countersign with evidence" in page
    address = f"/cases/{case.number}/countersign/2/"
    assert english.post(address, {"seen": case.seq}).status_code == 422  # without a file
    kept = SimpleUploadedFile("申请.jpg", picture(), "image/jpeg")
    assert english.post(address, {"seen": case.seq, "attached": kept}).status_code == 302
    page = english.get(f"/cases/{case.number}/").content.decode()
    assert "Claims that wait for a countersignature" not in page
    assert "Countersigned: Suspended: " in page
    assert "No claim waits." in english.get("/cases/claims/").content.decode()


def test_who_took_in_a_paper_of_the_case_is_no_second_person(supplier):
    from tests.connections.conftest import picture
    from tongdian.files.actions import store

    case, officer = long_ago(supplier), supplier[2]
    file = store(content=picture(), at=timezone.now()).hash
    actions.receive_paper(
        viewer=officer, case=case, item="identity-document", file=file, name="证件.jpg", at=timezone.now()
    )
    with pytest.raises(TookPart):
        actions.countersign(
            viewer=officer,
            case=case,
            claim=2,
            seen=case.seq,
            evidence=[evidence_file(file, "证件.jpg")],
            at=timezone.now(),
        )


def test_the_clerk_who_claimed_it_sees_it_wait_and_has_no_button(english, supplier):
    case = long_ago(supplier)
    english.force_login(supplier[1])
    page = english.get(f"/cases/{case.number}/").content.decode()
    assert "Claims that wait for a countersignature" in page
    assert "Countersign with evidence" not in page
    assert english.get("/cases/claims/").status_code == 403
    assert english.get(f"/cases/{case.number}/countersign/2/").status_code == 403


def test_a_program_lists_what_waits_and_refuses_or_countersigns(supplier):
    from tests.api.conftest import Program, token_of
    from tests.connections.conftest import picture
    from tongdian.api.tickets import for_upload
    from tongdian.files.actions import store

    _made, clerk, officer = supplier
    case = long_ago(supplier)
    ticket = for_upload(store(content=picture(), at=at("2026-11-28")).hash)
    program, clerks = Program(token_of(officer)), Program(token_of(clerk))
    assert [one["number"] for one in program.ask("/cases", claims="waiting").json()["items"]] == [case.number]
    told = program.ask(f"/cases/{case.number}").json()
    assert [one["seq"] for one in told["claims"]] == [2]
    # the times without a limit are told without the claim as well
    assert {one["standing"] for one in told["clocks"] if one["doubted"]} == {"late", "no_limit"}
    address = f"/cases/{case.number}/claims/2/countersign"
    assert clerks.do(address, seen=case.seq, files=[ticket]).status_code in (403, 404)
    assert program.do(address, seen=case.seq, files=[]).status_code == 422
    assert program.do(address, seen=case.seq, files=[ticket]).status_code == 200
    assert program.ask(f"/cases/{case.number}").json()["claims"] == []


def test_an_authority_that_countersigns_nothing_has_no_such_entry_in_its_menu(supplier, viewer):
    """An officer of a department is an officer, and looks on at its suppliers' cases: they are theirs to settle. A
    department that approves works fills a role of the processes, and works cases itself."""
    looks_on = organisation("department", "雁山区电力主管部门", "YSQ", region="450311")
    approves = organisation("department", "雁山区住建局", "ZJ", region="450311", fills=["works-approver"])
    shown = {
        name: "claims" in [one.url_name for one in places_for(viewer("officer", f"{name}-officer", at=at_))]
        for name, at_ in {"looks_on": looks_on, "approves": approves, "supplier": supplier[0]}.items()
    }
    assert shown == {"looks_on": False, "approves": True, "supplier": True}
