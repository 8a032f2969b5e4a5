"""What a token is and what the API refuses."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from tongdian.allowed import NotAllowed
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

LONGEST_DAYS = 365
LIFETIME = timedelta(days=LONGEST_DAYS)
ANSWERS_ARE_KEPT = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(days=3)
KINDS = (
    "opened",
    "stage_closed",
    "returned",
    "suspended",
    "resumed",
    "fact_recorded",
    "withdrawn",
    "migrated",
    "countersigned",
    "claim_refused",
    "case_ended",
)
MARK = "tdn_"  # so that a leaked token is recognised by those who search for secrets


class TokenOnlyReads(NotAllowed):
    """A token that was made for reading."""

    says = Words(
        "这个令牌只能读取；要办理请另建一个可办理的令牌。",
        "This token may only read: make another one to do something with.",
    )
    status = 403


class TokenDoesNotAdminister(NotAllowed):
    """A token that was made for work, used for what binds or reaches everybody."""

    says = Words(
        "这个令牌不能用于管理（价格、推送等）；须由管理人员另建一个可管理的令牌。",
        "This token may not administer (prices, webhooks): make one that may.",
    )
    status = 403


class LifetimeOutOfBounds(Refusal):
    """A token for no day at all, or for longer than anybody remembers it."""

    says = Words(
        "令牌的有效期为 1 至 {most} 天；请改填。", "A token is valid for 1 to {most} days: choose that."
    )


class TitleMissing(Refusal):
    """A token nobody can tell from another."""

    says = Words("请写明令牌的用途（至多 80 字）。", "Say what the token is for (80 characters at most).")


class NoSuchClause(Refusal):
    """A clause that the pack does not have."""

    says = Words("{pack} 中没有条款“{clause}”。", '{pack} has no clause "{clause}".')
    status = 404


class NoSuchWebhook(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这个推送，或您无权查看。", "There is no such webhook that you may see.")
    status = 404


class UnknownKind(Refusal):
    """An event that does not happen."""

    says = Words("没有事件“{kind}”；有：{known}。", 'There is no event "{kind}", only: {known}.')


class WebhookDisabled(Refusal):
    """Nothing is sent to a webhook that is off."""

    says = Words("该推送已停用；请先启用。", "That webhook is off; turn it on first.")


class KeyNotUsable(Refusal):
    """An Idempotency-Key that two callers might make up alike."""

    says = Words(
        "Idempotency-Key 须为 16 至 100 个可见 ASCII 字符，最好用 UUID。",
        "An Idempotency-Key has 16 to 100 visible ASCII characters; best use a UUID.",
    )


class KeyUsedAlready(Refusal):
    """The key of another request."""

    says = Words(
        "这个 Idempotency-Key 已用于另一请求；请换一个。",
        "That Idempotency-Key was used for another request; take a new one.",
    )


class UnknownParameter(Refusal):
    """A parameter of the address that the operation does not have."""

    says = Words(
        "不认识的查询参数：{names}；可用：{known}。",
        "There is no such parameter: {names}. Known are: {known}.",
    )


class SeenMissing(Refusal):
    """A step without the number of the last event that the caller knows."""

    says = Words(
        "请用 seen 或 If-Match 说明您改的是哪一个状态：业务为最后一步的序号，其他为所见的 seen。",
        "Say in `seen` or If-Match which state you change: of a case the `seq` of the last event that you "
        "saw, else the `seen` of the thing.",
    )
    status = 428


def new_secret() -> str:
    """A new token: 256 random bits."""
    return MARK + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a token. Its 256 bits cannot be guessed, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


_RESTS = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800)  # seconds


def rest_after(failures: int) -> timedelta:
    """How long a receiver is left alone after so many failures in a row.

    >>> [int(rest_after(n).total_seconds()) for n in (1, 2, 9, 50)]
    [5, 30, 28800, 28800]
    """
    return timedelta(seconds=_RESTS[min(failures, len(_RESTS)) - 1])
