"""Which stops of a home wait for a leader's approval: those of a case whose stage is open, and those for arrears for
which nothing else is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tongdian.accounts.models import BillingAccount, DunningStep
from tongdian.accounts.rules import Dunning
from tongdian.cases.models import Case, OpenStage
from tongdian.network.models import UsagePoint
from tongdian.parties.permissions import seen
from tongdian.policy.process.rule import Process
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.queries import readable_packs
from tongdian.supply.queries import arrears
from tongdian.supply.queries.stopping import is_home
from tongdian.supply.rules import AGAINST_THE_WILL, APPROVE, StopGround

MOST = 50
A_ROUND = dt.timedelta(days=180)  # an older notice began a round that is over


@dataclass(frozen=True, slots=True)
class AwaitedApproval:
    """A stop of a home that a leader is to approve, or not: on which ground, asked for since when, and by what: a case, or
    an account with its arrears."""

    point: UsagePoint
    ground: StopGround
    since: dt.date
    case: Case | None = None
    account: BillingAccount | None = None


def awaited_approvals(viewer: Any, on: dt.date, *, most: int = MOST) -> list[AwaitedApproval]:
    """Those of which the viewer may approve, the longest asked for first in each kind."""
    found = (*islice(_of_cases(viewer, on), most), *islice(_of_arrears(viewer, on), most))
    return list({(one.point.pk, one.ground): one for one in reversed(found)}.values())[::-1][:most]


def _of_cases(viewer: Any, on: dt.date) -> Iterator[AwaitedApproval]:
    grounds = _stages_that_stop()
    rows = (
        OpenStage.objects.filter(
            seen(viewer, APPROVE.name, organisation="case__organisation"),
            case__process__in={process for process, _stage in grounds},
            stage__in={stage for _process, stage in grounds},
        )
        .select_related("case__customer", "case__place", "case__organisation")
        .order_by("opened_on", "pk")
    )
    for row in rows.iterator():
        ground = grounds.get((row.case.process, row.stage))
        if ground is None or row.case.place_id is None:
            continue
        points = UsagePoint.objects.filter(place__ancestors__contains=[row.case.place_id])
        for point in points.select_related("place__organisation").order_by("code"):
            if is_home(point, row.case.customer, on) and arrears.unused_approval(point, ground) is None:
                yield AwaitedApproval(point, ground, row.opened_on, case=row.case)


def _stages_that_stop() -> dict[tuple[str, str], StopGround]:
    """The stages of all packs that stop a supply against its user's will, by process and stage."""
    return {
        (rule.rule, key): StopGround(stage.effect_given["ground"])
        for pack in readable_packs()[0]
        for rule in pack.rules.values()
        if isinstance(rule, Process)
        for version in rule.versions
        for key, stage in version.stages.items()
        if stage.effect == "stop-supply" and stage.effect_given.get("ground") in AGAINST_THE_WILL
    }


def _of_arrears(viewer: Any, on: dt.date) -> Iterator[AwaitedApproval]:
    rows = (
        DunningStep.objects.filter(seen(viewer, APPROVE.name), step=Dunning.NOTICE, on__gt=on - A_ROUND)
        .select_related("account__organisation", "account__customer", "account__place")
        .order_by("on", "id")
    )
    for row in rows.iterator():
        points = UsagePoint.objects.filter(place=row.account.place_id)
        for point in points.select_related("place__organisation").order_by("code"):
            try:
                gate = arrears.arrears_gate(row.account, point, on)
            except Refusal:
                continue  # no regulation says when that utility is stopped
            if [one.key for one in gate.missing] == ["approval"]:
                yield AwaitedApproval(point, StopGround.ARREARS, row.on, account=row.account)
