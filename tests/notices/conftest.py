"""A campus with its school above it, and the real things that messages go to: a mail server and an
HTTP server, both on this machine."""

import json
import socket
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller

from tests.notices.town import NOON
from tongdian.notices.models import Channel
from tongdian.notices.vault import lock


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """What is written for a gateway of text messages is this test's own."""
    settings.HOME = tmp_path


@pytest.fixture
def organisation():
    """Make an organisation, below another: `organisation("YS", above=school)`."""
    from tongdian.identifiers import uuid7
    from tongdian.parties.models import Organisation, Region, since

    def make(short: str, *, above=None, **more):
        region, _ = Region.objects.get_or_create(
            code="450300", defaults={"name": "桂林市", "level": "prefecture"}
        )
        id_ = uuid7()
        return Organisation.objects.create(
            id=id_,
            kind="campus",
            short=short,
            parent=above,
            region=region,
            ancestors=[*(above.ancestors if above else []), id_],
            in_force=since(date(2020, 1, 1)),
            **({"name": f"单位{short}", "name_en": f"Unit {short}"} | more),
        )

    return make


@pytest.fixture
def channel():
    """Set up a channel directly: `channel(campus, "sms")`."""

    def make(at, kind: str, *, address: str = "", **more) -> Channel:
        secret = lock({"address": address, "signing": ""}) if address else b""
        return Channel.objects.create(organisation=at.id, kind=kind, secret=secret, changed_at=NOON, **more)

    return make


class Web:
    """An HTTP server that keeps what it was sent; `statuses` are its next answers, then 200
    with `answer`."""

    def __init__(self):
        self.received, self.statuses, self.meanwhile = [], [], lambda: None
        self.answer, self.paths = b"ok", []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(json.loads(body))
                outer.paths.append(self.path)
                outer.meanwhile()
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.end_headers()
                self.wfile.write(outer.answer)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def web(settings):
    """A real HTTP server on this machine."""
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    server = Web()
    yield server
    server.close()


class Letters:
    """Keeps the letters of a mail server; refuses addresses at `nowhere.example`."""

    def __init__(self):
        self.received = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@nowhere.example"):
            return f"550 no such mailbox {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.received.append(envelope)
        return "250 taken as A1B2"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def mail(settings):
    """A real SMTP server on this machine, to which Django sends."""
    letters = Letters()
    controller = Controller(letters, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    yield letters
    controller.stop()
