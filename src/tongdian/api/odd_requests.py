"""Requests that nobody's hand makes, and refusals that no page expects: answered in the caller's form.

A page answers with a page, the API with a problem, whatever went wrong and wherever: an address
that no router knows, a method, a form's token, a full disk, two who make one thing at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import PermissionDenied, TooManyFieldsSent
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from tongdian import plain_text
from tongdian.allowed import NotAllowed
from tongdian.api.problems import problem
from tongdian.plain_text import NotPlainText
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile
from tongdian.web.pages import refused

Answer = Callable[[HttpRequest], HttpResponse]
_PROBLEM = "application/problem+json"
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# unique, exclusion, foreign key (what is named was removed meanwhile), deadlock, serialization
CAME_SECOND = ("23505", "23P01", "23503", "40P01", "40001")


class AddressTooLong(Refusal):
    """An address with more parameters than anybody writes."""

    says = Words("网址的参数太多。", "The address has too many parameters.")
    status = 400


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def in_the_callers_form(answer: Answer) -> Answer:
    """Middleware, outermost: an error of the API is a problem, even where Django itself answers."""

    def answered(request: HttpRequest) -> HttpResponse:
        reply = answer(request)
        if reply.status_code < 400 or not _is_program(request) or reply.get("Content-Type") == _PROBLEM:
            return reply
        said = problem(reply.status_code)
        for name in ("Allow", "Retry-After", "Content-Language"):
            if name in reply:
                said[name] = reply[name]
        return said

    return answered


def _came_second(failed: BaseException) -> bool:
    """Whether the database refused it for what another did at the same time."""
    return getattr(failed.__cause__, "sqlstate", None) in CAME_SECOND


class OddRequests:
    """Middleware, innermost: an address with what is no plain text is not there, and what is asked
    or typed with it is refused in words."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look, and go on."""
        try:
            plain_text.check(unquote(request.path, errors="surrogateescape"))
        except NotPlainText:
            return problem(404) if _is_program(request) else self._no_page(request)
        try:
            plain_text.check_all({name: request.GET.getlist(name) for name in request.GET})
        except NotPlainText as refusal:
            return self._said(request, refusal)
        except TooManyFieldsSent:  # the page that says so does not read the address once more
            request.GET = QueryDict()
            return self._said(request, AddressTooLong())
        return self.answer(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """What a page was sent; forms say it beside their fields, so only NUL is looked for."""
        if request.method in SAFE or _is_program(request):
            return None
        for value in (value for _name, values in request.POST.lists() for value in values):
            if "\0" in value:
                return self._said(request, _refusal(value))
        return None

    def process_exception(self, request: HttpRequest, failed: Exception) -> HttpResponse | None:
        """A refusal that the page did not expect is said, not a server error; what came second is
        done again."""
        if request.method not in SAFE and _came_second(failed):
            return self._again(request)
        if not isinstance(failed, Refusal) or _is_program(request):
            return None
        return self._refused(request, failed)

    def _again(self, request: HttpRequest) -> HttpResponse:
        """Two who enter the same at once both find it free, and the database lets one in: the
        other's is rolled back whole and done again, and now refused in the action's words."""
        for name in request.FILES:
            for file in request.FILES.getlist(name):
                file.seek(0)
        match = request.resolver_match
        assert match is not None, "a view has failed, so it was found"
        try:
            return match.func(request, *match.args, **match.kwargs)  # type: ignore[no-any-return]
        except DatabaseError as failed:
            if not _came_second(failed):
                raise
            return self._said(request, ChangedMeanwhile())
        except Refusal as failed:  # of a page; the API says its own
            return self._refused(request, failed)

    def _refused(self, request: HttpRequest, failed: Refusal) -> HttpResponse:
        if isinstance(failed, NotAllowed):
            raise PermissionDenied from failed
        return self._said(request, failed)

    def _said(self, request: HttpRequest, refusal: Refusal) -> HttpResponse:
        status = refusal.status
        if _is_program(request):
            return problem(status, refusal.words, code=refusal.code)
        return refused(request, refusal, status)

    def _no_page(self, request: HttpRequest) -> HttpResponse:
        raise Http404


def _refusal(text: str) -> NotPlainText:
    try:
        plain_text.check(text)
    except NotPlainText as refusal:
        return refusal
    raise ValueError("the text is plain")
