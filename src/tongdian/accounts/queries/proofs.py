"""Proofs of what a closed month says: a customer takes one along and verifies it without us."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import Any

from django.conf import settings

from tongdian.accounts.models import BillingAccount, MonthSeal, SealedBalance
from tongdian.accounts.refusing import MonthDoesNotHold, NothingSealed
from tongdian.accounts.rules import OF_A_CUSTOMER
from tongdian.audit_log.tree import MemoryTree, inclusion_proof, leaf_hash, root
from tongdian.signed_papers import balance_proof

AT_A_TIME = 5_000


def balance_leaf(organisation: Any, account: int, month: dt.date, fen: int) -> bytes:
    """What a closed month says of one account. The salt keeps a neighbour's proof from telling it."""
    said = f"{organisation}\n{account}\n{month:%Y-%m}\n{fen}\n"
    salt = hmac.new(settings.AUDIT_SEAL_KEY, f"balance\n{said}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"tongdian balance 1\n{said}{salt}\n".encode()


def sealed_months(account: BillingAccount) -> list[MonthSeal]:
    """The closed months in which something of a billing account was written down, the newest first."""
    rows = SealedBalance.objects.filter(account__holder=account).values("month")
    return list(
        MonthSeal.objects.filter(organisation=account.organisation_id, month__in=rows).order_by("-month")
    )


def proof_of(account: BillingAccount, month: dt.date) -> str:
    """The balances of a billing account at the end of a closed month, each with its path to the root of the
    month, signed: the file that `tongdian verify` takes.

    The whole month is hashed anew, so that a month which no longer gives its root is found out here.
    Raises NothingSealed, MonthDoesNotHold.
    """
    seal = next((one for one in sealed_months(account) if one.month == month), None)
    if seal is None:
        raise NothingSealed(account=account.number, month=f"{month:%Y-%m}")
    own = {
        row.account_id: row
        for row in SealedBalance.objects.filter(
            account__holder=account, account__kind__in=OF_A_CUSTOMER, month=month
        ).select_related("account")
    }
    tree = MemoryTree()
    rows = SealedBalance.objects.filter(organisation=account.organisation_id, month=month).order_by("place")
    for ledger, fen in rows.values_list("account", "fen").iterator(chunk_size=AT_A_TIME):
        tree.append(leaf_hash(balance_leaf(account.organisation_id, ledger, month, fen)))
    leaves = []
    for row in own.values():
        path = inclusion_proof(tree.node, index=row.place, size=tree.size)
        leaf = balance_leaf(account.organisation_id, row.account_id, month, row.fen)
        leaves.append((leaf.decode(), row.place, path))
    if tree.size != seal.accounts or root(tree.node, size=tree.size) != bytes(seal.root):
        raise MonthDoesNotHold(month=f"{month:%Y-%m}")
    statement = {
        "a": account.number,
        "m": f"{month:%Y-%m}",
        "n": tree.size,
        "r": bytes(seal.root).hex(),
        "b": [[row.account_id, row.account.kind, row.fen] for row in own.values()],
    }
    return balance_proof(statement, leaves, settings.PAPERS_KEY)
