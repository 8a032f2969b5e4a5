"""A segment is kept once and for all, or the server is told that it is not."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tongdian.config import wal

NAME = "000000010000000000000001"


def call(*words):
    script = str(Path(wal.__file__))
    return subprocess.run(
        [sys.executable, "-I", "-S", script, *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def segment(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(b"\x01" + bytes(2**24 - 1))
    (tmp_path / "wal").mkdir()
    return path


def test_it_comes_back_as_it_was_and_an_empty_one_is_small(segment, tmp_path):
    assert call("keep", segment, tmp_path / "wal").returncode == 0
    assert (tmp_path / "wal" / f"{NAME}.gz").stat().st_size < 100_000
    assert [path.name for path in (tmp_path / "wal").iterdir()] == [f"{NAME}.gz"]
    assert call("take", tmp_path / "wal", NAME, tmp_path / "back").returncode == 0
    assert (tmp_path / "back").read_bytes() == segment.read_bytes()


def test_told_twice_is_done_and_other_content_is_refused(segment, tmp_path):
    assert call("keep", segment, tmp_path / "wal").returncode == 0
    assert call("keep", segment, tmp_path / "wal").returncode == 0
    before = (tmp_path / "wal" / f"{NAME}.gz").read_bytes()
    segment.write_bytes(b"\x02" + bytes(2**24 - 1))
    refused = call("keep", segment, tmp_path / "wal")
    assert refused.returncode == 1
    assert "with other content" in refused.stderr
    assert (tmp_path / "wal" / f"{NAME}.gz").read_bytes() == before


def test_a_half_that_a_kill_left_is_written_anew(segment, tmp_path):
    (tmp_path / "wal" / f"{NAME}.part").write_bytes(b"half")
    assert call("keep", segment, tmp_path / "wal").returncode == 0
    assert gzip.decompress((tmp_path / "wal" / f"{NAME}.gz").read_bytes()) == segment.read_bytes()


def test_a_disk_that_is_not_mounted_is_not_made(segment, tmp_path):
    assert call("keep", segment, tmp_path / "elsewhere").returncode == 1
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_not_there_or_damaged_is_not_taken(tmp_path):
    assert call("take", tmp_path, NAME, tmp_path / "back").returncode == 1
    (tmp_path / f"{NAME}.gz").write_bytes(b"no gzip at all")
    assert call("take", tmp_path, NAME, tmp_path / "back").returncode == 1
    assert not (tmp_path / "back").exists()
