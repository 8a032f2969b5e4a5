"""Values that nobody means, and a driver that sends them to every parameter of every address.

Nothing is named here: pages come from Django's resolver, their query parameters from what the page
reads of `request.GET`, operations and their fields from the OpenAPI description. Each request is
taken back, so that none depends on those before; `seed` and `count` say which values are drawn.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.http import QueryDict
from django.test import Client

from tests.architecture.access import API_BODIES, TYPED
from tests.architecture.test_access import filled, operations, routes

ODD = (
    "",
    " ",
    "²",
    "٣",
    "１２",
    "99999999999999999999",
    "-1",
    "0",
    "1e400",
    "NaN",
    "0.1",
    "\x00",
    "a\x00b",
    "王\x07",
    "张\ue863",
    "\u202egnp.exe",
    "\u200b",
    "\ufffe",
    "𫰠",
    "9999-12-31",
    "0001-01-01",
    "0000-00-00",
    "2206-03-01",
    "2026-02-30",
    "no-uuid",
    "00000000-0000-0000-0000-000000000000",
    "'\"<>{{ }}{% x %}",
    "../../etc/passwd",
    "a" * 500,
    "长" * 5_000,
    "x" * 500_000,
    "%",
    "\n",
    "null",
    "[]",
)
ODD_JSON = (*ODD, None, True, -1, 0, 10**30, 1.5, [], {}, ["x"], {"x": "\x00"}, [[]], "\ud800")


class Recorded(QueryDict):
    """A query that notes what is read of it."""

    names: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        Recorded.names.add(key)
        return super().get(key, default)

    def getlist(self, key: str, default: Any = None) -> Any:
        Recorded.names.add(key)
        return super().getlist(key, default)

    def __contains__(self, key: object) -> bool:
        Recorded.names.add(str(key))
        return super().__contains__(key)


class Driver:
    """Sends, and keeps what was answered wrongly."""

    def __init__(self, *, seed: int, count: int, things: dict[str, Any]) -> None:
        self.draw, self.count, self.things = random.Random(seed), count, things
        self.wrong: list[tuple[Any, ...]] = []
        self.sent = 0

    def pages(self, who: str, client: Client) -> None:
        """Every page: its address, its query, its form."""
        client.raise_request_exception = False
        for pattern in routes():
            good = filled(pattern, self.things)
            for address in self._addresses(pattern, good):
                self._ask(who, client, "GET", address)
            Recorded.names = set()
            self._ask(who, client, "GET", good)
            for name in sorted(Recorded.names):
                for value in self._some(ODD[:-6]):
                    self._ask(who, client, "GET", f"{good}?{urlencode({name: value})}")
            typed = TYPED(self.things)
            for _round in range(self.count):
                sent = {name: self.draw.choice((value, *ODD)) for name, value in typed.items()}
                self._ask(who, client, "POST", good, sent)

    def operations(self, who: str, client: Client, description: dict[str, Any]) -> None:
        """Every operation: its address, its query, each field of its body alone and whole bodies."""
        client.raise_request_exception = False
        for operation in operations():
            method, path = operation.split(" ", 1)
            said = description["paths"][f"/api/v1{path}"][method.lower()]
            good = "/api/v1" + filled(path, self.things)
            body = API_BODIES(operation, self.things)
            for address in self._addresses("/api/v1" + path, good):
                self._tell(who, client, method, address, body)
            for parameter in said.get("parameters", ()):
                if parameter["in"] == "query":
                    for value in self._some(ODD[:-6]):
                        query = urlencode({parameter["name"]: value})
                        self._tell(who, client, method, f"{good}?{query}", body)
            if method != "GET":
                for field in sorted({*body, *_fields(said, description)}):
                    for value in self._some(ODD_JSON):
                        self._tell(who, client, method, good, {**body, field: value})
                for whole in self._some(ODD_JSON):
                    self._tell(who, client, method, good, whole)

    def _some(self, values: tuple[Any, ...]) -> list[Any]:
        return self.draw.sample(values, min(self.count, len(values)))

    def _addresses(self, pattern: str, good: str) -> Iterator[str]:
        """The address with each of its parts that differs from the pattern made odd."""
        parts = good.split("/")
        fixed = set(re.split(r"[/^$\\]", pattern))
        for place, part in enumerate(parts):
            if part and part not in fixed:
                for value in self._some(ODD[:-6]):
                    odd = quote(value, safe="")
                    yield "/".join([*parts[:place], odd, *parts[place + 1 :]])

    def _tell(self, who: str, client: Client, method: str, address: str, body: Any) -> None:
        self._ask(who, client, method, address, json.dumps(body), "application/json")

    def _ask(
        self, who: str, client: Client, method: str, address: str, data: Any = None, kind: str = ""
    ) -> None:
        self.sent += 1
        with transaction.atomic():
            if kind:
                reply = client.generic(method, address, data, kind)
            else:
                reply = client.post(address, data) if method == "POST" else client.get(address)
            transaction.set_rollback(True)
        form = reply.get("Content-Type", "")
        is_program = address.startswith("/api/")
        fits = reply.status_code < 400 or ("application/problem+json" in form) == is_program
        if is_program and reply.status_code >= 400 and fits:
            fits = bool(reply.json().get("code")) and {"zh", "en"} <= set(reply.json().get("says", ()))
        if address == "/healthz":
            return  # a program's address: 503 says that no worker runs here
        if reply.status_code in (500, 503, 507) or not fits:
            self.wrong.append((who, method, address[:200], str(data)[:300], reply.status_code, form))


def _fields(said: dict[str, Any], description: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for content in said.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        while "$ref" in schema:
            schema = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        found |= set(schema.get("properties", ()))
    return found
