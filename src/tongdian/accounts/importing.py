"""Opening balances from former books: what each account still owed or had prepaid on a day, a row each.

A row is posted as an opening balance of that day, under a key of its own, so that a file brought twice is
one; what the old books say of an account in all is kept as an asserted balance, red until the books agree.
Undoing reverses exactly what the import posted, as long as nothing of it is paid.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from tongdian.accounts import queries
from tongdian.accounts.actions.closing import assert_balance
from tongdian.accounts.actions.opening import opened
from tongdian.accounts.actions.owing import Owed, owe
from tongdian.accounts.actions.posting import FIRST_DAY, Movement, account_of, post, reverse
from tongdian.accounts.models import BalanceAssertion, BillingAccount, Debt, LedgerAccount, Posting, Transfer
from tongdian.accounts.rules import (
    ASSERT,
    BalanceSource,
    DayNotOpen,
    LedgerKind,
    MonthIsSealed,
    NotEnoughThere,
    TransferReason,
)
from tongdian.agreements.importing.columns import Column, choice, code, day, positive, text
from tongdian.agreements.importing.kinds.kind import Candidate, ChangedSince, Job, Kind
from tongdian.agreements.models import Agreement, ImportRow
from tongdian.allowed import must_be_allowed
from tongdian.calendar import legal_day
from tongdian.money import fen_of_yuan, yuan_of_fen
from tongdian.network.models import Place
from tongdian.parties.models import Customer, Organisation
from tongdian.policy.words import Words


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer at a place; their billing account is opened where it is not there yet."""

    customer: Customer
    place: Place


SUBJECTS = {
    "electricity": Words("电费", "electricity"),
    "water": Words("水费", "water"),
    "charge": Words("其他费用", "other charges"),
    "prepaid": Words("预存", "prepaid"),
}
OF_OLD_BOOKS = Words("旧账欠费 {what} {due}", "arrears of former books, {what} {due}")
UNKNOWN = Words(
    "没有此户号，也没有此编号的用户在此用能",
    "no billing account has this number, and no customer who is supplied here",
)
SEVERAL = Words(
    "用户在多处用能（{known}）：请写户号",
    "the customer has several places ({known}): write the number of the account",
)
NO_DUE = Words("欠费须写明原缴费期限", "arrears need the day on which they were due")
DUE_OF_PREPAID = Words("预存没有缴费期限", "what is prepaid is not due")
THERE_WITH = Words(
    "已录入 {yuan} 元；请先撤销那次导入", "{yuan} yuan are entered already: undo that import first"
)
NOT_THEN = Words("早于 {first}", "before {first}")
REASON = "撤销导入"
MOST = Decimal("99999999.99")
TOO_MUCH = Words("大于 {most} 元", "more than {most} yuan")


class OpeningBalances(Kind):
    """What customers owed and had prepaid when the former books were left."""

    name = "old-books"
    title = Words("期初欠费和预存", "Opening balances")
    says = Words(
        "每行一笔：某户在旧账截止日尚欠或预存的金额。",
        "A row each: what an account still owed, or had prepaid, when the former books ended.",
    )
    model = Posting

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """As the old books have them."""
        return (
            Column(
                name="account",
                title=Words("户号或用户编号", "Account or customer number"),
                takes=code,
                required=True,
                example="100023",
            ),
            Column(
                name="subject",
                title=Words("项目", "For what"),
                takes=choice,
                choices=SUBJECTS,
                required=True,
                example="电费",
            ),
            Column(
                name="yuan",
                title=Words("金额（元）", "Amount (yuan)"),
                takes=positive,
                decimals=2,
                required=True,
                example="128.50",
            ),
            Column(
                name="due_on",
                title=Words("原缴费期限", "Was due on"),
                takes=day,
                note=Words("预存不填。", "Empty for what is prepaid."),
                example="2025-12-15",
            ),
            Column(
                name="on",
                title=Words("旧账截止日", "Former books ended on"),
                takes=day,
                required=True,
                example="2026-01-01",
            ),
            Column(
                name="paper",
                title=Words("依据", "By what paper"),
                takes=text,
                most=120,
                example="2025 年欠费台账",
            ),
        )

    def key(self, row: Candidate) -> tuple[str, ...]:
        """Account, subject and the day on which it was due."""
        return row.get("account"), row.get("subject"), row.get("due_on"), row.get("on")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """What was opened already and stands, and the accounts that are named. Raises NotAllowed."""
        must_be_allowed(job.viewer, *ASSERT, job.organisation)
        job.table("holders").update(_holders(job.organisation, {row.get("account") for row in rows}))
        wanted = {}
        for row in rows:
            found = job.table("holders").get(row.get("account"), [])
            if len(found) == 1:
                wanted[_key(found[0], row)] = self.key(row)
        counted, standing = job.table("counted"), {}
        for posting in _under(job.organisation, set(wanted)):
            own = posting.key.split(" #")[0]
            counted[own] = counted.get(own, 0) + 1
            if not hasattr(posting, "reversed_by"):
                standing[wanted[own]] = posting
        return standing

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """What an opening balance is refused for."""
        found = job.table("holders").get(row.get("account"), [])
        if len(found) != 1:
            known = [Words(one.place.name, one.place.name) for one in found]
            row.refuse("account", SEVERAL.fill(known=known) if found else UNKNOWN)
            return
        on = dt.date.fromisoformat(row.get("on"))
        is_prepaid = row.get("subject") == "prepaid"
        if bool(row.get("due_on")) == is_prepaid:
            row.refuse("due_on", DUE_OF_PREPAID if is_prepaid else NO_DUE)
        if Decimal(row.get("yuan")) > MOST:
            row.refuse("yuan", TOO_MUCH.fill(most=MOST))
        if on > (today := legal_day(job.at)):
            row.refuse("on", DayNotOpen(day=on, today=today).words)
        elif on < FIRST_DAY:
            row.refuse("on", NOT_THEN.fill(first=FIRST_DAY))
        if "seal" not in job.found:
            job.found["seal"] = queries.last_seal(job.organisation)
        seal = job.found["seal"]
        if seal is not None and on <= seal.through:
            row.refuse("on", MonthIsSealed(day=on, through=seal.through).words)
        if present is not None and not row.reasons:
            there = sum(one.fen for one in present.transfers.all())
            if there != _fen(row):
                row.refuse("yuan", THERE_WITH.fill(yuan=yuan_of_fen(there)))

    def store(self, rows: Sequence[tuple[Candidate, ImportRow]], job: Job) -> None:
        """Post them, and write down what the old books say of each account."""
        self.existing([row for row, _ in rows], job)
        told: dict[tuple[int, dt.date], int] = defaultdict(int)
        ledgers: dict[int, LedgerAccount] = {}
        for row, kept in rows:
            posting, ledger, fen = _posted(row, job)
            kept.subject = posting.pk
            told[ledger.pk, dt.date.fromisoformat(row.get("on"))] += fen
            ledgers[ledger.pk] = ledger
        for (pk, on), fen in sorted(told.items()):
            _assert_more(ledgers[pk], on, fen, job, note="期初余额导入")

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """Reverse them on their day. Raises ChangedSince where something was paid of one."""
        postings = Posting.objects.filter(pk__in=[row.subject for row in rows]).select_related("organisation")
        for posting in postings:
            move = posting.transfers.get()
            kind = (
                LedgerKind.PREPAYMENT
                if LedgerAccount.objects.filter(pk=move.credit_id, kind=LedgerKind.PREPAYMENT).exists()
                else LedgerKind.RECEIVABLE
            )
            is_owed = kind == LedgerKind.RECEIVABLE
            ledger = LedgerAccount.objects.select_related("organisation").get(
                pk=move.debit_id if is_owed else move.credit_id
            )
            try:
                reverse(viewer=job.viewer, posting=posting, on=move.event_on, at=job.at, note=REASON)
            except NotEnoughThere as refused:
                raise ChangedSince(what=[Words(str(ledger), str(ledger))]) from refused
            _assert_more(ledger, move.event_on, -move.fen if is_owed else move.fen, job, note=REASON)

    def dependants(self, ids: Sequence[Any], made: set[UUID]) -> list[str]:
        """What was paid, set off or given up of these debts since."""
        debts = Debt.objects.filter(posting__in=list(ids))
        moved = Transfer.objects.filter(item__in=debts.values("pk")).exclude(posting__in=list(ids))
        halted = debts.filter(pk__in=moved.values("item")).select_related("account")[:10]
        return [f"{one.account.number} {one.title['zh']}" for one in halted]


def _fen(row: Candidate) -> int:
    return fen_of_yuan(Decimal(row.get("yuan")))


def _holders(organisation: Organisation, numbers: set[str]) -> dict[str, list[Holder]]:
    """Who is named by each number: an account by its own, a customer by theirs at every place where they
    have an account or are supplied."""
    found: dict[str, dict[Any, Holder]] = defaultdict(dict)
    accounts = BillingAccount.objects.filter(organisation=organisation).select_related("customer", "place")
    for one in accounts.filter(number__in=numbers):
        found[one.number][one.place_id] = Holder(one.customer, one.place)
    for one in accounts.filter(customer__number__in=numbers):
        found[one.customer.number][one.place_id] = Holder(one.customer, one.place)
    supplied = Agreement.objects.filter(organisation=organisation, customer__number__in=numbers)
    for row in supplied.select_related("customer", "usage_point__place__organisation"):
        place = row.usage_point.place
        found[row.customer.number].setdefault(place.pk, Holder(row.customer, place))
    return {number: list(rows.values()) for number, rows in found.items()}


def _key(holder: Holder, row: Candidate) -> str:
    """What such a row is called, for ever: by customer and place, whichever number the file names."""
    whose = f"{holder.customer.number} {holder.place.code}"
    return f"opening {whose} {row.get('subject')} {row.get('due_on') or '-'} {row.get('on')}"


def _under(organisation: Organisation, keys: set[str]) -> list[Posting]:
    """The postings of these keys; one that was undone and brought again has " #2" after its key."""
    if not keys:
        return []
    rows = Posting.objects.filter(organisation=organisation, key__startswith="opening ")
    found = rows.filter(Q(key__in=list(keys)) | Q(key__contains=" #"))
    shown = found.select_related("reversed_by").prefetch_related("transfers")
    return [one for one in shown if one.key.split(" #")[0] in keys]


def _posted(row: Candidate, job: Job) -> tuple[Posting, LedgerAccount, int]:
    """The posting of a row, the account of the customer that it moves, and by how much: debits less credits."""
    (holder,) = job.table("holders")[row.get("account")]
    actor = getattr(job.viewer, "actor", "program")
    account = opened(customer=holder.customer, place=holder.place, at=job.at, actor=actor)
    organisation, fen = job.organisation, _fen(row)
    on, base = dt.date.fromisoformat(row.get("on")), _key(holder, row)
    before = job.table("counted").get(base, 0)
    said = {
        "viewer": job.viewer,
        "on": on,
        "at": job.at,
        "key": f"{base} #{before + 1}" if before else base,
        "note": row.get("paper") or "旧账",
    }
    if row.get("subject") == "prepaid":
        kept = account_of(organisation, LedgerKind.PREPAYMENT, holder=account)
        opening = account_of(organisation, LedgerKind.OPENING)
        move = Movement(opening.pk, kept.pk, fen, TransferReason.OPENING)
        return post(organisation=organisation, moves=[move], **said), kept, -fen
    title = OF_OLD_BOOKS.fill(what=SUBJECTS[row.get("subject")], due=row.get("due_on"))
    item = Owed(
        subject=Debt.Subject.OPENING, fen=fen, due_on=dt.date.fromisoformat(row.get("due_on")), title=title
    )
    posting = owe(account=account, items=[item], **said)
    return posting, account_of(organisation, LedgerKind.RECEIVABLE, holder=account), fen


def _assert_more(ledger: LedgerAccount, on: dt.date, fen: int, job: Job, *, note: str) -> None:
    """What the old books say of an account in all: what was said before takes this along, and is set aside."""
    before = BalanceAssertion.objects.filter(
        account=ledger, on=on, source=BalanceSource.OLD_BOOK, set_aside_by=None
    ).first()
    assert_balance(
        viewer=job.viewer,
        account=ledger,
        on=on,
        fen=(before.fen if before else 0) + fen,
        source=BalanceSource.OLD_BOOK,
        note=note,
        instead_of=before,
        at=job.at,
    )
