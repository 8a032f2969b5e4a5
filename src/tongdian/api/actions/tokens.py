"""Making and revoking tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.api.models import Token
from tongdian.api.rules import LIFETIME, TitleMissing, digest, new_secret
from tongdian.audit_log.actions import record
from tongdian.policy.words import Words

TOKENS = Words("管理访问令牌", "manage tokens of the API")


def make_token(
    *, account: Any, title: str, at: datetime, scope: str = Token.Scope.ALL
) -> tuple[Token, str]:
    """A token and its secret, which is shown once. Raises NotAllowed, TitleMissing."""
    assert scope in Token.Scope.values
    must_be_allowed(account, "api.make_token", TOKENS)
    if not title.strip() or len(title) > 80:
        raise TitleMissing
    secret = new_secret()
    with transaction.atomic():
        token = Token.objects.create(
            account=account,
            title=title.strip(),
            scope=scope,
            digest=digest(secret),
            made_at=at,
            expires_at=at + LIFETIME,
        )
        record(
            actor=account.actor,
            action="make-token",
            subject=f"token:{token.id}",
            payload={"title": title, "scope": str(scope)},
            at=at,
        )
    return token, secret


def revoke_token(*, account: Any, token: Token, at: datetime) -> None:
    """End a token of one's own. Raises NotAllowed."""
    if token.account_id != account.pk:
        raise NotAllowed(deed=TOKENS)
    with transaction.atomic():
        Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
        record(
            actor=account.actor,
            action="revoke-token",
            subject=f"token:{token.id}",
            payload={},
            at=at,
        )
