"""What the import contracts cannot see: the model graph, the rooms' names, the clock."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, models

import tongdian
from tongdian.audit_log.models import AppendOnly

PACKAGE = Path(tongdian.__file__).parent
# architecture.md, "Areas, low to high"; config only wires.
AREAS = [
    "audit_log",
    "files",
    "rulebook",
    "notices",
    "parties",
    "runs",
    "network",
    "agreements",
    "cases",
    "connections",
    "metering",
    "accounts",
    "billing",
    "supply",
    "conduct",
    "reliability",
    "disclosure",
    "supervision",
    "web",
    "api",
]
MAY_READ_THE_CLOCK = {"signing_in", "pages", "api", "commands", "jobs", "permissions", "navigation"}


def our_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("tongdian.")
    ]


def area_of(model: type[models.Model]) -> str:
    return model.__module__.split(".")[1]


def test_no_column_is_a_float():
    floats = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.FloatField)
    ]
    assert our_models()
    assert floats == []


def test_no_model_points_to_a_higher_area():
    upward = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in our_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model in our_models()
        and field.related_model is not get_user_model()  # who did it: Django's swappable account
        and AREAS.index(area_of(field.related_model)) > AREAS.index(area_of(model))
    ]
    assert upward == []


def test_every_append_only_table_has_both_fences():
    append_only = [model for model in our_models() if issubclass(model, AppendOnly)]
    assert {"Entry", "Place", "Checkpoint"} <= {model.__name__ for model in append_only}
    for model in append_only:
        assert set(model.application_may) <= {"SELECT", "INSERT"}, model
        names = {trigger.name for trigger in model._meta.triggers}
        assert {"rows_are_never_changed", "rows_are_never_emptied"} <= names, model


@pytest.mark.django_db
def test_the_applications_login_cannot_touch_a_sealed_row():
    tables = [model._meta.db_table for model in our_models() if issubclass(model, AppendOnly)]
    with connection.cursor() as cursor:
        cursor.execute(
            "select name, verb from unnest(%s::text[]) as name,"
            " unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) as verb"
            " where has_table_privilege(name, verb)",
            [tables],
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "select tgrelid::regclass::text from pg_trigger"
            " where tgname like 'pgtrigger_rows_are_never_changed%%' and tgenabled = 'O'"
        )
        assert set(tables) <= {table for (table,) in cursor.fetchall()}


def test_every_constraint_is_named_as_a_sentence():
    for model in our_models():
        for constraint in model._meta.constraints:
            assert constraint.name.count("_") >= 2, f"{model.__name__}: {constraint.name}"


def test_django_finds_nothing_wrong():
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=3)


def clock_readers(path: Path) -> list[int]:
    """The lines that ask what time or day it is now."""
    calls = {
        "date.today",
        "datetime.today",
        "datetime.now",
        "datetime.utcnow",
        "timezone.now",
        "timezone.localdate",
        "timezone.localtime",
        "time.time",
    }
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node).removeprefix("django.utils.") in calls
    ]


def test_only_pages_api_commands_and_jobs_read_the_clock():
    readers = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        for line in clock_readers(path)
        if not {*path.relative_to(PACKAGE).with_suffix("").parts} & MAY_READ_THE_CLOCK
        and "migrations" not in path.parts
        and path.relative_to(PACKAGE).parts[0] not in ("cli", "config", "api")
    }
    assert readers == set()


def test_no_module_is_named_for_what_nobody_could_find():
    vague = {"utils", "common", "helpers", "services", "managers", "misc", "core", "base"}
    assert [path for path in PACKAGE.rglob("*.py") if path.stem in vague] == []


def test_modules_read_in_one_sitting():
    # style.md 15: about 400 lines; migrations are written by a machine.
    long = {
        f"{path.relative_to(PACKAGE)}": lines
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert long == {}
