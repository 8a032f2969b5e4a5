"""What anybody may do without a token: see what is offered, apply, follow, report."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from ninja import Query, Router

from tongdian.api.shapes import public as shapes
from tongdian.api.tickets import for_applicant, upload_of
from tongdian.api.v1.asking import REFUSED, STAFF, Name, Number, Short
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import seen_in
from tongdian.api.v1.standing import standing
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections import actions, queries
from tongdian.connections.actions.repairing import mark
from tongdian.connections.models import Draft, PublishedFee, Repair
from tongdian.connections.rules import NotFoundTogether, Service
from tongdian.files.queries import open_file
from tongdian.parties.limits import address_of, count_try
from tongdian.parties.privacy import notice_on
from tongdian.personal import encrypt
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

offices = Router(tags=["services"])
privacy = Router(tags=["services"])
following = Router(tags=["services"])
repairs = Router(tags=["repairs"], auth=STAFF)


# ---------------------------------------------------------------- what is offered
@offices.get("", response={200: list[shapes.OfficeOut], **REFUSED})
def list_offices(request: HttpRequest) -> Any:
    """The campuses and suppliers to which the public may apply, with their hotlines."""
    return queries.offices(timezone.localdate())


@offices.get("/{short}/services", response={200: list[shapes.ServiceRow], **REFUSED})
def list_services(request: HttpRequest, short: Short) -> Any:
    """What may be applied for here."""
    on = timezone.localdate()
    office = queries.office_short(short, on)
    return [
        _service_row(queries.service_of(office, process.rule, on))
        for _pack, process in queries.services_of(office, on)
    ]


@offices.get("/{short}/services/{name}", response={200: shapes.ServiceOut, **REFUSED})
def show_service(
    request: HttpRequest,
    short: Short,
    name: Name,
    facts: Annotated[
        str, Query(max_length=2000, description='facts known so far, as JSON: {"shop": true}')
    ] = "{}",
) -> Any:
    """Papers, steps and days of a service, straight from the pack, for the facts known so far."""
    on = timezone.localdate()
    found = queries.service_of(queries.office_short(short, on), name, on, _read_facts(facts))
    return {
        **_service_row(found),
        "cite": list(found.cite),
        "asks": list(found.wording.asks),
        "steps": [
            {
                "stage": step.key,
                "title": step.title._asdict(),
                "who": step.who._asdict(),
                "owner": step.owner,
                "limit": step.limit.days if step.limit else None,
                "in_working_days": step.limit.in_working_days if step.limit else True,
                "is_conditional": step.is_conditional,
                "cite": list(step.cite),
            }
            for step in found.steps
        ],
        "papers": [
            {
                "stage": asked.stage._asdict(),
                "is_first": asked.is_first,
                "is_closed": asked.papers.closed,
                "cite": list(asked.answer.cite),
                "papers": [{"item": one.id, "title": one.title._asdict()} for one in asked.papers.papers],
            }
            for asked in found.asked
        ],
    }


def _service_row(found: Service) -> dict[str, Any]:
    return {
        "pack": found.pack.id,
        "process": found.id,
        "title": found.title._asdict(),
        "group": found.group._asdict(),
    }


def _read_facts(text: str) -> dict[str, Any]:
    try:
        facts = json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise BadInput(name="facts", problem=Words("应为 JSON 对象", "must be a JSON object"))
    return facts


@offices.get("/{short}/places", response={200: list[shapes.PlaceChoice], **REFUSED})
def list_places(
    request: HttpRequest,
    short: Short,
    q: Annotated[str, Query(min_length=2, max_length=60, description="two characters or more")],
    service: Annotated[str, Query(max_length=80, description="for which service")] = "",
) -> Any:
    """Places that an applicant may pick, at most twenty: those that the service is about (the halls of which it
    permits the use); without one, shops, rooms, flats, sites and premises."""
    today = timezone.localdate()
    office = queries.office_short(short, today)
    asked = queries.service_of(office, service, today) if service else None
    return [{"id": one.id, "name": one.name} for one in queries.public_places(office, q, asked)]


@offices.get("/{short}/fees", response={200: list[shapes.FeeOut], **REFUSED})
def list_fees(request: HttpRequest, short: Short) -> Any:
    """The published catalogue: what is not in it may not be charged."""
    on = timezone.localdate()
    return [_fee(fee) for fee in queries.fees(queries.office_short(short, on), on=on)]


def _fee(fee: PublishedFee) -> dict[str, Any]:
    named = {name: getattr(fee, name) for name in ("code", "name", "unit", "basis")}
    return {**named, "yuan": str(fee.yuan), "since": fee.in_force.lower}


# ---------------------------------------------------------------- applying and following
@privacy.get("", response={200: shapes.PrivacyNoticeOut, **REFUSED})
def show_privacy_notice(request: HttpRequest) -> Any:
    """What an applicant is told before personal information is taken; `consent` names its version."""
    notice = notice_on(timezone.localdate())
    return {
        "version": notice.version,
        "first_on": notice.first_on,
        "zh": notice.text.zh,
        "en": notice.text.en,
        "identity_zh": notice.identity.zh,
        "identity_en": notice.identity.en,
    }


@deed(offices, "/{short}/services/{name}/applications", gives=shapes.Applied, status=201)
def apply(request: HttpRequest, short: Short, name: Name, asked: shapes.Apply) -> Any:
    """Apply, with the papers uploaded before (POST /uploads).

    Where everything on the list of the first stage is here, that stage is complete with it.
    """
    count_try("apply", address=address_of(request), at=timezone.now())
    at = timezone.now()
    office = queries.office_short(short, timezone.localdate())
    with transaction.atomic():
        draft, _secret = actions.start_draft(organisation=office, process=name, at=at)
        _write(draft, asked)
        case = actions.submit(draft=draft, at=at, language=get_language() or "zh-hans")
    applicant = Applicant(case.id, case.number)
    return {"token": for_applicant(applicant), "standing": standing(case)}


def _write(draft: Draft, asked: shapes.Apply) -> None:
    """The whole application at once, as the screens would have written it one by one."""
    said = asked.model_dump(mode="json", exclude={"facts", "papers", "consent"})
    form = {key: "" if value is None else str(value) for key, value in said.items()}
    form |= {key: str(said[key]).lower() for key in ("wants_power", "wants_water")}
    if asked.consent is not None:
        form |= {
            "notice": str(asked.consent.version),
            "consent": str(asked.consent.personal).lower(),
            "consent_identity": str(asked.consent.identity).lower(),
            "door": "api",
        }
    papers = {
        item: [{"hash": upload_of(one.ticket), "name": one.name or item} for one in pages]
        for item, pages in asked.papers.items()
    }
    written = {"form": form, "facts": asked.facts, "papers": papers}
    draft.content = encrypt(json.dumps(written, ensure_ascii=False))
    draft.save(update_fields=["content"])


@following.post("", response={200: shapes.Tracked, **REFUSED})
def track(request: HttpRequest, asked: shapes.Track) -> Any:
    """Follow a case or a repair by its number and the telephone given in it.

    The token of a case is good for an hour and opens everything of that case that its applicant
    may see and do. Which of the two was wrong is not told; tries are counted.
    """
    number = "".join(asked.number.split()).upper()
    count_try("track", number, address=address_of(request), at=timezone.now())
    if number.startswith("BX-"):
        repair = queries.tracked_repair(number, asked.phone)
        return {"token": None, "standing": None, "repair": _repair(repair)}
    applicant = queries.track(number, asked.phone)
    case = Case.objects.get(pk=applicant.case)
    return {"token": for_applicant(applicant), "standing": standing(case), "repair": None}


# ---------------------------------------------------------------- repairs
@deed(offices, "/{short}/repairs", gives=shapes.RepairOut, status=201)
def report(request: HttpRequest, short: Short, asked: shapes.Report) -> Any:
    """Report what is broken (报修)."""
    count_try("repair", address=address_of(request), at=timezone.now())
    office = queries.office_short(short, timezone.localdate())
    photos = [open_file(upload_of(ticket)).content for ticket in asked.photos]
    made = actions.report_repair(
        organisation=office,
        utility=asked.utility,
        what=asked.what,
        place_text=asked.place_text,
        phone=asked.phone,
        name=asked.name,
        is_urgent=asked.is_urgent,
        photos=photos,
        at=timezone.now(),
    )
    return _repair(made)


@repairs.get("", response={200: shapes.Repairs, **REFUSED})
def list_repairs(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The repairs of your offices, newest first."""
    rows = queries.repairs(request.auth)  # type: ignore[attr-defined]
    return page(rows.prefetch_related("steps"), after, limit, _repair)


@repairs.get("/{number}", response={200: shapes.RepairOut, **REFUSED})
def show_repair(request: HttpRequest, number: Number) -> Any:
    """One repair with its steps."""
    return _repair(_one(request, number))


@deed(repairs, "/{number}/steps", gives=shapes.RepairOut, status=201)
def work(request: HttpRequest, number: Number, asked: shapes.WorkOnRepair) -> Any:
    """Take a repair on, say it is mended, or say whose it is instead."""
    viewer = request.auth  # type: ignore[attr-defined]
    return _repair(
        actions.take_repair_on(
            viewer=viewer,
            repair=_one(request, number),
            state=asked.state,
            note=asked.note,
            at=timezone.now(),
            seen=seen_in(request, asked),
        )
    )


def _one(request: HttpRequest, number: str) -> Repair:
    found = queries.repairs(request.auth).filter(number=number).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFoundTogether
    return found


def _repair(repair: Repair) -> dict[str, Any]:
    same = ("number", "utility", "what", "is_urgent", "state", "reported_at")
    steps = sorted(repair.steps.all(), key=lambda one: one.pk.int)
    return {
        **{name: getattr(repair, name) for name in same},
        "organisation": repair.organisation.short,
        "place": repair.place_text,
        "seen": mark(repair),
        "steps": [{"at": one.at, "state": one.state, "note": one.note} for one in steps],
    }
