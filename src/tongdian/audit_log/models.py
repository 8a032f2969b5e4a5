"""The log's tables. None of them can be updated, and only a payload can be deleted."""

from typing import ClassVar

import pgtrigger
from django.db import models

from tongdian.audit_log.rules import Sealed
from tongdian.identifiers import uuid7
from tongdian.plain_fields import Line, Lines

APPEND_ONLY = (
    pgtrigger.Protect(name="rows_are_never_changed", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="rows_are_never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="raise exception 'the rows of % are kept', tg_table_name;",
    ),
)


class AppendOnly(models.Model):
    """A table that only grows: the application's login may read and insert, and triggers refuse
    everybody else. `application_may` is what config grants after migrating."""

    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    class Meta:
        abstract = True
        triggers = APPEND_ONLY


class Entry(AppendOnly):
    """One deed: who did what to what, when, and the seal of its details."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    actor = Line(max_length=200)
    action = Line(max_length=200)
    subject = Line(max_length=500)
    payload_seal = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(actor="") & ~models.Q(action="") & ~models.Q(subject=""),
                name="entry_says_who_did_what_to_what",
            )
        ]
        indexes = [models.Index(fields=["subject", "id"], name="entry_by_subject")]

    def sealed(self) -> Sealed:
        """What it says, as it was sealed."""
        return Sealed(
            id=self.id,
            at=self.at,
            actor=self.actor,
            action=self.action,
            subject=self.subject,
            payload_seal=bytes(self.payload_seal),
        )


class Payload(models.Model):
    """The details of an entry, which may concern people: erased only after an Erasure says why."""

    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    entry = models.OneToOneField(Entry, models.DO_NOTHING, primary_key=True, related_name="payload")
    salt = models.BinaryField(max_length=16)
    content = models.JSONField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="rows_are_never_changed", operation=pgtrigger.Update),
            APPEND_ONLY[1],
            pgtrigger.Trigger(
                name="payload_is_erased_only_with_a_reason",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    if not exists (
                        select from audit_log_erasure where entry_id = old.entry_id
                    ) then
                        raise exception 'payload of % has no erasure', old.entry_id;
                    end if;
                    return old;
                """,
            ),
        ]


class Erasure(AppendOnly):
    """Why a payload is gone. The deed of erasing it is an entry too."""

    entry = models.OneToOneField(Entry, models.DO_NOTHING, primary_key=True, related_name="erasure")
    recorded_as = models.ForeignKey(Entry, models.DO_NOTHING, related_name="+")
    reason = Lines()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="erasure_has_a_reason")
        ]


class Unsealed(models.Model):
    """An entry that waits for the sealer: a to-do list, and no part of the record."""

    entry = models.OneToOneField(
        Entry, models.DO_NOTHING, primary_key=True, related_name="unsealed"
    )


class Place(AppendOnly):
    """An entry's place in the tree, from 0, given after its transaction committed."""

    sequence = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.DO_NOTHING, related_name="place")
    leaf_hash = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sequence__gte=0), name="place_counts_from_zero"
            )
        ]


class Subtree(AppendOnly):
    """The hash of a complete subtree of 2**level leaves, level 1 and up."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(level__gte=1), name="leaves_are_places")
        ]


class Checkpoint(AppendOnly):
    """A signed statement of the log's size and root; its text also lies outside the database."""

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    note = Lines()
