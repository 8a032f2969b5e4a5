"""Chinese search: a text by its pairs of neighbouring characters.

A GIN index over the pairs finds a name of two characters among millions, which trigrams cannot.
Blanks do not count in what is stored: 雁山校区 9 号门面 is found by 9号门面 and by 9 号. Nor does the dot
within a name, whichever of its many forms somebody types: 买买提·吐尔逊 is found without one.
"""

import re
import unicodedata
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Q, TextField, Value
from psycopg import sql

# One letter or digit between characters of another kind is a word: the 9 of 雁山9号.
_ALONE = re.compile(r"(?<![0-9a-z])[0-9a-z](?![0-9a-z])")
# Between letters only: 0.4 stays what it is. GB 18030 fonts, phones and keyboards each have another.
_DOTS = re.compile(r"(?<=[^\W\d_])(?:\s*[·‧•・∙⋅]\s*|\.)(?=[^\W\d_])")


def bigrams(*texts: str) -> list[str]:
    """What a text is stored by: its distinct pairs, folded in width and case, without blanks
    (雁山区 → 雁山, 山区), and each word that is one character long."""
    found: dict[str, None] = {}
    for text in texts:
        folded = _folded(text)
        words = folded.split()
        for word in ("".join(words), *(word for word in words if len(word) == 1)):
            found.update(dict.fromkeys(_pairs(word)))
        found.update(dict.fromkeys(_ALONE.findall(folded)))
    return list(found)


def stands_in(text: str, column: str = "pairs") -> Q:
    """The rows in whose stored texts what was typed stands: as one piece whatever its blanks, or
    every word of it somewhere. Nothing typed finds nothing."""
    found = _all_of(_folded(text).split(), column)
    as_typed = _width_and_case(text)  # by it rows are found that were stored before dots were folded
    return found if _folded(text) == as_typed else found | _all_of(as_typed.split(), column)


def _all_of(words: list[str], column: str) -> Q:
    if not words:
        return Q(pk__in=[])
    whole = _pairs("".join(words))
    each = [pair for word in words for pair in _pairs(word)]
    found = Q(**{f"{column}__contains": _WrittenPairs(whole)})
    return found if len(words) == 1 else found | Q(**{f"{column}__contains": _WrittenPairs(each)})


class _WrittenPairs(Value):
    """Pairs that stand in the statement itself. How rare they are decides by which index to look:
    a plan prepared for any pairs walks through a nation's cases for a name that three people have."""

    def __init__(self, pairs: list[str]) -> None:
        super().__init__(pairs, output_field=ArrayField(TextField()))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        connection.ensure_connection()
        written = sql.Literal(self.value).as_string(connection.connection)
        return written.replace("%", "%%"), ()


def _folded(text: str) -> str:
    return _DOTS.sub("", _width_and_case(text))


def _width_and_case(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _pairs(word: str) -> list[str]:
    """The distinct pairs of a word; of one character, that character."""
    return list(dict.fromkeys(word[at : at + 2] for at in range(max(len(word) - 1, bool(word)))))
