"""The campus of the engine's tests, as an applicant meets it."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from tests.cases.conftest import at, make_campus
from tongdian.notices.models import Channel


@pytest.fixture
def campus(db, viewer):
    found = make_campus(viewer)
    found.campus.hotline = "0773-5846000"
    found.campus.save()
    Channel.objects.create(organisation=found.campus.id, kind="sms", changed_at=at("2026-01-01"))
    return found


def picture(text="lease", *, size=(640, 900)):
    """A photograph of a paper, different for each text."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((40, 40), text, fill="black")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def drawn_name():
    """A signature drawn with a finger."""
    image = Image.new("RGBA", (400, 160), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for step in range(6):
        pen.line([(20 + 60 * step, 30), (60 + 60 * step, 130)], fill="black", width=8)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
