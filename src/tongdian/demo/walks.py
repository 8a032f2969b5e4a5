"""A case as a walk through its process: which step follows which, before any of them has a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tongdian.demo.businesses import Business, Facts, Way
from tongdian.policy import process as kernel
from tongdian.policy.packs import Pack
from tongdian.policy.process import CaseState, Process, ProcessVersion, StageStatus, limits_of
from tongdian.policy.process.clocks import limit_for
from tongdian.rulebook import queries as rulebook

A_DAY_OF_NO_CASE = dt.date(2024, 1, 2)  # walks are first made within one day
LONG = {  # working days that a stage takes where people wait for something outside
    ("temporary-stop", "restart"): (30, 60),
    ("temporary-supply", "remove"): (60, 160),
    ("temporary-use-application", "read"): (5, 15),
    ("temporary-use-application", "estimate"): (3, 8),
    ("unplanned-use", "end"): (15, 40),
    ("drawing-review", "build"): (30, 80),
    ("construction-application", "install"): (2, 6),
}
BY_OWNER = {"customer": (0, 6), "supplier": (0, 3), "government": (1, 3)}
CORRECTED = ("capacity", "added_kva")


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of a case beyond its way: where it waits (else it comes to its end), and what
    happened to it meanwhile."""

    waits_at: str = ""
    is_withdrawn: bool = False
    is_returned: bool = False
    is_contested: bool = False
    is_claimed: bool = False
    stay: str = ""  # a suspension and its cause; it lasts where the case waits
    standing: str = ""  # late, today, coming


@dataclass(frozen=True)
class Move:
    """One step: a command of the kernel and what it is told. `days` after the step before.

    `stage` is whose turn it is, empty for the applicant's own withdrawal.
    """

    command: Callable[..., Any]
    told: Mapping[str, Any]
    days: int
    stage: str = ""
    claimed: int = 0  # recorded so many working days after the day it claims


@dataclass(frozen=True)
class Walk:
    """A whole walk, and the state it leads to."""

    wording: ProcessVersion
    facts: Mapping[str, str]
    moves: tuple[Move, ...]
    state: CaseState
    limit: int | None  # of the stage where it waits


class Walker:
    """Walks through one process."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.pack: Pack = rulebook.pack(business.pack)
        process = self.pack.rules[business.process]
        assert isinstance(process, Process)
        self.process = process
        taken = rulebook.options_in_force(self.pack, process)
        self.wording: ProcessVersion = process.version_on(A_DAY_OF_NO_CASE, taken)
        self._limit_of = limits_of(self.pack, taken)

    def walk(self, way: Way, fate: Fate, random: Random) -> Walk:
        """Go on until the case is over, or waits where its fate says."""
        facts = drawn(way.facts, random)
        opened = kernel.open_case(
            self.process, version=self.wording.key, on=A_DAY_OF_NO_CASE, by="demo", facts=facts
        )
        state = kernel.apply(self.process, None, opened)
        moves: list[Move] = []
        to_return, to_stay = fate.is_returned, bool(fate.stay) and not fate.waits_at
        while state.ending is None:
            if fate.waits_at in state.open_stages and not to_return:
                break
            stage = random.choice(state.open_stages)
            back = self._way_back(state, stage) if to_return else ""
            if back:
                move, to_return = self._return(state, stage, back, random), False
            elif to_stay and moves:
                moves.append(self._suspend(fate.stay, stage, random))
                state = self._done(state, moves[-1])
                move = Move(kernel.resume, {"note": "原因消除，恢复办理"}, random.randint(3, 9), stage)
                to_stay = False
            else:
                move = self._close(state, stage, way, random)
            moves.append(move)
            state = self._done(state, move)
        for move in self._at_the_end(state, fate, random):
            moves.append(move)
            state = self._done(state, move)
        if fate.is_claimed:
            moves = _claimed(moves, random)
        return Walk(self.wording, facts, tuple(moves), state, self._limit(state, fate.waits_at))

    def _done(self, state: CaseState, move: Move) -> CaseState:
        made = move.command(self.process, state, on=A_DAY_OF_NO_CASE, by="demo", seen=state.seq, **move.told)
        for event in made if isinstance(made, tuple) else (made,):
            state = kernel.apply(self.process, state, event)
        return state

    def _close(self, state: CaseState, stage: str, way: Way, random: Random) -> Move:
        one = self.wording.stages[stage]
        decided = drawn(way.decides.get(stage, {}), random)
        told = {
            "stage": stage,
            "role": one.role,
            "facts": self.wording.products(stage, state.facts, decided) | decided,
            "evidence": (f"演示记录 {random.randint(1, 9999):04}",) if one.planned or one.document else (),
            "note": self._reason if one.refuses else "",
        }
        return Move(kernel.close_stage, told, self._days(state, stage, random), stage)

    @property
    def _reason(self) -> str:
        """Why what is applied for is refused."""
        owes = "owes" in self.wording.facts
        return "尚有水电费未结清。" if owes else "现有线路不符合安全用电条件，须先整改。"

    def _way_back(self, state: CaseState, stage: str) -> str:
        done = [to for to in self.wording.stages[stage].back if state.runs[to].status is StageStatus.DONE]
        return done[0] if done else ""

    def _return(self, state: CaseState, stage: str, to: str, random: Random) -> Move:
        told = {
            "stage": stage,
            "role": self.wording.stages[stage].role,
            "to": to,
            "reason": random.choice(
                ("材料照片不清，请重新提交", "所填容量与设备清单不符，请核对", "缺少盖章页，请补正")
            ),
        }
        return Move(kernel.return_stage, told, self._days(state, stage, random), stage)

    def _suspend(self, cause: str, stage: str, random: Random) -> Move:
        told: dict[str, Any] = {"cause": cause, "reason": REASONS[cause]}
        if cause == "force-majeure":
            told["evidence"] = ("气象部门暴雨红色预警（演示）",)
        return Move(kernel.suspend, told, random.randint(0, 1), stage)

    def _at_the_end(self, state: CaseState, fate: Fate, random: Random) -> list[Move]:
        moves: list[Move] = []
        if state.ending is not None:
            return moves
        stage = fate.waits_at or next(iter(state.runs))
        if fate.is_contested:
            name = next(name for name in CORRECTED if name in state.facts)
            smaller = Decimal(str(state.facts[name])) * Decimal("0.8")
            value = str(smaller.quantize(Decimal("0.1")))
            told = {"name": name, "value": value, "reason": "现场核对与申请不符，经双方确认更正"}
            moves.append(Move(kernel.record_fact, told, 0, stage))
        if fate.stay and fate.waits_at:
            moves.append(self._suspend(fate.stay, stage, random))
        if fate.is_withdrawn:
            reason = random.choice(("计划有变，暂不需要", "资料填错，撤回后重新申请", "店面不租了"))
            moves.append(Move(kernel.withdraw, {"reason": reason}, random.randint(1, 5)))
        return moves

    def _days(self, state: CaseState, stage: str, random: Random) -> int:
        limit = self._limit(state, stage)
        if limit is not None:
            late = random.random() < 0.12
            return limit + random.randint(1, 4) if late else random.randint(min(1, limit), limit)
        owner = self.wording.owner_of(stage)
        low, high = LONG.get((self.business.process, stage), BY_OWNER[owner])
        return random.randint(low, high)

    def _limit(self, state: CaseState, stage: str) -> int | None:
        if not stage:
            return None
        limit = limit_for(
            self.wording, self.wording.stages[stage], A_DAY_OF_NO_CASE, state.facts, self._limit_of
        )
        return limit.days if limit else None


REASONS = {
    "applicant-request": "申请人装修未完，书面要求暂缓",
    "force-majeure": "连续暴雨，现场被淹，无法施工",
    "statutory-procedure": "组织专家评审，依法不计入时限",
    "supplement": "已一次性告知，等待补正材料",
}


def drawn(facts: Facts, random: Random) -> dict[str, str]:
    """Facts with a number drawn for each range."""
    return {
        name: str(random.choice(value)) if isinstance(value, range) else value
        for name, value in facts.items()
    }


def _claimed(moves: list[Move], random: Random) -> list[Move]:
    """One of the steps was recorded some days after the day it claims; the next came later."""
    which = random.randrange(len(moves))
    late = random.randint(1, 4)
    changed = list(moves)
    one = changed[which]
    changed[which] = Move(one.command, one.told, one.days, one.stage, late)
    if which + 1 < len(moves):
        after = changed[which + 1]
        changed[which + 1] = Move(
            after.command, after.told, max(after.days, late), after.stage, after.claimed
        )
    return changed
