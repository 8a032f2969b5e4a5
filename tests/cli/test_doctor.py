"""`tongdian doctor`: the parts of /operation/, read at the machine itself."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tongdian.audit_log.actions import seal_entries
from tongdian.cli.main import main


def test_it_names_every_part_and_ends_with_one_while_a_part_does_not_work(committed, capsys):
    assert main(["--lang", "en", "doctor"]) == 1
    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if "  " in line]
    assert "not working  Worker  not running  See the log and start the program again." in lines
    assert "well  Database  reads and writes" in lines
    assert {line.split("  ")[1] for line in lines} >= {"Database", "Disk", "Worker", "Sealing"}


@pytest.mark.parametrize(("lang", "well"), [("zh", "正常  后台任务"), ("en", "well  Worker")])
def test_it_ends_with_nought_when_all_parts_work(committed, capsys, lang, well):
    # In a long run, what the database's making asked for has waited since the tests began.
    seal_entries()
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (%s)",
            [timezone.now() + timedelta(seconds=1)],
        )
    assert main(["--lang", lang, "doctor"]) == 0
    assert well in capsys.readouterr().out
