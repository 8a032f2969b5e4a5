"""Whatever somebody uploaded is given out so that it can do nothing: by one function."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "tongdian"


def test_only_one_function_gives_out_what_was_uploaded():
    """`files.replies.file_reply` says nosniff, sandbox and no-store; nobody replies with a kept
    file's content past it."""
    replying = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if {"open_file", "HttpResponse"} <= names_in(path)
    }
    assert replying == {"files/replies.py"}


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_every_table_for_a_spreadsheet_is_written_without_formulas():
    """Who writes CSV or a workbook says what of a stranger's text becomes of it."""
    writers = {
        str(path.relative_to(PACKAGE)): names_in(path)
        for path in PACKAGE.rglob("*.py")
        if any(word in path.read_text() for word in ("csv.writer(", "Workbook("))
    }
    assert writers.keys() == {
        "agreements/importing/workbooks.py",
        "bulk/results.py",
        "bulk/setting_aside.py",
        "bulk/templates.py",
        "documents/excel.py",
        "registers/pages/list_tools.py",
        "rulebook/pages/covering.py",
        "supervision/replies.py",
        "supervision/importing/sheets.py",
        "supervision/queries/sdmx.py",
        "workbooks.py",
    }
    for template in ("agreements/importing/workbooks.py", "bulk/templates.py"):
        del writers[template]  # nobody's text
    for path, names in writers.items():
        assert names & {"safe", "_legible", "legible"}, path
