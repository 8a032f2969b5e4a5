"""Who connects how, and what each may do."""

import psycopg
import pytest
from django.db import connection, connections

from tests.database import ON_A_SERVER, elsewhere
from tongdian.config.logins import application_url, django_database, owner_url
from tongdian.config.program import allowed_verbs, bring_up_to_date


@pytest.mark.django_db
def test_the_program_connects_as_the_application_and_not_as_the_owner():
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user, pg_has_role(current_user, %s, 'member'),"
            " (select rolsuper or rolcreaterole or rolcreatedb from pg_roles"
            "  where rolname = current_user)",
            [connections["owner"].settings_dict["USER"]],
        )
        assert cursor.fetchone() == (connection.settings_dict["USER"], False, False)
    assert connection.settings_dict["USER"] != connections["owner"].settings_dict["USER"]


@pytest.mark.django_db
def test_every_table_gives_the_application_exactly_what_its_model_states():
    stated = allowed_verbs()
    with connection.cursor() as cursor:
        cursor.execute(
            "select tablename, array_agg(verb) from pg_tables,"
            " unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as verb"
            " where schemaname = 'public'"
            " and has_table_privilege(quote_ident(tablename), verb) group by tablename"
        )
        given = {table: tuple(verbs) for table, verbs in cursor.fetchall()}
    assert given["django_migrations"] == ("SELECT",)
    assert given["parties_account"] == ("SELECT", "INSERT", "UPDATE", "DELETE")
    assert {table: given[table] for table in stated} == stated
    assert not any("TRUNCATE" in verbs for verbs in given.values())


@pytest.mark.django_db
def test_the_application_cannot_make_or_drop_tables():
    for statement in ("create table stray (id int)", "drop table audit_log_entry"):
        with (
            pytest.raises(psycopg.Error, match=r"permission denied|must be owner"),
            psycopg.connect(application_url()) as application,
        ):
            application.execute(statement)


def test_bringing_up_to_date_twice_changes_nothing(committed):
    bring_up_to_date()
    with psycopg.connect(elsewhere(owner_url(), committed)) as owner:
        first = owner.execute("select count(*), max(applied) from django_migrations").fetchone()
        bring_up_to_date()
        query = "select count(*), max(applied) from django_migrations"
        assert owner.execute(query).fetchone() == first


def test_a_url_becomes_djangos_settings():
    settings = django_database("postgresql://li%40x:p%2Fw@db.example:6543/tongdian?sslmode=require")
    assert (settings["USER"], settings["PASSWORD"]) == ("li@x", "p/w")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", "6543", "tongdian")
    assert settings["OPTIONS"]["sslmode"] == "require"
    socket = django_database("postgresql://tongdian@%2Frun%2Fpg/tongdian")
    assert (socket["HOST"], socket["PORT"], socket["PASSWORD"]) == ("/run/pg", "", "")


def test_both_logins_may_be_named(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/tongdian")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://boss@db/tongdian")
    assert (owner_url(), application_url()) == (
        "postgresql://boss@db/tongdian",
        "postgresql://app@db/tongdian",
    )


def test_one_url_is_the_owners_and_the_application_gets_a_login_beside_it(monkeypatch):
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:secret@db:5433/energy?sslmode=require")
    login, _, rest = application_url().removeprefix("postgresql://").partition(":")
    password, _, place = rest.partition("@")
    assert (login, place) == ("energy_application", "db:5433/energy?sslmode=require")
    assert len(password) == 64
    assert "secret" not in application_url()


def test_the_tests_do_not_run_on_the_demo_database():
    name = connections["default"].settings_dict["NAME"]
    place = connections["default"].settings_dict["HOST"]
    assert name.startswith("test_") if ON_A_SERVER else "tongdian-test-" in place or "/var/" in place
