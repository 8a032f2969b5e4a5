"""Cases taken on at random: to their last days and a day beside them, with returns and stays."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tongdian.policy.measured.judged import JudgedVersion
from tongdian.policy.measured.rows import rows_of
from tongdian.policy.measured.verdicts import verdict_of
from tongdian.policy.packs import Pack
from tongdian.policy.process import (
    Clocks,
    Suspended,
    apply,
    close_stage,
    countersign,
    fold,
    limits_of,
    next_actions,
    open_case,
    resume,
    return_stage,
    suspend,
    withdraw,
)
from tongdian.policy.process.rule import Process
from tongdian.policy.process.state import CaseState
from tongdian.policy.process.verbs import CLOSE, RESUME, RETURN
from tongdian.policy.refusals import Refusal

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Driven:
    """A case, its state at the end of `as_of`, and what its desk says of it."""

    form: JudgedVersion
    state: CaseState
    clocks: Clocks
    region: str

    def as_of(self, day: dt.date, pack: Pack) -> Driven:
        """The same case as its desk knew it at the end of an earlier day; its rows stay those of today."""
        process: Process = pack.rules[self.form.process]  # type: ignore[assignment]
        known = fold(process, [event for event in self.state.events if event.day <= day])
        believed = fold(process, known.events, doubted=_unconfirmed(known))
        rules = {"calendar": pack.calendar, "limit_of": limits_of(pack, {}), "region": self.region}
        return Driven(self.form, known, Clocks(self.form.version, believed, as_of=day, **rules), self.region)  # type: ignore[arg-type]

    def rows(self, facts: tuple[str, ...] = ()) -> dict[str, Any]:
        return rows_of(
            self.form.version,
            self.state,
            told_by="class",
            word=self.form.word,
            region=self.region,
            facts=facts,
        )

    def verdict(self, *, stages_judged: bool = True) -> tuple[int, int, bool, str]:
        said = verdict_of(self.form, self.state, self.clocks, stages_judged=stages_judged)
        return said.days, said.limit.days if said.limit else 9999, said.exempt, said.outcome


def driven(
    pack: Pack,
    form: JudgedVersion,
    rnd: random.Random,
    *,
    facts: Mapping[str, Any],
    as_of: dt.date,
    region: str = "",
    take: Mapping[str, str] | None = None,
) -> Driven:
    """One case. What a command refuses does not happen."""
    process: Process = pack.rules[form.process]  # type: ignore[assignment]
    limit_of = limits_of(pack, take or {})
    rules = {"calendar": pack.calendar, "limit_of": limit_of, "region": region}
    day = _start(rnd, as_of, form.version.in_force.start)
    state = apply(process, None, open_case(process, version=form.version.key, on=day, by="r", facts=facts))
    calm, steps = rnd.random() < 0.5, rnd.randint(1, 40) if rnd.random() < 0.3 else 60
    for _ in range(steps):
        if state.ending is not None:
            break
        day = _next_day(form, state, day, rnd, rules, calm)
        if day > as_of:
            break
        try:
            events = _step(process, form, state, day, rnd, calm)
        except Refusal:
            continue
        for event in events:
            state = apply(process, state, event)
    believed = fold(process, state.events, doubted=_unconfirmed(state))
    return Driven(form, state, Clocks(form.version, believed, as_of=as_of, **rules), region)  # type: ignore[arg-type]


def _unconfirmed(state: CaseState) -> frozenset[int]:
    return frozenset(one.seq for one in state.events if isinstance(one, Suspended)) - frozenset(state.settled)


def _start(rnd: random.Random, as_of: dt.date, first: dt.date) -> dt.date:
    roll = rnd.random()
    if roll < 0.3:
        return max(as_of - dt.timedelta(days=rnd.randint(0, 50)), first)
    if roll < 0.4:  # crosses a year in which the limits change
        return dt.date(rnd.choice([2020, 2021]), 12, rnd.randint(1, 31))
    return first + dt.timedelta(days=rnd.randint(0, (as_of - first).days))


def _next_day(
    form: JudgedVersion,
    state: CaseState,
    day: dt.date,
    rnd: random.Random,
    rules: Mapping[str, Any],
    calm: bool,
) -> dt.date:
    """Most often the last day in time of something, or a day beside it."""
    if state.suspension is None and rnd.random() < 0.6:
        clocks = Clocks(form.version, state, as_of=day, **rules)
        dues = [one.due_on for one in (*clocks.dues().values(), *clocks.clocks().values()) if one.due_on]
        if (
            dues
            and (
                aim := rnd.choice(dues)
                + DAY * rnd.choice([-1, 0, 0, 0, 0, 0, 0] if calm and rnd.random() < 0.9 else [-1, 0, 1])
            )
            >= day
        ):
            return aim
    return day + DAY * rnd.choice([0, 0, 1] if calm else [0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 9, 24])


def _step(
    process: Process, form: JudgedVersion, state: CaseState, day: dt.date, rnd: random.Random, calm: bool
) -> Iterator[Any]:
    common = {"on": day, "by": "r", "seen": state.seq}
    roll, wording = rnd.random(), form.version
    if roll < (0.03 if calm else 0.18) and state.suspension is None:
        begun = suspend(process, state, cause=rnd.choice(list(wording.causes)), **common)
        if rnd.random() < 0.9:
            after = apply(process, state, begun)
            again = common | {"by": "second", "seen": after.seq}
            return iter((begun, countersign(process, after, claim=begun.seq, evidence=("paper",), **again)))
        return iter((begun,))
    if 0.5 < roll < 0.504:
        return iter((withdraw(process, state, reason="x", **common),))
    offered = [one for one in next_actions(process, state) if one.refusal is None]
    going_on = [one for one in offered if one.verb in (CLOSE, RESUME)]
    chosen = rnd.choice(going_on if going_on and rnd.random() < (0.97 if calm else 0.8) else offered)
    if chosen.verb is RESUME:
        return iter((resume(process, state, **common),))
    if chosen.verb not in (CLOSE, RETURN):
        return iter(())
    common |= {"stage": chosen.about, "role": wording.stages[chosen.about].role}
    if chosen.verb is RETURN:
        to = rnd.choice(list(chosen.options))
        return iter((return_stage(process, state, to=to, reason="r", **common),))
    products = wording.products(chosen.about, state.facts)
    return iter(close_stage(process, state, facts=products, evidence=("e",), note="n", **common))
