"""A paper is verified without us: its number, amount and last day are what the office signed."""

import json
from decimal import Decimal

import pytest

from tests.billing.conftest import noon
from tongdian import signed_papers
from tongdian.signed_papers import (
    AmountDiffers,
    NotASignedStatement,
    WrongSignature,
    as_pem,
    balance_proof,
    from_pem,
    public_of,
    sign,
    verified,
    verified_balances,
    verified_bill,
)

ENGLISH = {"headers": {"accept-language": "en"}}
SEED, OTHER = b"1" * 32, b"2" * 32
SAID = {
    "t": "bill",
    "n": "YS-Z2026-000001",
    "l": "2026-03-31",
    "d": "2026-04-15",
    "fen": 42000,
    "h": "A" * 43,
}


def test_what_was_signed_is_what_is_verified_and_the_key_goes_through_its_file():
    assert verified(sign(SAID, SEED), from_pem(as_pem(public_of(SEED)))) == SAID


def test_the_address_of_a_qr_code_is_verified_as_it_was_scanned():
    text = f"https://sd.example.edu.cn/verify/?p={sign(SAID, SEED)}"
    assert verified_bill(text, public_of(SEED), yuan=Decimal("420.00")) == SAID


def test_a_paper_whose_amount_was_changed_is_refused():
    with pytest.raises(AmountDiffers, match=r"420.00 yuan were signed, the paper says 42.00"):
        verified_bill(sign(SAID, SEED), public_of(SEED), yuan=Decimal("42.00"))


@pytest.mark.parametrize("place", range(3))
def test_a_sign_changed_anywhere_breaks_it(place):
    parts = sign(SAID, SEED).split(".")
    for at in range(0, len(parts[place]), 7):
        part = parts[place]
        other = "B" if part[at] != "B" else "C"
        text = ".".join([*parts[:place], part[:at] + other + part[at + 1 :], *parts[place + 1 :]])
        with pytest.raises((NotASignedStatement, WrongSignature)):
            verified(text, public_of(SEED))


def test_another_key_and_an_algorithm_named_by_the_paper_are_refused():
    with pytest.raises(WrongSignature):
        verified(sign(SAID, OTHER), public_of(SEED))
    header, said, signature = sign(SAID, SEED).split(".")
    none = signed_papers._coded(b'{"alg":"none"}')
    with pytest.raises(NotASignedStatement):
        verified(f"{none}.{said}.{signature}", public_of(SEED))
    with pytest.raises(WrongSignature):  # no signature is none
        verified(f"{header}.{said}.", public_of(SEED))


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "{}", "[" * 3000, "https://x/verify/", "https://x/?p=a.b", "𐀀.𐀀.𐀀"]
)
def test_what_is_no_statement_is_refused_in_words(text):
    for check in (verified, verified_bill, verified_balances):
        with pytest.raises(NotASignedStatement):
            check(text, public_of(SEED))


def test_a_proof_of_balances_is_no_bill_and_a_bill_no_proof():
    proof = balance_proof({"a": "x", "m": "2026-03", "n": 1, "r": "00" * 32, "b": []}, [], SEED)
    with pytest.raises(NotASignedStatement):
        verified_bill(json.loads(proof)["signed"], public_of(SEED))
    with pytest.raises(NotASignedStatement):
        verified_balances(sign(SAID, SEED), public_of(SEED))


@pytest.mark.django_db
def test_the_bill_that_is_printed_says_what_the_bill_says(shop, settings):
    from tongdian.billing.printing import address_of, bill_paper

    shop.read("shop", (3, 1), "12.5")
    shop.read("tap", (3, 1), "7")
    (bill,) = shop.bill((2, 15), (3, 1))
    public = public_of(settings.PAPERS_KEY)
    said = verified_bill(address_of(bill), public)
    assert (said["n"], said["fen"], said["d"]) == (bill.number, bill.fen, bill.due_on.isoformat())
    assert signed_papers.hash_decoded(said["h"]) == bill.hash
    assert bill_paper(bill).startswith(b"%PDF")


@pytest.mark.django_db
def test_anybody_verifies_a_bill_on_the_page_and_is_told_that_it_counts_no_more(shop, client):
    from tongdian.billing.actions.correcting import cancel_bill
    from tongdian.billing.printing import signed_bill

    shop.read("shop", (3, 1), "12.5")
    shop.read("tap", (3, 1), "7")
    (bill,) = shop.bill((2, 15), (3, 1))
    text = signed_bill(bill)
    shown = client.get("/verify/", {"p": text}, **ENGLISH)
    assert shown.status_code == 200
    assert bill.number in shown.content.decode()
    assert "counts no more" not in shown.content.decode()
    refused = client.post("/verify/", {"text": text, "yuan": "1.00"}, **ENGLISH)
    assert refused.status_code == 422
    assert "The amount differs" in refused.content.decode()
    assert (
        "The signature does not match"
        in client.post("/verify/", {"text": sign(SAID, OTHER)}, **ENGLISH).content.decode()
    )
    cancel_bill(viewer=shop.officer, bill=bill, reason="重复", at=noon(3, 2))
    assert "counts no more" in client.get("/verify/", {"p": text}, **ENGLISH).content.decode()
    assert "BEGIN PUBLIC KEY" in client.get("/verify/public-key/").content.decode()


def test_the_command_verifies_offline_and_refuses_a_changed_amount(tmp_path, capsys, monkeypatch):
    from tongdian.cli.main import main

    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path / "home"))
    key = tmp_path / "key.pem"
    key.write_text(as_pem(public_of(SEED)))
    text = sign(SAID, SEED)
    assert main(["--lang", "en", "verify", text, "--key", str(key), "--yuan", "420.00"]) == 0
    assert "420.00 yuan" in capsys.readouterr().out
    assert main(["--lang", "en", "verify", text, "--key", str(key), "--yuan", "42.00"]) == 1
    assert "420.00 yuan were signed, the paper says 42.00" in capsys.readouterr().err
    assert main(["--lang", "zh", "verify", sign(SAID, OTHER), "--key", str(key)]) == 1
    assert "签名不符" in capsys.readouterr().err
    assert main(["--lang", "en", "verify", text]) == 1
    assert "No key of the office is here" in capsys.readouterr().err
    file = tmp_path / "scanned.txt"
    file.write_text(f"{text}\n")
    assert main(["--lang", "en", "verify", str(file), "--key", str(key)]) == 0


@pytest.mark.parametrize("text", ["hello", "hello.a.b", sign(SAID, OTHER)])
def test_the_command_calls_nothing_right_before_it_is_verified(text, tmp_path, capsys):
    from tongdian.cli.main import main

    key = tmp_path / "key.pem"
    key.write_text(as_pem(public_of(SEED)))
    assert main(["--lang", "zh", "verify", text, "--key", str(key)]) != 0
    assert capsys.readouterr().out == ""
    assert main(["--lang", "zh", "verify", sign(SAID, SEED), "--key", str(key)]) == 0
    assert capsys.readouterr().out.startswith("签名有效\n")
