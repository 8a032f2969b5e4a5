"""A database with data, as a release left it, is brought up to date and everything is there.

`upgrades/` holds one of each release: its dump and the keys that go with it (of a test: they guard
nothing). A new release adds its own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.config.test_backups import run, tongdian

RELEASES = Path(__file__).parent / "upgrades"
LAY_OUT = """
import sys
from pathlib import Path
import psycopg
from tongdian.config.dumps import pour
from tongdian.config.home import home
from tongdian.config.logins import database_running, make_application_login, owner_url
with database_running():
    make_application_login()
    pour(Path(sys.argv[1]))
    # the signed notes lay beside the database, word for word
    (home() / "checkpoints").mkdir()
    with psycopg.connect(owner_url()) as database:
        for size, note in database.execute("select size, note from audit_log_checkpoint"):
            (home() / "checkpoints" / f"{size:012}.txt").write_text(note)
"""
LOOK = """
from tongdian.config.program import open_program
from tongdian.config.program import collect_static_files
with open_program():
    collect_static_files()
    from django.test import Client
    from tongdian.parties.models import Account
    from tongdian.cases.models import Case, Event
    from tongdian.notices.models import Content
    from tongdian.rulebook.models import CalendarChange, Choice
    from tongdian.rulebook.queries import pack
    print(Case.objects.count(), "cases", Event.objects.count(), "events")
    print([(c.interpretation, c.option) for c in Choice.objects.all()])
    print([str(c.on) for c in CalendarChange.objects.all()])
    told = Content.objects.all()
    print(sum(bool(one.said["title"]) for one in told), "of", len(told), "notices can be read")
    answer = pack("gxnu-2016-4").answer
    browser = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    browser.force_login(Account.objects.get(username="admin"))
    pages = ["/", "/audit/", "/packs/gxnu-2016-4/", "/calendar/"]
    pages += [f"/cases/{case.number}/" for case in Case.objects.order_by("id")[:20]]
    print({page: status for page in pages if (status := browser.get(page).status_code) != 200})
"""


@pytest.fixture
def laid_out(tmp_path):
    def lay_out(release: str) -> Path:
        home = tmp_path / "home"
        home.mkdir()
        shutil.copytree(RELEASES / release / "keys", home / "keys")
        (home / "keys").chmod(0o700)
        run(home, "-c", LAY_OUT, str(RELEASES / release / "database.dump"))
        return home

    return lay_out


def test_the_first_release_keeps_its_choices_days_and_record(laid_out):
    home = laid_out("0.1.0")
    said = tongdian(home, "audit", "verify")
    assert "unchanged since it was sealed" in said
    seen = run(home, "-c", LOOK)
    assert "('small-works-rate', 'permille')" in seen
    assert "2026-04-20" in seen
    assert seen.splitlines()[-1] == "{}"


def test_a_year_of_cases_is_there_and_every_row_gets_its_baseline(laid_out):
    home = laid_out("2026-11-28")
    assert "unchanged since it was sealed" in tongdian(home, "audit", "verify")
    seen = run(home, "-c", LOOK).splitlines()
    assert seen[0] == "246 cases 1163 events"
    assert "20 of 20 notices can be read" in seen  # encrypted on the way
    assert seen[-1] == "{}"
    # a second start seals nothing anew
    assert "unchanged since it was sealed" in tongdian(home, "audit", "verify")


SPOIL = """
import psycopg
from tongdian.config.logins import database_running, owner_url
with database_running(), psycopg.connect(owner_url()) as database:
    database.execute("alter table network_feeder disable trigger user")
    database.execute("update network_feeder set voltage_kv = -5 where code = (select min(code) from network_feeder)")
    database.execute("alter table network_feeder enable trigger user")
"""
CHECKED = """
from tongdian.config.program import open_program
with open_program():
    from django.db import IntegrityError, connections, transaction
    from tongdian.network.models import Feeder
    from tongdian.registers.checks import rows_to_mend
    print([(row.table, row.check) for row in rows_to_mend()])
    try:
        with transaction.atomic():
            Feeder.objects.exclude(voltage_kv=-5).update(voltage_kv=0)
    except IntegrityError as refused:
        print("nothing new:", "feeder_voltage_kv_is_as_declared" in str(refused))
    Feeder.objects.filter(voltage_kv=-5).update(voltage_kv=10)
"""


def test_a_new_check_names_the_old_rows_that_break_it_and_holds_for_all_once_they_are_mended(laid_out):
    home = laid_out("2026-11-28")
    run(home, "-c", SPOIL)  # as an action without ranges let it in
    seen = run(home, "-c", CHECKED).splitlines()
    assert seen == ["[('network_feeder', 'feeder_voltage_kv_is_as_declared')]", "nothing new: True"]
    assert run(home, "-c", CHECKED).splitlines()[0] == "[]"
