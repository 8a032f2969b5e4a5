"""What `make hold` says of a part is what its tests came to."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.hold import counts
from tests.hold.__main__ import PARTS, SHORT, Outcome, page, run

PASSES = "def test_a(): pass"
SKIPPED = "import pytest\n\n\ndef test_a(): pytest.skip('mounting is not permitted here')"
FAILS = "def test_a(): assert False"
LOSES = "from tests.hold import counts\n\n\ndef test_a(): counts.add(attempts=7, lost=1)"
HANGS = "import time\n\n\ndef test_a(): time.sleep(300)"
BROKEN = "import nowhere_at_all"
ENDS_BADLY = "import atexit, os\n\natexit.register(os._exit, 3)\n\n\ndef test_a(): pass"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (PASSES, "held"),
        (SKIPPED, "SKIPPED"),
        (FAILS, "did not hold"),
        (LOSES, "did not hold"),
        (BROKEN, "did not hold"),
        (ENDS_BADLY, "did not hold"),
        ("", "did not hold"),
    ],
)
def test_a_part_held_only_if_something_was_tried_and_nothing_was_counted_against_it(
    tmp_path, capfd, written, said
):
    assert outcome(tmp_path, written).said == said
    assert f"part: {said} (" in capfd.readouterr().out


def test_a_part_that_takes_too_long_is_ended_and_has_not_held(tmp_path, capfd):
    found = outcome(tmp_path, HANGS, seconds=8)
    assert (found.held, found.failed) == (False, 1)
    assert "ended after 8 seconds" in capfd.readouterr().out


def test_what_the_parts_count_stands_on_the_page():
    held = Outcome(2, 0, 0, Counter(attempts=1163, unseen=0))
    lost = Outcome(2, 0, 0, Counter(attempts=7, lost=1, server_errors=2))
    written = page({"tampering": held, "kills": lost}, seed="1", count="12")
    assert "**1 lost, 0 double, 0 leaks, 2 server errors, 0 unseen** in 1170 attempts." in written
    assert "| 2 | 0 | 0 | 1163 | 0 | 0 | 0 | 0 | 0 | held |" in written
    assert "| 2 | 0 | 0 | 7 | 1 | 0 | 0 | 2 | 0 | did not hold |" in written


def test_the_short_form_tries_what_the_long_one_does():
    for name, tests in SHORT.items():
        assert set(tests) <= set(PARTS[name][1])


def outcome(folder, written, *, seconds=120):
    test = folder / "test_part.py"
    test.write_text(written + "\n", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n")
    words = ["-c", str(folder / "pytest.ini"), "--rootdir", str(folder), "-p", "no:django"]
    return run("part", [*words, str(test)], "1", "1", seconds=seconds)


def test_a_server_error_is_counted_whoever_asks(tmp_path, monkeypatch):
    assert counts.read(tmp_path / "none") == Counter()
    monkeypatch.setenv(counts.FILE, str(tmp_path / "counts"))
    counts.add(attempts=2, server_errors=1)
    counts.add(attempts=3)
    assert counts.read(tmp_path / "counts") == Counter(attempts=5, server_errors=1)
