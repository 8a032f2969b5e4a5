"""What is late: which debts bear a fee, what halts them, what may be dunned for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from tongdian.accounts.models import BillingAccount, Debt, Halt, LedgerAccount, PaymentPlan, Receipt, Transfer
from tongdian.accounts.queries import OpenDebt, open_debts, row_told
from tongdian.accounts.queries.customers import owed_of
from tongdian.accounts.refusing import NoSuchHalt
from tongdian.accounts.rules import Dunning, LedgerKind
from tongdian.agreements.models import Agreement
from tongdian.money import fen_of_yuan, yuan_of_fen
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import seen

BEARING = (Debt.Subject.ELECTRICITY, Debt.Subject.WATER)
REVIEWED_AFTER = dt.timedelta(days=90)


def that_bear_fees(organisation: Organisation, *, on: dt.date) -> list[OpenDebt]:
    """The open debts for electricity and water whose time limit has passed: a fee bears none itself."""
    return [
        one
        for one in owed_of(organisation, on=on)
        if one.fen > 0 and one.debt.subject in BEARING and one.debt.due_on < on
    ]


def payments_of(debt: Debt, on: dt.date) -> list[dict[str, Any]]:
    """What was paid of a debt up to a day, in order, without what was taken back."""
    receivable = LedgerAccount.objects.filter(holder=debt.account_id, kind=LedgerKind.RECEIVABLE)
    rows = Transfer.objects.filter(
        item=debt, credit__in=receivable, event_on__lte=on, posting__reverses=None, posting__reversed_by=None
    )
    return [
        {"paid_on": row.event_on, "paid": yuan_of_fen(row.fen)} for row in rows.order_by("event_on", "id")
    ]


def inputs(debt: Debt, on: dt.date, *, residents: Sequence[str]) -> dict[str, Any]:
    """What the sheet of the late fee is given."""
    account = debt.account
    rows = Agreement.objects.filter(customer=account.customer_id, usage_point__place=account.place_id)
    return {
        "utility": str(debt.subject),
        "principal": yuan_of_fen(debt.fen),
        "due": debt.due_on,
        "residential": rows.filter(customer_class__in=list(residents)).exists(),
        "until": on,
        "payment": payments_of(debt, on),
    }


def plain_inputs(debt: Debt, on: dt.date) -> dict[str, Any]:
    """The same, as an answer keeps it."""
    return {
        "principal": str(yuan_of_fen(debt.fen)),
        "due": debt.due_on.isoformat(),
        "until": on.isoformat(),
        "payment": [[one["paid_on"].isoformat(), str(one["paid"])] for one in payments_of(debt, on)],
    }


def fees_posted(debt: Debt) -> int:
    """The late fees that stand of a debt, in fen."""
    rows = debt.late_fees.filter(posting__reversed_by=None)
    return int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)


# ---------------------------------------------------------------- halts and plans
def holding(on: dt.date) -> Q:
    """The halts that hold on a day."""
    return Q(first_on__lte=on) & (Q(before=None) | Q(before__gt=on)) & (Q(end=None) | Q(end__on__gt=on))


def halt_of(debt: Debt, on: dt.date) -> Halt | PaymentPlan | None:
    """What holds a debt up on a day: a halt of it or of the whole account, or a plan that is kept."""
    rows = Halt.objects.filter(holding(on), account=debt.account_id)
    found = rows.filter(Q(debt=debt) | Q(debt=None)).order_by("id").first()
    return found or kept_plan(debt.account, on)


def kept_plan(account: BillingAccount, on: dt.date) -> PaymentPlan | None:
    """The newest plan of an account, as far as it runs and is kept on a day."""
    plan = account.plans.filter(first_on__lte=on).order_by("-id").first()
    return plan if plan is not None and on <= _last_day(plan) and is_kept(plan, on) else None


def is_kept(plan: PaymentPlan, on: dt.date) -> bool:
    """Whether what was paid since the plan began reaches what was due up to a day."""
    due = sum(one["fen"] for one in plan.parts if dt.date.fromisoformat(one["due_on"]) < on)
    rows = Receipt.objects.filter(
        account=plan.account_id, on__gte=plan.first_on, on__lte=on, posting__reversed_by=None
    )
    paid = int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)
    return paid >= int(due)


def _last_day(plan: PaymentPlan) -> dt.date:
    return max(dt.date.fromisoformat(one["due_on"]) for one in plan.parts)


def halts(viewer: Any) -> QuerySet[Halt]:
    """Every halt that a viewer sees."""
    wanted = seen(viewer, "accounts.read", region="account__place__region")
    return Halt.objects.filter(wanted).select_related(
        "organisation", "account__customer", "debt", "end", "by"
    )


def to_review(viewer: Any, on: dt.date) -> QuerySet[Halt]:
    """The halts without an end that have held for more than 90 days, the oldest first."""
    rows = halts(viewer).filter(holding(on), before=None, first_on__lt=on - REVIEWED_AFTER)
    return rows.order_by("first_on")


# ---------------------------------------------------------------- dunning
@dataclass(frozen=True)
class Overdue:
    """What may be dunned for: principal past its time limit that nothing holds up."""

    debts: list[OpenDebt]
    since: dt.date  # the oldest was due
    days: int
    fen: int


@dataclass(frozen=True)
class DunningRule:
    """When a step may be taken: so many days late, and so much overdue."""

    days: int
    least: Decimal

    @property
    def least_fen(self) -> int:
        """The threshold, in fen."""
        return fen_of_yuan(self.least)


def overdue(account: BillingAccount, on: dt.date) -> Overdue:
    """The overdue principal of an account on a day: no late fees, nothing halted, disputed, or in a plan."""
    debts = [
        one
        for one in open_debts(account)
        if one.fen > 0
        and one.debt.subject != Debt.Subject.LATE_FEE
        and one.debt.due_on < on
        and halt_of(one.debt, on) is None
    ]
    since = min((one.debt.due_on for one in debts), default=on)
    return Overdue(debts, since, (on - since).days, sum(one.fen for one in debts))


@dataclass(frozen=True)
class OverdueAccount:
    """An account with what is overdue of it, and the step that comes next, if one may be taken."""

    account: BillingAccount
    overdue: Overdue
    taken: str  # the last step of this round
    next: str


def overdue_accounts(organisation: Organisation, on: dt.date) -> list[OverdueAccount]:
    """The accounts with overdue principal that nothing holds up, the most first."""
    owing: dict[Any, BillingAccount] = {}
    for one in owed_of(organisation, on=on):
        if one.fen > 0 and one.debt.due_on < on:
            owing.setdefault(one.debt.account_id, one.debt.account)
    found = []
    for account in owing.values():
        account.organisation = organisation
        what = overdue(account, on)
        if not what.debts:
            continue
        done = set(account.dunning.filter(since=what.since).values_list("step", flat=True))
        left = [step for step in Dunning.values if step not in done]
        rule = dunning_rule(organisation, on, left[0]) if left else None
        is_due = bool(left) and (rule is None or (what.days >= rule.days and what.fen >= rule.least_fen))
        last = next((step for step in reversed(Dunning.values) if step in done), "")
        found.append(
            OverdueAccount(
                account,
                what,
                str(Dunning(last).label) if last else "",
                str(Dunning(left[0]).label) if is_due else "",
            )
        )
    return sorted(found, key=lambda one: -one.overdue.fen)


def halt(viewer: Any, id_: Any) -> Halt:
    """One halt. Raises NoSuchHalt."""
    found = halts(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchHalt
    return found


def dunning_rule(organisation: Organisation, on: dt.date, step: str) -> DunningRule | None:
    """What the regulation's table asks before a step; none where it has no table."""
    row = row_told(organisation, "dunning", on, step=step)
    return DunningRule(int(row["days"]), row["least"]) if row else None
