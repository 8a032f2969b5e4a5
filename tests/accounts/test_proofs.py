"""A customer's balance at the end of a closed month has a proof that anybody verifies."""

import datetime as dt
import json

import pytest

from tests.accounts.conftest import noon
from tongdian.policy.refusals import Refusal
from tongdian.signed_papers import BalanceNotSealed, NotASignedStatement, public_of, verified_balances

pytestmark = pytest.mark.django_db


def on(month: int, day: int) -> dt.date:
    """A day of 2026."""
    return dt.date(2026, month, day)


@pytest.fixture
def closed(books):
    """Two accounts, of which one owes 50.00 and has 5.00 prepaid, with March closed."""
    from tongdian.accounts.actions.closing import close_month

    income, cash = books.account("electricity"), books.account("bank")
    march = on(3, 20)
    books.post(books.account("receivable", holder=0), income, 5000, reason="bill", on=march)
    books.post(cash, books.account("prepayment", holder=0), 500, on=march)
    books.post(books.account("receivable", holder=1), income, 7000, reason="bill", on=march)
    close_month(viewer=books.officer, organisation=books.organisation, at=noon(on(4, 12)))
    return books


def test_a_customers_balance_at_a_closed_months_end_is_proven_without_us(closed, settings):
    from tongdian.accounts.models import MonthSeal
    from tongdian.accounts.queries.proofs import proof_of

    text = proof_of(closed.holders[0], on(3, 1))
    said = verified_balances(text, public_of(settings.PAPERS_KEY))
    assert sorted((kind, fen) for _, kind, fen in said["b"]) == [("prepayment", -500), ("receivable", 5000)]
    assert said["r"] == bytes(MonthSeal.objects.get().root).hex()
    assert closed.holders[1].number not in text  # a neighbour's balance is a hash


def test_a_proof_whose_balance_or_path_was_changed_fails(closed, settings):
    from tongdian.accounts.queries.proofs import proof_of

    public = public_of(settings.PAPERS_KEY)
    proof = json.loads(proof_of(closed.holders[0], on(3, 1)))
    leaf = proof["leaves"][0]["leaf"]
    for broken in (
        {"leaf": leaf.replace("5000", "0000")},
        {"leaf": f"{leaf} "},
        {"place": 3},
        {"path": ["00" * 32]},
    ):
        other = {**proof, "leaves": [proof["leaves"][0] | broken, *proof["leaves"][1:]]}
        with pytest.raises(BalanceNotSealed):
            verified_balances(json.dumps(other), public)
    with pytest.raises(NotASignedStatement):  # a balance left out is no proof of the account
        verified_balances(json.dumps({**proof, "leaves": proof["leaves"][:1]}), public)


def test_nothing_is_proven_of_an_open_month_nor_of_a_month_that_was_tampered_with(closed, monkeypatch):
    from tongdian.accounts.models import MonthSeal
    from tongdian.accounts.queries.proofs import proof_of

    with pytest.raises(Refusal, match="no balance in a closed 2026-04"):
        proof_of(closed.holders[0], on(4, 1))
    seal = MonthSeal.objects.get()
    assert seal.accounts == 5
    seal.root = b"0" * 32  # as if the balances were others: rows of a closed month cannot be changed
    monkeypatch.setattr("tongdian.accounts.queries.proofs.sealed_months", lambda account: [seal])
    with pytest.raises(Refusal, match="no longer give the root"):
        proof_of(closed.holders[0], on(3, 1))
