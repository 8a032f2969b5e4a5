"""How much code there is: lines without blanks, comments and docstrings, after one formatter."""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from pathlib import Path

from bench.report import Figure

PACKAGE = Path("src/tongdian")
BEFORE = {"network": 2_230, "in all": 39_809, "upward imports": 16}  # of c8d7c0f, by this formatter and count
NETWORK = ("network", "agreements/importing/kinds/lines.py", "agreements/importing/kinds/places.py")
REGISTERS = ("registers", "spoken.py", "api/v1/registers.py", "agreements/importing/kinds/registers.py")
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(path: Path) -> int:
    """Of one file; of a template those that are not blank."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return sum(bool(line.strip()) for line in text.splitlines())
    said: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            said |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - said)


def counted(*names: str, suffixes: tuple[str, ...] = (".py", ".html")) -> int:
    """Of files and folders; migrations are written by a machine."""
    files = [
        file
        for name in names
        for file in ([PACKAGE / name] if (PACKAGE / name).is_file() else (PACKAGE / name).rglob("*"))
        if file.suffix in suffixes and "migrations" not in file.parts
    ]
    return sum(code_lines(file) for file in files)


def measure(*, small: bool) -> list[Figure]:
    network, registers = counted(*NETWORK), counted(*REGISTERS)
    whole = counted(".", suffixes=(".py",))
    upward = upward_imports()
    return [
        Figure(
            "lines",
            "the network through all its doors",
            "≤ 0.6 ×",
            f"{network:,} ({network / BEFORE['network']:.3f} ×)",
            f"before: {BEFORE['network']:,} (1,250 of 2,096 by the formatter before is the same share); each register gained list, filters, views, export, change, remove",
        ),
        Figure("lines", "what every register is made of, with its doors", "≤ 1,900", f"{registers:,}"),
        Figure("lines", "the whole program", "—", f"{whole:,}", f"before: {BEFORE['in all']:,}"),
        Figure(
            "lines",
            "imports from a lower area of a higher one",
            "—",
            str(upward),
            f"before: {BEFORE['upward imports']}",
        ),
    ]


def upward_imports() -> int:
    """Those that import-linter is told to overlook."""
    told = subprocess.run(["lint-imports"], capture_output=True, text=True, check=False).stdout
    found = [line for line in told.splitlines() if "ignored import" in line]
    return sum(int(word) for line in found for word in line.replace("(", " ").split() if word.isdigit())
