"""`python -m tests.policy.golden`: print the golden SQL anew, after a printer changed on purpose."""

from pathlib import Path

from tests.policy.harness import Shelf, printed_sql
from tests.policy.test_conformance import PRICES, TIERED
from tests.policy.test_engines_agree import ARITHMETIC, BANDED
from tongdian.policy.dialects import DIALECTS

for where, dialect in DIALECTS.items():
    for name, text, shelf in (
        ("arithmetic", ARITHMETIC, Shelf()),
        ("grouped", BANDED, Shelf()),
        ("tiered", TIERED, PRICES),
    ):
        printed = printed_sql(text, shelf, dialect)
        (Path(__file__).parent / f"{name}.{where}.sql").write_text(printed, encoding="utf-8")
