"""Why a value does not fit the shape of a request, in words that a person reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tongdian.policy.words import Words

_DAY = Words("须为 2026-05-01 形式的日期", "must be a day such as 2026-05-01")
_MOMENT = Words(
    "须为 2026-05-01T08:00:00+08:00 形式的时刻", "must be a moment such as 2026-05-01T08:00:00+08:00"
)
_ID = Words("须为编号（UUID）", "must be an id (UUID)")
_WHOLE = Words("须为整数", "must be a whole number")
_TRUTH = Words("须为 true 或 false", "must be true or false")
_TEXT = Words('须为文本；数字也写作文本，如 "5.5"', 'must be text; a number is text too, such as "5.5"')
_LIST, _OBJECT = Words("须为列表", "must be a list"), Words("须为 JSON 对象", "must be a JSON object")
_REGION = Words("须为 6 位地区代码", "must be a region's code of 6 digits")
_NUMBER = Words(
    '须为写作文本的数，整数至多 {whole} 位，小数至多 {decimals} 位，如 "{example}"',
    "must be a number as text, with at most {whole} digits before the point and {decimals} behind it, such "
    'as "{example}"',
)
_FORM = Words("写法不合要求", "is not written as it is described")
_UNFIT = Words("不合要求", "does not fit")

# Pydantic's names of what is wrong, https://docs.pydantic.dev/latest/errors/validation_errors/
_SAID: Mapping[str, Words] = {
    "missing": Words("必填", "must be given"),
    "extra_forbidden": Words("没有这一项", "there is no such field"),
    "day": _DAY,
    "moment": _MOMENT,
    "timezone_aware": _MOMENT,
    "string_type": _TEXT,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "none_required": Words("须为 null", "must be null"),
    "string_too_long": Words("至多 {max_length} 个字", "has {max_length} characters at most"),
    "string_too_short": Words("至少 {min_length} 个字", "has {min_length} characters at least"),
    "too_long": Words("至多 {max_length} 项", "has {max_length} entries at most"),
    "too_short": Words("至少 {min_length} 项", "has {min_length} entries at least"),
    "literal_error": Words("须为 {expected} 之一", "must be one of {expected}"),
    "enum": Words("须为 {expected} 之一", "must be one of {expected}"),
    "greater_than_equal": Words("不得小于 {ge}", "must be {ge} or more"),
    "less_than_equal": Words("不得大于 {le}", "must be {le} or less"),
    "greater_than": Words("须大于 {gt}", "must be more than {gt}"),
    "less_than": Words("须小于 {lt}", "must be less than {lt}"),
}
_FAMILIES = (("date_", _DAY), ("datetime_", _MOMENT), ("uuid_", _ID), ("int_", _WHOLE), ("bool_", _TRUTH))
_NUMBERS = re.compile(r"\^(-\?)?\[0-9\](?:\{1,(\d+)\})?(?:\(\\\.\[0-9\]\{1,(\d+)\}\)\?)?\$")


def words_of(error: Mapping[str, Any]) -> Words:
    """What is said of one of Pydantic's errors."""
    kind, context = str(error.get("type", "")), dict(error.get("ctx") or {})
    if kind == "string_pattern_mismatch":
        return _of_pattern(str(context.get("pattern", "")))
    if kind in ("literal_error", "enum"):
        context["expected"] = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    said = _SAID.get(kind) or next((words for start, words in _FAMILIES if kind.startswith(start)), _UNFIT)
    return said.fill(**{name: str(value) for name, value in context.items()})


def _of_pattern(pattern: str) -> Words:
    if pattern in ("^[0-9]{6}$", "^([0-9]{6})?$"):
        return _REGION
    number = _NUMBERS.fullmatch(pattern)
    if number is None:
        return _FORM
    whole, decimals = int(number[2] or 1), int(number[3] or 0)
    return _NUMBER.fill(whole=str(whole), decimals=str(decimals), example="5.5" if decimals else "5")
