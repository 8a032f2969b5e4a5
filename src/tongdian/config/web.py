"""One web process: waitress over the socket that the supervisor opened.

Requests are read whole, without a thread, before anything is done with them, so that slow clients
cost nobody a thread; a body over the limit is refused by its Content-Length or as it comes, and one
that comes too slowly is closed. Several such processes take from the same socket; when one dies, the
others go on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

from tongdian.config.serving import end_with_parent

THREADS = 8
LARGEST_BODY = 22_000_000  # a file of 20 MB and the form around it
BODY_STARTS_SECONDS = 30  # then it has to come at least this fast:
BYTES_A_SECOND = 1_000
SAID = {
    413: ("文件或内容太大：一次最多 20 MB。", "Too large: at most 20 MB at once.", "too-large"),
    431: ("请求头太大。", "The headers are too large.", "headers-too-large"),
    400: ("请求无法读取。", "The request cannot be read.", "unreadable-request"),
}


class Refused(ErrorTask):  # type: ignore[misc]
    """What is refused before the program sees it, in the caller's form."""

    def execute(self) -> None:
        error = self.request.error
        status = int(error.code)
        zh, en, code = SAID.get(status, SAID[400])
        if str(getattr(self.request, "path", "")).startswith("/api/"):
            kind = "application/problem+json"
            said = {"zh": zh, "en": en}
            text = json.dumps(
                {"type": "about:blank", "title": en, "status": status, "code": code, "says": said},
                ensure_ascii=False,
            )
        else:
            kind, text = "text/plain; charset=utf-8", f"{zh}\n{en}\n"
        body = text.encode()
        self.status = f"{status} {error.reason}"
        self.response_headers = [("Content-Length", str(len(body))), ("Content-Type", kind)]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc]
    """One connection, which knows since when its request has been coming."""

    error_task_class = Refused
    began: float | None = None
    received_bytes = 0

    def received(self, data: bytes) -> bool:
        if self.began is None:
            self.began, self.received_bytes = time.monotonic(), 0
        self.received_bytes += len(data)
        known = bool(super().received(data))
        if self.request is None or self.request.completed:
            self.began = None  # it is whole
        return known

    def is_too_slow(self, now: float) -> bool:
        """Whether a request has begun and comes slower than anybody's line."""
        if self.began is None:
            return False
        waited = now - self.began
        return waited > BODY_STARTS_SECONDS and self.received_bytes < waited * BYTES_A_SECOND


class WebServer(TcpWSGIServer):  # type: ignore[misc]
    """The server, which closes what comes too slowly."""

    channel_class = Connection

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        moment = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_too_slow(moment):
                channel.handle_close()


def main() -> None:
    """Serve from the socket whose number is the argument, until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    end_with_parent()
    listening = socket.socket(fileno=int(sys.argv[1]))
    from django.core.wsgi import get_wsgi_application
    from waitress.adjustments import Adjustments

    adjustments = Adjustments(
        sockets=[listening],
        threads=THREADS,
        connection_limit=1_000,
        asyncore_use_poll=True,  # select() knows no more than 1,024 files
        cleanup_interval=5,
        channel_timeout=60,
        max_request_body_size=LARGEST_BODY,
        max_request_header_size=65_536,
        clear_untrusted_proxy_headers=False,  # settings.py says which of them count, and when
        ident=None,
    )
    about = (listening.family, listening.type, listening.proto, listening.getsockname())
    server = WebServer(
        get_wsgi_application(), _sock=listening, adj=adjustments, bind_socket=False, sockinfo=about
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        server.run()
    except SystemExit:
        server.task_dispatcher.shutdown(timeout=10)


def _stop(number: int, frame: Any) -> None:
    raise SystemExit


if __name__ == "__main__":
    main()
