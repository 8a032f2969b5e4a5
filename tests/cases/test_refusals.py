"""8(2): "审批不同意的，告知理由". A case that ended with a no is told apart from one that was granted."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.conftest import token_of
from tests.cases.brought import brought
from tongdian.cases import actions, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(campus, open_today):
    case = open_today
    for by, stage, more in (
        (campus.counter, "apply", {}),
        (campus.officer, "approve", {"facts": {"approved": "false"}}),
        (campus.officer, "refuse", {"note": "该位置没有供水条件"}),
    ):
        case.refresh_from_db()
        actions.close_stage(
            viewer=by,
            case=case,
            stage=stage,
            seen=case.seq,
            at=timezone.now(),
            **brought(case, stage, **more),
        )
    case.refresh_from_db()
    return case


def test_a_refused_case_says_so_on_its_page_in_lists_and_by_the_program(english, campus, refused):
    assert (refused.ending, queries.ending_of(refused)) == ("finished", "refused")
    english.force_login(campus.counter)
    page = english.get(f"/cases/{refused.number}/").content.decode()
    assert '<span class="standing is-refused">Not agreed to</span>' in page
    found = {
        state: refused.number in english.get(f"/cases/?state={state}").content.decode()
        for state in ("finished", "refused", "withdrawn", "open")
    }
    assert found == {"finished": False, "refused": True, "withdrawn": False, "open": False}
    programs = Client(headers=token_of(campus.counter))
    (row,) = programs.get("/api/v1/cases?state=refused").json()["items"]
    assert (row["number"], row["ending"]) == (refused.number, "refused")
    assert programs.get("/api/v1/cases?state=finished").json()["items"] == []
