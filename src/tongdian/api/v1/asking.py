"""How requests are read, and who sends them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Path
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.security import HttpBearer
from ninja.throttling import AnonRateThrottle, BaseThrottle

from tongdian.api.actions import note_use
from tongdian.api.models import Token
from tongdian.api.queries import account_of
from tongdian.api.rules import MARK, TokenDoesNotAdminister, TokenOnlyReads
from tongdian.api.shapes.rulebook import Problem
from tongdian.api.tickets import applicant_of
from tongdian.parties.limits import TriedTooOften, TriesNotCounted, TryLimit, address_of, count, line_of
from tongdian.plain_text import check_all

READING = frozenset({400, 401, 403, 404, 413, 422, 429, 503})
DOING = READING | {409, 428}
REFUSED = {READING: Problem}
NOT_DONE = {DOING: Problem}

Number = Annotated[
    str, Path(description="a number such as YS-2026-000412", max_length=30, pattern=r"^[A-Z0-9-]+$")
]
Short = Annotated[str, Path(description="an office's short name: YS", max_length=12, pattern=r"^[A-Z0-9]+$")]
Name = Annotated[
    str, Path(description="a name as the pack has it", max_length=80, pattern=r"^[a-z0-9_]+(-[a-z0-9_]+)*$")
]


class ExactParser(Parser):
    """Request bodies with their numbers as written: 0.1 must not become a binary float, and no number
    passes for a text: where a shape has text, 5 and 5.5 are both refused. Every text in a body, query or
    form is plain (NotPlainText)."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            body = json.loads(request.body, parse_float=Decimal, parse_int=_whole, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise HttpError(400, "the body is not valid JSON") from None
        check_all(body)
        return body

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        found = super().parse_querydict(data, list_fields, request)
        check_all(found)
        return found


def _whole(text: str) -> Any:
    return int(text) if len(text) < 19 else Decimal(text)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TokenAuth(HttpBearer):
    """`Authorization: Bearer tdn_…`: a program with an account's token."""

    openapi_name = "Token"
    to_change = Token.Scope.WRITE  # the least scope for what changes something

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return _signed_in(request, token, to_change=self.to_change)


class AdministratorAuth(TokenAuth):
    """The same for operations that bind or reach everybody: only a token made for all may."""

    to_change = Token.Scope.ALL


class CaseAuth(TokenAuth):
    """A program's token, or the one that `POST /track` gives the applicant of one case."""

    openapi_name = "TokenOrApplicant"

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return super().authenticate(request, token) or applicant_of(token)


def viewer_of(request: HttpRequest) -> Any:
    """Who calls: what the operation's authentication found."""
    return request.auth  # type: ignore[attr-defined]


def account_calling(request: HttpRequest) -> Any:
    """Whose token a request to a public address brings; none where it brings none that is good."""
    secret = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return _signed_in(request, secret)


def _signed_in(request: HttpRequest, secret: str, *, to_change: Token.Scope = Token.Scope.WRITE) -> Any:
    """The account of a token, for what the token may do. Raises TokenOnlyReads,
    TokenDoesNotAdminister."""
    now = timezone.now()
    account = account_of(secret=secret, at=now) if secret.startswith(MARK) else None
    if account is None:
        return None
    if request.method not in SAFE:
        if account.token.scope == Token.Scope.READ:
            raise TokenOnlyReads
        if to_change == Token.Scope.ALL and account.token.scope != Token.Scope.ALL:
            raise TokenDoesNotAdminister
    note_use(account.token, at=now)
    return account


class Unhurried(BaseThrottle):
    """So many calls without a token from one address, at a rate such as 600/m."""

    def __init__(self, rate: str) -> None:
        most, seconds = AnonRateThrottle(rate).parse_rate(rate)
        self.limit = TryLimit(most or 0, max((seconds or 60) // 60, 1))

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether it may go on; a count that cannot be kept stops nobody from reading."""
        if getattr(request, "auth", None):
            return True
        try:
            count(f"api {line_of(address_of(request))}", self.limit, at=timezone.now())
        except TriesNotCounted:
            return True
        except TriedTooOften:
            return False
        return True


STAFF = TokenAuth()
ADMINISTRATION = AdministratorAuth()
ANYBODY_IN_IT = CaseAuth()
UNHURRIED = Unhurried(settings.API_ANONYMOUS_RATE)
