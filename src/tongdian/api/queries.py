"""Reading tokens, webhooks and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.api.models import Delivery, Subscription, Token
from tongdian.api.rules import NoSuchWebhook, digest
from tongdian.calendar import legal_day
from tongdian.parties.models import Account
from tongdian.parties.permissions import seen
from tongdian.questions import Question

# A token ends with its day, the account, the password that it was made under, and the last role.
_SIGNED_IN = Question(
    """
    select {account}, {token}
      from api_token token join parties_account account on account.id = token.account_id
     where token.digest = %(digest)s and token.revoked_at is null and token.expires_at > %(at)s
       and account.is_active and not account.password_is_given
       and (account.password_since is null or account.password_since <= token.made_at)
       and exists (select from parties_membership held
                    where held.account_id = account.id and held.in_force @> %(today)s::date)
    """,
    account=Account,
    token=Token,
)


def account_of(*, secret: str, at: datetime) -> Any:
    """The account that a token signs in, with the token as its `token`; or None."""
    found = _SIGNED_IN(digest=digest(secret), at=at, today=legal_day(at))
    if not found:
        return None
    account, token = found[0]
    account.token = token
    return account


def tokens_of(account: Any) -> list[Token]:
    """An account's tokens, newest first."""
    return list(Token.objects.filter(account=account).order_by("-id"))


def subscriptions(viewer: Any) -> QuerySet[Subscription]:
    """The webhooks that a viewer may set up, newest first."""
    rows = Subscription.objects.filter(seen(viewer, "api.edit_webhooks"), removed_at=None)
    return rows.select_related("organisation", "made_by").order_by("-id")


def subscription(viewer: Any, id_: UUID) -> Subscription:
    """One of them. Raises NoSuchWebhook."""
    found = subscriptions(viewer).filter(id=id_).first()
    if found is None:
        raise NoSuchWebhook
    return found


def deliveries(of: Subscription) -> QuerySet[Delivery]:
    """What was or is to be sent there, newest first, with every attempt."""
    return Delivery.objects.filter(subscription=of).prefetch_related("attempts").order_by("-id")


def delivery(of: Subscription, id_: UUID) -> Delivery:
    """One of them. Raises NoSuchWebhook."""
    found = Delivery.objects.filter(subscription=of, id=id_).first()
    if found is None:
        raise NoSuchWebhook
    return found
