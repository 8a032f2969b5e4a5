"""Reading tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tongdian.api.models import Token
from tongdian.api.rules import digest


def account_of(*, secret: str, at: datetime) -> Any:
    """The account a token signs in, or None."""
    token = (
        Token.objects.select_related("account")
        .filter(digest=digest(secret), revoked_at=None, expires_at__gt=at, account__is_active=True)
        .first()
    )
    return token.account if token else None


def tokens_of(account: Any) -> list[Token]:
    """An account's tokens, newest first."""
    return list(Token.objects.filter(account=account).order_by("-id"))
