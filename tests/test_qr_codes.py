"""A QR code is drawn as the library draws it, and is read back."""

import io

import pytest
import qrcode
from PIL import Image

from tongdian.qr_codes import BORDER, LEVEL, MASK, TooLongForACode, modules, qr_code


@pytest.mark.parametrize("length", [1, 14, 15, 100, 213, 250, 330, 800, 2331])
def test_a_code_is_the_one_of_the_library_module_by_module(length):
    """2,331 bytes are the most of level M (ISO/IEC 18004, table 7); a version's last byte leaves no padding."""
    text = ("https://sd.example.edu.cn/verify/?p=电" * 80).encode()[:length].decode(errors="ignore")
    text += "x" * (length - len(text.encode()))
    theirs = qrcode.QRCode(error_correction=LEVEL, mask_pattern=MASK)
    theirs.add_data(text, optimize=0)
    theirs.make(fit=True)
    assert modules(text) == ["".join("1" if dark else "0" for dark in row) for row in theirs.modules]


def test_what_is_longer_than_any_code_is_refused():
    with pytest.raises(TooLongForACode):
        modules("x" * 2332)


def test_the_picture_has_a_dot_a_module_within_a_light_border():
    picture = Image.open(io.BytesIO(qr_code("12398")))
    side = 21 + 2 * BORDER  # version 1
    assert picture.size == (side, side)
    dark = ["".join("0" if picture.getpixel((x, y)) else "1" for x in range(side)) for y in range(side)]
    assert dark[:BORDER] == dark[-BORDER:] == ["0" * side] * BORDER
    assert [row[BORDER:-BORDER] for row in dark[BORDER:-BORDER]] == modules("12398")
