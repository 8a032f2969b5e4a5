"""Notices and their delivery. What was said may be erased; that it was said, and how it went out,
may not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.functional import cached_property

from tongdian.audit_log.models import APPEND_ONLY, AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.notices.rules import ChannelKind, Quiet, State
from tongdian.personal import decrypt, encrypt
from tongdian.plain_fields import Line, Lines
from tongdian.policy.words import Words


class Channel(models.Model):
    """How an organisation, and those below it that have none of their own, send one kind of
    message. `organisation` is an id: parties stand above notices."""

    kept = SealedTable(Words("通知渠道", "channel of notices"))

    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.UUIDField()
    kind = Line(max_length=10, choices=ChannelKind)
    secret = models.BinaryField(blank=True)  # encrypted; see vault.py
    quiet_since = models.TimeField(default=Quiet().since)
    quiet_until = models.TimeField(default=Quiet().until)
    is_enabled = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], name="organisation_has_one_channel_of_a_kind"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=ChannelKind.PAGE), name="page_is_not_a_channel_to_set_up"
            ),
        ]

    @property
    def quiet(self) -> Quiet:
        """The hours in which it is silent."""
        return Quiet(since=self.quiet_since, until=self.quiet_until)


class Notice(AppendOnly):
    """That somebody was told something: the proof, without the words. The seal is a keyed hash of
    them, so that they can be shown to be the ones that were sent, until they are erased."""

    kept = SealedTable(Words("通知", "notice"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    wording = Line(max_length=40)
    language = Line(max_length=10)
    organisation = models.UUIDField()
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="notices"
    )
    subject = Line(max_length=200)  # what it is about: case:<id>
    is_urgent = models.BooleanField(default=False)
    seal = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        indexes = [
            models.Index(fields=["account", "-id"], name="notice_by_account"),
            models.Index(fields=["subject", "id"], name="notice_by_subject"),
        ]


class Content(models.Model):
    """What was said, and to which address: encrypted, and erased only after an Erasure says why."""

    kept = SealedTable(Words("通知内容", "content of a notice"))

    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    notice = models.OneToOneField(Notice, models.DO_NOTHING, primary_key=True, related_name="content")
    salt = models.BinaryField(max_length=16)
    words = models.BinaryField()  # encrypted; see personal.py

    class Meta:
        triggers = [
            pgtrigger.Protect(name="rows_are_never_changed", operation=pgtrigger.Update),
            APPEND_ONLY[1],
            pgtrigger.Trigger(
                name="content_is_erased_only_with_a_reason",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    if not exists (
                        select from notices_erasure where notice_id = old.notice_id
                    ) then
                        raise exception 'content of notice % has no erasure', old.notice_id;
                    end if;
                    return old;
                """,
            ),
        ]

    @cached_property
    def said(self) -> dict[str, Any]:
        """Title, body, short, params, email and phone."""
        found: dict[str, Any] = json.loads(decrypt(self.words))
        return found


def encrypted(said: Mapping[str, Any]) -> bytes:
    """What the table keeps of it."""
    # in ASCII: older words may hold characters that no text takes in any more
    return encrypt(json.dumps(said))


class Erasure(AppendOnly):
    """Why the words of a notice are gone."""

    kept = SealedTable(Words("通知内容的删除", "erasure of a notice"))

    notice = models.OneToOneField(Notice, models.DO_NOTHING, primary_key=True, related_name="erasure")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    reason = Lines()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="erasure_states_its_reason")
        ]


class Reading(AppendOnly):
    """That the account opened its notice."""

    kept = SealedTable(Words("通知的阅读", "reading of a notice"))

    notice = models.OneToOneField(Notice, models.DO_NOTHING, primary_key=True, related_name="reading")
    at = models.DateTimeField()


class Delivery(models.Model):
    """A notice on its way over one channel: where it stands. What happened is in its attempts."""

    kept = SealedTable(Words("通知的送达", "delivery of a notice"))

    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, models.DO_NOTHING, related_name="deliveries")
    kind = Line(max_length=10, choices=ChannelKind)
    channel = models.ForeignKey(Channel, models.PROTECT, null=True, related_name="deliveries")
    masked_address = Line(max_length=200, blank=True)
    state = Line(max_length=8, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)  # since it was last queued
    taken_until = models.DateTimeField(null=True)  # a worker is at it
    last_answer = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "kind"], name="notice_is_delivered_once_by_each_channel"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.SENT) | models.Q(sent_at__isnull=False),
                name="sent_delivery_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state=State.QUEUED), name="delivery_waiting"),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
        ]


class Attempt(AppendOnly):
    """One try, and what the provider answered."""

    kept = SealedTable(Words("送达尝试", "try of a delivery"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(Delivery, models.DO_NOTHING, related_name="attempts")
    number = models.SmallIntegerField()
    at = models.DateTimeField()
    has_succeeded = models.BooleanField()
    answer = models.TextField(blank=True)

    class Meta(AppendOnly.Meta):
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "number"], name="attempt_of_a_delivery_is_numbered_once"
            )
        ]
