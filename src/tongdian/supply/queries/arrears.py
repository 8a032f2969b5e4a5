"""What must be there before a supply may be stopped for arrears, and before it may be restored: each with its article.

The words of article 64 stop supply as soon as a payment is late. 电力供应与使用条例 39 and 民法典 654 rank higher and
ask for a demand, a reasonable time and a notice first: the numbers are the regulation's table (`uses: suspending:
terms:`), so that another reading is another row and not another program.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tongdian.accounts.models import BillingAccount, Debt, DunningStep, Halt, PaymentPlan
from tongdian.accounts.queries import OpenDebt, open_debts
from tongdian.accounts.queries.late import halt_of, overdue
from tongdian.accounts.rules import Dunning
from tongdian.connections.queries import packs_of
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.parties.models import Organisation
from tongdian.parties.queries import office_for
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import both
from tongdian.supply.models import StopApproval
from tongdian.supply.queries.stopping import is_home
from tongdian.supply.refusing import NothingSaysWhen
from tongdian.supply.rules import StopGround

# Each supply is a contract of its own: who owes for water has paid for electricity.
SUBJECT = {Utility.POWER: Debt.Subject.ELECTRICITY, Utility.WATER: Debt.Subject.WATER}


@dataclass(frozen=True)
class StopTerms:
    """What the regulation's table asks for a utility: days overdue (more than so many), days since the demand and
    since the notice (at least so many), hours in which a supply is restored; `law` is what it rests on."""

    overdue_days: int
    demand_days: int
    notice_days: int
    restore_hours: int
    law: str


@dataclass(frozen=True)
class SupplyOperator:
    """The office that alone operates the supply (6), and the article as it is cited."""

    office: Organisation
    cite: Words


def pack_of(organisation: Organisation, on: dt.date) -> Pack | None:
    """The regulation by which supply is stopped in an organisation; none where none speaks of it."""
    return next((one for one in packs_of(organisation, on) if one.head.uses.suspending), None)


def operator_of(organisation: Organisation, on: dt.date) -> SupplyOperator | None:
    """Who alone operates the supply of an organisation, as far as a regulation names an office and it is there."""
    pack = pack_of(organisation, on)
    if pack is None or pack.head.uses.suspending is None:
        return None
    uses = pack.head.uses.suspending
    office = office_for(organisation, uses.office, on=on)
    return SupplyOperator(office, cited(pack, uses.cite)) if office else None


def cited(pack: Pack, *clauses: str) -> Words:
    """Clauses as they are cited, in both languages."""
    return Words(*(pack.say_cite(clauses, language) for language in ("zh", "en")))


def terms_of(organisation: Organisation, utility: str, on: dt.date) -> StopTerms | None:
    """The terms for a utility; none where the regulation has no row for it."""
    pack = pack_of(organisation, on)
    if pack is None or pack.head.uses.suspending is None:
        return None
    rule: Any = pack.rules[pack.head.uses.suspending.terms]
    rows = rule.rows_on(on, rulebook.options_in_force(pack, rule))
    row = next((one for one in rows if one["utility"] == utility), None)
    if row is None:
        return None
    return StopTerms(
        overdue_days=int(row["overdue_days"]),
        demand_days=int(row["demand_days"]),
        notice_days=int(row["notice_days"]),
        restore_hours=int(row["restore_hours"]),
        law=str(row.get("law", "")),
    )


# ---------------------------------------------------------------- before it is stopped
@dataclass(frozen=True)
class StopCondition:
    """One thing that must be there: what, by which article or law, whether it is, and the day from which it will
    be by itself, if it only needs time."""

    key: str
    title: Words
    cite: Words
    met: bool
    from_on: dt.date | None = None


@dataclass(frozen=True)
class ArrearsGate:
    """Whether the supply of a point may be stopped for what its account owes: every condition in order, the debts
    that count with their fen, and what is left out because something holds it up."""

    conditions: tuple[StopCondition, ...]
    debts: tuple[OpenDebt, ...]
    held: tuple[tuple[Debt, Halt | PaymentPlan], ...]
    notice: DunningStep | None
    approval: StopApproval | None
    home: bool

    @property
    def fen(self) -> int:
        """The principal that counts."""
        return sum(one.fen for one in self.debts)

    @property
    def missing(self) -> tuple[StopCondition, ...]:
        """What is not there yet."""
        return tuple(one for one in self.conditions if not one.met)


def arrears_gate(account: BillingAccount, point: UsagePoint, on: dt.date) -> ArrearsGate:
    """What is there and what is missing on a day. Penalties, charges and late fees never count.

    Raises NothingSaysWhen where no regulation has terms for that utility.
    """
    organisation = account.organisation
    pack, terms = pack_of(organisation, on), terms_of(organisation, point.utility, on)
    if pack is None or terms is None or pack.head.uses.suspending is None:
        raise NothingSaysWhen(utility=both(Utility(point.utility).label))
    uses, law = pack.head.uses.suspending, Words(terms.law, terms.law)
    late = overdue(account, on)
    subject = SUBJECT[Utility(point.utility)]
    debts = tuple(one for one in late.debts if one.debt.subject == subject)
    since = min((one.debt.due_on for one in debts), default=None)
    steps = {one.step: one for one in account.dunning.filter(since=late.since)} if late.debts else {}
    home = is_home(point, account.customer, on)
    approval = unused_approval(point, StopGround.ARREARS) if home else None
    conditions = [
        _after(
            "overdue",
            Words(
                f"有逾期超过 {terms.overdue_days} 日的本金，未被异议、暂停催收或分期挡住",
                f"principal overdue for more than {terms.overdue_days} days that nothing holds up",
            ),
            Words(f"{cited(pack, uses.arrears).zh}；{law.zh}", f"{cited(pack, uses.arrears).en}; {law.en}"),
            since,
            terms.overdue_days + 1,
            on,
        ),
        _after(
            "demand",
            Words(f"已催缴，并已满 {terms.demand_days} 日", f"demanded {terms.demand_days} days ago or more"),
            law,
            _day(steps.get(Dunning.DEMAND)),
            terms.demand_days,
            on,
        ),
        _after(
            "notice",
            Words(
                f"已送达停供通知，并已满 {terms.notice_days} 日",
                f"notice that supply stops given {terms.notice_days} days ago or more",
            ),
            law,
            _day(steps.get(Dunning.NOTICE)),
            terms.notice_days,
            on,
        ),
    ]
    if home:
        title = Words("住户停供已由负责人批准", "a leader approved that the supply of a home stops")
        conditions.append(StopCondition("approval", title, cited(pack, uses.homes), approval is not None))
    return ArrearsGate(
        tuple(conditions), debts, held_up(account, subject, on), steps.get(Dunning.NOTICE), approval, home
    )


def _day(step: DunningStep | None) -> dt.date | None:
    return step.on if step else None


def _after(
    key: str, title: Words, cite: Words, begun: dt.date | None, days: int, on: dt.date
) -> StopCondition:
    if begun is None:
        return StopCondition(key, title, cite, False)
    from_on = begun + dt.timedelta(days=days)
    return StopCondition(key, title, cite, on >= from_on, from_on)


def held_up(
    account: BillingAccount, subject: str, on: dt.date
) -> tuple[tuple[Debt, Halt | PaymentPlan], ...]:
    """The overdue principal of a subject that something holds up, with what does."""
    late = [one.debt for one in open_debts(account) if one.fen > 0 and one.debt.due_on < on]
    found = ((debt, halt_of(debt, on)) for debt in late if debt.subject == subject)
    return tuple((debt, halt) for debt, halt in found if halt is not None)


def unused_approval(point: UsagePoint, ground: str) -> StopApproval | None:
    """The newest approval of a stop at a point on a ground that no stop rests on yet."""
    rows = StopApproval.objects.filter(usage_point=point, ground=ground, stops=None)
    return rows.order_by("-id").first()


# ---------------------------------------------------------------- before it is restored
def still_owed(account: BillingAccount, utility: str, on: dt.date) -> Sequence[OpenDebt]:
    """What must be paid before a supply is restored (64): what is overdue of that utility and the late fees of it,
    without what is disputed, halted or in a plan that is kept."""
    subject = SUBJECT[Utility(utility)]
    return [
        one
        for one in open_debts(account)
        if one.fen > 0
        and _is_of(one.debt, subject)
        and (one.debt.due_on < on or one.debt.of is not None)  # a late fee is owed as it is posted
        and halt_of(one.debt, on) is None
    ]


def _is_of(debt: Debt, subject: str) -> bool:
    return debt.subject == subject or (debt.of is not None and debt.of.subject == subject)
