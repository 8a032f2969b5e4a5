"""Documents as programs: their files are written and their commands run, as a reader would.

    ```yaml file=dormitory/pack.yaml     writes a file (`add=` appends to it)
    ```console                           `$ ` begins a command; what it prints follows
    ```python                            a program; the ```text block after it is what it prints

A line of one `…` stands for any lines. `python -m tests.docs FILE…` writes what the commands print
now into the documents: read the difference before you keep it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.template import lay_checked
from tests.waiting import PATIENCE_SECONDS

HOME = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path for path in [*HOME.glob("*.md"), *HOME.glob("docs/**/*.md"), *HOME.glob("policies/**/*.md")]
)
_FENCE = re.compile(r"^```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"(file|add)=(\S+)")


@dataclass(frozen=True)
class Block:
    """One fenced block and where its body stands."""

    language: str
    info: str
    body: str
    start: int


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    for match in _FENCE.finditer(text):
        yield Block(match["language"], match["info"].strip(), match["body"], match.start("body"))


@dataclass(frozen=True)
class Command:
    """One command of a console block and the output that the document shows."""

    line: str
    shown: str


def commands(body: str) -> list[Command]:
    """The commands of a console block; a trailing backslash continues on the next line."""
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line}", [])
        else:
            found[-1][1].append(line)
    return [Command(line, "\n".join(shown)) for line, shown in found]


class Reader:
    """Someone who follows a document literally, in an empty folder beside the project's."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder = folder
        for name in ("docs", "policies"):
            (folder / name).symlink_to(HOME / name)
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / ".tongdian").mkdir(mode=0o700)
        lay_checked(folder / ".tongdian")
        self.environment = {
            "PATH": f"{Path(sys.prefix, 'bin')}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": f"{language}.UTF-8",
            "TONGDIAN_HOME": str(folder / ".tongdian"),
            "TERM": "dumb",
        }

    def write(self, block: Block) -> None:
        """Write the file that a block holds, if it says one."""
        place = _PLACE.search(block.info)
        if place:
            path = self.folder / place[2]
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w" if place[1] == "file" else "a", encoding="utf-8") as file:
                file.write(block.body)

    def run(self, line: str) -> str:
        """What a command prints, on both streams."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout.rstrip("\n")


def agrees(shown: str, printed: str) -> bool:
    """Whether a document's output is what was printed; a line of one … stands for any lines."""
    pattern = "\n".join(re.escape(line) for line in shown.splitlines())
    pattern = re.sub(
        r"^…(\n|\Z)", lambda m: r"(?:.*\n)*?" if m[1] else r"[\s\S]*", pattern, flags=re.MULTILINE
    )
    return re.fullmatch(pattern, printed) is not None


def language_of(document: Path) -> str:
    """zh_CN for a Chinese document."""
    return "zh_CN" if ".zh" in document.suffixes[:-1] or document.stem.endswith("zh-CN") else "C"


def recorded(document: Path, folder: Path) -> str:
    """The document's text with what its commands print now."""
    text = document.read_text(encoding="utf-8")
    reader, out, done = Reader(folder, language_of(document)), [], 0
    for block in blocks(text):
        reader.write(block)
        if block.language != "console":
            continue
        shown = []
        for command in commands(block.body):
            printed = reader.run(command.line)
            if agrees(command.shown, printed):
                printed = command.shown
            shown.append("\n".join(filter(None, [f"$ {command.line}", printed])))
        out += [text[done : block.start], "\n".join(shown) + "\n"]
        done = block.start + len(block.body)
    return "".join([*out, text[done:]])
