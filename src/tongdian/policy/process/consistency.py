"""Whether a case is what its facts say: an application of 8 kVA is no high-voltage customer's.

    reads:
      kind: {small_micro: customer_kind = small_or_micro, other: customer_kind != small_or_micro}
    checks:
    - {rule: customer-class, is: [low_voltage], doubtful: [high_voltage_single], at: [accept]}
    - {rule: zero-investment, is: [not_required], or: customer_paid = 0, at: [meter]}

What is not known yet may still be anything: every value that it could have is tried, and a case is refused
only where none of them fits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input, read_value
from tongdian.policy.interpretations import used_by
from tongdian.policy.process.conditions import say_condition
from tongdian.policy.process.refusals import MustHold, OfAnotherKind
from tongdian.policy.refusals import NotApplicable, NotInForce
from tongdian.policy.rounding import rounded
from tongdian.policy.typed import names_in
from tongdian.policy.types import Bool, Options, Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.answer import Answer
    from tongdian.policy.kinds import Rule
    from tongdian.policy.packs import Pack
    from tongdian.policy.process.model import Check, ProcessVersion

OPENING = ""
ANOTHER = Words("适用的业务", "the service that is for it")


@dataclass(frozen=True)
class Doubt:
    """Something that looks otherwise and may still be right; `answer` is what the facts say."""

    answer: Answer
    words: Words


def must_agree(
    pack: Pack,
    wording: ProcessVersion,
    facts: Mapping[str, Value],
    told: Mapping[str, Any],
    *,
    stage: str = OPENING,
    on: dt.date,
    taken: Mapping[str, str],
) -> None:
    """Raise OfAnotherKind or MustHold where the facts, with those `told` now, do not fit the process.

    `stage` is the one being closed, none: the case is being opened. `on` is the day of application."""
    known = {**facts, **_read(wording, told)}
    for check in wording.checks:
        if stage == OPENING or stage in check.at:
            found = list(_answers(pack, wording, check, known, on=on, taken=taken))
            if not found or any(_fits(wording, check, one, known) for one in found):
                continue
            if any(str(one.value) in check.doubtful for one in found):
                continue
            _refuse(pack, wording, check, found, known)


def doubts_of(
    pack: Pack, wording: ProcessVersion, facts: Mapping[str, Value], *, on: dt.date, taken: Mapping[str, str]
) -> list[Doubt]:
    """What the facts say that the process is not for, and that is for people to settle."""
    found = []
    for check in wording.checks:
        answers = list(_answers(pack, wording, check, facts, on=on, taken=taken))
        if answers and not any(_fits(wording, check, one, facts) for one in answers):
            found.append(Doubt(answers[0], _doubted(pack, wording, check, answers)))
    return found


def must_not_cost(
    pack: Pack,
    wording: ProcessVersion,
    facts: Mapping[str, Value],
    yuan: Decimal,
    *,
    on: dt.date,
    taken: Mapping[str, str],
) -> None:
    """Raise MustHold for a sum of money that a check of the process says is 0 where the customer is, by the
    facts, surely one who pays nothing. A figure that is not known may be its least or its most."""
    ends = [
        {name: end for name, one in wording.facts.items() if (end := getattr(one, side)) is not None}
        for side in ("min", "max")
    ]
    for check in wording.checks:
        condition = Condition.parse(check.unless, wording.facts) if check.unless else None
        paid = names_in(condition.expr) if condition else ()
        if condition is None or any(wording.facts[name].unit != "yuan" for name in paid):
            continue
        if condition.holds(dict.fromkeys(paid, yuan)):
            continue
        found = [
            one
            for end in ends
            for one in _answers(pack, wording, check, {**end, **facts}, on=on, taken=taken)
        ]
        if found and not any(str(one.value) in check.accepts for one in found):
            _refuse(pack, wording, check, found[:1], facts)


def slips_of(pack: Pack, wording: ProcessVersion, facts: Mapping[str, Value]) -> list[Words]:
    """What the rules that the process asks say of a fact that is probably a slip: yuan for 万元, say."""
    asked = [fact.within for fact in wording.facts.values()]
    asked += [stage.effect_given.get("rule") for stage in wording.stages.values()]
    rules = [pack.rules[name] for name in dict.fromkeys(asked) if name is not None and name in pack.rules]
    found = [one.says for rule in rules for one in rule.doubts if one.raised_by(facts)]
    return list(dict.fromkeys(found))


def _doubted(pack: Pack, wording: ProcessVersion, check: Check, found: list[Answer]) -> Words:
    """What does not agree, and what to do about it."""
    said = _said(pack, wording, check, found)
    if check.unless is not None:
        must = say_condition(Condition.parse(check.unless, wording.facts), wording.facts)
        return Words(
            f"按所填的事实，{said.zh}，这时应当{must.zh}，而本件不是这样。请核对所填的事实，填错的更正；没有填错的，"
            "请纠正做法。",
            f"By the facts stated, {said.en}; then it must be that {must.en}, and here it is not. Check the facts "
            "and correct what was entered wrongly; if they are right, put right what was done.",
        )
    mine = _title_of(pack, wording, check)
    instead = _instead(pack, check, found)
    return Words(
        f"按所填的事实，{said.zh}，而本件按“{mine.zh}”办理。请核对所填的事实，填错的更正；没有填错的，由供电方案"
        f"确定，必要时改办{instead.zh}。",
        f'By the facts stated, {said.en}, but this case is handled as "{mine.en}". Check the facts and correct '
        f"what was entered wrongly; if they are right, the supply plan decides, and where needed apply for "
        f"{instead.en} instead.",
    )


def _title_of(pack: Pack, wording: ProcessVersion, check: Check) -> Words:
    """The process of a wording, which was made anew under what is chosen."""

    def is_it(one: Any) -> bool:
        checks: tuple[Check, ...] = getattr(one, "checks", ())
        agrees = any((c.rule, c.accepts) == (check.rule, check.accepts) for c in checks)
        return agrees and [*one.stages] == [*wording.stages]

    processes = (rule for rule in pack.rules.values() if rule.kind == "process")
    return next((rule.title for rule in processes if any(map(is_it, rule.versions))), ANOTHER)


def read_for(wording: ProcessVersion, facts: Mapping[str, Value]) -> dict[str, Value]:
    """What the facts say in the words of the rules that the process is held to; what is fixed for it, too."""
    found: dict[str, Value] = {}
    for check in wording.checks:
        found |= check.given
    for name, read in wording.reads.items():
        for option, when in read.items() if isinstance(read, dict) else ():
            condition = Condition.parse(when, wording.facts)
            if all(one in facts for one in names_in(condition.expr)) and condition.holds(facts):
                found[name] = option
    return found


def _read(wording: ProcessVersion, told: Mapping[str, Any]) -> dict[str, Value]:
    return {
        name: read_value(name, value, wording.facts[name].value_type)
        for name, value in told.items()
        if name in wording.facts and value not in (None, "")
    }


def _answers(
    pack: Pack,
    wording: ProcessVersion,
    check: Check,
    facts: Mapping[str, Value],
    *,
    on: dt.date,
    taken: Mapping[str, str],
) -> Iterator[Answer]:
    """What the rule says under every value that the facts leave open; nothing where it does not apply."""
    rule = pack.rules[check.rule]
    used = used_by(pack, rule, taken)
    values = {
        name: list(_values(pack, wording, name, declared, facts, on=on, taken=taken))
        for name, declared in rule.input.items()
        if name not in check.given
    }
    if any(not found for found in values.values()):
        return  # a figure is missing, and a figure could be any
    seen: set[str] = set()
    for chosen in product(*values.values()):
        given = {
            **check.given,
            **{key: one for key, one in zip(values, chosen, strict=True) if one is not None},
        }
        try:
            answer = pack.answer(check.rule, on=on, given=given, take=used)
        except (NotApplicable, NotInForce):
            continue
        if str(answer.value) not in seen:
            seen.add(str(answer.value))
            yield answer


def _values(
    pack: Pack,
    wording: ProcessVersion,
    name: str,
    declared: Input,
    facts: Mapping[str, Value],
    *,
    on: dt.date,
    taken: Mapping[str, str],
) -> Iterator[Value | None]:
    """The values that an input may have: one that is known, else each; None: as the rule has it by default."""
    read = wording.reads.get(name)
    if isinstance(read, str):
        yield _answered(pack, read, on=on, taken=taken)
    elif read is not None:
        conditions = {option: Condition.parse(when, wording.facts) for option, when in read.items()}
        if all(one in facts for when in conditions.values() for one in names_in(when.expr)):
            yield from (option for option, when in conditions.items() if when.holds(facts))
        elif declared.default is not None:
            yield None
        else:
            yield from conditions
    elif name in facts:
        yield _converted(wording, name, declared, facts[name])
    elif declared.default is not None and name not in wording.facts:
        yield None
    else:
        yield from _every(declared)


def _converted(wording: ProcessVersion, name: str, declared: Input, value: Value) -> Value:
    """A fact in the unit that the rule asks: kVA as kW at the power factor that the process says."""
    factor = wording.converts.get(name)
    if factor is None or not isinstance(value, Decimal) or wording.facts[name].unit == declared.unit:
        return value
    return rounded(value * factor, declared.scale, "half_up")


def _every(declared: Input) -> tuple[Value, ...]:
    match declared.value_type:
        case Bool():
            return (False, True)
        case Options(words):
            return tuple(words)
    return ()


def _answered(pack: Pack, name: str, *, on: dt.date, taken: Mapping[str, str]) -> Value | None:
    """What a rule without inputs says on the day, or None before it says anything."""
    try:
        value = pack.answer(name, on=on, given={}, take=used_by(pack, pack.rules[name], taken)).value
    except (NotApplicable, NotInForce):
        return None
    return value if isinstance(value, Decimal) else None


def _fits(wording: ProcessVersion, check: Check, answer: Answer, facts: Mapping[str, Value]) -> bool:
    if str(answer.value) in check.accepts:
        return True
    if check.unless is None:
        return False
    condition = Condition.parse(check.unless, wording.facts)
    return any(one not in facts for one in names_in(condition.expr)) or condition.holds(facts)


def _refuse(
    pack: Pack, wording: ProcessVersion, check: Check, found: list[Answer], facts: Mapping[str, Value]
) -> None:
    said = _said(pack, wording, check, found)
    if check.unless is not None:
        must = say_condition(Condition.parse(check.unless, wording.facts), wording.facts)
        raise MustHold(said=said, must=must)
    raise OfAnotherKind(said=said, instead=_instead(pack, check, found))


def _instead(pack: Pack, check: Check, found: list[Answer]) -> Words:
    others = dict.fromkeys(title for one in found for title in _processes_for(pack, check, str(one.value)))
    return _either(list(others)) if others else ANOTHER


def _said(pack: Pack, wording: ProcessVersion, check: Check, found: list[Answer]) -> Words:
    """报装用户类别：居民用户或……（依据：附件1第4项）."""
    rule = pack.rules[check.rule]
    values = _either([Words(one.say_value("zh"), one.say_value("en")) for one in found])
    values = _with_conversions(wording, rule, values)
    cited = found[0].cited("zh"), found[0].cited("en")
    title = rule.title
    return Words(f"{title.zh}为{values.zh}（{cited[0]}）", f"{title.en}: {values.en} ({cited[1]})")


def _with_conversions(wording: ProcessVersion, rule: Rule, values: Words) -> Words:
    """…（容量以 kVA 填报，按 1 kVA = 1 kW 计）: a reader of a doubt is told how a unit was read."""
    for name, factor in wording.converts.items():
        fact, declared = wording.facts[name], rule.input.get(name)
        if declared is not None and declared.unit != fact.unit:
            title = fact.title or Words(name, name)
            values = Words(
                f"{values.zh}（{title.zh}以 {fact.unit} 计，按 1 {fact.unit} = {factor:f} {declared.unit} 折算）",
                f"{values.en} ({title.en} in {fact.unit}, taken as 1 {fact.unit} = {factor:f} {declared.unit})",
            )
    return values


def _either(several: list[Words]) -> Words:
    return Words("或".join(one.zh for one in several), " or ".join(one.en for one in several))


def _processes_for(pack: Pack, check: Check, value: str) -> Iterator[Words]:
    for rule in pack.rules.values():
        for version in rule.versions if rule.kind == "process" else ():
            checks: tuple[Check, ...] = getattr(version, "checks", ())
            if any(one.rule == check.rule and value in one.accepts for one in checks):
                yield Words(f"“{rule.title.zh}”", f'"{rule.title.en}"')
