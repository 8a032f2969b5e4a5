"""Papers of money, printed."""

from __future__ import annotations

from tongdian.accounts.models import Receipt
from tongdian.accounts.queries import paid_for
from tongdian.accounts.rules import LedgerKind
from tongdian.bounded import bounded
from tongdian.calendar import legal_day
from tongdian.connections.printing import hotlines
from tongdian.documents import PaidFor, PaymentReceipt, render
from tongdian.documents.printing import Language
from tongdian.policy.clauses import say_clause


def receipt_paper(receipt: Receipt, *, language: Language = "zh") -> bytes:
    """收款收据 as PDF. One that was taken back says so."""
    account, undone = receipt.account, receipt.undone
    paper = PaymentReceipt(
        number=receipt.number,
        issuer=receipt.organisation.name,
        issued_on=receipt.on,
        hotlines=hotlines(receipt.organisation),
        is_demo=account.is_demo,
        account=account.number,
        customer=account.customer.name,
        place=account.place.name,
        payer=receipt.payer,
        means=receipt.into.name if receipt.into.kind == LedgerKind.BANK else "现金",
        lines=tuple(
            PaidFor(name=name.zh, sum_fen=fen, cite=say_clause(cite).zh if cite else "")
            for name, fen, cite in paid_for(receipt)
        ),
        total_fen=receipt.fen,
        cashier=receipt.by.shown_name,
        note=receipt.note,
        taken_back=f"{legal_day(undone.at)} {undone.note}" if undone else "",
    )
    return bounded(render, paper, language=language)
