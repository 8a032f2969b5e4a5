"""The second factor: guessed at no more often than a password, and not gone round."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests.architecture.access import ACCESS, API, API_BODIES
from tests.architecture.test_access import filled, is_hidden
from tests.architecture.two_campuses import build
from tests.tries import forget_all_tries
from tongdian.api.models import Token
from tongdian.parties.actions.people import SamePassword

PASSWORD = "right and long enough"
SIGN_IN, CODE, AGAIN = ("/accounts/login/", "/accounts/2fa/authenticate/", "/accounts/2fa/reauthenticate/")
NEW = "lotus-maple-31415"
TOO_OFTEN = "尝试次数过多"
MORE_THAN_THE_LIMIT = 30


class Guarded:
    """An officer with a password and a second factor."""

    def __init__(self, account: Any) -> None:
        account.set_password(PASSWORD)
        account.save()
        self.account = account
        self._secret = generate_totp_secret()
        TOTP.activate(account, self._secret)

    def code(self) -> str:
        """What the app shows, at the begin of its half minute so that it stays right."""
        if time.time() % 30 > 25:
            time.sleep(30 - time.time() % 30)
        return format_hotp_value(hotp_value(self._secret, int(time.time()) // 30))

    def wrong(self) -> str:
        return f"{(int(self.code()) + 1) % 1_000_000:06}"

    def after_the_password(self, address: str = "192.0.2.1") -> Client:
        person = Client(REMOTE_ADDR=address)
        reply = person.post(SIGN_IN, {"login": self.account.username, "password": PASSWORD})
        assert reply["Location"] == CODE
        return person

    def signed_in(self, address: str = "192.0.2.9") -> Client:
        person = Client(REMOTE_ADDR=address)
        person.force_login(self.account)
        return person


def is_in(person: Client) -> bool:
    return "_auth_user_id" in person.session


@pytest.fixture
def guarded(request: Any, viewer: Any) -> Guarded:
    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")
    cache.clear()
    forget_all_tries()
    return Guarded(viewer("officer", "guarded"))


def _at_once(asked: list[Any]) -> list[Any]:
    def one(ask: Any) -> Any:
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asked)) as threads:
        return list(threads.map(one, asked))


@pytest.mark.parametrize("door", [CODE, AGAIN])
def test_of_thirty_codes_at_once_exactly_five_are_looked_at(
    committed: Any, guarded: Guarded, door: str
) -> None:
    person = guarded.after_the_password() if door == CODE else guarded.signed_in("192.0.2.1")
    wrong = guarded.wrong()

    def guess() -> str:
        own = Client(REMOTE_ADDR="192.0.2.1")
        own.cookies = person.cookies
        reply = own.post(door, {"code": wrong})
        assert reply.status_code == 200
        return reply.content.decode()

    replies = _at_once([guess] * MORE_THAN_THE_LIMIT)
    assert sum(TOO_OFTEN not in reply for reply in replies) == 5


def test_a_recovery_code_or_a_shown_code_lets_one_in_of_ten_at_once(committed: Any, guarded: Guarded) -> None:
    with request_context(None):
        codes = RecoveryCodes.activate(guarded.account)
    for make in (lambda: codes.generate_codes()[0], guarded.code):
        # each from its own line, so that the limit stops none of them
        *people, late = [guarded.after_the_password(f"192.0.2.{number}") for number in range(11)]
        right = make()

        def enter(person: Client, code: str = right) -> bool:
            cache.clear()
            person.post(CODE, {"code": code})
            return is_in(person)

        assert sum(_at_once([partial(enter, person) for person in people])) == 1
        assert not enter(late)  # nor later, while the code is still shown


@pytest.mark.django_db
def test_an_emptied_cache_lifts_no_limit_and_a_right_code_waits_as_well(guarded: Guarded) -> None:
    person = guarded.after_the_password()
    for _number in range(5):
        cache.clear()
        person.post(CODE, {"code": guarded.wrong()})
    cache.clear()
    person.post(CODE, {"code": guarded.code()})
    assert not is_in(person)
    elsewhere = guarded.after_the_password("198.51.100.7")  # the owner, from another line
    elsewhere.post(CODE, {"code": guarded.code()})
    assert is_in(elsewhere)


@pytest.mark.django_db
def test_codes_from_everywhere_are_twenty_a_day(guarded: Guarded) -> None:
    for number in range(20):
        guarded.after_the_password(f"192.0.2.{number}").post(CODE, {"code": guarded.wrong()})
    late = guarded.after_the_password("203.0.113.1")
    late.post(CODE, {"code": guarded.code()})
    assert not is_in(late)


@pytest.mark.django_db
def test_after_the_password_alone_nothing_opens_and_no_token_is_made(guarded: Guarded, viewer: Any) -> None:
    world = build(viewer)
    person = guarded.after_the_password()
    opened = [
        pattern
        for pattern, who in ACCESS.items()
        if who != "anybody" and not is_hidden(person.get(filled(pattern, world.ours)))
    ]
    for operation, who in API.items():
        method, path = operation.split(" ", 1)
        if who == "anybody":
            continue
        body = json.dumps(API_BODIES(operation, world.ours))
        address = "/api/v1" + filled(path, world.ours)
        if person.generic(method, address, body, "application/json").status_code != 401:
            opened.append(operation)
    assert opened == [CODE.removeprefix("/")]  # where the code is typed
    person.post("/tokens/", {"title": "round it"})
    person.post("/accounts/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert not Token.objects.exists()
    assert not is_in(person)
    guarded.account.refresh_from_db()
    assert guarded.account.check_password(PASSWORD)
    person.post(CODE, {"code": guarded.code()})  # it was half signed in all the while
    assert is_in(person)


@pytest.mark.django_db
def test_the_own_password_is_guessed_at_no_more_often_than_at_the_sign_in(guarded: Guarded) -> None:
    person = guarded.signed_in("192.0.2.1")

    def change(old: str, new: str = NEW) -> str:
        given = {"oldpassword": old, "password1": new, "password2": new}
        return person.post("/accounts/password/", given).content.decode()

    for number in range(5):
        cache.clear()
        assert TOO_OFTEN not in change(f"wrong {number}")
    assert TOO_OFTEN in change(PASSWORD)
    guarded.account.refresh_from_db()
    assert guarded.account.check_password(PASSWORD)
    # nor does "that is the present one" tell who does not know it
    assert SamePassword().say("zh") not in change("wrong", new=PASSWORD)
    # and at the sign-in the same limit stands
    elsewhere = Client(REMOTE_ADDR="192.0.2.1")
    elsewhere.post(SIGN_IN, {"login": "guarded", "password": PASSWORD})
    assert elsewhere.session.get("account_login") is None
