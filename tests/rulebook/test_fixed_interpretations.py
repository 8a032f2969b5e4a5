"""A place that is settled where it stands: its page says so, and no door chooses otherwise."""

from __future__ import annotations

import pytest

from tongdian.rulebook import queries
from tongdian.rulebook.actions import choose_interpretation
from tongdian.rulebook.models import Choice
from tongdian.rulebook.rules import InterpretationFixed

PLACE = "return-periods"  # 15 January reports the whole year: the return is written so


@pytest.fixture
def administrator(db, viewer):
    from tongdian.rulebook.commands import install_packs

    install_packs()
    return viewer("administrator", "reader")


def test_another_option_of_it_is_refused(administrator):
    from django.utils import timezone

    with pytest.raises(InterpretationFixed, match="whole year before"):
        choose_interpretation(
            pack=queries.pack("nea-2021-37"), interpretation=PLACE, option="second_half", reason="试", by=administrator,
            at=timezone.now(),
        )  # fmt: skip
    assert not Choice.objects.exists()


def test_its_page_says_what_follows_it_and_asks_nothing(administrator, client):
    client.force_login(administrator)
    page = client.get(f"/packs/nea-2021-37/interpretations/{PLACE}/", headers={"accept-language": "zh-hans"})
    said = page.content.decode()
    assert "已写定" in said
    assert 'name="option"' not in said
    open_one = client.get("/packs/nea-2021-37/interpretations/every-case/").content.decode()
    assert 'name="option"' in open_one
