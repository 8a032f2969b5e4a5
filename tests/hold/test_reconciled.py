"""The demonstration's campuses, billed month by month, reconciled to the fen.

Bills, their lines, postings, receipts, debts and the trial balance are summed independently: by DuckDB over
copies of the plain tables, with nothing of the program between. A fen that stands in one and not in another
is found here.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection, transaction

from tests.hold import counts
from tongdian.accounts.queries import trial_balances
from tongdian.calendar import SHANGHAI

NOW = dt.datetime(2026, 11, 19, 12, tzinfo=SHANGHAI)
TABLES = {
    "transfer": "accounts_transfer",
    "ledger": "accounts_ledgeraccount",
    "posting": "accounts_posting",
    "debt": "accounts_debt",
    "receipt": "accounts_receipt",
    "limited": "accounts_limitedbalance",
    "bill": "billing_bill",
    "line": "billing_billline",
    "gone": "billing_billcancellation",
    "period": "billing_billedperiod",
    "run_posting": "billing_runposting",
}


@pytest.fixture(scope="module")
def year(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demonstration with twelve months of bills, as DuckDB has it; rolled back at the end."""
    from tongdian.demo import billing, making
    from tongdian.demo.making import make_demo
    from tongdian.rulebook.commands import install_packs

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(billing, "MONTHS", 12)
        patch.setattr(making, "supervise", lambda *given: None)  # it moves no money
        whole = transaction.atomic()
        whole.__enter__()
        install_packs()
        make_demo(password="amber-basin-00001", at=NOW)
        yield _copied(tmp_path_factory.mktemp("reconciled"))
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


def _copied(folder: Path) -> duckdb.DuckDBPyConnection:
    books = duckdb.connect()
    with connection.cursor() as cursor:
        for name, table in TABLES.items():
            file = folder / f"{name}.csv"
            with (
                file.open("wb") as out,
                cursor.copy(f"copy (select * from {table}) to stdout (format csv, header)") as rows,
            ):
                for part in rows:
                    out.write(bytes(part))
            books.execute(f"create table {name} as select * from read_csv('{file}', all_varchar = true)")
    counts.add(attempts=_one(books, "select count(*) from transfer"))
    return books


def _one(books: duckdb.DuckDBPyConnection, sql: str) -> Any:
    found = books.execute(sql).fetchone()
    assert found is not None
    return found[0]


def _none(books: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert books.execute(sql).fetchmany(5) == []


def test_there_is_a_year_to_reconcile(year):
    assert _one(year, "select count(*) from bill") > 100
    assert _one(year, "select count(distinct substr(issued_on, 1, 7)) from bill") >= 11


def test_every_bill_is_the_sum_of_its_lines_and_of_its_two_utilities(year):
    _none(
        year,
        "select number from bill left join line on line.bill_id = bill.id group by bill.id, number, bill.fen"
        " having sum(coalesce(line.fen, '0')::bigint) <> bill.fen::bigint",
    )
    _none(
        year,
        "select bill.id, utility from bill join line on line.bill_id = bill.id"
        " group by bill.id, utility, electricity_fen, water_fen having sum(line.fen::bigint) <>"
        " case utility when 'power' then electricity_fen::bigint else water_fen::bigint end",
    )


def test_every_bill_is_what_it_posted_and_every_cancelled_one_what_was_reversed(year):
    """Debits of receivables less credits of prepayments, fen by fen."""
    _none(
        year,
        "select number from bill left join transfer on transfer.posting_id = bill.posting_id"
        " left join ledger on ledger.id = transfer.debit_id group by bill.id, number, bill.fen"
        " having sum(case when ledger.kind = 'receivable' then transfer.fen::bigint"
        " else -coalesce(transfer.fen, '0')::bigint end) <> bill.fen::bigint",
    )
    _none(
        year,
        "select bill.number from gone join bill on bill.id = gone.bill_id"
        " join posting on posting.id = gone.posting_id where posting.reverses_id <> bill.posting_id",
    )


def test_what_was_billed_is_what_the_accounts_of_income_hold(year):
    for kind, column in (("electricity", "electricity_fen"), ("water", "water_fen")):
        billed = _one(
            year,
            f"select coalesce(sum({column}::bigint), 0) from bill"
            " where not exists (select 1 from gone where gone.bill_id = bill.id)",
        )
        held = _one(
            year,
            "select coalesce(sum(case when credit_id = ledger.id then fen::bigint else -fen::bigint end), 0)"
            " from transfer join ledger on ledger.id in (debit_id, credit_id)"
            f" where ledger.kind = '{kind}'",
        )
        assert billed == held, kind


def test_every_receipt_is_what_it_posted_and_their_numbers_have_no_gap(year):
    _none(
        year,
        "select receipt.number from receipt join transfer on transfer.posting_id = receipt.posting_id"
        " group by receipt.id, receipt.number, receipt.fen having sum(transfer.fen::bigint) <> receipt.fen::bigint",
    )
    _none(
        year,
        "select regexp_replace(number, '[0-9]+$', '') as year from receipt group by 1"
        " having max(regexp_extract(number, '[0-9]+$')::int) <> count(*)",
    )


def test_bills_have_no_gap_and_every_run_posted_what_it_says(year):
    _none(
        year,
        "select regexp_replace(number, '[0-9]+$', '') as year from bill group by 1"
        " having max(regexp_extract(number, '[0-9]+$')::int) <> count(*)",
    )
    _none(
        year,
        "select run_posting.run_id from run_posting left join bill on bill.run_id = run_posting.run_id"
        " group by run_posting.id, run_posting.run_id, run_posting.bills, run_posting.fen"
        " having count(bill.id) <> run_posting.bills::bigint"
        " or coalesce(sum(bill.fen::bigint), 0) <> run_posting.fen::bigint",
    )


def test_no_day_of_a_supply_is_billed_twice(year):
    _none(
        year,
        "with days as (select agreement_id, service, id, regexp_extract(period, '\\[(.*),', 1)::date as first,"
        " regexp_extract(period, ',(.*)\\)', 1)::date as after from period where is_cancelled = 'f')"
        " select a.id from days a join days b on a.agreement_id = b.agreement_id and a.service = b.service"
        " and a.id < b.id and a.first < b.after and b.first < a.after",
    )


def test_the_trial_balance_is_even_and_agrees_with_the_programs_own(year):
    from tongdian.parties.models import Organisation

    by_kind = dict(
        year.execute(
            "select ledger.organisation_id || ledger.kind, sum(case when debit_id = ledger.id then fen::bigint"
            " else -fen::bigint end) from transfer join ledger on ledger.id in (debit_id, credit_id)"
            " group by 1"
        ).fetchall()
    )
    assert sum(by_kind.values()) == 0
    for house in Organisation.objects.filter(pk__in=[key[:36] for key in by_kind]):
        said: dict[str, int] = {}
        for row in trial_balances.trial_balance(house, on=NOW.date()):
            said[row.account.kind] = said.get(row.account.kind, 0) + row.debit - row.credit
        ours = {key[36:]: fen for key, fen in by_kind.items() if key.startswith(str(house.pk))}
        assert {kind: fen for kind, fen in said.items() if fen} == {
            kind: fen for kind, fen in ours.items() if fen
        }


def test_what_is_owed_is_what_debts_leave_open(year):
    """Debts less what was paid, set off and given up of them: the receivables, customer by customer."""
    _none(
        year,
        "with held as (select ledger.holder_id, sum(case when debit_id = ledger.id then fen::bigint"
        " else -fen::bigint end) as fen from transfer join ledger on ledger.id in (debit_id, credit_id)"
        " where ledger.kind = 'receivable' group by 1),"
        " items as (select debt.account_id, sum(case when debit.kind = 'receivable' then transfer.fen::bigint"
        " else -transfer.fen::bigint end) as fen from transfer join debt on debt.id = transfer.item_id"
        " join ledger debit on debit.id = transfer.debit_id join ledger credit on credit.id = transfer.credit_id"
        " where debit.kind = 'receivable' or credit.kind = 'receivable' group by 1)"
        " select holder_id from held full join items on items.account_id = held.holder_id"
        " where coalesce(held.fen, 0) <> coalesce(items.fen, 0)",
    )


def test_every_limited_account_holds_what_its_transfers_leave(year):
    _none(
        year,
        "select limited.account_id from limited left join transfer"
        " on limited.account_id in (transfer.debit_id, transfer.credit_id)"
        " group by limited.account_id, limited.fen, limited.grows_by having limited.fen::bigint <>"
        " coalesce(sum(case when transfer.credit_id = limited.account_id then transfer.fen::bigint"
        " else -transfer.fen::bigint end), 0) * limited.grows_by::int",
    )
