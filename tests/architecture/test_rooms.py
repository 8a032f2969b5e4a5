"""Every module of an area stands in a room, and an area's doors are its own."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tests.architecture.exemptions import exempt, unexpected

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "src/tongdian"
CONTRACT = "Inside an area, a room uses only the rooms below it"
DOORS = {"pages", "forms"}
FOR_ALL = {"registers"}  # its pages, forms and templates are there for every area's registers
EVERYBODY_S = {"web", "allauth", "account", *FOR_ALL}  # the templates that every page extends
# Two areas have rooms of their own: the shell (what areas tell it stands lower, in `shell`), and what
# every register is made of.
OWN_ROOMS = {"web", *FOR_ALL}
SHELL = {"shell", "signing_in", "unsent"}

ANOTHER_S_DOORS = exempt("api -> cases.pages", "api -> web.pages", issue=8, before=date(2027, 1, 1))


def contract() -> dict[str, list[str]]:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = [one for one in settings["tool"]["importlinter"]["contracts"] if one["name"] == CONTRACT]
    return found


def rooms() -> list[set[str]]:
    """The modules of each room, from the top."""
    return [set(re.findall(r"\w+", layer)) for layer in contract()["layers"]]


def areas() -> set[str]:
    return {name.removeprefix("tongdian.") for name in contract()["containers"]}


def modules_of(area: str) -> set[str]:
    """The names that stand in an area's folder."""
    here = PACKAGE / area
    folders = {path.name for path in here.iterdir() if any(path.glob("*.py"))}
    return ({path.stem for path in here.glob("*.py")} | folders) - {"__init__", "migrations"}


def imported(file: Path) -> Iterator[str]:
    """Every module that a file names in an import, and every name taken from one."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{one.name}" for one in node.names)


def test_every_area_keeps_the_order_of_rooms():
    kept = {path.parent.name for path in PACKAGE.glob("*/apps.py")}
    assert kept - areas() == OWN_ROOMS


def test_every_module_of_an_area_stands_in_a_room():
    known = set().union(*rooms())
    homeless = {f"{area}.{name}" for area in areas() for name in modules_of(area) - known}
    assert homeless == set()
    assert modules_of("web") <= known | SHELL


def test_no_room_is_listed_that_no_area_has():
    there = set().union(*map(modules_of, areas()))
    assert set().union(*rooms()) - there == set()


def test_the_table_of_rooms_is_the_one_that_is_checked():
    text = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^### Rooms$(.*?)^#", text, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == rooms()


def test_no_area_comes_in_by_another_s_doors():
    """What two areas' pages need stands lower, in a room that is nobody's pages."""
    found = {
        f"{area} -> {there}.{room}"
        for area in (path.parent.name for path in PACKAGE.glob("*/__init__.py"))
        for file in (PACKAGE / area).rglob("*.py")
        if area != "config" and "migrations" not in file.parts
        for name in imported(file)
        if (match := re.match(r"tongdian\.(\w+)\.(\w+)", name))
        for there, room in [match.groups()]
        if there not in {area, *FOR_ALL} and room in DOORS
    }
    assert unexpected(found, ANOTHER_S_DOORS) == {}


def test_no_area_s_pages_are_drawn_in_another_s_templates():
    named = re.compile(r"""\{%\s*(?:extends|include)\s+["'](\w+)/(\S+?)["']""")
    found = {
        f"{file.relative_to(root)} -> {there}/{name}"
        for root in PACKAGE.glob("*/templates")
        for file in root.rglob("*.html")
        for there, name in named.findall(file.read_text(encoding="utf-8"))
        if there not in {root.parent.name, *EVERYBODY_S}
    }
    assert found == set()
