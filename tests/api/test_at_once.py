"""Two who enter the same at once: one is let in, the other is refused in words, on page and API."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from tests.api.conftest import Program, token_of
from tests.cases.conftest import make_campus
from tests.rulebook.papers import papers_asked
from tongdian.network.actions import add_feeder, add_place, add_transformer, remove_feeder
from tongdian.network.models import Place, Transformer
from tongdian.rulebook.models import CalendarChange, Choice
from tongdian.rulebook.queries import readable_packs


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


def all_at_once(ask: Callable[[], Any], times: int = 4) -> list[Any]:
    """What the same request is answered each time, sent by several at one moment."""
    ready = threading.Barrier(times)

    def asked() -> Any:
        ready.wait()
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return [one.result(60) for one in [threads.submit(asked) for _ in range(times)]]


def test_of_several_who_settle_the_same_at_once_one_does_and_the_others_are_told(campus, viewer):
    headers = token_of(viewer("administrator", "boss"))
    day = {"on": "2199-03-03", "kind": "rest", "name_zh": "校庆", "source": "通知"}
    replies = all_at_once(lambda: Program(headers).do("/workdays/changes", **day))
    assert sorted(one.status_code for one in replies) == [201, 422, 422, 422]
    assert {one.json()["code"] for one in replies if one.status_code == 422} == {"already-so"}
    assert CalendarChange.objects.count() == 1
    pack = next(one for one in readable_packs()[0] if one.interpretations)
    name, known = next(iter(pack.interpretations.items()))
    other = next(option for option in known.options if option != known.chosen)
    where = f"/packs/{pack.id}/interpretations/{name}/choose"
    replies = all_at_once(
        lambda: Program(headers).do(where, option=other, reason="会议决定", papers=papers_asked(pack))
    )
    assert sorted(one.status_code for one in replies) == [200, 422, 422, 422]
    assert Choice.objects.count() == 1


@pytest.fixture
def feeder(campus: Any) -> Any:
    given = {"utility": "power", "code": "F-9", "name": "九线"}
    return add_feeder(viewer=campus.clerk, organisation=campus.campus, at=timezone.now(), **given)


def test_who_changes_what_another_removes_at_this_moment_is_told_that_it_is_gone(campus, feeder):
    program, person = Program(token_of(campus.clerk)), Client()
    person.force_login(campus.clerk)
    seen = program.ask(f"/feeders/{feeder.pk}").json()["seen"]

    def remove():
        remove_feeder(viewer=campus.clerk, feeder=feeder, at=timezone.now())

    def change():
        by_hand = {"seen": seen, "code": "F-9", "name": "新名", "utility": "power"}
        said = program.do(f"/feeders/{feeder.pk}/change", seen=seen, name="新名")
        return said, person.post(f"/network/feeders/{feeder.pk}/", by_hand)

    program_is_told, page = while_another_has_entered(remove, change)
    assert (program_is_told.status_code, program_is_told.json()["code"]) == (404, "gone-meanwhile")
    assert page.status_code == 404


def test_what_names_a_thing_that_another_removes_at_this_moment_is_refused(campus, feeder):
    program = Program(token_of(campus.clerk))
    new = {"feeder": str(feeder.pk), "code": "T-9", "name": "九变", "capacity_kva": "100"}

    def remove():
        remove_feeder(viewer=campus.clerk, feeder=feeder, at=timezone.now())

    reply = while_another_has_entered(remove, lambda: program.do("/transformers", **new))
    assert reply.status_code == 404, reply.content
    assert not Transformer.objects.exists()


def test_what_another_names_at_this_moment_is_not_removed(campus, feeder):
    program = Program(token_of(campus.clerk))
    seen = program.ask(f"/feeders/{feeder.pk}").json()["seen"]
    new = {"code": "T-9", "name": "九变", "capacity_kva": Decimal(100), "power_factor": Decimal("0.9")}

    def name_it():
        add_transformer(viewer=campus.clerk, feeder=feeder, at=timezone.now(), is_public=False, **new)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")

    reply = while_another_has_entered(name_it, lambda: program.do(f"/feeders/{feeder.pk}/remove", seen=seen))
    assert (reply.status_code, reply.json()["code"]) == (422, "still-used")
    assert Transformer.objects.exists()


def test_what_no_action_looks_for_is_refused_all_the_same(campus, monkeypatch):
    """Where doing it again meets the database's refusal again: nothing is kept, and it is said."""
    monkeypatch.setattr("tongdian.network.actions.must_be_free", lambda *_a, **_k: None)
    by_another(campus)()
    program = Program(token_of(campus.clerk))
    reply = program.do("/places", organisation=str(campus.campus.pk), **NEW)
    assert (reply.status_code, reply.json()["code"]) == (409, "changed-meanwhile")
