"""A migration that has landed is never edited: who follows main would have another schema, and
nothing would say so. A new one is added to `migrations.sha256` (`python -m tests.migrations`)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "tongdian"
LANDED = Path(__file__).with_name("migrations.sha256")


def hashes() -> dict[str, str]:
    """SHA-256 of every migration, by its path."""
    return {
        path.relative_to(PACKAGE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(PACKAGE.glob("*/migrations/0*.py"))
    }


def landed() -> dict[str, str]:
    """What is written down."""
    lines = LANDED.read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ") for line in lines)}


def test_migrations_that_have_landed_are_as_they_were():
    now = hashes()
    edited = [path for path, digest in landed().items() if now.get(path) != digest]
    assert edited == [], "add a migration instead"


def test_every_migration_is_written_down():
    assert set(hashes()) == set(landed()), "python -m tests.migrations adds new ones"


def test_no_migration_has_an_order_of_its_own_in_every_process():
    """A set is written into the SQL of a constraint in the order of its hashes, so that two
    installations would have two schemas and each upgrade would differ from a first start."""
    unordered = re.compile(r"frozenset\(|\bset\(\[|__in', \{")
    found = [p.name for p in PACKAGE.glob("*/migrations/0*.py") if unordered.search(p.read_text("utf-8"))]
    assert found == [], "write a tuple in the order of the list of choices"
