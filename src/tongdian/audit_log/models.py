"""The log's tables. None of them can be updated, and only a payload can be deleted."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value

from tongdian.audit_log.rules import Sealed
from tongdian.audit_log.tables import DerivedTable, FreeTable, SealedTable
from tongdian.identifiers import uuid7
from tongdian.plain_fields import Line, Lines
from tongdian.policy.words import Words

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


ENTRY = Words("审计条目", "entry")


class AppendOnly(models.Model):
    """A table that only grows: the application's login may read and insert, and triggers refuse
    everybody else. `application_may` is what config grants after migrating."""

    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    class Meta:
        abstract = True
        triggers = APPEND_ONLY


class Entry(AppendOnly):
    """One deed: who did what to what, when, and the seal of its details."""

    kept = DerivedTable(ENTRY, "its own seal, and its leaf in the tree")

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

    kept = DerivedTable(Words("审计条目的内容", "payload of an entry"), "the entry's seal of it")
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

    kept = SealedTable(Words("审计内容的删除", "erasure of a payload"))
    entry = models.OneToOneField(Entry, models.DO_NOTHING, primary_key=True, related_name="erasure")
    recorded_as = models.ForeignKey(Entry, models.DO_NOTHING, related_name="+")
    reason = Lines()

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="erasure_has_a_reason")]


class Unsealed(models.Model):
    """An entry that waits for the sealer, with the deeds whose rows it seals: a to-do list, and no
    part of the record."""

    kept = FreeTable("an entry that is neither here nor placed is named by the check")
    deeds = ArrayField(models.UUIDField(), default=list, db_default=Value([]))
    entry = models.OneToOneField(Entry, models.DO_NOTHING, primary_key=True, related_name="unsealed")


class Place(AppendOnly):
    """An entry's place in the tree, from 0, given after its transaction committed, and the deeds
    whose rows its leaf seals."""

    kept = DerivedTable(Words("审计条目的位置", "place of an entry"), "its own seal")
    sequence = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.DO_NOTHING, related_name="place")
    leaf_hash = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32)
    deeds = ArrayField(models.UUIDField(), default=list, db_default=Value([]))

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(sequence__gte=0), name="place_counts_from_zero")
        ]


class Subtree(AppendOnly):
    """The hash of a complete subtree of 2**level leaves, level 1 and up."""

    kept = DerivedTable(Words("子树", "subtree"), "the leaves under it")
    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(level__gte=1), name="leaves_are_places")]


class Checkpoint(AppendOnly):
    """A signed statement of the log's size and root; its text also lies outside the database."""

    kept = DerivedTable(Words("检查点", "checkpoint"), "its signature, and the tree at its size")
    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    note = Lines()


class RowShape(AppendOnly):
    """Which columns of a table its images cover, since a baseline of all its rows."""

    kept = DerivedTable(Words("封存表结构", "shape of a table"), "the entry of its baseline")
    application_may = ("SELECT",)

    id = models.BigAutoField(primary_key=True)
    table = Line(max_length=63)
    number = models.PositiveSmallIntegerField()
    key = ArrayField(Line(max_length=63))
    columns = ArrayField(Line(max_length=63))
    deed = models.UUIDField()

    class Meta(AppendOnly.Meta):
        db_table = "audit_log_shape"
        constraints = [models.UniqueConstraint(fields=["table", "number"], name="shape_has_its_own_number")]


class Image(models.Model):
    """The salted hashes of the rows that one statement wrote, 16 bytes each in the order of `keys`;
    or that they are gone. Triggers add them (images.py); `deed` is the transaction."""

    kept = DerivedTable(Words("行的封存", "image of rows"), "the leaf that seals its deed")
    application_may: ClassVar[tuple[str, ...]] = ("SELECT",)

    id = models.BigAutoField(primary_key=True)
    deed = models.UUIDField()
    table = Line(max_length=63)
    shape = models.PositiveSmallIntegerField()
    is_gone = models.BooleanField()
    salt = models.BinaryField(max_length=16)
    keys = ArrayField(models.TextField())
    hashes = models.BinaryField()
    writer = Line(max_length=63)

    class Meta:
        indexes = [models.Index(fields=["deed"], name="image_by_deed")]
        triggers = [
            pgtrigger.Protect(name="rows_are_never_changed", operation=pgtrigger.Update | pgtrigger.Delete),
            APPEND_ONLY[1],
        ]


class WaitingDeed(models.Model):
    """A transaction that wrote rows and whose entry the sealer has not placed yet."""

    kept = FreeTable("images whose deed is neither here nor sealed are named by the check")

    deed = models.UUIDField(primary_key=True)
    writer = Line(max_length=63)
