"""A campus with two customers' billing accounts, and short ways to move money."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.agreements.conftest import campus, town
from tongdian.calendar import SHANGHAI

__all__ = ["campus", "town"]

ON = dt.date(2026, 4, 12)


def noon(day: dt.date) -> dt.datetime:
    """12:00 of a day in Shanghai."""
    return dt.datetime.combine(day, dt.time(12), SHANGHAI)


@dataclass
class Books:
    """The books of a campus. Amounts are fen."""

    organisation: Any
    officer: Any
    holders: list = field(default_factory=list)

    def account(self, kind: str, **whose):
        """An account of the books: a customer's by `holder` (0 or 1)."""
        from tongdian.accounts.actions.posting import account_of
        from tongdian.accounts.rules import LedgerKind

        if "holder" in whose:
            whose["holder"] = self.holders[whose["holder"]]
        return account_of(self.organisation, LedgerKind(kind), **whose)

    def post(self, debit, credit, fen: int, *, reason="receipt", on=ON, at=None, **more):
        """Movement fen from `credit` to `debit`."""
        from tongdian.accounts.actions.posting import Movement, post
        from tongdian.accounts.rules import TransferReason

        move = Movement(debit.pk, credit.pk, fen, TransferReason(reason))
        return post(
            viewer=self.officer,
            organisation=self.organisation,
            moves=[move],
            on=on,
            at=at or noon(max(on, ON)),
            **more,
        )

    def balance(self, account, *, on=dt.date(2026, 12, 31)) -> int:
        """What an account holds at the end of a day."""
        from tongdian.accounts import queries

        return queries.balance(account, on=on)


@pytest.fixture
def books(town) -> Books:
    """Two billing accounts at the two flats."""
    from tongdian.accounts.actions.opening import open_account

    made = Books(town.campus.organisation, town.officer)
    for customer, flat in zip(town.customers, town.campus.flats, strict=False):
        made.holders.append(open_account(viewer=town.officer, customer=customer, place=flat, at=noon(ON)))
    return made


@pytest.fixture
def counter(books, viewer):
    """The books with the utilities centre of article 18 below the campus, a cashier there and an officer,
    and a bank account."""
    from tests.network.conftest import make_organisation
    from tongdian.accounts.actions.collecting import open_bank_account

    centre = make_organisation("SD", "水电中心", kind="office", parent=books.organisation)
    centre.fills = ["utilities-centre"]
    centre.save()
    books.centre = centre
    books.cashier = viewer("clerk", "chen", at=centre)
    books.chief = viewer("officer", "zhou", at=centre)
    open_bank_account(viewer=books.officer, organisation=books.organisation, name="农行", at=noon(ON))
    return books


@pytest.fixture
def choose(viewer):
    """Choose how an open place of the regulation is read."""

    def choose_(interpretation: str, option: str) -> None:
        from tongdian.rulebook import queries
        from tongdian.rulebook.actions import InterpretersPaper, choose_interpretation

        choose_interpretation(
            pack=queries.pack("gxnu-2016-4"),
            interpretation=interpretation,
            option=option,
            reason="校务会议",
            papers={
                office: InterpretersPaper("解释〔2026〕1号", ON)
                for office in ("energy-office", "logistics-group")
            },
            by=viewer("administrator", "reader"),
            at=noon(ON),
        )

    return choose_
