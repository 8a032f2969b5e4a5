"""What a token is and what the API refuses."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

LIFETIME = timedelta(days=365)
_MARK = "tdn_"  # so that a leaked token is recognised by those who search for secrets


class NotAllowed(Refusal):
    """The account may not do this."""

    says = Words("您没有权限这样做。", "You may not do this.")


class TitleMissing(Refusal):
    """A token nobody can tell from another."""

    says = Words(
        "请写明令牌的用途（至多 80 字）。", "Say what the token is for (80 characters at most)."
    )


class NoSuchClause(Refusal):
    """A clause that the pack does not have."""

    says = Words("{pack} 中没有条款“{clause}”。", '{pack} has no clause "{clause}".')


def new_secret() -> str:
    """A new token: 256 random bits."""
    return _MARK + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a token. Its 256 bits cannot be guessed, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
