"""Proofs that a stranger can check with nothing but the reply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client


def test_a_proof_of_a_sealed_entry_verifies(committed: Any, viewer: Any) -> None:
    from tongdian.api.actions import make_token
    from tongdian.audit_log import tree
    from tongdian.audit_log.actions import seal_entries

    account = viewer("auditor")
    _, secret = make_token(
        account=account, title="proofs", at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=200)
    )
    seal_entries()
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    proof = client.get("/api/v1/audit/entries/0/proof").json()
    assert client.get("/api/v1/audit/head").json()["root"] == proof["root"]
    assert tree.included(
        leaf=tree.leaf_hash(bytes.fromhex(proof["leaf"])),
        index=0,
        size=proof["size"],
        proof=[bytes.fromhex(h) for h in proof["proof"]],
        root=bytes.fromhex(proof["root"]),
    )
    assert client.get("/api/v1/audit/entries/99/proof").json()["code"] == "no-such-entry"
