"""A file is what its content says, and a photograph is kept without what it tells of people."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.files.conftest import GPS_IFD, PDF, photograph, png_that_claims, workbook
from tongdian.files.rules import (
    OFFICE,
    PAPERS,
    SPREADSHEETS,
    FileDamaged,
    FileEmpty,
    MacrosNotAllowed,
    MediaType,
    PictureTooLarge,
    TypeNotAllowed,
    made_fit,
)
from tongdian.policy.refusals import Refusal


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_photograph_keeps_nothing_but_its_pixels():
    sent = photograph()
    assert opened(sent).getexif().get_ifd(GPS_IFD)[2] == (25.0, 16.0, 30.0)
    kind, kept = made_fit(sent, allowed=PAPERS)
    assert kind == MediaType.JPEG
    assert dict(opened(kept).getexif()) == {}
    assert b"SomePhone" not in kept
    assert b"Exif" not in kept


def test_a_photograph_held_upright_stays_upright():
    # 6: turn by 90 degrees to see it. 40 × 20 lying becomes 20 × 40; the left half, red, is on top.
    _kind, kept = made_fit(photograph(turned=6), allowed=PAPERS)
    picture = opened(kept)
    assert picture.size == (20, 40)
    red, _green, blue = picture.getpixel((10, 5))
    assert red > 200
    assert blue < 60
    red, _green, blue = picture.getpixel((10, 35))
    assert blue > 200
    assert red < 60


def test_what_hides_behind_a_picture_is_not_kept():
    _kind, kept = made_fit(photograph(tail=b"PK\x03\x04 a program"), allowed=PAPERS)
    assert b"a program" not in kept


def test_a_picture_of_a_telephone_without_jpeg_becomes_one():
    kind, kept = made_fit(photograph(kind="WEBP"), allowed=PAPERS)
    assert kind == MediaType.JPEG
    assert opened(kept).format == "JPEG"


def test_a_transparent_picture_lies_on_white_paper():
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(file, "WEBP", lossless=True)
    _kind, kept = made_fit(file.getvalue(), allowed=PAPERS)
    assert opened(kept).getpixel((4, 4)) == (255, 255, 255)


def test_a_drawing_stays_a_png_without_its_remarks():
    from PIL.PngImagePlugin import PngInfo

    remarks = PngInfo()
    remarks.add_text("Author", "Wang Wu")
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(file, "PNG", pnginfo=remarks)
    kind, kept = made_fit(file.getvalue(), allowed=PAPERS)
    assert kind == MediaType.PNG
    assert opened(kept).info == {}
    assert opened(kept).getpixel((4, 4)) == (0, 128, 0)


def test_a_bomb_is_refused_before_it_is_drawn():
    # 60,000 × 60,000 × 3 bytes would be 10.8 GB
    with pytest.raises(PictureTooLarge):
        made_fit(png_that_claims(60_000, 60_000), allowed=PAPERS)
    # 9,000 × 9,000 = 81 million, one above the limit of 80 million
    with pytest.raises(PictureTooLarge):
        made_fit(png_that_claims(9_000, 9_000), allowed=PAPERS)


def test_a_workbook_that_unfolds_to_thousandfold_is_refused():
    with pytest.raises(FileDamaged):
        made_fit(workbook(zeros=bytes(30_000_000)), allowed=SPREADSHEETS)


def test_a_workbook_is_known_by_its_parts_and_not_taken_as_a_paper():
    assert made_fit(workbook(), allowed=SPREADSHEETS)[0] == MediaType.XLSX
    with pytest.raises(TypeNotAllowed) as refused:
        made_fit(workbook(), allowed=PAPERS)
    assert "JPEG、PDF、PNG" in refused.value.say("zh")


def test_a_program_in_a_workbook_is_refused():
    with pytest.raises(MacrosNotAllowed):
        made_fit(workbook(**{"xl/vbaProject.bin": b"program"}), allowed=SPREADSHEETS)


def test_a_plain_archive_is_no_workbook():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.exe", b"MZ")
    with pytest.raises(TypeNotAllowed):
        made_fit(file.getvalue(), allowed=OFFICE)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\x00",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    ],
)
def test_what_papers_are_not_is_refused(content):
    with pytest.raises(TypeNotAllowed):
        made_fit(content, allowed=PAPERS)


def test_half_a_file_is_refused():
    with pytest.raises(FileDamaged):
        made_fit(photograph(size=(400, 400))[:900], allowed=PAPERS)
    with pytest.raises(FileDamaged):
        made_fit(PDF[:-7], allowed=PAPERS)
    with pytest.raises(FileEmpty):
        made_fit(b"", allowed=PAPERS)


STARTS = [photograph()[:200], workbook()[:400], PDF, png_that_claims(5, 5), photograph(kind="WEBP")]


@given(st.sampled_from(STARTS), st.binary(max_size=300), st.integers(0, 300))
def test_any_bytes_are_kept_or_refused_by_name(start, noise, cut):
    try:
        kind, kept = made_fit(start[:cut] + noise, allowed=OFFICE)
    except Refusal:
        return
    assert kept
    assert kind in OFFICE
