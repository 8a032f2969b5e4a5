"""Pictures and papers as people send them, made here byte by byte."""

import io
import struct
import zipfile
import zlib

import openpyxl
import pi_heif  # noqa: F401 - HEIC is opened by it
import pytest
from PIL import Image

GPS_IFD, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def photograph(*, turned: int = 1, kind: str = "JPEG", size=(40, 20), tail: bytes = b"") -> bytes:
    """A photograph, left half red and right half blue, with the place where it was taken."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = turned, "SomePhone"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (25.0, 16.0, 30.0), 3: "E", 4: (110.0, 19.0, 12.0)})
    file = io.BytesIO()
    picture.save(file, kind, exif=exif.tobytes(), quality=95)
    return file.getvalue() + tail


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of that size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        checked = name + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def workbook(**parts: bytes) -> bytes:
    """An xlsx, with further parts inside."""
    file = io.BytesIO()
    openpyxl.Workbook().save(file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """The folder of files is this test's own."""
    settings.HOME = tmp_path
