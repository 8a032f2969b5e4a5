"""A campus that is billed, in an installation of a test's own; made, fed and read in processes beside its program.

python -m tests.hold.own_money make        flats with meters, accounts, two tokens
python -m tests.hold.own_money bring N     the readings of the N-th month, from a file, as far as they are not there
python -m tests.hold.own_money read        what stands, as JSON
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

FLATS = 10
MONTHS = [dt.date(2026, month, 1) for month in range(2, 12)]  # days of reading


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    """Such a process, under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.hold.own_money", *words],
        env=os.environ | {"TONGDIAN_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ask(home: Path, *words: str) -> Any:
    """What it prints."""
    process = start(home, *words)
    said, wrong = process.communicate()
    assert process.returncode == 0, wrong[-3_000:]
    return json.loads(said.splitlines()[-1])


def make(viewer: Any) -> dict[str, Any]:
    """A campus whose flats are supplied from January 2026, each with a meter at 0 and an account."""
    from tests.cases.conftest import make_campus
    from tongdian.accounts.actions.opening import opened
    from tongdian.agreements.actions import agreeing
    from tongdian.calendar import SHANGHAI
    from tongdian.metering.actions.meters import add_meter, fit_meter
    from tongdian.network import actions
    from tongdian.parties.models import Customer

    campus = make_campus(viewer)
    house, at = campus.campus, dt.datetime(2026, 1, 1, 9, tzinfo=SHANGHAI)
    admin = viewer("administrator", "money-admin", at=house)
    accounts = []
    whole = actions.add_place(
        viewer=admin, organisation=house, kind="campus", code="YS", name="雁山校区", at=at
    )
    building = actions.add_place(
        viewer=admin, organisation=house, kind="building", code="B1", name="一栋", parent=whole, at=at
    )
    for number in range(FLATS):
        place = actions.add_place(
            viewer=admin,
            organisation=house,
            parent=building,
            kind="flat",
            code=f"F{number}",
            name=f"{number} 号",
            at=at,
        )
        point = actions.add_usage_point(viewer=admin, place=place, utility="power", code=f"P{number}", at=at)
        customer = Customer.objects.create(
            number=f"YS-M{number}", kind="person", name="王小明", organisation=house, created_at=at
        )
        agreeing.sign(
            viewer=admin,
            usage_point=point,
            customer=customer,
            pack="gxnu-2016-4",
            customer_class="staff",
            price_category="staff",
            first_on=at.date(),
            at=at,
        )
        meter = add_meter(
            viewer=admin,
            organisation=house,
            code=f"M{number}",
            utility="power",
            kind="ordinary",
            multiplier=Decimal(1),
            digits=Decimal(5),
            decimals=Decimal(2),
            owner="supplier",
            at=at,
        )
        fit_meter(viewer=admin, meter=meter, usage_point=point, on=at.date(), value=Decimal(0), at=at)
        accounts.append(str(opened(customer=customer, place=place, at=at).pk))
    return {"campus": campus, "admin": admin, "accounts": accounts}


def bring(organisation: Any, admin: Any, month: int, at: dt.datetime) -> dict[str, int]:
    """A month's readings from a file: what became of its rows."""
    from tongdian.agreements.actions import importing

    lines = [f"M{number},{MONTHS[month]},{(month + 1) * 50 + number}" for number in range(FLATS)]
    made = importing.stage(
        viewer=admin,
        organisation=organisation,
        kind="readings",
        file_name="read.csv",
        content="\n".join(["表号,抄表日,示数", *lines]).encode(),
        at=at,
    )
    if made.counts.get("new"):
        importing.confirm(viewer=admin, brought=made, at=at)
    return dict(made.counts)


def stands() -> dict[str, Any]:
    """What the books and the bills say, counted by SQL and not by the program's own questions."""
    from django.db import connection

    from tongdian.audit_log.rows import derived

    def one(sql: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()

    receipts, received, last = one(
        "select count(*), coalesce(sum(fen), 0)::bigint,"
        " coalesce(max(substring(number from '([0-9]+)$')::int), 0) from accounts_receipt"
    )
    bills, billed, last_bill = one(
        "select count(*), coalesce(sum(fen), 0)::bigint,"
        " coalesce(max(substring(number from '([0-9]+)$')::int), 0) from billing_bill"
    )
    moved = "select coalesce(sum(fen), 0)::bigint from accounts_transfer where reason = "
    return {
        "receipts": receipts,
        "receipts without a gap": last == receipts,
        "received": received,
        "received in the books": one(moved + "'receipt'")[0],
        "bills": bills,
        "bills without a gap": last_bill == bills,
        "billed": billed,
        "billed in the books": one(moved + "'bill'")[0],
        "lines": one("select coalesce(sum(fen), 0)::bigint from billing_billline")[0],
        "billed twice": one(
            "select count(*) from billing_billedperiod a join billing_billedperiod b on a.id < b.id"
            " and a.agreement_id = b.agreement_id and a.period && b.period"
            " where not a.is_cancelled and not b.is_cancelled"
        )[0],
        "readings": one("select count(*) from metering_meterreading where version = 1")[0],
        "readings twice": one("select count(*) from metering_meterreading where version > 1")[0],
        "unposted": one(
            "select count(*) from billing_billingrun run"
            " where not exists (select from billing_runposting done where done.run_id = run.id)"
        )[0],
        "owed": one(
            "select coalesce(sum(case when debit_id = ledger.id then fen else -fen end), 0)::bigint"
            " from accounts_transfer join accounts_ledgeraccount ledger"
            " on ledger.id in (debit_id, credit_id) and ledger.kind = 'receivable'"
        )[0],
        "prepaid": one(
            "select coalesce(sum(case when credit_id = ledger.id then fen else -fen end), 0)::bigint"
            " from accounts_transfer join accounts_ledgeraccount ledger"
            " on ledger.id in (debit_id, credit_id) and ledger.kind = 'prepayment'"
        )[0],
        "limits that differ": len(list(derived())),
    }


def must_balance(found: dict[str, Any]) -> None:
    """What is true of every state of the books."""
    assert found["received"] == found["received in the books"], found
    assert found["billed"] == found["billed in the books"] == found["lines"], found
    assert found["receipts without a gap"], found
    assert found["bills without a gap"], found
    assert (found["billed twice"], found["readings twice"], found["limits that differ"]) == (0, 0, 0), found
    # nothing that was paid is lost: it paid bills, or is kept for the customer
    assert found["owed"] - found["prepaid"] == found["billed"] - found["received"], found


def _viewer(role: str, username: str, *, at: Any) -> Any:
    from tongdian.parties.models import Account, Membership, since

    account = Account.objects.create(username=username)
    Membership.objects.create(
        account=account, role=role, organisation=at, in_force=since(dt.date(2020, 1, 1))
    )
    return account


def _made() -> dict[str, Any]:
    from tests.api.conftest import token_of

    found = make(_viewer)
    house = found["campus"].campus
    return {
        "organisation": str(house.pk),
        "accounts": found["accounts"],
        "token": token_of(_viewer("clerk", "money-clerk", at=house)),
        "officer": token_of(_viewer("officer", "money-officer", at=house)),
    }


def _brought(month: int) -> dict[str, int]:
    from django.utils import timezone

    from tongdian.parties.models import Account, Organisation

    admin = Account.objects.get(username="money-admin")
    return bring(Organisation.objects.get(short="YS"), admin, month, timezone.now())


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tongdian.config.settings"
    django.setup()
    words = sys.argv[1:]
    told = _made() if words[0] == "make" else _brought(int(words[1])) if words[0] == "bring" else stands()
    sys.stdout.write(json.dumps(told) + "\n")
