"""The tables of money."""

from tongdian.accounts.models.agreed import (
    BankLine,
    DeductionConsent,
    MoneyAnswer,
    MoneyProposal,
    ServedPayment,
)
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
    named_by,
    organisation_of_many,
    own_key,
)
from tongdian.accounts.models.counter import CashCount, Receipt
from tongdian.accounts.models.late import DunningStep, Halt, HaltEnd, PaymentPlan

__all__ = [
    "BalanceAssertion",
    "BankLine",
    "BillingAccount",
    "CashCount",
    "Debt",
    "DeductionConsent",
    "DunningStep",
    "Halt",
    "HaltEnd",
    "Hold",
    "HoldEnd",
    "LedgerAccount",
    "LimitedBalance",
    "MoneyAnswer",
    "MoneyProposal",
    "MonthSeal",
    "PaymentPlan",
    "Posting",
    "Receipt",
    "SealedBalance",
    "ServedPayment",
    "Transfer",
    "named_by",
    "organisation_of_many",
    "own_key",
]
