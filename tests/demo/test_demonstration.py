"""The demonstration: the same from the same seed, marked everywhere, everything in it, work for all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import transaction

from tests.cases.brought import brought
from tongdian.agreements.models import Agreement, OpeningBalance, Signature
from tongdian.cases import queries
from tongdian.cases.actions import close_stage, rebuild
from tongdian.cases.models import Case, Event, OpenStage, Paper
from tongdian.conduct import queries as conduct
from tongdian.connections.models import Charge, PublishedFee, Rating, Repair, Visit
from tongdian.demo import making
from tongdian.demo.businesses import BUSINESSES
from tongdian.demo.making import DemonstrationHere, RealDataHere, is_empty, make_demo
from tongdian.demo.people import CUSTOMER, newcomers
from tongdian.metering.models import MeterInstallation, MeterReading
from tongdian.network.models import Place
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.policy.process import StageStatus
from tongdian.rulebook.commands import install_packs
from tongdian.supervision.actions import conditions
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.groups import subsidiary_standings, supplier_group
from tongdian.supervision.queries.merging import merged
from tongdian.supply.queries import used_outside

TODAY = dt.date(2026, 11, 19)  # a Thursday
NOW = dt.datetime.combine(TODAY, dt.time(12), ZoneInfo("Asia/Shanghai"))


def fingerprint():
    """What two demonstrations of one seed have in common: all but identifiers and hashes."""
    cases = Case.objects.order_by("id").values_list(
        "number", "process", "place__name", "customer__name", "opened_on", "ended_on", "seq"
    )
    events = Event.objects.order_by("case_id", "seq").values_list("kind", "stage", "on", "by", "body")
    agreements = Agreement.objects.order_by("id").values_list("number", "in_force", "price_category")
    places = Place.objects.order_by("id").values_list("code", "name")
    return [list(rows) for rows in (cases, events, agreements, places)]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Made twice, the first time only to compare; rolled back at the end of the module. What supervision makes of
    the cases is not compared, and takes a third of the time: the first is made without."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()  # the packs too: other files count what the log has
        whole.__enter__()
        install_packs()
        prints = []
        for _ in range(2):
            outer = transaction.atomic()
            outer.__enter__()
            with pytest.MonkeyPatch.context() as patch:
                if not prints:
                    patch.setattr(making, "supervise", lambda *given: None)
                made = make_demo(password="amber-basin-00001", at=NOW)
            prints.append(fingerprint())
            if len(prints) == 1:
                transaction.set_rollback(True)
                outer.__exit__(None, None, None)
        yield made, prints
        for one in (outer, whole):
            transaction.set_rollback(True)
            one.__exit__(None, None, None)


@pytest.fixture
def taken_back(demo):
    """What a test does to the demonstration is taken back after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_same_seed_gives_the_same_demonstration(demo):
    _, (first, second) = demo
    assert first == second


def test_there_are_300_cases_of_every_process_from_2020_on(demo):
    made, _ = demo
    halls = Case.objects.filter(process="venue-use-permit")  # for evenings of these days
    found = Case.objects.filter(process="violation")  # what rounds found
    assert made.cases == Case.objects.count() == 300 + halls.count() + found.count() == 307
    beside = ["venue-use-permit", "violation"]
    assert {*Case.objects.exclude(process__in=beside).values_list("process", flat=True)} == {
        one.process for one in BUSINESSES
    }
    assert len(BUSINESSES) == 19 + 8
    years = {day.year for day in Case.objects.values_list("opened_on", flat=True)}
    assert years == {2020, 2021, 2022, 2023, 2024, 2025, 2026}
    assert not Event.objects.filter(on__gt=TODAY).exists()


def test_at_every_stage_somebody_is_waited_for(demo):
    waited = {*OpenStage.objects.values_list("case__process", "stage")}
    for one in BUSINESSES:
        case = Case.objects.filter(process=one.process).first()
        stages = queries.desk(case).wording.stages
        assert {stage for process, stage in waited if process == one.process} == {*stages}


def states():
    """How often everything that can become of a case did."""
    stages = OpenStage.objects.filter(is_suspended=False)
    found = Counter()
    for case in Case.objects.all():
        state = queries.state_of(case)
        found[case.ending or "open"] += 1
        found["refused"] += "refuse" in state.done
        found["returned, waiting"] += state.returned > 0 and state.ending is None
        found["returned, finished"] += state.returned > 0 and case.ending == "finished"
        found["claimed an earlier day"] += bool(state.late_entries)
        found["part of another"] += case.part_of_id is not None
        found["applied for again"] += bool(
            queries.applied_anew(case, Case.objects.filter(place=case.place).exclude(pk=case.pk))
        )
        for stay in state.suspensions:
            found[f"{'was' if stay.until else 'is'} suspended: {stay.cause}"] += 1
    for event in Event.objects.filter(kind="fact_recorded"):
        found["contested"] += bool(event.body.get("reason"))
    found["a claim waits"] = Case.objects.filter(waits_from__lte=TODAY).count()
    found["a claim is countersigned"] = Event.objects.filter(kind="countersigned").count()
    found["late"] = stages.filter(due_on__lt=TODAY).count()
    found["due today"] = stages.filter(due_on=TODAY).count()
    found["coming"] = stages.filter(due_on__gt=TODAY).count()
    found["given to somebody"] = stages.exclude(assigned_to=None).count()
    return found


def test_everything_that_can_become_of_a_case_did(demo):
    found = states()
    wanted = [
        "open",
        "finished",
        "withdrawn",
        "refused",
        "returned, waiting",
        "returned, finished",
        "claimed an earlier day",
        "contested",
        "part of another",
        "applied for again",
        "late",
        "due today",
        "coming",
        "given to somebody",
        "is suspended: applicant-request",
        "is suspended: force-majeure",
        "is suspended: statutory-procedure",
        "is suspended: supplement",
        "was suspended: applicant-request",
        "was suspended: force-majeure",
        "a claim waits",
        "a claim is countersigned",
    ]
    assert [state for state in wanted if not found[state]] == []


def test_what_lies_around_the_cases_is_there_in_every_state(demo):
    assert {*Visit.objects.values_list("state", flat=True)} == {*Visit.State.values}
    assert {*Repair.objects.values_list("state", flat=True)} == {*Repair.State.values}
    assert {*Paper.objects.values_list("kind", flat=True)} >= {"received", "set_aside"}
    assert Rating.objects.filter(score__lt=3).exists()
    assert Charge.objects.exists()
    assert all("示例" in fee.name and "示例" in fee.basis for fee in PublishedFee.objects.all())
    assert OpeningBalance.objects.exists()
    signed = Agreement.objects.exclude(text=None)
    assert signed.exists()
    assert all(one.text.signatures.count() == 2 for one in signed)
    assert Signature.objects.filter(text__agreement=None).exists()  # by one party so far
    assert Agreement.objects.filter(is_temporary=True).exists()
    ended = Agreement.objects.filter(in_force__endswith__lte=TODAY, is_temporary=False)
    assert ended.exists()


def test_every_case_folds_and_is_projected_as_its_events_say(demo, taken_back):
    def projected(case):
        case = Case.objects.get(pk=case.pk)
        rows = OpenStage.objects.filter(case=case).order_by("stage").values()
        fields = ("seq", "version", "opened_on", "last_on", "ended_on", "ending", "suspended_since")
        return [getattr(case, name) for name in fields], list(rows)

    for case in Case.objects.all():
        before = projected(case)
        state = rebuild(case=case, on=TODAY)
        assert projected(case) == before
        waiting = {key for key, run in state.runs.items() if run.status is StageStatus.OPEN}
        assert waiting == {row["stage"] for row in before[1]}


def test_findings_stand_in_every_state_and_something_waits_for_a_second_person(demo):
    from tongdian.supervision.findings import FindingState
    from tongdian.supervision.models import Circular, SupervisionFinding, Talk
    from tongdian.supervision.queries.findings import standing_rows

    rows = standing_rows(SupervisionFinding.objects.all(), TODAY)
    assert {*FindingState.values} - {*rows.values_list("state", flat=True)} == {"confirmed"}  # passed through
    assert rows.filter(is_overdue=True).exists()
    assert {*Talk.objects.values_list("steps__what", flat=True)} == {None, "signed", "held"}
    assert {*Circular.objects.values_list("steps__what", flat=True)} == {"signed", "published"}


def test_the_nation_has_both_annexes_with_somebody_late_and_somebody_missing(demo):
    """Of 32 offices that file to the nation, 54 and 46 filed neither annex, 63 no indicators; the one of 52 came with
    them on 19 July, four days late."""
    on = dt.date(2021, 11, 30)
    nation = Organisation.objects.get(short="GNY")
    for key, without in (("annex-2", {"SN54", "SN46", "SN63"}), ("annex-3", {"SN54", "SN46"})):
        form = conditions.form_for(nation, key, on)
        rows = filings.expected_below(form, nation, "2021-H1", as_of=on)
        missing = {one.organisation.short for one in rows if not one.is_received}
        assert missing - {"GXT"} == without  # one in depth files newer halves
        assert any(one.is_received and not one.is_on_time for one in rows)
        assert merged(form, nation, "2021-H1", as_of=on) is not None
    late = {one.organisation.short for one in filings.expected_below(
        conditions.form_for(nation, "annex-2", on), nation, "2021-H1", as_of=on
    ) if one.is_received and not one.is_on_time}  # fmt: skip
    assert late == {"SN52"}


def test_nothing_is_unmarked(demo):
    marked = [model for model in apps.get_models() if hasattr(model, "is_demo")]
    assert len(marked) >= 10
    for model in marked:
        assert not model.objects.filter(is_demo=False).exists(), model
    as_in_use = Event.objects.filter(case__process__in=("venue-use-permit", "violation"), seq__gt=1)
    taken = Event.objects.exclude(pk__in=as_in_use)  # steps whose effects run
    assert {*taken.values_list("source", flat=True)} == {"demo"}
    assert all("〔演示〕" in one.name for one in Organisation.objects.all())


def test_nobodys_number_could_be_somebodys(demo):
    from tongdian.personal import decrypt

    for customer in Customer.objects.all():
        number, phone = decrypt(customer.identity), decrypt(customer.phone)
        assert "990000" in number[:8]  # a region that does not exist
        assert phone.startswith("077300")


@pytest.mark.parametrize("username", [name for name, _ in newcomers()])
def test_whoever_signs_in_finds_work(demo, username):
    account = Account.objects.get(username=username)
    assert account.check_password("amber-basin-00001")
    if username == CUSTOMER:
        own = Case.objects.filter(customer__account=account)
        assert {*own.values_list("ending", flat=True)} == {""}
        assert OpenStage.objects.filter(case__in=own, owner="customer").exists()
        return
    if username in ("finance", "works"):  # they read the certificates of 48 and do nothing to them
        assert queries.cases(account).filter(process="settlement-certificate").exists()
        return
    if (
        username == "group-head"
    ):  # a group handles no case of its suppliers: it sees who is behind, and presses
        here = supplier_group(Organisation.objects.get(short="LGJT"), TODAY)
        assert any(one.is_behind for one in subsidiary_standings(here, as_of=TODAY))
        assert not queries.work(account).exists()
        return
    if username == "chemistry":  # a unit's people handle no case: they read what was served on it
        assert [one.unit.short for one in conduct.served_on_units(account)] == ["HUAX", "HUAX"]
        return
    late = queries.cases(account).filter(queries.late_on(TODAY))
    assert queries.work(account).exists() or late.exists()


def test_the_suppliers_people_find_late_work_work_due_today_and_coming(demo):
    for username in ("supplier", "counter", "technician"):
        stages = queries.work(Account.objects.get(username=username))
        assert stages.filter(due_on__lt=TODAY).exists(), username
        assert stages.filter(due_on=TODAY).exists(), username
        assert stages.filter(due_on__gt=TODAY).exists(), username


@pytest.mark.parametrize(
    ("process", "stage", "facts", "given"),
    [
        ("shop-application", "approve", {"approved": "true"}, {}),
        ("shop-application", "sign", {}, {}),
        ("move-out", "close", {}, {}),
        ("change-of-use", "change", {}, {"price_category": "canteen"}),
        ("resident-expansion", "expand", {}, {"capacity": "11"}),
        ("residential-connection", "accept", {}, {}),
        ("high-voltage-single-connection", "review", {}, {}),
        ("works-approval", "permit", {}, {}),
    ],
)
def test_an_open_case_goes_on_by_the_real_action(demo, taken_back, process, stage, facts, given):
    row = OpenStage.objects.filter(case__process=process, stage=stage, case__suspended_since=None)
    case = row.select_related("case").first().case
    after = close_stage(
        viewer=Account.objects.get(username="admin"),
        case=case,
        stage=stage,
        seen=case.seq,
        at=NOW,
        given=given,
        **brought(case, stage, facts=facts, evidence=("seen on the spot",)),
    )
    assert stage in queries.state_of(after).done


def test_a_case_that_was_read_for_the_last_time_has_its_final_readings_in_the_books(demo):
    """10(1): a case cannot go past its final readings without them."""
    past = [
        case
        for case in Case.objects.filter(process="move-out", ending="", place__isnull=False)
        if {"read_housing", "read_centre", "read_user"} <= set(queries.state_of(case).done)
    ]
    assert past
    for case in past:
        finals = MeterReading.objects.filter(case=case.number, quality="final")
        hanging = MeterInstallation.objects.filter(usage_point__place=case.place, in_place__endswith=None)
        assert hanging.count() == finals.count() > 0, case.number


def test_lamps_that_burn_after_hours_are_found_and_lead_to_an_act(demo):
    """29: a room's meter that is read each hour ran after 22:30, when the room is closed: from 23:00 to 07:00 eight hours
    of 1.1 kWh, 8.8; what ran from 22:00 to 23:00, when it closed, is nobody's finding."""
    officer = Account.objects.get(username="energy")
    found, is_more = used_outside(officer, first=TODAY - dt.timedelta(days=1), last=TODAY)
    assert {one.point.code for one in found} == {"YS-JXL202-E"}
    (finding,) = [
        one for one in found if one.hours.rule.rule == "premises-supply"
    ]  # by 28 its afternoon is another
    assert (finding.first.hour, finding.until.hour, finding.quantity) == (23, 7, Decimal("8.8"))
    assert not is_more


def test_it_is_made_once_and_never_beside_real_data(demo, taken_back):
    assert not is_empty()
    with pytest.raises(DemonstrationHere, match="only ever added"):
        make_demo(password="x", at=NOW)
    Organisation.objects.filter(is_demo=True).update(is_demo=False)
    with pytest.raises(RealDataHere, match="organisations"):
        make_demo(password="x", at=NOW)
