"""Calling an address that somebody else chose, without being led into one's own network.

The name is resolved once, every address it has is looked at, and the connection goes to one that
was looked at: a name that answers otherwise the second time (DNS rebinding) gains nothing. No
proxy, no redirect, a limit on time and on what is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

PATIENCE_SECONDS = 10
MOST_ANSWER_BYTES = 4_000
# Nobody outside answers there, or a protocol has them for itself, whatever the library of this Python
# knows of it: the registries of IANA for special addresses (RFC 6890, 7526, 9637). Of the new kind
# only 2000::/3 is given out at all: no site-local, translated, "IPv4-compatible" or segment-routing
# address (RFC 3879, 2765, 6052, 8215, 4291 at 2.5.5.1, 9602).
_SET_APART = [
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")
]
_GIVEN_OUT = ipaddress.ip_network("2000::/3")


class AddressRefused(Refusal):
    """An address that is none, or lies where this program does not call."""

    says = Words(
        "地址不可用：须为 https:// 开头的公网地址；内网地址须由运维用 TONGDIAN_WEBHOOK_NETWORKS 允许。",
        "The address cannot be used: it begins with https:// and is public; an address inside the "
        "network has to be allowed by the operator (TONGDIAN_WEBHOOK_NETWORKS).",
    )


@dataclass(frozen=True, slots=True)
class CallResult:
    """How a call went: the status, 0 where there was none, and what was said."""

    status: int
    said: str
    milliseconds: int

    @property
    def has_succeeded(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300


def check_address(address: str) -> None:
    """Raises AddressRefused unless it may be called as things stand; each call looks again."""
    _where(_parts(address))


def call(*, address: str, body: bytes, headers: Mapping[str, str]) -> CallResult:
    """POST a body; never raises for what the other side does."""
    begun = monotonic()
    try:
        status, said = _posted(address, body, headers)
    except (OSError, http.client.HTTPException, Refusal) as failed:
        status, said = 0, f"{type(failed).__name__}: {failed}"
    spent = round((monotonic() - begun) * 1000)
    return CallResult(status, legible(said), spent)


def _posted(address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    parts = _parts(address)
    connection = _Connection(parts, _where(parts))
    connection.connect()
    ender = threading.Timer(PATIENCE_SECONDS, connection.end)
    ender.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        reply = connection.getresponse()
        said = reply.read(MOST_ANSWER_BYTES).decode(errors="replace")
        if connection.is_cut_off:  # what came so far looks like an answer, and is none
            raise TimeoutError("no whole answer in time")
        return reply.status, said
    finally:
        ender.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """To an address that was looked at, in the name of the host."""

    def __init__(self, parts: SplitResult, where: str) -> None:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        super().__init__(parts.hostname or "", port, timeout=PATIENCE_SECONDS)
        self.where = where
        self.is_secure = parts.scheme == "https"
        self.is_cut_off = False

    def connect(self) -> None:
        plain = socket.create_connection((self.where, self.port), PATIENCE_SECONDS)
        if not self.is_secure:
            self.sock = plain
            return
        try:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise

    def end(self) -> None:
        """However slowly the other side drips, the time is up."""
        self.is_cut_off = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        usable = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and "@" not in parts.netloc
        )
    except ValueError:
        raise AddressRefused from None
    if not usable or not address.isascii() or any(not 33 <= ord(sign) < 127 for sign in address):
        raise AddressRefused
    return parts


def _where(parts: SplitResult) -> str:
    """The first address of the host, where all it has may be called."""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses or not all(_may_be_called(one, parts.scheme) for one in addresses):
        raise AddressRefused
    return str(addresses[0])


def _may_be_called(one: ipaddress.IPv4Address | ipaddress.IPv6Address, scheme: str) -> bool:
    if isinstance(one, ipaddress.IPv6Address):
        inner = one.ipv4_mapped or one.sixtofour or (one.teredo and one.teredo[1])
        if inner:
            return _may_be_called(inner, scheme)
    allowed = [ipaddress.ip_network(text) for text in settings.WEBHOOK_NETWORKS]
    if any(one.version == net.version and one in net for net in allowed):
        return scheme == "https" or one.is_loopback
    if any(one.version == net.version and one in net for net in _SET_APART):
        return False
    if isinstance(one, ipaddress.IPv6Address) and one not in _GIVEN_OUT:
        return False
    return scheme == "https" and one.is_global and not one.is_multicast
