"""What strangers send is read in a child that may not take more than its share."""

from __future__ import annotations

import io
import re
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

import tongdian
from tongdian import bounded as bounds
from tongdian.bounded import Busy, NotReadable, TooMuchWork, bounded
from tongdian.files.rules import PAPERS, FileDamaged, MediaType, PictureTooLarge, made_fit


def picture(width, height, mode="RGBA", kind="PNG"):
    kept = io.BytesIO()
    Image.new(mode, (width, height)).save(kept, kind)
    return kept.getvalue()


def fill_the_memory():
    return len([bytes(100_000_000) for _ in range(40)])


def end_at_once():
    import os

    os._exit(1)


def take_for_ever():
    time.sleep(60)


def test_a_picture_is_drawn_in_a_child_and_comes_back():
    media_type, kept = bounded(made_fit, picture(40, 30, "RGB", "JPEG"), allowed=PAPERS)
    assert media_type == MediaType.JPEG
    assert Image.open(io.BytesIO(kept)).size == (40, 30)


def test_what_the_child_refuses_is_refused_here():
    with pytest.raises(FileDamaged):
        bounded(made_fit, picture(400, 300)[:200], allowed=PAPERS)


def test_a_child_that_fills_the_memory_or_dies_is_a_refusal():
    with pytest.raises(TooMuchWork):
        bounded(fill_the_memory)
    with pytest.raises(TooMuchWork):
        bounded(end_at_once)


def stumble():
    return [][7]


def test_a_file_on_which_the_reader_stumbles_cannot_be_read_and_is_not_called_too_large():
    with pytest.raises(NotReadable, match="damaged or malformed"):
        bounded(stumble)


def test_a_child_that_takes_for_ever_is_ended(monkeypatch):
    monkeypatch.setattr(bounds, "SECONDS", 1)
    with pytest.raises(TooMuchWork):
        bounded(take_for_ever)


def test_a_small_file_with_eighty_million_pixels_is_refused_by_its_header():
    with pytest.raises(PictureTooLarge, match="25 million"):
        made_fit(picture(8944, 8944, "L"), allowed=PAPERS)


def test_a_large_photograph_is_drawn_at_half_its_size():
    _, kept = bounded(made_fit, picture(8000, 6000, "RGB", "JPEG"), allowed=PAPERS)
    assert Image.open(io.BytesIO(kept)).size == (4000, 3000)


def test_threads_beyond_the_bound_are_told_to_come_again_and_the_others_wait(monkeypatch):
    monkeypatch.setattr(bounds, "_turns", threading.BoundedSemaphore(2))
    outcomes = []

    def send():
        try:
            bounded(time.sleep, 1.0)
            outcomes.append("done")
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy", "busy", "busy", "done", "done"]


def test_what_sets_a_paper_or_writes_a_workbook_is_called_through_the_bound() -> None:
    """A new page that did it in a web thread would let one long list stop the others."""
    package = Path(tongdian.__file__).parent
    heavy = re.compile(
        r"import openpyxl|from openpyxl import.*Workbook"
        r"|documents(?:\.printing)? import[^)]*\brender\b"
    )
    found = {
        str(file.relative_to(package))
        for file in package.rglob("*.py")
        if heavy.search(file.read_text(encoding="utf-8"))
    }
    assert found == {
        "workbooks.py",  # called by bounded alone
        "connections/printing/__init__.py",  # through bounded
        "accounts/printing.py",  # through bounded
        "billing/printing.py",  # through bounded
        "supervision/printing.py",  # through bounded
        "documents/excel.py",  # a return as a workbook: called by bounded alone
        "supervision/importing/sheets.py",  # called by bounded alone
        "supervision/replies.py",  # through bounded
        "agreements/importing/workbooks.py",  # the template: of fixed size
        "bulk/results.py",  # the command line's
        "bulk/templates.py",  # the command line's: of fixed size
        "demo/papers.py",
        "documents/__init__.py",  # an example
    }
