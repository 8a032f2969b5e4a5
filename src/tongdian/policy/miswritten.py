"""What is said of a field of a pack that is not written as its type is: in both languages, whoever judged it."""

from __future__ import annotations

from typing import Any

from tongdian.policy.words import Words


class Miswritten(ValueError):
    """A field that is not written as its type is, or does not go with the others: how it is written, in both languages.
    What reads a pack raises it and no other ValueError."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)


# How pydantic's own types of mistakes are said in Chinese; what they say stands in the context of each.
_WRITTEN_AS = {
    "string_type": "写成文字",
    "list_type": "写成列表",
    "tuple_type": "写成列表",
    "dict_type": "写成“键: 值”的形式",
    "model_type": "写成“键: 值”的形式",
    "model_attributes_type": "写成“键: 值”的形式",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不大于 {le}",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "至多 {max_length} 个字",
    "string_pattern_mismatch": "应符合 {pattern}",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
}
_AS_DESCRIBED = "写法与此处所要求的不符，按写包说明改写"


def remedy_of(error: Any) -> Words:
    """How the field is written: as its type says, else as pydantic does, which speaks English alone."""
    context = error.get("ctx", {})
    said = context.get("error")
    if isinstance(said, Miswritten):
        return said.words
    zh = _WRITTEN_AS.get(error["type"], _AS_DESCRIBED)
    return Words(zh.format(**context), error["msg"].removeprefix("Value error, "))
