"""Finished cases as a sheet of one row a case is given them: steps, papers, who paid what, and how it was applied
for and concluded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Q

from tongdian.cases.models import Case, Paper
from tongdian.cases.queries.one import Desk, Desks, paper_lists, state_of
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.process import CaseState, Process, read_for

REASONED = frozenset({"region", "class", "applied", "ended"})


def is_of_cases(rule: SheetRule, pack: Pack) -> bool:
    """Whether a sheet has a row a case, of columns that cases can fill."""
    sheet = rule.sheet(pack, rule.versions[0], rule.taken(pack, {}))
    names = {one.name for one in sheet.root.inputs}
    return rule.measure is not None and names >= REASONED and len(sheet.read) == 1


def burden_rows(rule: SheetRule, pack: Pack, cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    """Every case that was finished, `case` being its number. What is not known of one stays empty, and is
    refused where it is measured: it is no nought. What only others know (`supervision.queries.energy`) is theirs
    to add where the sheet has a default for it."""
    sheet = rule.sheet(pack, rule.versions[0], rule.taken(pack, {}))
    asked = [(one.name, one.default) for one in sheet.root.inputs]
    desks = Desks()
    for case in cases:
        if case.ending != "finished":
            continue
        desk = desks.of(case)
        word = desk.wording.given.get("class")
        if word is None:
            continue
        state = state_of(case, desk)
        known = {
            **state.facts,
            **read_for(desk.wording, state.facts),
            **_counted(case, desk, state),
            **_ways(case, pack),
            "again": _served_before(case),
            "region": case.region_id,
            "class": word,
            "applied": state.opened_on,
            "ended": state.ended_on,
        }
        yield {
            "case": case.number,
            **{name: known.get(name) for name, default in asked if name in known or default is None},
        }


def _ways(case: Case, pack: Pack) -> Mapping[str, Any]:
    """How it came in, whether the public could have applied for it itself, and, of each process that serves its
    own (an electronic contract), whether that was finished for it and whether it could have been."""
    processes = [rule for rule in pack.rules.values() if isinstance(rule, Process)]
    found: dict[str, Any] = {
        "channel": case.channel,
        "online_possible": any(one.rule == case.process and one.service for one in processes),
    }
    done = set(case.parts.filter(ending="finished").values_list("process", flat=True))
    for one in processes:
        if case.process in one.serves:
            name = one.rule.replace("-", "_")
            found |= {name: one.rule in done, f"{name}_possible": _in_force(one, case.opened_on)}
    return found


def _served_before(case: Case) -> bool:
    """Whether a case of the same customer at the same place was finished before it in the same year."""
    if case.customer_id is None or case.place_id is None or case.ended_on is None:
        return False
    earlier = Case.objects.filter(
        customer=case.customer_id, place=case.place_id, part_of=None, ending="finished",
        ended_on__gte=dt.date(case.ended_on.year, 1, 1), ended_on__lte=case.ended_on,
    ).exclude(pk=case.pk)  # fmt: skip
    return earlier.filter(Q(ended_on__lt=case.ended_on) | Q(pk__lt=case.pk)).exists()


def _in_force(process: Process, on: dt.date) -> bool:
    return any(version.in_force.covers(on) for version in process.versions)


def _counted(case: Case, desk: Desk, state: CaseState) -> Mapping[str, int]:
    """The supplier's steps that it went through, the papers that it was asked for, and those of the lists."""
    gone = [
        key for key, run in state.runs.items() if run.attempts and desk.wording.owner_of(key) == "supplier"
    ]
    needed = [one for found in paper_lists(case, state, desk) for one in found.needed]
    listed = {one.item for one in needed if not one.reason}  # an addition says why it is asked for
    papers = Paper.objects.filter(
        case=case, kind__in=[Paper.Kind.RECEIVED, Paper.Kind.ASKED], set_aside_by=None
    )
    beyond = set(papers.values_list("item", flat=True)) - listed
    return {"steps": len(gone), "papers": len(listed) + len(beyond), "listed": len(listed)}
