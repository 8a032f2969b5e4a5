"""One class name, one meaning."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

from tests.architecture.exemptions import exempt, unexpected

PACKAGE = Path(__file__).parents[2] / "src/tongdian"
# Models of two areas that mean the same of other things: a webhook's delivery and a notice's, a place in
# the log's tree and on the ground. A model's new name is a migration of its own. A shape of the API has
# the name of what it shows.
TWO_MEANINGS = exempt("Attempt", "Delivery", "Erasure", "Place", issue=8, before=date(2027, 1, 1))


def test_a_class_name_has_one_meaning():
    found: Counter[str] = Counter()
    for path in PACKAGE.rglob("*.py"):
        if "migrations" not in path.parts and path.parent.name != "shapes":
            found.update(re.findall(r"^class (\w+)", path.read_text("utf-8"), re.MULTILINE))
    twice = {name for name, times in found.items() if times > 1}
    assert unexpected(twice, TWO_MEANINGS) == {}
