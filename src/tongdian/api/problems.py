"""Refusals as RFC 9457 problem+json, in the caller's language."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from tongdian.api.unfit import words_of
from tongdian.policy.process.refusals import CaseMovedOn
from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.words import Words
from tongdian.spoken import reader_language

_TITLES = {
    400: Words("请求无法读懂", "The request cannot be read"),
    401: Words("请先登录或提供令牌", "Sign in or give a token"),
    403: Words("没有权限", "Not allowed"),
    404: Words("没有找到", "Not found"),
    409: Words("情况已变", "It has changed since"),
    405: Words("不支持这种请求方法", "That method is not offered here"),
    413: Words("请求过大", "The request is too large"),
    422: Words("未能办理", "Refused"),
    428: Words("缺少前提", "A precondition is missing"),
    429: Words("请求过于频繁", "Too many requests"),
    500: Words("程序出错", "Something went wrong here"),
    503: Words("暂时不能服务，请稍后重试", "Not available for the moment: try again soon"),
    507: Words("磁盘已满，请通知运维", "The disk is full: tell the operator"),
}
_CODES = {
    400: "unreadable-request",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    500: "server-error",
    503: "not-available",
    507: "disk-full",
}


def problem(status: int, detail: Words | None = None, *, code: str = "", **more: Any) -> HttpResponse:
    """A problem response."""
    language = reader_language()
    title = _TITLES.get(status, _TITLES[400]).say(language)
    code = code or _CODES.get(status, "")
    detail = detail or _TITLES.get(status)
    body = {"type": "about:blank", "title": title, "status": status, **more}
    if code:
        body["code"] = code
    if detail is not None:
        body["detail"] = detail.say(language)
        body["says"] = detail._asdict()
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status)
    response["Content-Type"] = "application/problem+json"
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def add_problems(api: NinjaAPI) -> None:
    """Answer every refusal and error of this API as a problem."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
        more = {"now": refusal.facts["now"]} if isinstance(refusal, CaseMovedOn) else {}
        if refusal.field:
            more["field"] = refusal.field
        words = refusal.words_for_strangers if isinstance(refusal, PackError) else refusal.words
        return problem(refusal.status, words, code=refusal.code, **more)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = [([str(step) for step in one.get("loc", ())], words_of(one)) for one in error.errors]
        language = reader_language()
        errors = [{"where": where, "problem": words.say(language)} for where, words in found]
        first = [(".".join(where), words) for where, words in found[:3]]
        detail = Words(
            "请求不合要求：" + "；".join(f"{where} {words.zh}" for where, words in first),
            "the request does not fit: " + "; ".join(f"{where} {words.en}" for where, words in first),
        )
        return problem(422, detail, code="invalid-request", errors=errors)

    @api.exception_handler(AuthenticationError)
    def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, code="not-signed-in")

    @api.exception_handler(Throttled)
    def too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
        response = problem(429, code="too-many-requests")
        response["Retry-After"] = str(int(error.wait or 60))
        return response

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        if isinstance(error.__cause__, Refusal):  # of the parser: ninja knows only "cannot be read"
            return refused(request, error.__cause__)
        return problem(error.status_code)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404)

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(403)

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return problem(413)
