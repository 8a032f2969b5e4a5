"""What programs ask, and what they are told."""

from __future__ import annotations

import datetime as dt
import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from django.test import Client
from pydantic import ValidationError

from tongdian.api.shapes.cases import Asked

pytestmark = pytest.mark.django_db
SHOP = "/api/v1/packs/gxnu-2016-4/rules/construction-deposit/answers"


def ask(client: Client, url: str, headers: Any = None, **question: Any) -> Any:
    return client.post(url, json.dumps(question), content_type="application/json", headers=headers)


def test_article_9_answers_with_its_reason(api: Client) -> None:
    reply = ask(api, SHOP, on="2026-03-02", given={"contract": 150000})
    assert reply.status_code == 200
    said = reply.json()
    assert said["value"] == {"from": "10000", "to": "30000"}
    assert said["cite"] == ["9(1)"]
    assert "over 100,000, up to and including 300,000" in said["says"]["en"]


def test_a_number_with_decimals_stays_exact(api: Client) -> None:
    reply = api.post(
        SHOP, '{"on": "2026-03-02", "given": {"contract": 100000.10}}', content_type="application/json"
    )
    assert reply.json()["inputs"]["contract"] == "100000.10"


def test_a_refusal_is_a_problem_in_the_caller_s_language(api: Client) -> None:
    reply = ask(api, SHOP, on="2026-03-02", given={"contract": "-1"})
    assert reply.status_code == 422
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["code"] == "bad-input"
    assert "is not between" in reply.json()["detail"]
    chinese = ask(api, SHOP, {"Accept-Language": "zh-hans"}, on="2026-03-02", given={"contract": "-1"})
    assert "不在" in chinese.json()["detail"]


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/api/v1/packs/none", 404, "unknown-pack"),
        ("/api/v1/packs/gxnu-2016-4/rules/none", 404, "unknown-rule"),
        ("/api/v1/packs/gxnu-2016-4/clauses/99", 404, "no-such-clause"),
        ("/api/v1/packs/..", 422, "invalid-request"),
        ("/api/v1/nothing", 404, "no-such-endpoint"),
        ("/api/v1/workdays/add?start=2026-02-30&n=1", 422, "invalid-request"),
        ("/api/v1/workdays/add?start=2199-01-01&n=1", 422, "beyond-published-calendar"),
        ("/api/v1/audit/head", 401, "not-signed-in"),
    ],
)
def test_what_is_not_there_or_not_allowed_is_a_problem(api: Client, url: str, status: int, code: str) -> None:
    reply = api.get(url)
    assert (reply.status_code, reply.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    ["{", "[1]", '{"on": NaN}', '{"on": "2026-01-01", "given": {"contract": "\\u0000"}}', "[" * 100_000],
)
def test_a_body_that_cannot_be_read_is_a_problem(api: Client, body: str) -> None:
    reply = api.post(SHOP, body, content_type="application/json")
    assert reply.status_code in (400, 422)


DAYS = (1777593600, "1777593600", "2026-05-01T00:00:00Z", "20260501", "2026-13-01")


def test_a_day_is_written_as_one_in_every_shape_and_address(api: Client) -> None:
    for day in DAYS:
        assert ask(api, SHOP, on=day, given={"contract": 150000}).status_code == 422
        assert api.get(f"/api/v1/workdays/add?start={day}&n=1").status_code == 422
    found = 0
    for shape in every(Asked):
        for name, declared in shape.model_fields.items():
            if not is_a_day(declared.annotation):
                continue
            found += 1
            for day in DAYS:
                wrong = [one for one in errors_of(shape, {name: day}) if one["loc"][0] == name]
                assert [one["type"] for one in wrong] == ["day"], f"{shape.__name__}.{name} takes {day}"
    assert found > 20


def is_a_day(declared: Any) -> bool:
    return declared is dt.date or any(is_a_day(one) for one in get_args(declared))


def every(shape: type) -> list[type]:
    return [shape, *(one for below in shape.__subclasses__() for one in every(below))]


def errors_of(shape: Any, given: dict[str, Any]) -> list[Any]:
    try:
        shape.model_validate(given)
    except ValidationError as refused:
        return refused.errors()
    return []


@pytest.mark.parametrize("number", ["5", "5.5", "0.10", "1e3", "12345678901234567890"])
def test_a_number_where_text_is_described_is_refused_in_plain_words(
    campus: Any, program: Any, number: str
) -> None:
    officer = program(campus.officer)
    body = json.dumps(FEEDER | {"organisation": str(campus.campus.pk)})[:-1] + f', "voltage_kv": {number}}}'
    reply = officer.post("/api/v1/feeders", body, content_type="application/json")
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["problem"] == 'must be text; a number is text too, such as "5.5"'
    wrong = officer.do("/feeders", **FEEDER, organisation=str(campus.campus.pk), voltage_kv="10kV")
    assert wrong.json()["errors"][0]["problem"].startswith("must be a number as text, with at most")
    chinese = officer.do(
        "/feeders", {"Accept-Language": "zh-hans"}, **FEEDER, organisation="x", voltage_kv="10kV"
    )
    said = {one["where"][-1]: one["problem"] for one in chinese.json()["errors"]}
    assert said["organisation"] == "须为编号（UUID）"
    assert said["voltage_kv"].startswith("须为写作文本的数")
    assert "pattern" not in chinese.content.decode()


FEEDER = {"utility": "power", "code": "F-8", "name": "八线"}


@pytest.mark.parametrize("filters", ["since=2026-13-01", "since=1777593600", "until=20260501", "state=zzz"])
def test_cases_are_not_listed_by_a_filter_that_cannot_be_read(
    campus: Any, program: Any, filters: str
) -> None:
    reply = program(campus.officer).get(f"/api/v1/cases?{filters}")
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid-request")


def test_clauses_come_page_by_page_without_gap(api: Client) -> None:
    first = api.get("/api/v1/packs/nea-2021-37/clauses?limit=100").json()
    second = api.get("/api/v1/packs/nea-2021-37/clauses", {"limit": 100, "after": first["next"]}).json()
    assert len(first["items"]) == 100
    assert second["next"] is None
    assert len({c["id"] for c in first["items"] + second["items"]}) == 187


def test_working_days_count_a_make_up_saturday(api: Client) -> None:
    assert api.get("/api/v1/workdays/add?start=2021-09-30&n=5").json()["end"] == "2021-10-13"
    assert api.get("/api/v1/workdays/between?start=2021-09-30&end=2021-10-13").json()["working_days"] == 5
    assert api.get("/api/v1/workdays/days/2021-10-09").json()["reason"] == "make_up"


def test_an_answer_is_kept_only_for_whom_a_token_knows(api: Client, token: Any) -> None:
    from tongdian.audit_log.models import Entry
    from tongdian.rulebook.models import KeptAnswer

    question = {"on": "2026-03-02", "given": {"contract": "150000"}, "keep": "contract:2026-17"}
    assert ask(api, SHOP, **question).status_code == 401
    assert ask(api, SHOP, {"Authorization": "Bearer tdn_no"}, **question).status_code == 401
    kept = ask(api, SHOP, token(), **question).json()["kept"]
    assert KeptAnswer.objects.get(pk=kept).subject == "contract:2026-17"
    assert Entry.objects.filter(action="keep-answer", subject=f"answer:{kept}").exists()


def test_kept_answers_are_made_again_and_a_difference_is_named(api: Client, token: Any) -> None:
    from tongdian.rulebook.commands import install_packs, reexplain_answers
    from tongdian.rulebook.models import KeptAnswer

    install_packs()
    kept = ask(api, SHOP, token(), on="2026-03-02", given={"contract": "150000"}, keep="a").json()["kept"]
    assert reexplain_answers().different == ()
    stored = KeptAnswer.objects.get(pk=kept)
    forged = stored.answer | {"value": {"from": "1", "to": "2"}}
    KeptAnswer.objects.create(
        at=stored.at,
        pack=stored.pack,
        content_hash=stored.content_hash,
        rule=stored.rule,
        on=stored.on,
        given=stored.given,
        taken=stored.taken,
        subject="b",
        answer=forged,
    )
    report = reexplain_answers()
    assert report.made == 2
    assert [how.en[:5] for _, how in report.different] == ["value"]


def test_an_officer_s_token_does_not_read_the_log(api: Client, token: Any) -> None:
    from tongdian.parties.models import Role

    assert api.get("/api/v1/audit/head", headers=token(Role.OFFICER)).status_code == 403


def test_a_revoked_or_expired_token_no_longer_signs_in(db: Any, viewer: Any) -> None:
    from tongdian.api.actions import make_token, revoke_token
    from tongdian.api.queries import account_of

    account = viewer("officer")
    made = datetime(2026, 1, 1, tzinfo=UTC)
    token, secret = make_token(account=account, title="t", at=made)
    assert account_of(secret=secret, at=made + timedelta(days=364)) == account
    assert account_of(secret=secret, at=made + timedelta(days=366)) is None
    revoke_token(account=account, token=token, at=made + timedelta(days=1))
    assert account_of(secret=secret, at=made + timedelta(days=2)) is None
