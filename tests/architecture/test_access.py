"""Every address, asked for by every role and by strangers, about another campus's things.

Who may is in ACCESS: a new address without a line there fails the first test. ANYBODY is public and
needs no sign-in; SIGNED_IN needs one; APPLICANT is for who proved to be the applicant, DRAFT for
who has the draft's secret address; else it is the permission that the address asks for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import token_of
from tests.architecture.access import ACCESS, API, API_BODIES, NOT_OURS, NOTHING_TO_SHOW, SUBSTITUTES, TYPED
from tests.architecture.two_campuses import ROLES, build
from tests.hold import counts

pytestmark = pytest.mark.django_db
HIDDEN = {401, 403, 404, 405, 410}
EVERYBODY = (*ROLES, "customer", "anonymous")


@cache
def routes() -> dict[str, Any]:
    """Every address that is not one of the API's, as its pattern is written."""
    from django.urls import get_resolver
    from django.urls.resolvers import URLPattern

    def walk(resolver: Any, before: str = "") -> Iterator[tuple[str, Any]]:
        for one in resolver.url_patterns:
            written = before + str(one.pattern)
            if isinstance(one, URLPattern):
                yield written, one
            else:
                yield from walk(one, written)

    return {at: one for at, one in walk(get_resolver()) if not at.startswith("api/v1/")}


@cache
def operations() -> dict[str, str]:
    """Every operation of the API, "GET /cases", with the name of its body or of none."""
    from tongdian.api.v1 import api

    found = {}
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, one in methods.items():
            found[f"{method.upper()} {path.removeprefix('/api/v1')}"] = one["operationId"]
    return found


def filled(pattern: str, things: dict[str, Any]) -> str:
    """An address about those things."""
    for written, known in SUBSTITUTES:
        pattern = re.sub(written, known, pattern)
    assert "<" not in pattern, f"SUBSTITUTES does not say what {pattern} is about"
    return "/" + pattern.lstrip("/").format_map(things)


def is_about_something(pattern: str) -> bool:
    return filled(pattern, _Marked()) != filled(pattern, _Other())


class _Marked(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "a"


class _Other(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "b"


@pytest.fixture
def world(db: Any, viewer: Any) -> Any:
    return build(viewer)


@pytest.fixture
def clients(world: Any) -> dict[str, Client]:
    """A browser for everybody."""
    made = {"anonymous": Client()}
    for role, account in world.people.items():
        made[role] = Client()
        made[role].force_login(account)
    return made


@pytest.fixture
def programs(world: Any) -> dict[str, Client]:
    """A program for everybody."""
    made = {"anonymous": Client()}
    for role, account in world.people.items():
        made[role] = Client(headers=token_of(account))
    return made


def contents() -> dict[str, str]:
    """A fingerprint of every table that keeps something."""
    from django.apps import apps
    from django.db import connection

    tables = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    own = {one for one in tables if not one.startswith(NOT_OURS)}
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(own):
            name = connection.ops.quote_name(table)
            # a token's last day of use changes by looking
            said = "(to_jsonb(t) - 'used_on')::text"
            cursor.execute(f"select md5(coalesce(string_agg({said}, '' order by {said}), '')) from {name} t")
            found[table] = cursor.fetchone()[0]
    return found


def is_hidden(reply: Any) -> bool:
    """Refused, or led to where somebody says who they are."""
    led = reply.get("Location", "")
    away = ("/accounts/login/", "/accounts/confirm/", "/track/?number=")
    is_led_away = led.startswith(away) or led == "/track/"
    return reply.status_code in HIDDEN or (reply.status_code == 302 and is_led_away)


def test_every_address_is_in_the_table() -> None:
    assert set(routes()) == set(ACCESS)
    assert set(operations()) == set(API)


def test_strangers_see_only_what_is_public(world: Any, clients: Any, programs: Any) -> None:
    open_doors = [
        pattern
        for pattern, who in ACCESS.items()
        if who != "anybody" and not is_hidden(clients["anonymous"].get(filled(pattern, world.ours)))
    ]
    counts.add(leaks=len(open_doors))
    assert open_doors == []
    for operation, who in API.items():
        method, path = operation.split(" ", 1)
        if who == "anybody":
            continue
        address = "/api/v1" + filled(path, world.ours)
        body = json.dumps(API_BODIES(operation, world.ours))
        reply = programs["anonymous"].generic(method, address, body, "application/json")
        assert reply.status_code == 401, operation


def test_nobody_reads_what_is_another_campus_s(world: Any, clients: Any, programs: Any) -> None:
    seen = []
    for role in EVERYBODY:
        for pattern, who in ACCESS.items():
            if who == "anybody":
                continue
            reply = clients[role].get(filled(pattern, world.theirs))
            if is_about_something(pattern) and not is_hidden(reply):
                seen.append((role, pattern, reply.status_code))
            elif reply.status_code == 200 and _tells(reply, world.theirs):
                seen.append((role, pattern, "tells"))
        for operation, who in API.items():
            method, path = operation.split(" ", 1)
            if method != "GET" or who == "anybody":
                continue
            reply = programs[role].get("/api/v1" + filled(path, world.theirs))
            if is_about_something(path) and reply.status_code not in HIDDEN:
                seen.append((role, operation, reply.status_code))
            elif reply.status_code == 200 and _tells(reply, world.theirs):
                seen.append((role, operation, "tells"))
    counts.add(leaks=len(seen))
    assert seen == []


def _tells(reply: Any, things: dict[str, Any]) -> bool:
    whole = b"".join(reply) if reply.streaming else reply.content
    said = whole.decode(errors="replace")
    return any(str(things[name]) in said for name in ("secret", "case", "customer", "repair"))


def test_nobody_changes_what_is_another_campus_s(world: Any, clients: Any, programs: Any) -> None:
    before, let_in = contents(), []
    for role in EVERYBODY:
        for pattern, who in ACCESS.items():
            if who == "anybody" or not is_about_something(pattern):
                continue
            reply = clients[role].post(filled(pattern, world.theirs), TYPED(world.theirs))
            if not is_hidden(reply):
                let_in.append((role, pattern, reply.status_code))
        for operation, who in API.items():
            method, path = operation.split(" ", 1)
            body = API_BODIES(operation, world.theirs)
            about = is_about_something(path) or body != API_BODIES(operation, world.ours)
            if method == "GET" or who == "anybody" or not about:
                continue
            address = "/api/v1" + filled(path, world.theirs)
            reply = programs[role].generic(method, address, json.dumps(body), "application/json")
            if reply.status_code not in HIDDEN:
                let_in.append((role, operation, reply.status_code, reply.content[:200]))
    after = contents()
    counts.add(leaks=len(let_in))
    assert let_in == []
    assert [table for table in after if after[table] != before[table]] == []


def test_in_one_s_own_campus_the_table_of_roles_decides(world: Any, clients: Any, programs: Any) -> None:
    from tongdian.parties.rules import FOR_THE_INSTALLATION, PERMISSIONS

    wrong = []
    asked = [(one, clients, "/", who) for one, who in ACCESS.items()]
    asked += [
        (one.removeprefix("GET "), programs, "/api/v1", who)
        for one, who in API.items()
        if one.startswith("GET ")
    ]
    for pattern, askers, before, who in asked:
        if who not in PERMISSIONS or pattern in NOTHING_TO_SHOW:
            continue
        address = before.rstrip("/") + filled(pattern, world.ours)
        replies = {role: askers[role].get(address) for role in (*ROLES, "customer")}
        if all(reply.status_code == 405 for reply in replies.values()):
            continue  # only written to: the tests above write
        for role, reply in replies.items():
            may = role in PERMISSIONS[who] and who not in FOR_THE_INSTALLATION
            shows = not is_hidden(reply) or reply.status_code == 405
            is_list = "json" in reply.get("Content-Type", "") and not is_about_something(pattern)
            listed = reply.json() if shows and is_list else None
            if listed == [] or (isinstance(listed, dict) and listed.get("items") == []):
                shows = False  # a list of nothing: what may not be seen is not there
            if reply.status_code != 405 and may != shows:
                wrong.append((pattern, role, reply.status_code, who))
    assert wrong == [], "\n".join(map(str, wrong))
