"""What a pack may say, as a page and for editors: made from the models that read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.docs.keys import PAGE
from tests.policy.dutch_pack import DUTCH
from tests.policy.good_pack import GOOD
from tongdian.policy.reading import read_yaml
from tongdian.policy.schema import FILES, definitions, file_schema, page

POLICIES = Path(__file__).parents[2] / "policies"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def unknown(data: Any, schema: dict[str, Any], known: dict[str, Any], where: str = "") -> list[str]:
    """The keys of a file that its schema does not have, needed ones that it lacks among them."""
    if "$ref" in schema:
        return unknown(data, known[schema["$ref"].rpartition("/")[2]], known, where)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return min((unknown(data, one, known, where) for one in schema[key]), key=len)
    if isinstance(data, dict) and "properties" in schema:
        found = [f"{where}.{key}" for key in schema.get("required", ()) if key not in data]
        for key, value in data.items():
            part = schema["properties"].get(key)
            found += [f"{where}.{key}"] if part is None else unknown(value, part, known, f"{where}.{key}")
        return found
    if isinstance(data, list) and "items" in schema:
        return [each for one in data for each in unknown(one, schema["items"], known, where)]
    expected = schema.get("type")
    return [where] if expected == "object" and not isinstance(data, dict) else []


SHIPPED = sorted(file.relative_to(POLICIES).as_posix() for file in POLICIES.rglob("*.yaml"))


def sort_of(name: str) -> str:
    file = Path(name)
    return "process" if file.parent.name == "processes" else file.stem if file.stem in FILES else "rules"


@pytest.mark.parametrize("name", SHIPPED)
def test_an_editor_knows_every_key_of_the_shipped_packs(name: str) -> None:
    schema = file_schema(sort_of(name))
    assert unknown(read_yaml(POLICIES / name).plain(), schema, schema["$defs"]) == []


@pytest.mark.parametrize("files", [GOOD, DUTCH])
def test_an_editor_knows_every_key_of_a_strangers_pack(files: dict[str, str]) -> None:
    for name, text in files.items():
        if name.endswith(".yaml"):
            schema = file_schema(sort_of(name))
            assert unknown(read_yaml(Path(name), text).plain(), schema, schema["$defs"]) == []


def test_an_editor_marks_a_key_that_a_pack_does_not_have() -> None:
    schema = file_schema("pack")
    head = read_yaml(Path("pack.yaml"), GOOD["pack.yaml"].replace("number:", "numer:")).plain()
    assert unknown(head, schema, schema["$defs"]) == [".number", ".numer"]


def test_a_rule_is_said_by_the_words_of_its_file() -> None:
    known = definitions()
    assert "unit" in known["LimitsRule"]["properties"]
    assert "process" in known["Process"]["required"]
