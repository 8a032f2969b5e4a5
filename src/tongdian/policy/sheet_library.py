"""What a sheet reaches in its pack: tables and their rows, rules looked up, options taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from tongdian.policy import language
from tongdian.policy.calendars import zone_of
from tongdian.policy.examples import example_lines
from tongdian.policy.inputs import Input
from tongdian.policy.language import Node
from tongdian.policy.refusals import InterpretationNotChosen, Refusal
from tongdian.policy.sheet import Sheet
from tongdian.policy.sheet_case import Tables
from tongdian.policy.typed import fail
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.kinds.sheet import SheetRule
    from tongdian.policy.packs import Pack


def examples_of(pack: Pack, sheet: Sheet, own: Collection[str]) -> frozenset[str]:
    """The lines that rest on a table of the pack marked as an example, unless the operator's own rows
    stand in its place."""
    marked = {
        name for name in sheet.tables if name not in own and getattr(pack.rules[name], "example", False)
    }
    return example_lines(sheet, marked)


def pack_tables(pack: Pack, sheet: Sheet, taken: Mapping[str, str]) -> Tables:
    """The dated rows of every table the sheet reads, as taken; an operator's own rows go first."""
    tables: dict[str, Any] = {}
    for name in sheet.tables:
        own = pack.own_tables.get(name)
        if own is not None:
            tables[name] = own
            continue
        rule = pack.rules[name]
        tables[name] = [
            (version.in_force.start, version.in_force.before, row)
            for version in rule.versions
            if all(taken.get(key) == option for key, option in version.taking.items())
            for row in rule.typed[id(version)]  # type: ignore[attr-defined]
        ]
    return tables


def line_depends(line: str, pack: Pack) -> tuple[str, ...]:
    """Interpretations behind one line of a sheet: `take` names one; a looked-up rule has its own."""
    words = line.replace("=", " = ").split()
    if words[:1] == ["take"] and len(words) >= 4:
        return (words[3],) if words[3] in pack.interpretations else ()
    reached: list[str] = []
    if words[:1] == ["look"] and "=" in words:
        reached.append(words[words.index("=") + 1].split(".")[0])
    if words[:1] == ["each"] and "from" in words:
        reached.append(words[words.index("from") + 1])
    return tuple(key for name in reached if name in pack.rules for key in pack.rules[name].depends)


class PackLibrary:
    """What a sheet may reach in its pack, under what is taken."""

    def __init__(self, pack: Pack, rule: SheetRule, taken: Mapping[str, str]) -> None:
        self.pack, self.rule, self.taken = pack, rule, taken

    def columns(self, table: str) -> tuple[Mapping[str, Input], tuple[str, ...]] | None:
        found = self.pack.rules.get(table)
        if found is None or found.kind != "table":
            return None
        return found.columns, found.keys  # type: ignore[attr-defined]

    def title(self, table: str) -> Words | None:
        found = self.pack.rules.get(table)
        return None if found is None else found.title

    def rule_node(
        self, rule: str, on: Node, names: tuple[str, ...], *, region: str = ""
    ) -> tuple[Node, Node] | None:
        own = self._rule_of(self.pack, rule, on, names)
        if own is None or not region or not self.pack.has_regions:
            return own
        found = own
        for place, overlay in reversed(self.pack.overlays()):  # the smallest place is asked about first
            there = self._rule_of(overlay, rule, on, names)
            if there is not None and (there != own or found != own):
                inside = language.parse(f'{region} in ("{place}")')
                value, in_force = (Node("if", (inside, *pair)) for pair in zip(there, found, strict=True))
                found = value, in_force
        return found

    def _rule_of(self, pack: Pack, rule: str, on: Node, names: tuple[str, ...]) -> tuple[Node, Node] | None:
        """The rule as one pack has it: this one, or an overlay over it."""
        found = pack.rules.get(rule)
        if found is None or found is self.rule:
            return None
        if len(names) != len(found.input):
            raise fail(
                f"规则“{rule}”要 {len(found.input)} 个输入",
                f'the rule "{rule}" takes {len(found.input)} inputs',
                f"for {'、'.join(found.input) or '（无）'}",
                f"for {', '.join(found.input) or '(none)'}",
            )
        bound = dict(zip(found.input, names, strict=True))
        taken = {**{key: self._first(key) for key in found.depends}, **self.taken}
        versions = [
            version
            for version in found.versions
            if all(taken.get(key) == option for key, option in version.taking.items())
        ]
        node = _bind(found.as_node(versions[-1]), bound)
        for version in reversed(versions[:-1]):
            test = Node("<", (on, Node("lit", value=version.in_force.before)))
            node = Node("if", (test, _bind(found.as_node(version), bound), node))
        if self.waits(rule):  # typed as under its first option, and not said under any
            return node, Node("lit", value=False)
        in_force = Node(">=", (on, Node("lit", value=versions[0].in_force.start)))
        last = versions[-1].in_force.before
        if last is not None:
            in_force = Node("and", (in_force, Node("<", (on, Node("lit", value=last)))))
        return node, in_force

    def waits(self, rule: str) -> Refusal | None:
        for key in self.pack.rules[rule].depends if rule in self.pack.rules else ():
            if key not in self.taken:
                return InterpretationNotChosen(
                    interpretation=key, options=list(self.pack.interpretations[key].options)
                )
        return None

    def reason(self, reason: str) -> Words | None:
        return self.rule.reasons.get(reason)

    def zone(self) -> str:
        return zone_of(self.pack.head)

    def _first(self, interpretation: str) -> str:
        return next(iter(self.pack.interpretations[interpretation].options))

    def option(self, interpretation: str) -> tuple[str, tuple[str, ...]] | None:
        known = self.pack.interpretations.get(interpretation)
        if known is None:
            return None
        return self.taken[interpretation], tuple(known.options)


def _bind(node: Node, names: Mapping[str, str]) -> Node:
    """A rule's expression with its inputs replaced by the sheet's names."""
    if node.op == "name" and node.value in names:
        return Node("name", value=names[str(node.value)])
    return Node(node.op, tuple(_bind(arg, names) for arg in node.args), node.value, node.column)
