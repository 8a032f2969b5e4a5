"""QR codes (ISO/IEC 18004, level M) as pictures, many a second. Plain Python: no Django, no database, no clock.

    qr_code("https://sd.example.edu.cn/verify/?p=…")  →  PNG of one dot a module, its quiet zone included

A code of the library `qrcode` takes about 7 ms and its SVG 12 more, longer than the bill that it stands on. What
does not depend on the text (finder, timing and version patterns, the mask, which bit lies in which module) is
therefore asked of the library once for each version, and the text is laid over it. The test compares module by
module with the library.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import qrcode
from qrcode.base import Polynomial, RSBlock, gexp, glog, rs_blocks
from qrcode.util import MODE_8BIT_BYTE, length_in_bits

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

LEVEL = qrcode.ERROR_CORRECT_M
MASK = 3  # choosing the best of eight costs five times as much, and what is signed looks random anyhow
BORDER = 2  # light modules around it; the paper around it is light too
VERSIONS = range(1, 41)
PADDING = b"\xec\x11"  # 7.4.10: what fills the rest


class TooLongForACode(Refusal):
    """A text of more bytes than a QR code of the largest version has."""

    says = Words("内容过长，无法生成二维码。", "The text is too long for a QR code.")


class Frame(NamedTuple):
    """What all codes of a version have in common: modules a side; the bits of a code in the order of the modules,
    as text; the modules as they are where every bit is 0, as a number of side × side bits."""

    side: int
    in_place: Callable[[str], tuple[str, ...]]
    blank: int


def qr_code(text: str) -> bytes:
    """A QR code as PNG, black on white. Raises TooLongForACode."""
    rows = modules(text)
    light = ["0" * (len(rows) + 2 * BORDER)] * BORDER
    edge = "0" * BORDER
    return _png([*light, *(f"{edge}{row}{edge}" for row in rows), *light])


def modules(text: str) -> list[str]:
    """The modules of a code, row by row: "1" is dark. Raises TooLongForACode."""
    content = text.encode()
    version = _version(len(content))
    words = _codewords(content, version)
    frame = _frame(version)
    bits = (
        f"{int.from_bytes(words):0{8 * len(words)}b}0"  # the last stands in every module that no bit decides
    )
    drawn = int("".join(frame.in_place(bits)), 2) ^ frame.blank
    flat = f"{drawn:0{frame.side**2}b}"
    return [flat[at : at + frame.side] for at in range(0, len(flat), frame.side)]


@cache
def _version(size: int) -> int:
    """The smallest version that holds so many bytes."""
    for version in VERSIONS:
        if 4 + length_in_bits(MODE_8BIT_BYTE, version) + 8 * size <= 8 * _room(version):
            return version
    raise TooLongForACode


def _room(version: int) -> int:
    return sum(block.data_count for block in _blocks(version))


@cache
def _blocks(version: int) -> list[RSBlock]:
    found: list[RSBlock] = rs_blocks(version, LEVEL)
    return found


def _codewords(content: bytes, version: int) -> bytes:
    """Mode, length, content and padding in blocks, each with its error correction, interleaved (7.4 to 7.6)."""
    long, room = length_in_bits(MODE_8BIT_BYTE, version), 8 * _room(version)
    said = (MODE_8BIT_BYTE << long | len(content)) << 8 * len(content) | int.from_bytes(content)
    used = 4 + long + 8 * len(content)
    end = min(4, room - used)
    end += -(used + end) % 8
    data = (said << end).to_bytes((used + end) // 8)
    data += (PADDING * room)[: room // 8 - len(data)]
    parts, checks = [], []
    for block in _blocks(version):
        part, data = data[: block.data_count], data[block.data_count :]
        parts.append(part)
        checks.append(_check(part, block.total_count - block.data_count))
    longest = max(map(len, parts))
    return bytes(part[at] for at in range(longest) for part in parts if at < len(part)) + bytes(
        check[at] for at in range(len(checks[0])) for check in checks
    )


def _check(part: bytes, length: int) -> bytes:
    """The Reed-Solomon code of a block: what is left when it is divided by the generator."""
    times, top = _generator(length), 8 * (length - 1)
    below, left = (1 << top) - 1, 0
    for byte in part:
        left = (left & below) << 8 ^ times[left >> top ^ byte]
    return left.to_bytes(length)


@cache
def _generator(length: int) -> list[int]:
    """The generator without its first coefficient, times each element of the field."""
    found: Any = Polynomial([1], 0)
    for power in range(length):
        found *= Polynomial([1, gexp(power)], 0)
    rest = [found[at] for at in range(1, length + 1)]
    return [
        int.from_bytes(bytes(gexp((glog(one) + glog(factor)) % 255) if one and factor else 0 for one in rest))
        for factor in range(256)
    ]


@cache
def _frame(version: int) -> Frame:
    """Found out by asking the library: a bit's module is the one that turns with it. Codes in which every bit is
    set whose number has its k-th digit set tell that number, module by module."""
    size = sum(block.total_count for block in _blocks(version))
    bits = 8 * size
    blank, full = _drawn(version, bytes(size)), _drawn(version, b"\xff" * size)
    number = [0] * len(blank)
    for digit in range(bits.bit_length()):
        several = "".join("1" if bit >> digit & 1 else "0" for bit in range(bits))
        drawn = _drawn(version, int(several, 2).to_bytes(size))
        for module, (one, other) in enumerate(zip(drawn, blank, strict=True)):
            number[module] |= (one != other) << digit
    decided = [one != other for one, other in zip(full, blank, strict=True)]
    order = [bit if free else bits for bit, free in zip(number, decided, strict=True)]
    side = 17 + 4 * version
    return Frame(side, itemgetter(*order), int("".join("1" if dark else "0" for dark in blank), 2))


def _drawn(version: int, words: bytes) -> list[bool]:
    code: Any = qrcode.QRCode(version=version, error_correction=LEVEL, mask_pattern=MASK)
    code.data_cache = list(words)
    code.makeImpl(False, MASK)
    return [bool(dark) for row in code.modules for dark in row]


def _png(rows: list[str]) -> bytes:
    """Rows of dots, "1" black, as PNG of one bit a dot (ISO/IEC 15948)."""
    wide = len(rows[0])
    length = -(-wide // 8)
    light = (1 << wide) - 1
    lines = b"".join(b"\0" + ((light ^ int(row, 2)) << 8 * length - wide).to_bytes(length) for row in rows)
    head = struct.pack(">IIBBBBB", wide, len(rows), 1, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in parts
    )
