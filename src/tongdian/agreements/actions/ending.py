"""An agreement ends by its case, or by two persons with a reason and a file; its customer is told.

桂师水电〔2016〕4号 10(2) lets an agreement end after final readings and settlement, which its case
takes down. Where there is no such case (a shop that was pulled down), one proposes and another, an
officer, confirms: nobody ends a stranger's supply alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.agreements.actions.agreeing import record_deed, set_end, still_standing
from tongdian.agreements.models import Agreement, EndAnswer, EndProposal
from tongdian.agreements.queries import proposal_waiting
from tongdian.agreements.rules import (
    END,
    EndedAlready,
    EndEvidenceMissing,
    EndProposedAlready,
    EndsBeforeItBegins,
    NoEndProposed,
    ReasonMissing,
    SamePerson,
)
from tongdian.allowed import must_be_allowed
from tongdian.bounded_days import checked
from tongdian.files.queries import stored_file
from tongdian.notices.actions import Recipient, notify
from tongdian.personal import decrypt


@transaction.atomic
def end_by_case(
    *,
    viewer: Any,
    agreement: Agreement,
    last_on: dt.date,
    case: str,
    at: dt.datetime,
    tells: bool = True,
) -> Agreement:
    """For the effect of a process: let an agreement end with a day, which is its last, in the case
    of that number. No page and no program reaches it without the case.

    Raises NotAllowed, EndsBeforeItBegins, EndedAlready, WasFollowed.
    """
    agreement = _fit_to_end(viewer, agreement, last_on)
    return _ended(viewer, agreement, last_on, case, at, tells=tells)


@transaction.atomic
def propose_end(
    *,
    viewer: Any,
    agreement: Agreement,
    last_on: dt.date,
    reason: str,
    file: str,
    name: str,
    at: dt.datetime,
) -> EndProposal:
    """Ask another person to let an agreement end with a day. `file` is a kept file, by its hash.

    Raises NotAllowed, ReasonMissing, EndEvidenceMissing, NoSuchFile, EndProposedAlready,
    EndsBeforeItBegins, EndedAlready, WasFollowed.
    """
    agreement = _fit_to_end(viewer, agreement, last_on)
    if not reason.strip():
        raise ReasonMissing
    if not file:
        raise EndEvidenceMissing
    stored_file(file)
    if proposal_waiting(agreement) is not None:
        raise EndProposedAlready(number=agreement.number)
    proposal = EndProposal.objects.create(
        agreement=agreement,
        last_on=last_on,
        reason=reason.strip(),
        file=file,
        name=name[:200],
        at=at,
        by=viewer,
    )
    record_deed(
        viewer, "propose-agreement-end", agreement, at,
        last_on=str(last_on), reason=proposal.reason, file=file,
    )  # fmt: skip
    return proposal


@transaction.atomic
def confirm_end(*, viewer: Any, agreement: Agreement, at: dt.datetime) -> Agreement:
    """Let the agreement end as somebody else proposed.

    Raises NotAllowed, NoEndProposed, SamePerson, EndedAlready, WasFollowed.
    """
    proposal = _to_answer(viewer, agreement)
    if proposal.by_id == viewer.pk:
        raise SamePerson
    agreement = _fit_to_end(viewer, agreement, proposal.last_on)
    EndAnswer.objects.create(proposal=proposal, is_confirmed=True, at=at, by=viewer)
    return _ended(viewer, agreement, proposal.last_on, proposal.reason, at, tells=True)


@transaction.atomic
def refuse_end(*, viewer: Any, agreement: Agreement, reason: str, at: dt.datetime) -> None:
    """Let it run on: the proposal is set aside, by another officer or by who made it.

    Raises NotAllowed, NoEndProposed, ReasonMissing.
    """
    proposal = _to_answer(viewer, agreement)
    if not reason.strip():
        raise ReasonMissing
    EndAnswer.objects.create(
        proposal=proposal, is_confirmed=False, reason=reason.strip(), at=at, by=viewer
    )
    record_deed(viewer, "refuse-agreement-end", agreement, at, reason=reason.strip())


def _to_answer(viewer: Any, agreement: Agreement) -> EndProposal:
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    proposal = proposal_waiting(agreement)
    if proposal is None:
        raise NoEndProposed(number=agreement.number)
    if proposal.by_id != viewer.pk:
        must_be_allowed(viewer, "agreements.end", END, agreement.organisation)
    return proposal


def _fit_to_end(viewer: Any, agreement: Agreement, last_on: dt.date) -> Agreement:
    agreement = still_standing(viewer, agreement)
    if checked(last_on) < agreement.first_on:
        raise EndsBeforeItBegins(first=agreement.first_on, last=last_on)
    if agreement.last_on is not None and agreement.last_on <= last_on:
        raise EndedAlready(number=agreement.number, day=agreement.last_on)
    return agreement


def _ended(
    viewer: Any,
    agreement: Agreement,
    last_on: dt.date,
    reason: str,
    at: dt.datetime,
    *,
    tells: bool,
) -> Agreement:
    ended = set_end(viewer, agreement, last_on, reason, at)
    if tells:
        customer = ended.customer
        notify(
            name="agreement-ends",
            organisation=ended.organisation_id,
            to=Recipient(
                account=customer.account, email=customer.email, phone=decrypt(customer.phone)
            ),
            subject=f"agreement:{ended.pk}",
            params={
                "agreement": ended.number,
                "place": ended.usage_point.place.name,
                "last": str(last_on),
                "reason": reason,
            },
            at=at,
        )
    return ended
