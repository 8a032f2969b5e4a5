"""The things of a register, for the shell's search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.http import HttpRequest

from tongdian.registers.register import Register
from tongdian.shell.search import Hit
from tongdian.spoken import say

SHOWN = 10


def found_in(
    register: Register, search: Callable[[Any, str], Iterable[Any]] | None = None
) -> Callable[[HttpRequest, str], list[tuple[str, list[Hit]]]]:
    """What a register has for the words in the search box: by its filter `q`, or by `search`."""

    def found(request: HttpRequest, wanted: str) -> list[tuple[str, list[Hit]]]:
        if not request.user.has_perm(register.reads):
            return []
        seek = search or (
            lambda viewer, text: register.narrowed(viewer, {"q": text}).order_by(register.order)
        )
        hits = [
            Hit(str(one), register.page_of(one), f"{one.code} · {register.organisation_of(one).name}")
            for one in islice(seek(request.user, wanted[:60]), SHOWN)
        ]
        return [(say(register.title), hits)]

    return found
