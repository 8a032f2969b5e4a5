"""What a pack may say, from the models that read it: a page for people, a JSON Schema for editors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tongdian.policy.clauses import Chapter, Clause, Interpretation, PackHead
from tongdian.policy.kinds import Rule, kinds
from tongdian.policy.overlays.changes import RuleChange
from tongdian.policy.process.rule import Process
from tongdian.policy.reading import TEXT

Schema = dict[str, Any]
FILES = ("pack", "clauses", "interpretations", "rules", "process", "overlay")
DRAFT = "https://json-schema.org/draft/2020-12/schema"
# keys that a file writes otherwise than the model is called by (`Rule` keeps `unit` for the parsed one)
RENAMED = {"of_unit": "unit"}
INTRODUCTION = """# What a pack may say

Every key of every file, made from the models that read them (`python -m tests.docs.keys` writes this page; a test compares).
How to begin: [write a pack](write-a-pack.md). The language of `.sheet` files: [sheets](sheet-language.md).

The same for editors, as a JSON Schema: `tongdian policy schema pack > pack.schema.json`, and for `clauses`, `interpretations`,
`rules` (the files of an area), `process` and `overlay`. An editor with a YAML language server then completes and checks a file that begins with
`# yaml-language-server: $schema=pack.schema.json`.

Keys that are needed are **bold**. A text is `{zh: …, en: …}`, or plain in a pack of one language.
"""


def definitions() -> dict[str, Schema]:
    """Every model of the files by its name, with the keys that files write."""
    models: list[type[BaseModel]] = [PackHead, Chapter, Clause, Interpretation, RuleChange, *_rules()]
    _, whole = models_json_schema([(model, "validation") for model in models], ref_template="#/$defs/{model}")
    found: dict[str, Schema] = whole["$defs"]
    for name, model in found.items():
        own = {**RENAMED, "rule": "process"} if name == Process.__name__ else RENAMED
        if "properties" in model:
            model["properties"] = {own.get(key, key): part for key, part in model["properties"].items()}
            model["required"] = [own.get(key, key) for key in model.get("required", ())]
    return found


def _rules() -> list[type[Rule]]:
    """Every kind of rule, in the order of their names."""
    return [model for _, model in sorted(kinds().items())]


def file_schema(file: str) -> Schema:
    """The JSON Schema of one of the `FILES`."""
    rules = [model.__name__ for model in _rules() if model is not Process]
    top: dict[str, Schema] = {
        "pack": _reference(PackHead.__name__),
        "clauses": _listed(chapters=[Chapter.__name__], clauses=[Clause.__name__]),
        "interpretations": _listed(interpretations=[Interpretation.__name__]),
        "rules": _listed(rules=rules),
        "process": _reference(Process.__name__),
        "overlay": _listed(changes=[RuleChange.__name__]),
    }
    return {"$schema": DRAFT, "title": f"{file} of a policy pack", **top[file], "$defs": definitions()}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _listed(**members: list[str]) -> Schema:
    properties = {
        key: {"type": "array", "items": {"anyOf": [_reference(name) for name in names]}}
        for key, names in members.items()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def page() -> str:
    """The page for people."""
    known = definitions()
    heads = {
        "pack.yaml": [PackHead.__name__],
        "clauses.yaml": [Chapter.__name__, Clause.__name__],
        "interpretations.yaml": [Interpretation.__name__],
        "overlay.yaml, of a pack that says `over`": [RuleChange.__name__],
        "Rules: the files of an area, and processes/*.yaml": [model.__name__ for model in _rules()],
    }
    lines, told = [INTRODUCTION], set()
    for title, names in heads.items():
        lines.append(f"## {title}\n")
        pending = list(names)
        while pending:
            name = pending.pop(0)
            if name in told or "properties" not in known[name]:
                continue
            told.add(name)
            lines.append(_section(name, known[name]))
            pending = [*_mentioned(known[name]), *pending]
    return "\n".join(lines)


def _section(name: str, model: Schema) -> str:
    said = " ".join(model.get("description", "").split()).replace("|", "\\|")
    rows = []
    for key, part in model["properties"].items():
        shown = f"**`{key}`**" if key in model.get("required", ()) else f"`{key}`"
        rows.append(f"| {shown} | {_type(part)} | {_default(part)} |")
    return "\n".join(
        [f"### {name}\n", f"{said}\n", "| key | is | without it |", "| --- | --- | --- |", *rows, ""]
    )


def _default(part: Schema) -> str:
    default = part.get("default")
    return f"`{str(default).lower()}`" if isinstance(default, str | int) and default != "" else ""


def _type(part: Schema) -> str:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if part.get("title") == TEXT["title"]:
        return str(TEXT["title"])
    for key in ("anyOf", "oneOf"):
        if key in part:
            kinds_ = [_type(one) for one in part[key] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds_))
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return ", ".join(f"`{one}`" for one in part["enum"])
    match part.get("type"):
        case "array":
            return f"list of {_type(part.get('items', {}))}"
        case "object" if isinstance(part.get("additionalProperties") or part.get("patternProperties"), dict):
            inside = part.get("additionalProperties") or next(iter(part["patternProperties"].values()))
            return f"by name: {_type(inside)}"
        case "string":
            return "date" if part.get("format") == "date" else "number" if "pattern" in part else "text"
        case "integer":
            return "whole number"
        case "boolean":
            return "`true` or `false`"
        case None:
            return "a title in each language, or one text" if part.get("title") == "Title" else "anything"
        case other:
            return {"object": "by name", "number": "number"}.get(str(other), str(other))


def _mentioned(part: Any) -> Iterator[str]:
    """The models that a schema refers to, in order."""
    if isinstance(part, dict):
        for key, one in part.items():
            if key == "$ref":
                yield one.rpartition("/")[2]
            else:
                yield from _mentioned(one)
    elif isinstance(part, list):
        for one in part:
            yield from _mentioned(one)
