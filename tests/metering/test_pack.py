"""What a pack says of readings has to be what the program asks of it."""

import shutil
from pathlib import Path

import pytest

from tongdian.policy import load_pack
from tongdian.policy.refusals import PackError

PACK = Path(__file__).resolve().parents[2] / "policies" / "gxnu-2016-4"


@pytest.mark.parametrize(
    ("was", "becomes", "column"),
    [
        ("    nem: {type: int", "    nem12: {type: int", "nem"),
        ("    points: {type: int", "    score: {type: int", "points"),
    ],
)
def test_a_table_of_readings_without_its_column_is_refused_where_the_pack_names_it(
    tmp_path, was, becomes, column
):
    folder = tmp_path / "gxnu-2016-4"
    shutil.copytree(PACK, folder)
    file = folder / "metering.yaml"
    text = file.read_text(encoding="utf-8").replace(was, becomes)
    name, other = was.strip().split(":")[0], becomes.strip().split(":")[0]
    file.write_text(text.replace(f", {name}: ", f", {other}: "), encoding="utf-8")
    with pytest.raises(PackError, match=f"has no column {column}"):
        load_pack(folder, run_tests=False)
