"""The words of a pack's files, as people say them."""

from __future__ import annotations

import re

from tongdian.policy.words import Words

WORDS = {
    "zh": Words("中文", "Chinese"),
    "en": Words("英文", "English"),
    "title": Words("标题", "title"),
    "note": Words("说明", "note"),
    "says": Words("表述", "wording"),
    "issue": Words("问题", "issue"),
    "reason": Words("理由", "reason"),
    "reasons": Words("拒绝理由", "reasons to refuse"),
    "options": Words("选项", "options"),
    "chosen": Words("默认采用", "default"),
    "values": Words("取值", "values"),
    "clause": Words("条款", "clause"),
    "kind": Words("类别", "kind"),
    "by": Words("由规则实现", "implemented by"),
    "planned": Words("计划", "planned"),
    "in": Words("所在章", "chapter"),
    "versions": Words("版本", "version"),
    "in_force": Words("有效期", "in force"),
    "from": Words("起", "from"),
    "before": Words("止（不含）", "before"),
    "cite": Words("依据", "articles"),
    "taking": Words("采用的解读", "reading taken"),
    "bands": Words("档", "band"),
    "up_to": Words("上限（含）", "up to"),
    "below": Words("上限（不含）", "below"),
    "range": Words("区间", "range"),
    "amount": Words("数额", "amount"),
    "rate": Words("比例", "rate"),
    "at_most": Words("不超过", "at most"),
    "at_least": Words("不低于", "at least"),
    "limits": Words("限值", "limit"),
    "limit": Words("限值", "limit"),
    "owner": Words("计时方", "whose clock"),
    "when": Words("条件", "when"),
    "classes": Words("分类", "class"),
    "becomes": Words("归为", "becomes"),
    "lists": Words("清单", "list"),
    "papers": Words("材料", "papers"),
    "closed": Words("仅限所列", "closed"),
    "rows": Words("行", "row"),
    "columns": Words("列", "columns"),
    "value": Words("数值", "value"),
    "unit": Words("单位", "unit"),
    "input": Words("输入", "inputs"),
    "min": Words("最小", "least"),
    "max": Words("最大", "most"),
    "example": Words("示例", "example"),
    "labels": Words("选项名称", "labels"),
    "titles": Words("名称", "titles"),
    "shown": Words("列出的项", "lines shown"),
    "text": Words("内容", "text"),
    "stages": Words("环节", "stages"),
    "clocks": Words("计时", "clocks"),
    "role": Words("办理方", "role"),
    "after": Words("在此之后", "after"),
    "back": Words("可退回", "may return to"),
    "working_days": Words("工作日", "working days"),
    "facts": Words("事实", "facts"),
    "tests": Words("测试", "test"),
    "expect": Words("预期", "expected"),
    "refused": Words("预期拒绝", "refusal expected"),
    "given": Words("给定", "given"),
    "on": Words("日期", "on"),
    "offices": Words("责任单位", "responsible"),
    "done_by": Words("完成期限", "done by"),
    "lead": Words("牵头单位", "led by"),
}


def say_path(path: str, language: str) -> str:
    """Where in a rule: `versions[1].bands[0].range[1]` is 版本 2 · 档 1 · 区间 2.

    >>> say_path("versions[1].bands[0].range[1]", "en")
    'version 2 · band 1 · range 2'
    """
    said: list[str] = []
    for name, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if number and said:
            said[-1] += f" {int(number) + 1}"
        else:
            word = name or number
            said.append(WORDS[word].say(language) if word in WORDS else word)
    return " · ".join(said)
