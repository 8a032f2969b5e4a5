"""A shop on campus, from the application to the supply, by programs alone."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.conftest import Program, at_the_counter
from tests.cases.brought import in_store
from tests.connections.conftest import picture
from tests.consent import CONSENT
from tongdian.bigrams import bigrams

pytestmark = pytest.mark.django_db
WANG = {"name": "王小明", "identity": "450305199003070016", "phone": "13807730001", "purpose": "奶茶店"}
DEPOSIT = {
    "deposit_paid": "3000",
    "deposit_reason": "面积小",
    "deposit_approver": "节能办主任",
    "deposit_receipt": "0042",
}
APPLY = "/offices/YS/services/shop-application/applications"


def upload(someone: Program, text: str) -> str:
    sent = SimpleUploadedFile(f"{text}.jpg", picture(text), "image/jpeg")
    reply = someone.post("/api/v1/uploads", {"file": sent})
    assert reply.status_code == 201, reply.content
    return str(reply.json()["ticket"])


def apply(campus: Any, **more: Any) -> Any:
    anybody = Program()
    papers = {
        item: [{"ticket": upload(anybody, item), "name": f"{item}.jpg"}]
        for item in ("shop-lease", "shopkeeper-identity")
    }
    said = {
        **WANG,
        "consent": CONSENT,
        "place": str(campus.shop.pk),
        "capacity_kw": "12",
        "papers": papers,
        **more,
    }
    return anybody.do(APPLY, **said)


@pytest.fixture
def applied(campus: Any) -> Any:
    reply = apply(campus)
    assert reply.status_code == 201, reply.content
    return reply.json()


def close(someone: Program, stage: str, seen: int, **more: Any) -> Any:
    return someone.do(f"/cases/YS-2026-000001/stages/{stage}/close", seen=seen, **more)


def test_what_a_service_asks_for_comes_straight_from_the_pack(campus: Any) -> None:
    anybody = Program()
    assert [one["short"] for one in anybody.ask("/offices").json()] == ["YS"]
    assert "shop-application" in [one["process"] for one in anybody.ask("/offices/YS/services").json()]
    service = anybody.ask("/offices/YS/services/shop-application").json()
    assert [one["item"] for one in service["papers"][0]["papers"]] == [
        "usage-approval-form",
        "shop-lease",
        "shopkeeper-identity",
    ]
    assert [step["stage"] for step in service["steps"]][:3] == ["apply", "approve", "refuse"]
    campus.shop.pairs = bigrams(campus.shop.name)
    campus.shop.save()
    assert [one["name"] for one in anybody.ask("/offices/YS/places", q="门面").json()] == [
        "雁山校区 3 号门面"
    ]


def test_an_application_with_its_papers_goes_straight_to_the_office(campus: Any, applied: Any) -> None:
    standing = applied["standing"]
    assert standing["number"].startswith("YS-")
    assert [(one["stage"], one["office"]) for one in standing["open"]] == [("approve", "YSJN")]
    own = Program({"Authorization": f"Bearer {applied['token']}"})
    seen = own.ask(f"/cases/{standing['number']}")
    assert seen.json()["customer"]["name"] == "王小明"
    assert seen["ETag"] == f'"{standing["seq"]}"'
    assert [one["deed"] for one in seen.json()["next"]] == ["withdraw"]
    assert own.ask("/cases/YS-2026-999999").status_code == 404


def test_number_and_telephone_give_a_token_for_that_case_alone(campus: Any, applied: Any) -> None:
    anybody = Program()
    number = applied["standing"]["number"]
    wrong = anybody.do("/track", number=number, phone="13807730002")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "not-found-together")
    token = anybody.do("/track", number=number, phone="138 0773 0001").json()["token"]
    own = Program({"Authorization": f"Bearer {token}"})
    assert own.ask(f"/cases/{number}/standing").status_code == 200
    assert own.ask("/cases").status_code == 401  # it is no account
    assert own.ask(f"/cases/{number}/events").status_code == 401
    forged = Program({"Authorization": f"Bearer {token}x"})
    assert forged.ask(f"/cases/{number}/standing").status_code == 401


def test_guessing_a_telephone_ends_after_eight_tries(campus: Any, applied: Any) -> None:
    anybody, number = Program(), applied["standing"]["number"]
    tries = [anybody.do("/track", number=number, phone=f"1380773{n:04}").status_code for n in range(9)]
    assert tries == [404] + [200] + [404] * 6 + [429]  # 13807730001 is the right one
    assert anybody.do("/track", number=number, phone="13807730001").status_code == 429


def test_the_shop_gets_its_supply_through_every_office(campus: Any, applied: Any, program: Any) -> None:
    number, seq = applied["standing"]["number"], applied["standing"]["seq"]
    officer, clerk = program(campus.officer), program(campus.clerk)
    technician = program(campus.technician)
    todo = officer.ask(f"/cases/{number}").json()["next"][0]
    assert (todo["deed"], todo["stage"], todo["facts"]) == ("close", "approve", ["approved"])

    def step(someone: Program, stage: str, **more: Any) -> Any:
        nonlocal seq
        reply = someone.do(f"/cases/{number}/stages/{stage}/close", seen=seq, **more)
        assert reply.status_code == 200, reply.content
        seq = reply.json()["seq"]
        return reply.json()

    step(officer, "approve", facts={"approved": True})
    both = step(clerk, "accept", facts={"supplies": "both"})
    assert sorted(one["stage"] for one in both["open"]) == ["deposit", "sign"]
    step(clerk, "sign", given=signing(clerk, number), files=[upload(clerk, "协议")])
    asked = next(one for one in both["next"] if one["stage"] == "deposit") if "next" in both else None
    assert asked is None or asked["facts"] == [*DEPOSIT]
    step(clerk, "deposit", facts=DEPOSIT, evidence=["收据 0042"])
    meters = {"power_meter": "D1001", "power_start": "0", "water_meter": "S1001", "water_start": "0"}
    in_store(campus.shop, "power", "D1001")
    in_store(campus.shop, "water", "S1001")
    step(technician, "install", facts=meters, evidence=["表号 1001"])
    done = step(technician, "open", files=[upload(technician, "送电单")])
    assert (done["ending"], done["open"]) == ("finished", [])
    events = clerk.ask(f"/cases/{number}/events").json()
    assert [one["kind"] for one in events].count("stage_closed") == 7
    assert [one["stage"] for one in events if one["ends_case"]] == ["open"]
    assert [row["customer_class"] for row in clerk.ask("/agreements").json()["items"]] == ["shop"]
    rated = Program({"Authorization": f"Bearer {applied['token']}"})
    assert rated.do(f"/cases/{number}/rating", score=5).json()["score"] == 5
    again = rated.do(f"/cases/{number}/rating", score=1)
    assert (again.status_code, again.json()["code"]) == (422, "rated-already")


def signing(clerk: Program, number: str) -> dict[str, str]:
    """The answers that signing on paper asks for."""
    todo = clerk.ask(f"/cases/{number}").json()["next"]
    asked = next(one for one in todo if one["stage"] == "sign")["given"]
    known = {"customer_class": "shop", "price_category": "commercial"}
    return {name: known[name] for name in asked if name in known}


def test_of_two_who_act_at_once_the_second_is_told_where_it_stands(
    campus: Any, applied: Any, program: Any
) -> None:
    officer, number, seq = (
        program(campus.officer),
        applied["standing"]["number"],
        applied["standing"]["seq"],
    )
    path = f"/cases/{number}/stages/approve/close"
    assert officer.do(path, seen=seq, facts={"approved": True}).status_code == 200
    late = officer.do(path, seen=seq, facts={"approved": True})
    assert (late.status_code, late.json()["code"]) == (409, "case-moved-on")
    assert late.json()["now"] == officer.ask(f"/cases/{number}/standing").json()["seq"]
    assert officer.do(path, facts={}).status_code == 428
    matched = officer.do(path, {"If-Match": f'"{seq}"'})
    assert matched.status_code == 409


def test_who_may_not_see_a_case_is_told_that_there_is_none(
    campus: Any, applied: Any, viewer: Any, program: Any
) -> None:
    from tests.cases.conftest import organisation

    other = organisation("campus", "育才校区", "YC", region="450305")
    stranger = program(viewer("officer", "stranger", at=other))
    number = applied["standing"]["number"]
    for reply in (
        stranger.ask(f"/cases/{number}"),
        stranger.ask(f"/cases/{number}/papers"),
        stranger.do(f"/cases/{number}/stages/approve/close", seen=2),
        stranger.do(f"/cases/{number}/stages/none/close", seen=2),
        stranger.do(f"/cases/{number}/withdraw", seen=2, reason="x"),
    ):
        assert (reply.status_code, reply.json()["code"]) == (404, "no-such-case")
    assert stranger.ask("/cases").json()["items"] == []
    technician = program(campus.technician)  # sees it, and has no say in the approval
    refused = technician.do(f"/cases/{number}/stages/approve/close", seen=2)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


def test_a_file_is_handed_in_by_its_ticket_and_not_by_its_hash(
    campus: Any, applied: Any, program: Any
) -> None:
    clerk, number = program(campus.counter), applied["standing"]["number"]
    path = f"/cases/{number}/papers/shop-lease/receive"
    ticket = upload(clerk, "a better photograph")
    received = clerk.do(path, ticket=ticket, name="lease.jpg")
    assert received.status_code == 201, received.content
    lists = clerk.ask(f"/cases/{number}/papers").json()
    lease = next(one for one in lists[0]["needed"] if one["item"] == "shop-lease")
    assert len(lease["received"]) == 2
    id_ = lease["received"][1]["id"]
    shown = clerk.ask(f"/cases/{number}/papers/{id_}/file")
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert clerk.do(path, ticket="0" * 64).json()["code"] == "upload-unknown"
    posed = clerk.do(f"/cases/{number}/stages/approve/close", seen=2, evidence=["file:00:x"])
    assert posed.json()["code"] == "bad-input"


def test_what_is_no_paper_is_not_kept(campus: Any) -> None:
    sent = SimpleUploadedFile("lease.pdf", b"#!/bin/sh\n", "application/pdf")
    reply = Program().post("/api/v1/uploads", {"file": sent})
    assert (reply.status_code, reply.json()["code"]) == (422, "type-not-allowed")
    empty = Program().post("/api/v1/uploads", {"file": io.BytesIO(b"")})
    assert empty.status_code == 422


def test_pages_of_cases_neither_skip_nor_repeat(campus: Any, program: Any) -> None:
    clerk = program(campus.counter)
    for _ in range(5):
        made = clerk.do("/cases", **at_the_counter(campus))
        assert made.status_code == 201, made.content
    first = clerk.ask("/cases", limit=2).json()
    second = clerk.ask("/cases", limit=2, after=first["next"]).json()
    third = clerk.ask("/cases", limit=2, after=second["next"]).json()
    numbers = [one["number"] for page in (first, second, third) for one in page["items"]]
    assert [number[-1] for number in numbers] == ["5", "4", "3", "2", "1"]
    assert third["next"] is None
    assert clerk.ask("/cases", after="?").json()["code"] == "bad-cursor"
    assert clerk.ask("/cases", limit=201).status_code == 422
    assert clerk.ask("/cases", state="finished").json()["items"] == []


def test_a_customer_is_masked_and_reading_the_numbers_is_recorded(
    campus: Any, applied: Any, program: Any
) -> None:
    from tongdian.audit_log.models import Entry

    clerk, technician = program(campus.clerk), program(campus.technician)
    found = clerk.ask("/customers", q=WANG["identity"]).json()["items"]
    assert [one["name"] for one in found] == ["王小明"]
    assert WANG["identity"] not in str(found)
    path = f"/customers/{found[0]['id']}/numbers"
    assert clerk.do(path).json() == {"identity": WANG["identity"], "phone": WANG["phone"]}
    assert Entry.objects.filter(action="read-customer-numbers").count() == 1
    assert technician.do(path).status_code == 403
    assert Entry.objects.filter(action="read-customer-numbers").count() == 1


def test_a_repair_is_reported_followed_and_mended(campus: Any, program: Any) -> None:
    anybody, technician = Program(), program(campus.technician)
    made = anybody.do(
        "/offices/YS/repairs", utility="water", what="水管漏水", place_text="3 号门面", phone="13807730001"
    )
    assert made.status_code == 201, made.content
    number = made.json()["number"]
    assert technician.ask("/repairs").json()["items"][0]["number"] == number
    steps, seen = f"/repairs/{number}/steps", technician.ask(f"/repairs/{number}").json()["seen"]
    assert technician.do(steps, state="taken").status_code == 428
    taken = technician.do(steps, state="taken", seen=seen)
    assert taken.status_code == 201, taken.content
    assert technician.do(steps, state="done", seen=seen).status_code == 409
    seen = taken.json()["seen"]
    assert technician.do(steps, state="taken", seen=seen).json()["code"] == "already-so"
    assert technician.do(steps, state="done", note="换了阀门", seen=seen).status_code == 201
    followed = anybody.do("/track", number=number, phone="13807730001").json()["repair"]
    assert [one["state"] for one in followed["steps"]] == ["reported", "taken", "done"]


def test_a_visit_is_booked_at_an_hour_that_is_offered(campus: Any, applied: Any, program: Any) -> None:
    number = applied["standing"]["number"]
    own = Program({"Authorization": f"Bearer {applied['token']}"})
    hours = own.ask(f"/cases/{number}/visit-hours").json()
    booked = own.do(f"/cases/{number}/visits", starts_at=hours[0])
    assert booked.json()["state"] == "booked"
    never = own.do(f"/cases/{number}/visits", starts_at="2026-01-01T03:00:00+08:00")
    assert never.json()["code"] == "no-such-slot"
    path = f"/cases/{number}/visits/{booked.json()['id']}/end"
    assert own.do(path, state="done").status_code == 403
    assert own.do(path, state="cancelled").json()["state"] == "cancelled"


def test_a_step_asks_the_database_little(
    campus: Any, applied: Any, program: Any, django_assert_max_num_queries: Any
) -> None:
    officer, number = program(campus.officer), applied["standing"]["number"]
    path, said = f"/cases/{number}/stages/approve/close", {"facts": {"approved": True}}
    with django_assert_max_num_queries(20):
        reply = officer.do(path, seen=applied["standing"]["seq"], **said)
    assert reply.status_code == 200
    assert set(reply.json()) == {
        "number",
        "seq",
        "opened_on",
        "last_on",
        "suspended_since",
        "ended_on",
        "ending",
        "open",
    }
