"""A bill as it is printed."""

from __future__ import annotations

from tongdian.billing.models import Bill
from tongdian.billing.queries import Following, following, is_cancelled, lines, pack_of
from tongdian.billing.rating import unit_of
from tongdian.billing.rules import NOTES
from tongdian.bounded import bounded
from tongdian.connections.printing import hotlines
from tongdian.documents import BillPaper, BillPaperLine, render
from tongdian.documents.printing import Language
from tongdian.metering.rules import A_DAY
from tongdian.network.rules import Utility
from tongdian.policy.words import Words
from tongdian.spoken import both, days

FOLLOWS = Words("{utility} {days}，另行开账", "{utility} {days}, on a bill of its own")


def _follows(row: Following, language: Language) -> str:
    title = both(Utility(row.utility).label).say(language)
    return FOLLOWS.fill(utility=title, days=days(row.starts, row.ends - A_DAY)).say(language)


def bill_paper(bill: Bill, *, language: Language = "zh") -> bytes:
    """水电费收费清单 as PDF: every line with quantity, price and article. A cancelled one says so."""
    pack = pack_of(bill)
    rows = lines(bill)
    paper = BillPaper(
        number=bill.number,
        issuer=bill.organisation.name,
        issued_on=bill.issued_on,
        hotlines=hotlines(bill.organisation),
        is_demo=bill.is_demo,
        account=bill.account.number,
        customer=bill.account.customer.name,
        place=bill.account.place.name,
        from_on=bill.starts,
        last_on=max((row.last_on for row in rows), default=bill.ends),
        due_on=bill.due_on,
        lines=tuple(
            BillPaperLine(
                name="，".join([row.title["zh"], *(NOTES[one].zh for one in row.notes if one in NOTES)]),
                meter=row.meter,
                first_on=row.first_on,
                last_on=row.last_on,
                before=f"{row.before.normalize():f}" if row.before is not None else "",
                now=f"{row.now.normalize():f}" if row.now is not None else "",
                multiplier=f"{row.multiplier.normalize():f}",
                quantity=f"{row.quantity:f} {unit_of(row.utility)}" if row.quantity is not None else "",
                price=f"{row.price.normalize():f}" if row.price is not None else "",
                sum_fen=row.fen,
            )
            for row in rows
        ),
        total_fen=bill.fen,
        cites=(pack.say_cite(tuple(dict.fromkeys(c for row in rows for c in row.cite)), "zh"),),
        corrects=bill.corrects.number if bill.corrects else "",
        corrected_fen=bill.corrects.fen if bill.corrects else 0,
        reason=bill.reason,
        is_example=bill.is_example,
        is_cancelled=is_cancelled(bill),
        check=f"{bill.number} {bill.hash}",
        follows=tuple(_follows(row, language) for row in following(bill)),
    )
    return bounded(render, paper, language=language)
