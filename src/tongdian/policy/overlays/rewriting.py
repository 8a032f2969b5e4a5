"""The parent's rule as it reads with a change: plain data in, plain data out.

A version that was in force before the change keeps its wording up to that day, so a pinned case keeps it
too; after it comes the same version with the change. What no comparison can show, because it is the form
of a process, is refused here: a change can only shorten, widen and remove, and adds by a law.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tongdian.policy import language
from tongdian.policy.kinds import InForce
from tongdian.policy.language import Node
from tongdian.policy.overlays.changes import RuleChange
from tongdian.policy.types import LanguageError
from tongdian.policy.words import Words

Plain = dict[str, Any]
_DECIDED = frozenset({"and", "or", "not", "=", "!=", "<", "<=", ">", ">=", "in", "name", "lit", "word"})


class BadChange(Exception):
    """A change that its parent does not allow. `clause` is the parent's that says so; `loc` where in the
    change."""

    def __init__(
        self, problem: Words, remedy: Words, loc: tuple[str | int, ...] = (), clause: tuple[str, ...] = ()
    ) -> None:
        super().__init__(problem.en)
        self.problem, self.remedy, self.loc, self.clause = problem, remedy, loc, clause


def rewritten(
    rule: Plain, kind: str, change: RuleChange, period: InForce, cite: list[str], adding: str | None
) -> Plain:
    """The rule with the change in every version of its `period`. `cite` are the overlay's clauses as the
    laid pack names them; `adding` is the parent's clause that forbids to add. Raises BadChange."""
    if change.adds and change.law is None:
        raise BadChange(
            Words(
                f"增加了 {'、'.join(change.adds)}，却没有法律依据",
                f"{', '.join(change.adds)} is added without a law",
            ),
            Words(
                "删去它，或在 law 中写明法律法规及条款",
                "leave it out, or name the law and its article under law",
            ),
            ("adds",),
            (adding,) if adding else (),
        )
    write = _WRITERS.get(kind)
    if write is None:
        raise BadChange(
            Words(f"{kind} 类规则不能由下级改写", f"an overlay does not change a rule of kind {kind}"),
            Words("改写它所引用的限值、范围或清单", "change the limit, scope or list that it looks up"),
            ("rule",),
        )
    found = {
        **rule,
        "versions": list(_split(rule["versions"], period, lambda v: write(v, change, cite, rule))),
    }
    if found["versions"] == rule["versions"]:
        raise BadChange(
            Words("上级规则在这一期间没有版本", "the rule above has no version in that period"),
            Words("核对 in_force", "check in_force"),
            ("in_force",),
        )
    if kind == "checklist" and change.adds:
        found["papers"] = {**rule["papers"], **change.adds}
    return found


def counted_anew(rule: Plain, process: str, fewer: int, period: InForce, cite: list[str]) -> Plain:
    """A rule of limits with its counts of a process's stages lowered, while an overlay removes `fewer`."""

    def write(version: Plain) -> Plain:
        rows = [
            {
                **row,
                "limit": str(Decimal(row["limit"]) - fewer),
                "cite": _cited({"cite": row.get("cite", [])}, cite),
            }
            if row.get("counts") == process
            else row
            for row in version["limits"]
        ]
        return {**version, "limits": rows}

    return {**rule, "versions": list(_split(rule["versions"], period, write))}


def _split(versions: Iterable[Plain], period: InForce, write: Callable[[Plain], Plain]) -> Iterator[Plain]:
    for version in versions:
        known = InForce.model_validate(version["in_force"])
        start = max(known.start, period.start)
        ends = [day for day in (known.before, period.before) if day is not None]
        before = min(ends) if ends else None
        if before is not None and before <= start:
            yield version
            continue
        if known.start < start:
            yield {**version, "in_force": _from(known.start, start)}
        yield write({**version, "in_force": _from(start, before)})
        if before is not None and before != known.before:
            yield {**version, "in_force": _from(before, known.before)}


def _from(start: dt.date, before: dt.date | None) -> Plain:
    return {"from": start.isoformat()} | ({"before": before.isoformat()} if before else {})


def _cited(version: Plain, cite: list[str]) -> list[str]:
    known = version["cite"]
    return [*cite, *([known] if isinstance(known, str) else known)]


# --- one kind each --------------------------------------------------------------------------------


def _value(version: Plain, change: RuleChange, cite: list[str], rule: Plain) -> Plain:
    _only(change, {"value"}, "value")
    if "stricter" not in rule:
        raise _closed(("value",))
    return {**version, "value": f"{change.value:f}", "cite": _cited(version, cite)}


def _limits(version: Plain, change: RuleChange, cite: list[str], _rule: Plain) -> Plain:
    return _rows(version, change, cite, "limits", "limit")


def _classes(version: Plain, change: RuleChange, cite: list[str], rule: Plain) -> Plain:
    if "better" not in rule:
        raise _closed(("rows",))
    return _rows(version, change, cite, "classes", "becomes")


def _closed(loc: tuple[str, ...]) -> BadChange:
    return BadChange(
        Words("上级规则没有说明怎样算更严", "the rule above does not say which way is stricter"),
        Words(
            "上级写 stricter（数值）或 better（类别）以后才能改写",
            "it can be changed once the rule above says stricter: (a value) or better: (a class)",
        ),
        loc,
    )


def _rows(version: Plain, change: RuleChange, cite: list[str], key: str, said: str) -> Plain:
    _only(change, {"rows"}, "rows")
    for number, row in enumerate(change.rows):
        if set(row) - {"when", said, "owner"} or said not in row:
            raise BadChange(
                Words(f"这一行应写 when 和 {said}", f"such a row has when and {said}"),
                Words("核对这一行的键", "check the keys of the row"),
                ("rows", number),
            )
        _comparable(row.get("when"), ("rows", number, "when"))
    known = version[key]
    rows = [{**row, "cite": cite} for row in change.rows]
    if rows and "when" not in rows[-1]:
        known = []  # nothing below it is reached
    return {**version, key: [*rows, *known], "cite": _cited(version, cite)}


def _lists(version: Plain, change: RuleChange, cite: list[str], rule: Plain) -> Plain:
    _only(change, {"removes", "adds"}, "removes")
    for number, paper in enumerate(change.removes):
        if paper not in rule["papers"]:
            raise BadChange(
                Words(f"上级没有材料“{paper}”", f'the list above has no paper "{paper}"'),
                Words("写上级 papers 中的编号", "write one of its papers"),
                ("removes", number),
            )
    _comparable(change.when, ("when",))
    lists: list[Plain] = []
    for row in version["lists"]:
        papers = [paper for paper in row["papers"] if paper not in change.removes] + list(change.adds)
        if papers == row["papers"]:
            lists.append(row)
            continue
        own = row.get("cite", [])
        anew = {**row, "papers": papers, "cite": [*cite, *([own] if isinstance(own, str) else own)]}
        if change.when is None:
            lists.append(anew)
            continue
        where = f"({row['when']}) and " if "when" in row else ""
        lists.append({**anew, "when": f"{where}({change.when})"})
        lists.append({**row, "when": f"{where}not ({change.when})"})
    return {**version, "lists": lists, "cite": _cited(version, cite)}


def _process(version: Plain, change: RuleChange, cite: list[str], _rule: Plain) -> Plain:
    _only(change, {"removes", "adds", "stages", "clocks", "facts"}, "stages")
    above = tuple(_cited(version, []))
    stages = {key: dict(stage) for key, stage in version["stages"].items()}
    for place, known, shorter in (
        ("stages", stages, change.stages),
        ("clocks", version.get("clocks", {}), change.clocks),
    ):
        for key, limit in shorter.items():
            _known(key, known, place)
            _shorter(known[key], limit.working_days, (place, key), above)
    clocks = {key: dict(clock) for key, clock in version.get("clocks", {}).items()}
    for key, limit in change.stages.items():
        stages[key] |= {
            "working_days": str(limit.working_days),
            "cite": _cited({"cite": stages[key].get("cite", [])}, cite),
        }
    for key, limit in change.clocks.items():
        clocks[key] |= {
            "working_days": str(limit.working_days),
            "cite": _cited({"cite": clocks[key].get("cite", [])}, cite),
        }
    for key in change.removes:
        _known(key, stages, "removes")
        _remove(key, stages, clocks)
    for key, added in change.adds.items():
        stages = _with_stage(key, added, stages, cite)
    return {
        **version,
        "facts": {**version.get("facts", {}), **_facts(version.get("facts", {}), change, above)},
        "stages": stages,
        **({"clocks": clocks} if clocks else {}),
        "cite": _cited(version, cite),
    }


_WRITERS: Mapping[str, Callable[[Plain, RuleChange, list[str], Plain], Plain]] = {
    "value": _value,
    "limits": _limits,
    "class": _classes,
    "checklist": _lists,
    "process": _process,
}


# --- parts of a process ---------------------------------------------------------------------------


def _shorter(known: Plain, days: int, loc: tuple[str, str], above: tuple[str, ...]) -> None:
    if "limit" in known or "calendar_days" in known:
        raise BadChange(
            Words(
                f"“{loc[1]}”的时限不是工作日数：{known.get('limit') or known['calendar_days']}",
                f'the limit of "{loc[1]}" is no number of working days: {known.get("limit") or known["calendar_days"]}',
            ),
            Words("改写它所引用的时限规则", "change the rule that gives the limit"),
            loc,
        )
    for was in _leaves(known.get("working_days")):
        if days > int(was):
            raise BadChange(
                Words(
                    f"“{loc[1]}”写 {days} 个工作日，长于上级的 {was} 个",
                    f'"{loc[1]}" takes {days} working days, longer than the {was} above',
                ),
                Words(f"写不超过 {was} 的数", f"write {was} or less"),
                (*loc, "working_days"),
                tuple(_cited({"cite": known.get("cite", list(above))}, [])),
            )


def _leaves(value: Any) -> list[str]:
    """A setting, or what it is under every option of the interpretation that decides it."""
    if isinstance(value, dict):
        return [leaf for one in value["of"].values() for leaf in _leaves(one)]
    return [] if value is None else [str(value)]


def _facts(known: Plain, change: RuleChange, above: tuple[str, ...]) -> Plain:
    found: Plain = {}
    for key, wider in change.facts.items():
        _known(key, known, "facts")
        fact = dict(known[key])
        for end, bound, is_narrower in (
            ("min", wider.min, Decimal.__gt__),
            ("max", wider.max, Decimal.__lt__),
        ):
            if bound is None:
                continue
            if end not in fact or is_narrower(bound, Decimal(fact[end])):
                raise BadChange(
                    Words(
                        f"“{key}”的范围比上级窄：{bound:f}，上级 {fact.get(end)}",
                        f'"{key}" admits less than above: {bound:f}, there {fact.get(end)}',
                    ),
                    Words("只能放宽，不能收窄", "widen it, or leave it out"),
                    ("facts", key, end),
                    above,
                )
            fact[end] = f"{bound:f}"
        found[key] = fact
    return found


def _remove(key: str, stages: dict[str, Plain], clocks: Mapping[str, Plain]) -> None:
    gone = stages.pop(key)
    if "effect" in gone:
        raise BadChange(
            Words(
                f"环节“{key}”有后果（{gone['effect']}），不能取消",
                f'the stage "{key}" has an effect ({gone["effect"]}) and cannot go',
            ),
            Words("取消别的环节", "remove another stage"),
            ("removes",),
        )
    if not stages:
        raise BadChange(
            Words("流程不能没有环节", "a process has a stage"), Words("留下一个", "keep one"), ("removes",)
        )
    for stage in stages.values():
        after = stage.get("after", [])
        if key in after:
            stage["after"] = list(dict.fromkeys([*(a for a in after if a != key), *gone.get("after", [])]))
        if key in stage.get("back", []):
            stage["back"] = [one for one in stage["back"] if one != key]
    for clock in clocks.values():
        if key in clock.get("stages", []):
            clock["stages"] = [one for one in clock["stages"] if one != key]


def _with_stage(key: str, added: Plain, stages: dict[str, Plain], cite: list[str]) -> dict[str, Plain]:
    if key in stages:
        raise BadChange(
            Words(f"上级已有环节“{key}”", f'there is a stage "{key}" above'),
            Words("换一个名称", "name it otherwise"),
            ("adds", key),
        )
    stage = {name: value for name, value in added.items() if name != "before"}
    waiting = added.get("before", [])
    for one in waiting:
        _known(one, stages, "adds")
    found: dict[str, Plain] = {}
    for one, known in stages.items():
        if one not in waiting:
            found[one] = known
            continue
        found.setdefault(key, stage | {"cite": cite})  # what waits for a stage is written below it
        found[one] = {**known, "after": [*known.get("after", []), key]}
    found.setdefault(key, stage | {"cite": cite})
    return found


# --- checks ---------------------------------------------------------------------------------------


def _known(key: str, known: Mapping[str, Any], place: str) -> None:
    if key not in known:
        raise BadChange(
            Words(f"上级没有“{key}”", f'there is no "{key}" above'),
            Words(f"写 {'、'.join(known)} 之一", f"write one of {', '.join(known)}"),
            (place,),
        )


def _only(change: RuleChange, allowed: set[str], instead: str) -> None:
    written = {
        name
        for name in ("value", "rows", "removes", "stages", "clocks", "facts", "adds", "when")
        if getattr(change, name) not in (None, (), {})
    }
    if "removes" in allowed and instead == "removes":
        allowed = {*allowed, "when"}
    if extra := sorted(written - allowed):
        raise BadChange(
            Words(
                f"这一类规则不写 {'、'.join(extra)}",
                f"a rule of this kind is not changed by {', '.join(extra)}",
            ),
            Words(f"写 {instead}", f"write {instead}"),
            (extra[0],),
        )


def _comparable(text: str | None, loc: tuple[str | int, ...]) -> None:
    """A condition of comparisons alone: then the figures in it are the only places where it turns, and
    trying each of them and its neighbours tries everything."""
    if text is None:
        return
    try:
        node = language.parse(text)
    except LanguageError as error:
        raise BadChange(error.problem, error.remedy, loc) from None
    pending: list[Node] = [node]
    while pending:
        one = pending.pop()
        if one.op not in _DECIDED:
            raise BadChange(
                Words(
                    "下级的条件只用比较、and、or 和 not",
                    "a condition of an overlay has comparisons, and, or and not alone",
                ),
                Words("把算出来的数写成数字", "write the figure that it comes to"),
                loc,
            )
        pending.extend(one.args)
