"""Requests generated from the API's own description: no server error, and replies as described."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi import checks

from tests.api.conftest import token_of
from tests.architecture.access import API
from tests.architecture.test_access import filled
from tests.architecture.two_campuses import build

# A regulation refuses much that is well formed; and the token here is real whatever is generated.
NOT_ASKED = [checks.positive_data_acceptance, checks.ignored_auth]
PATHS = sorted({one.split(" ", 1)[1] for one in API})
SHARES = {f"{PATHS[i]} …": PATHS[i : i + 15] for i in range(0, len(PATHS), 15)}


@cache
def _read_once() -> Any:
    """The description as the program gives it: nine seconds to read."""
    from django.core.wsgi import get_wsgi_application

    return schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", get_wsgi_application(), headers={"Host": "127.0.0.1"}
    )


@pytest.fixture
def description(db: Any) -> Iterator[Any]:
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    # the end of a real request closes the connection that the test's transaction lives in
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield _read_once()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("share", SHARES)
def test_no_request_breaks_the_server(description: Any, viewer: Any, share: str) -> None:
    """Half of the time about things that there are, so that requests get past the door."""
    from tests.tries import forget_all_tries

    world = build(viewer)
    headers = {"Host": "127.0.0.1", **token_of(world.people["administrator"])}

    def ask(operation: Any, known: dict[str, str]) -> None:
        @settings(
            max_examples=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=operation.as_strategy())
        def sent(case: Any) -> None:
            if case.path_parameters and len(str(case.path_parameters)) % 2:
                case.path_parameters.update(known)
            reply = case.call(headers=headers)
            assert reply.status_code < 500, case.as_curl_command()
            case.validate_response(reply, excluded_checks=NOT_ASKED)

        sent()

    for path in SHARES[share]:
        forget_all_tries()
        parts = zip(path.split("/"), filled(path, world.ours).split("/"), strict=False)
        known = {part[1:-1]: value for part, value in parts if part.startswith("{")}
        methods = [one.split(" ", 1)[0] for one in API if one.split(" ", 1)[1] == path]
        for method in methods:
            ask(description[f"/api/v1{path}"][method], known)


def test_a_path_with_a_line_break_is_answered_as_any_other(api: Any) -> None:
    reply = api.get("/api/v1/packs/gxnu-2016-4/clauses/9%0A(1)")
    assert (reply.status_code, reply["Content-Type"]) == (404, "application/problem+json")
