"""Late: fees of article 64 for a day, halts, and the steps by which a customer is asked to pay."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.accounts.actions.owing import Owed, owe
from tongdian.accounts.fields import DUN, HALT, HALT_END
from tongdian.accounts.models import BillingAccount, Debt, DunningStep, Halt, HaltEnd
from tongdian.accounts.queries import late as queries
from tongdian.accounts.queries import ledger_of_debt, pack_of
from tongdian.accounts.refusing import HaltEnded, NothingOverdue, StepTaken, StepTooEarly
from tongdian.accounts.refusing.charges import NotItsDebt
from tongdian.accounts.rules import CLOSE, COLLECT, REVERSE, DayNotOpen, Dunning
from tongdian.allowed import Program, must_be_allowed
from tongdian.calendar import legal_day
from tongdian.money import fen_of_yuan
from tongdian.parties.models import Organisation
from tongdian.policy.answer import Answer
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.rulebook import queries as rulebook

FEE = Words("滞纳金", "late fee")


@dataclass
class LateFeeRun:
    """What a day's run did: debts that got a fee, fen in all, debts left alone by a halt, and those that
    could not be calculated, with the reason."""

    fees: int = 0
    fen: int = 0
    halted: int = 0
    refused: list[tuple[Debt, Words]] = field(default_factory=list)


def run_late_fees(*, viewer: Any, organisation: Organisation, on: dt.date, at: dt.datetime) -> LateFeeRun:
    """Post the late fees that have grown up to a day, one debt each `of` the debt that is late. What was
    posted before is taken off, and a day has its key, so that no day is charged twice.

    Raises NotAllowed, DayNotOpen for a day to come.
    """
    must_be_allowed(viewer, *CLOSE, organisation)
    if on > legal_day(at):
        raise DayNotOpen(day=on, today=legal_day(at))
    return _grown(viewer, organisation, on, at)


def grow_late_fees(*, on: dt.date, at: dt.datetime) -> dict[Organisation, LateFeeRun]:
    """As `run_late_fees`, by the program itself, for every organisation that has debts; where the month of
    the day is closed, nothing."""
    ran = {}
    for organisation in Organisation.objects.filter(pk__in=Debt.objects.values("organisation")).order_by(
        "pk"
    ):
        ran[organisation] = _grown(Program(), organisation, on, at)
    return ran


def _grown(viewer: Any, organisation: Organisation, on: dt.date, at: dt.datetime) -> LateFeeRun:
    ran = LateFeeRun()
    for one in queries.that_bear_fees(organisation, on=on):
        if queries.halt_of(one.debt, on) is not None:
            ran.halted += 1
            continue
        try:
            with transaction.atomic():
                fen = _fee_of(viewer, one.debt, on, at)
        except Refusal as refused:  # one that cannot be calculated stops no other
            ran.refused.append((one.debt, refused.words))
            continue
        ran.fees += bool(fen)
        ran.fen += fen
    return ran


def _fee_of(viewer: Any, debt: Debt, on: dt.date, at: dt.datetime) -> int:
    """Post what has grown of one debt; fen, none where nothing has."""
    debt = Debt.objects.select_related("account__organisation", "account__customer").get(pk=debt.pk)
    BillingAccount.objects.select_for_update().get(pk=debt.account_id)
    said = late_fee(debt, on)
    if said is None:
        return 0
    fen = fen_of_yuan(said.value) - queries.fees_posted(debt)  # type: ignore[arg-type]  # a sheet of yuan
    if fen <= 0:
        return 0
    item = Owed(
        subject=Debt.Subject.LATE_FEE,
        fen=fen,
        due_on=on,
        title=Words(f"{debt.title['zh']}{FEE.zh}（至{on}）", f"{FEE.en} of {debt.title['en']} (to {on})"),
        cite="64",
        answer={
            "rule": said.rule,
            "version": str(said.version),
            "pack_hash": said.pack_hash,
            "inputs": queries.plain_inputs(debt, on),
        },
        of=debt,
    )
    owe(viewer=viewer, account=debt.account, items=[item], on=on, at=at, key=f"late-fee:{debt.pk}:{on}")
    return fen


def late_fee(debt: Debt, on: dt.date) -> Answer | None:
    """What the rule of the regulation says that a debt bears up to a day; none where it has no rule or
    the day lies before the time limit."""
    pack = pack_of(debt.account.organisation, on)
    uses = pack.head.uses.collecting if pack else None
    if pack is None or uses is None or uses.late_fee is None or on <= debt.due_on:
        return None
    rule = pack.rules[uses.late_fee]
    given = queries.inputs(debt, on, residents=uses.residents)
    return pack.answer(uses.late_fee, on=on, given=given, take=rulebook.options_in_force(pack, rule))


# ---------------------------------------------------------------- halts
@action("halt-collection", may=COLLECT, within="account.organisation", fields=HALT)
def halt_collection(
    *,
    viewer: Any,
    account: BillingAccount,
    ground: str,
    cite: str,
    first_on: dt.date,
    at: dt.datetime,
    debt: str = "",
    before: dt.date | None = None,
    note: str = "",
) -> Halt:
    """Leave a debt (by its id; none: the whole account) alone from a day on, until before another or
    until it is ended. Raises NotItsDebt."""
    about = ledger_of_debt(account, debt) if debt else None
    if debt and about is None:
        raise NotItsDebt
    return leave_alone(
        account,
        about,
        ground=ground,
        cite=cite,
        note=note,
        first_on=first_on,
        before=before,
        at=at,
        by=viewer.pk,
    )


def leave_alone(
    account: BillingAccount,
    debt: Debt | None,
    *,
    ground: str,
    cite: str,
    first_on: dt.date,
    at: dt.datetime,
    by: Any,
    note: str = "",
    before: dt.date | None = None,
) -> Halt:
    """As `halt_collection`, inside a deed that asked who may, such as an objection to a bill."""
    return Halt.objects.create(
        organisation_id=account.organisation_id,
        account=account,
        debt=debt,
        ground=ground,
        cite=cite,
        note=note,
        first_on=first_on,
        before=before,
        at=at,
        by_id=by,
    )


@action("end-halt", may=COLLECT, within="halt.organisation", fields=HALT_END)
def end_halt(*, viewer: Any, halt: Halt, on: dt.date, reason: str, at: dt.datetime) -> HaltEnd:
    """From a day on the debt is collected again. Raises HaltEnded."""
    return ended(viewer, halt, on, reason, at)


def ended(viewer: Any, halt: Halt, on: dt.date, reason: str, at: dt.datetime) -> HaltEnd:
    """As `end_halt`, inside a deed that asked who may."""
    row = HaltEnd(halt=halt, organisation=halt.organisation, on=on, reason=reason, at=at, by_id=viewer.pk)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        if "accounts_haltend_pkey" not in str(refused):
            raise
        raise HaltEnded from refused
    return row


# ---------------------------------------------------------------- dunning
@action("dun", may=REVERSE, within="account.organisation", fields=DUN)
def dun(*, viewer: Any, account: BillingAccount, step: str, note: str, at: dt.datetime) -> DunningStep:
    """Take the next step against an account, judged anew: by overdue principal alone, without what is
    halted, disputed or in a plan that is kept, above the threshold and after the days of the rule.

    Raises NothingOverdue, StepTooEarly, StepTaken.
    """
    on = legal_day(at)
    standing = queries.overdue(account, on)
    if not standing.debts:
        raise NothingOverdue(account=account.number)
    wanted = queries.dunning_rule(account.organisation, on, step)
    if wanted is not None and (standing.days < wanted.days or standing.fen < wanted.least_fen):
        raise StepTooEarly(
            step=Words(*(str(Dunning(step).label),) * 2),
            days=wanted.days,
            least=wanted.least,
            had=standing.days,
        )
    taken = set(account.dunning.filter(since=standing.since).values_list("step", flat=True))
    before = [one for one in Dunning.values if Dunning.values.index(one) < Dunning.values.index(step)]
    if step in taken or not set(before) <= taken:
        raise StepTaken(step=step)
    return DunningStep.objects.create(
        organisation=account.organisation,
        account=account,
        step=step,
        since=standing.since,
        fen=standing.fen,
        on=on,
        note=note,
        at=at,
        by_id=viewer.pk,
    )
