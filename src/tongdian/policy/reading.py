"""Strict, text-preserving YAML.

Plain YAML turns `22:00` into 1320, `no` into False, `010` into 8 and `on:` into True. Here every
scalar stays text until a typed field reads it, and whatever could hide a meaning (duplicate keys,
tags, anchors) or exhaust the machine (depth, size) is refused with its file and line.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from tongdian.policy.miswritten import Miswritten, remedy_of
from tongdian.policy.refusals import Mistakes, PackError
from tongdian.policy.words import Words

MAX_FILE_BYTES = 2_000_000
MAX_DEPTH = 30

BOTH = ("zh", "en")

Loc = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A node of a YAML file that still knows where it stands, and in which languages its pack is."""

    file: Path
    node: yaml.Node
    languages: tuple[str, ...] = BOTH

    def line(self, loc: Loc = ()) -> int:
        """The 1-based line of the value at `loc`, or of the nearest parent that exists."""
        node = self.node
        for step in loc:
            found = _child(node, step)
            if found is None:
                break
            node = found
        return int(node.start_mark.line) + 1

    def written(self, loc: Loc) -> tuple[str | int, ...]:
        """`loc` without the steps that are none in the file: what names one of several models."""
        node, steps = self.node, []
        for number, step in enumerate(loc):
            found = _child(node, step)
            if found is not None or number == len(loc) - 1:
                steps.append(step)
            node = found or node
        return tuple(steps)

    def at(self, *loc: str | int) -> YamlNode:
        """The source of a part."""
        node = self.node
        for step in loc:
            node = _child(node, step) or node
        return YamlNode(self.file, node, self.languages)

    def error(self, problem: Words, remedy: Words, *, loc: Loc = ()) -> PackError:
        """A PackError that points here."""
        return PackError(file=self.file, line=self.line(loc), problem=problem, remedy=remedy)

    def plain(self) -> Any:
        """The node as dicts, lists and text."""
        return _plain(self.node)

    def text(self, key: str) -> str:
        """The text of one key, empty where there is none."""
        node = _child(self.node, key)
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    def items(self) -> Iterator[YamlNode]:
        """The members of a list node."""
        for child in self.node.value if isinstance(self.node, yaml.SequenceNode) else ():
            yield YamlNode(self.file, child, self.languages)


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child) for child in node.value]
    return {key.value: _plain(value) for key, value in node.value}


class _TextLoader(yaml.CBaseLoader):
    """Composes without asking of every scalar what it might be: here all of them are text."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        return ""


_ANCHOR_OR_TAG = re.compile(r"(?:^|[\s\[{,:])[&*!]", re.MULTILINE)  # where one may stand: before a node


def read_yaml(file: Path, text: str | None = None, *, languages: tuple[str, ...] = BOTH) -> YamlNode:
    """Parse one file into a Source. Raises PackError; never builds an object from a tag."""
    if text is None:
        text = _file_text(file)
    _refuse_depth(file, text)
    try:
        node = _TextLoader(text).get_single_node()
        if node is not None and _ANCHOR_OR_TAG.search(text):
            _refuse_anchors_and_tags(file, text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise PackError(
            file=file,
            line=mark.line + 1 if mark else 1,
            problem=Words("不是合法的 YAML", f"not valid YAML ({getattr(error, 'problem', error)})"),
            remedy=Words("检查缩进、引号和冒号", "check indentation, quotes and colons on this line"),
        ) from None
    if node is None:
        raise PackError(
            file=file,
            line=1,
            problem=Words("文件是空的", "the file is empty"),
            remedy=Words("写入内容或删除文件", "write its content or delete the file"),
        )
    _refuse_duplicates(file, node)
    return YamlNode(file, node, languages)


def _file_text(file: Path) -> str:
    if file.stat().st_size > MAX_FILE_BYTES:
        raise PackError(
            file=file,
            line=1,
            problem=Words("文件超过 2 MB", "the file is larger than 2 MB"),
            remedy=Words("拆成几个文件", "split it into several files"),
        )
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise PackError(
            file=file,
            line=1,
            problem=Words("不是 UTF-8 编码", "the file is not UTF-8"),
            remedy=Words("另存为 UTF-8", "save it as UTF-8"),
        ) from None


def _refuse_depth(file: Path, text: str) -> None:
    # libyaml composes by recursion, so a file of ten thousand brackets must not reach it
    depth = 0
    for match in re.finditer(r"[\[{\]}]|^ {150,}|(?:[-?][ \t]+){12,}", text, re.MULTILINE):
        mark = match.group()
        depth += 1 if mark in "[{" else -1 if mark in "]}" else MAX_DEPTH + 1
        if depth > MAX_DEPTH:
            raise PackError(
                file=file,
                line=text.count("\n", 0, match.start()) + 1,
                problem=Words("嵌套过深", "nested too deeply"),
                remedy=Words(f"至多 {MAX_DEPTH} 层", f"keep it within {MAX_DEPTH} levels"),
            )
        depth = max(depth, 0)


def _line(mark: Any) -> int:
    return int(mark.line) + 1


def _refuse_anchors_and_tags(file: Path, text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            what = Words("不许用锚点和别名（& 和 *）", "anchors and aliases (& and *) are not allowed")
            how = Words("把内容写出来；文字请加引号", "write the content out; quote it if it is text")
        elif getattr(event, "tag", None):
            what = Words("不许用标签（!）", "tags (!) are not allowed")
            how = Words("去掉标签；文字请加引号", "remove the tag; quote it if it is text")
        else:
            continue
        raise PackError(file=file, line=_line(event.start_mark), problem=what, remedy=how)


def _refuse_duplicates(file: Path, root: yaml.Node) -> None:
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise PackError(
                        file=file,
                        line=key.start_mark.line + 1,
                        problem=Words("键必须是文字", "a key must be plain text"),
                        remedy=Words("写成一个词", "write it as one word"),
                    )
                if key.value in seen:
                    raise PackError(
                        file=file,
                        line=key.start_mark.line + 1,
                        problem=Words(f"“{key.value}”写了两次", f'"{key.value}" is written twice'),
                        remedy=Words("删去一个", "remove one of them"),
                    )
                seen.add(key.value)
                pending.append(value)
        elif isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)


# --- typed fields ------------------------------------------------------------------------------


_NUMBER = re.compile(r"-?\d{1,38}(?:\.\d{1,30})?\Z", re.ASCII)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")


def _number(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _NUMBER.match(value):
        return Decimal(value)
    raise Miswritten(
        "数写成 0.05 或 300，不带分隔符、单位和指数",
        "a number is written like 0.05 or 300, without separators, units or exponents",
    )


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?(0|[1-9]\d{0,17})", value, re.ASCII):
        return int(value)
    raise Miswritten("整数写成 5", "a whole number is written like 5")


def _flag(value: Any) -> bool:
    if value in ("true", "false", True, False):
        return value in ("true", True)
    raise Miswritten("写 true 或 false", "write true or false")


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise Miswritten(f"没有 {value} 这一天", f"there is no day {value}") from None
    raise Miswritten("日期写成 2022-01-31", "a date is written like 2022-01-31")


def _words(value: Any, info: ValidationInfo) -> Words:
    if isinstance(value, Words):
        return value
    languages = (info.context or {}).get("languages", BOTH)
    if len(languages) == 1:  # its one text stands in pages of either language
        text = value.get(languages[0]) if isinstance(value, dict) and len(value) == 1 else value
        if isinstance(text, str) and text.strip():
            return Words(text.strip(), text.strip())
    if (
        isinstance(value, dict)
        and set(value) == {"zh", "en"}
        and all(isinstance(text, str) and text.strip() for text in value.values())
    ):
        return Words(value["zh"].strip(), value["en"].strip())
    raise Miswritten(
        "两种语言都要写：{zh: …, en: …}；含逗号的文字加引号",
        "write both languages, {zh: …, en: …}; quote a text that holds a comma",
    )


def _id(value: Any) -> str:
    if isinstance(value, str) and len(value) <= 80 and _ID.match(value):
        return value
    raise Miswritten(
        "编号是用连字符连接的小写单词，如 construction-deposit",
        "an id is lower-case words joined by hyphens, like construction-deposit",
    )


def _name(value: Any) -> str:
    if isinstance(value, str) and _NAME.match(value):
        return value
    raise Miswritten(
        "名称用小写字母、数字和 _，如 contract_total",
        "a name is lower-case letters, digits and _, like contract_total",
    )


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Number = Annotated[Decimal, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[dt.date, BeforeValidator(_day)]
TEXT = {
    "title": "text in each language",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
            "additionalProperties": False,
        },
    ],
}
_ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Bilingual = Annotated[Words, PlainValidator(_words), WithJsonSchema(TEXT)]
Id = Annotated[str, BeforeValidator(_id)]
Name = Annotated[str, BeforeValidator(_name)]
Texts = Annotated[
    tuple[str, ...], BeforeValidator(_texts), WithJsonSchema(_ONE_OR_MORE)
]  # one text, or a list of them


class Model(BaseModel):
    """Base of everything a pack declares: unknown keys refused, never changed after loading.

    Its schema is built with the first of its kind that is read: one answer reads few of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)


M = TypeVar("M", bound=BaseModel)


def read_model(source: YamlNode, model: type[M]) -> M:
    """Build `model` from a YAML node. Raises PackError at the line of a mistake, with the others."""
    if not isinstance(source.node, yaml.MappingNode):
        raise source.error(
            Words("这里应是“键: 值”", "expected keys and values here"),
            Words("写成“键: 值”的形式", f"write a mapping with keys such as {_fields(model)}"),
        )
    try:
        return model.model_validate(source.plain(), context={"languages": source.languages})
    except ValidationError as error:
        # a misspelt key is also a missing one: naming it helps more
        found = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        misspelt = {one["loc"][:-1] for one in found if one["type"] == "extra_forbidden"}
        mistakes, lines = Mistakes(), set()
        for one in found:
            if one["type"] == "missing" and one["loc"][:-1] in misspelt:
                continue
            one["loc"] = source.written(one["loc"])
            # what may be written in two ways is refused in both; each key that is missing counts
            line = (source.line(one["loc"]), one["loc"] if one["type"] == "missing" else ())
            if line not in lines:
                lines.add(line)
                mistakes.found.append(source.error(*_explain(one, model), loc=one["loc"]))
        mistakes.refuse()
        raise


def _fields(model: type[BaseModel]) -> str:
    return ", ".join(field.alias or name for name, field in list(model.model_fields.items())[:8])


def _explain(error: Any, model: type[BaseModel]) -> tuple[Words, Words]:
    where = ".".join(str(step) for step in error["loc"])
    last = str(error["loc"][-1]) if error["loc"] else ""
    match error["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(last, _all_field_names(model), n=1)
            hint = near[0] if near else ""
            return (
                Words(f"不认识的键“{last}”", f'unknown key "{last}"'),
                Words(
                    f"改为“{hint}”" if hint else "删去它", f'did you mean "{hint}"?' if hint else "remove it"
                ),
            )
        case "missing":
            return (
                Words(f"缺少“{last}”", f'"{last}" is missing'),
                Words(f"补上“{last}: …”", f'add "{last}: …"'),
            )
        case "literal_error":
            expected = error["ctx"]["expected"]
            return (
                Words(f"“{where}”的值不在可选范围内", f'"{where}" has a value that is not offered'),
                Words(f"可选：{expected}", f"choose one of {expected}"),
            )
        case _:
            reason = remedy_of(error)
            if not where:
                return (
                    Words(f"各项之间不相符：{reason.zh}", f"its parts do not fit together: {reason.en}"),
                    Words("按所说改写", "write it as described"),
                )
            return (
                Words(f"“{where}”的值不对", f'"{where}" is not right: got {str(error["input"])[:80]!r}'),
                reason,
            )


def _all_field_names(model: type[BaseModel]) -> list[str]:
    names: set[str] = set()
    pending: list[Any] = [model]
    seen: set[Any] = set()
    while pending:
        kind = pending.pop()
        if kind in seen:
            continue
        seen.add(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names.update(field.alias or name for name, field in kind.model_fields.items())
            pending.extend(field.annotation for field in kind.model_fields.values())
        else:
            pending.extend(getattr(kind, "__args__", ()))
    return sorted(names)
