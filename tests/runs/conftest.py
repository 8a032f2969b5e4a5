"""A campus whose officer brings a month's bills, with one wrong heading and one bad row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.network.conftest import campus
from tongdian.runs.models import BulkRun

__all__ = ["campus"]

NEW = "/runs/new/gxnu-2016-4/residential-electricity/"
BILLS = "账单,当年在住月数\nB-101,12\nB-103,12\n"
SEGMENTS = (
    "账单,段起日,段止日,阶梯年度,本年已计用量,用电,备注\n"
    "B-101,2026-03-01,2026-03-31,2026,310.00,182.40,\n"
    "B-103,2026-03-01,2026-03-31,2026,0,12O.5,补抄\n"
)


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A state folder of the test's own."""
    (tmp_path / "home").mkdir()
    settings.HOME = tmp_path / "home"
    return settings.HOME


@pytest.fixture
def bring(campus: Any) -> Callable[..., Any]:
    """Upload files as the page does: by grain, text or bytes."""

    def upload(client: Any, bill: Any = BILLS, segment: Any = SEGMENTS, *, at: str = NEW, **more: Any) -> Any:
        given = {"bill": bill, "segment": segment}
        files = {
            f"file.{grain}": SimpleUploadedFile(f"{grain}.csv", one.encode() if isinstance(one, str) else one)
            for grain, one in given.items()
            if one is not None
        }
        typed = {"organisation": campus.organisation.pk, "on": "2026-03-31"}
        return client.post(at, typed | files | more)

    return upload


@pytest.fixture
def officer(client: Any, campus: Any) -> Any:
    """The campus's officer at a browser."""
    client.force_login(campus.officer)
    return client


def only() -> BulkRun:
    """The one run there is."""
    return BulkRun.objects.get()
