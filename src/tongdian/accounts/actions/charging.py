"""One-off charges: from the regulation's table of who pays what, at the published price or as settled;
or as a rule of the regulation answers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import must_collect
from tongdian.accounts.actions.owing import Owed, owe, set_off
from tongdian.accounts.actions.posting import reverse
from tongdian.accounts.fields import CHARGE, CHARGE_BY_RULE, REVERSAL
from tongdian.accounts.models import BillingAccount, Debt, Posting
from tongdian.accounts.refusing.charges import (
    CalculatedByRule,
    GivenUnreadable,
    NotACharge,
    NotARuleToCharge,
    NothingDue,
    NothingPublished,
    NotInForceHere,
    NotOneAmount,
    PaidByTheSchool,
)
from tongdian.accounts.rules import COLLECT, REVERSE
from tongdian.calendar import legal_day
from tongdian.connections import queries as connections
from tongdian.connections.rules import charge_of
from tongdian.money import fen_rounded
from tongdian.parties.models import Organisation
from tongdian.policy.answer import Answer, plain
from tongdian.policy.words import EXAMPLE, Words
from tongdian.registers.action import action
from tongdian.rulebook import queries as rulebook

Subject = Debt.Subject


@action("charge-once", may=COLLECT, within="account.organisation", fields=CHARGE)
def charge_once(
    *,
    viewer: Any,
    account: BillingAccount,
    item: str,
    paper: str,
    at: dt.datetime,
    quantity: Decimal = Decimal(1),
    yuan: Decimal | None = None,
    due_on: dt.date | None = None,
    key: str = "",
) -> Debt:
    """Let a customer owe a one-off charge: a quantity of what the catalogue publishes under the item's
    name, or (`yuan`) the cost as settled on `paper`.

    Raises NotTheCollector, PaidByTheSchool where the article says so, CalculatedByRule, NothingPublished
    for neither a price nor a cost, and what `owe` does.
    """
    on = legal_day(at)
    must_collect(viewer, account.organisation, on)
    pack = queries.pack_of(account.organisation, on)
    uses = pack.head.uses.collecting if pack else None
    if pack is None or uses is None or uses.charges is None:
        raise NotInForceHere
    rule: Any = pack.rules[uses.charges]
    taken = rulebook.options_in_force(pack, rule)
    row = next(one for one in rule.rows_on(on, taken) if one["item"] == item)
    title = Words(*(rule.columns["item"].label(item, language) for language in ("zh", "en")))
    cite = Words(*(pack.say_cite((row["article"],), language) for language in ("zh", "en")))
    if row["payer"] == "school":
        raise PaidByTheSchool(item=title, cite=cite)
    if row["amount"] == "by_rule" and yuan is None:
        raise CalculatedByRule(item=title, cite=cite)
    answer = pack.answer(uses.charges, on=on, given={"item": item}, take=taken)
    posting = owe(
        viewer=viewer,
        account=account,
        items=[
            Owed(
                subject=Subject.CHARGE,
                fen=_amount(account, item, title, quantity, yuan, on),
                due_on=due_on or on,
                title=title,
                cite=row["article"],
                answer={
                    "rule": answer.rule,
                    "pack": pack.id,
                    "pack_hash": answer.pack_hash,
                    "payer": plain(row["payer"]),
                    "paper": paper,
                    "quantity": str(quantity),
                },
            )
        ],
        on=on,
        at=at,
        key=key,
        note=paper,
    )
    set_off(viewer=viewer, account=account, on=on, at=at)
    return posting.debts.get()


def _amount(
    account: BillingAccount, item: str, title: Words, quantity: Decimal, yuan: Decimal | None, on: dt.date
) -> int:
    if yuan is not None:
        return fen_rounded(yuan)
    published = {fee.code: fee for fee in connections.fees(account.organisation, on=on)}
    if item not in published:
        raise NothingPublished(item=title, code=item)
    return fen_rounded(charge_of(published[item].yuan, quantity))


@action("charge-by-rule", may=COLLECT, within="account.organisation", fields=CHARGE_BY_RULE)
def charge_by_rule(
    *,
    viewer: Any,
    account: BillingAccount,
    rule: str,
    of_day: dt.date,
    given: str | Mapping[str, Any],
    paper: str,
    at: dt.datetime,
    due_on: dt.date | None = None,
    key: str = "",
    case: str = "",
) -> Debt:
    """Let a customer owe what a rule of the regulation answers for a day: `given` are its inputs, as JSON
    or as they are. The answer is kept with the debt, so that it can be made again.

    Raises NotTheCollector, NotARuleToCharge, GivenUnreadable, what the rule refuses, NotOneAmount,
    NothingDue, and what `owe` does.
    """
    on = legal_day(at)
    must_collect(viewer, account.organisation, on)
    said = answer_to_charge(account.organisation, rule, of_day=of_day, given=given)
    return charge_answer(
        viewer=viewer,
        account=account,
        said=said,
        paper=paper,
        case=case,
        due_on=due_on or on,
        on=on,
        at=at,
        key=key,
    )


def answer_to_charge(
    organisation: Organisation, rule: str, *, of_day: dt.date, given: str | Mapping[str, Any]
) -> Answer:
    """What a rule by which is charged answers, in yuan and more than nothing. Raises NotARuleToCharge,
    GivenUnreadable, what the rule refuses, NotOneAmount, NothingDue."""
    pack = queries.pack_of(organisation, of_day)
    uses = pack.head.uses.collecting if pack else None
    if pack is None or uses is None or rule not in uses.by_rule:
        raise NotARuleToCharge(rule=pack.rules[rule].title if pack and rule in pack.rules else rule)
    one = pack.rules[rule]
    said = pack.answer(rule, on=of_day, given=_inputs(given), take=rulebook.options_in_force(pack, one))
    if not isinstance(said.value, Decimal) or str(said.unit) != "yuan":
        raise NotOneAmount(value=Words(said.say_value("zh"), said.say_value("en")))
    if fen_rounded(said.value) <= 0:
        raise NothingDue(rule=said.title)
    return said


def _inputs(given: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(given, str):
        return given
    try:
        # figures stay as they were typed: no float is ever money
        found = json.loads(given, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError) as refused:
        raise GivenUnreadable from refused
    if not isinstance(found, dict):
        raise GivenUnreadable
    return found


def charge_answer(
    *,
    viewer: Any,
    account: BillingAccount,
    said: Answer,
    paper: str,
    due_on: dt.date,
    on: dt.date,
    at: dt.datetime,
    case: str = "",
    key: str = "",
) -> Debt:
    """As `charge_by_rule`, of an answer that was asked for; a figure that is an example marks the debt."""
    assert isinstance(said.value, Decimal)
    mark = (EXAMPLE.zh, EXAMPLE.en) if said.is_example else ("", "")
    item = Owed(
        subject=Subject.CHARGE,
        fen=fen_rounded(said.value),
        due_on=due_on,
        title=Words(said.title.zh + mark[0], said.title.en + mark[1]),
        cite=max(said.cite, key=len, default=""),  # 51(1) rather than 51
        answer={**said.to_json(), "payer": "user", "paper": paper, "case": case},
    )
    posting = owe(viewer=viewer, account=account, items=[item], on=on, at=at, key=key, note=paper)
    set_off(viewer=viewer, account=account, on=on, at=at)
    return posting.debts.get()


@action("take-charge-back", may=REVERSE, within="debt.organisation", fields=REVERSAL)
def take_charge_back(*, viewer: Any, debt: Debt, reason: str, at: dt.datetime) -> Posting:
    """Take a one-off charge back; what was paid of it becomes a prepayment. Raises NotACharge,
    ReversedAlready."""
    if debt.subject != Subject.CHARGE:
        raise NotACharge
    on = legal_day(at)
    posting = reverse(viewer=viewer, posting=debt.posting, on=on, at=at, note=reason)
    set_off(viewer=viewer, account=debt.account, on=on, at=at)
    return posting
