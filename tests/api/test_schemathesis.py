"""Requests generated from the API's own description: no server error, and replies as described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi import checks

# A regulation refuses much that is well formed; and the token here is real whatever is generated.
NOT_ASKED = [checks.positive_data_acceptance, checks.ignored_auth]
OPERATIONS = [
    ("GET", "/api/v1/packs"),
    ("GET", "/api/v1/packs/{pack_id}"),
    ("GET", "/api/v1/packs/{pack_id}/clauses"),
    ("GET", "/api/v1/packs/{pack_id}/clauses/{clause_id}"),
    ("GET", "/api/v1/packs/{pack_id}/rules"),
    ("GET", "/api/v1/packs/{pack_id}/rules/{rule_id}"),
    ("POST", "/api/v1/packs/{pack_id}/rules/{rule_id}/answers"),
    ("GET", "/api/v1/workdays/add"),
    ("GET", "/api/v1/workdays/between"),
    ("GET", "/api/v1/workdays/days/{on}"),
    ("GET", "/api/v1/audit/head"),
    ("GET", "/api/v1/audit/entries/{sequence}/proof"),
    ("GET", "/api/v1/audit/consistency"),
]


@pytest.fixture
def description(db: Any) -> Iterator[Any]:
    from django.core.signals import request_finished, request_started
    from django.core.wsgi import get_wsgi_application
    from django.db import close_old_connections

    # the end of a real request closes the connection that the test's transaction lives in
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", get_wsgi_application(), headers={"Host": "127.0.0.1"}
    )
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_every_operation_is_listed_here(description: Any) -> None:
    found = [(one.ok().method.upper(), one.ok().path) for one in description.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_breaks_the_server(description: Any, token: Any, method: str, path: str) -> None:
    operation = description[path][method]
    headers = {"Host": "127.0.0.1", **token()}

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def sent(case: Any) -> None:
        for name, value in {"pack_id": "gxnu-2016-4", "rule_id": "construction-deposit"}.items():
            # half of the time a real pack and rule, so that requests get past the door
            if name in (case.path_parameters or {}) and len(case.path_parameters[name]) % 2:
                case.path_parameters[name] = value
        reply = case.call(headers=headers)
        assert reply.status_code < 500, case.as_curl_command()
        case.validate_response(reply, excluded_checks=NOT_ASKED)

    sent()
