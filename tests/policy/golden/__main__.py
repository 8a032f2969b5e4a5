"""`python -m tests.policy.golden`: print the golden SQL anew, after a printer changed on purpose."""

from pathlib import Path

from tests.policy.harness import Shelf
from tests.policy.test_conformance import PRICES, TIERED
from tests.policy.test_engines_agree import ARITHMETIC, BANDED
from tongdian.policy.dialects import DIALECTS
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.sheet_sql import print_sheet

for where, dialect in DIALECTS.items():
    for name, text, shelf in (
        ("arithmetic", ARITHMETIC, Shelf()),
        ("grouped", BANDED, Shelf()),
        ("tiered", TIERED, PRICES),
    ):
        script = print_sheet(parse_sheet(text, shelf), shelf.rows(), dialect)
        printed = "\n\n".join(f"-- {g}\n{script.query(s)};" for g, s in script.outputs.items())
        if script.refused:
            printed += f"\n\n-- refused\n{script.query(script.refused)};"
        (Path(__file__).parent / f"{name}.{where}.sql").write_text(printed + "\n", encoding="utf-8")
