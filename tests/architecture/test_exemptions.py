"""An exemption ends on its day: from then on the build fails until the name is gone or the day is moved."""

from __future__ import annotations

import re
from datetime import date

from tests.architecture import test_rooms
from tests.architecture.exemptions import GIVEN, Exemption
from tests.architecture.test_files import PROJECT

ASKED = (test_rooms.ANOTHER_S_DOORS,)


def past(exemptions: list[Exemption], today: date) -> list[Exemption]:
    return [one for one in exemptions if today >= one.before]


def test_on_1_january_an_exemption_before_1_january_is_past():
    given = [Exemption(8, date(2027, 1, 1), frozenset({"cases.forms"}))]
    assert past(given, date(2026, 12, 31)) == []
    assert past(given, date(2027, 1, 1)) == given


def test_no_exemption_is_past():
    assert set(ASKED) <= set(GIVEN)
    assert past(GIVEN, date.today()) == []


def test_no_exemption_in_a_comment_is_past():
    """Where a tool keeps the list, its comment says `before` and a day."""
    kept = [PROJECT / "pyproject.toml", *(PROJECT / "tests/architecture").glob("*.py")]
    days = re.compile(r"^\s*#.*issue \d+, before (\d{4}-\d\d-\d\d)", re.MULTILINE)
    said = [(file.name, day) for file in kept for day in days.findall(file.read_text(encoding="utf-8"))]
    assert [one for one in said if one[1] <= date.today().isoformat()] == []
