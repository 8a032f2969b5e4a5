"""Migrations render only what an operation changes (config/migrating.py), and the database comes out the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.conftest import _another_database
from tests.database import elsewhere
from tongdian.config.database import program
from tongdian.config.logins import owner_url

MIGRATES = """
import contextlib, sys, django
django.setup()
from django.core.management import call_command
from tongdian.config.migrating import rendering_what_changes
with rendering_what_changes() if sys.argv[1] == "ours" else contextlib.nullcontext():
    call_command("migrate", "billing", database="owner", verbosity=0, interactive=False)
"""
OF_THIS_DUMP = re.compile(r"^\\(un)?restrict .*$", re.MULTILINE)  # a word drawn for each


def test_the_database_is_the_one_that_django_itself_would_make(django_db_setup):
    """Of billing and all that it stands on: 526 of 1,394 operations, which Django renders in a fifth of the time."""
    dumps = {}
    with _another_database("made_by_us") as ours, _another_database("made_by_django") as plain:
        urls = {"ours": elsewhere(owner_url(), ours), "plain": elsewhere(owner_url(), plain)}
        both = [
            subprocess.Popen(
                [sys.executable, "-c", MIGRATES, way],
                env=os.environ | {"DATABASE_URL": url, "DATABASE_OWNER_URL": url},
            )
            for way, url in urls.items()
        ]
        assert [one.wait() for one in both] == [0, 0]
        for way, url in urls.items():
            dump = [str(program("pg_dump")), "--schema-only", "--no-owner", url]
            dumps[way] = OF_THIS_DUMP.sub(
                "", subprocess.run(dump, capture_output=True, text=True, check=True).stdout
            )
    assert dumps["plain"].count("\nCREATE TABLE ") > 75
    assert dumps["ours"] == dumps["plain"]
