"""The kernel's own requirements are enough to answer a case: no Django, no DuckDB, no numpy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = PROJECT / "requirements"
UV = Path(sys.executable).with_name("uv")


def names(file: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", file.read_text(), re.MULTILINE))


def test_a_fresh_environment_with_the_kernel_s_requirements_answers_the_readme_s_first_example(tmp_path):
    new = tmp_path / "venv"
    install = [str(UV), "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCKS / "kernel.txt")]
    subprocess.run([str(UV), "venv", "--quiet", "--python", sys.executable, str(new)], check=True)
    subprocess.run([*install, "--python", str(new / "bin" / "python")], check=True)
    words = ["answer", "gxnu-2016-4", "construction-deposit", "--on", "2026-03-02", "contract=150000"]
    answered = subprocess.run(
        [str(new / "bin" / "python"), "-m", "tongdian.cli.main", "--lang", "en", *words],
        env={"PYTHONPATH": str(PROJECT / "src"), "TONGDIAN_HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert answered.stderr == ""
    assert answered.stdout.startswith("Construction deposit 10,000–30,000 yuan")
    assert not {"django", "duckdb", "numpy", "pyarrow", "psycopg"} & names(LOCKS / "kernel.txt")


def test_they_are_part_of_what_the_program_has():
    assert names(LOCKS / "kernel.txt") <= names(LOCKS / "app.txt")
