"""The two database logins, and what the application's may do.

The owner migrates and grants. The application, which serves pages, the API and jobs, is a login
of its own that can only append to a sealed table: not a role that the owner assumes, because
RESET ROLE would undo that.

DATABASE_URL with DATABASE_OWNER_URL names both. DATABASE_URL alone is the owner's, and the
application's login is made beside it. Neither: the private server of `database.py`.
"""

import contextlib
import hashlib
import hmac
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tongdian.config.database import DatabaseUnavailable, Server
from tongdian.config.home import home, key
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

EVERYTHING = ("SELECT", "INSERT", "UPDATE", "DELETE")
READ_ONLY = {"django_migrations": ("SELECT",)}
# A question asked a second time is planned already: planning takes the server longer than answering.
PREPARED = {"server_side_binding": True, "prepare_threshold": 2}


class LoginCannotBeMade(Refusal):
    """The owner named by DATABASE_URL may not create the application's login."""

    says = Words(
        "{owner} 不能创建应用登录 {application}：请授予 CREATEROLE，"
        "或同时设置 DATABASE_OWNER_URL（所有者）与 DATABASE_URL（应用）。",
        "{owner} may not create the application's login {application}: grant it CREATEROLE, or "
        "set DATABASE_OWNER_URL (the owner) and DATABASE_URL (the application).",
    )


def private_server() -> Server | None:
    """This installation's own PostgreSQL, or None where DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        return None
    return Server(home() / "postgres", archive=archive_folder())


def archive_folder() -> Path:
    """Where the private database's log is kept: TONGDIAN_ARCHIVE, else `archive` in the state folder,
    or where the server's account reaches."""
    named = os.environ.get("TONGDIAN_ARCHIVE")
    return Path(named).absolute() if named else Server(home() / "postgres").own_archive


@contextlib.contextmanager
def database_running() -> Iterator[None]:
    """Keep the database up inside the block, and no longer than this process; a server named by
    DATABASE_URL is left alone."""
    server = private_server()
    if server is None:
        yield
    else:
        with server.running_with_this_process():
            yield


def owner_url() -> str:
    """Where the login that migrates connects."""
    named = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL")
    return named or Server(home() / "postgres").url()


def application_url() -> str:
    """Where everything else connects: a login that can only append to sealed tables."""
    if os.environ.get("DATABASE_OWNER_URL"):
        return os.environ["DATABASE_URL"]
    parts = urlsplit(owner_url())
    login = f"{unquote(parts.path.lstrip('/'))}_application"
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(login)}:{_password(login)}@{place}"))


def without_owner() -> dict[str, str]:
    """What to set for a process that must not be able to become the owner: its own address as both.
    The private server asks which user of the machine it is instead."""
    if private_server() is not None:
        return {}
    return {"DATABASE_URL": application_url(), "DATABASE_OWNER_URL": application_url()}


def django_database(url: str) -> dict[str, Any]:
    """A postgresql:// address as an entry of Django's DATABASES."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    host, _, port = place.partition(":") if not place.startswith("[") else (place, "", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": PREPARED | dict(parse_qsl(parts.query)),
    }


def as_owner() -> psycopg.Connection:
    """A connection of the login that migrates; DatabaseUnavailable in the server's words."""
    try:
        return psycopg.connect(owner_url(), autocommit=True)
    except psycopg.OperationalError as refused:
        raise DatabaseUnavailable(reason=" ".join(str(refused).split())) from refused


def make_application_login() -> None:
    """Create the application's login, where it is ours to create, and set its password."""
    if os.environ.get("DATABASE_OWNER_URL"):
        return
    login, password = _user(application_url()), _password(_user(application_url()))
    with as_owner() as connection:
        known = connection.execute("select 1 from pg_roles where rolname = %s", [login]).fetchone()
        verb = sql.SQL("alter role" if known else "create role")
        statement = sql.SQL("{} {} login password {}").format(
            verb, sql.Identifier(login), sql.Literal(password)
        )
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege as refused:
            raise LoginCannotBeMade(owner=_user(owner_url()), application=login) from refused


def grant_application(allowed: dict[str, tuple[str, ...]]) -> None:
    """Give the application's login exactly what each table allows, in one transaction.

    `allowed` names the verbs of the tables that do not allow everything.
    """
    login = sql.Identifier(_user(application_url()))
    with as_owner() as connection, connection.transaction():
        tables = [
            name
            for (name,) in connection.execute(  # nobody but its owner works on a partition itself
                "select relname from pg_class where relnamespace = 'public'::regnamespace"
                " and relkind in ('r', 'p') and not relispartition"
            )
        ]
        run = connection.execute
        run(sql.SQL("grant usage on schema public to {}").format(login))
        run(sql.SQL("revoke all on all tables in schema public from {}").format(login))
        run(sql.SQL("grant usage, select on all sequences in schema public to {}").format(login))
        for table in tables:
            verbs = sql.SQL(", ").join(sql.SQL(verb) for verb in (READ_ONLY | allowed).get(table, EVERYTHING))
            run(sql.SQL("grant {} on {} to {}").format(verbs, sql.Identifier(table), login))


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "")


def _password(login: str) -> str:
    # Derived, so that there is nothing more to store or to lose.
    return hmac.new(key("database"), login.encode(), hashlib.sha256).hexdigest()
