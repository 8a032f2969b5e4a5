"""What programs rely on changes on purpose only."""

import pytest

from tests.api.conftest import token_of
from tests.api.openapi import LOOKED_AT, described


def test_the_description_is_the_one_that_was_looked_at():
    assert described() == LOOKED_AT.read_text(encoding="utf-8"), "read the difference: tests/api/openapi.py"


@pytest.mark.django_db
def test_a_parameter_that_is_misspelt_is_refused_and_the_known_ones_are_named(client, viewer):
    headers = token_of(viewer("administrator"))
    assert client.get("/api/v1/feeders?utility=water", headers=headers).status_code == 200
    reply = client.get("/api/v1/feeders?utilty=water", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "unknown-parameter")
    assert "utility" in reply.json()["detail"]
    assert client.get("/api/v1/packs?x=1").status_code == 422
