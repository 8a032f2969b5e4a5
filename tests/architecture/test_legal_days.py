"""A legal date comes from `legal_day`: an instant's own `.date()` is the day in whatever zone it carries."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tongdian"
# `.date()` where there is no instant: a wall clock already in Shanghai, a cell of a table.
NO_INSTANT = {
    "calendar/legal.py": {"at.astimezone(zone)"},
    "duties/rules.py": {"local"},
    "notices/rules.py": {"local"},
    "spreadsheets/cells.py": {"value"},
    "bulk/files.py": {"value"},
    # times of the clock of a pack's zone, without one
    "policy/timetables.py": {"first", "permit.first", "permit.until", "until - dt.timedelta(minutes=1)"},
    "conduct/queries.py": {"finding.first"},
    "supply/pages/months.py": {"found"},
    "supply/pages/used.py": {"one", "one.first", "one.until"},
    "supply/queries/used_outside.py": {"one.first", "one.until"},
    "supply/queries/hours.py": {"moment"},
    "supply/queries/permits.py": {"first", "until - dt.timedelta(minutes=1)"},
    "supply/replies/notices.py": {"begins", "ends"},
    "supply/saying.py": {"at"},
}
MODULES = {"dt", "datetime"}  # dt.date(2026, 3, 2) makes one


def days_of_instants(text: str) -> set[str]:
    """What `.date()` is called on, as written."""
    return {
        ast.unparse(node.func.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "date"
        and ast.unparse(node.func.value) not in MODULES
    }


def test_no_legal_date_is_the_date_of_an_instant() -> None:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        wrong = days_of_instants(path.read_text("utf-8")) - NO_INSTANT.get(name, set())
        if wrong and "/migrations/" not in name:
            found[name] = wrong
    assert not found, f"ask tongdian.calendar.legal_day(at) for the day: {found}"


def test_what_is_excepted_is_there() -> None:
    for name, expected in NO_INSTANT.items():
        assert expected <= days_of_instants((SOURCE / name).read_text("utf-8")), name


def test_the_day_of_a_signature_is_found_out() -> None:
    assert days_of_instants("on = signature.at.date()") == {"signature.at"}
    assert not days_of_instants("on = dt.date(2026, 3, 4)")
