"""Interpretations that a pack's own text names by their ids, as readers know them: by the place that they read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tongdian.policy.clauses import say_clause
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words

_NAMED = re.compile(r"(?:解读 ?|\binterpretation )?([a-z][a-z0-9-]*)")
_OF = Words("{place}的解读", "interpretation of {place}")


def with_places(text: str, pack: Pack, language: str) -> Iterator[tuple[str, str]]:
    """The text in parts, each with the id of the interpretation that it names, or nothing: "解读 county-return" is
    "附件2的解读"."""
    end = 0
    for found in _NAMED.finditer(text):
        named = pack.interpretations.get(found[1])
        if named is not None:
            yield text[end : found.start()], ""
            yield _OF.fill(place=say_clause(named.clause)).say(language), named.id
            end = found.end()
    yield text[end:], ""


def said_with_places(text: str, pack: Pack, language: str) -> str:
    """The same in one line, for paper and files."""
    return "".join(part for part, _ in with_places(text, pack, language))
