"""When a notice may go out, when it is tried again, and how an address is shown."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongdian.calendar import SHANGHAI
from tongdian.policy.words import Words

NATIONAL_HOTLINE = "12398"  # 能源监管热线, shown everywhere beside the office's own
TRY_AGAIN_AFTER = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=12),
)
MOST_TRIES = len(TRY_AGAIN_AFTER) + 1


class ChannelKind(TextChoices):
    """What carries a notice."""

    PAGE = "page", _("The notice page")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WECOM = "wecom", _("WeCom group robot (企业微信)")
    DINGTALK = "dingtalk", _("DingTalk group robot (钉钉)")
    FEISHU = "feishu", _("Feishu group robot (飞书)")
    GATEWAY = "gateway", _("JSON over HTTP")


TO_A_PERSON = frozenset({ChannelKind.EMAIL, ChannelKind.SMS})
TO_A_GROUP = frozenset({ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU, ChannelKind.GATEWAY})


class State(TextChoices):
    """How far a delivery is."""

    QUEUED = "queued", _("Waiting to go out")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours in which nobody is disturbed: from the first until before the second, in Shanghai.
    Equal hours mean none."""

    since: dt.time = dt.time(21)
    until: dt.time = dt.time(8)

    def covers(self, at: dt.datetime) -> bool:
        """Whether an instant lies within."""
        now = at.astimezone(SHANGHAI).time()
        if self.since <= self.until:
            return self.since <= now < self.until
        return now >= self.since or now < self.until

    def earliest(self, at: dt.datetime) -> dt.datetime:
        """The first instant from `at` on that is not quiet."""
        if not self.covers(at):
            return at
        local = at.astimezone(SHANGHAI)
        ends = dt.datetime.combine(local.date(), self.until, SHANGHAI)
        if ends <= local:
            ends += dt.timedelta(days=1)
        return ends.astimezone(dt.UTC)


def try_again_at(*, tries: int, at: dt.datetime) -> dt.datetime | None:
    """When to try again after that many tries, or None when it was the last."""
    return at + TRY_AGAIN_AFTER[tries - 1] if tries < MOST_TRIES else None


def masked(address: str) -> str:
    """An address that its owner knows again and others cannot use: 138****0000, w***@gxnu.edu.cn."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}****{address[-4:]}" if len(address) > 7 else "****"


def without(text: str, *addresses: str) -> str:
    """A provider's answer with the addresses it repeats masked: the proof of sending outlives
    them."""
    for address in filter(None, addresses):
        text = re.sub(re.escape(address), masked(address), text, flags=re.IGNORECASE)
    return text[:2_000]


DEEDS = {
    "notices.read": Words("查看这些通知", "read these notices"),
    "notices.send": Words("发送通知", "send notices"),
    "notices.edit_channels": Words("设置通知渠道", "set up channels"),
}
