"""`tongdian doctor`: how this installation is, part by part, and what to do about it."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import version
from typing import Any

from tongdian.policy.words import Words

WORDS = {
    "ok": Words("正常", "well"),
    "watch": Words("留意", "look at it"),
    "down": Words("故障", "not working"),
}


def add_commands(commands: Any) -> None:
    """The `doctor` command."""
    doctor = commands.add_parser("doctor", help="how this installation is, and what to do about it")
    doctor.set_defaults(run=run_doctor)


def run_doctor(options: argparse.Namespace) -> int:
    """The parts that /operation/ shows, read here; 1 if one of them does not work."""
    from tongdian.config.home import home
    from tongdian.config.program import open_program

    print(f"tongdian {version('tongdian')} · Python {platform.python_version()} · {sys.platform}")
    print(home())
    with open_program():
        from tongdian.web.commands import health

        readings, server = health()
    print(f"PostgreSQL {server}\n")
    for part, reading in readings:
        said = [WORDS[reading.word], part.title, reading.said, reading.remedy]
        print("  ".join(words.say(options.lang) for words in said if words.say(options.lang)))
    return 1 if any(reading.word == "down" for _, reading in readings) else 0
