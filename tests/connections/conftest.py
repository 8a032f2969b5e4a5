"""The campus of the engine's tests, as an applicant meets it."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from tests.cases.conftest import at, make_campus
from tongdian.agreements.rules import CONSENT, SignatureEvidence
from tongdian.cases.rules import evidence_file
from tongdian.files.actions import store
from tongdian.notices.models import Channel


@pytest.fixture
def campus(db, viewer):
    found = make_campus(viewer)
    found.campus.hotline = "0773-5846000"
    found.campus.save()
    text_messages(found.campus)
    return found


def text_messages(organisation):
    """The office sends them from now on."""
    Channel.objects.create(organisation=organisation.id, kind="sms", changed_at=at("2026-01-01"))


def picture(text="lease", *, size=(640, 900)):
    """A photograph of a paper, different for each text."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((40, 40), text, fill="black")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def evidence(name="王小明", **more):
    """What proves a signature on a telephone."""
    usual = {"drawing": drawn_name(), "consent": CONSENT.zh, "ip": "10.0.0.7", "user_agent": "phone"}
    return SignatureEvidence(name=name, **usual | more)


def drawn_name():
    """A signature drawn with a finger."""
    image = Image.new("RGBA", (400, 160), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for step in range(6):
        pen.line([(20 + 60 * step, 30), (60 + 60 * step, 130)], fill="black", width=8)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def scanned(name="协议.png"):
    """The pages of an agreement signed on paper, kept."""
    return evidence_file(store(content=drawn_name(), at=at("2026-03-04")).hash, name)


def confirm(client, account):
    """Who is signed in says their password again."""
    account.set_password("a-long-password")
    account.save()
    client.force_login(account)
    client.post("/accounts/confirm/", {"password": "a-long-password"})
