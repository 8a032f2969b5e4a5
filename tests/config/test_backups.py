"""A backup is restored into a fresh machine and everything is back, by the commands of the how-to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAKE_SOMETHING = """
from tongdian.config.program import open_program
with open_program():
    from datetime import datetime, UTC
    from tests.cases.conftest import at, make_campus
    from tests.connections.conftest import picture
    from tongdian.connections import actions
    from tongdian.cases.models import Case
    from tongdian.parties.models import Account, Membership, since
    import datetime as dt
    def viewer(role, name=None, *, at=None):
        account = Account.objects.create(username=name)
        Membership.objects.create(account=account, role=role, organisation=at,
                                  in_force=since(dt.date(2020, 1, 1)))
        return account
    campus = make_campus(viewer)
    draft, _ = actions.start_draft(
        organisation=campus.campus, process="shop-application", at=at("2026-03-02"))
    actions.save_draft(draft=draft, at=at("2026-03-02"), form={
        "name": "王小明", "identity": "450305199003070016", "phone": "13807730001",
        "purpose": "奶茶店", "wants_power": "true", "place": str(campus.shop.pk)})
    for item in ("shop-lease", "shopkeeper-identity"):
        actions.add_draft_paper(draft=draft, item=item, content=picture(item), name="a.jpg",
                                at=at("2026-03-02"))
    actions.submit(draft=draft, at=at("2026-03-02"))
    from tongdian.audit_log.actions import make_checkpoint
    make_checkpoint(at=datetime.now(UTC))
"""
COUNT = """
from tongdian.config.program import open_program
with open_program():
    from django.apps import apps
    from tongdian.parties.models import Customer
    from tongdian.parties.personal import decrypt
    print({m._meta.label: m.objects.count() for m in apps.get_models(include_auto_created=True)
           if m._meta.managed and not m._meta.label.startswith("procrastinate")})
    print([decrypt(c.identity) for c in Customer.objects.order_by("number")])
"""


def run(home: Path, *command: str, status: int = 0) -> str:
    """What a command of an installation of its own says."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")}
    done = subprocess.run(
        [sys.executable, *command],
        env=environment
        | {"TONGDIAN_HOME": str(home), "TONGDIAN_LANG": "en", "LANG": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def tongdian(home: Path, *arguments: str, status: int = 0) -> str:
    return run(home, "-m", "tongdian.cli.main", "--lang", "en", *arguments, status=status)


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory):
    place = tmp_path_factory.mktemp("backups")
    run(place / "old", "-c", MAKE_SOMETHING)
    said = tongdian(place / "old", "backup", str(place / "copy"), "--keys", str(place / "keys"))
    assert "the database and 3 files" in said  # the printed form, the lease and the card
    return place


def test_everything_is_back_on_a_fresh_machine(backed_up):
    new = backed_up / "new"
    tongdian(new, "restore", str(backed_up / "copy"), "--keys", str(backed_up / "keys"))
    assert run(new, "-c", COUNT) == run(backed_up / "old", "-c", COUNT)
    assert "450305199003070016" in run(new, "-c", COUNT)
    assert "unchanged since" in tongdian(new, "audit", "verify")
    assert "3 files intact, 0 missing, 0 changed" in tongdian(new, "files", "verify")


def test_a_restore_never_writes_over_what_is_there(backed_up):
    said = tongdian(
        backed_up / "old", "restore", str(backed_up / "copy"), "--keys", str(backed_up / "keys"),
        status=1,
    )  # fmt: skip
    assert "is not empty" in said


def test_a_changed_dump_is_not_restored(backed_up, tmp_path):
    import shutil

    broken = tmp_path / "copy"
    shutil.copytree(backed_up / "copy", broken)
    with (broken / "database.dump").open("ab") as file:
        file.write(b"x")
    said = tongdian(
        tmp_path / "new", "restore", str(broken), "--keys", str(backed_up / "keys"), status=1
    )
    assert "is not as it was written" in said
    assert not (tmp_path / "new" / "keys").exists()


def test_the_keys_do_not_lie_in_the_backup(backed_up, tmp_path):
    said = tongdian(
        backed_up / "old", "backup", str(tmp_path / "b"), "--keys", str(tmp_path / "b" / "keys"),
        status=1,
    )  # fmt: skip
    assert "keep them apart" in said
    assert not (tmp_path / "b").exists()
