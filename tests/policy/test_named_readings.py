"""An interpretation that a text of a pack names by its id is called by the place that it reads."""

from __future__ import annotations

from tests.policies.conftest import POLICIES
from tongdian.policy import load_pack
from tongdian.policy.named_readings import said_with_places, with_places


def test_no_reader_is_shown_an_id():
    pack = load_pack(POLICIES / "nea-2021-37", run_tests=False)
    text = "本表为自定版式，非官方（解读 annex-2-missing）；其余照文件（no-such-reading）。"
    assert (
        said_with_places(text, pack, "zh")
        == "本表为自定版式，非官方（附件2的解读）；其余照文件（no-such-reading）。"
    )
    assert [named for _, named in with_places(text, pack, "zh") if named] == ["annex-2-missing"]
    assert (
        said_with_places("ours (interpretation annex-2-missing)", pack, "en")
        == "ours (interpretation of Annex 2)"
    )
