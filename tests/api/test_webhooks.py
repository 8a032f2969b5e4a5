"""Webhooks on a real server: signed, in order, tried again, replayed; and where they do not go."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.cases.conftest import at, organisation

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)  # signatures hold for five minutes


class Receiver(ThreadingHTTPServer):
    """Takes what comes, and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], str]] = []
        self.status = 204
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?from=tongdian"

    def read(self, secret: str) -> list[Any]:
        """What came, its signature checked as the receiver's library does."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.got]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", self.server.address)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def subscribed(campus: Any, receiver: Receiver, viewer: Any) -> Any:
    from tongdian.api.actions import subscribe

    campus.admin = viewer("administrator", "campus-admin", at=campus.campus)
    return subscribe(
        viewer=campus.admin,
        organisation=campus.campus,
        title="财务系统",
        address=receiver.address,
        kinds=[],
        at=NOW,
    )


def happen(campus: Any) -> Any:
    """An application withdrawn the same day: two events, announced as the job does."""
    from tongdian.cases import actions
    from tongdian.cases.announcing import announce
    from tongdian.cases.models import Event

    case = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=at("2026-03-02"),
    )
    actions.withdraw(viewer=campus.counter, case=case, reason="改主意", seen=case.seq, at=at("2026-03-02"))
    case.refresh_from_db()
    announce(case, list(Event.objects.filter(case=case).order_by("seq")))
    return case


def send(moment: datetime | None = None) -> int:
    from tongdian.api.actions.sending import deliver_to, receivers_due

    at = moment or datetime.now(UTC)
    return sum(deliver_to(receiver=receiver, at=at) for receiver in receivers_due(at=at))


def types(receiver: Receiver, secret: str) -> list[str]:
    return [one["type"].removeprefix("tongdian.case.") for one in receiver.read(secret)]


def test_every_event_arrives_signed_and_in_order(campus: Any, receiver: Receiver, subscribed: Any) -> None:
    case = happen(campus)
    assert send() == 3
    first, second, end = receiver.read(subscribed[1])
    assert (first["type"], second["type"]) == ("tongdian.case.opened", "tongdian.case.withdrawn")
    # that the case is over is an event of its own
    assert (end["type"], end["id"]) == ("tongdian.case.case_ended", f"{case.id}/2/ended")
    assert end["data"]["ending"] == "withdrawn"
    assert (first["specversion"], first["id"], first["subject"]) == ("1.0", f"{case.id}/1", case.number)
    assert first["data"]["organisation"] == "YS"
    headers = receiver.got[0][0]
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    assert "王" not in receiver.got[1][1]
    assert "改主意" not in receiver.got[1][1]  # what somebody wrote stays here
    assert send() == 0


def test_an_event_told_twice_is_sent_once(campus: Any, receiver: Receiver, subscribed: Any) -> None:
    from tongdian.cases.announcing import announce
    from tongdian.cases.models import Event

    case = happen(campus)
    announce(case, list(Event.objects.filter(case=case).order_by("seq")))
    send()
    assert types(receiver, subscribed[1]) == ["opened", "withdrawn", "case_ended"]


def test_only_the_kinds_and_the_organisations_that_were_asked_for(
    campus: Any, receiver: Receiver, subscribed: Any, viewer: Any
) -> None:
    from tongdian.api.actions import change_subscription, subscribe

    row, secret = subscribed
    change_subscription(
        viewer=campus.admin,
        subscription=row,
        title="t",
        address=receiver.address,
        kinds=["withdrawn"],
        is_on=True,
        at=NOW,
    )
    other = organisation("campus", "育才校区", "YC", region="450305")
    subscribe(
        viewer=viewer("administrator", "other-admin", at=other),
        organisation=other,
        title="t",
        address=receiver.address,
        kinds=[],
        at=NOW,
    )
    happen(campus)
    send()
    assert types(receiver, secret) == ["withdrawn"]


def test_a_signature_over_another_text_does_not_verify(
    campus: Any, receiver: Receiver, subscribed: Any
) -> None:
    from standardwebhooks.webhooks import WebhookVerificationError

    happen(campus)
    send()
    headers, body = receiver.got[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(subscribed[1]).verify(body.replace("opened", "closed"), headers)


def test_a_receiver_that_fails_is_left_alone_and_then_gets_everything_in_order(
    campus: Any, receiver: Receiver, subscribed: Any
) -> None:
    row, secret = subscribed
    receiver.status = 500
    happen(campus)
    begun = datetime.now(UTC)
    assert send(begun) == 1  # the second event of the case waits for the first
    assert send(begun + timedelta(seconds=4)) == 0
    assert send(begun + timedelta(seconds=6)) == 1  # after five seconds
    assert send(begun + timedelta(seconds=35)) == 0  # then after thirty
    receiver.status = 204
    assert send(begun + timedelta(seconds=37)) == 3
    assert types(receiver, secret) == ["opened"] * 3 + ["withdrawn", "case_ended"]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 3
    row.refresh_from_db()
    assert (row.failures, row.failing_since) == (0, None)
    first = row.deliveries.get(seq=1)
    assert [one.status for one in first.attempts.order_by("id")] == [500, 500, 204]


def test_what_a_job_took_and_died_over_is_still_sent_before_what_followed(
    campus: Any, receiver: Receiver, subscribed: Any
) -> None:
    from tongdian.api.actions import sending

    row, secret = subscribed
    happen(campus)
    begun = datetime.now(UTC)
    first = row.deliveries.order_by("seq", "id")[0]
    assert sending._take(first.id, begun)  # and the job is killed before it sends
    assert send(begun) == 0
    assert receiver.got == []
    assert send(begun + sending.TAKEN_FOR + timedelta(seconds=1)) == 3
    assert types(receiver, secret) == ["opened", "withdrawn", "case_ended"]


def test_three_days_without_an_answer_turn_it_off_and_the_administrators_are_told(
    campus: Any, receiver: Receiver, subscribed: Any
) -> None:
    from tongdian.api.actions import change_subscription
    from tongdian.notices.models import Notice

    row, _secret = subscribed
    receiver.status = 503
    happen(campus)
    begun = datetime.now(UTC)
    send(begun)
    send(begun + timedelta(days=2, hours=23))
    row.refresh_from_db()
    assert row.is_in_use
    send(begun + timedelta(days=4))
    row.refresh_from_db()
    assert not row.is_in_use
    assert [one.account for one in Notice.objects.filter(wording="webhook-disabled")] == [campus.admin]
    receiver.status = 204
    assert send(begun + timedelta(days=5)) == 0
    change_subscription(
        viewer=campus.admin,
        subscription=row,
        title="t",
        address=receiver.address,
        kinds=[],
        is_on=True,
        at=NOW,
    )
    before = len(receiver.got)
    send()  # the first was given up; what waited behind it goes out
    assert len(receiver.got) == before + 2
    assert row.deliveries.get(seq=1).state == "failed"
    assert {one.state for one in row.deliveries.filter(seq=2)} == {"sent"}


def test_a_replay_sends_the_same_again_in_order(campus: Any, receiver: Receiver, subscribed: Any) -> None:
    from tongdian.api.actions import replay

    row, secret = subscribed
    happen(campus)
    send()
    second = row.deliveries.filter(seq=2).order_by("id")[0]
    assert replay(viewer=campus.admin, subscription=row, delivery=second, at=NOW) == 1
    send()
    moment = row.deliveries.get(seq=1).made_at
    assert replay(viewer=campus.admin, subscription=row, since=moment, at=NOW) == 3
    send()
    assert types(receiver, secret) == [
        *("opened", "withdrawn", "case_ended"),
        "withdrawn",
        *("opened", "withdrawn", "case_ended"),
    ]
    bodies = [body for _, body in receiver.got]
    assert bodies[1] == bodies[3] == bodies[5]


def test_a_redirection_is_not_followed(campus: Any, receiver: Receiver, subscribed: Any) -> None:
    receiver.status = 302
    happen(campus)
    send()
    assert len(receiver.got) == 1


def test_a_ping_is_signed_too(campus: Any, receiver: Receiver, subscribed: Any) -> None:
    from tongdian.api.actions import ping

    row, secret = subscribed
    ping(viewer=campus.admin, subscription=row, at=NOW)
    send()
    assert [one["type"] for one in receiver.read(secret)] == ["tongdian.ping"]


def test_the_secret_is_shown_once_and_kept_encrypted(campus: Any, subscribed: Any) -> None:
    row, secret = subscribed
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(row.secret)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "https://user@93.184.216.34/",
        "ftp://93.184.216.34/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.8/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.8]/",
        "https://[64:ff9b::a00:8]/",
        "https://[2002:a00:8::]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[::ffff:0:127.0.0.1]/",
        "https://192.0.0.8/",
        "https://[5f00::1]/",
        "https://[3fff::1]/",
        "https://192.88.99.1/",
        "https://[2001:20::1]/",
        "https://[100:0:0:1::1]/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https:///",
        "https://a\nb/",
        "not an address",
        "https://93.184.216.34:0/",
    ],
)
def test_addresses_inside_the_network_are_refused(settings: Any, address: str) -> None:
    from tongdian.calling import AddressRefused, check_address

    settings.WEBHOOK_NETWORKS = []
    with pytest.raises(AddressRefused):
        check_address(address)


@pytest.mark.parametrize("address", ["https://93.184.216.34/", "https://[2606:4700::1111]/"])
def test_public_addresses_of_both_kinds_may_be_called(settings: Any, address: str) -> None:
    from tongdian.calling import check_address

    settings.WEBHOOK_NETWORKS = []
    check_address(address)


def test_a_name_is_refused_for_any_address_it_has(settings: Any, monkeypatch: Any) -> None:
    from tongdian.calling import AddressRefused, check_address

    def both(*args: Any, **kwargs: Any) -> Any:
        return [(2, 1, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.8")]

    settings.WEBHOOK_NETWORKS = []
    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(AddressRefused):
        check_address("https://two-faced.example/")


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing(
    settings: Any, monkeypatch: Any, receiver: Receiver
) -> None:
    """The connection goes to the address that was looked at; the name is not asked again."""
    from tongdian.calling import call

    port, asked = receiver.server_address[1], []
    looked_up = socket.getaddrinfo

    def rebinding(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebinding.example":
            return looked_up(host, *args, **kwargs)
        asked.append(host)
        answer = "127.0.0.1" if len(asked) == 1 else "10.0.0.8"
        return [(2, 1, 6, "", (answer, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    said = call(address=f"http://rebinding.example:{port}/", body=b"{}", headers={})
    assert (said.status, asked) == (204, ["rebinding.example"])
    assert receiver.got[0][0]["Host"] == f"rebinding.example:{port}"


def test_a_receiver_that_drips_is_cut_off(settings: Any, monkeypatch: Any) -> None:
    from tongdian import calling

    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(calling, "PATIENCE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"X: y\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        port = server.getsockname()[1]
        said = calling.call(address=f"http://127.0.0.1:{port}/", body=b"{}", headers={})
        ended.set()
        thread.join()
    assert said.status == 0
    assert said.milliseconds < 3000


def test_who_may_not_set_up_webhooks_sees_and_makes_none(
    campus: Any, receiver: Receiver, subscribed: Any, program: Any, viewer: Any
) -> None:
    row, _ = subscribed
    other = organisation("campus", "育才校区", "YC", region="450305")
    new = {"organisation": str(campus.campus.pk), "title": "t", "address": receiver.address}
    admin = program(campus.admin)
    made = admin.do("/webhooks", **new)
    assert made.json()["secret"].startswith("whsec_")
    assert len(admin.ask("/webhooks").json()["items"]) == 2
    assert "secret" not in admin.ask("/webhooks").json()["items"][0]
    for someone in (campus.officer, viewer("administrator", "other-admin", at=other)):
        stranger = program(someone)
        assert stranger.ask("/webhooks").json()["items"] == []
        assert stranger.do("/webhooks", **new).status_code in (403, 404)
        assert stranger.ask(f"/webhooks/{row.pk}/deliveries").status_code == 404
        assert stranger.do(f"/webhooks/{row.pk}/remove").status_code == 404
    assert admin.do(f"/webhooks/{row.pk}/remove").status_code == 200
    happen(campus)
    assert row.deliveries.count() == 0
    assert json.loads(admin.ask("/webhooks").content)["items"][0]["id"] != str(row.pk)
