"""What the rulebook refuses, and how an attached official text is cut into clauses."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import NamedTuple

from tongdian.policy.clauses import chinese_number
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

MAX_TEXT_BYTES = 2_000_000


class ReasonMissing(Refusal):
    """A decision without a reason or source."""

    says = Words("请写明理由或来源。", "Give the reason or the source.")


class InterpretersPaper(NamedTuple):
    """The paper in which an office that interprets a document decided a reading, and its date."""

    paper: str
    on: dt.date


class PaperMissing(Refusal):
    """A reading without the paper of an office that the document names for it."""

    says = Words(
        "本文件由{offices}解释（{cite}）：请写明{office}的文件（名称或文号）及其日期。",
        "{offices} interpret this document ({cite}): name the paper of {office} and its date.",
    )


class NotItsInterpreter(Refusal):
    """The paper of an office that the document does not name."""

    says = Words(
        "“{office}”不是本文件的解释部门。", '"{office}" is not an office that interprets this document.'
    )


class PaperAhead(Refusal):
    """A paper dated after the day it is entered."""

    says = Words(
        "{office}的文件日期 {on} 还没有到。", "The paper of {office} is dated {on}, which has not come."
    )


class UnreadableText(Refusal):
    """A file that is not the official text."""

    says = Words(
        "没有从文件中认出任何条款；请用含“第一条”字样的文本，或“条款,原文”两列的 CSV。",
        'No clause was recognised; use a text with headings such as "第一条", '
        'or a CSV with the columns "clause,text".',
    )


class InterpretationFixed(Refusal):
    """The pack or the program follows one option, and no rule asks which."""

    says = Words(
        "这一处已写定，不能在此改选：{fixed}",
        "This place is settled where it stands and cannot be chosen here: {fixed}",
    )
    field = "option"


class AlreadySo(Refusal):
    """A change that changes nothing."""

    says = Words("已经是这样，无需更改。", "It is so already; nothing to change.")


class SameHand(Refusal):
    """Who changed a day that has come does not confirm it."""

    says = Words(
        "更改已到的日子须由另一人确认；更改人不能自己确认。",
        "A day that has come is changed by two: who changed it does not confirm it.",
    )


class YearHasBegun(Refusal):
    """A year entered before is not arranged anew once its days have come."""

    says = Words(
        "{year} 年已经开始，不能整年重新录入；个别日子有变时请用“更改一天”。",
        "{year} has begun and is not entered as a whole again; where a day differs, change that day.",
    )


class YearKnown(Refusal):
    """A year that the program brought along is not entered anew."""

    says = Words(
        "{year} 年的安排随程序提供；个别日子有变时请用“更改一天”。",
        "The program brings the working days of {year}; where a day differs, change that day.",
    )


class NoSuchChange(Refusal):
    """No change of a day that waits for a second person."""

    says = Words("没有这项待确认的日历更改。", "There is no such change that waits for a second person.")
    status = 404


class UnknownRevision(Refusal):
    """An encoding of a pack that was never installed here."""

    says = Words(
        "这里没有“{pack}”的编码 {revision}；请从备份恢复。",
        'The encoding {revision} of "{pack}" was never installed here; restore it from a backup.',
    )


_ARTICLE = re.compile(r"^(?:[#*]|[^\S\n])*第([一二三四五六七八九十]{1,3})条[*\s]*", re.MULTILINE)
_ITEM = re.compile(r"^(?:[#*]|[^\S\n])*[（(]([一二三四五六七八九十]{1,2})[)）]", re.MULTILINE)
_NUMBERS = {chinese_number(n): n for n in range(1, 100)}


def cut_official_text(content: bytes, name: str, known: set[str]) -> dict[str, str]:
    """The official wording by clause id, for ids in `known`. Raises UnreadableText.

    A text is cut at “第九条” and “（一）”; a CSV has the columns clause and text.
    """
    if len(content) > MAX_TEXT_BYTES:
        raise UnreadableText
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableText from None
    found = _from_csv(text) if name.lower().endswith(".csv") else _from_articles(text)
    kept = {clause: wording for clause, wording in found.items() if clause in known and wording}
    if not kept:
        raise UnreadableText
    return kept


def _from_csv(text: str) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(text))
    return {(row.get("clause") or "").strip(): (row.get("text") or "").strip() for row in rows}


def _from_articles(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    marks = list(_ARTICLE.finditer(text))
    for mark, after in zip(marks, [*marks[1:], None], strict=False):
        article = str(_NUMBERS.get(mark.group(1), ""))
        body = text[mark.end() : after.start() if after else len(text)]
        body = re.split(r"^#*[^\S\n]*第[一二三四五六七八九十]+章", body, maxsplit=1, flags=re.MULTILINE)[0]
        items = list(_ITEM.finditer(body))
        found[article] = _tidy(body[: items[0].start()] if items else body)
        for item, following in zip(items, [*items[1:], None], strict=False):
            part = body[item.end() : following.start() if following else len(body)]
            found[f"{article}({_NUMBERS[item.group(1)]})"] = _tidy(part)
    return found


def _tidy(text: str) -> str:
    # scanned copies break lines inside sentences
    return re.sub(r"(?<=[^\s。；：:])\n+(?=\S)", "", text).strip(" \n*#")
