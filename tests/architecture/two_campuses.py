"""Two campuses with one of everything each, and somebody of every role in the first."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from tests.agreements.spreadsheets import PLACES, workbook
from tests.cases.conftest import adopt, at, organisation
from tests.connections.conftest import picture

ROLES = ("administrator", "officer", "clerk", "technician", "supervisor", "auditor")


def build(viewer: Any) -> SimpleNamespace:
    """`ours` and `theirs`: dictionaries of what an address may name; `people` by role, in ours."""
    ours = _campus("YS", "雁山校区", "450311", viewer)
    theirs = _campus("YC", "育才校区", "450305", viewer)
    people = {role: viewer(role, f"our-{role}", at=ours["_campus"]) for role in ROLES}
    people["customer"] = viewer("customer", "our-customer")
    return SimpleNamespace(ours=ours, theirs=theirs, people=people)


def _campus(short: str, name: str, region: str, viewer: Any) -> dict[str, Any]:
    from tongdian.cases.actions.force_majeure import add_event, add_proof
    from tongdian.connections.actions.fees import publish_fee
    from tongdian.metering.actions.meters import add_meter, fit_meter
    from tongdian.metering.actions.parts import add_virtual_meter
    from tongdian.metering.actions.routes import add_reading_route
    from tongdian.network import actions as network
    from tongdian.parties.actions.customers import enter_customer

    campus = organisation("campus", name, short, region=region)
    energy = organisation("office", f"{name}节能办", f"{short}J", parent=campus, fills=["energy-office"])
    organisation("office", f"{name}水电", f"{short}S", parent=campus, fills=["utilities-centre"])
    adopt(campus, "gxnu-2016-4")
    admin = viewer("administrator", f"{short}-admin".lower(), at=campus)
    now = at("2026-03-01")
    place = network.add_place(
        viewer=admin, organisation=campus, kind="shop", code="S3", name=f"{name}三号门面", at=now
    )
    fee = publish_fee(
        viewer=admin,
        organisation=campus,
        code="card",
        name="补办电卡",
        unit="张",
        yuan=Decimal(20),
        basis="第十五条（三）",
        first_on=dt.date(2026, 1, 1),
        at=now,
    )
    feeder = network.add_feeder(
        viewer=admin, organisation=campus, utility="power", code="F1", name="一号线", at=now
    )
    transformer = network.add_transformer(
        viewer=admin, feeder=feeder, code="T1", name="一号变", capacity_kva=400, at=now
    )
    point = network.add_usage_point(viewer=admin, place=place, utility="power", code=f"{short}-P1", at=now)
    meter = add_meter(
        viewer=admin,
        organisation=campus,
        code=f"D-{short}",
        utility="power",
        kind="ordinary",
        multiplier=Decimal(1),
        digits=Decimal(6),
        decimals=Decimal(2),
        owner="supplier",
        at=now,
    )
    virtual = add_virtual_meter(
        viewer=admin, organisation=campus, code=f"V-{short}", name="合计", utility="power", at=now
    )
    route = add_reading_route(viewer=admin, organisation=campus, code=f"R-{short}", name="一线", at=now)
    fit_meter(viewer=admin, meter=meter, usage_point=point, on=dt.date(2026, 3, 1), value=Decimal(12), at=now)
    customer = enter_customer(
        viewer=admin, organisation=campus, name=f"{short}的用户", phone="13807730001", at=now
    )
    event = add_event(
        viewer=admin,
        organisation=campus,
        code="FM-1",
        title="洪水",
        region=campus.region,
        from_on=dt.date(2026, 2, 27),
        proof="预警",
        at=now,
    )
    made = {
        "short": short,
        "organisation": campus.pk,
        "office": energy.pk,
        "place": place.pk,
        "feeder": feeder.pk,
        "fee": fee.pk,
        "event": event.pk,
        "transformer": transformer.pk,
        "point": point.pk,
        "meter": meter.pk,
        "virtual": virtual.pk,
        "route": route.pk,
        "customer": customer.pk,
        "person": admin.pk,
        "role": admin.memberships.get().pk,
        "_campus": campus,
        "secret": customer.name,
    }
    made |= _worked_on(admin, campus, place, point, customer)
    made |= _billed(admin, campus, meter)
    made |= _opened(admin, campus, place)
    add_proof(viewer=admin, event=event, file=made["hash"], name="x", at=now)
    return made | _paid(admin, campus, place, customer)


def _opened(admin: Any, campus: Any, place: Any) -> dict[str, Any]:
    """What is told of the school's days, a timetable of the place, and a permit."""
    from tongdian.supply.actions import days
    from tongdian.supply.models import CourseLesson, OutdoorTemperature, Permit, SeatCount

    known: dict[str, Any] = {"viewer": admin, "at": timezone.now(), "reason": "x"}
    soon = timezone.localdate() + dt.timedelta(days=1)
    fact = days.tell_school_days(
        organisation=campus, fact="vacation", value="none", first_on=soon, last_on=soon, **known
    )
    moved = days.move_school_day(organisation=campus, on=soon, is_working=True, **known)
    timetable = days.govern_place(place=place, kind="dormitory-supply", first_on=soon, last_on=None, **known)
    first = timezone.now()
    permit = Permit.objects.create(
        organisation=campus, place=place, pack="gxnu-2016-4", permit="staying", first_at=first,
        until_at=first + dt.timedelta(days=1), purpose="x", cite=["39"], at=first, by=admin,
    )  # fmt: skip
    lesson = CourseLesson.objects.create(
        organisation=campus, place=place, code="2026S-1", use="teaching", title="x", weekday="2", starts="08:00",
        ends="09:40", first_on=soon, last_on=soon, entered_on=soon,
    )  # fmt: skip
    seats = SeatCount.objects.create(
        organisation=campus, place=place, counted_at=first, seats=120, seated=96, answer="may_open"
    )
    temperature = OutdoorTemperature.objects.create(
        organisation=campus, measured_at=first, celsius=18, station="x"
    )
    return {
        "school_fact": fact.pk, "school_day": moved.pk, "place_timetable": timetable.pk, "permit": permit.pk,
        "lesson": lesson.pk, "seats": seats.pk, "temperature": temperature.pk,
    }  # fmt: skip


def _paid(admin: Any, campus: Any, place: Any, customer: Any) -> dict[str, Any]:
    from tongdian.accounts.actions.agreeing import propose_money
    from tongdian.accounts.actions.charging import charge_once
    from tongdian.accounts.actions.collecting import open_bank_account, take_payment
    from tongdian.accounts.actions.late import halt_collection
    from tongdian.accounts.actions.opening import open_account
    from tongdian.accounts.models import BankLine

    known: dict[str, Any] = {"viewer": admin, "at": timezone.now()}
    account = open_account(customer=customer, place=place, **known)
    bank = open_bank_account(organisation=campus, name="农行", **known)
    receipt = take_payment(account=account, yuan=Decimal(10), payer="", **known)
    debt = charge_once(account=account, item="card", paper="x", **known)
    proposal = propose_money(
        account=account, deed="write_off", yuan=Decimal(1), reason="x", debt=str(debt.pk), **known
    )
    today = timezone.localdate()
    halt = halt_collection(account=account, ground="dispute", cite="22", first_on=today, **known)
    line = BankLine.objects.create(
        organisation=campus,
        bank=bank,
        number="N1",
        on=today,
        fen=100,
        payer=customer.name,
        file="0" * 64,
        at=known["at"],
        by=admin,
    )
    return {
        "account": account.pk,
        "box": receipt.into_id,
        "bank": bank.pk,
        "receipt": receipt.pk,
        "debt": debt.pk,
        "proposal": proposal.pk,
        "halt": halt.pk,
        **_stopped(admin, place),
        "line": line.pk,
    }


def _stopped(admin: Any, place: Any) -> dict[str, Any]:
    """The power of the shop is stopped for works, and a switch there was told to cut it."""
    from tongdian.supply.actions.stopping import stop_for_safety
    from tongdian.supply.actions.switching import plan_switching
    from tongdian.supply.models import SupplySwitch

    point = place.usage_points.filter(utility="power").first()
    known: dict[str, Any] = {"viewer": admin, "at": timezone.now(), "reason": "x"}
    stop = stop_for_safety(point=point, on=timezone.localdate(), cite="6", **known)
    switch = SupplySwitch.objects.create(
        organisation=place.organisation,
        usage_point=point,
        code="K1",
        host=f"10.0.0.{1 + SupplySwitch.objects.count()}",
        port=502,
        unit=1,
        coil=1,
    )
    told = plan_switching(switch=switch, is_on=False, is_trial=False, **known)
    return {"stop": stop.pk, "switch": switch.pk, "command": told.pk}


def _billed(admin: Any, campus: Any, meter: Any) -> dict[str, Any]:
    """A bill of the shop with an objection to it, and a run that is still looked at."""
    from tongdian.billing.actions import objecting, runs
    from tongdian.billing.models import Bill, RunItem
    from tongdian.metering.actions.readings import read_meter
    from tongdian.metering.actions.timed import read_meter_at
    from tongdian.metering.models import IntervalDay

    IntervalDay.objects.create(
        meter=meter, channel="E1", on=dt.date(2026, 3, 5), minutes=30, unit="kWh", values=[Decimal("0.5")] * 48,
        qualities=[[1, 48, "A", "", ""]], at=at("2026-03-06"),
    )  # fmt: skip
    seen, end = dt.date(2026, 3, 2), at("2026-03-02")
    read_meter_at(
        viewer=admin, meter=meter, read_at=at("2026-03-04", 19), value=Decimal("12.2"), at=at("2026-03-05")
    )
    read_meter(viewer=admin, meter=meter, on=seen, value=Decimal("12.5"), quality="actual", at=end)
    spans = {"first_on": dt.date(2026, 3, 1), "until": seen, "due_on": dt.date(2026, 3, 20)}
    run = runs.start_run(viewer=admin, organisation=campus, note="", at=end, **spans)
    preview = runs.prepare(run=run, at=end)
    other = _second(campus)
    runs.release_run(viewer=other, run=run, preview=preview.number, at=end)
    runs.post_released(run=run, at=end)
    bill = Bill.objects.get(run=run)
    dispute = objecting.object_to_bill(viewer=admin, bill=bill, on=seen, text="x", at=end)
    looked_at = runs.start_run(viewer=admin, organisation=campus, note="", at=end, **spans)
    runs.prepare(run=looked_at, at=end)
    item = RunItem.objects.filter(preview=preview).first()
    assert item is not None
    found = {"bill": bill.pk, "billing_run": looked_at.pk, "held": item.pk, "objection": dispute.pk}
    return found | _with_quotas(admin, bill, end)


def _with_quotas(admin: Any, bill: Any, when: dt.datetime) -> dict[str, Any]:
    """A report of January, a plan of the year, and a guard room."""
    from tongdian.billing.models import QuotaPlan, QuotaRoom, UsageReport

    said = {"organisation": bill.organisation, "at": when, "by": admin, "number": 1}
    report = UsageReport.objects.create(month=dt.date(2026, 1, 1), unbilled_days=0, hash="0" * 64, **said)
    plan = QuotaPlan.objects.create(year=2026, measures="x", **said)
    del said["number"]
    payer = _payer(admin, bill, when)
    room = QuotaRoom.objects.create(
        account=bill.account,
        payer=payer,
        kind="guard_room",
        first_on=dt.date(2026, 1, 1),
        kwh=Decimal(1),
        paper="x",
        **said,
    )
    return {"report": report.pk, "plan": plan.pk, "room": room.pk}


def _payer(admin: Any, bill: Any, when: dt.datetime) -> Any:
    """Another account of the same customer."""
    from tongdian.accounts.actions.opening import open_account
    from tongdian.network import actions as network

    place = network.add_place(
        viewer=admin, organisation=bill.organisation, kind="shop", code="G1", name="值班室", at=when
    )
    return open_account(viewer=admin, customer=bill.account.customer, place=place, at=when)


def _second(campus: Any) -> Any:
    """Another officer of the campus."""
    from tongdian.parties.models import Account, Membership, since

    found = Account.objects.create(username=f"{campus.short}-second".lower())
    Membership.objects.create(
        account=found, role="officer", organisation=campus, in_force=since(dt.date(2020, 1, 1))
    )
    return found


def _worked_on(admin: Any, campus: Any, place: Any, point: Any, customer: Any) -> dict[str, Any]:
    from tongdian.agreements.actions import agreeing, importing, signing
    from tongdian.api.models import Subscription
    from tongdian.cases import actions as cases
    from tongdian.cases.models import OpenStage
    from tongdian.conduct.actions.education import enter_education
    from tongdian.conduct.actions.recording import record_act
    from tongdian.conduct.actions.reporting import report_violation
    from tongdian.connections import actions as connections
    from tongdian.connections.models import CaseText, Visit
    from tongdian.notices.actions import Recipient, notify
    from tongdian.parties.actions.acting import appoint_stand_in
    from tongdian.parties.models import Account, Membership, since
    from tongdian.runs.actions.bringing import Brought, bring

    now = at("2026-03-02")
    case = cases.open_case(
        viewer=admin,
        organisation=campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=customer,
        place=place,
        at=now,
    )
    paper = connections.hand_in_paper(
        viewer=admin, case=case, item="shop-lease", content=picture(campus.short), name="x", at=now
    )
    agreement = agreeing.sign(
        viewer=admin,
        usage_point=point,
        customer=customer,
        pack="gxnu-2016-4",
        customer_class="shop",
        price_category="commercial",
        first_on=dt.date(2026, 1, 1),
        at=now,
    )
    text = signing.draw_up(
        viewer=admin, customer=customer, usage_point=point, title="协议", body="甲乙双方", terms={}, at=now
    )
    CaseText.objects.create(text=text, case=case, at=now)
    run = bring(
        viewer=admin,
        organisation=campus,
        pack="gxnu-2016-4",
        rule="residential-electricity",
        on=dt.date(2026, 3, 31),
        files={
            grain: [Brought(f"{grain}.csv", b"bill,start\nB-1,2026-03-01\n")] for grain in ("bill", "segment")
        },
        at=timezone.now(),
    )
    repair = connections.report_repair(
        organisation=campus,
        utility="water",
        what=f"{campus.short}漏水",
        place_text="楼下",
        phone="13807730001",
        photos=[picture("tap")],
        at=now,
    )
    taught = enter_education(
        viewer=admin, organisation=campus, on=timezone.localdate(), topic="saving", title="x", text="x", paper="x",
        at=timezone.now(),
    )  # fmt: skip
    act = record_act(
        viewer=admin, organisation=campus, place=place, customer=customer, act="bypassed-meter", on=now.date(),
        hour="00:00", text=f"{campus.short}绕表", photograph=picture("meter"), at=now,
    )  # fmt: skip
    seen = report_violation(
        organisation=campus, where="楼下", text=f"{campus.short}绕表", photograph=picture("seen"), at=now
    )
    visit = Visit.objects.create(
        case=case,
        stage="apply",
        office=campus,
        starts_at=timezone.now() + dt.timedelta(days=2),
        by=admin.actor,
    )
    brought = importing.stage(
        viewer=admin,
        organisation=campus,
        kind="places",
        file_name="x.xlsx",
        content=workbook(PLACES, ("S9", "门面", "九号门面", "", "", "")),
        at=now,
    )
    notice = notify(
        name="due-soon",
        organisation=campus.pk,
        to=Recipient(account=admin),
        subject="case:x",
        params=dict.fromkeys(("case", "stage", "place", "due", "left", "link"), "x"),
        at=now,
    )
    colleague = Account.objects.create(username=f"{campus.short}-colleague".lower())
    Membership.objects.create(
        account=colleague, role="administrator", organisation=campus, in_force=since(dt.date(2020, 1, 1))
    )
    today = timezone.localdate()
    acting = appoint_stand_in(
        viewer=admin,
        absent=admin,
        stand_in=colleague,
        first=today,
        last=today,
        reason="出差",
        at=timezone.now(),
    )
    webhook = Subscription.objects.create(
        organisation=campus,
        title="x",
        address="https://example.com/",
        secret=b"x",
        made_by=admin,
        made_at=now,
    )
    assert OpenStage.objects.filter(case=case).count() == 1
    return {
        "case": case.number,
        "paper": paper.pk,
        "hash": paper.file,
        "agreement": agreement.pk,
        "text": text.pk,
        "repair": repair.number,
        "photo": repair.photos[0],
        "act": act.number,
        "conduct_report": seen.pk,
        "education": taught.pk,
        "visit": visit.pk,
        "import": brought.pk,
        "run": run.pk,
        "notice": notice.pk,
        "delivery": notice.deliveries.first().pk,
        "webhook": webhook.pk,
        "stage": "apply",
        "acting": acting.pk,
    }
