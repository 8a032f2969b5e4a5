"""The ways out: e-mail, text messages, group robots. Each sends one message and gives back what
the provider answered, or raises NotSent with it."""

from __future__ import annotations

import fcntl
import json
import os
import smtplib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.module_loading import import_string

from tongdian.calendar import SHANGHAI
from tongdian.notices import robots
from tongdian.notices.robots import PATIENCE_SECONDS, NotSent
from tongdian.notices.rules import ChannelKind


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out once. The id is that of its delivery: the same when it is sent again."""

    id: str
    to: str
    title: str
    body: str
    short: str
    at: datetime


class SmsGateway(Protocol):
    """The port to a provider of text messages: one class each, named in SMS_GATEWAY."""

    def send(self, message: Message) -> str:
        """Hand it over and give back the answer. Raises NotSent."""


class FileGateway:
    """Writes one line of JSON per message into TONGDIAN_HOME/sms, a file a day, for whatever
    program of the operator's hands them on. A message that is sent again is written once."""

    def send(self, message: Message) -> str:
        """Append it, flushed to disk."""
        folder = settings.HOME / "sms"
        folder.mkdir(mode=0o700, exist_ok=True)
        day = message.at.astimezone(SHANGHAI)
        path = folder / f"{day:%Y-%m-%d}.jsonl"
        line = json.dumps(
            {"id": message.id, "at": message.at.isoformat(), "to": message.to} | {"text": message.short},
            ensure_ascii=False,
        )
        with open(path, "a+", encoding="utf-8", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if any(json.loads(known)["id"] == message.id for known in file):
                return f"written before to {path.name}"
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        return f"written to {path.name}"


def send(*, kind: str, secret: dict[str, str], message: Message, is_demo: bool = False) -> str:
    """Send a message over a channel; the provider's answer. Raises NotSent.

    The telephone numbers of a demonstration are invented and may be somebody's: its text messages
    never leave this machine.
    """
    if kind == ChannelKind.EMAIL:
        return _by_email(message)
    if kind == ChannelKind.SMS:
        gateway: SmsGateway = FileGateway() if is_demo else import_string(settings.SMS_GATEWAY)()
        return gateway.send(message)
    return robots.post(
        kind=kind,
        address=secret.get("address", ""),
        signing=secret.get("signing", ""),
        title=message.title,
        text=message.body,
        id_=message.id,
        at=message.at,
    )


def _by_email(message: Message) -> str:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    mail = EmailMessage(
        subject=" ".join(message.title.split()),
        body=message.body,
        to=[message.to],
        headers={"Message-ID": f"<{message.id}@{domain}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=PATIENCE_SECONDS),
    )
    try:
        mail.send()
    except (smtplib.SMTPException, OSError) as refused:
        raise NotSent(f"{type(refused).__name__}: {refused}") from refused
    return f"taken by {settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
