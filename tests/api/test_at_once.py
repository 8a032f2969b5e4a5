"""Two who enter the same at once: one is let in, the other is refused in words, on page and API."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from tests.api.conftest import Program, token_of
from tests.cases.conftest import make_campus
from tongdian.network.actions import add_place
from tongdian.network.models import Place


@pytest.fixture
def campus(committed: Any, viewer: Any) -> Any:
    made = make_campus(viewer)
    made.area = add_place(
        viewer=made.clerk,
        organisation=made.campus,
        kind="campus",
        code="YS",
        name="雁山校区",
        at=timezone.now(),
    )
    return made


def while_another_has_entered(enter: Callable[[], Any], ask: Callable[[], Any]) -> Any:
    """What `ask` is answered when it looks before the other's row can be seen and writes after."""

    def asked() -> Any:
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            enter()
            answer = threads.submit(asked)
            with connection.cursor() as cursor:
                for _try in range(500):
                    cursor.execute(
                        "select count(*) from pg_stat_activity where datname = current_database()"
                        " and wait_event_type = 'Lock'"
                    )
                    if cursor.fetchone()[0] or answer.done():
                        break
                    time.sleep(0.02)
        return answer.result(30)


NEW = {"kind": "building", "code": "X-1", "name": "楼"}


def by_another(campus: Any) -> Callable[[], Any]:
    viewer, where = campus.clerk, campus.campus
    return lambda: add_place(viewer=viewer, organisation=where, at=timezone.now(), **NEW)


def test_a_program_that_came_second_is_told_what_it_would_have_been_told_a_moment_later(campus):
    program = Program(token_of(campus.clerk))
    where = str(campus.campus.pk)
    reply = while_another_has_entered(
        by_another(campus), lambda: program.do("/places", organisation=where, **NEW)
    )
    assert (reply.status_code, reply.json()["code"]) == (422, "code-taken")
    assert Place.objects.filter(code="X-1").count() == 1


def test_so_is_who_typed_it_on_a_page(campus):
    person = Client(headers={"Accept-Language": "en"})
    person.force_login(campus.clerk)
    typed, where = {"parent_code": "YS", **NEW}, f"/places/new/?in={campus.area.pk}"
    reply = while_another_has_entered(by_another(campus), lambda: person.post(where, typed))
    assert reply.status_code == 422
    assert "X-1" in reply.content.decode()
    assert Place.objects.filter(code="X-1").count() == 1


def test_what_no_action_looks_for_is_refused_all_the_same(campus, monkeypatch):
    """Where doing it again meets the database's refusal again: nothing is kept, and it is said."""
    monkeypatch.setattr("tongdian.network.actions.must_be_free", lambda *_a, **_k: None)
    by_another(campus)()
    program = Program(token_of(campus.clerk))
    reply = program.do("/places", organisation=str(campus.campus.pk), **NEW)
    assert (reply.status_code, reply.json()["code"]) == (409, "changed-meanwhile")
