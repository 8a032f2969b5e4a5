"""Which migrations a database has, and whether this program knows them all."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import psycopg

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class DatabaseIsNewer(Refusal):
    """The database was migrated by a newer program: this one would misread it."""

    says = Words(
        "数据库由更新版本的程序升级过（{unknown}）；请改用该版本，或恢复升级前的备份。",
        "The database was upgraded by a newer program ({unknown}): use that version, or restore the "
        "backup from before the upgrade.",
    )


def applied_migrations(connection: psycopg.Connection) -> list[str]:
    """`area/name` of every migration that the database has, in their order; none of an empty one."""
    (there,) = connection.execute("select to_regclass('public.django_migrations')").fetchone() or (None,)
    if there is None:
        return []
    rows = connection.execute("select app, name from django_migrations order by id").fetchall()
    return [f"{app}/{name}" for app, name in rows]


def known_migrations() -> Collection[tuple[str, str]]:
    """Every migration of this program. Needs Django set up, and no database."""
    from django.db.migrations.loader import MigrationLoader

    return MigrationLoader(None).disk_migrations or {}


def must_know(applied: Iterable[str], known: Collection[tuple[str, str]]) -> None:
    """Raise DatabaseIsNewer for an applied migration (`area/name`) that is not among the `known`: of
    an area that this program has, or of a whole area that it has not."""
    unknown = [name for name in applied if tuple(name.split("/", 1)) not in known]
    if unknown:
        raise DatabaseIsNewer(unknown=", ".join(unknown[:3]))
