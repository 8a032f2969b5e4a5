"""What staff pages ask the database and take of the processor, with a million open cases.

The rows are those of `bench cases`. Each page is opened signed in, a few times to warm up, then so
often; questions are counted at the connection, CPU is the thread's own (the database's is not ours).
A question that is asked twice with other values is told: it may be one per row.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from bench.cases import _fill, _organisations, _worked_case
from bench.report import Figure

REPEATS = 21
MOST_QUESTIONS, MOST_CPU = 15, 60


def measure(*, small: bool) -> list[Figure]:
    open_cases = 10_000 if small else 1_000_000
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as home:
        os.environ["TONGDIAN_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
        from tongdian.config.program import collect_static_files, open_program

        with open_program():
            collect_static_files()
            people = _organisations()
            _fill(open_cases=open_cases, closed=open_cases)
            note = f"{open_cases:,} open cases and as many closed"
            return pages(addresses(people), note)


def addresses(people: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """The pages: what each is, who opens it, and where it is."""
    from tongdian.parties.models import Account, Membership, since

    clerk, supplier = people["clerk"], people["supplier"]
    began = since(dt.date(2016, 1, 1))
    auditor = Account.objects.create(username="auditor")
    Membership.objects.create(account=auditor, role="auditor", organisation=None, in_force=began)
    officer = Account.objects.create(username="officer")
    Membership.objects.create(account=officer, role="officer", organisation=supplier, in_force=began)
    agreement = _agreement(officer, supplier)
    case = _worked_case(people)
    return [
        ("home", clerk, "/"),
        ("home, an officer", officer, "/"),
        ("home of the national regulator", people["nation"], "/"),
        ("case list", clerk, "/cases/"),
        ("late cases, an officer", officer, "/cases/?state=late"),
        ("case list of the national regulator", people["nation"], "/cases/"),
        ("case page", clerk, f"/cases/{case.number}/"),
        ("case page, an officer", officer, f"/cases/{case.number}/"),
        ("places", clerk, "/places/"),
        ("place", clerk, f"/places/{agreement.usage_point.place_id}/"),
        ("agreements", officer, "/agreements/"),
        ("agreement", officer, f"/agreements/{agreement.pk}/"),
        ("customers", clerk, "/customers/"),
        ("customer", clerk, f"/customers/{agreement.customer_id}/"),
        ("audit log", auditor, "/audit/"),
    ]


def _agreement(officer: Any, supplier: Any) -> Any:
    from tongdian.agreements.actions import agreeing
    from tongdian.agreements.queries import ClassNames
    from tongdian.network import actions
    from tongdian.network.models import Place
    from tongdian.parties.models import Customer

    at = dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)
    given = {"viewer": officer, "at": at}
    feeder = actions.add_feeder(
        organisation=supplier, utility="power", code="F1", name="一线", voltage_kv=Decimal(10), **given
    )
    point = actions.add_usage_point(
        **given,
        place=Place.objects.filter(organisation=supplier).first(),
        utility="power",
        code="P1",
        transformer=actions.add_transformer(
            feeder=feeder, code="T1", name="1 号变", capacity_kva=Decimal(100), **given
        ),
        capacity_kw=Decimal(8),
    )
    names = ClassNames()
    return agreeing.sign(
        **given,
        usage_point=point,
        customer=Customer.objects.filter(organisation=supplier).first(),
        pack="nea-2021-37",
        customer_class=next(iter(names.classes("nea-2021-37"))),
        price_category="residential",
        first_on=dt.date(2026, 11, 2),
    )


def pages(opened: list[tuple[str, Any, str]], note: str = "") -> list[Figure]:
    """The figures of these pages."""
    return [figure for what, viewer, address in opened for figure in _page(what, viewer, address, note)]


def _page(what: str, viewer: Any, address: str, note: str) -> list[Figure]:
    ask = opening(viewer, address)
    size = ask()
    with asked() as questions:
        ask()
    spent = []
    for _ in range(REPEATS):
        began = time.thread_time()
        ask()
        spent.append((time.thread_time() - began) * 1000)
    repeated = {shape: times for shape, times in Counter(map(shape_of, questions)).items() if times > 1}
    said = "; ".join(f"{times} × {_table(shape)}" for shape, times in repeated.items())
    return [
        Figure("pages", f"{what}: questions", f"≤ {MOST_QUESTIONS}", str(len(questions)), said or note),
        Figure(
            "pages",
            f"{what}: CPU",
            f"≤ {MOST_CPU} ms",
            f"{statistics.median(spent):.0f} ms",
            f"{size / 1024:.0f} KB",
        ),
    ]


def opening(viewer: Any, address: str) -> Callable[[], int]:
    """Opens the page as that account, and tells its size."""
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(viewer)

    def ask() -> int:
        page = client.get(address)
        assert page.status_code == 200, (address, page.status_code)
        return len(page.content)

    return ask


@contextmanager
def asked() -> Iterator[list[str]]:
    """Every question that the block asks, as SQL; a savepoint is none."""
    from django.db import connection

    questions: list[str] = []

    def noted(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        if not str(sql).startswith(("SAVEPOINT", "RELEASE")):
            questions.append(str(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(noted):
        yield questions


def shape_of(sql: str) -> str:
    """A question without its values and the number of them."""
    return re.sub(r"%s(, ?%s)*|'[^']*'|\d+", "?", sql)


def _table(shape: str) -> str:
    found = re.search(r"(?:from|into|update)\s+\"?(\w+)", shape, re.IGNORECASE)
    return found[1] if found else shape[:40]
