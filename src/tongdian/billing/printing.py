"""A bill as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from tongdian.billing.models import Bill, BillLine
from tongdian.billing.queries import Following, following_of, is_cancelled, lines_of, pack_of
from tongdian.billing.rating import unit_of
from tongdian.billing.rules import A_UNIT, NOTES
from tongdian.bounded import CHILDREN, bounded
from tongdian.connections.printing import hotlines
from tongdian.documents import BillPaper, BillPaperLine, render
from tongdian.documents.printing import Language
from tongdian.documents.stacks import joined, render_stack
from tongdian.metering.rules import A_DAY
from tongdian.network.rules import Utility
from tongdian.policy.words import Words
from tongdian.qr_codes import qr_code
from tongdian.signed_papers import BILL, hash_coded, sign
from tongdian.spoken import both, days

FOLLOWS = Words("{utility} {days}，另行开账", "{utility} {days}, on a bill of its own")
AT_ONCE = 250  # bills that one child prints: it holds about 1 MB of each


def _follows(row: Following, language: Language) -> str:
    title = both(Utility(row.utility).label).say(language)
    return FOLLOWS.fill(utility=title, days=days(row.starts, row.ends - A_DAY)).say(language)


def bill_paper(bill: Bill, *, language: Language = "zh") -> bytes:
    """水电费收费清单 as PDF: every line with quantity, price and article. A cancelled one says so."""
    (paper,) = _papers([bill], language)
    return bounded(render, paper, language=language)


def bill_papers(bills: Sequence[Bill], *, language: Language = "zh") -> bytes:
    """The same of many, one after another in one PDF, each as it is alone."""
    with ThreadPoolExecutor(
        CHILDREN
    ) as printing:  # each waits for its child while the next are asked for here
        parts = [
            printing.submit(
                bounded, render_stack, _papers(bills[start : start + AT_ONCE], language), language=language
            )
            for start in range(0, len(bills), AT_ONCE)
        ]
    printed = [part.result() for part in parts]
    return printed[0] if len(printed) == 1 else bounded(joined, printed)


def _papers(bills: Sequence[Bill], language: Language) -> list[BillPaper]:
    rows, follows = lines_of(bills), following_of(bills)
    return [_paper(bill, rows[bill.pk], follows[bill.pk], language) for bill in bills]


def _paper(
    bill: Bill, rows: Sequence[BillLine], follows: Sequence[Following], language: Language
) -> BillPaper:
    pack = pack_of(bill)
    return BillPaper(
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
                price=f"{row.price.normalize():f} {A_UNIT[row.utility].say(language)}"
                if row.price is not None
                else "",
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
        follows=tuple(_follows(row, language) for row in follows),
        code=qr_code(address_of(bill)),
    )


def signed_bill(bill: Bill) -> str:
    """What the paper says, signed with the key of this installation: verified offline by `tongdian verify`."""
    statement = {
        "t": BILL,
        "n": bill.number,
        "l": bill.last_on.isoformat(),
        "d": bill.due_on.isoformat(),
        "fen": bill.fen,
        "h": hash_coded(bill.hash),
    }
    return sign(statement, settings.PAPERS_KEY)


def address_of(bill: Bill) -> str:
    """The page on which a telephone that scans the paper verifies it."""
    return f"{settings.PUBLIC_ADDRESS}/verify/?p={signed_bill(bill)}"
