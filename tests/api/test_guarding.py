"""Limits on guessing, and what is told to caches."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.conftest import at_the_counter, token_of
from tongdian.parties.limits import count_try

pytestmark = pytest.mark.django_db


def test_a_password_cannot_be_guessed_for_long(viewer: Any) -> None:
    account = viewer("officer", "guessed")
    account.set_password("right and long enough")
    account.save()

    def sign_in(password: str, address: str = "192.0.2.1") -> bool:
        person = Client(REMOTE_ADDR=address)
        person.post("/accounts/login/", {"login": "guessed", "password": password})
        return "_auth_user_id" in person.session

    assert sign_in("right and long enough")
    for number in range(5):
        assert not sign_in(f"wrong {number}", "192.0.2.2")
    # five in five minutes from one address: there even the right one waits, elsewhere it does not
    assert not sign_in("right and long enough", "192.0.2.2")
    assert sign_in("right and long enough", "192.0.2.99")
    for number in range(40):
        sign_in(f"wrong {number}", f"198.51.100.{number}")
    # forty an hour for one name, wherever they come from
    assert not sign_in("right and long enough", "203.0.113.1")


def test_three_hundred_strangers_lift_no_limit(viewer: Any) -> None:
    account = viewer("officer", "guessed")
    account.set_password("right and long enough")
    account.save()

    def sign_in(name: str, password: str, address: str) -> bool:
        person = Client(REMOTE_ADDR=address)
        person.post("/accounts/login/", {"login": name, "password": password})
        return "_auth_user_id" in person.session

    for number in range(5):
        assert not sign_in("guessed", f"wrong {number}", "192.0.2.2")
    for number in range(300):
        count_try(
            "password", f"nobody-{number}", address=f"10.0.{number // 250}.{number % 250}", at=timezone.now()
        )
    assert not sign_in("guessed", "right and long enough", "192.0.2.2")


def test_a_token_ends_with_the_password_the_role_and_the_account(viewer: Any) -> None:
    from tongdian.parties.actions.people import choose_password, close_account, reset_password
    from tongdian.parties.models import Membership

    root = viewer("administrator", "root")

    def works(account: Any) -> int:
        return Client(headers=tokens[account]).get("/api/v1/notices").status_code

    people = [viewer("officer", name) for name in ("one", "two", "three", "four", "five")]
    tokens = {account: token_of(account) for account in people}
    assert [works(account) for account in people] == [200] * 5
    one, two, three, four, five = people
    reset_password(viewer=root, account=one, at=timezone.now())
    two.set_password("the old one")
    choose_password(account=two, password="quite another one", at=timezone.now())
    close_account(viewer=root, account=three, reason="离职", at=timezone.now())
    Membership.objects.filter(account=four).delete()
    five.is_active = False  # closing an account ends its roles too; either is enough
    five.save()
    assert [works(account) for account in people] == [401] * 5


def test_a_token_that_only_reads_reads(campus: Any) -> None:
    from tongdian.api.actions import make_token

    _, secret = make_token(account=campus.counter, title="读", at=timezone.now(), scope="read")
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/cases").status_code == 200
    asked = at_the_counter(campus)
    reply = program.post("/api/v1/cases", asked, content_type="application/json")
    assert (reply.status_code, reply.json()["code"]) == (403, "token-only-reads")
    assert reply["Content-Type"] == "application/problem+json"
    kept = program.post("/api/v1/uploads", {"file": io.BytesIO(b"x")})  # public, and the token's all the same
    assert (kept.status_code, kept.json()["code"]) == (403, "token-only-reads")


def test_the_api_finds_the_campus_that_an_office_works_for(campus: Any, program: Any) -> None:
    """A clerk of the utilities centre: the page offers the campus, and so does the API."""
    clerk = program(campus.clerk)
    made = clerk.do("/cases", **at_the_counter(campus))
    assert made.status_code == 201
    assert made.json()["number"].startswith("YS-")
    own = clerk.do("/cases", **at_the_counter(campus, organisation="YSSD"))
    assert (own.status_code, own.json()["code"]) == (422, "opens-for-its-house")


def test_a_program_names_who_applies_and_what_the_page_asks(campus: Any, program: Any) -> None:
    """What an application asks is asked by every door: nobody, nowhere and for nothing is no case."""
    from tongdian.cases.models import Case

    clerk = program(campus.counter)
    for without, code in (("customer", "nobody-applies"), ("place", "bad-value"), ("purpose", "bad-value")):
        said = at_the_counter(campus)
        del said[without]
        reply = clerk.do("/cases", **said)
        assert (reply.status_code, reply.json()["code"]) == (422, code), without
    assert Case.objects.count() == 0
    described = at_the_counter(campus, place=None, place_text="三区 5 栋旁的工地", capacity_kw="12.5")
    made = clerk.do("/cases", **described)
    assert made.status_code == 201, made.content
    kept = Case.objects.get().application
    assert (kept.place_text, kept.purpose, f"{kept.capacity_kw}") == ("三区 5 栋旁的工地", "奶茶店", "12.50")


def test_a_case_is_for_a_customer_of_its_own_at_a_place_of_its_own(
    campus: Any, viewer: Any, program: Any
) -> None:
    from tests.cases.conftest import adopt, organisation
    from tongdian.network.models import Place
    from tongdian.parties.models import Customer

    other = organisation("supplier", "别处供电所", "BC", region="450311")
    adopt(other, "nea-2021-37")
    both = program(viewer("administrator", "of-all"))
    stranger = Customer.objects.create(
        number="BC-1", kind="person", name="李四", organisation=other, created_at=timezone.now()
    )
    theirs = Place.objects.create(
        id=stranger.pk,
        organisation=other,
        region=other.region,
        kind="shop",
        code="B1",
        name="别处",
        ancestors=[stranger.pk],
    )
    for more, code in (
        ({"customer": str(stranger.pk)}, "customer-of-others"),
        ({"place": str(theirs.pk)}, "place-of-others"),
    ):
        reply = both.do("/cases", **at_the_counter(campus, **more))
        assert (reply.status_code, reply.json()["code"]) == (422, code)


def test_answers_to_a_token_stay_in_no_cache(campus: Any, program: Any) -> None:
    clerk = program(campus.counter)
    made = clerk.do("/cases", **at_the_counter(campus))
    for reply in (made, clerk.ask("/cases"), clerk.ask("/customers")):
        assert reply["Cache-Control"] == "private, no-store"


def test_an_address_that_somebody_writes_himself_is_not_believed(settings: Any, rf: Any) -> None:
    from tongdian.parties.limits import address_of

    forged = rf.get("/", headers={"X-Forwarded-For": "198.51.100.7"}, REMOTE_ADDR="192.0.2.1")
    settings.HTTPS = False
    assert address_of(forged) == "192.0.2.1"
    settings.HTTPS = True  # behind the operator's proxy, which writes last
    behind = rf.get("/", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.5"})
    assert address_of(behind) == "203.0.113.5"


def test_the_api_signs_nobody_in_by_cookie(viewer: Any) -> None:
    """So a page of strangers cannot use the browser of somebody signed in (no CSRF)."""
    person = Client()
    person.force_login(viewer("administrator"))
    assert person.get("/api/v1/cases").status_code == 401
    assert person.post("/api/v1/cases", "{}", content_type="application/json").status_code == 401
