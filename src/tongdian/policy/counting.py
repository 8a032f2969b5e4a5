"""Where a pack counts working days: such a pack names its calendar, or does not load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tongdian.policy.calendars import NAME_ONE
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.process.rule import Process
from tongdian.policy.reading import Loc, YamlNode
from tongdian.policy.refusals import PackError
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

COUNTS = Words("这里数工作日，而包没有写日历", "this counts working days, and the pack names no calendar")


def counts_without_calendar(pack: Pack, written: YamlNode) -> Iterator[PackError]:
    """Each rule that counts working days in a pack without a calendar, at its first such place."""
    if pack.head.calendar is not None:
        return
    if pack.head.uses.visits is not None:  # a visit is offered on working days
        yield written.error(COUNTS, NAME_ONE, loc=("uses", "visits"))
    for name, rule in pack.rules.items():
        source = pack.sources[name]
        if rule.kind == "measure":
            yield source.error(COUNTS, NAME_ONE, loc=("versions",))
        elif isinstance(rule, SheetRule):
            yield from _in_sheets(rule, pack)
        elif isinstance(rule, Process):
            yield source.error(COUNTS, NAME_ONE, loc=_in_process(rule))
        elif getattr(rule, "of_unit", "") == "workday":
            yield source.error(COUNTS, NAME_ONE, loc=("unit",))


def _in_sheets(rule: SheetRule, pack: Pack) -> Iterator[PackError]:
    for version in rule.versions:
        for taken in rule.takings(pack, version):
            sheet = rule.sheet(pack, version, taken)
            counting = [item for item in sheet.items if replace(sheet, items=[item]).needs_calendar]
            if counting:
                file = pack.folder / "sheets" / f"{version.sheet}.sheet"
                yield PackError(file=file, line=counting[0].line, problem=COUNTS, remedy=NAME_ONE)
                break


def _in_process(rule: Process) -> Loc:
    """Its first limit. A process without one counts, too: how long each case has been under way."""
    for number, version in enumerate(rule.versions):
        for key in ("stages", "clocks"):
            for name, limited in getattr(version, key).items():
                for way in ("working_days", "calendar_days", "limit"):
                    if getattr(limited, way) is not None:
                        return ("versions", number, key, name, way)
    return ()
