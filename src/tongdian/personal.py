"""Personal numbers at rest: encrypted, found again by a keyed hash, shown masked.

The key lies outside the database (keys/personal), so that a copy of one is useless without the
other. Equal numbers give equal hashes, which is what look-up needs and all that it tells.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from django.conf import settings

from tongdian import plain_text


def encrypt(text: str) -> bytes:
    """What the database keeps; empty stays empty. Raises NotPlainText."""
    plain_text.check(text)
    return _cipher().encrypt(text.encode()) if text else b""


def decrypt(kept: bytes | memoryview) -> str:
    """The number again."""
    return _cipher().decrypt(bytes(kept)).decode() if kept else ""


def lookup(text: str) -> bytes:
    """The keyed hash (32 bytes) by which a number is found; empty for an empty text."""
    if not text:
        return b""
    return hmac.digest(_subkey(b"lookup"), text.strip().upper().encode(), "sha256")


def mark(text: str) -> str:
    """A short mark of a text that tells nothing of it: equal texts have equal ones."""
    return hmac.digest(_subkey(b"mark"), text.encode(), "sha256").hex()[:16]


def marked(*values: object) -> str:
    """The mark of what a thing says: the same as long as each value is the same."""
    return mark("\x1f".join(str(one) for one in values))


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_subkey(b"encrypt")))


def _subkey(purpose: bytes) -> bytes:
    return hashlib.sha256(purpose + settings.PERSONAL_KEY).digest()
