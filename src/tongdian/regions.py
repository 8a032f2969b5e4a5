"""The divisions of China as this program brings them (regions.csv says whose lists they are), and
the one check of a region's code."""

import csv
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

FILE = Path(__file__).with_name("regions.csv")
NATION = "100000"


class NoSuchRegion(Refusal):
    """A code that is not in GB/T 2260."""

    says = Words(
        "没有行政区划代码 {code}；请用 GB/T 2260 的六位数字，如 450300（已撤并的写现在的）。",
        "There is no division with the code {code}; write six digits of GB/T 2260, like 450300 (for one "
        "that was dissolved, what it became).",
    )


class Division(NamedTuple):
    """One line of the list."""

    code: str
    name: str
    name_en: str
    level: str
    parent: str | None


def divisions() -> Iterator[Division]:
    """Every division in the order of the codes."""
    with FILE.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = {row["code"]: row for row in csv.DictReader(lines)}
    for code, row in rows.items():
        parent = next((above for above in codes_above(code) if above in rows), None)
        yield Division(code, row["name"], row["name_en"], level_of(code), parent)


def level_of(code: str) -> str:
    """The level that a code's shape tells: 450000 is a province, 450300 a prefecture."""
    if code == NATION:
        return "nation"
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


def codes_above(code: str) -> tuple[str, ...]:
    """The codes of the divisions that it may lie in, nearest first: 450311 → 450300, 450000, 100000.

    A county directly under its province has none of the prefecture.
    """
    above = (f"{code[:4]}00", f"{code[:2]}0000", NATION)
    return tuple(dict.fromkeys(one for one in above if one != code and code != NATION))


def known_region(code: str) -> str:
    """The code of a division that exists, in plain digits: ４５０３００ is 450300; empty is the nation.

    Its first digits alone (45, 4503) and a township's 9 or 12 are taken where the division that they
    begin with exists. Raises NoSuchRegion.
    """
    plain = unicodedata.normalize("NFKC", code).strip()
    is_code = plain.isascii() and plain.isdigit() and len(plain) in (2, 4, 6, 9, 12)
    if plain and not (is_code and plain[:6].ljust(6, "0") in _codes()):
        raise NoSuchRegion(code=code)
    return plain


@lru_cache(maxsize=1)
def all_regions() -> frozenset[str]:
    """The six digits of every division that exists or once existed, and of what stands between a
    province and its counties without being one: 110100, the districts of Beijing."""
    return _codes() | {f"{code[:4]}00" for code in _codes()}


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(one.code for one in divisions())
