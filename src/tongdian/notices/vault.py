"""Secrets of channels at rest: the key lies outside the database (keys/channels)."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet
from django.conf import settings


def lock(secret: dict[str, str]) -> bytes:
    """What the database keeps."""
    return _cipher().encrypt(json.dumps(secret).encode())


def unlock(kept: bytes | memoryview) -> dict[str, str]:
    """The secret again; empty where none was kept."""
    if not kept:
        return {}
    found: dict[str, str] = json.loads(_cipher().decrypt(bytes(kept)))
    return found


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(settings.CHANNELS_KEY).digest()))
