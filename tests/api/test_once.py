"""The same request twice is done once; the answer stands or falls with what it answers for."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import at_the_counter, token_of
from tests.cases.conftest import make_campus

KEY = {"Idempotency-Key": "0f8fad5b-d9cb-469f-a165-70867728950e"}


def cases_there_are() -> int:
    from tongdian.cases.models import Case

    return Case.objects.count()


def test_the_same_request_again_gets_the_first_answer(campus: Any, program: Any) -> None:
    clerk = program(campus.counter)
    first = clerk.do("/cases", KEY, **at_the_counter(campus))
    again = clerk.do("/cases", KEY, **at_the_counter(campus))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert cases_there_are() == 1
    clerk.do("/cases", **at_the_counter(campus))  # without a key it is done again
    assert cases_there_are() == 2


def test_the_key_of_another_request_is_refused(campus: Any, program: Any) -> None:
    clerk = program(campus.counter)
    clerk.do("/cases", KEY, **at_the_counter(campus))
    for reply in (
        clerk.do("/cases", KEY, **at_the_counter(campus, channel="phone")),
        clerk.do("/cases/YS-2026-000001/settle", KEY),
    ):
        assert (reply.status_code, reply.json()["code"]) == (422, "key-used-already")
    assert cases_there_are() == 1


def test_a_key_belongs_to_the_token_that_used_it(campus: Any, program: Any) -> None:
    program(campus.counter).do("/cases", KEY, **at_the_counter(campus))
    assert "Idempotency-Replayed" not in program(campus.counter).do("/cases", KEY, **at_the_counter(campus))
    assert cases_there_are() == 2


def test_a_refusal_leaves_no_trace_and_may_be_mended(campus: Any, program: Any) -> None:
    from tongdian.api.models import Answered

    clerk = program(campus.counter)
    refused = clerk.do("/cases", KEY, **at_the_counter(campus, process="none"))
    assert refused.status_code == 404
    assert Answered.objects.count() == 0
    assert clerk.do("/cases", KEY, **at_the_counter(campus)).status_code == 201


def test_an_answer_that_cannot_be_given_undoes_what_was_done(
    campus: Any, program: Any, monkeypatch: Any
) -> None:
    from tongdian.api.v1 import steps

    def fails(case: Any) -> None:
        raise RuntimeError("after the case was opened")

    clerk = program(campus.counter)
    clerk.raise_request_exception = False
    monkeypatch.setattr(steps, "standing", fails)
    assert clerk.do("/cases", KEY, **at_the_counter(campus)).status_code == 500
    assert cases_there_are() == 0


@pytest.mark.parametrize("key", ["short", "with a blank inside it", "x" * 101])
def test_a_key_that_others_might_make_up_too_is_refused(campus: Any, program: Any, key: str) -> None:
    reply = program(campus.counter).do("/cases", {"Idempotency-Key": key}, **at_the_counter(campus))
    assert reply.json()["code"] == "key-not-usable"


def test_what_is_kept_tells_nothing_about_anybody(campus: Any, program: Any) -> None:
    from tongdian.api.models import Answered

    clerk = program(campus.counter)
    made = clerk.do("/customers", KEY, organisation=str(campus.campus.pk), name="李小红", phone="13807730009")
    assert made.status_code == 201, made.content
    kept = bytes(Answered.objects.get().answer)
    assert "李小红".encode() not in kept
    assert (
        clerk.do(
            "/customers", KEY, organisation=str(campus.campus.pk), name="李小红", phone="13807730009"
        ).json()
        == made.json()
    )


def test_an_upload_is_known_again_by_what_was_sent(campus: Any) -> None:
    """The boundary between its parts is another each time, the content is not."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.connections.conftest import picture

    def send(text: str) -> Any:
        sent = SimpleUploadedFile("lease.jpg", picture(text), "image/jpeg")
        return Client(headers=KEY).post("/api/v1/uploads", {"file": sent})

    first, again = send("lease"), send("lease")
    assert (first.status_code, first.content) == (201, again.content)
    assert again["Idempotency-Replayed"] == "true"
    assert send("another").json()["code"] == "key-used-already"


def test_answers_are_forgotten_after_a_day(campus: Any, program: Any) -> None:
    from tongdian.api.actions import forget_answers
    from tongdian.api.models import Answered

    program(campus.counter).do("/cases", KEY, **at_the_counter(campus))
    made = Answered.objects.get().at
    assert forget_answers(at=made + timedelta(hours=23, minutes=59)) == 0
    assert forget_answers(at=made + timedelta(hours=24, minutes=1)) == 1


def test_of_eight_at_once_one_is_done_and_all_get_its_answer(committed: Any, viewer: Any) -> None:
    from django.db import connections

    campus = make_campus(viewer)
    headers = {**token_of(campus.counter), **KEY}
    together = Barrier(8)

    def send(_: int) -> Any:
        together.wait()
        try:
            return Client().post(
                "/api/v1/cases",
                json.dumps(at_the_counter(campus)),
                content_type="application/json",
                headers=headers,
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as all_of_them:
        replies = list(all_of_them.map(send, range(8)))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.content for reply in replies}) == 1
    assert sorted("Idempotency-Replayed" in reply for reply in replies) == [False] + [True] * 7
    assert cases_there_are() == 1
