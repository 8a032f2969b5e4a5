"""The database into a file and back, by PostgreSQL's own programs."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

from tongdian.config.database import program
from tongdian.config.logins import owner_url
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class ProgramFailed(Refusal):
    """pg_dump or pg_restore refused; its own words."""

    says = Words("{program} 失败：{said}", "{program} failed: {said}")


def _address() -> str:
    """The owner's address without the password, which other users could read in a command line."""
    parts = urlsplit(owner_url())
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{place}"))


def _environment() -> dict[str, str]:
    password = urlsplit(owner_url()).password
    secret: Mapping[str, str] = {"PGPASSWORD": unquote(password)} if password else {}
    return {**os.environ, **secret}


def dump(target: Path) -> None:
    """The database into one file, in PostgreSQL's own format. Raises ProgramFailed."""
    arguments = ["--format=custom", "--dbname", _address(), "--file", str(target)]
    done = subprocess.run(
        [str(program("pg_dump")), *arguments], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ProgramFailed(program="pg_dump", said=done.stderr.strip())


# What only the version that wrote a dump knows: a setting of pg_restore, and a mark that PostgreSQL keeps
# with columns since its minor releases of November 2026, which an older pg_dump takes for an option.
_OWN_TO_A_VERSION = re.compile(
    rb"SET transaction_timeout\b.*|ALTER TABLE ONLY \S+ ALTER COLUMN .+ SET \(pg_attver='?\d+'?\);\s*"
)
_SECTIONS = (("pre-data",), ("data", "post-data"))


def pour(dump: Path) -> None:
    """The dump into the database, in one transaction.

    What only the version that wrote it knows is left out, so that another server takes it as well: of
    the statements that make tables, never of the rows.
    """
    take = [
        str(program("psql")),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--dbname",
        _address(),
    ]
    with subprocess.Popen(
        take, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as sink:
        assert sink.stdin is not None
        assert sink.stderr is not None
        with contextlib.suppress(BrokenPipeError):
            for sections in _SECTIONS:
                if wrong := _write_sections(dump, sections, sink.stdin):
                    sink.kill()  # before it could commit a half
                    raise ProgramFailed(program="pg_restore", said=wrong)
            sink.stdin.close()
        said = sink.stderr.read().decode(errors="replace").strip()
        if sink.wait():
            raise ProgramFailed(program="psql", said=said)


def _write_sections(dump: Path, sections: Sequence[str], sink: IO[bytes]) -> str:
    """Write sections of a dump as SQL; what was wrong with it, or nothing."""
    write = [str(program("pg_restore")), "--no-owner", "--no-privileges", "--file=-"]
    write += [*(f"--section={name}" for name in sections), str(dump)]
    with subprocess.Popen(write, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as source:
        assert source.stdout is not None
        assert source.stderr is not None
        try:
            for line in source.stdout:
                if not _OWN_TO_A_VERSION.fullmatch(line.rstrip(b"\n")):
                    sink.write(line)
                if line.startswith(b"COPY "):
                    break
            shutil.copyfileobj(source.stdout, sink, 1 << 20)
        except BrokenPipeError:
            source.kill()
            raise
        wrong = source.stderr.read().decode(errors="replace").strip()
        return (wrong or "?") if source.wait() else ""
