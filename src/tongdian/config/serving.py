"""`make run`: pages, API and worker on one address, over a database of our own.

Everything is set up first and may be set up again. Ctrl-C (or SIGTERM) stops the web server, the
worker and then the database, each in order. A part that is killed is started again; if this
process itself is killed, its parts end with it and the next start works.
"""

import contextlib
import ctypes
import errno
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from tongdian.config.accounts import SEALER, WEB, are_apart, is_root, run_as
from tongdian.config.database import DatabaseUnavailable
from tongdian.config.home import home, key, terminal_language
from tongdian.config.logins import private_server, without_owner
from tongdian.config.program import collect_static_files, open_program
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

HOST = "127.0.0.1"
WEB_PROCESSES = 2
WAITING_CONNECTIONS = 512  # in the socket's queue, when every process is busy
PATIENCE_SECONDS = 60
LIVED_LONG_ENOUGH_SECONDS = 5
LONGEST_WAIT_SECONDS = 30  # between two starts of a part that keeps ending
END_WITH_PARENT = 1  # PR_SET_PDEATHSIG
AS_ROOT = Words(
    "各部分均以 root 运行：其他用户无法访问本程序所在位置；请安装到 /opt 等处，网页、封存与数据库即分属三个用户。",
    "All parts run as root, because no other user can reach the program here: install it under /opt, "
    "say, and pages, sealer and database become users of their own.",
)
CANNOT_WRITE = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM}


class AddressTaken(Refusal):
    """Another program listens where we would."""

    says = Words(
        "端口 {port} 已被占用；请用 PORT=其他端口 再试。",
        "Port {port} is taken; try again with PORT=another.",
    )


class NotAPort(Refusal):
    """PORT is no number of a port."""

    says = Words("PORT={port} 不是端口号（1 至 65535）。", "PORT={port} is not a port (1 to 65535).")


class AddressForbidden(Refusal):
    """A port below 1024, which only root may open."""

    says = Words(
        "当前用户无权使用端口 {port}；请用 PORT=1024 以上的端口，由反向代理转发。",
        "This user may not open port {port}: take PORT=1024 or above, behind a reverse proxy.",
    )


class NoRoom(Refusal):
    """The state folder cannot be written."""

    says = Words(
        "无法写入 {place}：{why}。请腾出磁盘空间或检查权限后再启动。",
        "Cannot write to {place}: {why}. Make room on the disk or see to its permissions, then start again.",
    )


class PartEnded(Refusal):
    """The web server or the worker ends as soon as it starts."""

    says = Words("{part} 启动后立即退出（{status}）。", "The {part} ends as it starts ({status}).")


class ServerProcess:
    """The web server or the worker: a process of its own that ends with this one."""

    def __init__(self, name: str, *arguments: str, user: str = WEB, passing: Sequence[int] = ()) -> None:
        self.name, self.arguments, self.passing = name, arguments, passing
        self.user = run_as(user) if user and are_apart(home()) else {}
        self.has_stood = False
        self.ended = 0  # times in a row that it ended soon after its start
        self.not_before = 0.0
        self.start()

    def start(self) -> None:
        """Start the process, out of reach of the terminal's Ctrl-C: we stop it in order."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", *self.arguments],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
            pass_fds=self.passing,
            env=os.environ | {"TONGDIAN_HOME": str(home())} | without_owner(),
            **self.user,
        )

    def keep_alive(self) -> None:
        """Start it again if it ended, each time a little later if it keeps ending; refuse only what
        never stood."""
        status, now = self.process.poll(), time.monotonic()
        lived_long = now - self.started >= LIVED_LONG_ENOUGH_SECONDS
        if status is None:
            self.has_stood = self.has_stood or lived_long
            self.ended = 0 if lived_long else self.ended
            return
        if not self.has_stood and not lived_long:
            raise PartEnded(part=self.name, status=status)
        if not self.not_before:
            self.ended = 0 if lived_long else self.ended + 1
            wait = 0 if lived_long else min(2**self.ended, LONGEST_WAIT_SECONDS)
            self.not_before = now + wait
        if now >= self.not_before:
            self.not_before = 0.0
            self.start()

    def stop(self) -> None:
        """Ask it to finish what it does, and wait."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Once(ServerProcess):
    """A part that does one thing and ends."""

    def keep_alive(self) -> None:
        """It may have done what it had to."""


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Have the kernel end this process when the one that started it ends, however it ends."""
    ctypes.CDLL(None).prctl(END_WITH_PARENT, number)
    if os.getppid() == 1:  # it ended before we could ask
        os.kill(os.getpid(), number)


def serve(*, port: int) -> None:
    """Serve until told to stop. Raises AddressTaken, PartEnded or DatabaseUnavailable."""
    listening = _listen(port)
    with listening, open_program():
        collect_static_files()
        _keep_packs()
        accounts = _prepare_accounts()
        wants_demo = _wants_demo()
        _close_connections()
        with _parts(listening) as parts:
            _wait_until_open(port, parts)
            # after the pages, for which somebody waits: both at once slow each other down
            sorts = {WEB: ["inside", "outgoing"], SEALER: ["sealing"]} if are_apart(home()) else {WEB: []}
            for user, named in sorts.items():
                name = "sealer" if user == SEALER else "worker"
                parts.append(ServerProcess(name, "tongdian.config.worker", *named, user=user))
            if private_server():  # as root, where we are: it reads what each part keeps to itself
                parts.append(ServerProcess("archivist", "tongdian.config.archivist", user=""))
            if wants_demo:  # in the background: pages are there meanwhile
                parts.append(Once("demonstration", "tongdian.config.demonstration"))
            for part in parts:  # from now on none of them ends the program
                part.has_stood = True
            _greet(port, accounts, wants_demo=wants_demo)
            _watch(parts)


def _listen(port: int) -> socket.socket:
    """The socket that every web process takes from. It is ours alone from now on, so that a second
    program on the same port is refused, however close behind."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(WAITING_CONNECTIONS)
    except PermissionError as forbidden:
        listening.close()
        raise AddressForbidden(port=port) from forbidden
    except (OSError, OverflowError) as taken:
        listening.close()
        raise AddressTaken(port=port) from taken
    return listening


def _keep_packs() -> None:
    """Keep each regulation as it is now, so that an old answer can be made again."""
    from tongdian.rulebook.commands import install_packs

    install_packs()


def _prepare_accounts() -> dict[str, str]:
    """The demo accounts with their password; on a server of the operator's own only a first
    administrator, whose password is shown once."""
    from tongdian.config.program import one_at_a_time
    from tongdian.parties import demo

    with one_at_a_time():  # two first starts take turns
        if private_server() is None and os.environ.get("TONGDIAN_DEMO", "0") == "0":
            password = secrets.token_urlsafe(12)
            return {"admin": password} if demo.make_first_administrator(password=password) else {}
        password = demo.demo_password(key("demo"))
        demo.make_demo_accounts(password=password)
        return dict.fromkeys(demo.DEMO_ACCOUNTS, password)


def _wants_demo() -> bool:
    """Whether this is a new installation to try the program on: nothing real is in it."""
    from tongdian.demo.making import is_empty

    wanted = os.environ.get("TONGDIAN_DEMO") or ("1" if private_server() else "")
    return wanted == "1" and is_empty()


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


@contextlib.contextmanager
def _parts(listening: socket.socket) -> Iterator[list[ServerProcess]]:
    number = listening.fileno()
    parts = [
        ServerProcess(f"web process {one}", "tongdian.config.web", str(number), passing=[number])
        for one in range(1, WEB_PROCESSES + 1)
    ]
    try:
        yield parts
    finally:
        _heed(signal.SIG_IGN)  # a second Ctrl-C changes nothing
        for part in parts:
            part.stop()


def _wait_until_open(port: int, parts: list[ServerProcess]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _answers(port):
        for part in parts:
            part.keep_alive()
        if time.monotonic() > deadline:
            raise PartEnded(part=parts[0].name, status="no answer")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    # The port is open before a worker is there to answer.
    asked = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        asked.request("GET", "/livez")
        return asked.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _watch(parts: list[ServerProcess]) -> None:
    server = private_server()
    while True:
        time.sleep(1)
        if server:
            try:
                server.revive()
            except DatabaseUnavailable as refused:  # it is recovering: it is asked again
                print(f"tongdian: {refused}", file=sys.stderr, flush=True)
        for part in parts:
            part.keep_alive()


def _greet(port: int, accounts: dict[str, str], *, wants_demo: bool) -> None:
    print(f"\n  通典 Tongdian  http://{HOST}:{port}\n")
    for name, password in accounts.items():
        print(f"  {name:<16}{password}")
    if wants_demo:
        from tongdian.demo.people import newcomers

        print(
            "\n  演示数据正在生成，约半分钟；密码同上。"
            "\n  The demonstration is being made, in half a minute or so; the same password.\n"
        )
        for name, tries in newcomers():
            print(f"  {name:<16}{tries.zh} · {tries.en}")
    if is_root() and not are_apart(home()):
        print(f"\n  {AS_ROOT.zh}\n  {AS_ROOT.en}")
    print("\n  Ctrl-C stops it.", flush=True)


def _heed(answer: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, answer)


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Entry of `make run`: the port comes from PORT."""
    _heed(_leave)
    os.umask(0o022)  # nothing of ours may be written by others, whatever the shell says
    port = os.environ.get("PORT") or "8000"
    try:
        if not port.isascii() or not port.isdigit() or not 0 <= int(port) < 65_536:
            raise NotAPort(port=port)
        serve(port=int(port))
    except KeyboardInterrupt:
        print("\nStopped.")
    except Refusal as refused:
        sys.exit(f"tongdian: {refused.say(terminal_language())}")
    except OSError as failed:
        if failed.errno not in CANNOT_WRITE:
            raise
        why = os.strerror(failed.errno or 0)
        sys.exit(f"tongdian: {NoRoom(place=home(), why=why).say(terminal_language())}")


if __name__ == "__main__":
    main()
