"""What becomes of an agreement without a case is done by two persons, with a reason and a file.

Where no case ends, renames or changes it (a shop was pulled down, a price category was wrong since
October), one person proposes and another, an officer, confirms; the customer is told. Nobody ends a
stranger's supply alone, hands it to somebody else, takes back what two have ended, or changes what
is owed for days that have passed.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction

from tongdian.agreements.actions.agreeing import follow, record_deed, set_end, still_standing, terms_to_follow
from tongdian.agreements.actions.ending import must_fit_to_end, must_fit_to_reopen, run_on, tell_of_follower
from tongdian.agreements.actions.telling import tell_of_change, tell_of_end, tell_second_persons
from tongdian.agreements.models import Agreement, EndAnswer, EndProposal
from tongdian.agreements.queries import one_hand_with_proposer, proposal_waiting
from tongdian.agreements.rules import A_DAY, END, EndEvidenceMissing, NoProposal, ProposedAlready, SamePerson
from tongdian.allowed import must_be_allowed
from tongdian.files.queries import stored_file
from tongdian.parties.models import Customer
from tongdian.rulebook.rules import ReasonMissing

Deed = EndProposal.Deed


@transaction.atomic
def propose_end(
    *, viewer: Any, agreement: Agreement, last_on: dt.date, reason: str, file: str, name: str, at: dt.datetime
) -> EndProposal:
    """Ask another person to let an agreement end with a day. `file` is a kept file, by its hash.

    Raises NotAllowed, ReasonMissing, EndEvidenceMissing, NoSuchFile, ProposedAlready,
    EndsBeforeItBegins, EndedAlready, WasFollowed.
    """
    agreement = still_standing(viewer, agreement)
    must_fit_to_end(agreement, last_on)
    return _propose(viewer, agreement, Deed.END, reason, file, name, at, last_on=last_on)


@transaction.atomic
def propose_transfer(
    *,
    viewer: Any,
    agreement: Agreement,
    customer: Customer,
    first_on: dt.date,
    reason: str,
    file: str,
    name: str,
    at: dt.datetime,
    customer_class: str | None = None,
    price_category: str | None = None,
) -> EndProposal:
    """Ask another person to hand the supply to another customer from a day on (过户、更名).

    Raises NotAllowed, ReasonMissing, EndEvidenceMissing, NoSuchFile, ProposedAlready, NothingChanges,
    NotInForceThen, NothingBefore, WasFollowed, CustomerOfOthers, UnknownCategory.
    """
    given: dict[str, Any] = {
        "customer": customer,
        "customer_class": customer_class,
        "price_category": price_category,
    }
    agreement = still_standing(viewer, agreement)
    terms_to_follow(agreement, first_on, **given)
    return _propose(
        viewer, agreement, Deed.TRANSFER, reason, file, name, at, last_on=first_on - A_DAY, **given
    )


@transaction.atomic
def propose_change(
    *,
    viewer: Any,
    agreement: Agreement,
    from_on: dt.date,
    reason: str,
    file: str,
    name: str,
    at: dt.datetime,
    customer_class: str | None = None,
    price_category: str | None = None,
    capacity_kw: Decimal | None = None,
) -> EndProposal:
    """Ask another person to change class, price category or capacity from a day on, which may have
    passed.

    Raises NotAllowed, ReasonMissing, EndEvidenceMissing, NoSuchFile, ProposedAlready, NothingChanges,
    NotInForceThen, NothingBefore, WasFollowed, UnknownCategory.
    """
    given: dict[str, Any] = {
        "customer_class": customer_class,
        "price_category": price_category,
        "capacity_kw": capacity_kw,
    }
    agreement = still_standing(viewer, agreement)
    terms_to_follow(agreement, from_on, **given)
    return _propose(viewer, agreement, Deed.CHANGE, reason, file, name, at, last_on=from_on - A_DAY, **given)


@transaction.atomic
def propose_reopening(
    *,
    viewer: Any,
    agreement: Agreement,
    reason: str,
    file: str,
    name: str,
    at: dt.datetime,
    last_on: dt.date | None = None,
) -> EndProposal:
    """Ask another person to take an end back, or (with a day) to let it come later.

    Raises NotAllowed, ReasonMissing, EndEvidenceMissing, NoSuchFile, ProposedAlready, NotEnded,
    WasFollowed, AgreementStands.
    """
    agreement = still_standing(viewer, agreement)
    must_fit_to_reopen(agreement, last_on)
    return _propose(viewer, agreement, Deed.REOPEN, reason, file, name, at, last_on=last_on)


@transaction.atomic
def confirm_proposal(*, viewer: Any, agreement: Agreement, at: dt.datetime) -> Agreement:
    """Do what somebody else proposed; gives the agreement that stands then.

    Raises NotAllowed, NoProposal, SamePerson, and what proposing it would be refused with by now.
    """
    proposal = _to_answer(viewer, agreement)
    if viewer.pk in one_hand_with_proposer(proposal, at=at):
        raise SamePerson
    agreement = still_standing(viewer, agreement)
    EndAnswer.objects.create(proposal=proposal, is_confirmed=True, at=at, by=viewer)
    return _done(viewer, agreement, proposal, at)


@transaction.atomic
def set_proposal_aside(*, viewer: Any, agreement: Agreement, reason: str, at: dt.datetime) -> None:
    """Leave it as it is: the proposal is set aside, by another officer or by who made it.

    Raises NotAllowed, NoProposal, ReasonMissing.
    """
    proposal = _to_answer(viewer, agreement)
    if not reason.strip():
        raise ReasonMissing
    EndAnswer.objects.create(proposal=proposal, is_confirmed=False, reason=reason.strip(), at=at, by=viewer)
    record_deed(viewer, f"refuse-agreement-{proposal.deed}", agreement, at, reason=reason.strip())


def _propose(
    viewer: Any,
    agreement: Agreement,
    deed: Deed,
    reason: str,
    file: str,
    name: str,
    at: dt.datetime,
    **given: Any,
) -> EndProposal:
    if not reason.strip():
        raise ReasonMissing
    if not file:
        raise EndEvidenceMissing
    stored_file(file)
    if proposal_waiting(agreement) is not None:
        raise ProposedAlready(number=agreement.number)
    proposal = EndProposal.objects.create(
        agreement=agreement,
        deed=deed,
        reason=reason.strip(),
        file=file,
        name=name[:200],
        at=at,
        by=viewer,
        **{name: value for name, value in given.items() if value is not None},
    )
    record_deed(
        viewer,
        f"propose-agreement-{deed}",
        agreement,
        at,
        reason=proposal.reason,
        file=file,
        **{name: _plain(value) for name, value in given.items() if value is not None},
    )
    tell_second_persons(proposal, at=at)
    return proposal


def _plain(value: Any) -> str:
    return str(value.pk if isinstance(value, Customer) else value)


def _done(viewer: Any, agreement: Agreement, proposal: EndProposal, at: dt.datetime) -> Agreement:
    reason = proposal.reason
    if proposal.deed == Deed.REOPEN:
        opened = must_fit_to_reopen(agreement, proposal.last_on)
        agreement = run_on(viewer, opened, reason, at)
        tell_of_change(agreement, reason=reason, at=at)
        return agreement
    assert proposal.last_on is not None
    if proposal.deed == Deed.END:
        must_fit_to_end(agreement, proposal.last_on)
        ended = set_end(viewer, agreement, proposal.last_on, reason, at)
        tell_of_end(ended, reason=reason, at=at)
        return ended
    first_on = proposal.last_on + A_DAY
    new = terms_to_follow(
        agreement,
        first_on,
        customer=proposal.customer,
        customer_class=proposal.customer_class,
        price_category=proposal.price_category,
        capacity_kw=proposal.capacity_kw,
    )
    made = follow(viewer, agreement, first_on, reason=reason, at=at, **new)
    tell_of_follower(agreement, made, reason=reason, at=at)
    return made


def _to_answer(viewer: Any, agreement: Agreement) -> EndProposal:
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    proposal = proposal_waiting(agreement)
    if proposal is None:
        raise NoProposal(number=agreement.number)
    if proposal.by_id != viewer.pk:
        must_be_allowed(viewer, "agreements.end", END, agreement.organisation)
    return proposal
