"""The papers that the offices of a document give when one of its open places is settled."""

from __future__ import annotations

import datetime as dt

from tongdian.policy import Pack
from tongdian.rulebook.rules import InterpretersPaper

ON = dt.date(2026, 3, 1)


def papers_of(pack: Pack) -> dict[str, InterpretersPaper]:
    """A paper of every office that interprets the document."""
    who = pack.head.interpreted_by
    return {office: InterpretersPaper(f"{office} 2026-3", ON) for office in (who.offices if who else ())}


def papers_asked(pack: Pack) -> dict[str, dict[str, str]]:
    """The same, as a program sends them."""
    return {office: {"paper": one.paper, "on": str(one.on)} for office, one in papers_of(pack).items()}


TYPED = {
    "paper-energy-office": "节能办〔2026〕3号",
    "on-energy-office": "2026-03-01",
    "paper-logistics-group": "后勤集团〔2026〕8号",
    "on-logistics-group": "2026-03-02",
}
"""What somebody types for GXNU 2016-4, article 70."""
