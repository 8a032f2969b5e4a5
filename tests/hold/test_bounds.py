"""Slow clients, large bodies, large pictures and long workbooks: the other pages still answer.

Outcomes are counted, never seconds: every page asked for meanwhile must be answered.
"""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.waiting import PATIENCE_SECONDS

CLIENTS = 8


def address_of(site):
    parts = urlsplit(site.address)
    return parts.hostname, parts.port


def asked(site, path="/track/"):
    """The status of a page; none if it does not answer."""
    connection = HTTPConnection(*address_of(site), timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        return reply.status
    except OSError:
        return None
    finally:
        connection.close()


def test_eight_clients_that_send_a_byte_now_and_then_stop_nobody(site):
    slow = []
    try:
        for _ in range(CLIENTS):
            one = socket.create_connection(address_of(site))
            one.sendall(
                b"POST /api/v1/track HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
            slow.append(one)
        for _ in range(5):
            for one in slow:
                one.sendall(b" ")
            assert asked(site) == 200
    finally:
        for one in slow:
            one.close()


@pytest.mark.parametrize("path", ["/api/v1/uploads", "/track/"])
def test_a_body_of_200_megabytes_is_refused_by_its_length(site, path):
    with socket.create_connection(address_of(site), timeout=PATIENCE_SECONDS) as one:
        one.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000000\r\n"
            "Content-Type: application/octet-stream\r\n\r\n".encode()
        )
        said = b""
        while part := one.recv(65_536):
            said += part
    head, _, body = said.partition(b"\r\n\r\n")
    assert b" 413 " in head.splitlines()[0]
    assert "20 MB" in body.decode()
    if path.startswith("/api/"):
        assert b"application/problem+json" in head
        assert json.loads(body)["code"] == "too-large"


def test_a_body_without_a_length_is_refused_while_it_comes(site):
    with socket.create_connection(address_of(site), timeout=PATIENCE_SECONDS) as one:
        one.sendall(b"POST /api/v1/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent, piece = 0, b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        try:
            while sent < 60:
                one.sendall(piece)
                sent += 1
        except OSError:
            pass
        assert sent < 60, "60 MB were taken"
    assert asked(site) == 200


def large_picture():
    kept = io.BytesIO()
    Image.new("L", (8944, 8944)).save(kept, "PNG")
    return kept.getvalue()


def form(name, content, kind):
    edge = b"----edge"
    head = (
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    ).encode()
    return edge, b"--" + edge + b"\r\n" + head + content + b"\r\n--" + edge + b"--\r\n"


def test_eight_pictures_of_eighty_million_pixels_stop_nobody(site):
    edge, body = form("large.png", large_picture(), "image/png")
    outcomes: list[int | None] = []

    def send():
        connection = HTTPConnection(*address_of(site), timeout=PATIENCE_SECONDS)
        try:
            kind = {"Content-Type": f"multipart/form-data; boundary={edge.decode()}"}
            connection.request("POST", "/api/v1/uploads", body, kind)
            outcomes.append(connection.getresponse().status)
        except OSError:
            outcomes.append(None)
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(CLIENTS)]
    for sender in senders:
        sender.start()
    pages = [asked(site) for _ in range(10)]
    for sender in senders:
        sender.join()
    assert pages == [200] * 10
    assert set(outcomes) <= {422, 429, 503}, outcomes
    assert 422 in outcomes


def test_a_connection_that_never_ends_its_request_is_closed():
    from tongdian.config.web import BODY_STARTS_SECONDS, Connection

    class Slow(Connection):
        def __init__(self):
            self.began, self.received_bytes = time.monotonic() - BODY_STARTS_SECONDS - 1, 100

    slow = Slow()
    assert slow.is_too_slow(time.monotonic())
    slow.received_bytes = 1_000_000
    assert not slow.is_too_slow(time.monotonic())
    slow.began = None
    assert not slow.is_too_slow(time.monotonic())
