"""The tables of money."""

from tongdian.accounts.models.books import (
    BalanceAssertion,
    BillingAccount,
    Debt,
    Hold,
    HoldEnd,
    LedgerAccount,
    LimitedBalance,
    MonthSeal,
    Posting,
    SealedBalance,
    Transfer,
)
from tongdian.accounts.models.counter import CashCount, Receipt

__all__ = [
    "BalanceAssertion",
    "BillingAccount",
    "CashCount",
    "Debt",
    "Hold",
    "HoldEnd",
    "LedgerAccount",
    "LimitedBalance",
    "MonthSeal",
    "Posting",
    "Receipt",
    "SealedBalance",
    "Transfer",
]
