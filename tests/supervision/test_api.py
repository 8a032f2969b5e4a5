"""Returns by programs: the same actions, the same refusals, the same offices as on the pages."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.conftest import token_of
from tests.supervision.conftest import benefits, cells_of, d
from tongdian.supervision.actions import filing

COUNTY = "/api/v1/returns/YSQ/annex-3/2026-H1"


@pytest.fixture
def programs(nation):
    """A program of the county's clerk and officer, and of the city's officer."""
    who = {
        "clerk": nation.who["yanshan"].clerk, "officer": nation.who["yanshan"].officer,
        "city": nation.who["city"].officer, "other": nation.who["qixing"].officer,
    }  # fmt: skip
    return {name: Client(headers=token_of(account)) for name, account in who.items()}


def post(client, path, **body):
    return client.post(path, json.dumps(body), content_type="application/json")


def cells(nation, *numbers):
    return cells_of(filing.form_for(nation.province, "annex-3", d("2026-07-10")), **benefits(*numbers))


def test_a_county_files_by_program_and_the_city_accepts(nation, programs):
    made = post(programs["clerk"], f"{COUNTY}/fill", cells=cells(nation, 12, 3), begun_from=0)
    assert (made.status_code, made.json()["state"], made.json()["version"]) == (201, "draft", 1)
    own = post(programs["clerk"], f"{COUNTY}/review", seen="1.0")
    assert own.status_code == 403  # a clerk reviews nothing
    assert made.json()["seen"] == "1.0"
    assert post(programs["officer"], f"{COUNTY}/review").status_code == 428  # what was seen?
    other = post(programs["officer"], f"{COUNTY}/review", seen="2.0")
    assert (other.status_code, other.json()["code"]) == (409, "version-moved-on")
    assert post(programs["officer"], f"{COUNTY}/review", seen="1.0").json()["state"] == "reviewed"
    today = timezone.localdate()
    closed = post(programs["officer"], f"{COUNTY}/file", seen="1.1")  # 15 August 2026 has gone by
    assert (closed.status_code, closed.json()["code"]) == (409, "period-closed")
    ask = post(programs["clerk"], f"{COUNTY}/ask-late", until=today.isoformat(), reason="汛期停电").json()
    assert (ask["closed"], ask["asked_late"]["reason"]) == (True, "汛期停电")
    leave = {"until": today.isoformat(), "reason": "汛期停电"}
    assert (
        post(programs["clerk"], f"{COUNTY}/allow-late", **leave).status_code == 403
    )  # nobody allows it himself
    assert post(programs["city"], f"{COUNTY}/allow-late", **leave).status_code == 200
    filed = post(programs["officer"], f"{COUNTY}/file", seen="1.1").json()
    assert (filed["state"], filed["filed_on"], filed["is_on_time"]) == ("submitted", today.isoformat(), False)
    below = programs["city"].get("/api/v1/returns/GLS/annex-3/2026-H1/below").json()
    assert (below["expected"], below["received"], below["on_time"], below["rate"]) == (2, 1, 0, 50)
    assert [one["office"] for one in below["items"] if one["state"] == "missing"] == ["QXQ"]
    asked = post(
        programs["city"], f"{COUNTY}/ask", row="beneficiaries", column="residents", text="比去年少？", answer_by="2026-12-20",
        seen="1.2",
    ).json()  # fmt: skip
    question = asked["questions"][0]["id"]
    said = post(programs["clerk"], f"{COUNTY}/questions/{question}/answer", text="去年一个新小区")
    assert said.json()["questions"][0]["answer"] == "去年一个新小区"
    assert post(programs["city"], f"{COUNTY}/accept", seen="1.2").json()["state"] == "accepted"
    steps = [one["what"] for one in programs["officer"].get(COUNTY).json()["steps"]]
    assert steps == ["reviewed", "submitted", "accepted"]


def test_what_does_not_add_up_is_said_in_the_draft_and_refused_when_it_is_reviewed(nation, programs):
    wrong = cells(nation, 12, 3)
    wrong["beneficiaries"]["total"]["value"] = "16"  # 12 + 3 = 15
    made = post(programs["clerk"], f"{COUNTY}/fill", cells=wrong, begun_from=0).json()
    assert [(one["severity"], one["row"]) for one in made["disagreements"]] == [("block", "beneficiaries")]
    refused = post(programs["officer"], f"{COUNTY}/review", seen=made["seen"])
    assert (refused.status_code, refused.json()["code"]) == (422, "checks-fail")


def test_of_two_programs_that_rest_on_one_version_the_second_is_told(nation, programs):
    assert post(programs["clerk"], f"{COUNTY}/fill", cells={}, begun_from=0).status_code == 201
    assert post(programs["officer"], f"{COUNTY}/fill", cells={}, begun_from=0).status_code == 409


@pytest.mark.parametrize("path", ["", "/sdmx.csv"])
def test_another_county_s_program_sees_no_return(nation, programs, path):
    post(programs["clerk"], f"{COUNTY}/fill", cells=cells(nation, 1), begun_from=0)
    assert programs["other"].get(COUNTY + path).status_code == 404
    assert programs["clerk"].get(COUNTY + path).status_code == 200
    assert programs["other"].get("/api/v1/returns/GLS/annex-3/2021-H1/below").status_code == 404
    assert programs["other"].get("/api/v1/tasks/YSQ").status_code == 404


@pytest.mark.parametrize(
    "path", ["NONE/annex-3/2026-H1", "YSQ/annex-9/2026-H1", "YSQ/annex-3/2026-H2", "YSQ/annex-3/0000-H1"]
)
def test_what_is_not_there_is_not_found(nation, programs, path):
    assert programs["clerk"].get(f"/api/v1/returns/{path}").status_code == 404


def test_statistics_leave_as_sdmx_csv_and_what_is_missing_is_not_nought(nation, programs):
    given = cells(nation, 12, 0)
    given["beneficiaries"]["savings"] = {"value": "", "status": "N", "why": "本县无高压用户"}
    post(programs["clerk"], f"{COUNTY}/fill", cells=given, begun_from=0)
    reply = programs["clerk"].get(f"{COUNTY}/sdmx.csv")
    rows = list(csv.DictReader(io.StringIO(reply.content.decode())))
    of_people = {row["COLUMN"]: row for row in rows if row["ROW"] == "beneficiaries"}
    assert {row["TIME_PERIOD"] for row in rows} == {"2026-S1"}
    assert {row["REF_AREA"] for row in rows} == {"450311"}
    assert (of_people["residents"]["OBS_VALUE"], of_people["residents"]["OBS_STATUS"]) == ("12", "A")
    assert (of_people["firms"]["OBS_VALUE"], of_people["firms"]["OBS_STATUS"]) == ("0", "A")
    savings = of_people["savings"]
    assert (savings["OBS_VALUE"], savings["OBS_STATUS"], savings["COMMENT"]) == ("", "M", "本县无高压用户")


def test_tasks_are_read_and_reported_as_of_a_day(nation, programs):
    made = post(
        programs["clerk"], "/api/v1/tasks/YSQ/report", clause="附件1/17", state="done", on="2026-07-09", text="已印发",
        paper="雁发改〔2021〕3号",
    )  # fmt: skip
    assert made.status_code == 201, made.content
    assert post(
        programs["clerk"], "/api/v1/tasks/YSQ/report", clause="附件1/17", state="done", on="2026-07-09", text="x"
    ).status_code == 422  # done without a paper  # fmt: skip
    now = {one["clause"]: one for one in programs["clerk"].get("/api/v1/tasks/YSQ").json()}
    before = {
        one["clause"]: one for one in programs["clerk"].get("/api/v1/tasks/YSQ?as_of=2026-07-08").json()
    }
    assert now["附件1/17"]["done_on"] == "2026-07-09"
    assert before["附件1/17"]["done_on"] is None


@pytest.mark.parametrize(
    "cell", ["5", 5, [5], True, None, {"valu": "5"}, {"value": 5}, {"value": "5", "extra": 1}], ids=str
)
def test_a_cell_of_another_shape_is_refused_and_not_taken_for_a_blank(nation, programs, cell):
    given = {"beneficiaries": {"residents": cell}}
    reply = post(programs["clerk"], f"{COUNTY}/fill", cells=given, begun_from=0)
    assert reply.status_code == 422, reply.content
    assert post(programs["clerk"], f"{COUNTY}/fill", cells={}, begun_from=True).status_code == 422


def test_a_figure_with_a_value_is_not_missing(nation, programs):
    """Else a wrong total would be said to be missing, and no check would look at it."""
    given = cells(nation, 12, 3)
    given["beneficiaries"]["total"] = {"value": "999999", "status": "N", "why": "见附注"}
    reply = post(programs["clerk"], f"{COUNTY}/fill", cells=given, begun_from=0)
    assert (reply.status_code, reply.json()["code"]) == (422, "bad-cell")


def test_where_a_figure_is_from_is_found_out_and_not_told(nation, programs):
    given = cells(nation, 12, 3)
    given["beneficiaries"]["residents"]["source"] = "cases"  # nothing was counted
    made = post(programs["clerk"], f"{COUNTY}/fill", cells=given, begun_from=0).json()
    assert made["cells"]["beneficiaries"]["residents"]["source"] == "entered"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2199-01-01"])
def test_a_day_to_come_is_refused(nation, programs, day):
    for path in ("/api/v1/returns", COUNTY, f"{COUNTY}/sdmx.csv", "/api/v1/tasks/YSQ"):
        assert programs["clerk"].get(f"{path}?as_of={day}").status_code == 422, path
