"""The private PostgreSQL, with its durable settings, under violence."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.waiting import PATIENCE_SECONDS
from tongdian.config.database import LONGEST_SOCKET_FOLDER, DatabaseUnavailable, Server


@pytest.fixture
def folder():
    """A place for a cluster that every account may pass into, and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tongdian-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "cluster"


def server_process(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_it_starts_serves_chinese_and_stops(folder):
    with Server(folder).running() as server, psycopg.connect(server.url()) as connection:
        assert server.is_up()
        # Under the C locale trigrams of Chinese would be empty, and search would find nothing.
        connection.execute("create extension pg_trgm")
        assert connection.execute("select show_trgm('保证金')").fetchone() != ([],)
        assert connection.execute("select '保证金' ~ '[[:alpha:]]'").fetchone() == (True,)
    assert not server.is_up()


def test_it_is_durable_private_and_checks_its_pages(folder):
    with Server(folder).running() as server, psycopg.connect(server.url()) as connection:
        show = {
            name: connection.execute(f"show {name}").fetchone()[0]
            for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
        }
        assert set(show.values()) == {"on"}
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert server.socket_folder.stat().st_mode & 0o066 == 0
        assert server.data.stat().st_mode & 0o077 == 0


def test_what_was_committed_survives_a_killed_server(folder):
    with Server(folder).running() as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("create table reading (number int primary key)")
        connection = psycopg.connect(server.url(), autocommit=True)
        for number in range(200):
            connection.execute("insert into reading values (%s)", [number])
        os.kill(server_process(server), signal.SIGKILL)
        while server.is_up():
            time.sleep(0.01)
        server.revive()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
        connection.close()
        with psycopg.connect(server.url()) as again:
            assert again.execute("select count(*), max(number) from reading").fetchone() == (200, 199)


KEEP_IT_UP = """
import sys, time
from pathlib import Path
from tongdian.config.database import Server
with Server(Path(sys.argv[1])).running() as server:
    print(server.url(), flush=True)
    time.sleep(600)
"""


def keeper(folder: Path) -> subprocess.Popen:
    """Another program that needs the same database."""
    return subprocess.Popen(
        [sys.executable, "-c", KEEP_IT_UP, str(folder)], stdout=subprocess.PIPE, text=True
    )


def test_the_next_start_works_after_the_program_was_killed(folder):
    with keeper(folder) as program:
        url = program.stdout.readline().strip()
        with psycopg.connect(url) as connection:
            connection.execute("create table reading as select 7 as number")
        program.kill()
    server = Server(folder)
    assert server.is_up()  # nobody was left to stop it
    with server.running(), psycopg.connect(server.url()) as connection:
        assert connection.execute("select number from reading").fetchone() == (7,)
    assert not server.is_up()


def test_the_next_start_works_after_everything_was_killed(folder):
    with keeper(folder) as program:
        url = program.stdout.readline().strip()
        with psycopg.connect(url) as connection:
            connection.execute("create table reading as select 7 as number")
        server = Server(folder)
        os.kill(server_process(server), signal.SIGKILL)
        program.kill()
    with server.running(), psycopg.connect(server.url()) as connection:
        assert connection.execute("select number from reading").fetchone() == (7,)


def test_a_killed_first_start_leaves_nothing_in_the_way(folder):
    folder.mkdir()
    half_made = folder / "data.draft"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    with Server(folder).running() as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_two_programs_that_start_at_once_share_one_server_until_the_last_leaves(folder):
    with keeper(folder) as first, keeper(folder) as second:
        urls = {first.stdout.readline().strip(), second.stdout.readline().strip()}
        server = Server(folder)
        assert urls == {server.url()}
        assert server.is_up()

        with Server(folder).running():
            pass  # a third comes and goes
        assert server.is_up()

        for program in (first, second):
            program.send_signal(signal.SIGINT)
            assert program.wait(PATIENCE_SECONDS) != 0
    assert not server.is_up()


def test_a_path_too_long_for_a_socket_still_works(folder):
    deep = folder / ("x" * 60) / ("y" * 60)
    deep.parent.mkdir(parents=True)
    server = Server(deep)
    assert len(str(server.socket_folder)) <= LONGEST_SOCKET_FOLDER
    with server.running(), psycopg.connect(server.url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_programs_that_are_not_postgresql_are_refused_with_a_reason(folder, monkeypatch, tmp_path):
    from tongdian.config import database

    (tmp_path / "initdb").write_text("#!/bin/sh\necho 'initdb: no space left' >&2; exit 1\n")
    (tmp_path / "initdb").chmod(0o755)
    monkeypatch.setattr(database, "_binaries", lambda: tmp_path)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(0o755)
    with pytest.raises(DatabaseUnavailable, match="initdb failed"), Server(folder).running():
        pass
