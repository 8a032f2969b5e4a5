"""What a file is, told by its content alone; and photographs made fit to keep.

A photograph is drawn anew before it is kept: what is stored is pixels and nothing else. That
strips where and when it was taken and by which telephone (the place of somebody's home is nobody's
business here, and a camera's clock proves nothing: the server's does), and whatever was hidden
beside or behind the picture. The way up, which telephones write beside the pixels, is turned into
them first. HEIC and WebP become JPEG, which every office computer opens.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile

import pi_heif
from django.db.models import TextChoices
from PIL import Image, ImageOps, UnidentifiedImageError

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

pi_heif.register_heif_opener()

HASH = r"^[0-9a-f]{64}$"  # of a content, as the columns of the database are held to it
MAX_PIXELS = 80_000_000  # the largest telephones make 50 million; a bomb has billions
DRAWN_PIXELS = 25_000_000  # more is drawn smaller where the format allows it, else refused
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
JPEG_QUALITY = 90  # small print on a photographed contract stays readable
MAX_UNPACKED_BYTES = 300_000_000  # of a workbook or document, which are zip archives
MAX_UNPACKED_TIMES = 200  # larger than the archive itself


class MediaType(TextChoices):
    """What is kept."""

    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPEG"
    PNG = "image/png", "PNG"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"
    CSV = "text/csv", "CSV"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX"


PAPERS = frozenset({MediaType.PDF, MediaType.JPEG, MediaType.PNG})
SPREADSHEETS = frozenset({MediaType.XLSX, MediaType.CSV})
OFFICE = PAPERS | {MediaType.XLSX, MediaType.DOCX}

_IMAGES = {
    "JPEG": MediaType.JPEG,
    "MPO": MediaType.JPEG,  # a JPEG with a second picture behind it, as some telephones write
    "PNG": MediaType.PNG,
    "HEIF": MediaType.JPEG,
    "WEBP": MediaType.JPEG,
}
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PARTS = {
    b"spreadsheetml.sheet.main+xml": MediaType.XLSX,
    b"wordprocessingml.document.main+xml": MediaType.DOCX,
}


class FileEmpty(Refusal):
    """Nothing was sent."""

    says = Words("文件是空的；请重新选择。", "The file is empty; choose it again.")


class FileTooLarge(Refusal):
    """More bytes than may be kept."""

    says = Words(
        "文件超过 {limit} MB；请压缩，或拍照时选用较小的尺寸。",
        "The file is larger than {limit} MB; compress it, or photograph it in a smaller size.",
    )


class TypeNotAllowed(Refusal):
    """A file of a kind that is not taken here, whatever its name says."""

    says = Words(
        "这个文件的内容不是可接受的类型；此处只收 {allowed}。",
        "The content of this file is of a kind not taken here: only {allowed}.",
    )


class FileDamaged(Refusal):
    """A file that begins as one of a known kind and cannot be read as one."""

    says = Words(
        "文件损坏或不完整，无法读取；请重新导出或重拍。",
        "The file is damaged or incomplete; export or photograph it again.",
    )


class PictureTooLarge(Refusal):
    """A picture that would fill the memory when drawn."""

    says = Words(
        "图片的像素超过 {limit} 万；请缩小后再传。",
        "The picture has more than {limit_en} million pixels; make it smaller.",
    )


class MacrosNotAllowed(Refusal):
    """An office file that carries a program."""

    says = Words(
        "文件带有宏；请另存为不带宏的格式。", "The file carries macros; save it in a format without them."
    )


def made_fit(content: bytes, *, allowed: frozenset[MediaType]) -> tuple[MediaType, bytes]:
    """What the content is, and what of it is kept.

    Raises FileEmpty, TypeNotAllowed, FileDamaged, PictureTooLarge, MacrosNotAllowed.
    """
    if not content:
        raise FileEmpty
    refused = TypeNotAllowed(allowed=sorted(one.label for one in allowed))
    if content[:1024].lstrip().startswith(b"%PDF-"):
        kind, kept = MediaType.PDF, _whole_pdf(content)
    elif content.startswith(b"PK\x03\x04"):
        found = _office_type(content)
        if found is None:
            raise refused
        kind, kept = found, content
    elif MediaType.CSV in allowed and _is_text(content):
        kind, kept = MediaType.CSV, content
    else:
        picture = _opened(content)
        if picture is None:
            raise refused
        kind = _IMAGES[picture.format or ""]
        if kind not in allowed:  # before the work of drawing it
            raise refused
        kept = _drawn_anew(picture, kind)
    if kind not in allowed:
        raise refused
    return kind, kept


def _is_text(content: bytes) -> bool:
    """Whether it is a table of text as programs write it; it cannot be told further."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "gb18030")
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            return _NO_TEXT.search(content.decode(encoding)) is None
    return False


def _whole_pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-2048:]:
        raise FileDamaged
    return content


def _office_type(content: bytes) -> MediaType | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
            unpacked = sum(sizes.values())
            if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_UNPACKED_TIMES * len(content):
                raise FileDamaged
            if any(name.lower().endswith("vbaproject.bin") for name in sizes):
                raise MacrosNotAllowed
            if "[Content_Types].xml" not in sizes:
                return None
            listed = archive.read("[Content_Types].xml")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as broken:
        raise FileDamaged from broken
    return next((kind for part, kind in _PARTS.items() if part in listed), None)


def _opened(content: bytes) -> Image.Image | None:
    """The picture, not yet drawn; None if it is none of those taken."""
    try:
        picture = Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "HEIF", "WEBP"])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_many_pixels() from bomb
    except UnidentifiedImageError:
        return None
    except (OSError, ValueError, SyntaxError, RuntimeError) as broken:
        raise FileDamaged from broken
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()
    if picture.width * picture.height > DRAWN_PIXELS:
        if picture.format in ("JPEG", "MPO"):  # read at a half or a quarter of its size
            picture.draft(None, (picture.width // 2, picture.height // 2))
        if picture.width * picture.height > DRAWN_PIXELS:
            raise _too_many_pixels(DRAWN_PIXELS)
    return picture


def _too_many_pixels(limit: int = MAX_PIXELS) -> PictureTooLarge:
    return PictureTooLarge(limit=limit // 10_000, limit_en=limit // 1_000_000)


def _drawn_anew(picture: Image.Image, kind: MediaType) -> bytes:
    """The pixels the right way up, with the colour profile they need and nothing else."""
    try:
        picture.load()
        profile = picture.info.get("icc_profile")
        upright = ImageOps.exif_transpose(picture)
        if kind is MediaType.PNG:
            plain = upright if upright.mode in ("1", "L", "RGB", "RGBA") else upright.convert("RGBA")
        else:
            plain = _on_white(upright)
    except (OSError, ValueError, SyntaxError, RuntimeError) as broken:
        raise FileDamaged from broken
    plain.info = {}
    kept = io.BytesIO()
    if kind is MediaType.PNG:
        plain.save(kept, "PNG", icc_profile=profile)
    else:
        plain.save(kept, "JPEG", quality=JPEG_QUALITY, icc_profile=profile)
    return kept.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """A picture without transparency: JPEG has none."""
    if not picture.has_transparency_data:
        return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")
    layer = picture.convert("RGBA")
    paper = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(paper, layer).convert("RGB")
