"""Opening the program: its database up, Django ready, tables and static files current."""

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import django
import psycopg

from tongdian.config.accounts import hand_over
from tongdian.config.home import home
from tongdian.config.logins import as_owner, database_running, grant_application, make_application_login
from tongdian.config.restore_state import must_be_finished
from tongdian.config.schema import applied_migrations, must_know
from tongdian.durable import write_durably

_log = logging.getLogger(__name__)
BEFORE_UPGRADE = "guards-before-upgrade.json"
ONE_AT_A_TIME = 7_368_001  # any number, as long as every Tongdian asks for the same


@contextlib.contextmanager
def open_program(*, is_proving: bool = False) -> Iterator[None]:
    """Everything a command needs, for the length of the block. Only a restore that proves what it
    brought back comes by here before it is finished. Raises RestoreUnfinished, RestoreUnproved.

    with open_program():
        verify_log()
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    if not is_proving:
        must_be_finished()
    with database_running():
        django.setup()
        bring_up_to_date()
        hand_over(home())
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[psycopg.Connection]:
    """The owner's connection, while no other program of this installation is inside such a block."""
    with as_owner() as turn:
        turn.execute("select pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        yield turn


def bring_up_to_date() -> None:
    """Apply missing migrations as the owner, grant the application what each table allows, have the
    rows of every sealed table imaged as its models are now, and enter what that changed of the
    database's guards. A guard that is not as upgrades entered it is told to the operator's log.

    Two programs that start at once take turns.
    """
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor
    from django.utils import timezone

    from tongdian.audit_log import guards
    from tongdian.audit_log.actions import enter_upgrade, lay_out_verifier
    from tongdian.audit_log.images import install, is_due, unsealed_baselines
    from tongdian.audit_log.queries import entered_guards
    from tongdian.config.migrating import rendering_what_changes

    with one_at_a_time() as turn:
        executor = MigrationExecutor(connections["owner"])
        must_know(applied_migrations(turn), executor.loader.disk_migrations or {})
        make_application_login()
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        before = _guards_before(turn, is_upgrade=bool(plan) or is_due(turn))
        if plan:
            with rendering_what_changes():
                call_command("migrate", database="owner", verbosity=0, interactive=False)
            grant_application(allowed_verbs())
        baselines = [*unsealed_baselines(turn), *install(turn)]
        connections["owner"].close()
        said, entered = _guards(turn), entered_guards()
        after = guards.hashes(said)
        change = guards.change(entered=entered, before=after if before is None else before, after=after)
        enter_upgrade(baselines, guards=change, at=timezone.now())
        (home() / BEFORE_UPGRADE).unlink(missing_ok=True)
        for finding in islice(guards.differences(entered_guards() if change else entered, said), 10):
            _log.error("%s", finding.words.en)
    lay_out_verifier()


def _guards(turn: psycopg.Connection) -> dict[str, str]:
    from tongdian.audit_log import guards

    with turn.transaction(), turn.cursor() as cursor:
        return guards.listing(cursor)


def _guards_before(turn: psycopg.Connection, *, is_upgrade: bool) -> dict[str, str] | None:
    """The hashes of the guards before the upgrade: of one that was ended half-way, before that one
    began, or what it had done already would be entered by nobody. None where nothing is upgraded, as
    at most starts: they are then what they are after it."""
    from tongdian.audit_log import guards

    kept = home() / BEFORE_UPGRADE
    if kept.exists():
        before: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
        return before
    if not is_upgrade:
        return None
    before = guards.hashes(_guards(turn))
    write_durably(kept, json.dumps(before))
    return before


def allowed_verbs() -> dict[str, tuple[str, ...]]:
    """What the application may do to each table whose model states it, by table name."""
    from django.apps import apps

    return {
        model._meta.db_table: model.application_may
        for model in apps.get_models()
        if hasattr(model, "application_may")
    }


def collect_static_files() -> None:
    """Copy and compress static files into the state folder, if any of them changed."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    found = sorted(
        (path, storage.path(path)) for finder in get_finders() for path, storage in finder.list([])
    )
    digest = hashlib.sha256()
    for path, file in found:
        status = Path(file).stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = home() / "static.stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest.hexdigest())
