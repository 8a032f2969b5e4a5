"""Documents stay true: links lead somewhere, commands print what is shown, examples are the files."""

from __future__ import annotations

import contextlib
import filecmp
import io
import re
from pathlib import Path

import pytest

from tests.docs.markdown import DOCUMENTS, HOME, Reader, agrees, blocks, commands, language_of
from tongdian.policy import load_pack
from tongdian.policy.kinds import kinds

NAMES = [path.relative_to(HOME).as_posix() for path in DOCUMENTS]
RUNNABLE = [
    name
    for name, path in zip(NAMES, DOCUMENTS, strict=True)
    if any(block.language == "console" for block in blocks(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_to_a_file_and_a_heading(name):
    document = HOME / name
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, heading = link.partition("#")
        target = document.parent / place if place else document
        assert target.exists(), link
        if heading:
            assert heading in _headings(target), link


def _headings(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_command_prints_what_the_document_shows(name, tmp_path):
    reader = Reader(tmp_path, language_of(HOME / name))
    for block in blocks((HOME / name).read_text(encoding="utf-8")):
        reader.write(block)
        for command in commands(block.body) if block.language == "console" else ():
            printed = reader.run(command.line)
            assert agrees(command.shown, printed), f"$ {command.line}\n{printed}"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_library_in_five_lines_prints_what_the_readme_says(name, monkeypatch):
    monkeypatch.chdir(HOME)
    found = list(blocks((HOME / name).read_text(encoding="utf-8")))
    (at,) = [index for index, block in enumerate(found) if block.language == "python"]
    assert len(found[at].body.splitlines()) == 5
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(found[at].body, name, "exec"), {})
    assert said.getvalue() == found[at + 1].body


def test_the_pack_built_step_by_step_is_the_pack_in_the_folder(tmp_path):
    how_to = HOME / "docs/how-to"
    reader = Reader(tmp_path, "C")
    for block in blocks((how_to / "write-a-pack.md").read_text(encoding="utf-8")):
        reader.write(block)
        for command in commands(block.body) if block.language == "console" else ():
            if command.line.startswith("sed -i "):  # the mends of the mistakes made on the way
                assert reader.run(command.line) == ""
    kept = how_to / "example-pack/dormitory-2026"
    names = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file())
    built = tmp_path / "mine/dormitory-2026"
    assert sorted(p.relative_to(built).as_posix() for p in built.rglob("*") if p.is_file()) == names
    assert filecmp.cmpfiles(kept, built, names, shallow=False) == (names, [], [])


def test_the_glossary_says_where_words_stand_in_the_code():
    packs = [load_pack(folder, run_tests=False) for folder in sorted((HOME / "policies").iterdir())]
    rules = {rule for pack in packs for rule in pack.rules}
    rows = re.findall(r"^\|(.*)\|$", (HOME / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
    places = {place for row in rows for place in re.findall(r"`([^`]+)`", row.rsplit("|", 1)[1])}
    assert len(places) > 40
    lost = [
        place
        for place in places - rules
        if not (HOME / "src/tongdian" / place).exists()
        and not (HOME / place).exists()
        and not (HOME / "policies/nea-2021-37" / place).exists()
    ]
    assert lost == []


def test_architecture_lists_every_kind_and_every_area():
    text = (HOME / "ARCHITECTURE.md").read_text(encoding="utf-8")
    missing = [kind for kind in kinds() if f"| `{kind}` |" not in text]
    areas = [path.name for path in (HOME / "src/tongdian").iterdir() if (path / "__init__.py").exists()]
    missing += [area for area in areas if f"`{area}/`" not in text]
    assert missing == []


def test_the_example_pack_is_read_in_the_browser_and_by_the_api(client, db, monkeypatch):
    monkeypatch.setenv("TONGDIAN_POLICIES", str(HOME / "docs/how-to/example-pack"))
    page = client.get("/packs/dormitory-2026/rules/room-electricity/").content.decode()
    assert "23.38" in page  # (1,262.5 - 1,200) - 2 × 10 = 42.5 kWh × 0.55, the rule's first test
    answer = client.post(
        "/api/v1/packs/dormitory-2026/rules/deposit/answers",
        {"on": "2026-03-02", "given": {"rent": "1500"}},
        content_type="application/json",
    )
    assert answer.json()["value"] == "750.00"  # half of 1,500
