"""The class in which an account's charges are reported (21)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.accounts.models import BillingAccount
from tongdian.accounts.rules import PayForm
from tongdian.agreements.models import Agreement
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook


def charge_class(account: BillingAccount, on: dt.date) -> Words | None:
    """By the price category of the newest agreement and whether the account is prepaid; none where the
    agreement's pack has no such rule, or knows no class for it."""
    agreements = Agreement.objects.filter(
        customer=account.customer_id, usage_point__place=account.place_id, in_force__startswith__lte=on
    )
    newest = agreements.order_by("-in_force__startswith").select_related("usage_point").first()
    if newest is None:
        return None
    pack = rulebook.pack_for(newest.pack, account.place.region.code)
    billing = pack.head.uses.billing
    if billing is None or billing.charge_class is None:
        return None
    rule: Any = pack.rules[billing.charge_class]
    given = {"category": newest.price_category, "card": account.form == PayForm.PREPAID}
    try:
        said = pack.answer(
            billing.charge_class, on=on, given=given, take=rulebook.options_in_force(pack, rule)
        )
    except Refusal:
        return None
    named = rule.names[str(said.value)]
    return Words(named.zh, named.en)
