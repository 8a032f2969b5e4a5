"""The few files that stand for every paper of the demonstration: nobody can mistake one for real."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tongdian.calendar import legal_day
from tongdian.documents import ApprovalForm, Party, render
from tongdian.files.actions import keep_document, store

SIMPLIFIED = 2  # of the faces in the file
_TITLES = {"identity": "证件复印件", "lease": "合同（首页）", "notice": "通知书", "record": "施工与试验记录"}
_LIKE = {  # which picture stands for a paper, by a part of its id in the packs
    "identity": "identity",
    "shopkeeper": "identity",
    "qualification": "identity",
    "lease": "lease",
    "contract": "lease",
    "premises": "lease",
    "notice": "notice",
    "slip": "notice",
    "opinion": "notice",
    "certificate": "notice",
}


class DemoPapers:
    """Stored once; given out by what a paper is."""

    def __init__(self, at: dt.datetime) -> None:
        self._form = keep_document(content=_form(legal_day(at)), at=at).hash
        self._pictures = {
            kind: store(content=photographed(title), at=at).hash for kind, title in _TITLES.items()
        }

    def file_for(self, item: str, title: str) -> tuple[str, str]:
        """The content hash and the name as uploaded of a paper of some list."""
        if "form" in item or "report" in item:
            return self._form, f"{title}.pdf"
        kind = next((kind for part, kind in _LIKE.items() if part in item), "record")
        return self._pictures[kind], f"{title}.jpg"


def photographed(title: str) -> bytes:
    """A sheet with a title and grey lines, marked across, as a photograph."""
    image = Image.new("RGB", (620, 860), "#f4f1ea")
    pen = ImageDraw.Draw(image)
    pen.rectangle((40, 40, 580, 820), fill="white", outline="#bbbbbb")
    pen.text((310, 110), title, font=_font(34), fill="#222222", anchor="mm")
    for line in range(14):
        pen.line((90, 200 + 40 * line, 530 - 37 * (line % 3), 200 + 40 * line), fill="#c8c8c8", width=8)
    pen.text((310, 430), "演示材料 非真实文件", font=_font(44), fill="#c0392b", anchor="mm")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70)
    return out.getvalue()


def written(text: str) -> bytes:
    """A few characters as if drawn with a finger."""
    image = Image.new("RGBA", (400, 160), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.text((200, 80), text, font=_font(72), fill="black", anchor="mm")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _form(day: dt.date) -> bytes:
    return render(
        ApprovalForm(
            number="演示",
            issuer="广西师范大学〔演示〕",
            issued_on=day,
            is_demo=True,
            applicant=Party(name="演示申请人", identity="9900**********0000", phone="0773-00*****"),
            kind="演示",
            place="演示地点",
            purpose="演示用途",
            wants_water=True,
            wants_power=True,
            capacity_kw=Decimal(12),
        )
    )


def _font(size: int) -> ImageFont.FreeTypeFont:
    folder = Path(str(files("manimgx_fonts_cjk").joinpath()))
    return ImageFont.truetype(str(next(folder.glob("*.ttc"))), size, index=SIMPLIFIED)
