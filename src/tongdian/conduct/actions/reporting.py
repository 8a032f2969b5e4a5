"""Reports by anybody (68): taken without an account, found true or not, rewarded within the article's range."""

from __future__ import annotations

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any

from django.db import transaction

from tongdian.allowed import must_be_allowed, person
from tongdian.audit_log.actions import record
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.conduct import queries
from tongdian.conduct.actions.recording import MOST_BYTES, PICTURES, must_be_another, one_at_a_time
from tongdian.conduct.entries import BECAUSE, FOUND_TRUE, REWARDING
from tongdian.conduct.models import ActTakenBack, ConductAct, ConductReport, ConductReportStep, ReportContact
from tongdian.conduct.rules import (
    RECORD,
    REWARD,
    ActOfAnotherHouse,
    DecidedBefore,
    FoundTrueByOneself,
    NoLongerTrue,
    NotDecidedYet,
    NotTheFirst,
    ReportedAfterwards,
    ReportStepKind,
    RewardedBefore,
    RewardOutOfRange,
)
from tongdian.files.actions import store
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.personal import decrypt, encrypt
from tongdian.policy.answer import Range
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.registers.action import action

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another
LENGTH = 10  # 31 ** 10: nobody guesses one


def report_violation(
    *,
    organisation: Organisation,
    where: str,
    text: str,
    at: dt.datetime,
    act: str = "",
    name: str = "",
    contact: str = "",
    photograph: bytes = b"",
    is_demo: bool = False,
) -> ConductReport:
    """A violation reported by anybody. `act` is which of the acts it looks like, if the reporter knows. `name` and
    `contact` are optional and kept encrypted. Raises BadInput, NoConductRules, what `files` refuses, NotPlainText."""
    if not where.strip() or not text.strip():
        raise BadInput(
            name=Words("地点和所见", "where, and what was seen"), problem=Words("未填写", "is missing")
        )
    on = legal_day(at)
    pack = queries.rules_of(organisation, on)
    if act and act not in queries.acts_to_pick(pack, on):
        raise BadInput(
            name=Words("行为", "act"), problem=Words("不在可选行为之中", "is none of those offered")
        )
    with transaction.atomic():
        kept = (
            store(content=photograph, at=at, allowed=PICTURES, max_bytes=MOST_BYTES) if photograph else None
        )
        word = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        row = ConductReport.objects.create(
            organisation=organisation, number=f"JB-{organisation.short}-{word}", where=where.strip()[:200], act=act,
            text=text.strip(), photograph=kept, at=at, is_demo=is_demo,
        )  # fmt: skip
        ReportContact.objects.create(
            report=row, name=encrypt(name.strip()[:60]), contact=encrypt(contact.strip()[:120])
        )
        record(
            actor="public",
            action="report-violation",
            subject=f"conduct-report:{row.pk}",
            payload={"organisation": organisation.short},
            at=at,
        )
    return row


def _local(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(SHANGHAI)


@action("find-report-true", may=RECORD, within="report.organisation", fields=FOUND_TRUE)
def find_report_true(
    *, viewer: Any, report: ConductReport, act_number: str, reason: str, at: dt.datetime, afterwards: str = ""
) -> ConductReportStep:
    """What was reported is an act that was recorded; where that was before the report was sent, `afterwards` is why it
    is what was reported nonetheless. Raises NotAllowed, DecidedBefore, ActOfAnotherHouse, ReportedAfterwards."""
    _must_be_open(report)
    act = ConductAct.objects.filter(
        number=act_number, organisation=report.organisation_id, taken_back=None
    ).first()
    if act is None:
        raise ActOfAnotherHouse(number=act_number)
    if report.at > act.at and not afterwards:
        raise ReportedAfterwards(
            number=act.number,
            recorded=f"{_local(act.at):%Y-%m-%d %H:%M}",
            reported=f"{_local(report.at):%Y-%m-%d %H:%M}",
        )
    return _step(
        report, ReportStepKind.VERIFIED, viewer=viewer, at=at, reason=reason, act=act, afterwards=afterwards
    )


@action("dismiss-report", may=RECORD, within="report.organisation", fields=BECAUSE)
def dismiss_report(*, viewer: Any, report: ConductReport, reason: str, at: dt.datetime) -> ConductReportStep:
    """Nothing of it was found; the reporter reads why. Raises NotAllowed, DecidedBefore."""
    _must_be_open(report)
    return _step(report, ReportStepKind.DISMISSED, viewer=viewer, at=at, reason=reason)


@action("reward-report", may=REWARD, within="report.organisation", fields=REWARDING)
def reward_report(
    *, viewer: Any, report: ConductReport, amount: Decimal, reason: str, at: dt.datetime
) -> ConductReportStep:
    """The reward of a report that was found true: within the article's range, once for each violation, decided by
    another than who recorded the act and who found it true; not for an act that was taken back, for then nothing is
    verified any more. Raises NotAllowed, NotDecidedYet, DecidedBefore, RewardedBefore, NotTheFirst, NoLongerTrue,
    RewardOutOfRange, RecordedByOneself, FoundTrueByOneself."""
    one_at_a_time(report.organisation)
    verified = report.steps.filter(what=ReportStepKind.VERIFIED).select_related("act").first()
    if verified is None or verified.act is None:
        raise NotDecidedYet
    if ActTakenBack.objects.filter(act=verified.act).exists():
        raise NoLongerTrue(number=verified.act.number)
    if report.steps.filter(what=ReportStepKind.REWARDED).exists():
        raise DecidedBefore
    if ConductReportStep.objects.filter(act=verified.act, what=ReportStepKind.REWARDED).exists():
        raise RewardedBefore(number=verified.act.number)
    alike = ConductReport.objects.filter(steps__act=verified.act, steps__what=ReportStepKind.VERIFIED)
    first = alike.order_by("at", "id").first()
    if first is not None and first.pk != report.pk:
        raise NotTheFirst(number=verified.act.number, at=f"{_local(first.at):%Y-%m-%d %H:%M}")
    must_be_another(viewer, verified.act, at=at)
    _must_be_another_than_found(viewer, verified, at=at)
    on = legal_day(at)
    offered = queries.reward_offered(queries.rules_of(report.organisation, on), on)
    assert isinstance(offered.value, Range)
    if amount not in offered.value:
        cite = Words(offered.cited("zh"), offered.cited("en"))
        raise RewardOutOfRange(cite=cite, low=offered.value.low, high=offered.value.high)
    return _step(
        report, ReportStepKind.REWARDED, viewer=viewer, at=at, reason=reason, act=verified.act,
        amount_fen=int(amount * 100),
    )  # fmt: skip


@action("forget-reporter", may=REWARD, within="report.organisation", fields=BECAUSE)
def forget_reporter(*, viewer: Any, report: ConductReport, reason: str, at: dt.datetime) -> ConductReport:
    """Empty who reported, for they asked for it (个人信息保护法 47); the report itself stays. Raises NotAllowed."""
    ReportContact.objects.filter(report=report).update(name=b"", contact=b"")
    return report


def open_contact(*, viewer: Any, report: ConductReport, at: dt.datetime) -> tuple[str, str]:
    """Who reported, name and contact, for who decides the reward: others are told neither. That it was read is an entry
    of the audit log. Raises NotAllowed."""
    must_be_allowed(viewer, *REWARD, report.organisation)
    kept = ReportContact.objects.get(report=report)
    if not (kept.name or kept.contact):
        return "", ""
    record(
        actor=viewer.actor,
        action="read-reporter",
        subject=f"conduct-report:{report.pk}",
        payload={"organisation": report.organisation.short},
        at=at,
    )
    return decrypt(kept.name), decrypt(kept.contact)


def _must_be_another_than_found(viewer: Any, verified: ConductReportStep, *, at: dt.datetime) -> None:
    who = person(viewer)
    if who is not None and verified.by_id in one_hand(who.pk, on=[legal_day(at), legal_day(verified.at)]):
        raise FoundTrueByOneself


def _must_be_open(report: ConductReport) -> None:
    """Raise DecidedBefore where another decided it, be it while this one waited: what was fetched before is not asked."""
    one_at_a_time(report.organisation)
    if ConductReportStep.objects.filter(report=report).exists():
        raise DecidedBefore


def _step(
    report: ConductReport,
    what: ReportStepKind,
    *,
    viewer: Any,
    at: dt.datetime,
    reason: str,
    act: ConductAct | None = None,
    amount_fen: int | None = None,
    afterwards: str = "",
) -> ConductReportStep:
    return ConductReportStep.objects.create(
        organisation=report.organisation, report=report, what=what, act=act, amount_fen=amount_fen, reason=reason, at=at,
        by=person(viewer), afterwards=afterwards,
    )  # fmt: skip
