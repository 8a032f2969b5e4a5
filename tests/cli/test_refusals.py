"""Whatever a user does, a command that fails says so in one line on stderr."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import PROGRAM
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(autouse=True, scope="module")
def without_an_installation(tmp_path_factory):
    """As on a machine that has only the program: no years but its own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TONGDIAN_HOME", str(tmp_path_factory.mktemp("home")))
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            environment.delenv(variable, raising=False)
        yield


ON = ["--on", "2026-06-30"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["answer", "gxnu-2016", "x", *ON], 1, 'no pack "gxnu-2016" (did you mean gxnu-2016-4?)'),
        (["answer", "town", "bil", *ON], 1, 'town has no rule "bil"; did you mean bill'),
        (["answer", "town", "bill", "--on", "2026-02-30"], 2, "'2026-02-30' is not a date like 2026-03-02"),
        (
            ["answer", "town", "bill", "--on", "9999-12-31"],
            2,
            "9999-12-31 lies outside 1900-01-01 to 2200-12-31",
        ),
        (["answer", "town", "bill", "--on", "20260302"], 2, "'20260302' is not a date"),
        (["answer", "town", "bill"], 2, "the following arguments are required: --on"),
        (["answer", "town", "bill", *ON, "kind"], 1, "write name=value, each name once"),
        (["answer", "town", "bill", *ON, "kind=shop", "kind=flat"], 1, "each name once"),
        (["answer", "town", "bill", *ON, "sort=shop"], 1, "sort: there is no such input; the inputs are"),
        (["answer", "town", "bill", *ON, "kind=office"], 1, "kind: 'office' is not one of shop, flat"),
        (["answer", "town", "bill", *ON, "kind=shop", "people=NaN"], 1, "people: 'NaN' is not a number"),
        (
            ["answer", "town", "bill", *ON, "kind=shop", "people=１２"],
            1,
            "without unit or commas; write it in half-width characters: 12",
        ),
        (
            ["answer", "town", "bill", *ON, "kind＝shop"],
            1,
            "once; write it in half-width characters: kind=shop",
        ),
        (["answer", "town", "bill", "--on", "２０２６-03-02"], 2, "half-width characters: 2026-03-02"),
        (["rate", "town", "bill", "bill＝b.csv", "--out", "x"], 1, "half-width characters: bill=b.csv"),
        (["answer", "town", "bill", *ON, "kind=shop", "people=1e2"], 1, "people: '1e2' is not a number"),
        (["answer", "town", "bill", *ON, "kind=shop", "people=0"], 1, "the divisor is zero"),
        (["answer", "town", "bill", *ON, "kind=shop", "segment=[{]"], 1, "segment: not valid JSON"),
        (
            ["answer", "town", "bill", *ON, "kind=shop", "segment=" + "[" * 100_000],
            1,
            "segment: not valid JSON",
        ),
        (["answer", "town", "bill", *ON, "kind=shop", "segment=[1]"], 1, "segment: expected a row"),
        (
            ["answer", "town", "bill", *ON, "kind=shop", 'segment=[{"used": NaN}]'],
            1,
            "segment[0].start: missing",
        ),
        (
            ["answer", "town", "bill", "--on", "2019-12-31", "kind=shop"],
            1,
            "no version in force on 2019-12-31",
        ),
        (["answer", "town", "bill", *ON, "--take", "a=b"], 1, '"a" has no option "b"'),
        (
            ["answer", "town", "bill", *ON, "--given", "nowhere.json"],
            1,
            "nowhere.json cannot be used: there is no such file or folder",
        ),
        (["answer", "town", "bill", *ON, "--sideways"], 2, "unrecognized arguments: --sideways"),
        (["policy", "clauses", "nope"], 1, 'there is no pack "nope"'),
        (["policy", "describe", "town", "nope"], 1, 'town has no rule "nope"'),
        (["policy", "reexplain", "nowhere"], 1, "cannot read nowhere"),
        (["policy", "reexplain", "nowhere", "--sample", "-1"], 2, "'-1' is not a whole number"),
        (["rate", "town", "bill", "nowhere.csv", "--out", "o"], 1, 'the sheet has no "nowhere"; it has bill'),
        (
            ["rate", "town", "bill", "bill=nowhere.csv", "segment=nowhere.csv", "--out", "o"],
            1,
            "cannot read nowhere.csv: there is no such file",
        ),
        (["rate", "town", "prices", "x.csv", "--out", "o"], 1, "is not a sheet"),
        (
            ["rate", "town", "meter", "x.csv", "--out", "o", "--memory", "lots"],
            1,
            '"lots" is not a memory limit',
        ),
        (["measure", "town", "bill", "x.csv", "--out", "o"], 1, "declares no measure"),
        (["workdays", "add", "2021-09-30", "five"], 2, "invalid int value: 'five'"),
        (["workdays", "add", "2021-09-30", "-5"], 1, "-5"),
        (["workdays", "add", "2021-09-30", "9" * 30], 1, "is outside the published working days"),
        (["workdays", "add", "2099-01-01", "1"], 1, "is outside the published working days"),
        (["workdays", "add", "2003-12-31", "1"], 1, "is outside the published working days"),
        (["workdays", "between", "2021-10-13", "2021-09-30"], 1, "is before the start"),
        (["workdays", "add", "2021-09-30", "5", "--region", "Guilin"], 1, "Guilin"),
        (["sing"], 2, "invalid choice: 'sing'"),
        ([], 2, "the following arguments are required: COMMAND"),
    ],
)
def test_a_misuse_is_one_line(run, town, tmp_path, monkeypatch, words, status, said):
    monkeypatch.chdir(tmp_path)
    answer = run(*words)
    assert said in answer.refusal
    assert answer.status == status
    assert answer.out == ""
    assert not (tmp_path / "o").exists()


def test_refusals_are_chinese_for_chinese_readers(run, town):
    said = run("answer", "town", "bill", *ON, "kind=office", lang="zh")
    assert said.refusal == "kind：“office”不是以下之一：shop、flat"


@pytest.mark.parametrize("text", ["[1]", "7", '"x"', "{", "\xff"])
def test_a_file_of_inputs_that_is_no_object_is_refused(run, town, tmp_path, text):
    file = tmp_path / "given.json"
    file.write_bytes(text.encode("latin-1"))
    assert str(file) in run("answer", "town", "bill", *ON, "--given", file).refusal


def test_a_pack_with_a_mistake_is_refused_with_file_and_line(run, town):
    rules = town / "rules.yaml"
    rules.write_text(rules.read_text().replace("kind: table", "kind: tabel"))
    said = run("answer", "town", "bill", *ON).refusal
    assert "rules.yaml, line 3:" in said or "rules.yaml, line 2:" in said
    assert "To mend it:" in said


def test_a_folder_in_place_of_a_file_is_refused(run, town, tmp_path):
    assert "it is a folder, not a file" in run("answer", "town", "bill", *ON, "--given", tmp_path).refusal


def test_an_out_that_cannot_be_made_is_refused(run, town, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "reading.csv").write_text("reading,read_on,before,after\n1,2026-01-01,1,2\n")
    said = run("rate", "town", "meter", tmp_path / "reading.csv", "--out", tmp_path / "file/out")
    assert "part of the path is a file, not a folder" in said.refusal
    assert (tmp_path / "file").read_text() == "mine"


# --- the installed program --------------------------------------------------------------------------


def test_the_program_answers_and_refuses_as_installed(program):
    assert program("workdays", "add", "2021-09-30", "5") == (0, "2021-10-13\n", "")
    said = program("--lang", "en", "workdays", "add", "2099-01-01", "1")
    assert "2099-01-01 is outside the published working days" in said.refusal


def test_the_language_is_the_environments(program):
    assert "没有政策包" in program("policy", "clauses", "nope", LC_ALL="zh_CN.UTF-8").refusal
    assert "there is no pack" in program("policy", "clauses", "nope", LC_ALL="C.UTF-8").refusal


def test_a_terminal_without_chinese_gets_marks_and_no_traceback(program):
    said = program("--lang", "zh", "policy", "clauses", "nope", PYTHONIOENCODING="ascii")
    assert "?" in said.refusal


def test_without_spark_the_remedy_is_said(program, town, tmp_path):
    (tmp_path / "reading.csv").write_text("reading,read_on,before,after\n1,2026-01-01,1,2\n")
    said = program(
        "--lang",
        "en",
        "rate",
        "town",
        "meter",
        tmp_path / "reading.csv",
        "--out",
        tmp_path / "out.csv",
        "--engine",
        "spark",
        PATH="/nonexistent",
        JAVA_HOME="/nonexistent",
    )
    assert said.refusal.startswith("Java 17 is not installed: ")


def test_a_reader_that_has_had_enough_is_no_error():
    whole = subprocess.Popen(
        [PROGRAM, "policy", "clauses", "nea-2021-37", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    whole.stdout.read(10)
    whole.stdout.close()
    complaint = whole.stderr.read()
    whole.stderr.close()
    assert (whole.wait(PATIENCE_SECONDS), complaint) == (0, b"")


def test_counting_working_days_loads_nothing_it_does_not_need():
    script = (
        "import sys; from tongdian.cli.main import main; main(['workdays', 'add', '2021-09-30', '5']); "
        "print([m for m in ('django', 'duckdb', 'pydantic', 'numpy', 'pyarrow', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "2021-10-13\n[]\n"


def test_every_module_of_commands_adds_what_the_table_says():
    from argparse import ArgumentParser
    from importlib import import_module
    from pathlib import Path

    from tongdian.cli import main

    folder = Path(main.__file__).parent
    adding = {one.stem for one in folder.glob("*.py") if "def add_commands" in one.read_text("utf-8")}
    assert adding == set(main.MODULES)
    for module, names in main.MODULES.items():
        commands = ArgumentParser().add_subparsers()
        import_module(f"tongdian.cli.{module}").add_commands(commands)
        assert list(commands.choices) == names


def test_an_answer_loads_neither_the_database_nor_an_engine():
    script = (
        "import sys; from tongdian.cli.main import main; "
        "main(['answer', 'gxnu-2016-4', 'construction-deposit', '--on', '2026-03-02', 'contract=150000']); "
        "print([m for m in ('django', 'duckdb', 'numpy', 'pyarrow', 'psycopg', 'http') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.endswith("\n[]\n")
