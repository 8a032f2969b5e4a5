"""Group robots: WeCom, DingTalk, Feishu, and a plain JSON receiver.

Not by apprise: these providers answer 200 and say in the body that they refused (a wrong key, a
missing keyword, too many messages), which it does not read. A proof of delivery needs that answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tongdian import calling
from tongdian.calling import call
from tongdian.notices.rules import ChannelKind
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

PATIENCE_SECONDS = 15
OK_FIELDS = ("errcode", "code", "StatusCode")  # 0 where the provider took it


class NotSent(Exception):
    """The provider did not take the message; its answer says why."""


class AddressNotUsable(Refusal):
    """A channel address that is none."""

    says = Words(
        "地址不可用；请从群机器人的设置页复制完整的 Webhook 地址（以 https:// 开头，公网可达）；内网地址须由运维用 TONGDIAN_WEBHOOK_NETWORKS 允许。",
        "The address cannot be used; copy the whole webhook address, which begins with https:// and "
        "is public. An address inside the network has to be allowed by the operator "
        "(TONGDIAN_WEBHOOK_NETWORKS).",
    )


def check_address(address: str) -> None:
    """Raises AddressNotUsable unless it may be called: as for webhooks (`calling`)."""
    try:
        calling.check_address(address)
    except calling.AddressRefused:
        raise AddressNotUsable from None


def post(*, kind: str, address: str, signing: str, title: str, text: str, id_: str, at: datetime) -> str:
    """Give a robot a message; what it answered. Raises NotSent."""
    said = f"{title}\n{text}"
    match kind:
        case ChannelKind.WECOM:
            body: dict[str, Any] = {"msgtype": "text", "text": {"content": said}}
        case ChannelKind.DINGTALK:
            body = {"msgtype": "text", "text": {"content": said}}
            address += _dingtalk_signature(signing, at)
        case ChannelKind.FEISHU:
            body = {"msg_type": "text", "content": {"text": said}} | _feishu_signature(signing, at)
        case _:
            body = {"id": id_, "title": title, "text": text}
    return _posted(address, body, reads_body=kind != ChannelKind.GATEWAY)


def _posted(address: str, body: dict[str, Any], *, reads_body: bool) -> str:
    answered = call(
        address=address,
        body=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "Tongdian"},
    )
    answer = answered.said
    if not answered.status:
        raise NotSent(answer)
    if not answered.has_succeeded:
        raise NotSent(f"HTTP {answered.status} {answer}".strip())
    if reads_body and not _took(answer):
        raise NotSent(answer or "no answer")
    return answer


def _took(answer: str) -> bool:
    try:
        said = json.loads(answer)
    except ValueError:
        return False
    codes = [said[name] for name in OK_FIELDS if name in said] if isinstance(said, dict) else []
    return bool(codes) and codes[0] == 0


def _dingtalk_signature(signing: str, at: datetime) -> str:
    if not signing:
        return ""
    moment = str(int(at.timestamp() * 1000))
    digest = hmac.digest(signing.encode(), f"{moment}\n{signing}".encode(), hashlib.sha256)
    return f"&timestamp={moment}&sign={quote(base64.b64encode(digest), safe='')}"


def _feishu_signature(signing: str, at: datetime) -> dict[str, str]:
    if not signing:
        return {}
    moment = str(int(at.timestamp()))
    # As Feishu has it: the text is the key, and nothing is signed with it.
    digest = hmac.digest(f"{moment}\n{signing}".encode(), b"", hashlib.sha256)
    return {"timestamp": moment, "sign": base64.b64encode(digest).decode()}
