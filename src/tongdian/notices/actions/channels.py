"""Setting up the channels of an organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.identifiers import uuid7
from tongdian.notices import queries, robots, transports, vault
from tongdian.notices.models import Channel
from tongdian.notices.rules import DEEDS, TO_A_GROUP, TO_A_PERSON, Quiet, masked
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class TrialFailed(Refusal):
    """The provider did not take the test message."""

    says = Words("测试未成功：{answer}", "The test failed: {answer}")


class AddressMissing(Refusal):
    """A test to a person needs to know to whom."""

    says = Words("请填写接收测试的邮箱或手机号。", "Say to which e-mail address or phone to send it.")


def set_up_channel(
    *,
    viewer: Any,
    organisation: UUID,
    kind: str,
    at: datetime,
    address: str = "",
    signing: str = "",
    quiet: Quiet = Quiet(),
    is_enabled: bool = True,
) -> Channel:
    """Set up, change, or switch off a channel; an empty address keeps the one it has.

    Raises NotAllowed, NoSuchOrganisation, AddressNotUsable.
    """
    _must_be_allowed(viewer, organisation)
    with transaction.atomic():
        known = Channel.objects.select_for_update().filter(organisation=organisation, kind=kind).first()
        channel = known or Channel(organisation=organisation, kind=kind)
        if kind in TO_A_GROUP:
            secret = vault.unlock(channel.secret)
            if address.strip():
                secret = {"address": address.strip(), "signing": signing.strip()}
            robots.check_address(secret.get("address", ""))
            channel.secret = vault.lock(secret)
        channel.quiet_since, channel.quiet_until = quiet.since, quiet.until
        channel.is_enabled, channel.changed_at = is_enabled, at
        channel.save()
        record(
            actor=viewer.actor,
            action="notices.set_up_channel",
            subject=f"organisation:{organisation}",
            payload={
                "kind": kind,
                "enabled": is_enabled,
                "quiet": f"{quiet.since:%H:%M}–{quiet.until:%H:%M}",
                "address_changed": bool(address.strip()),
            },
            at=at,
        )
    return channel


def try_channel(*, viewer: Any, channel: Channel, to: str = "", at: datetime) -> str:
    """Send a test message now, and give back what the provider answered.

    Raises NotAllowed, AddressMissing, TrialFailed.
    """
    sender = _must_be_allowed(viewer, channel.organisation)
    if channel.kind in TO_A_PERSON and not to.strip():
        raise AddressMissing
    text = f"{sender.name}：测试消息，收到即表示渠道可用。This is a test."
    message = transports.Message(
        id=f"test-{uuid7()}", to=to.strip(), title="通典测试 Test", body=text, short=text, at=at
    )
    try:
        answer = transports.send(
            kind=channel.kind, secret=vault.unlock(channel.secret), message=message, is_demo=sender.is_demo
        )
        failed = None
    except robots.NotSent as refused:
        answer, failed = str(refused), refused
    record(
        actor=viewer.actor,
        action="notices.try_channel",
        subject=f"organisation:{channel.organisation}",
        payload={
            "kind": channel.kind,
            "to": masked(to) if to else "",
            "answer": answer[:500],
            "sent": failed is None,
        },
        at=at,
    )
    if failed is not None:
        raise TrialFailed(answer=answer) from failed
    return answer


def _must_be_allowed(viewer: Any, organisation: UUID) -> Any:
    found = queries.organisation(organisation)
    must_be_allowed(viewer, "notices.edit_channels", DEEDS["notices.edit_channels"], found)
    return found
