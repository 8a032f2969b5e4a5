"""Scripts in names, titles, reasons, notes and addresses, and every page opened in a real browser.

They are written into the columns of text themselves, past every form that might refuse them, and a
few by the actions that people use; then no page may run one, hold an element of one, or be told off
by its own policy.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client
from django.utils import timezone

from tests.architecture.access import ACCESS
from tests.architecture.test_access import filled
from tests.architecture.two_campuses import build
from tests.journeys.conftest import Quiet
from tongdian.config.logins import owner_url

LONG = "\"'></textarea></script><img src=x-hold onerror=alert(1)><script>alert(2)</script>{{7*7}}"
SHORT = "\"'><x-hold>"
BY_ADDRESS = ("q", "subject", "for", "year", "from", "name", "number", "next")
# Columns that name a thing of the program, which only the program writes.
NOT_WRITTEN = ("pack", "process", "stage", "kind", "rule", "hash", "actor", "action", "version")


@pytest.fixture
def address(committed):
    """The program, served from the test's own database."""
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


def by_actions(world: Any) -> None:
    """By the doors that people use."""
    from tongdian.cases import actions as cases
    from tongdian.cases.models import Case
    from tongdian.connections import actions as connections
    from tongdian.parties.actions.customers import enter_customer

    admin, now = world.people["administrator"], timezone.now()
    campus = world.ours["_campus"]
    enter_customer(viewer=admin, organisation=campus, name=LONG[:60], phone="13807730009", at=now)
    connections.report_repair(
        organisation=campus,
        utility="water",
        what=LONG,
        place_text=LONG,
        phone="13807730001",
        photos=[],
        at=now,
    )
    case = Case.objects.get(number=world.ours["case"])
    cases.withdraw(viewer=admin, case=case, reason=LONG, seen=case.seq, at=now)


def into_columns(database: str) -> int:
    """Into every column of plain text that is free to say anything; how many columns took it."""
    import psycopg
    from django.apps import apps
    from psycopg import sql

    from tests.database import elsewhere
    from tongdian.plain_fields import Line, Lines

    written = 0
    with psycopg.connect(elsewhere(owner_url(), database), autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if not isinstance(field, (Line, Lines)) or field.choices or field.unique:
                    continue
                if field.primary_key or any(word in field.name for word in NOT_WRITTEN):
                    continue
                room = getattr(field, "max_length", None) or 1_000
                text = LONG if room >= len(LONG) else SHORT
                statement = sql.SQL("update {} set {} = %s where {} <> ''").format(
                    sql.Identifier(model._meta.db_table), *[sql.Identifier(field.column)] * 2
                )
                try:
                    written += bool(owner.execute(statement, [text]).rowcount)
                except psycopg.errors.IntegrityError:
                    pass  # the database itself says what may stand there
                except psycopg.errors.DataError:
                    pass  # shorter than that
    return written


@contextmanager
def watched(browser: Any, address: str, account: Any, found: list[str]) -> Any:
    """A page whose dialogs and complaints are kept."""
    context = browser.new_context(base_url=address, locale="en")
    if account is not None:
        client = Client()
        client.force_login(account)
        for name, morsel in client.cookies.items():
            context.add_cookies([{"name": name, "value": morsel.value, "url": address}])
    page = context.new_page()
    page.on("dialog", lambda one: (found.append(f"dialog {page.url}"), one.dismiss()))
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    page.on("console", lambda said: found.append(f"{page.url}: {said.text}") if _is_bad(said) else None)
    try:
        yield page
    finally:
        context.close()


def _is_bad(said: Any) -> bool:
    # a refusal by the policy is an error; a warning is about a date that is none
    return said.type == "error" and "the server responded with a status" not in said.text


def test_no_page_runs_or_holds_a_script_that_was_written_into_it(committed, viewer, address, browser):
    world = build(viewer)
    addresses = {filled(pattern, world.ours) for pattern in ACCESS}
    by_actions(world)
    assert into_columns(committed) >= 20
    found: list[str] = []
    asked = "?" + "&".join(f"{name}={quote(LONG)}" for name in BY_ADDRESS)
    shown = 0
    for account in (world.people["administrator"], None):
        client = Client()
        if account is not None:
            client.force_login(account)
        with watched(browser, address, account, found) as page:
            for where in sorted(addresses):
                if "logout" in where:
                    continue
                for whole in (where, where + asked):
                    reply = client.get(whole)
                    if reply.status_code >= 500 and where != "/healthz":
                        found.append(f"{reply.status_code} {whole}")
                    if not reply.get("Content-Type", "").startswith("text/html"):
                        continue
                    if reply.status_code in (302, 405):
                        continue
                    page.goto(whole)
                    shown += "x-hold" in page.content()
                    held = page.evaluate("document.querySelectorAll('x-hold, img[src=x-hold]').length")
                    if held:
                        found.append(f"unescaped {whole}")
    assert found == []
    assert shown >= 20, "the scripts were on no page"
