"""What stands on a paper, signed so that anybody can verify it without us: compact JWS (RFC 7515) with
Ed25519 (RFC 8037). Plain Python: no Django, no database, no clock, no network.

    text = sign({"t": "bill", "n": "YS-Z2026-000123", …}, seed)
    verified(text, public)  →  the same statement; anything else raises

A statement is short, as it has to go into a QR code; `t` says what it is of. The public key has no
secret: it hangs on the wall of the office and lies on the page /verify/.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from tongdian.audit_log.tree import included, leaf_hash
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

BILL, BALANCES = "bill", "balances"
PROOF = "tongdian balance proof 1"
LONGEST = 5_000_000  # characters of a proof


class NotASignedStatement(Refusal):
    """It is not a signed statement at all."""

    says = Words(
        "这不是通典的凭证：请扫描整个二维码，或给出完整的余额证明文件。",
        "This is no statement of Tongdian: scan the whole QR code, or give the whole proof of a balance.",
    )
    field = "text"


class WrongSignature(Refusal):
    """It was changed after it was signed, or somebody else signed it."""

    says = Words(
        "签名不符：内容被改动过，或不是由此公钥的单位签发。",
        "The signature does not match: it was changed, or another office signed it.",
    )
    field = "text"


class AmountDiffers(Refusal):
    """The paper says another amount than was signed."""

    says = Words(
        "金额不符：签发的是 {signed} 元，纸上是 {shown} 元。",
        "The amount differs: {signed} yuan were signed, the paper says {shown}.",
    )
    field = "yuan"


class BalanceNotSealed(Refusal):
    """A balance of a proof is not among those that the closed month holds."""

    says = Words(
        "账户 {account} 的余额不在 {month} 的结账之中：证明不成立。",
        "The balance of account {account} is not among those of the closed {month}: the proof fails.",
    )
    field = "text"


class NotAPublicKey(Refusal):
    """A public key is a PEM file of Ed25519."""

    says = Words("这不是 Ed25519 公钥（PEM）。", "This is no public key of Ed25519 (PEM).")


def sign(statement: Mapping[str, Any], seed: bytes) -> str:
    """A statement as compact JWS. `seed` is 32 secret bytes; the same statement gives the same text."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    header = {"alg": "EdDSA", "kid": key_id(_raw(private.public_key()))}
    signed = f"{_coded(_json(header))}.{_coded(_json(statement))}"
    return f"{signed}.{_coded(private.sign(signed.encode()))}"


def verified(text: str, public: bytes) -> dict[str, Any]:
    """What was signed. `text` is what a QR code holds: the statement, or an address that ends with it;
    `public` the 32 bytes of the key. Raises NotASignedStatement, WrongSignature."""
    token = _token(text)
    parts = token.split(".")
    if len(parts) != 3:
        raise NotASignedStatement
    try:
        header, statement = (json.loads(_decoded(one)) for one in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise NotASignedStatement from None
    if not isinstance(header, dict) or not isinstance(statement, dict) or header.get("alg") != "EdDSA":
        raise NotASignedStatement
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature:
        raise WrongSignature from None
    return statement


def verified_bill(text: str, public: bytes, *, yuan: Decimal | None = None) -> dict[str, Any]:
    """What the QR code of a bill says: number `n`, last day `l`, to be paid by `d`, `fen`, hash `h`. With
    `yuan`, the amount that is printed, which must be the same. Raises AmountDiffers and as `verified`."""
    statement = verified(text, public)
    if statement.get("t") != BILL:
        raise NotASignedStatement
    signed = Decimal(statement["fen"]).scaleb(-2)
    if yuan is not None and yuan != signed:
        raise AmountDiffers(signed=f"{signed:.2f}", shown=f"{yuan:f}")
    return statement


def balance_proof(
    statement: Mapping[str, Any], leaves: Sequence[tuple[str, int, Sequence[bytes]]], seed: bytes
) -> str:
    """A customer's balances at the end of a closed month, as a file: what `statement` says, signed, and of
    each of its balances the leaf, its place in the month and the path to the month's root."""
    return json.dumps(
        {
            "is": PROOF,
            "signed": sign({"t": BALANCES, **statement}, seed),
            "leaves": [
                {"leaf": leaf, "place": place, "path": [one.hex() for one in path]}
                for leaf, place, path in leaves
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def verified_balances(text: str, public: bytes) -> dict[str, Any]:
    """What a proof of balances says: account `a`, month `m`, size `n` and root `r` of the closed month, and
    the balances `b`, each (ledger account, what it is, fen). Raises NotASignedStatement, WrongSignature,
    BalanceNotSealed."""
    if len(text) > LONGEST:
        raise NotASignedStatement
    try:
        proof = json.loads(text)
        leaves = [
            (one["leaf"], int(one["place"]), [bytes.fromhex(x) for x in one["path"]])
            for one in proof["leaves"]
        ]
        signed, what = str(proof["signed"]), proof["is"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NotASignedStatement from None
    statement = verified(signed, public)
    if what != PROOF or statement.get("t") != BALANCES or len(leaves) != len(statement["b"]):
        raise NotASignedStatement
    root, size, month = bytes.fromhex(statement["r"]), int(statement["n"]), statement["m"]
    for (ledger, _, fen), (leaf, place, path) in zip(statement["b"], leaves, strict=True):
        says_so = leaf.split("\n")[2:5] == [str(ledger), month, str(fen)]
        if not says_so or not included(
            index=place, size=size, leaf=leaf_hash(leaf.encode()), proof=path, root=root
        ):
            raise BalanceNotSealed(account=ledger, month=month)
    return statement


def public_of(seed: bytes) -> bytes:
    """The 32 bytes of the public key that belongs to a seed."""
    return _raw(Ed25519PrivateKey.from_private_bytes(seed).public_key())


def key_id(public: bytes) -> str:
    """Eight signs by which a key is told from another."""
    return hashlib.sha256(public).hexdigest()[:8]


def as_pem(public: bytes) -> str:
    """A public key as a file."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def from_pem(text: str) -> bytes:
    """The key of a file. Raises NotAPublicKey."""
    try:
        key = load_pem_public_key(text.encode())
    except ValueError:
        raise NotAPublicKey from None
    if not isinstance(key, Ed25519PublicKey):
        raise NotAPublicKey
    return _raw(key)


def hash_coded(digest: str) -> str:
    """A hash of 64 hexadecimal signs in 43."""
    return _coded(bytes.fromhex(digest))


def hash_decoded(text: str) -> str:
    """The 64 signs again."""
    return _decoded(text).hex()


def _token(text: str) -> str:
    text = text.strip()
    if text.startswith(("http://", "https://")):
        text = (parse_qs(urlsplit(text).query).get("p") or [""])[0]
    if len(text) > LONGEST:
        raise NotASignedStatement
    return text


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Strictly: no sign that base64url does not know, and no second way to write the same."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError from None
    if _coded(data) != text:
        raise ValueError
    return data


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
