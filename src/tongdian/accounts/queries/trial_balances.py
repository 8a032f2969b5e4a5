"""The trial balance of an organisation's books: every account, and by kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from tongdian.accounts.models import LedgerAccount
from tongdian.accounts.rules import GROWS_BY_DEBIT, OF_A_CUSTOMER, LedgerKind
from tongdian.parties.models import Organisation

_TRIAL = """
select account.id, sum(part.debit)::bigint, sum(part.credit)::bigint
  from (select debit_id as id, fen as debit, 0 as credit from accounts_transfer
         where organisation_id = %(organisation)s and event_on <= %(on)s
        union all
        select credit_id, 0, fen from accounts_transfer
         where organisation_id = %(organisation)s and event_on <= %(on)s) part
  join accounts_ledgeraccount account on account.id = part.id
 group by account.id order by account.id
"""


@dataclass(frozen=True)
class TrialLine:
    """An account with the sums of its two sides up to a day, in fen."""

    account: LedgerAccount
    debit: int
    credit: int

    @property
    def fen(self) -> int:
        """What it holds, counted on the side by which its kind grows."""
        difference = self.debit - self.credit
        return difference if self.account.kind in GROWS_BY_DEBIT else -difference


def trial_balance(organisation: Organisation, *, on: dt.date) -> list[TrialLine]:
    """Every account that moved up to a day; the two sides add up to the same."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL, {"organisation": organisation.pk, "on": on})
        rows = cursor.fetchall()
    known = LedgerAccount.objects.select_related("holder", "holder__customer", "cashier").in_bulk(
        [id_ for id_, _, _ in rows]
    )
    return [TrialLine(known[id_], debit, credit) for id_, debit, credit in rows]


@dataclass(frozen=True)
class KindLine:
    """The accounts of one kind together; the customers' ones are one line."""

    kind: LedgerKind
    debit: int
    credit: int
    accounts: list[TrialLine]  # none for the customers'

    @property
    def fen(self) -> int:
        """What they hold, on the side by which the kind grows."""
        difference = self.debit - self.credit
        return difference if self.kind in GROWS_BY_DEBIT else -difference


def by_kind(lines: Iterable[TrialLine]) -> list[KindLine]:
    """A trial balance by kinds, in their order."""
    found: dict[str, list[TrialLine]] = {}
    for one in lines:
        found.setdefault(one.account.kind, []).append(one)
    return [
        KindLine(
            kind,
            sum(one.debit for one in rows),
            sum(one.credit for one in rows),
            [] if kind in OF_A_CUSTOMER else rows,
        )
        for kind in LedgerKind
        if (rows := found.get(kind))
    ]
