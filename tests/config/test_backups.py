"""A backup is restored into a fresh machine and everything is back, by the commands of the how-to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.database import lay_database
from tests.waiting import wait_until

MAKE_SOMETHING = """
from tongdian.config.program import open_program
with open_program():
    from datetime import datetime, UTC
    from tests.cases.conftest import at, make_campus
    from tests.connections.conftest import picture
    from tests.consent import CONSENTED
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
        "purpose": "奶茶店", "wants_power": "true", "place": str(campus.shop.pk), **CONSENTED})
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
    from tongdian.personal import decrypt
    print({m._meta.label: m.objects.count() for m in apps.get_models(include_auto_created=True)
           if m._meta.managed and not m._meta.label.startswith("procrastinate")})
    print([decrypt(c.identity) for c in Customer.objects.order_by("number")])
"""


def run(home: Path, *command: str, status: int = 0, **more: str) -> str:
    """What a command of an installation of its own says."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")}
    done = subprocess.run(
        [sys.executable, *command],
        env=environment | {"TONGDIAN_HOME": str(home), "TONGDIAN_LANG": "en", "LANG": "en_US.UTF-8"} | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def tongdian(home: Path, *arguments: str, status: int = 0, **more: str) -> str:
    return run(home, "-m", "tongdian.cli.main", "--lang", "en", *arguments, status=status, **more)


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory):
    place = tmp_path_factory.mktemp("backups")
    lay_database(place / "old")
    run(place / "old", "-c", MAKE_SOMETHING)
    said = tongdian(place / "old", "backup", str(place / "copy"), "--keys", str(place / "keys"))
    assert "the database and 3 files" in said  # the printed form, the lease and the card
    return place


def test_everything_is_back_on_a_fresh_machine(backed_up):
    new = backed_up / "new"
    tongdian(new, "restore", str(backed_up / "copy"), "--keys", str(backed_up / "keys"))
    back = run(new, "-c", COUNT)
    assert back == run(backed_up / "old", "-c", COUNT)
    assert "450305199003070016" in back
    assert "unchanged since" in tongdian(new, "audit", "verify")
    assert "3 files intact, 0 missing, 0 changed" in tongdian(new, "files", "verify")


def test_a_restore_never_writes_over_what_is_there(backed_up):
    said = tongdian(
        backed_up / "old", "restore", str(backed_up / "copy"), "--keys", str(backed_up / "keys"), status=1
    )
    assert "holds something already" in said


def test_a_changed_dump_is_not_restored(backed_up, tmp_path):
    broken = tmp_path / "copy"
    shutil.copytree(backed_up / "copy", broken)
    with (broken / "database.dump").open("ab") as file:
        file.write(b"x")
    said = tongdian(tmp_path / "new", "restore", str(broken), "--keys", str(backed_up / "keys"), status=1)
    assert "is not as it was written" in said
    assert not (tmp_path / "new" / "keys").exists()


def test_the_keys_do_not_lie_in_the_backup(backed_up, tmp_path):
    said = tongdian(
        backed_up / "old", "backup", str(tmp_path / "b"), "--keys", str(tmp_path / "b" / "keys"), status=1
    )
    assert "keep them apart" in said
    assert not (tmp_path / "b").exists()


def copy_of(backed_up, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(backed_up / "copy", copy)
    return copy


def test_the_manifest_names_every_file_key_server_and_program(backed_up):
    said = json.loads((backed_up / "copy" / "manifest.json").read_text())
    assert said["server_major"] >= 15
    assert said["program"] == version("tongdian")
    assert "cases/0001_initial" in said["migrations"]
    assert len([path for path in said["files"] if path.startswith("files/")]) == 3
    assert {"personal", "audit-seal", "audit-signing"} <= set(said["keys"])


def test_missing_keys_are_named_and_nothing_is_left_behind(backed_up, tmp_path):
    keys = tmp_path / "keys"
    shutil.copytree(backed_up / "keys", keys)
    (keys / "personal").unlink()
    (keys / "audit-seal").write_bytes(b"\x00" * 32)
    new = tmp_path / "new"
    said = tongdian(new, "restore", str(backed_up / "copy"), "--keys", str(keys), status=1)
    assert "audit-seal" in said
    assert "personal" in said
    assert not (new / "keys").exists()
    # the second try, with the right keys, is not refused for what the first left
    tongdian(new, "restore", str(backed_up / "copy"), "--keys", str(backed_up / "keys"))


def test_a_missing_and_a_changed_file_are_named(backed_up, tmp_path):
    copy = copy_of(backed_up, tmp_path)
    one, other, *_ = (path for path in sorted((copy / "files").rglob("*")) if path.is_file())
    one.unlink()
    other.chmod(0o600)
    other.write_bytes(b"x")
    said = tongdian(tmp_path / "new", "restore", str(copy), "--keys", str(backed_up / "keys"), status=1)
    assert one.name in said
    assert other.name in said
    assert not (tmp_path / "new" / "keys").exists()


def test_a_restore_that_was_ended_half_way_is_tried_again(backed_up, tmp_path):
    copy = copy_of(backed_up, tmp_path)
    new, keys = tmp_path / "new", str(backed_up / "keys")
    tongdian(new, "restore", str(copy), "--keys", keys)
    sha = json.loads((copy / "manifest.json").read_text())["database_sha256"]
    (new / "restore-unfinished").write_text(sha)  # as a kill before the files would leave it
    assert "was not finished" in tongdian(new, "audit", "verify", status=1)
    assert "is back" in tongdian(new, "restore", str(copy), "--keys", keys)
    assert run(new, "-c", COUNT) == run(backed_up / "old", "-c", COUNT)


def start_restore(new, backed_up):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tongdian.cli.main",
            "restore",
            str(backed_up / "copy"),
            "--keys",
            str(backed_up / "keys"),
        ],
        env=environment | {"TONGDIAN_HOME": str(new)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("stage", ["restore-unfinished", "keys", "postgres", "data", "up"])
def test_a_restore_killed_at_any_stage_is_run_again_and_takes_its_server_with_it(backed_up, tmp_path, stage):
    from tongdian.config.database import Server

    tmp_path.chmod(0o755)
    new = tmp_path / "new"
    new.mkdir()
    server = Server(new / "postgres")
    reached = {
        "postgres": server.folder.exists,
        "data": server.data.exists,
        "up": lambda: server.is_up() and server.data.joinpath("postmaster.opts").exists(),
    }.get(stage, (new / stage).exists)
    process = start_restore(new, backed_up)
    assert wait_until(reached)
    process.kill()
    process.wait()
    assert wait_until(lambda: not server.is_up())
    assert "was not finished" in tongdian(new, "audit", "verify", status=1)
    said = tongdian(new, "restore", str(backed_up / "copy"), "--keys", str(backed_up / "keys"))
    assert "is back" in said
    assert not server.is_up()


def test_a_restore_that_was_refused_leaves_nothing(backed_up, tmp_path):
    """Its marker least of all, or the next start would speak of a restore."""
    copy = copy_of(backed_up, tmp_path)
    change_manifest(copy, migrations=["supply/0001_initial"])
    new = tmp_path / "new"
    said = tongdian(new, "restore", str(copy), "--keys", str(backed_up / "keys"), status=1)
    assert "supply/0001_initial" in said
    assert {one.name for one in new.iterdir()} <= {"postgres"}


def change_manifest(copy, **changes):
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | changes))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("files", ["a"]),
        ("files", {"a": 1}),
        ("server_major", "18"),
        ("migrations", {"a": "b"}),
        ("keys", None),
        ("program", 1),
        ("database_sha256", 5),
        ("at", []),
    ],
)
def test_a_line_of_the_manifest_that_is_not_in_form_is_named(backed_up, tmp_path, line, value):
    copy = copy_of(backed_up, tmp_path)
    change_manifest(copy, **{line: value})
    said = tongdian(tmp_path / "new", "restore", str(copy), "--keys", str(backed_up / "keys"), status=1)
    assert f"{line} of its manifest.json is not in form" in said
    assert "Traceback" not in said
    assert not (tmp_path / "new").exists()


def without_its_checkpoints(backed_up, tmp_path):
    """A backup whose checkpoints were taken out, and out of the manifest too."""
    copy = copy_of(backed_up, tmp_path)
    shutil.rmtree(copy / "checkpoints")
    files = json.loads((copy / "manifest.json").read_text())["files"]
    kept = {path: hash_ for path, hash_ in files.items() if not path.startswith("checkpoints/")}
    change_manifest(copy, files=kept)
    return copy


def test_what_does_not_prove_itself_is_served_only_once_somebody_accepted_it(backed_up, tmp_path):
    copy, new = without_its_checkpoints(backed_up, tmp_path), tmp_path / "new"
    words = ["restore", str(copy), "--keys", str(backed_up / "keys")]
    assert "does not prove itself" in tongdian(new, *words, status=1)
    for refused in (["audit", "verify"], words):  # so is `make run`, which opens the same way
        assert "does not prove itself" in tongdian(new, *refused, status=1)
    said = tongdian(new, *words, "--accept", "the share was lost in the fire")
    assert "was accepted" in said
    assert "file of checkpoint" in said
    assert "file of checkpoint" in tongdian(new, "audit", "verify", status=1)
    assert "the share was lost in the fire" in run(new, "-c", ACCEPTED)


ACCEPTED = """
from tongdian.config.program import open_program
with open_program():
    from tongdian.audit_log.models import Entry
    print(Entry.objects.get(action="audit_log.restore_accepted").payload.content)
"""


def test_a_restore_names_where_it_may_go_and_what_is_not_there(backed_up, tmp_path):
    old, copy, keys = backed_up / "old", str(backed_up / "copy"), str(backed_up / "keys")
    assert "set TONGDIAN_HOME" in tongdian(old, "restore", copy, "--keys", keys, status=1)
    nowhere = str(tmp_path / "nowhere")
    said = tongdian(tmp_path / "new", "restore", nowhere, "--keys", keys, status=1)
    assert f"no folder {nowhere}" in said
    said = tongdian(tmp_path / "new", "restore", copy, "--keys", nowhere, status=1)
    assert f"no folder {nowhere}" in said
    a_file = tmp_path / "file"
    a_file.write_text("")
    said = tongdian(a_file, "restore", copy, "--keys", keys, status=1)
    assert "TONGDIAN_HOME is to be a folder" in said


def test_a_backup_of_a_newer_program_is_refused(backed_up, tmp_path):
    copy = copy_of(backed_up, tmp_path)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"program": "99.0"}))
    said = tongdian(tmp_path / "new", "restore", str(copy), "--keys", str(backed_up / "keys"), status=1)
    assert "Tongdian 99.0" in said


@pytest.mark.parametrize("area", ["cases", "metering"])
def test_a_database_of_a_newer_program_is_refused_before_anything_is_served(backed_up, area):
    """Also where all that is newer is an area that this program has not."""
    forward = f"insert into django_migrations (app, name, applied) values ('{area}', '9999_x', now())"
    change = f"""
from tongdian.config.logins import as_owner, database_running
with database_running(), as_owner() as owner:
    owner.execute({forward!r})
"""
    undo = change.replace(repr(forward), "\"delete from django_migrations where name = '9999_x'\"")
    run(backed_up / "old", "-c", change)
    said = tongdian(backed_up / "old", "audit", "verify", status=1)
    assert f"{area}/9999_x" in said
    assert "Traceback" not in said
    run(backed_up / "old", "-c", undo)


OLD = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def postgresql_15(tmp_path_factory):
    """Debian's PostgreSQL 15 on a socket of its own; the owner's address of a new database by name."""
    from tongdian.config.accounts import DATABASE, run_as

    place = Path(tempfile.mkdtemp(prefix="tongdian-pg15-"))
    account = run_as(DATABASE)
    if account:
        shutil.chown(place, account["user"], account["group"])
    else:
        place.chmod(0o700)

    def old(tool, *arguments):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([OLD / tool, *arguments], check=True, **quiet, **account)

    old(
        "initdb",
        "--pgdata",
        place / "data",
        "--username=tongdian",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off"
    old("pg_ctl", "start", "--wait", "--pgdata", place / "data", "--options", options)

    def database(name):
        address = f"postgresql://tongdian@{quote(str(place), safe='')}/"
        with psycopg.connect(f"{address}postgres", autocommit=True) as connection:
            assert connection.info.server_version // 10_000 == 15
            connection.execute(f"create database {name}")
        return {"DATABASE_URL": f"{address}{name}"}

    try:
        yield database
    finally:
        old("pg_ctl", "stop", "--pgdata", place / "data", "--mode=immediate")
        shutil.rmtree(place, ignore_errors=True)


# CI installs it; a developer's machine may lack it
ON_15 = pytest.mark.skipif(not OLD.exists() and not os.environ.get("CI"), reason="no PostgreSQL 15 here")


@ON_15
def test_a_backup_of_postgresql_15_restores_to_postgresql_15(postgresql_15, tmp_path):
    """With the programs of the wheel, which are of version 18: what Debian's users have."""
    one, two = postgresql_15("one"), postgresql_15("two")
    run(tmp_path / "old", "-c", MAKE_SOMETHING, **one)
    places = [str(tmp_path / "copy"), "--keys", str(tmp_path / "keys")]
    tongdian(tmp_path / "old", "backup", *places, **one)
    assert json.loads((tmp_path / "copy" / "manifest.json").read_text())["server_major"] == 15
    assert "is back" in tongdian(tmp_path / "new", "restore", *places, **two)
    assert run(tmp_path / "new", "-c", COUNT, **two) == run(tmp_path / "old", "-c", COUNT, **one)


@ON_15
def test_a_backup_of_postgresql_15_proves_itself_on_a_newer_server(postgresql_15, tmp_path):
    """The guards of the database are the same there, however that server writes them."""
    one = postgresql_15("older")
    run(tmp_path / "old", "-c", MAKE_SOMETHING, **one)
    places = [str(tmp_path / "copy"), "--keys", str(tmp_path / "keys")]
    tongdian(tmp_path / "old", "backup", *places, **one)
    assert "is back" in tongdian(tmp_path / "new", "restore", *places)


@ON_15
def test_a_backup_of_a_newer_server_is_refused_by_an_older_one(backed_up, postgresql_15, tmp_path):
    said = tongdian(
        tmp_path / "new",
        "restore",
        str(backed_up / "copy"),
        "--keys",
        str(backed_up / "keys"),
        status=1,
        **postgresql_15("three"),
    )
    assert "PostgreSQL 18" in said
    assert "PostgreSQL 15" in said
    assert not (tmp_path / "new" / "keys").exists()
