"""An overlay laid over its parent: an ordinary pack, with the parent's rules and the changes in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tongdian.calendar import region_prefix
from tongdian.policy.clauses import Chapter, Clause, PackHead
from tongdian.policy.kinds import Rule, kinds
from tongdian.policy.kinds.rows import LimitsRule
from tongdian.policy.overlays.changes import OverlayFile, RuleChange
from tongdian.policy.overlays.comparing import Looser, looser
from tongdian.policy.overlays.rewriting import BadChange, Plain, counted_anew, rewritten
from tongdian.policy.packs import Pack, qualified
from tongdian.policy.reading import YamlNode, read_model
from tongdian.policy.refusals import Mistakes, PackError
from tongdian.policy.rule_files import read_rule
from tongdian.policy.words import Words

OWN_KINDS = ("indicator", "check", "signal")  # they look at cases and returns and loosen nothing
FILES = ("pack.yaml", "clauses.yaml", "overlay.yaml")
_OF_THE_PARENT = ("calendar", "rest_days", "charges_by", "interpreted_by", "uses", "overlays")


@dataclass(frozen=True, slots=True)
class Removal:
    """A paper or a stage that an overlay removed, from when, by which of its clauses: what a duty to ask
    for less is shown by."""

    rule: str
    what: str
    title: Words
    since: dt.date
    cite: tuple[str, ...]


def lay(
    parent: Pack,
    head: PackHead,
    written: YamlNode,
    changes: YamlNode,
    *,
    own: tuple[Mapping[str, Chapter], Mapping[str, Clause]],
    sources: Mapping[str, YamlNode],
    digest: str,
    is_known_good: bool,
) -> Pack:
    """The parent with the changes of overlay.yaml. `own` are the overlay's chapters and clauses. Raises
    PackError at each change that the parent does not allow; that none is looser, `check_changes` says."""
    mistakes = Mistakes()
    mistakes.found += _bad_head(parent, head, written)
    chapters, clauses = own
    mistakes.found += _bad_clauses(parent, clauses, sources)
    read_model(changes, OverlayFile)
    laid = _Laying(parent, head, is_known_good=is_known_good)
    for node in _listed(changes, "changes"):
        with mistakes.aside():
            laid.add(node, clauses)
    for node in _listed(changes, "rules"):
        with mistakes.aside():
            laid.add_own(node, clauses)
    mistakes.refuse()
    with mistakes.aside():
        rules = laid.rules(changes)
    mistakes.refuse()
    return Pack(
        head=_head(parent.head, head),
        folder=written.file.parent,
        content_hash=digest,
        chapters={**parent.chapters, **{qualified(head.pack, key): one for key, one in chapters.items()}},
        clauses={**parent.clauses, **dict(_named(head.pack, clauses))},
        interpretations=parent.interpretations,
        rules=rules,
        sheets=parent.sheets,
        areas=parent.areas,
        sources={
            **parent.sources,
            **laid.nodes,
            **{_clause_key(head.pack, k): n for k, n in sources.items()},
        },
        is_known_good=is_known_good,
        over=parent,
        place=head.region or "",
        changes=tuple(change for change, _ in laid.changes),
        written={**parent.written, **laid.written},
    )


def _listed(changes: YamlNode, name: str) -> list[YamlNode]:
    return list(changes.at(name).items()) if name in changes.plain() else []


def _clause_key(pack: str, key: str) -> str:
    return key.replace("clause ", f"clause {pack}/", 1)


def check_changes(pack: Pack, changes: YamlNode) -> Iterator[PackError]:
    """What is looser than the parent, at the change that made it so."""
    assert pack.over is not None
    listed = list(zip(pack.changes, _listed(changes, "changes"), strict=True))
    for rule in dict.fromkeys(change.rule for change, _ in listed if change.is_change):
        if pack.rules[rule].kind == "process":
            continue  # its form was compared when it was written
        mine = [(change, node) for change, node in listed if change.rule == rule and change.is_change]
        adds = frozenset(paper for change, _ in mine if change.law for paper in change.adds)
        node = mine[-1][1]
        try:
            found = looser(pack.over, pack, rule, may_add=adds)
        except BadChange as error:
            yield node.error(error.problem, error.remedy, loc=error.loc)
            continue
        if found is not None:
            acting = [n for change, n in mine if change.in_force is None or change.in_force.start <= found.on]
            yield (acting or [node])[-1].error(*_say_looser(pack, rule, found))


def removals(pack: Pack) -> list[Removal]:
    """What the pack and those it lies over removed, the widest place first."""
    if pack.over is None:
        return []
    found = removals(pack.over)
    for change in pack.changes:
        above: Any = pack.over.rules[change.rule]
        since = (change.in_force or pack.head.in_force).start
        for what in change.removes:
            named = getattr(above, "papers", None)
            title = named[what] if named else above.versions[-1].stages[what].title
            found.append(Removal(change.rule, what, title, since, change.cite))
    return found


class _Laying:
    """The changes read so far, and the rules as they read with them."""

    def __init__(self, parent: Pack, head: PackHead, *, is_known_good: bool) -> None:
        self.parent, self.head, self.is_known_good = parent, head, is_known_good
        self.changes: list[tuple[RuleChange, YamlNode]] = []
        self.written: dict[str, Plain] = {}
        self.tests: dict[str, list[dict[str, Any]]] = {}
        self.nodes: dict[str, YamlNode] = {}
        self.own: dict[str, Plain] = {}

    def add(self, node: YamlNode, clauses: Mapping[str, Clause]) -> None:
        change = read_model(node, RuleChange)
        if change.rule not in self.parent.rules:
            raise node.error(
                Words(f"上级没有规则“{change.rule}”", f'there is no rule "{change.rule}" above'),
                Words(
                    "核对名称：tongdian policy clauses 列出规则",
                    "check the name: `policy clauses` lists the rules",
                ),
                loc=("rule",),
            )
        for cite in change.cite:
            if cite not in clauses:
                raise node.error(
                    Words(f"没有条款“{cite}”", f'there is no clause "{cite}"'),
                    Words("写进本级的 clauses.yaml", "add it to the overlay's own clauses.yaml"),
                    loc=("cite",),
                )
        cites = [qualified(self.head.pack, one) for one in change.cite]
        kind, known = self.parent.rules[change.rule].kind, self._so_far(change.rule)
        if change.is_change:
            overlaying = self.parent.head.overlays
            try:
                self.written[change.rule] = rewritten(
                    known,
                    kind,
                    change,
                    change.in_force or self.head.in_force,
                    cites,
                    overlaying.adding if overlaying else None,
                )
            except BadChange as error:
                raise node.error(
                    _under(error.problem, self.parent, error.clause), error.remedy, loc=error.loc
                ) from None
            if kind == "process":
                self._count_anew(change, cites)
        self.tests.setdefault(change.rule, []).extend(change.tests)
        self.nodes[change.rule] = node
        self.changes.append((change.model_copy(update={"cite": tuple(cites)}), node))

    def add_own(self, node: YamlNode, clauses: Mapping[str, Clause]) -> None:
        """A rule of its own, by its own clauses."""
        name, kind = node.text("rule"), node.text("kind")
        if kind not in OWN_KINDS:
            raise node.error(
                Words(f"下级的包不另立 {kind} 类规则", f"an overlay has no rule of its own of kind {kind}"),
                Words(f"可写：{'、'.join(OWN_KINDS)}", f"the kinds are {', '.join(OWN_KINDS)}"),
                loc=("kind",),
            )
        if name in self.parent.rules or name in self.written:
            raise node.error(
                Words(f"上级已有规则“{name}”", f'there is a rule "{name}" already'),
                Words("换一个名称", "give it another name"),
                loc=("rule",),
            )
        data = dict(node.plain())
        for at, version in enumerate(data.get("versions") or ()):
            cites = version.get("cite") or ()
            for cite in (cites,) if isinstance(cites, str) else cites:
                if cite not in clauses:
                    raise node.error(
                        Words(f"没有条款“{cite}”", f'there is no clause "{cite}"'),
                        Words("写进本级的 clauses.yaml", "add it to the overlay's own clauses.yaml"),
                        loc=("versions", at, "cite"),
                    )
        read_rule(node)  # what is not right in it is told where it stands
        data["versions"] = [
            {
                **one,
                "cite": [
                    qualified(self.head.pack, c)
                    for c in ([one["cite"]] if isinstance(one["cite"], str) else one["cite"])
                ],
            }
            for one in data["versions"]
        ]
        self.written[name] = self.own[name] = data
        self.nodes[name] = node

    def _count_anew(self, change: RuleChange, cites: list[str]) -> None:
        """The limits that count the stages of the changed process, by those that are left of their owner."""
        process: Any = self.parent.rules[change.rule]
        for name, rule in self.parent.rules.items():
            if not isinstance(rule, LimitsRule):
                continue
            rows = [row for v in rule.versions for row in v.limits if row.counts == change.rule]
            fewer = sum(
                process.versions[-1].owner_of(stage) == row.owner
                for row in rows[:1]
                for stage in change.removes
            )
            if fewer:
                period = change.in_force or self.head.in_force
                self.written[name] = counted_anew(self._so_far(name), change.rule, fewer, period, cites)

    def _so_far(self, rule: str) -> Plain:
        known = self.written.get(rule) or self.parent.written.get(rule)
        return known or self.parent.sources[rule].plain()

    def rules(self, changes: YamlNode) -> dict[str, Rule]:
        """Every rule of the pack, read anew, for a rule learns from its pack while it is checked. One that
        a change is about has the overlay's own tests."""
        found = {}
        kind_of = {name: rule.kind for name, rule in self.parent.rules.items()}
        kind_of |= {name: str(data["kind"]) for name, data in self.own.items()}
        for name, kind in kind_of.items():
            node = self.nodes.get(name, changes)
            data = self._so_far(name)
            if name in self.tests:
                data = {**data, "tests": self.tests[name]}
            try:
                found[name] = kinds()[kind].model_validate(
                    data, context={"languages": self.parent.head.languages}
                )
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                where = ".".join(map(str, first["loc"]))
                raise node.error(
                    Words(f"改写后的规则不成立（{where}）", f"the rule as changed is not right ({where})"),
                    Words(first["msg"], first["msg"]),
                    loc=("tests",) if first["loc"][:1] == ("tests",) else (),
                ) from None
        return found


def _head(above: PackHead, own: PackHead) -> PackHead:
    kept = {name: getattr(above, name) for name in _OF_THE_PARENT}
    return own.model_copy(update={**kept, "region": own.region or above.region})


def _named(pack: str, clauses: Mapping[str, Clause]) -> Iterator[tuple[str, Clause]]:
    for key, clause in clauses.items():
        name = qualified(pack, key)
        yield name, clause.model_copy(update={"id": name, "chapter": qualified(pack, clause.chapter)})


def _bad_head(parent: Pack, head: PackHead, written: YamlNode) -> Iterator[PackError]:
    for name in _OF_THE_PARENT:
        if name in written.plain():
            yield written.error(
                Words(f"{name} 由上级规定", f"{name} is what the pack above says"),
                Words("删去这一行", "leave this line out"),
                loc=(name,),
            )
    if set(head.languages) != set(parent.head.languages):
        yield written.error(
            Words("语言与上级不同", "its languages are not those of the pack above"),
            Words(f"写 {'、'.join(parent.head.languages)}", f"write [{', '.join(parent.head.languages)}]"),
            loc=("languages",),
        )
    outer = parent.head.region
    if head.region and outer and not region_prefix(head.region).startswith(region_prefix(outer)):
        yield written.error(
            Words(
                f"地区 {head.region} 不在上级的 {outer} 之内",
                f"the region {head.region} is not inside {outer} of the pack above",
            ),
            Words("写上级地区之内的代码", "write a code inside it"),
            loc=("region",),
        )


def _bad_clauses(
    parent: Pack, clauses: Mapping[str, Clause], sources: Mapping[str, YamlNode]
) -> Iterator[PackError]:
    """A clause that refines one above is done no later."""
    for key, clause in clauses.items():
        if clause.refines is None:
            continue
        above, source = parent.clauses.get(clause.refines), sources[f"clause {key}"]
        if above is None:
            yield source.error(
                Words(f"上级没有条款“{clause.refines}”", f'there is no clause "{clause.refines}" above'),
                Words("核对编号", "check the number"),
                loc=("refines",),
            )
        elif clause.done_by is not None and _is_later(clause.done_by, above.done_by):
            yield source.error(
                _under(
                    Words(
                        f"完成时间 {clause.done_by} 晚于上级的 {above.done_by}",
                        f"it is to be done by {clause.done_by}, later than {above.done_by} above",
                    ),
                    parent,
                    (clause.refines,),
                ),
                Words("写不晚于上级的日期，或删去 done_by", "write a day no later, or leave done_by out"),
                loc=("done_by",),
            )


def _is_later(own: str, above: str | None) -> bool:
    return above not in (None, "ongoing") and (own == "ongoing" or own > str(above))


def _under(problem: Words, parent: Pack, clause: tuple[str, ...]) -> Words:
    """The problem, with the parent's clause that it would break."""
    if not clause:
        return problem
    return Words(
        f"{problem.zh}；上级依据：{parent.say_cite(clause, 'zh')}",
        f"{problem.en}; above it: {parent.say_cite(clause, 'en')}",
    )


def _say_looser(pack: Pack, rule_id: str, found: Looser) -> tuple[Words, Words]:
    assert pack.over is not None
    rule = pack.rules[rule_id]
    given = {
        language: Words("，", ", ")
        .say(language)
        .join(
            f"{(rule.input[name].title or Words(name, name)).say(language)} {rule.input[name].label(value, language)}"
            for name, value in found.given.items()
        )
        for language in ("zh", "en")
    }
    where = Words(f"（{given['zh']}）" if given["zh"] else "", f" ({given['en']})" if given["en"] else "")
    problem = Words(
        f"{found.on} 的{rule.title.zh}{where.zh}：{found.below.zh}，比上级的 {found.above.zh} 宽松",
        f"{rule.title.en} on {found.on}{where.en}: {found.below.en} is looser than {found.above.en} above",
    )
    return (
        _under(problem, pack.over, found.cite),
        Words("改成不宽于上级的，或删去这一项", "make it no looser than above, or leave the change out"),
    )
