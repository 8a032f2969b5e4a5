"""What a token may do of what its owner may do, how long, and when it was last used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api.scopes import ALL, READ, SCOPES, WRITE
from tests.architecture.access import ANYBODY, API
from tests.architecture.test_access import filled, operations
from tests.architecture.two_campuses import build
from tongdian.api.actions import make_token, note_use
from tongdian.api.models import Token
from tongdian.api.rules import LifetimeOutOfBounds
from tongdian.audit_log.actions import seal_entries
from tongdian.audit_log.verification import verify
from tongdian.parties.rules import ADMINISTRATOR, PERMISSIONS

MADE = datetime(2026, 1, 1, 4, tzinfo=UTC)  # noon in Shanghai
REFUSED = {"token-only-reads", "token-does-not-administer"}


def test_every_operation_says_its_scope() -> None:
    assert set(SCOPES) == set(operations())
    for operation, scope in SCOPES.items():
        method, who = operation.split(" ")[0], API[operation]
        assert (scope == ANYBODY) == (who == ANYBODY), operation
        if method != "GET" and PERMISSIONS.get(who) == ADMINISTRATOR:
            assert scope == ALL, operation  # what only administrators do is administration


@pytest.mark.django_db
def test_a_token_does_what_its_scope_says_and_no_more(viewer: Any) -> None:
    from django.utils import timezone

    world = build(viewer)
    administrator = viewer("administrator", "of-all")
    wrong = []
    for held, reaches in {READ: {READ}, WRITE: {READ, WRITE}, ALL: {READ, WRITE, ALL}}.items():
        _, secret = make_token(account=administrator, title=held, at=timezone.now(), scope=held)
        program = Client(headers={"Authorization": f"Bearer {secret}"})
        for operation, scope in SCOPES.items():
            method, path = operation.split(" ", 1)
            if scope == ANYBODY:
                continue
            address = "/api/v1" + filled(path, world.ours)
            reply = program.generic(method, address, "{}", "application/json")
            is_json = "json" in reply.get("Content-Type", "")
            code = reply.json().get("code") if is_json and reply.status_code >= 400 else ""
            is_refused = code in REFUSED and reply.status_code == 403
            if is_refused == (scope in reaches):
                wrong.append((held, operation, reply.status_code, code))
    assert wrong == []


@pytest.mark.django_db
def test_a_token_is_made_for_a_year_at_most(viewer: Any) -> None:
    officer = viewer("officer")
    for days in (0, -1, 366, 10**6):
        with pytest.raises(LifetimeOutOfBounds, match="1 to 365"):
            make_token(account=officer, title="t", at=MADE, days=days)
    token, _ = make_token(account=officer, title="t", at=MADE, days=30)
    assert token.expires_at == datetime(2026, 1, 31, 4, tzinfo=UTC)
    with pytest.raises(IntegrityError, match="token_ends_within_a_year"), transaction.atomic():
        Token.objects.filter(pk=token.pk).update(expires_at=MADE + timedelta(days=366))
    with pytest.raises(IntegrityError, match="token_scope_is_known"), transaction.atomic():
        Token.objects.filter(pk=token.pk).update(scope="any")


@pytest.mark.django_db
def test_on_the_page_the_days_are_chosen_and_odd_ones_refused(viewer: Any) -> None:
    person = Client()
    person.force_login(viewer("officer"))
    for odd in ("", "0", "366", "²", "-3", "1e3", "9" * 5_000):
        assert person.post("/tokens/", {"title": "t", "days": odd}).status_code == 422
    made = person.post("/tokens/", {"title": "t", "days": "30", "scope": "write"})
    assert made.status_code == 200
    token = Token.objects.get()
    assert (token.scope, token.expires_at - token.made_at) == ("write", timedelta(days=30))
    person.post("/tokens/", {"title": "u", "days": "1", "scope": "whatever"})
    assert Token.objects.get(title="u").scope == "read"  # the least


def test_the_last_day_of_use_is_kept_once_a_day_and_changes_no_record(
    committed: Any, viewer: Any, settings: Any, tmp_path: Path
) -> None:
    settings.AUDIT_CHECKPOINTS = tmp_path  # other tests sign other logs
    token, _ = make_token(account=viewer("officer"), title="t", at=MADE)
    seal_entries()

    def note(at: datetime) -> int:
        found = Token.objects.get(pk=token.pk)
        with CaptureQueriesContext(connection) as asked:
            note_use(found, at=at)
        token.refresh_from_db()
        return sum("UPDATE" in one["sql"] for one in asked.captured_queries)

    late = datetime(2026, 1, 1, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai: the 2nd
    assert (note(MADE), token.used_on) == (1, date(2026, 1, 1))
    assert (note(MADE + timedelta(hours=3)), token.used_on) == (0, date(2026, 1, 1))
    assert (note(late), token.used_on) == (1, date(2026, 1, 2))
    assert (note(MADE), token.used_on) == (0, date(2026, 1, 2))  # a clock set back
    seal_entries()
    assert [finding.words.en for finding in verify().findings] == []


@pytest.mark.django_db
def test_the_list_shows_the_last_day_of_use(viewer: Any) -> None:
    from django.utils import timezone

    account = viewer("officer")
    _, secret = make_token(account=account, title="t", at=timezone.now(), days=7)
    person = Client()
    person.force_login(account)
    today = f"<td>{timezone.localdate():%Y-%m-%d}</td>"
    assert person.get("/tokens/").content.decode().count(today) == 1  # made today
    Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/notices")
    assert person.get("/tokens/").content.decode().count(today) == 2


def test_where_nothing_can_be_written_a_token_still_reads(committed: Any, viewer: Any) -> None:
    token, _ = make_token(account=viewer("officer"), title="t", at=MADE)
    with connection.cursor() as cursor:
        cursor.execute("set default_transaction_read_only = on")
    note_use(token, at=MADE)
    token.refresh_from_db()
    assert token.used_on is None
