"""Applying, tracking, rating, visits, repairs and charges."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tongdian.audit_log.actions import record
from tongdian.cases import actions as cases
from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case, Channel, OpenStage, Paper
from tongdian.cases.rules import Applicant
from tongdian.connections import printing, queries
from tongdian.connections.models import (
    Application,
    Charge,
    Draft,
    PublishedFee,
    Rating,
    Repair,
    RepairStep,
    Visit,
)
from tongdian.connections.rules import (
    DRAFTS_ARE_KEPT,
    PRINTED_FORMS,
    NoSuchSlot,
    NotInCatalogue,
    NotOverYet,
    OnlineCounter,
    RatedAlready,
    charge_of,
)
from tongdian.files.actions import keep_document, store
from tongdian.network.models import Place
from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.permissions import must_be_allowed
from tongdian.parties.personal import encrypt, lookup
from tongdian.parties.queries import customer_with_identity
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words


# ---------------------------------------------------------------- drafts
def start_draft(*, organisation: Organisation, process: str, at: dt.datetime) -> tuple[Draft, str]:
    """Begin an application; the second value is the secret of its address."""
    service = queries.service_of(organisation, process, timezone.localdate(at))
    token = secrets.token_urlsafe(24)
    empty: dict[str, Any] = {"form": {}, "facts": {}, "papers": {}}
    row = Draft.objects.create(
        token_hash=queries.token_hash(token),
        organisation=organisation,
        pack=service.pack.id,
        process=process,
        content=encrypt(json.dumps(empty)),
        changed_at=at,
    )
    return row, token


def save_draft(
    *,
    draft: Draft,
    at: dt.datetime,
    form: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Draft:
    """Keep what was typed, right or wrong: nothing typed is lost."""
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
        written["form"] |= dict(form or {})
        written["facts"] |= dict(facts or {})
        return _write(row, written, at)


def add_draft_paper(
    *, draft: Draft, item: str, content: bytes, name: str, at: dt.datetime
) -> Draft:
    """Add a page of a paper. Raises what `files` refuses."""
    with transaction.atomic():
        stored = store(content=content, at=at)
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
        pages = written["papers"].setdefault(item, [])
        if all(page["hash"] != stored.hash for page in pages):
            pages.append({"hash": stored.hash, "name": name[:200]})
        return _write(row, written, at)


def remove_draft_paper(*, draft: Draft, item: str, hash_: str, at: dt.datetime) -> Draft:
    """Take a page out again."""
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
        pages = written["papers"].get(item, [])
        written["papers"][item] = [page for page in pages if page["hash"] != hash_]
        return _write(row, written, at)


def _write(row: Draft, written: Mapping[str, Any], at: dt.datetime) -> Draft:
    row.content = encrypt(json.dumps(written, ensure_ascii=False))
    row.changed_at = at
    row.save(update_fields=["content", "changed_at"])
    return row


def forget_drafts(*, at: dt.datetime) -> int:
    """Forget what nobody sent for thirty days; how many."""
    old = Draft.objects.filter(changed_at__lt=at - DRAFTS_ARE_KEPT)
    return old.delete()[0]


# ---------------------------------------------------------------- applying
def submit(*, draft: Draft, at: dt.datetime, language: str = "zh-hans") -> Case:
    """Send a draft: the applicant is entered, the case opened, the papers handed in.

    The form that is this program's own is printed and kept with them. Where the first stage is the
    applicant's and everything on its list is here, it is complete with that.
    """
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        if row.case_id is not None:
            return Case.objects.get(pk=row.case_id)  # sent twice, applied once
        written = queries.content(row)
        form = written["form"]
        case = apply(
            viewer=OnlineCounter(row.organisation),
            organisation=row.organisation,
            pack=row.pack,
            process=row.process,
            customer=_applicant(row.organisation, form, at),
            form=form,
            facts={name: value for name, value in written["facts"].items() if value != ""},
            papers=written["papers"],
            channel=Channel.ONLINE,
            at=at,
            language=language,
        )
        row.case = case
        row.content = encrypt(json.dumps({"form": {}, "facts": {}, "papers": {}}))
        row.save(update_fields=["case", "content"])
    return case


def apply(
    *,
    viewer: Any,
    organisation: Organisation,
    pack: str,
    process: str,
    customer: Customer,
    form: Mapping[str, Any],
    facts: Mapping[str, Any],
    papers: Mapping[str, Sequence[Mapping[str, str]]],
    channel: str,
    at: dt.datetime,
    claimed_on: dt.date | None = None,
    language: str = "zh-hans",
) -> Case:
    """Open a case with its application and papers, online or at the counter."""
    place = Place.objects.filter(pk=form["place"]).first() if form.get("place") else None
    with transaction.atomic():
        case = cases.open_case(
            viewer=viewer,
            organisation=organisation,
            pack=pack,
            process=process,
            customer=customer,
            place=place,
            at=at,
            facts=facts,
            channel=channel,
            claimed_on=claimed_on,
        )
        application = Application.objects.create(case=case, language=language, **_asked_for(form))
        applicant = Applicant(case.id, case.number)
        _hand_in(case, application, papers, applicant, at)
        _complete_first_stages(case, applicant, at, claimed_on)
    return case


def _applicant(organisation: Organisation, form: Mapping[str, str], at: dt.datetime) -> Customer:
    """The customer of that identity number if the name is the same, else a new one."""
    for name, title in (("name", Words("姓名", "name")), ("phone", Words("手机", "telephone"))):
        if not form.get(name, "").strip():
            raise BadInput(name=title, problem=Words("未填写", "is missing"))
    identity = form.get("identity", "").strip()
    known = customer_with_identity(organisation, identity) if identity else None
    if known is not None:
        if known.name != " ".join(form["name"].split()):
            raise BadInput(
                name=Words("证件号码", "identity number"),
                problem=Words("与姓名不符", "does not belong to that name"),
            )
        return known
    return enter_customer(
        viewer=OnlineCounter(organisation),
        organisation=organisation,
        name=form["name"],
        kind=form.get("kind", "person"),
        identity=identity,
        phone=form["phone"],
        contact=form.get("contact", ""),
        email=form.get("email", ""),
        address=form.get("address", ""),
        at=at,
    )


def _asked_for(form: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an Application from a form's texts."""
    kw = str(form.get("capacity_kw") or "").strip()
    return {
        "place_text": str(form.get("place_text", ""))[:200],
        "purpose": str(form.get("purpose", ""))[:200],
        "wants_power": form.get("wants_power", "true") in (True, "true", "on"),
        "wants_water": form.get("wants_water", "") in (True, "true", "on"),
        "capacity_kw": Decimal(kw) if kw else None,
        "from_on": _day(form.get("from_on")),
        "last_on": _day(form.get("last_on")),
        "remark": str(form.get("remark", "")),
    }


def _day(text: Any) -> dt.date | None:
    return dt.date.fromisoformat(str(text)) if text else None


def _hand_in(
    case: Case,
    application: Application,
    papers: Mapping[str, Sequence[Mapping[str, str]]],
    applicant: Applicant,
    at: dt.datetime,
) -> None:
    state = case_queries.state_of(case)
    for listed in case_queries.paper_lists(case, state):
        for wanted in listed.needed:
            pages = list(papers.get(wanted.item, ()))
            if not pages and wanted.item in PRINTED_FORMS:
                pdf = keep_document(content=printing.approval_form(case, application), at=at)
                pages = [{"hash": pdf.hash, "name": f"{wanted.title.zh}.pdf"}]
            for page in pages:
                cases.receive_paper(
                    viewer=applicant,
                    case=case,
                    item=wanted.item,
                    file=page["hash"],
                    name=page["name"],
                    at=at,
                )


def _complete_first_stages(
    case: Case, applicant: Applicant, at: dt.datetime, claimed_on: dt.date | None
) -> None:
    """The applicant's own first stage ends with the application, where nothing is missing."""
    for stage in OpenStage.objects.filter(case=case, owner="customer").order_by("stage"):
        state = case_queries.state_of(case)
        listed = case_queries.paper_list(case, state, stage.stage)
        if listed is not None and not listed.missing:
            cases.close_stage(
                viewer=applicant,
                case=case,
                stage=stage.stage,
                seen=state.seq,
                at=at,
                claimed_on=claimed_on,
            )
    case.refresh_from_db()


def hand_in_paper(
    *, viewer: Any, case: Case, item: str, content: bytes, name: str, at: dt.datetime
) -> Paper:
    """A page handed in later, by the applicant or an officer."""
    with transaction.atomic():
        stored = store(content=content, at=at)
        return cases.receive_paper(
            viewer=viewer, case=case, item=item, file=stored.hash, name=name[:200], at=at
        )


def rate(*, applicant: Applicant, case: Case, score: int, comment: str, at: dt.datetime) -> Rating:
    """The applicant's word at the end, once. Raises NotOverYet, RatedAlready."""
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=applicant.case)
        if locked.ending != "finished":
            raise NotOverYet
        if Rating.objects.filter(case=locked).exists():
            raise RatedAlready
        if score not in range(1, 6):
            raise BadInput(
                name=Words("评分", "score"), problem=Words("应为 1 至 5", "must be 1 to 5")
            )
        row = Rating.objects.create(case=locked, score=score, comment=comment.strip(), at=at)
        record(
            actor=applicant.actor,
            action="case.rated",
            subject=f"case:{locked.id}",
            payload={"score": score},
            at=at,
        )
    return row


# ---------------------------------------------------------------- visits
def book_visit(*, viewer: Any, case: Case, starts_at: dt.datetime, at: dt.datetime) -> Visit:
    """Book one of the hours that the office in whose hands the case is offers.

    A visit booked before for the same stage is given up. Raises NoSuchSlot.
    """
    with transaction.atomic():
        stage = queries.stage_with_visit(case)
        if stage is None or stage.office is None:
            raise NoSuchSlot(slot=f"{timezone.localtime(starts_at):%Y-%m-%d %H:%M}")
        Organisation.objects.select_for_update().get(pk=stage.office_id)  # one booking at a time
        earlier = Visit.objects.filter(case=case, stage=stage.stage, state=Visit.State.BOOKED)
        earlier.update(state=Visit.State.CANCELLED)
        if starts_at not in queries.free_slots(case, stage.office, at=at):
            raise NoSuchSlot(slot=f"{timezone.localtime(starts_at):%Y-%m-%d %H:%M}")
        visit = Visit.objects.create(
            case=case,
            stage=stage.stage,
            office=stage.office,
            starts_at=starts_at,
            by=viewer.actor,
        )
        record(
            actor=viewer.actor,
            action="visit.book",
            subject=f"case:{case.id}",
            payload={"stage": stage.stage, "at": starts_at.isoformat()},
            at=at,
        )
    return visit


def end_visit(*, viewer: Any, visit: Visit, state: str, note: str, at: dt.datetime) -> Visit:
    """Whoever went says whether it was done, or nobody was there; anyone in it may cancel."""
    own = isinstance(viewer, Applicant) and viewer.case == visit.case_id
    if not (own and state == Visit.State.CANCELLED):
        must_be_allowed(viewer, "cases.work", Words("登记上门结果", "settle visits"), visit.office)
    with transaction.atomic():
        row = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
        row.state, row.note = Visit.State(state), note[:200]
        row.save(update_fields=["state", "note"])
        record(
            actor=viewer.actor,
            action=f"visit.{state}",
            subject=f"case:{row.case_id}",
            payload={"stage": row.stage, "note": row.note},
            at=at,
        )
    return row


# ---------------------------------------------------------------- repairs
def report_repair(
    *,
    organisation: Organisation,
    utility: str,
    what: str,
    place_text: str,
    phone: str,
    at: dt.datetime,
    name: str = "",
    place: Place | None = None,
    is_urgent: bool = False,
    photos: Sequence[bytes] = (),
) -> Repair:
    """A fault reported by anybody. Raises BadInput, what `files` refuses, NotAPhoneNumber."""
    from tongdian.parties.numbers import checked_phone

    if not what.strip() or not (place_text.strip() or place):
        raise BadInput(
            name=Words("报修内容和地点", "what is broken, and where"),
            problem=Words("未填写", "is missing"),
        )
    number = checked_phone(phone)
    with transaction.atomic():
        row = Repair.objects.create(
            number=_next_repair(organisation, timezone.localdate(at).year),
            organisation=organisation,
            place=place,
            place_text=(place_text.strip() or (place.name if place else ""))[:200],
            utility=utility,
            what=what.strip(),
            is_urgent=is_urgent,
            photos=[store(content=photo, at=at).hash for photo in photos],
            name=encrypt(name.strip()),
            phone=encrypt(number),
            phone_lookup=lookup(number),
            reported_at=at,
        )
        _repair_step(row, Repair.State.REPORTED, "", f"online:{organisation.short}", at)
    return row


def take_repair_on(
    *, viewer: Any, repair: Repair, state: str, note: str, at: dt.datetime
) -> Repair:
    """Take a repair on, mend it, or say whose it is instead. Raises NotAllowed."""
    must_be_allowed(
        viewer,
        "connections.answer_repairs",
        Words("处理报修", "answer repairs"),
        repair.organisation,
    )
    with transaction.atomic():
        row = Repair.objects.select_for_update(of=("self",)).get(pk=repair.pk)
        row.state = Repair.State(state)
        if row.state == Repair.State.TAKEN:
            row.assigned_to = viewer
        row.save(update_fields=["state", "assigned_to"])
        _repair_step(row, state, note, viewer.actor, at)
    return row


def _repair_step(row: Repair, state: str, note: str, by: str, at: dt.datetime) -> None:
    RepairStep.objects.create(repair=row, state=state, note=note.strip(), by=by, at=at)
    record(
        actor=by,
        action=f"repair.{state}",
        subject=f"repair:{row.id}",
        payload={"number": row.number},
        at=at,
    )


def _next_repair(organisation: Organisation, year: int) -> str:
    """BX-YS-2026-000017, counted apart from cases."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"repair {organisation.id}"])
    begins = f"BX-{organisation.short}-{year}-"
    last = Repair.objects.filter(number__startswith=begins).order_by("-number").first()
    return f"{begins}{int(last.number.rsplit('-', 1)[1]) + 1 if last else 1:06d}"


# ---------------------------------------------------------------- fees
def publish_fee(
    *,
    viewer: Any,
    organisation: Organisation,
    code: str,
    name: str,
    unit: str,
    yuan: Decimal,
    basis: str,
    first: dt.date,
    at: dt.datetime,
    is_demo: bool = False,
) -> PublishedFee:
    """Publish a fee, or its new price, from a day on; the price before ends with the day before."""
    from tongdian.parties.models import since

    must_be_allowed(
        viewer, "connections.publish_fees", Words("公布收费目录", "publish fees"), organisation
    )
    if not basis.strip():
        raise BadInput(name=Words("收费依据", "basis"), problem=Words("未填写", "is missing"))
    with transaction.atomic():
        before = PublishedFee.objects.select_for_update().filter(
            organisation=organisation, code=code, in_force__contains=first
        ).first()  # fmt: skip
        if before is not None:
            before.in_force = since(before.in_force.lower, first)
            if before.in_force.lower == first:
                raise BadInput(
                    name=Words("收费标准", "fee"),
                    problem=Words("当日已经公布", "was published for that day already"),
                )
            before.save(update_fields=["in_force"])
        row = PublishedFee.objects.create(
            organisation=organisation,
            code=code,
            name=name,
            unit=unit,
            yuan=yuan,
            basis=basis.strip(),
            in_force=since(first),
            is_demo=is_demo,
        )
        record(
            actor=viewer.actor,
            action="fee.publish",
            subject=f"fee:{organisation.short}/{code}",
            payload={"yuan": str(yuan), "unit": unit, "basis": basis.strip(), "from": str(first)},
            at=at,
        )
    return row


def charge(*, viewer: Any, case: Case, code: str, quantity: Decimal, at: dt.datetime) -> Charge:
    """Charge a fee of the catalogue in a case. Raises NotAllowed, NotInCatalogue."""
    on = timezone.localdate(at)
    must_be_allowed(viewer, "cases.open", Words("收取费用", "charge fees"), case.organisation)
    fee = queries.fee_on(case.organisation, code, on=on)
    if fee is None:
        raise NotInCatalogue(fee=code, on=on, cite=Words("附件1/37", "task 37"))
    with transaction.atomic():
        row = Charge.objects.create(
            case=case,
            fee=fee,
            quantity=quantity,
            yuan=charge_of(fee.yuan, quantity),
            on=on,
            by=viewer.actor,
            at=at,
        )
        record(
            actor=viewer.actor,
            action="case.charge",
            subject=f"case:{case.id}",
            payload={"fee": code, "quantity": str(quantity), "yuan": str(row.yuan)},
            at=at,
        )
    return row
