"""Cases as a sheet of one row a case is given them: steps, papers, who paid what, and how it was applied
for and concluded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q

from tongdian.calendar import SHANGHAI
from tongdian.cases.models import Case, Event, Paper
from tongdian.cases.queries.one import Desk, Desks, kernel_events, paper_lists
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.process import CaseState, Process, fold, read_for
from tongdian.policy.process.state import Ending

REASONED = frozenset({"region", "class", "applied", "ended"})
SO_FAR = {
    "customer_paid": Decimal(0),
    "supplier_paid": Decimal(0),
}  # of a case in hand, until more is recorded


def is_of_cases(rule: SheetRule, pack: Pack) -> bool:
    """Whether a sheet has a row a case, of columns that cases can fill."""
    sheet = rule.sheet(pack, rule.versions[0], rule.taken(pack, {}))
    names = {one.name for one in sheet.root.inputs}
    return rule.measure is not None and names >= REASONED and len(sheet.read) == 1


def burden_rows(rule: SheetRule, pack: Pack, cases: Iterable[Case], on: dt.date) -> Iterator[dict[str, Any]]:
    """Every case as it stood at the end of a day, `case` being its number. What is not known of one that was
    finished stays empty, and is refused where it is measured: it is no nought. One in hand, or withdrawn, of which
    the sheet asks what nobody was asked for yet is left out until it is known; a sheet that has no `ending` judges
    finished cases alone. What only others know (`supervision.queries.energy`) is theirs to add where the sheet
    has a default for it."""
    sheet = rule.sheet(pack, rule.versions[0], rule.taken(pack, {}))
    asked = [(one.name, one.default) for one in sheet.root.inputs]
    has_open = any(name == "ending" for name, _ in asked)
    desks = Desks()
    for case in cases:
        desk = desks.of(case)
        word = desk.wording.given.get("class")
        if word is None:
            continue
        rows = Event.objects.filter(case=case, on__lte=on).order_by("seq")
        events = kernel_events(desk.process, rows, case.version)
        if not events:
            continue
        state = fold(desk.process, events)
        is_finished = state.ending is Ending.FINISHED
        if not is_finished and not has_open:
            continue
        known = {
            **({} if is_finished else SO_FAR),
            **state.facts,
            **read_for(desk.wording, state.facts),
            **_counted(case, desk, state, on),
            **_ways(case, pack),
            "again": _served_before(case),
            "region": case.region_id,
            "class": word,
            "applied": state.opened_on,
            "ended": state.ended_on,
            "ending": str(state.ending) if state.ending else None,
        }
        if not is_finished and any(known.get(name) is None for name, default in asked if default is None):
            continue
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


def _counted(case: Case, desk: Desk, state: CaseState, on: dt.date) -> Mapping[str, int]:
    """The supplier's steps that it went through, the papers that it was asked for, those of the lists, and those
    on no list of its stages."""
    gone = [
        key for key, run in state.runs.items() if run.attempts and desk.wording.owner_of(key) == "supplier"
    ]
    needed = [one for found in paper_lists(case, state, desk) for one in found.needed]
    listed = {one.item for one in needed if not one.reason}  # an addition says why it is asked for
    over = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(), SHANGHAI)
    papers = Paper.objects.filter(
        case=case, kind__in=[Paper.Kind.RECEIVED, Paper.Kind.ASKED], set_aside_by=None, at__lt=over
    )
    beyond = set(papers.values_list("item", flat=True)) - listed
    return {
        "steps": len(gone),
        "papers": len(listed) + len(beyond),
        "listed": len(listed),
        "beyond": len(beyond),
    }
