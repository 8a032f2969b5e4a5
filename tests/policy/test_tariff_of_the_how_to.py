"""The tariff that a stranger writes from docs/how-to/write-a-tariff.md, on each engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.docs.markdown import HOME, Reader, blocks
from tests.policy.harness import bulk, exact
from tongdian.bulk.engines import Engine
from tongdian.policy import Pack, load_pack
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.sheet_library import pack_tables


@pytest.fixture(scope="module")
def island(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    home: Path = tmp_path_factory.mktemp("tariff")
    reader = Reader(home, "C")
    for block in blocks((HOME / "docs/how-to/write-a-tariff.md").read_text(encoding="utf-8")):
        reader.write(block)
    return load_pack(home / "mine/island-n-2026")  # runs its tests: 354 EUR, and what lapses


def test_the_tariff_of_the_how_to_is_the_same_on_every_engine(engine: Engine, island: Pack) -> None:
    rule = island.rules["net-bill"]
    assert isinstance(rule, SheetRule)
    sheet = rule.sheet(island, rule.versions[0], {})
    cases: list[dict[str, Any]] = [{**test.given, "account": str(n)} for n, test in enumerate(rule.tests)]
    tables = pack_tables(island, sheet, {})
    wanted = exact(sheet, cases, tables, island.calendar)
    assert wanted[0]["0", "account", "total"] == 354
    assert set(wanted[1]) == {"2"}  # a month without a reading
    assert bulk(engine, sheet, cases, tables, island.calendar) == wanted
