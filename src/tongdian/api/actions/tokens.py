"""Making and revoking tokens."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.api.models import Token
from tongdian.api.rules import LONGEST_DAYS, LifetimeOutOfBounds, TitleMissing, digest, new_secret
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.policy.words import Words

TOKENS = Words("管理访问令牌", "manage tokens of the API")


def make_token(
    *, account: Any, title: str, at: datetime, scope: str = Token.Scope.ALL, days: int = LONGEST_DAYS
) -> tuple[Token, str]:
    """A token for so many days and its secret, which is shown once.

    Raises NotAllowed, TitleMissing, LifetimeOutOfBounds.
    """
    assert scope in Token.Scope.values
    must_be_allowed(account, "api.make_token", TOKENS)
    if not title.strip() or len(title) > 80:
        raise TitleMissing
    if not 1 <= days <= LONGEST_DAYS:
        raise LifetimeOutOfBounds(most=LONGEST_DAYS)
    secret = new_secret()
    with transaction.atomic():
        token = Token.objects.create(
            account=account,
            title=title.strip(),
            scope=scope,
            digest=digest(secret),
            made_at=at,
            expires_at=at + timedelta(days=days),
        )
        record(
            actor=account.actor,
            action="make-token",
            subject=f"token:{token.id}",
            payload={"title": title, "scope": str(scope), "days": days},
            at=at,
        )
    return token, secret


def note_use(token: Token, *, at: datetime) -> None:
    """Keep the day on which a token was used, once that day. Where nothing can be written, the
    reading that it was used for goes on."""
    today = legal_day(at)
    if token.used_on is not None and token.used_on >= today:
        return
    unnoted = Q(used_on=None) | Q(used_on__lt=today)
    with suppress(DatabaseError), transaction.atomic():
        Token.objects.filter(unnoted, pk=token.pk).update(used_on=today)


def revoke_token(*, account: Any, token: Token, at: datetime) -> None:
    """End a token of one's own. Raises NotAllowed."""
    if token.account_id != account.pk:
        raise NotAllowed(deed=TOKENS)
    with transaction.atomic():
        Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
        record(actor=account.actor, action="revoke-token", subject=f"token:{token.id}", payload={}, at=at)
