"""What the parts of `make hold` count themselves, into the file that it names.

`pytest -p tests.hold.counts` also counts every request that a test's client makes, and every answer
with 500. Without `make hold` nothing is written.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

COUNTED = ("attempts", "lost", "double", "leaks", "server_errors", "unseen")
FILE = "HOLD_COUNTS"
SERVER_ERROR = 500  # 503 and 507 are said in words, and tried on purpose


def add(**counted: int) -> None:
    """Add to this part's counts: names of COUNTED."""
    assert set(counted) <= set(COUNTED), counted
    if named := os.environ.get(FILE):
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(json.dumps(counted) + "\n")


def read(path: Path) -> Counter[str]:
    """The sum of what a part added."""
    found: Counter[str] = Counter()
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            found.update(json.loads(line))
    return found


@pytest.fixture(autouse=True)
def requests_counted(monkeypatch: pytest.MonkeyPatch) -> object:
    """Those of one test, added when it ends."""
    if FILE not in os.environ:
        yield
        return
    from django.test import Client

    asked, counted = Client.request, Counter()

    def request(self: Client, **sent: object) -> object:
        reply = asked(self, **sent)
        counted["attempts"] += 1
        # a test that makes the program fail says so: what it then answers is what was asked of it
        is_ours = not getattr(self, "fails_on_purpose", False)
        counted["server_errors"] += is_ours and reply.status_code == SERVER_ERROR
        return reply

    monkeypatch.setattr(Client, "request", request)
    yield
    add(**counted)
