"""Identifiers: UUIDv7 (RFC 9562), which sort by the moment they were made."""

import secrets
import threading
import time
import uuid
from datetime import datetime

_one_at_a_time = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A new UUIDv7: 48 bits of milliseconds, 12 bits of a fraction of one, then 62 random bits.

    Those of one process sort in the order they were made (RFC 9562, 6.2, method 3): the audit log
    seals entries in that order.
    """
    global _last
    with _one_at_a_time:
        _last = max(_last + 1, (time.time_ns() << 12) // 1_000_000)
        milliseconds, fraction = divmod(_last, 1 << 12)
    value = milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def first_id_of(at: datetime) -> uuid.UUID:
    """The least identifier that is made from an instant on: those before it sort below."""
    return uuid.UUID(int=int(at.timestamp() * 1000) << 80)
