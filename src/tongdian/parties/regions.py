"""The divisions of China as this program brings them (regions.csv says whose lists they are).

`load` may run at every update: it adds what is new, corrects names, and takes nothing away, since
an old division stays in what was written while it existed.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("regions.csv")
NATION = "100000"


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


def load(region: Any, *, using: str) -> int:
    """Bring the table up to date, in one statement a thousand rows; how many divisions there are.

    `region` is the model, or what a migration knows of it; `using` the owner's database.
    """
    rows = [
        region(code=one.code, name=one.name, name_en=one.name_en, level=one.level, parent_id=one.parent)
        for one in divisions()
    ]
    region.objects.using(using).bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "name_en", "level", "parent"],
    )
    return len(rows)
