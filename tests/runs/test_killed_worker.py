"""A worker killed in the middle of a calculation: another finishes it, and there is one result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.config.test_worker import worker
from tests.network.conftest import make_organisation
from tests.runs.conftest import BILLS, SEGMENTS
from tests.waiting import wait_until
from tongdian.runs import folder
from tongdian.runs.actions import bringing
from tongdian.runs.actions.bringing import Brought
from tongdian.runs.models import BulkRun


@pytest.fixture
def home() -> Path:
    """The state folder that the worker has too, in place of the test's own."""
    return Path(settings.HOME)


def test_a_run_outlives_the_worker_that_calculated_it(committed: str, viewer: Any, home: Path) -> None:
    """60,000 bills, so that there is a middle: killed as soon as it has begun, done by the next."""
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    organisation = make_organisation("YS", "雁山校区")
    officer = viewer("officer", "li", at=organisation)
    bills = BILLS.splitlines()[0] + "\n" + "".join(f"B-{n},12\n" for n in range(60_000))
    heading = SEGMENTS.splitlines()[0].replace("用电,备注", "本段用量")
    segments = f"{heading}\n" + "".join(f"B-{n},2026-03-01,2026-03-31,2026,0,10.00\n" for n in range(60_000))
    run = bringing.bring(
        viewer=officer,
        organisation=organisation,
        pack="gxnu-2016-4",
        rule="residential-electricity",
        on=timezone.localdate(),
        files={"bill": [Brought("b.csv", bills.encode())], "segment": [Brought("s.csv", segments.encode())]},
        at=timezone.now(),
    )
    columns = {"bill": {"账单": "bill", "当年在住月数": "months"}}
    names = ("bill", "start", "until", "year", "reached", "used")
    columns["segment"] = dict(zip(heading.split(","), names, strict=True))
    bringing.start(viewer=officer, run=run, columns=columns, at=timezone.now())

    def state() -> str:
        return str(BulkRun.objects.values_list("state", flat=True).get(pk=run.pk))

    try:
        with worker(committed) as first:
            assert wait_until(lambda: state() == "running")
            first.kill()
        assert state() == "running"
        with worker(committed):
            assert wait_until(lambda: state() == "done")
        run.refresh_from_db()
        assert run.tries == 2
        assert run.result["counts"]["bill"] == 60_000
        assert not [one for one in os.listdir(folder.out(run.pk)) if one.startswith(".writing")]
    finally:
        folder.remove(run.pk)
