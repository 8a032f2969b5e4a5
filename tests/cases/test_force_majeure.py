"""Force majeure is a register: an event is recorded once, proved by a file, and named by many cases' stays."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cases.conftest import adopt, at, organisation
from tongdian.audit_log.models import Entry
from tongdian.cases import actions, queries
from tongdian.cases.actions import force_majeure
from tongdian.cases.pages.home import late_counts
from tongdian.cases.rules import (
    CasesHeldUpOutside,
    EventAtAnotherTime,
    EventElsewhere,
    EventEndsBefore,
    EventNeeded,
    EventNotNeeded,
    EventNotYet,
    EventRecordedAlready,
    EventWithoutProof,
    NoSuchEvent,
    PlaceBeforeEvent,
    evidence_file,
)
from tongdian.files.actions import store
from tongdian.parties.models import Region

pytestmark = pytest.mark.django_db

GUILIN = ("450300", "桂林市", "prefecture")
NANNING = ("450100", "南宁市", "prefecture")


def region(code, name, level):
    return Region.objects.get_or_create(code=code, defaults={"name": name, "level": level})[0]


@pytest.fixture
def supplier(viewer):
    made = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt(made, "nea-2021-37")
    return made, viewer("clerk", "gd-clerk", at=made), viewer("officer", "gd-officer", at=made)


@pytest.fixture
def notice():
    """The notice of the flood, kept as a file."""
    from tests.connections.conftest import picture

    return store(content=picture("notice"), at=at("2026-07-20")).hash


def flood(supplier, *, area=GUILIN, day="2026-07-20", file=None, **more):
    told = {"code": "FM-1", "title": "漓江洪水", "from_on": dt.date(2026, 7, 14), "proof": "防汛Ⅱ级响应"}
    event = force_majeure.add_event(
        viewer=supplier[1], organisation=supplier[0], region=region(*area), at=at(day), **{**told, **more}
    )
    if file:
        force_majeure.add_proof(viewer=supplier[1], event=event, file=file, name="通知.png", at=at(day))
    return event


def home(supplier, day="2026-07-13"):
    return actions.open_case(
        viewer=supplier[1],
        organisation=supplier[0],
        pack="nea-2021-37",
        process="residential-connection",
        customer=None,
        place=None,
        facts={"capacity": "8"},
        at=at(day),
    )


def held_up(supplier, case, event, *, since="2026-07-15", cause="force-majeure"):
    return actions.suspend(
        viewer=supplier[1],
        case=case,
        cause=cause,
        event=event,
        reason="现场被淹",
        seen=case.seq,
        at=at("2026-07-22"),
        claimed_on=dt.date.fromisoformat(since),
    )


def is_exempt(case):
    desk = queries.desk(case)
    return desk.clocks(case, queries.state_of(case, desk), dt.date(2026, 7, 31)).clock("end_to_end").exempt


def test_one_event_holds_up_many_cases_and_excuses_each_once_it_is_confirmed(supplier, notice):
    event = flood(supplier, file=notice)
    first, second = (held_up(supplier, home(supplier), event) for _ in range(2))
    assert {one.case for one in queries.held_up_by(supplier[2], event)} == {first, second}
    assert not is_exempt(first)
    # 14 to 22 July are seven working days from Monday the 13th: late, unless somebody else confirms
    first = actions.resume(viewer=supplier[1], case=first, seen=first.seq, at=at("2026-07-23"))
    actions.countersign(
        viewer=supplier[2],
        case=first,
        claim=2,
        evidence=[evidence_file(notice, "通知.png")],
        seen=first.seq,
        at=at("2026-07-23"),
    )
    assert is_exempt(first)
    assert not is_exempt(second)


def test_a_stay_that_waits_is_among_the_claims_from_the_day_on_which_it_decides(supplier, notice):
    """Monday 13 July and five working days: due on the 20th. While the case is in time the flood changes nothing;
    from the 21st on it is late unless somebody else confirms, and nothing further is recorded of it until then."""
    event = flood(supplier, day="2026-07-15", file=notice)
    case = actions.suspend(
        viewer=supplier[1], case=(opened := home(supplier)), cause="force-majeure", event=event, reason="现场被淹",
        seen=opened.seq, at=at("2026-07-15"),
    )  # fmt: skip
    assert list(queries.waiting_claims(supplier[2], dt.date(2026, 7, 20))) == []
    assert list(queries.waiting_claims(supplier[2], dt.date(2026, 7, 21))) == [case]
    actions.countersign(
        viewer=supplier[2], case=case, claim=2, evidence=[evidence_file(notice, "通知.png")], seen=case.seq,
        at=at("2026-07-22"),
    )  # fmt: skip
    assert list(queries.waiting_claims(supplier[2], dt.date(2026, 7, 31))) == []


def test_a_stay_for_force_majeure_names_its_event_and_no_other_stay_does(supplier, notice):
    case, event = home(supplier), flood(supplier, file=notice)
    with pytest.raises(EventNeeded):
        held_up(supplier, case, None)
    with pytest.raises(EventNotNeeded):
        held_up(supplier, case, event, cause="applicant-request")
    case.refresh_from_db()
    assert case.seq == 1
    assert not queries.held_up_by(supplier[2], event).exists()


def test_before_its_place_is_settled_a_case_is_told_what_to_do_first(supplier, notice):
    case = home(supplier)  # somewhere in the supplier's area, and the only event known was elsewhere
    flood(supplier, area=NANNING, file=notice)
    with pytest.raises(PlaceBeforeEvent, match="settle the place first"):
        held_up(supplier, case, None)


def test_an_event_without_a_file_holds_up_nobody(supplier):
    with pytest.raises(EventWithoutProof, match="漓江洪水"):
        held_up(supplier, home(supplier), flood(supplier))


def test_an_event_holds_up_the_cases_of_its_area_alone(supplier, notice):
    with pytest.raises(EventElsewhere, match="南宁市"):
        held_up(supplier, home(supplier), flood(supplier, area=NANNING, file=notice))


def test_a_stay_begins_while_the_event_lasts(supplier, notice):
    event = flood(supplier, to_on=dt.date(2026, 7, 17), file=notice)
    case = home(supplier)
    for outside in ("2026-07-13", "2026-07-18"):
        with pytest.raises(EventAtAnotherTime):
            held_up(supplier, case, event, since=outside)
    held_up(supplier, case, event, since="2026-07-17")


def test_a_stay_that_outlasts_its_event_is_doubted(supplier, notice):
    """The flood ended on Friday 17 July; a stay since the 15th is in doubt on the 18th, not on the 17th."""
    case = held_up(supplier, home(supplier), flood(supplier, to_on=dt.date(2026, 7, 17), file=notice))
    state = queries.state_of(case)
    assert queries.outlasting(case, state, dt.date(2026, 7, 17)) == []
    (doubt,) = queries.outlasting(case, state, dt.date(2026, 7, 18))
    assert "漓江洪水”至 2026-07-17 结束，而因它自 2026-07-15 起的中止算到 2026-07-18" in doubt.zh
    desk = Client(headers={"Accept-Language": "en"})
    desk.force_login(supplier[1])
    assert "check the day of resuming" in desk.get(f"/cases/{case.number}/").content.decode()


def test_an_event_that_goes_on_is_outlasted_by_no_stay(supplier, notice):
    case = held_up(supplier, home(supplier), flood(supplier, file=notice))
    assert queries.outlasting(case, queries.state_of(case), dt.date(2026, 12, 31)) == []


def test_another_supplier_s_event_is_none(supplier, notice, viewer):
    other = organisation("supplier", "临桂供电所", "LG", region="450312")
    clerk = viewer("clerk", "lg-clerk", at=other)
    with pytest.raises(NoSuchEvent):
        held_up(supplier, home(supplier), flood((other, clerk), file=notice))


def test_what_is_to_come_or_ends_before_it_begins_is_not_recorded(supplier):
    with pytest.raises(EventNotYet):
        flood(supplier, from_on=dt.date(2026, 7, 21))
    with pytest.raises(EventNotYet):
        flood(supplier, to_on=dt.date(2026, 7, 21))
    with pytest.raises(EventEndsBefore):
        flood(supplier, to_on=dt.date(2026, 7, 13))


def test_an_event_is_recorded_once(supplier):
    flood(supplier, to_on=dt.date(2026, 7, 17))
    with pytest.raises(EventRecordedAlready):
        flood(supplier, code="FM-2", from_on=dt.date(2026, 7, 17))
    flood(supplier, code="FM-3", from_on=dt.date(2026, 7, 18))  # the water came again


def test_an_event_entered_late_says_so(supplier):
    assert flood(supplier, day="2026-09-01").recorded_on == dt.date(2026, 9, 1)


def test_no_correction_leaves_a_case_outside(supplier, notice):
    event = flood(supplier, file=notice)
    case = held_up(supplier, home(supplier), event)
    for wrong in (
        {"from_on": dt.date(2026, 7, 16)},
        {"to_on": dt.date(2026, 7, 14)},
        {"region": region(*NANNING)},
    ):
        with pytest.raises(CasesHeldUpOutside, match=case.number):
            force_majeure.change_event(viewer=supplier[1], event=event, at=at("2026-07-25"), **wrong)
    force_majeure.change_event(
        viewer=supplier[1], event=event, at=at("2026-07-25"), to_on=dt.date(2026, 7, 18)
    )


def test_the_desk_records_proves_and_shows_it(supplier, notice):
    from tests.connections.conftest import picture

    desk = Client(headers={"Accept-Language": "en"})
    desk.force_login(supplier[1])
    region(*GUILIN)
    told = {
        "code": "FM-9",
        "title": "漓江洪水",
        "region": "450300",
        "from_on": "2026-07-14",
        "to_on": "",
        "proof": "防汛Ⅱ级响应",
    }
    assert desk.post(f"/force-majeure/new/?for={supplier[0].pk}", told).status_code == 302
    (event,) = queries.force_majeure_events(supplier[1])
    page = f"/force-majeure/{event.pk}/"
    assert "No file proves it yet" in desk.get(page).content.decode()
    sent = SimpleUploadedFile("通知.png", picture("notice"), "image/png")
    assert desk.post(f"{page}proofs/", {"attached": sent}).status_code == 302
    (proof,) = event.proofs.all()
    assert desk.get(f"{page}proofs/{proof.file}/").status_code == 200
    case = home(supplier)
    form = desk.get(f"/cases/{case.number}/suspend/", headers={"HX-Request": "true"}).content.decode()
    assert "FM-9 漓江洪水" in form
    held_up(supplier, case, event)
    assert case.number in desk.get(page).content.decode()
    assert {"add-force-majeure-event", "add-force-majeure-proof"} <= set(
        Entry.objects.values_list("action", flat=True)
    )


def test_who_sees_a_case_sees_the_event_that_holds_it_up_and_no_case_besides(supplier, notice, viewer):
    """A county is competent for 450311; the flood was recorded for all of Guilin, 450300."""
    county = organisation("department", "雁山区电力主管部门", "YSQ", region="450311")
    county.regions.add(region("450311", "雁山区", "county"))
    officer = viewer("supervisor", "county", at=county)
    event = flood(supplier, file=notice)
    assert not queries.force_majeure_events(officer).exists()
    case = held_up(supplier, home(supplier), event)
    assert list(queries.force_majeure_events(officer)) == [event]
    assert [one.case for one in queries.held_up_by(officer, event)] == [case]
    branch = organisation("supplier", "另一县供电所", "GE", region="450321")
    other = branch, viewer("clerk", "ge-clerk", at=branch), None
    adopt(branch, "nea-2021-37")
    assert not queries.force_majeure_events(other[1]).exists()
    desk = Client()
    desk.force_login(officer)
    assert desk.get(f"/force-majeure/{event.pk}/").status_code == 200
    assert desk.get(f"/force-majeure/{event.pk}/change/").status_code in (403, 404)


def test_a_program_records_an_event_and_lays_a_stay_to_it(supplier, notice):
    from tests.api.conftest import Program, token_of
    from tongdian.api.tickets import for_upload

    region(*GUILIN)
    program = Program(token_of(supplier[1]))
    told = {"code": "FM-9", "title": "漓江洪水", "region": "450300", "from_on": "2026-07-14", "proof": "响应"}
    made = program.do("/force-majeure", organisation=str(supplier[0].pk), **told)
    assert made.status_code == 201, made.json()
    event = made.json()["id"]
    proved = program.do(f"/force-majeure/{event}/proofs", file=for_upload(notice), name="通知.png")
    assert proved.status_code == 201, proved.json()
    case = home(supplier)
    step = {"seen": 1, "cause": "force-majeure", "reason": "现场被淹"}
    refused = program.do(f"/cases/{case.number}/suspend", **step)
    assert (refused.status_code, refused.json()["code"]) == (422, "event-needed")
    assert program.do(f"/cases/{case.number}/suspend", **step, event=event).status_code == 200
    shown = program.ask(f"/force-majeure/{event}").json()
    assert (shown["cases"], shown["files"]) == ("1", "1") or (shown["cases"], shown["files"]) == (1, 1)


def test_what_a_measure_keeps_apart_is_not_called_late_above(supplier, notice, viewer):
    """Due on the 20th. Once the stay is confirmed the measure keeps the home apart, on its page and in the list."""
    event = flood(supplier, file=notice)
    apart, late = home(supplier), home(supplier)
    apart = held_up(supplier, apart, event)
    apart = actions.resume(viewer=supplier[1], case=apart, seen=apart.seq, at=at("2026-07-23"))
    day = dt.date(2026, 7, 31)
    assert queries.exempt_among([apart, late], day) == set()
    actions.countersign(
        viewer=supplier[2], case=apart, claim=2, evidence=[evidence_file(notice, "通知.png")], seen=apart.seq,
        at=at("2026-07-23"),
    )  # fmt: skip
    assert queries.exempt_among([apart, late], day) == {apart.pk}
    bureau = organisation("department", "桂林市能源局", "NY", region="450300")
    bureau.regions.add(region(*GUILIN))
    counts = late_counts(viewer("supervisor", "inspector", at=bureau), day)
    assert (counts["late"], counts["apart"]) == (1, 1)
    assert [[row["count"].late for row in table["rows"]] for table in counts["tables"]] == [[1], [1], [1]]


def test_a_stay_that_nobody_confirmed_says_that_the_time_runs_on(supplier, notice):
    desk = Client(headers={"Accept-Language": "zh-hans"})
    desk.force_login(supplier[1])
    case = held_up(supplier, home(supplier), flood(supplier, file=notice))
    page = desk.get(f"/cases/{case.number}/").content.decode()
    assert "，计时；一经复核" in page
