"""How a field of a pack is written is said to whoever wrote it otherwise."""

from __future__ import annotations

import pytest
from pydantic import create_model

from tongdian.policy import PackError
from tongdian.policy.reading import Bilingual, Flag, Id, Model, read_model, read_yaml


@pytest.mark.parametrize(
    ("kind", "written", "zh"),
    [
        (Flag, "perhaps", "写 true 或 false"),
        (Bilingual, "{zh: 只有中文}", "两种语言都要写"),
        (Id, "Small_Works", "编号是用连字符连接的小写单词"),
    ],
)
def test_how_a_field_is_written_is_said_in_either_language(tmp_path, kind, written, zh):
    (tmp_path / "one.yaml").write_text(f"field: {written}\n", encoding="utf-8")
    asked = create_model("Asked", __base__=Model, field=(kind, ...))
    with pytest.raises(PackError) as refused:
        read_model(read_yaml(tmp_path / "one.yaml"), asked)
    assert zh in refused.value.say("zh")
    assert zh not in refused.value.say("en")
