"""What a process must be before a case may run on it: each mistake with its line and remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

from tongdian.policy.clauses import AREAS
from tongdian.policy.code import Condition
from tongdian.policy.inputs import read_value
from tongdian.policy.process.graph import Graph
from tongdian.policy.reading import YamlNode
from tongdian.policy.refusals import BadInput
from tongdian.policy.typed import Expr, names_in
from tongdian.policy.types import Bool, Date, LanguageError, Num, Options, Type, Value
from tongdian.policy.units import Unit
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.kinds import Rule
    from tongdian.policy.packs import Pack
    from tongdian.policy.process.model import Limited, ProcessVersion
    from tongdian.policy.process.rule import Process

MAX_COMBINATIONS = 4096
Loc = tuple[str | int, ...]


def check_process(process: Process, pack: Pack, source: YamlNode) -> None:
    """Raise PackError for the first thing wrong in any version."""
    seen: set[str] = set()
    for number, wording in enumerate(process.versions):
        loc: Loc = ("versions", number)
        if wording.key in seen:
            raise source.error(
                Words("两个版本自同一天起", "two versions start on the same day"),
                Words("改正 in_force", "correct in_force"),
                loc=loc,
            )
        seen.add(wording.key)
        _check_names(wording, source, loc)
        _check_products(wording, source, loc)
        _check_order(wording, source, loc)
        graph = _compiled(wording, source, loc)
        _check_returns(wording, graph, source, loc)
        _check_pack_names(wording, pack, source, loc)
        _check_ways(wording, graph, source, loc)


def _check_names(wording: ProcessVersion, source: YamlNode, loc: Loc) -> None:
    for key, stage in wording.stages.items():
        if stage.role not in wording.all_roles:
            raise source.error(
                Words(f"没有角色“{stage.role}”", f'there is no role "{stage.role}"'),
                _one_of(wording.all_roles),
                loc=(*loc, "stages", key, "role"),
            )
    for name, clock in wording.clocks.items():
        if name in wording.stages:
            raise source.error(
                Words(f"时钟与环节同名“{name}”", f'the clock and a stage are both called "{name}"'),
                Words("给时钟另取名称", "give the clock another name"),
                loc=(*loc, "clocks", name),
            )
        for stage_key in clock.stages:
            if stage_key not in wording.stages:
                raise source.error(
                    Words(f"没有环节“{stage_key}”", f'there is no stage "{stage_key}"'),
                    _one_of(wording.stages),
                    loc=(*loc, "clocks", name, "stages"),
                )


def _check_products(wording: ProcessVersion, source: YamlNode, loc: Loc) -> None:
    """What a stage yields is a fact with an example, which stories and demonstrations take."""
    for name, fact in wording.facts.items():
        if fact.type == "instant":
            raise source.error(
                Words(
                    "流程的事实不是时刻：期限按日计算，事件自带时刻",
                    "no fact of a process is an instant: its clocks count days, and its events have their own",
                ),
                Words("写 type: date", "write type: date"),
                loc=(*loc, "facts", name),
            )
        try:
            if fact.when is not None:
                Condition.parse(fact.when, wording.facts)
        except LanguageError as error:
            raise source.error(error.problem, error.remedy, loc=(*loc, "facts", name, "when")) from None
    for key, stage in wording.stages.items():
        here: Loc = (*loc, "stages", key, "yields")
        for name in stage.yields:
            if name not in wording.facts:
                raise source.error(
                    Words(f"没有事实“{name}”", f'there is no fact "{name}"'), _one_of(wording.facts), loc=here
                )
            fact = wording.facts[name]
            if fact.example is None or fact.title is None:
                raise source.error(
                    Words(f"“{name}”没有标题或示例", f'"{name}" has no title or no example'),
                    Words("写上 title 和 example", "write title and example"),
                    loc=(*loc, "facts", name),
                )
            try:
                read_value(name, fact.example, fact.value_type)
            except BadInput as refused:
                raise source.error(
                    refused.words, Words("改正 example", "correct the example"), loc=(*loc, "facts", name)
                ) from None
        if stage.document is not None and wording.owner_of(key) == "customer":
            raise source.error(
                Words(
                    "客户的环节不交文件，用 papers 列清单",
                    "a customer's stage hands in papers, not a document",
                ),
                Words("改用 papers", "name a checklist with papers"),
                loc=(*loc, "stages", key, "document"),
            )


def _check_order(wording: ProcessVersion, source: YamlNode, loc: Loc) -> None:
    """A stage waits only for stages above it: no cycle, no deadlock."""
    above: list[str] = []
    for key, stage in wording.stages.items():
        for before in stage.after:
            if before not in wording.stages:
                problem = Words(f"没有环节“{before}”", f'there is no stage "{before}"')
                remedy = _one_of(above) if above else Words("删去 after", "remove after")
            elif before not in above:
                problem = Words(
                    f"“{key}”要等写在它下面的“{before}”，会成环而永远开不了",
                    f'"{key}" waits for "{before}", which is written below it, so it may wait for itself',
                )
                remedy = Words(
                    f"把“{before}”移到上面，或去掉这一项",
                    f'move "{before}" above it, or remove it from after',
                )
            elif stage.after.count(before) > 1:
                problem = Words(f"“{before}”写了两次", f'"{before}" is written twice')
                remedy = Words("删去一个", "remove one of them")
            else:
                continue
            raise source.error(problem, remedy, loc=(*loc, "stages", key, "after"))
        above.append(key)


def _compiled(wording: ProcessVersion, source: YamlNode, loc: Loc) -> Graph:
    for key, stage in wording.stages.items():
        if stage.when is None:
            continue
        try:
            Graph({key: stage.model_copy(update={"after": ()})}, wording.facts)
        except LanguageError as error:
            raise source.error(error.problem, error.remedy, loc=(*loc, "stages", key, "when")) from None
    return wording.graph


def _check_returns(wording: ProcessVersion, graph: Graph, source: YamlNode, loc: Loc) -> None:
    for key, stage in wording.stages.items():
        earlier = [each for each in wording.stages if each != key and key in graph.downstream[each]]
        for to in stage.back:
            if to not in earlier:
                raise source.error(
                    Words(
                        f"“{key}”不能退回“{to}”：它不在前面",
                        f'"{key}" cannot go back to "{to}", which does not come before it',
                    ),
                    _one_of(earlier) if earlier else Words("删去 back", "remove back"),
                    loc=(*loc, "stages", key, "back"),
                )


def _check_pack_names(wording: ProcessVersion, pack: Pack, source: YamlNode, loc: Loc) -> None:
    _check_within(wording, pack, source, loc)
    _check_consistency(wording, pack, source, loc)
    for key, stage in wording.stages.items():
        here: Loc = (*loc, "stages", key)
        _check_cites(stage.cite, pack, source, here)
        _check_limit(stage, wording, pack, source, here)
        if stage.planned is not None and stage.planned not in AREAS:
            raise source.error(
                Words(f"没有领域“{stage.planned}”", f'there is no area "{stage.planned}"'),
                _one_of(list(AREAS)),
                loc=(*here, "planned"),
            )
        if stage.papers is None:
            continue
        checklist = pack.rules.get(stage.papers)
        if checklist is None or checklist.kind != "checklist":
            raise source.error(
                Words(f"没有清单“{stage.papers}”", f'there is no checklist "{stage.papers}"'),
                Words("写一条 checklist 规则", "write a rule of kind checklist with that id"),
                loc=(*here, "papers"),
            )
        _check_inputs(checklist, stage.given, wording, source, (*here, "papers"))
    for name, clock in wording.clocks.items():
        _check_cites(clock.cite, pack, source, (*loc, "clocks", name))
        _check_limit(clock, wording, pack, source, (*loc, "clocks", name))
    for cause, declared in wording.suspensions.items():
        _check_cites(declared.cite, pack, source, (*loc, "suspensions", cause))


def _check_consistency(wording: ProcessVersion, pack: Pack, source: YamlNode, loc: Loc) -> None:
    """A check asks a rule that answers in words, of facts that the process has."""
    for index, one in enumerate(wording.checks):
        here: Loc = (*loc, "checks", index)
        rule = pack.rules.get(one.rule)
        words = getattr(rule, "names", None)
        if rule is None or not words:
            raise source.error(
                Words(
                    f"没有 kind: class 的规则“{one.rule}”", f'there is no rule "{one.rule}" of kind: class'
                ),
                Words("写一条 class 规则的编号", "name a rule of kind class"),
                loc=(*here, "rule"),
            )
        for word in (*one.accepts, *one.doubtful):
            if word not in words:
                raise source.error(
                    Words(f"“{one.rule}”不会得出“{word}”", f'"{one.rule}" never answers "{word}"'),
                    _one_of(words),
                    loc=here,
                )
        for stage in one.at:
            if stage not in wording.stages:
                raise source.error(
                    Words(f"没有环节“{stage}”", f'there is no stage "{stage}"'),
                    _one_of(wording.stages),
                    loc=(*here, "at"),
                )
        asked = getattr(pack.rules.get(one.rule), "input", {})
        for name in [
            name for name in asked if name in wording.facts and name not in {*one.given, *wording.reads}
        ]:
            if asked[name].unit != wording.facts[name].unit and name not in wording.converts:
                raise source.error(
                    Words(
                        f"“{name}”以 {wording.facts[name].unit} 计，“{one.rule}”要 {asked[name].unit}",
                        f'"{name}" is in {wording.facts[name].unit}, and "{one.rule}" asks {asked[name].unit}',
                    ),
                    Words("写 converts: 说明怎样折算", "write converts: and say how many one of it is"),
                    loc=here,
                )
        reads = [read for read in wording.reads.values() if isinstance(read, dict)]
        conditions = [when for read in reads for when in read.values()]
        for when in [*conditions, *([one.unless] if one.unless else [])]:
            try:
                Condition.parse(when, wording.facts)
            except LanguageError as error:
                raise source.error(error.problem, error.remedy, loc=here) from None
        for read in wording.reads.values():
            if isinstance(read, str) and read not in pack.rules:
                raise source.error(
                    Words(f"没有规则“{read}”", f'there is no rule "{read}"'),
                    Words("写本规章的规则编号", "name a rule of this pack"),
                    loc=(*loc, "reads"),
                )


def _check_within(wording: ProcessVersion, pack: Pack, source: YamlNode, loc: Loc) -> None:
    for name, fact in wording.facts.items():
        if fact.within is None:
            continue
        rule = pack.rules.get(fact.within)
        if rule is None or str(rule.unit) != str(Unit.parse(fact.unit or "1")):
            raise source.error(
                Words(
                    f"没有以“{fact.unit}”作答的规则“{fact.within}”",
                    f'there is no rule "{fact.within}" that answers in "{fact.unit}"',
                ),
                Words("核对名称和单位", "check the name and the unit"),
                loc=(*loc, "facts", name, "within"),
            )
        _check_inputs(rule, {}, wording, source, (*loc, "facts", name, "within"))


def _check_cites(cites: tuple[str, ...], pack: Pack, source: YamlNode, loc: Loc) -> None:
    for cite in cites:
        if cite not in pack.clauses:
            raise source.error(
                Words(f"没有条款“{cite}”", f'there is no clause "{cite}"'),
                Words("按 clauses.yaml 的编号写", "write it as clauses.yaml numbers it"),
                loc=(*loc, "cite"),
            )


def _check_limit(limited: Limited, wording: ProcessVersion, pack: Pack, source: YamlNode, loc: Loc) -> None:
    if limited.limit is None:
        return
    rule = pack.rules.get(limited.limit)
    if rule is None:
        raise source.error(
            Words(f"没有规则“{limited.limit}”", f'there is no rule "{limited.limit}"'),
            Words("写一条 limits 或 value 规则", "write a rule of kind limits or value with that id"),
            loc=(*loc, "limit"),
        )
    if str(rule.unit) not in ("workday", "day"):
        raise source.error(
            Words(f"“{limited.limit}”答的不是天数", f'"{limited.limit}" does not answer in days'),
            Words("单位用 workday 或 day", "its unit must be workday or day"),
            loc=(*loc, "limit"),
        )
    _check_inputs(rule, limited.given, wording, source, (*loc, "limit"))


def _check_inputs(
    rule: Rule, given: Mapping[str, str], wording: ProcessVersion, source: YamlNode, loc: Loc
) -> None:
    """Every input of a rule that a process asks is a fact or given."""
    for name, declared in rule.input.items():
        if name in {*wording.facts, *wording.given, *given} or declared.default:
            continue
        raise source.error(
            Words(
                f"“{rule.rule}”要用“{name}”，这里没有这项事实",
                f'"{rule.rule}" asks for "{name}", which is not a fact here',
            ),
            Words("写进 facts，或用 given 给定", "declare it under facts, or fix it with given"),
            loc=loc,
        )


def _check_ways(wording: ProcessVersion, graph: Graph, source: YamlNode, loc: Loc) -> None:
    """Try every way through: each stage is reached by one, and each way ends at a last stage."""
    reached: set[str] = set()
    for facts in _combinations(wording, graph, source, loc):
        needed = {key for key in graph.order if graph.is_needed(key, facts)}
        reached |= needed
        if not needed.intersection(graph.last):
            said = ", ".join(f"{name}={value}" for name, value in facts.items())
            last = "、".join(graph.last)
            raise source.error(
                Words(
                    f"当 {said} 时，没有任何最后环节（{last}）要办，分支没有收口",
                    f"when {said}, none of the last stages ({last}) is needed: the branch does not close",
                ),
                Words(
                    "补上一个分支，或让最后环节不带 when",
                    "add the missing branch, or let the last stage stand without when",
                ),
                loc=(*loc, "stages", graph.last[-1]),
            )
    for key in graph.order:
        if key not in reached:
            raise source.error(
                Words(f"“{key}”永远办不到：条件从不成立", f'"{key}" can never be reached'),
                Words("改正 when 或删去这个环节", "correct its when, or remove the stage"),
                loc=(*loc, "stages", key, "when"),
            )


def _combinations(
    wording: ProcessVersion, graph: Graph, source: YamlNode, loc: Loc
) -> Iterator[dict[str, Value]]:
    """Values of the facts the conditions ask for, at and beside every bound they mention."""
    literals = [value for guard in graph.guards.values() for value in _literals(guard.expr)]
    asked = dict.fromkeys(name for guard in graph.guards.values() for name in names_in(guard.expr))
    values: Mapping[str, list[Value]] = {
        name: _values(wording.facts[name].value_type, literals) for name in asked
    }
    count = 1
    for choice in values.values():
        count *= len(choice)
    if count > MAX_COMBINATIONS:
        raise source.error(
            Words("条件的组合过多", "the conditions combine in too many ways"),
            Words("减少决定走向的事实，或拆成几个流程", "use fewer facts, or split the process"),
            loc=(*loc, "stages"),
        )
    for chosen in product(*values.values()):
        yield dict(zip(values, chosen, strict=True))


def _literals(expression: Expr) -> Iterator[Value]:
    if expression.op == "lit" and expression.value is not None:
        yield expression.value
    for part in expression.args:
        yield from _literals(part)


def _values(kind: Type, literals: list[Value]) -> list[Value]:
    match kind:
        case Bool():
            return [True, False]
        case Options(words):
            return list(words)
        case Num(_, scale, low, high):
            step = Decimal(1).scaleb(-scale)
            bounds = {
                each.quantize(step) + shift
                for each in literals
                if isinstance(each, Decimal)
                for shift in (-step, Decimal(0), step)
            }
            return sorted({low, high, *(each for each in bounds if low <= each <= high)})
        case Date():
            days = {
                each + dt.timedelta(days=shift)
                for each in literals
                if isinstance(each, dt.date)
                for shift in (-1, 0, 1)
            }
            return sorted(days) or [dt.date(2020, 1, 1)]
    return ["-"]


def _one_of(names: Mapping[str, object] | list[str]) -> Words:
    listed = list(names)
    return Words(f"可写：{'、'.join(listed)}", f"choose from: {', '.join(listed)}")
