"""A database administrator loosens what guards the record, and touches no row; verify() says which
guard is gone, replaced or put in."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from tests.database import elsewhere

from tongdian.audit_log.actions import make_checkpoint, record, seal_entries
from tongdian.audit_log.guards import change, hashes
from tongdian.audit_log.models import Entry
from tongdian.audit_log.verification import verify
from tongdian.config.logins import owner_url
from tongdian.config.program import bring_up_to_date

NOON = datetime(2026, 4, 12, 4, 0, tzinfo=UTC)


@pytest.fixture
def loosen(committed):
    """SQL as the owner, in a database whose record is whole."""
    record(actor="program", action="test", subject="guards", payload={}, at=NOON)
    seal_entries()
    assert found() == []

    def run(*statements: str) -> None:
        with psycopg.connect(elsewhere(owner_url(), committed)) as owner:
            for statement in statements:
                owner.execute(statement)

    return run


@pytest.fixture
def starts(committed, monkeypatch):
    """A start of the program in that database."""

    def as_owner():
        return psycopg.connect(elsewhere(owner_url(), committed), autocommit=True)

    monkeypatch.setattr("tongdian.config.program.as_owner", as_owner)
    return bring_up_to_date


def found() -> list[str]:
    return [finding.words.en for finding in verify().findings]


FOREIGN = (
    "create function public.back_date() returns trigger language plpgsql as"
    """ $$ begin new."on" := new."on" - 5; return new; end $$""",
    "create trigger a_first before insert on cases_event for each row execute function public.back_date()",
)
APPLICATION = "tongdian_application"


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (FOREIGN, "trigger public.cases_event.a_first: inserted (no upgrade made it: O CREATE TRIG"),
        (FOREIGN, "function public.back_date(): inserted (no upgrade made it: "),
        (
            ["drop trigger pgtrigger_rows_are_never_changed_f1451 on audit_log_image"],
            "trigger public.audit_log_image.pgtrigger_rows_are_never_changed_f1451: removed",
        ),
        (
            ["alter table audit_log_image disable trigger pgtrigger_rows_are_never_changed_f1451"],
            "trigger public.audit_log_image.pgtrigger_rows_are_never_changed_f1451: changed",
        ),
        (
            [
                "create or replace function audit_log_deed() returns uuid language sql as"
                " $$ select gen_random_uuid() $$"
            ],
            "function public.audit_log_deed(): changed (it is not what an upgrade entered: ",
        ),
        (
            [f"grant update on cases_event to {APPLICATION}"],
            "grant UPDATE on public.cases_event to application: inserted",
        ),
        (
            [f"grant delete on cases_event to {APPLICATION}"],
            "grant DELETE on public.cases_event to application: inserted",
        ),
        (
            [f"grant truncate on cases_event to {APPLICATION}"],
            "grant TRUNCATE on public.cases_event to application: inserted",
        ),
        (
            [f"grant update (body) on cases_event to {APPLICATION}"],
            "grant UPDATE on public.cases_event.body to application: inserted",
        ),
        (
            ["grant insert on audit_log_shape to public"],
            "grant INSERT on public.audit_log_shape to everybody: inserted",
        ),
        (
            ["create rule no_more as on insert to cases_event do instead nothing"],
            "rule public.cases_event.no_more: inserted",
        ),
        (["alter table cases_event enable row level security"], "table public.cases_event: changed"),
        (
            ["create policy mine on cases_event for select using (false)"],
            "policy public.cases_event.mine: inserted",
        ),
        (
            ["alter table audit_log_erasure drop constraint erasure_has_a_reason"],
            "constraint public.audit_log_erasure.erasure_has_a_reason: removed",
        ),
        (["alter table audit_log_erasure disable trigger all"], "audit_log_erasure_entry_id_"),
        (
            ["create schema elsewhere", "create table elsewhere.cases_event (id int)"],
            "table elsewhere.cases_event: inserted",
        ),
        (
            ["alter table cases_event alter column body drop not null"],
            "column public.cases_event.body: changed",
        ),
    ],
)
def test_a_guard_that_no_upgrade_changed_is_named(loosen, statements, named):
    loosen(*statements)
    assert any(named in one for one in found()), found()


def test_a_login_that_became_more_than_it_was_is_named(loosen):
    loosen(f"alter role {APPLICATION} createrole")
    try:
        assert any("login application: changed" in one for one in found()), found()
    finally:
        loosen(f"alter role {APPLICATION} nocreaterole")
    assert found() == []


def test_a_start_enters_no_guard_that_it_did_not_change(loosen, starts):
    """Not even where it is put right again on the way: what is foreign stays a finding."""
    loosen(*FOREIGN, "drop trigger image_of_old_rows on cases_event")
    starts()
    assert [one.partition(":")[0] for one in found()] == [
        "The database's function public.back_date()",
        "The database's trigger public.cases_event.a_first",
    ]
    assert Entry.objects.filter(action="audit_log.guards_changed").count() == 0


def test_what_an_upgrade_changes_is_entered_and_what_was_foreign_is_not():
    done = change(
        entered={"a": "1", "b": "1", "c": "1"},
        before={"a": "1", "b": "other", "c": "1", "foreign": "9"},
        after={"a": "2", "b": "other", "foreign": "9", "new": "1"},
    )
    assert done.now == {"a": "2", "new": "1"}
    assert done.gone == ["c"]


def test_an_upgrade_that_was_ended_half_way_is_entered_by_the_next(loosen, starts, monkeypatch):
    loosen("drop trigger image_of_old_rows on cases_event")
    with monkeypatch.context() as half_way:
        half_way.setattr("tongdian.audit_log.images._keep", _another_guard)
        half_way.setattr("tongdian.audit_log.actions.enter_upgrade", _killed)
        with pytest.raises(KeyboardInterrupt):
            starts()
    assert any("guard_of_the_next_version" in one for one in found())
    starts()
    assert found() == []
    entry = Entry.objects.get(action="audit_log.guards_changed")
    assert "function public.guard_of_the_next_version()" in entry.payload.content["guards"]["now"]


def _another_guard(shape, number):
    return (
        "create function guard_of_the_next_version() returns int language sql as 'select 1';"
        "create trigger image_of_old_rows after delete on cases_event referencing old table as"
        " old_rows for each statement execute function audit_log_image_of_cases_event()"
    )


def _killed(*_baselines, **_rest):
    raise KeyboardInterrupt


def test_a_checkpoint_moved_a_day_is_named(committed, loosen):
    make_checkpoint(at=NOON)
    assert found() == []
    loosen(
        "set session_replication_role = replica", "update audit_log_checkpoint set at = at - interval '1 day'"
    )
    (said,) = found()
    assert said.startswith("Checkpoint 2: changed (it says 2026-04-11 04:00:00+00:00")


def test_a_guard_is_the_same_before_and_after_a_dump():
    made = "CHECK (((door)::text = ANY ((ARRAY['page'::character varying, 'it''s'::character varying])::text[])))"
    back = "CHECK (((door)::text = ANY (ARRAY[('page'::character varying)::text, ('it''s'::character varying)::text])))"
    looser = back.replace("'page'", "'any'")
    assert hashes({"x": made}) == hashes({"x": back}) != hashes({"x": looser})
