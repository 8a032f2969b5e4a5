"""A migrated database, the collected static files and the marks of checked packs, kept between runs.

What fills them is hashed; a run copies what stands under that hash and makes it only where nothing
does. It is kept outside the repository, in $XDG_CACHE_HOME/tongdian-tests: the files of a stopped
server, and a folder. Nothing half made is ever found: it is made beside, while nobody else makes or
copies, and renamed. A key holds for a day and until the machine starts again, because nothing is
written through to the disk, and because its log has the day on which it began.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import tongdian
from tongdian.config.database import program
from tongdian.policy.shelf import OWN, kernel_hash, open_pack

# the program that is imported, which a mutation has broken in a copy (tests/mutations.py)
PROJECT = Path(tongdian.__file__).parents[2]
SEALS = "audit-seal"
KEEPS = 8  # of all sorts together, about 50 MB each
# What decides how a new database looks: the tables, what migrations load and call, what a start does
# after them, and the packages that bring tables of their own.
FILLS = (
    "src/tongdian/*/migrations/*.py",
    "src/tongdian/*/models.py",
    "src/tongdian/audit_log/*.py",
    "src/tongdian/config/*.py",
    "src/tongdian/parties/regions.*",
    "src/tongdian/personal.py",
    "src/tongdian/plain_fields.py",
    "src/tongdian/identifiers.py",
    "requirements/*.txt",
)


def folder() -> Path:
    """Where templates are kept."""
    named = os.environ.get("XDG_CACHE_HOME")
    place = (Path(named) if named else Path.home() / ".cache") / "tongdian-tests"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def key_of(files: Iterable[tuple[str, Path]], *more: str) -> str:
    """The same for files of the same names and content, today, until the machine starts again."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    digest = hashlib.sha256("\0".join((boot, datetime.now(UTC).date().isoformat(), *more)).encode())
    for name, file in sorted(files):
        digest.update(name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _hold(kind: int) -> Iterator[None]:
    with open(folder() / "lock", "a") as lock:  # one that is killed holds it no longer
        fcntl.flock(lock, kind)
        yield


def copied(name: str, target: Path) -> bool:
    """Have in `target` what is kept under a name; whether anything was."""
    with _hold(fcntl.LOCK_SH):
        kept = folder() / name
        if not kept.is_dir():
            return False
        os.utime(kept)
        _copy(kept, target)
    return True


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--archive", "--no-target-directory", source, target], check=True)


def lay(name: str, target: Path, *, make: Callable[[], None]) -> None:
    """Have in `target` what is kept under a name; where nothing is, `make` puts it into `target`,
    and it is kept. Two that come at once make it once."""
    if copied(name, target):
        return
    with _hold(fcntl.LOCK_EX):
        if not (is_there := (folder() / name).is_dir()):
            for draft in folder().glob("*.draft"):  # of one that was killed: we are alone
                shutil.rmtree(draft)
            make()
            _copy(target, draft := folder() / f"{name}.draft")
            os.utime(draft)
            draft.rename(folder() / name)
            _forget_old()
    if is_there:
        lay(name, target, make=make)


def _forget_old() -> None:
    kept = sorted((one for one in folder().iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    for one in kept[:-KEEPS]:
        shutil.rmtree(one)


def lay_key(home: Path) -> None:
    """Have an installation in `home` seal with the key that sealed the first entries of the database
    that is kept. Its other keys are its own."""
    keys = home / "keys"
    lay("keys", keys, make=lambda: _draw(keys))


def _draw(keys: Path) -> None:
    keys.mkdir(mode=0o700)
    (keys / SEALS).write_bytes(os.urandom(32))
    (keys / SEALS).chmod(0o600)


def lay_checked(home: Path) -> None:
    """Have an installation in `home` know that the program's own packs passed their tests: those are
    tests of their own (tests/policies), and take each new home five seconds."""
    lay(_packs_key(), home / "checked", make=lambda: _check_packs(home / "checked"))


def _check_packs(checked: Path) -> None:
    checked.mkdir(mode=0o700)
    for pack in OWN.iterdir():
        open_pack(str(pack), checked=checked.joinpath)


def _packs_key() -> str:
    files = ((file.relative_to(OWN).as_posix(), file) for file in OWN.rglob("*") if file.is_file())
    return "packs-" + key_of(files, kernel_hash())


def database_key() -> str:
    """The name of the database as this checkout would make it."""
    files = {file for pattern in FILLS for file in PROJECT.glob(pattern)}
    named = ((file.relative_to(PROJECT).as_posix(), file) for file in files)
    sealed_with = folder() / "keys" / SEALS
    return "database-" + key_of([*named, (SEALS, sealed_with)], str(program("postgres")))


def static_key() -> str:
    """The name of the static files as this checkout would collect them."""
    from django.contrib.staticfiles.finders import get_finders

    found = ((name, Path(kept.path(name))) for one in get_finders() for name, kept in one.list([]))
    return "static-" + key_of(found)
