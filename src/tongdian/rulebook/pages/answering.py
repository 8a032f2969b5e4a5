"""An answer, or its refusal, as a page shows it: large value, sentence, row, lines, where from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from tongdian.policy.answer import Answer, AnswerLine, Consequences, PaperOptions, Range
from tongdian.policy.kinds import Rule
from tongdian.policy.kinds.ladder import LadderRule
from tongdian.policy.ladders import ACT
from tongdian.policy.packs import Pack
from tongdian.policy.process.rule import Process
from tongdian.policy.refusals import BadInput, InterpretationNotChosen, Refusal
from tongdian.policy.types import Options
from tongdian.policy.words import EXAMPLE, Words
from tongdian.regions import NoSuchRegion, known_region
from tongdian.rulebook import queries
from tongdian.rulebook.pages.asking import (
    RuleQuestion,
    answer_endpoint,
    as_call,
    as_command,
    as_query,
    question,
)
from tongdian.rulebook.pages.drawing import process_view
from tongdian.rulebook.pages.numbers import Grid, grid, line_cite, name_of, option_words
from tongdian.rulebook.saying import Cite, cites, named, period, rule_address

MAX_LINES = 400
LONG = 26  # characters of a value that still stand large


@dataclass(frozen=True)
class ShownLine:
    """One line of a calculation: what it is, its formula, its value with unit."""

    title: str
    name: str
    text: str
    value: str
    cite: Cite | None
    is_result: bool
    is_example: bool


@dataclass(frozen=True)
class LineGroup:
    """The lines of one row, in order."""

    title: str
    key: str
    depth: int
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True)
class TakenHere:
    """An interpretation an answer went by."""

    id: str
    says: str
    address: str
    is_tried: bool  # taken for this question only


@dataclass(frozen=True)
class Shown:
    """Everything an answer pane says; `refusal` is filled instead when the rule refused."""

    pack: Pack
    rule: Rule
    address: str
    value: str = ""
    value_note: str = ""
    is_example: bool = False
    papers: tuple[str, ...] = ()
    papers_note: str = ""
    sentence: str = ""
    warnings: tuple[str, ...] = ()
    reason: str = ""
    cites: tuple[Cite, ...] = ()
    version: str = ""
    day: str = ""
    grid: Grid | None = None
    groups: tuple[LineGroup, ...] = ()
    lines_left_out: int = 0
    taken: tuple[TakenHere, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    refusal: str = ""
    refused_field: str = ""
    refused_code: str = ""
    to_choose: tuple[tuple[str, str, str, str], ...] = ()  # id, option, words, address with it taken
    command: str = ""
    call: str = ""
    endpoint: str = ""
    given: str = ""  # the inputs, as JSON
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_long(self) -> bool:
        """Whether the value is too long to stand large."""
        return len(self.value) > LONG


def shown(pack: Pack, rule: Rule, asked: RuleQuestion, language: str, *, root: str) -> Shown:
    """The rule asked, and whatever came of it."""
    query = as_query(asked)
    about: dict[str, Any] = {
        "pack": pack,
        "rule": rule,
        "address": f"{rule_address(pack, rule.rule)}?{query.urlencode()}",
        "command": as_command(pack, rule, asked),
        "call": as_call(pack, rule, asked, root),
        "endpoint": answer_endpoint(pack, rule),
        "given": json.dumps(question(asked), ensure_ascii=False),
    }
    try:
        day = asked.day
        if day is None:
            raise BadInput(
                name="on",
                problem=Words(
                    f"“{asked.on[:20]}”不是日期；请写成 2026-03-02",
                    f"{asked.on[:20]!r} is not a date; write it like 2026-03-02",
                ),
            )
        pack = _governing(pack, asked.region)
        rule = pack.rules[rule.rule]
        answer = pack.answer(rule.rule, on=day, given=question(asked), take=asked.take)
        groups, left_out = _groups(pack, rule, answer, language)
    except Refusal as refusal:
        return Shown(**about, **_refused(pack, rule, asked, refusal, language))
    valued = _valued(pack, answer, language)
    if isinstance(rule, Process):
        valued = {"value": _clocks(pack, rule, asked, language)}
    return Shown(
        **about,
        **valued,
        is_example=answer.is_example,
        sentence=spoken(rule, answer, language),
        warnings=tuple(one.say(language) for one in answer.warnings),
        reason=answer.reason(language),
        cites=tuple(cites(pack, answer.cite, language)),
        version=period(rule.version_on(day, answer.interpretations).in_force),
        day=answer.day.isoformat(),
        grid=grid(pack, rule, rule.version_on(day, answer.interpretations), language, lit=answer.row)
        if not isinstance(rule, Process)
        else None,
        groups=groups,
        lines_left_out=left_out,
        taken=_taken(pack, answer, asked, language),
        inputs=_inputs(rule, answer, language),
    )


def _clocks(pack: Pack, rule: Process, asked: RuleQuestion, language: str) -> str:
    """What a process promises: its limits over all, else how many stages it has."""
    view = process_view(pack, rule, asked, language)
    limits = [f"{clock.title} {clock.limit}" for clock in view.clocks if clock.limit]
    needed = sum(not stage.is_left_out for stage in view.stages)
    stages = ngettext("%(n)s stage", "%(n)s stages", needed) % {"n": needed}
    return Words("；", "; ").say(language).join(limits) or stages


def spoken(rule: Rule, answer: Answer, language: str) -> str:
    """The sentence without the interpretations, which stand beside it as links.

    A value as long as a process is not said twice.
    """
    value = _tidy(answer.say_value(language))
    title = answer.title.say(language)
    parts = [
        (f"{title} {value}" if len(value) <= LONG else title)
        + (EXAMPLE.say(language) if answer.is_example else ""),
        _reason(rule, answer, language),
        Words("依据 ", "under ").say(language) + answer.cited(language),
        Words(f"按 {answer.day} 有效版本", f"as in force on {answer.day}").say(language),
    ]
    return Words("；", "; ").say(language).join(part for part in parts if part)


def _reason(rule: Rule, answer: Answer, language: str) -> str:
    said = answer.reason(language)
    if rule.kind == "table":
        return _said_inputs(rule, answer, language)
    if rule.kind == "bands":  # 合同总价 150,000 元, as it was typed
        return re.sub(r"(?<=\d)\.0+(?!\d)", "", said)
    return _tidy(said)


def _said_inputs(rule: Any, answer: Answer, language: str) -> str:
    """The keys of a table's row as its columns word them."""
    said = [
        f"{rule.columns[name].title.say(language) if rule.columns[name].title else name} "
        f"{rule.columns[name].label(value, language)}"
        for name, value in answer.inputs.items()
    ]
    return Words("，", ", ").say(language).join(said)


def _valued(pack: Pack, answer: Answer, language: str) -> dict[str, Any]:
    match answer.value:
        case PaperOptions(papers, closed):
            note = (
                gettext("Nothing else may be asked for.")
                if closed
                else gettext("The list is open: another paper may be asked for, with a reason.")
            )
            return {
                "papers": tuple(paper.title.say(language) for paper in papers),
                "papers_note": note,
                "value": "" if papers else gettext("no papers"),
            }
        case Consequences(_, follows):
            return {
                "papers": tuple(one.title.say(language) for one in follows),
                "value": "" if follows else answer.say_value(language),
                "value_note": "" if follows else answer.reason(language),
            }
        case Range():
            note = gettext("The officer chooses within this range, with a reason and an approver.")
            return {"value": answer.say_value(language), "value_note": note}
    note = ""
    if answer.owner:
        owner = named(pack, answer.owner, language)
        note = gettext("the clock of: %(owner)s") % {"owner": owner}
    return {"value": _tidy(answer.say_value(language)), "value_note": note}


def _tidy(said: str) -> str:
    # 22 个工作日, not 22.00 个工作日: zeros behind the point only where money has its fen
    said = re.sub(r"(?<=\d)(\.\d{2}\d*?)0+(?=\s|$)", r"\1", said)
    return re.sub(r"(?<=\d)\.0+(?= (?!元|yuan))", "", said)


def _inputs(rule: Rule, answer: Answer, language: str) -> tuple[tuple[str, str], ...]:
    if rule.kind == "sheet":
        return ()
    given = {name: one for name, one in answer.inputs.items() if name != ACT or rule.kind != "ladder"}
    declared = {**rule.input, **getattr(rule, "columns", {})}
    if isinstance(rule, Process):
        declared = dict(rule.version_on(answer.day, answer.interpretations).facts)
    said = []
    for name, value in given.items():
        known = declared.get(name)
        if known is None:
            said.append((gettext("Amount chosen by the officer"), str(value)))
            continue
        said.append((known.title.say(language) if known.title else name, known.label(value, language)))
    return tuple(said)


def _taken(pack: Pack, answer: Answer, asked: RuleQuestion, language: str) -> tuple[TakenHere, ...]:
    return tuple(
        TakenHere(
            key,
            pack.interpretations[key].options[option].says.say(language),
            _interpretation_address(pack, key),
            key in asked.take,
        )
        for key, option in answer.interpretations.items()
    )


def _interpretation_address(pack: Pack, key: str) -> str:
    return reverse("interpretation", args=[pack.id, key])


def _groups(pack: Pack, rule: Any, answer: Answer, language: str) -> tuple[tuple[LineGroup, ...], int]:
    """Lines by row: each row of a grain with all of its lines, rows in the order of calculation."""
    lines = answer.lines
    if not lines:
        return (), 0
    kept, left_out = lines[:MAX_LINES], max(0, len(lines) - MAX_LINES)
    if isinstance(rule, LadderRule):
        return (_acts_shown(pack, rule, answer, kept, language),), left_out
    sheet = rule.sheet(pack, rule.version_on(answer.day, answer.interpretations), answer.interpretations)
    by_row: dict[tuple[str, str], list[AnswerLine]] = {}
    for line in kept:
        by_row.setdefault((line.grain, line.row), []).append(line)
    chains = {name: len(sheet.chain(name)) - 1 for name in sheet.grains}
    ordered = sorted(
        by_row.items(), key=lambda pair: (chains[pair[0][0]], list(sheet.grains).index(pair[0][0]))
    )
    shown_groups = [
        LineGroup(
            name_of(rule, grain, language),
            "" if chains[grain] == 0 else key,
            chains[grain],
            tuple(
                ShownLine(
                    name_of(rule, line.name, language),
                    line.name,
                    line.text,
                    _line_value(pack, line, language),
                    line_cite(pack, line.cite, language),
                    line.name == sheet.result,
                    line.is_example,
                )
                for line in members
            ),
        )
        for (grain, key), members in ordered
    ]
    return tuple(shown_groups), left_out


def _acts_shown(
    pack: Pack, rule: LadderRule, answer: Answer, lines: tuple[AnswerLine, ...], language: str
) -> LineGroup:
    """Each act by day, with which time it was and what followed."""
    acts = rule.acts(pack, rule.version_on(answer.day, answer.interpretations))
    shown_lines = tuple(
        ShownLine(
            rule.act_words(pack, acts[line.name]).say(language),
            line.name,
            line.text,
            line.say(language),
            line_cite(pack, line.cite, language),
            line is lines[-1],
            line.is_example,
        )
        for line in lines
    )
    return LineGroup(gettext("Acts"), "", 0, shown_lines)


def _line_value(pack: Pack, line: AnswerLine, language: str) -> str:
    if isinstance(line.value, str) and isinstance(line.type, Options):
        return option_words(pack, line.value, language)
    return _tidy_line(line, language)


def _tidy_line(line: AnswerLine, language: str) -> str:
    said = line.say(language)
    number, space, unit = said.partition(" ")
    # 0.52830000 元/千瓦时 keeps its value and loses zeros past the fourth place
    trimmed = re.sub(r"(\.\d{2}\d*?)0+$", r"\1", number) if re.search(r"\.\d{3,}$", number) else number
    return f"{trimmed}{space}{unit}"


def _governing(pack: Pack, region: str) -> Pack:
    """The pack that governs the place asked about. Raises BadInput for a code that is none."""
    if not region:
        return pack
    try:
        return queries.pack_for(pack.id, known_region(region))
    except NoSuchRegion as refused:
        raise BadInput(name="region", problem=refused.words) from None


def _refused(pack: Pack, rule: Rule, asked: RuleQuestion, refusal: Refusal, language: str) -> dict[str, Any]:
    name, said = "", refusal.say(language)
    errors: dict[str, str] = {}
    if isinstance(refusal, BadInput):
        place = str(refusal.facts["name"])
        problem = refusal.facts["problem"]
        name = place if place == "on" or (place == "region" and asked.region) else _field_of(place)
        title = _title_of(pack, rule, place, language)
        problem_said = problem.say(language) if isinstance(problem, Words) else str(problem)
        if "one_of(" in problem_said:  # the choices stand in the field itself
            problem_said = gettext("choose one of the options")
        said = Words(f"{title}：{problem_said}", f"{title}: {problem_said}").say(language)
        errors[name.replace(".", "-")] = problem_said
    to_choose: tuple[tuple[str, str, str, str], ...] = ()
    if isinstance(refusal, InterpretationNotChosen):
        key = str(refusal.facts["interpretation"])
        to_choose = tuple(
            (key, option, one.says.say(language), _with_taken(pack, rule, asked, key, option))
            for option, one in pack.interpretations[key].options.items()
        )
        said = Words(
            f"须先确认解读：{pack.interpretations[key].issue.say(language)}",
            f"An open place must be settled first: {pack.interpretations[key].issue.say(language)}",
        ).say(language)
    return {
        "refusal": said,
        "refused_code": refusal.code,
        "refused_field": name,
        "errors": errors,
        "to_choose": to_choose,
        "day": asked.on,
    }


def _with_taken(pack: Pack, rule: Rule, asked: RuleQuestion, key: str, option: str) -> str:
    tried = RuleQuestion(asked.on, asked.given, {**asked.take, key: option}, asked.region)
    return f"{rule_address(pack, rule.rule)}?{as_query(tried).urlencode()}"


def _field_of(place: str) -> str:
    """`segment[0].start` is the field given.segment.0.start."""
    return "given." + re.sub(r"\[(\d+)\]", r".\1", place)


def _title_of(pack: Pack, rule: Any, place: str, language: str) -> str:
    last = re.sub(r"\[\d+\]", "", place).rpartition(".")[2]
    if place == "on":
        return gettext("Day")
    declared: dict[str, Any] = dict(rule.input)
    if isinstance(rule, Process):
        declared = {k: v for version in rule.versions for k, v in version.facts.items()}
    elif isinstance(rule, LadderRule):
        declared |= rule.row_inputs(pack, rule.versions[-1])
    if last in declared and declared[last].title:
        said: str = declared[last].title.say(language)
        return said
    return name_of(rule, last, language)
