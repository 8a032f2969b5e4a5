"""Steps on cases. Each answers with the little that is new: where the case stands now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router

from tongdian.allowed import must_be_allowed
from tongdian.api.rules import SeenMissing
from tongdian.api.shapes import cases as shapes
from tongdian.api.tickets import upload_of
from tongdian.api.v1.asking import ANYBODY_IN_IT, STAFF, Name, Number
from tongdian.api.v1.cases import cases
from tongdian.api.v1.doing import deed
from tongdian.api.v1.standing import standing
from tongdian.calendar import legal_day
from tongdian.cases import actions, queries
from tongdian.cases.models import Assignment, Case
from tongdian.cases.rules import EVIDENCE_FILE, NoSuchCase, evidence_file
from tongdian.connections.actions import take_application
from tongdian.connections.rules import NoSuchService
from tongdian.network import queries as network
from tongdian.parties import queries as parties
from tongdian.policy.process import Process
from tongdian.policy.refusals import BadInput, Refusal
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook

Claim = Annotated[int, Path(ge=1, le=2**31 - 1, description="`seq` of the event that claims it")]
steps = Router(tags=["steps on cases"], auth=ANYBODY_IN_IT)


@contextmanager
def refusing(viewer: Any, number: str) -> Iterator[None]:
    """For an action on a case that asks for itself whether the viewer may.

    Only when it refuses is it asked whether the viewer may see the case at all: who may not is
    told that there is none, and who may is not kept waiting by the question.
    """
    try:
        yield
    except Refusal:
        queries.case_numbered(viewer, number)
        raise


@contextmanager
def on_case(viewer: Any, number: str) -> Iterator[Case]:
    """As `refusing`, with the case."""
    case = Case.objects.filter(number=number).first()
    if case is None:
        raise NoSuchCase(case=number)
    with refusing(viewer, number):
        yield case


def _step(request: HttpRequest, step: shapes.Step) -> dict[str, Any]:
    return {
        "viewer": request.auth,  # type: ignore[attr-defined]
        "seen": _seen(request, step),
        "at": timezone.now(),
    }


def _seen(request: HttpRequest, step: shapes.Step) -> int:
    if step.seen is not None:
        return step.seen
    matched = re.fullmatch(r'"([0-9]{1,9})"', request.headers.get("If-Match", "").strip())
    if matched is None:
        raise SeenMissing
    return int(matched[1])


def _evidence(step: shapes.Close | shapes.Suspend | shapes.Countersign) -> list[str]:
    """What is written, and what was uploaded; a line that poses as a file is refused."""
    if any(line.startswith(EVIDENCE_FILE) for line in step.evidence):
        raise BadInput(
            name=Words("证据", "evidence"),
            problem=Words("文件请用 files 提交", "files are handed in by `files`"),
        )
    kept = [upload_of(ticket) for ticket in step.files]
    return [*step.evidence, *(evidence_file(hash_, f"{hash_[:8]}") for hash_ in kept)]


def _claims_nothing(step: shapes.Step) -> None:
    if step.claimed_on is not None:
        raise BadInput(name="claimed_on", problem=Words("此处不能填写", "has no place here"))


@deed(steps, "/{number}/stages/{stage}/close", gives=shapes.Standing)
def close(request: HttpRequest, number: Number, stage: Name, step: shapes.Close) -> Any:
    """Complete a stage; its effect happens with it, or nothing does."""
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.close_stage(
            **_step(request, step),
            case=number,
            stage=stage,
            facts=step.facts,
            given=step.given,
            note=step.note.strip(),
            evidence=_evidence(step),
            claimed_on=step.claimed_on,
        )
    return standing(done)


@deed(steps, "/{number}/stages/{stage}/return", gives=shapes.Standing, auth=STAFF)
def send_back(request: HttpRequest, number: Number, stage: Name, step: shapes.Return) -> Any:
    """Send the case back to an earlier stage; what was done since is undone."""
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.return_stage(
            **_step(request, step),
            case=number,
            stage=stage,
            to=step.to,
            reason=step.reason,
            claimed_on=step.claimed_on,
        )
    return standing(done)


@deed(steps, "/{number}/suspend", gives=shapes.Standing, auth=STAFF)
def suspend(request: HttpRequest, number: Number, step: shapes.Suspend) -> Any:
    """Let the case stand still."""
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.suspend(
            **_step(request, step),
            case=number,
            cause=step.cause,
            reason=step.reason,
            event=step.event,
            evidence=_evidence(step),
            claimed_on=step.claimed_on,
        )
    return standing(done)


@deed(steps, "/{number}/resume", gives=shapes.Standing, auth=STAFF)
def resume(request: HttpRequest, number: Number, step: shapes.Resume) -> Any:
    """Go on after a suspension."""
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.resume(**_step(request, step), case=number, note=step.note, claimed_on=step.claimed_on)
    return standing(done)


@deed(steps, "/{number}/withdraw", gives=shapes.Standing)
def withdraw(request: HttpRequest, number: Number, step: shapes.Withdraw) -> Any:
    """The applicant takes the application back; what it brought about is undone."""
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.withdraw(
            **_step(request, step), case=number, reason=step.reason, claimed_on=step.claimed_on
        )
    return standing(done)


@deed(steps, "/{number}/facts", gives=shapes.Standing, auth=STAFF)
def record_fact(request: HttpRequest, number: Number, step: shapes.RecordFact) -> Any:
    """Record or correct a fact; what it decided before stays decided."""
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.record_fact(
            **_step(request, step),
            case=number,
            name=step.name,
            value=step.value,
            reason=step.reason,
            claimed_on=step.claimed_on,
        )
    return standing(done)


@deed(steps, "/{number}/migrate", gives=shapes.Standing, auth=STAFF)
def migrate(request: HttpRequest, number: Number, step: shapes.Migrate) -> Any:
    """Move the case to another version of its process in the same encoding of the pack."""
    _claims_nothing(step)
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.migrate(**_step(request, step), case=number, version=step.version, reason=step.reason)
    return standing(done)


@deed(steps, "/{number}/claims/{claim}/countersign", gives=shapes.Standing, auth=STAFF)
def countersign(request: HttpRequest, number: Number, claim: Claim, step: shapes.Countersign) -> Any:
    """Vouch with a file for what a step claims; only who recorded no step of the case may."""
    _claims_nothing(step)
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.countersign(
            **_step(request, step), case=number, claim=claim, evidence=_evidence(step), reason=step.reason
        )
    return standing(done)


@deed(steps, "/{number}/claims/{claim}/refuse", gives=shapes.Standing, auth=STAFF)
def refuse_claim(request: HttpRequest, number: Number, claim: Claim, step: shapes.RefuseClaim) -> Any:
    """Do not accept what a step claims: it stays, and changes no time."""
    _claims_nothing(step)
    with refusing(request.auth, number):  # type: ignore[attr-defined]
        done = actions.refuse_claim(**_step(request, step), case=number, claim=claim, reason=step.reason)
    return standing(done)


@deed(cases, "", gives=shapes.Standing, status=201, auth=STAFF)
def open_case(request: HttpRequest, asked: shapes.OpenCase) -> Any:
    """Begin a case for a customer who is known, at a place that is known or described."""
    viewer, at = request.auth, timezone.now()  # type: ignore[attr-defined]
    must_be_allowed(viewer, "cases.open", Words("受理业务", "open cases"))
    organisation = parties.named(viewer, "cases.open", asked.organisation, on=legal_day(at))
    process = rulebook.pack(asked.pack).rules.get(asked.process)
    if not isinstance(process, Process):
        raise NoSuchService(organisation=organisation.name, service=asked.process)
    case = take_application(
        viewer=viewer,
        organisation=organisation,
        pack=asked.pack,
        process=asked.process,
        customer=parties.customer(viewer, asked.customer) if asked.customer else None,
        place=network.place(viewer, asked.place) if asked.place else None,
        at=at,
        given=asked.model_dump(include=set(shapes.Wanted.model_fields), exclude_none=True),
        facts=asked.facts,
        channel=asked.channel,
        claimed_on=asked.claimed_on,
        part_of=queries.case_numbered(viewer, asked.part_of) if asked.part_of else None,
    )
    return standing(case)


@deed(steps, "/{number}/settle", gives=shapes.Standing, auth=STAFF)
def settle(request: HttpRequest, number: Number, asked: shapes.Settle) -> Any:
    """Say at which place, or for which customer, the case is."""
    viewer = request.auth  # type: ignore[attr-defined]
    with on_case(viewer, number) as case:
        done = actions.settle(
            viewer=viewer,
            case=case,
            at=timezone.now(),
            place=network.place(viewer, asked.place) if asked.place else None,
            customer=parties.customer(viewer, asked.customer) if asked.customer else None,
        )
    return standing(done)


@deed(steps, "/{number}/parts/{part}/assign", gives=shapes.Standing, auth=STAFF)
def assign(request: HttpRequest, number: Number, part: Name, asked: shapes.Assign) -> Any:
    """Give a stage to somebody, or the case: part `customer-manager` or `project-manager`."""
    viewer = request.auth  # type: ignore[attr-defined]
    with on_case(viewer, number) as case:
        stages = queries.desk(case).wording.stages
        if part not in (*stages, Assignment.CUSTOMER_MANAGER, Assignment.PROJECT_MANAGER):
            raise BadInput(name=part, problem=Words("没有这个环节", "there is no such stage"))
        account = parties.person(viewer, asked.account) if asked.account else None
        actions.assign(
            viewer=viewer, case=case, part=part, account=account, at=timezone.now(), reason=asked.reason
        )
    return standing(case)
