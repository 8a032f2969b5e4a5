"""Figures and the page they are written to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured thing, what was wanted of it, and how to measure it again."""

    area: str
    what: str
    wanted: str
    measured: str
    note: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)


HEAD = """# Benchmarks

Measured by `make bench` (or `.venv/bin/python -m bench NAME…`; `--small` tries it out). Machines are
noisy: compare the ratios, which are made in one run, before the times. Timings are never tests.

"""


def write(page: Path, figures: Sequence[Figure], *, machine: str, on: date, names: Sequence[str]) -> None:
    """Write the page; areas not measured this time keep what stands there."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = {
        m[1]: m[0].rstrip() + "\n\n"
        for m in re.finditer(r"^## (\w+)\n.*?(?=^## |\Z)", old, re.MULTILINE | re.DOTALL)
    }
    for name in names:
        rows = "\n".join(
            f"| {f.what} | {f.wanted} | {f.measured} | {f.note} |" for f in figures if f.area == name
        )
        sections[name] = (
            f"## {name}\n\n`.venv/bin/python -m bench {name}` · {machine} · {on}\n\n"
            f"| what | wanted | measured | note |\n| --- | --- | --- | --- |\n{rows}\n\n"
        )
    page.write_text(HEAD + "".join(sections.values()).rstrip() + "\n", encoding="utf-8")
