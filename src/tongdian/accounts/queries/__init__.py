"""The books as they stand: balances of any day, what is still owed, what was asserted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from tongdian.accounts.models import (
    BalanceAssertion,
    BillingAccount,
    Debt,
    LedgerAccount,
    LimitedBalance,
    MonthSeal,
    Posting,
    Receipt,
    Transfer,
)
from tongdian.accounts.refusing import NoSuchBox, NoSuchDebt, NoSuchLedgerAccount, NoSuchReceipt
from tongdian.accounts.rules import COLLECT, GROWS_BY_DEBIT, LedgerKind, NoSuchBillingAccount
from tongdian.agreements.models import Agreement
from tongdian.connections.queries import packs_of
from tongdian.network.models import Place
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.permissions import seen
from tongdian.parties.queries import office_for
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.questions import Question
from tongdian.registers.links import as_uuid
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import say

# Debits less credits. A closed month carries what was before it.
_BALANCES = """
with base as (
    select distinct on (account_id) account_id, fen, month + interval '1 month' as after
      from accounts_sealedbalance
     where account_id = any(%(accounts)s) and month + interval '1 month' <= %(on)s::date + 1
     order by account_id, month desc
), asked as (
    select account.id, coalesce(base.fen, 0) as fen, coalesce(base.after::date, '2000-01-01') as after
      from unnest(%(accounts)s::bigint[]) account(id) left join base on base.account_id = account.id
)
select asked.id,
       (asked.fen + coalesce((select sum(fen) from accounts_transfer
                    where debit_id = asked.id and event_on >= asked.after and event_on <= %(on)s), 0)
                  - coalesce((select sum(fen) from accounts_transfer
                    where credit_id = asked.id and event_on >= asked.after and event_on <= %(on)s), 0)
       )::bigint
  from asked
"""
_OPEN = """
select account, item_id, sum(part.fen)::bigint
  from (select debit_id as account, item_id, fen from accounts_transfer where debit_id = any(%(accounts)s)
        union all
        select credit_id, item_id, -fen from accounts_transfer where credit_id = any(%(accounts)s)) part
 where item_id is not null group by 1, 2 having sum(part.fen) <> 0
"""
_AT_PLACES = "select customer_id, place_id, id from accounts_billingaccount where customer_id = any(%s)"
_LEDGERS = """
select holder_id, id from accounts_ledgeraccount
 where organisation_id = %(organisation)s and kind = %(kind)s and holder_id = any(%(holders)s)
"""
_DEBTS = Question(
    "select {one} from accounts_debt one where one.id = any(%(ids)s) order by one.due_on, one.id", one=Debt
)


@dataclass(frozen=True)
class OpenDebt:
    """A debt and what is still owed of it, in fen."""

    debt: Debt
    fen: int

    @property
    def title_here(self) -> str:
        """What it is for, in the reader's language."""
        return say(Words(**self.debt.title))


def balances(accounts: Iterable[int], *, on: dt.date) -> dict[int, int]:
    """Debits less credits of ledger accounts at the end of a day, in fen, by their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"accounts": list(accounts), "on": on})
        return dict(cursor.fetchall())


def balance(account: LedgerAccount, *, on: dt.date) -> int:
    """What an account holds at the end of a day, in fen, on the side by which its kind grows."""
    difference = balances([account.pk], on=on)[account.pk]
    return difference if account.kind in GROWS_BY_DEBIT else -difference


def available(account: LedgerAccount) -> int:
    """What a limited account can give now, in fen: without what is held."""
    limit = LimitedBalance.objects.get(account=account)
    return limit.fen - limit.held


def with_books(viewer: Any) -> list[Organisation]:
    """The organisations whose books a viewer reads."""
    theirs = LedgerAccount.objects.filter(seen(viewer, "accounts.read")).values("organisation")
    return list(Organisation.objects.filter(pk__in=theirs).order_by("name"))


def ledger_accounts(viewer: Any) -> QuerySet[LedgerAccount]:
    """The accounts of the books that a viewer reads."""
    rows = LedgerAccount.objects.filter(seen(viewer, "accounts.read"))
    return rows.select_related("organisation", "holder__customer", "cashier")


def seals(organisation: Organisation) -> QuerySet[MonthSeal]:
    """The closed months, newest first."""
    return MonthSeal.objects.filter(organisation=organisation).select_related("by").order_by("-month")


def assertions(organisation: Organisation) -> QuerySet[BalanceAssertion]:
    """The balances that other papers say and nothing has set aside, newest first."""
    rows = BalanceAssertion.objects.filter(organisation=organisation, set_aside_by=None)
    return rows.select_related("account", "account__holder", "account__cashier").order_by("-on", "-id")


def statement(account: LedgerAccount, *, first: dt.date, last: dt.date) -> list[Transfer]:
    """The transfers of an account from a day to a day, in their order."""
    rows = Transfer.objects.filter(event_on__gte=first, event_on__lte=last)
    mine = rows.filter(debit=account).union(rows.filter(credit=account))
    ids = [(row.event_on, row.id) for row in mine]
    found = Transfer.objects.filter(pk__in=ids).select_related("posting", "debit", "credit", "item")
    return list(found.order_by("event_on", "id"))


def movements(account: LedgerAccount) -> list[tuple[Transfer, int]]:
    """Everything that ever came into an account or went out of it, in order: in above nothing, out below;
    what one deed moved the same way, such as a receipt that paid two debts, together."""
    rows = Transfer.objects.filter(Q(debit=account) | Q(credit=account))
    rows = rows.select_related(
        "posting__by", "posting__receipt__account", "posting__reverses", "debit", "credit"
    )
    found: dict[tuple[UUID, bool], tuple[Transfer, int]] = {}
    for row in rows.order_by("posting__at", "event_on", "id"):
        came = row.debit_id == account.pk
        first, fen = found.get((row.posting_id, came), (row, 0))
        found[row.posting_id, came] = (first, fen + (row.fen if came else -row.fen))
    return list(found.values())


def ledger_account(
    organisation: Organisation,
    kind: LedgerKind,
    *,
    holder: BillingAccount | None = None,
    cashier: UUID | None = None,
    day: dt.date | None = None,
    name: str = "",
) -> LedgerAccount | None:
    """The account of the books, if it is there."""
    return LedgerAccount.objects.filter(
        organisation=organisation, kind=kind, holder=holder, cashier=cashier, day=day, name=name
    ).first()


def ledger_accounts_of(
    organisation: Organisation, kind: LedgerKind, holders: Iterable[UUID]
) -> dict[UUID, int]:
    """The keys of the accounts of the books of billing accounts, by those, where they are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LEDGERS, {"organisation": organisation.pk, "kind": str(kind), "holders": list(holders)}
        )
        return dict(cursor.fetchall())


def accounts_at_places(keys: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """The billing accounts of customers at places, where they are there, by customer and place."""
    wanted = set(keys)
    with connection.cursor() as cursor:
        cursor.execute(_AT_PLACES, [[customer for customer, _ in wanted]])
        return {(whose, where): pk for whose, where, pk in cursor.fetchall() if (whose, where) in wanted}


def open_debts(account: BillingAccount) -> list[OpenDebt]:
    """What a billing account still owes, the earliest due first."""
    return open_debts_of(account.organisation, [account.pk])[account.pk]


def open_debts_of(organisation: Organisation, accounts: Iterable[UUID]) -> dict[UUID, list[OpenDebt]]:
    """The same for many billing accounts of an organisation, by those, in three questions."""
    found: dict[UUID, list[OpenDebt]] = {pk: [] for pk in accounts}
    receivables = ledger_accounts_of(organisation, LedgerKind.RECEIVABLE, found)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"accounts": list(receivables.values())})
        left = {item: fen for _, item, fen in cursor.fetchall()}
    for (row,) in _DEBTS(ids=list(left)):
        found[row.account_id].append(OpenDebt(row, left[row.pk]))
    return found


def in_order_of_payment(account: BillingAccount, on: dt.date) -> list[OpenDebt]:
    """What a payment goes to, first things first: by the rule of the regulation (64), within one rank
    what was due first; without a rule, what was due first."""
    return in_order_of_payment_of(account.organisation, [account.pk], on)[account.pk]


def in_order_of_payment_of(
    organisation: Organisation, accounts: Iterable[UUID], on: dt.date
) -> dict[UUID, list[OpenDebt]]:
    """The same for many billing accounts of an organisation, by those."""
    owed = {
        pk: [one for one in rows if one.fen > 0] for pk, rows in open_debts_of(organisation, accounts).items()
    }
    pack = pack_of(organisation, on)
    uses = pack.head.uses.collecting if pack else None
    if pack is None or uses is None:
        return owed
    rule: Any = pack.rules[uses.order]
    taken = rulebook.options_in_force(pack, rule)
    order = rule.columns["rank"].one_of
    rank = {row["subject"]: order.index(row["rank"]) for row in rule.rows_on(on, taken)}

    def place(one: OpenDebt) -> int:
        return int(rank["late_fee" if one.debt.subject == Debt.Subject.LATE_FEE else "principal"])

    return {pk: sorted(rows, key=place) for pk, rows in owed.items()}


@dataclass(frozen=True)
class Collector:
    """The office that alone may take money, and the article that says so."""

    office: Organisation
    cite: Words


def pack_of(organisation: Organisation, on: dt.date) -> Pack | None:
    """The regulation by which money is collected in an organisation; none where none speaks of it."""
    return next((one for one in packs_of(organisation, on) if one.head.uses.collecting), None)


def may_take(viewer: Any, organisation: Organisation, on: dt.date) -> bool:
    """Whether the viewer acts for the office that alone may take money, as far as one is named."""
    sole = collector(organisation, on)
    return sole is None or bool(viewer.has_perm(COLLECT.name, sole.office))


def is_resident(customer: Customer, place: Place, on: dt.date) -> bool:
    """Whether a customer is supplied at a place in a class that the regulation calls residential."""
    pack = pack_of(place.organisation, on)
    uses = pack.head.uses.collecting if pack else None
    classes = uses.residents if uses else ()
    rows = Agreement.objects.filter(customer=customer, usage_point__place=place, customer_class__in=classes)
    return rows.exists()


def open_to(organisation: Organisation, form: str, on: dt.date) -> str | None:
    """Whom the regulation's table opens a form of payment to (column `open_to`); none: no table or row."""
    row = row_told(organisation, "forms", on, form=form)
    return row["open_to"] if row else None


def kept_as(organisation: Organisation, deposit: str, on: dt.date) -> LedgerKind:
    """What a deposit is kept as: owed back, unless the regulation's table says that it is a prepayment."""
    row = row_told(organisation, "kept_as", on, deposit=deposit)
    told = row["kept_as"] if row else ""
    return LedgerKind.PREPAYMENT if told == "prepayment" else LedgerKind.DEPOSIT


def row_told(organisation: Organisation, line: str, on: dt.date, **key: str) -> Mapping[str, Any] | None:
    """The row of the table that the regulation names on a line of `uses: collecting:`; none: no table or
    row."""
    pack = pack_of(organisation, on)
    uses = pack.head.uses.collecting if pack else None
    if pack is None or uses is None or (name := getattr(uses, line)) is None:
        return None
    rule: Any = pack.rules[name]
    rows: Iterable[Mapping[str, Any]] = rule.rows_on(on, rulebook.options_in_force(pack, rule))
    return next((row for row in rows if all(row[column] == said for column, said in key.items())), None)


def collector(organisation: Organisation, on: dt.date) -> Collector | None:
    """Who alone may take money in an organisation, as far as a regulation names an office and it is there."""
    pack = pack_of(organisation, on)
    if pack is None or pack.head.uses.collecting is None:
        return None
    uses = pack.head.uses.collecting
    office = office_for(organisation, uses.office, on=on)
    return (
        Collector(office, Words(*(pack.say_cite(uses.cite, one) for one in ("zh", "en")))) if office else None
    )


def banks(organisation: Organisation) -> list[LedgerAccount]:
    """The bank accounts that the books know."""
    return list(
        LedgerAccount.objects.filter(organisation=organisation, kind=LedgerKind.BANK).order_by("name")
    )


def boxes(viewer: Any) -> QuerySet[LedgerAccount]:
    """The cash boxes of the viewer's organisations."""
    wanted = seen(viewer, "accounts.read")
    rows = LedgerAccount.objects.filter(wanted, kind=LedgerKind.CASH)
    return rows.select_related("organisation", "cashier", "limited").order_by("-day", "id")


def bank_accounts(viewer: Any) -> list[LedgerAccount]:
    """The bank accounts of the books that a viewer reads."""
    return list(ledger_accounts(viewer).filter(kind=LedgerKind.BANK).order_by("organisation", "name"))


def debts(viewer: Any) -> QuerySet[Debt]:
    """Every debt that a viewer sees."""
    wanted = seen(viewer, "accounts.read", region="account__place__region")
    return Debt.objects.filter(wanted).select_related(
        "organisation", "account__organisation", "account__customer", "posting__reversed_by"
    )


def debt(viewer: Any, id_: UUID | str) -> Debt:
    """One debt. Raises NoSuchDebt."""
    found = debts(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchDebt
    return found


def box(viewer: Any, id_: int) -> LedgerAccount:
    """One cash box. Raises NoSuchBox."""
    found = boxes(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchBox
    return found


def ledger_account_seen(viewer: Any, id_: int) -> LedgerAccount:
    """One account of the books. Raises NoSuchLedgerAccount."""
    found = ledger_accounts(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchLedgerAccount
    return found


def own_account(viewer: Any, id_: UUID | str) -> BillingAccount:
    """One billing account of a customer who is signed in. Raises NoSuchBillingAccount."""
    rows = BillingAccount.objects.filter(customer__account=viewer.pk, pk=id_)
    found = rows.select_related("organisation", "customer", "place").first()
    if found is None:
        raise NoSuchBillingAccount
    return found


def own_receipt(viewer: Any, id_: UUID | str) -> Receipt:
    """A receipt of a customer who is signed in. Raises NoSuchReceipt."""
    found = Receipt.objects.filter(account__customer__account=viewer.pk, pk=id_).first()
    if found is None:
        raise NoSuchReceipt
    return found


def receipts_with_keys(organisation: Organisation, keys: Iterable[str]) -> dict[str, Receipt]:
    """The receipts of payments that are called so outside, by those names."""
    wanted = [key for key in keys if key]
    if not wanted:
        return {}
    rows = Receipt.objects.filter(organisation=organisation, posting__key__in=wanted)
    return {row.posting.key: row for row in rows.select_related("posting", "into")}


def receipts(viewer: Any) -> QuerySet[Receipt]:
    """Every receipt that the viewer sees."""
    wanted = seen(viewer, "accounts.read", region="account__place__region")
    joined = ("organisation", "account__customer", "account__place", "into", "by", "posting__reversed_by__by")
    return Receipt.objects.filter(wanted).select_related(*joined)


def receipt(viewer: Any, id_: UUID | str) -> Receipt:
    """One receipt. Raises NoSuchReceipt."""
    found = receipts(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchReceipt
    return found


PREPAID, LODGED = Words("预存", "kept as a prepayment"), Words("保证金", "deposit")


def paid_for(receipt: Receipt) -> list[tuple[Words, int, str]]:
    """What a payment went to: what for, fen, article; the rest that is kept last."""
    rows = receipt.posting.transfers.select_related("item", "credit").order_by("id")
    kept = {LedgerKind.PREPAYMENT: PREPAID, LedgerKind.DEPOSIT: LODGED}
    return [
        (Words(**row.item.title), row.fen, row.item.cite)
        if row.item is not None
        else (kept.get(row.credit.kind, PREPAID), row.fen, "")
        for row in rows
    ]


def ledger_of_debt(account: BillingAccount, id_: str) -> Debt | None:
    """A debt of an account by its id."""
    try:
        return Debt.objects.filter(account=account, pk=UUID(id_)).first()
    except ValueError:
        return None


def last_seal(organisation: Organisation) -> MonthSeal | None:
    """The newest closed month of an organisation's books."""
    return MonthSeal.objects.filter(organisation=organisation).order_by("-month").first()


def postings_with_keys(organisation: Organisation, keys: Iterable[str]) -> dict[str, Posting]:
    """The postings that were made under some keys, by those."""
    wanted = [key for key in keys if key]
    rows = Posting.objects.filter(organisation=organisation, key__in=wanted) if wanted else ()
    return {row.key: row for row in rows}


def untrue(organisation: Organisation, *, through: dt.date) -> list[BalanceAssertion]:
    """Asserted balances up to a day that are not true, and that nothing has set aside."""
    rows = BalanceAssertion.objects.filter(organisation=organisation, on__lte=through, set_aside_by=None)
    by_day: dict[dt.date, list[BalanceAssertion]] = {}
    for row in rows.select_related("account"):
        by_day.setdefault(row.on, []).append(row)
    found = []
    for day, asserted in sorted(by_day.items()):
        there = balances({row.account_id for row in asserted}, on=day)
        found += [row for row in asserted if there[row.account_id] != row.fen]
    return found


def billing_accounts(viewer: Any) -> QuerySet[BillingAccount]:
    """Every billing account that the viewer sees."""
    wanted = seen(viewer, "accounts.read", region="place__region")
    return BillingAccount.objects.filter(wanted).select_related("organisation", "customer", "place")


def billing_account(viewer: Any, id_: UUID | str) -> BillingAccount:
    """One billing account. Raises NoSuchBillingAccount."""
    wanted = as_uuid(id_)  # a form may bring anything
    if wanted is None or (found := billing_accounts(viewer).filter(pk=wanted).first()) is None:
        raise NoSuchBillingAccount
    return found
