"""How often the same may be tried, counted in one table by every page and the API.

    count_try("track", number, address=address_of(request), at=timezone.now())

Guessing has two limits: a narrow one for a thing from one address, and a wide one for the thing
from anywhere. With one alone, a stranger who tries eight wrong telephones at a number that can be
guessed would lock out the person whose case it is; without the wide one, who has many addresses
could try them all. Time alone lifts a limit: nothing that strangers do removes a row.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest

from tongdian.parties.models import Tries
from tongdian.personal import lookup
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class TryLimit(NamedTuple):
    """So many tries within a window, which begins with the first."""

    most: int
    minutes: int


# From one address, whatever is tried.
FROM_AN_ADDRESS = {
    "track": TryLimit(40, 10),
    "draft": TryLimit(30, 10),
    "apply": TryLimit(30, 10),
    "draft-link": TryLimit(10, 10),
    "hand-in": TryLimit(60, 10),
    "upload": TryLimit(60, 10),
    "repair": TryLimit(10, 10),
    "conduct-report": TryLimit(5, 10),
    "password": TryLimit(40, 10),
    "second-factor": TryLimit(40, 10),
}
# At one thing from one address.
FROM_AN_ADDRESS_AT_ONE = {
    "track": TryLimit(8, 10),
    "password": TryLimit(5, 5),
    "second-factor": TryLimit(5, 5),
}
# At one thing from anywhere.
AT_ONE = {
    "track": TryLimit(40, 60),
    "password": TryLimit(40, 60),
    # Only who knows the password can try. A million codes: in a year less than one in a hundred.
    "second-factor": TryLimit(20, 24 * 60),
    "draft-link": TryLimit(3, 10),
    "code": TryLimit(6, 10),
}

# A window that ends later than one begun now could was begun by a clock that was ahead: over too.
# Of two at once the later may be counted first, so a minute later is no other clock: without it the
# earlier of them would begin the window anew.
COUNT = """
    insert into parties_tries as counted (key, tries, until) values (%(key)s, 1, %(until)s)
    on conflict (key) do update set
        tries = case when counted.until between %(at)s and excluded.until + interval '1 minute'
                then least(counted.tries, %(most)s) + 1 else 1 end,
        until = case when counted.until between %(at)s and excluded.until + interval '1 minute'
                then counted.until else excluded.until end
    returning tries, until
"""


class TriedTooOften(Refusal):
    """More tries than anybody needs who knows what they look for."""

    says = Words("尝试次数过多；请 {minutes} 分钟后再试。", "Too many tries; try again in {minutes} minutes.")
    status = 429


class TriesNotCounted(TriedTooOften):
    """Where tries cannot be counted nobody may try: else a full disk would lift every limit."""

    says = Words(
        "系统暂时不能写入，因此不能受理；请稍后再试，或联系运维人员。",
        "The program cannot write at present, so this cannot be taken; try again later, or tell "
        "its operator.",
    )
    status = 503


def count_try(what: str, thing: str = "", *, address: str = "", at: dt.datetime) -> None:
    """Count a try at `what`, in general or at one `thing`, whatever becomes of the caller's
    transaction. Of many at once exactly as many pass as the limit allows.

    Raises TriedTooOften; TriesNotCounted where it cannot be written down.
    """
    for key, limit in _counted(what, thing, address):
        count(key, limit, at=at)


def take_back(what: str, thing: str = "", *, address: str = "") -> None:
    """A try that was right counts for nothing, and frees nothing of what was wrong before it."""
    with _apart() as cursor:
        for key, _limit in _counted(what, thing, address):
            cursor.execute(
                "update parties_tries set tries = greatest(tries - 1, 0) where key = %s", [lookup(key)]
            )


def count(key: str, limit: TryLimit, *, at: dt.datetime) -> None:
    """Count a try under a key of one's own. Raises as `count_try` does."""
    given = {
        "key": lookup(key),
        "at": at,
        "until": at + dt.timedelta(minutes=limit.minutes),
        "most": limit.most,
    }
    try:
        with _apart() as cursor:
            cursor.execute(COUNT, given)
            tries, until = cursor.fetchone()
    except DatabaseError:
        raise TriesNotCounted(minutes=1) from None
    if tries > limit.most:
        raise TriedTooOften(minutes=-((at - until) // dt.timedelta(minutes=1)))


def forget_tries(*, at: dt.datetime) -> int:
    """Remove the windows that are over; how many."""
    return Tries.objects.filter(until__lt=at).delete()[0]


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: behind the operator's own proxy, what that proxy wrote last."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def line_of(address: str) -> str:
    """What counts as one address: IPv6 by its /64, which one line has to itself.

    >>> line_of("2001:db8:1:2:3::4"), line_of("::ffff:192.0.2.1"), line_of("192.0.2.1")
    ('2001:db8:1:2::/64', '192.0.2.1', '192.0.2.1')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _counted(what: str, thing: str, address: str) -> list[tuple[str, TryLimit]]:
    """The limits that a try counts against, the narrowest first: what is refused there no longer
    counts against whom the wider ones protect."""
    line, found = line_of(address), []
    if thing and address and what in FROM_AN_ADDRESS_AT_ONE:
        found.append((f"{what} {line} {thing}", FROM_AN_ADDRESS_AT_ONE[what]))
    if address and what in FROM_AN_ADDRESS:
        found.append((f"{what} {line}", FROM_AN_ADDRESS[what]))
    if thing and what in AT_ONE:
        found.append((f"{what} at {thing}", AT_ONE[what]))
    if not found:  # who comes from nowhere (a socket has no address) shares one limit
        found.append((f"{what} nowhere", FROM_AN_ADDRESS[what]))
    return found


@contextmanager
def _apart() -> Iterator[Any]:
    """A cursor whose statements commit by themselves, also inside somebody's transaction."""
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            yield cursor
        return
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            yield cursor
    finally:
        own.close()
