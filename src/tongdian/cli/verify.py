"""`tongdian verify`: whether a bill's QR code or a proof of a balance is what the office signed. Needs no
database and no network: only the public key."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

RIGHT = Words("签名有效", "the signature is right")
BILL = Words(
    "账单 {number}：应缴 {yuan} 元，计至 {last}，{due} 前缴清；内容哈希 {hash}",
    "bill {number}: {yuan} yuan, for days through {last}, to be paid by {due}; content hash {hash}",
)
BALANCE = Words("{what}：{yuan} 元", "{what}: {yuan} yuan")
MONTH = Words(
    "缴费户 {account} 在 {month} 结账时的余额（共 {size} 个账户，根 {root}…）",
    "balances of the account {account} when {month} was closed ({size} accounts, root {root}…)",
)
# as LedgerKind, which needs Django
KINDS = {
    "receivable": Words("应收（尚欠）", "owed"),
    "prepayment": Words("预存", "prepaid"),
    "deposit": Words("保证金", "deposit"),
}


class PrintedAmountUnread(Refusal):
    """An amount is written like 128.50."""

    says = Words("“{text}”不是金额；请写作 128.50。", '"{text}" is no amount: write it like 128.50.')


class NoKeyHere(Refusal):
    """There is no installation here whose key could be asked."""

    says = Words(
        "此处没有签发单位的密钥；请用 --key 给出其公钥文件（网页 /verify/ 可下载）。",
        "No key of the office is here: name its public key with --key (it is on the page /verify/).",
    )


def add_commands(commands: Any) -> None:
    """The `verify` command."""
    verify = commands.add_parser("verify", help="verify the QR code of a bill, or the proof of a balance")
    verify.add_argument("text", nargs="?", help="what the QR code says, a file, or - for standard input")
    verify.add_argument("--key", type=Path, metavar="PEM", help="the office's public key")
    verify.add_argument(
        "--yuan", help="the amount that is printed on the paper, compared with what was signed"
    )
    verify.add_argument("--show-key", action="store_true", help="print the public key of this installation")
    verify.set_defaults(run=run_verify)


def run_verify(options: argparse.Namespace) -> int:
    """0 where it is what was signed; else it refuses and says why."""
    from tongdian.signed_papers import NotASignedStatement, as_pem, verified_balances, verified_bill

    public = _key(options.key)
    if options.show_key:
        print(as_pem(public), end="")
        return 0
    text, yuan = _text(options.text), _yuan(options.yuan)
    if not text.strip():
        raise NotASignedStatement
    if text.lstrip().startswith("{"):
        said = _balances(verified_balances(text, public), options.lang)
    else:
        said = [_bill(verified_bill(text, public, yuan=yuan), options.lang)]
    print(RIGHT.say(options.lang), *said, sep="\n")  # nothing before it has been verified
    return 0


def _bill(said: dict[str, Any], language: str) -> str:
    from tongdian.signed_papers import hash_decoded

    yuan = f"{Decimal(said['fen']).scaleb(-2):.2f}"
    told = {"number": said["n"], "last": said["l"], "due": said["d"], "hash": hash_decoded(said["h"])}
    return BILL.fill(yuan=yuan, **told).say(language)


def _balances(said: dict[str, Any], language: str) -> list[str]:
    head = MONTH.fill(account=said["a"], month=said["m"], size=said["n"], root=said["r"][:16])
    lines = [
        BALANCE.fill(what=KINDS.get(kind, Words(kind, kind)), yuan=f"{_held(kind, fen):.2f}")
        for _, kind, fen in said["b"]
    ]
    return [one.say(language) for one in (head, *lines)]


def _held(kind: str, fen: int) -> Decimal:
    """In yuan: what is held for a customer is on the credit side."""
    return Decimal(fen if kind == "receivable" else -fen).scaleb(-2)


def _text(named: str | None) -> str:
    if named in (None, "-"):
        return sys.stdin.read()
    assert named is not None
    if len(named) < 250 and Path(named).is_file():
        return Path(named).read_text(encoding="utf-8", errors="replace")
    return named


def _yuan(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise PrintedAmountUnread(text=text[:40]) from None
    if not found.is_finite():
        raise PrintedAmountUnread(text=text[:40])
    return found


def _key(path: Path | None) -> bytes:
    from tongdian.config.home import home
    from tongdian.signed_papers import from_pem, public_of

    if path is not None:
        return from_pem(path.read_text(encoding="utf-8", errors="replace"))
    here = home() / "keys" / "papers"
    if not here.is_file():
        raise NoKeyHere
    return public_of(here.read_bytes())
