"""How each table is kept honest: every model says it, and a test refuses one that does not.

    class Visit(models.Model):
        kept = SealedTable(Words("上门预约", "visit"))

*Sealed*: the hash of each row is kept as it is written, in the writing transaction; an update adds
the new one (images.py). *Derived*: made again from sealed rows and compared. *Free*: nothing depends
on it that must not be changed unseen, and its reason says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tongdian.policy.words import Words


@dataclass(frozen=True)
class SealedTable:
    """Rows whose change, removal or insertion is named. `without` are columns that are no part of
    the record, such as when somebody was last seen. Rows `by_deed` are written by deeds alone, never by a
    job that notes how far it is: what the program's own login wrote there without an entry is named too."""

    title: Words
    without: tuple[str, ...] = ()
    by_deed: bool = False


@dataclass(frozen=True)
class DerivedTable:
    """Rows that the check of the record makes again. `source` says from what; `differs` is SQL that
    names the keys of those that are not what it gives, where an area has its own derived rows."""

    title: Words
    source: str
    differs: str = ""


@dataclass(frozen=True)
class FreeTable:
    """Rows that may change unseen, and why that harms nobody."""

    reason: str


Kept = SealedTable | DerivedTable | FreeTable

# Tables of libraries, and those without a model of ours.
OTHERS: dict[str, Kept] = {
    "parties_organisation_regions": SealedTable(Words("单位的区域", "region of an organisation")),
    "auth_group": FreeTable("never asked: what somebody may do stands in memberships"),
    "auth_group_permissions": FreeTable("never asked: see auth_group"),
    "auth_permission": FreeTable("never asked: see auth_group"),
    "parties_account_groups": FreeTable("never asked: see auth_group"),
    "parties_account_user_permissions": FreeTable("never asked: see auth_group"),
    "django_content_type": FreeTable("names of models, made again by every migration"),
    "django_migrations": FreeTable("which migrations ran: the schema itself is compared (guards.py)"),
    "django_session": FreeTable("who is signed in now; it ends by itself and decides no past deed"),
    "account_emailaddress": FreeTable("not used: people are reached by what their account says"),
    "account_emailconfirmation": FreeTable("not used: see account_emailaddress"),
    "mfa_authenticator": FreeTable("changes at every use; a second factor decides no past deed"),
    "procrastinate_jobs": FreeTable("what the worker has to do: made again from what waits"),
    "procrastinate_events": FreeTable("see procrastinate_jobs"),
    "procrastinate_periodic_defers": FreeTable("see procrastinate_jobs"),
    "procrastinate_workers": FreeTable("see procrastinate_jobs"),
}


def declared() -> dict[str, tuple[Kept | None, type | None]]:
    """What every table of this installation's models says, by table; None where it says nothing."""
    from django.apps import apps

    found: dict[str, tuple[Kept | None, type | None]] = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        found[table] = (OTHERS.get(table) or getattr(model, "kept", None), model)
    return found


@dataclass(frozen=True)
class Shape:
    """Which columns of a sealed table its hashes cover, in order, and what names a row."""

    table: str
    title: Words
    key: tuple[str, ...]
    columns: tuple[str, ...]

    def key_of(self, row: str) -> str:
        """SQL: the name of a row, as text."""
        if len(self.key) == 1:
            return f'{row}."{self.key[0]}"::text'
        return f"{self._tuple(row, self.key)}::text"

    def text_of(self, row: str) -> str:
        """SQL: what a row says, as text that no other content gives."""
        return f"{self._tuple(row, self.columns)}::text"

    def hash_of(self, row: str, salt: str) -> str:
        """SQL: the salted hash of a row, 16 bytes."""
        return f"substring(sha256({salt} || convert_to({self.text_of(row)}, 'UTF8')) for 16)"

    @staticmethod
    def _tuple(row: str, columns: tuple[str, ...]) -> str:
        named = ", ".join(f'{row}."{column}"' for column in columns)
        return f"row({named})"


def written_by_deeds() -> list[str]:
    """The tables in which nothing is written without an entry of its own."""
    return [
        table for table, (kept, _) in declared().items() if isinstance(kept, SealedTable) and kept.by_deed
    ]


def shapes() -> Iterator[Shape]:
    """Every sealed table as the models have it now."""
    for table, (kept, model) in sorted(declared().items()):
        if isinstance(kept, SealedTable):
            assert model is not None
            fields = model._meta.concrete_fields  # type: ignore[attr-defined]
            keys = model._meta.pk_fields  # type: ignore[attr-defined]
            yield Shape(
                table=table,
                title=kept.title,
                key=tuple(field.column for field in keys),
                columns=tuple(
                    sorted(
                        field.column for field in fields if field.column and field.name not in kept.without
                    )
                ),
            )
