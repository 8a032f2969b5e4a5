"""The plain-Python areas load alone, in any order, without Django."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "tongdian.calendar",
        "tongdian.calendar.bulk",
        "tongdian.money",
        "tongdian.policy.process",
        "tongdian.policy.packs",
    ],
)
def test_an_area_is_importable_first_and_without_django(module):
    check = f"import sys, {module}; assert 'django' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", check], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_one_date_needs_no_arrays():
    check = "import sys, tongdian.calendar; assert 'numpy' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
