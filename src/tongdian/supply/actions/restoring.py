"""Asking that a supply is restored: by whoever it was stopped for, or by itself once all is paid.

Paying restores nothing: it opens the case in which the offices do their formalities (64, 66), and only its last stage
ends the stop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from tongdian.accounts.announcing import LessOwed, on_payment
from tongdian.accounts.models import LedgerAccount
from tongdian.accounts.rules import LedgerKind
from tongdian.calendar import legal_day
from tongdian.cases.actions import open_case
from tongdian.cases.effects import Authority
from tongdian.cases.models import Case
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import action
from tongdian.spoken import both
from tongdian.supply.actions.by_case import must_be_paid
from tongdian.supply.actions.stopping import locked
from tongdian.supply.fields import RESTORATION
from tongdian.supply.models import RestorationCase, SupplyStop
from tongdian.supply.queries import arrears
from tongdian.supply.queries import stopping as queries
from tongdian.supply.refusing import RestorationUnderWay, RestoredAtTheDesk, RestoredInItsCase, StopOver
from tongdian.supply.rules import BY_BOTH_OFFICES, STOP


@action("ask-restoration", may=STOP, within="stop.organisation", fields=RESTORATION)
def ask_restoration(*, viewer: Any, stop: SupplyStop, reason: str, at: dt.datetime) -> Case:
    """Open the case in which a stop for arrears or a violation is restored: paid, or corrected as `reason` says.

    Raises StopOver, RestoredAtTheDesk, RestoredInItsCase, StillOwed, RestorationUnderWay, and what opening a case refuses.
    """
    stop = _locked(stop)
    if (end := getattr(stop, "end", None)) is not None:
        raise StopOver(day=end.on)
    if stop.ground not in BY_BOTH_OFFICES:
        raise RestoredAtTheDesk(ground=both(stop.get_ground_display()))
    if queries.stands_in_its_case(stop):
        raise RestoredInItsCase(case=stop.case)
    must_be_paid(stop, legal_day(at))
    if (case := queries.open_restoration(stop)) is not None:
        raise RestorationUnderWay(case=case.number)
    return _opened(viewer, [stop], at, reason)


def _locked(stop: SupplyStop) -> SupplyStop:
    locked(stop.usage_point)
    rows = SupplyStop.objects.select_related(
        "usage_point__place", "account", "organisation", "customer", "end"
    )
    return rows.get(pk=stop.pk)


def _opened(viewer: Any, stops: Sequence[SupplyStop], at: dt.datetime, reason: str) -> Case:
    first, on = stops[0], legal_day(at)
    pack = arrears.pack_of(first.organisation, on)
    if pack is None or pack.head.uses.suspending is None:
        raise RestoredAtTheDesk(ground=both(first.get_ground_display()))
    case = open_case(
        viewer=Authority(viewer),
        organisation=first.organisation,
        pack=pack.adopted_id,
        process=pack.head.uses.suspending.restoration,
        customer=first.customer,
        place=first.usage_point.place,
        at=at,
    )
    rows = [
        RestorationCase(
            organisation_id=one.organisation_id,
            stop=one,
            case=case,
            reason=reason,
            at=at,
            by_id=getattr(viewer, "pk", None),
        )
        for one in stops
    ]
    RestorationCase.objects.bulk_create(rows)
    return case


@on_payment
def open_restorations(paid: LessOwed) -> None:
    """Whoever has paid all that a supply was stopped for need not ask: the case is opened, its time runs from the
    payment. A payment is never refused for it: where no case can be opened, the list of stops says that it is paid."""
    theirs = LedgerAccount.objects.filter(
        pk__in=paid.receivables, kind=LedgerKind.RECEIVABLE, holder__supply_stops__end=None
    )
    rows = SupplyStop.objects.filter(end=None, account__in=theirs.values("holder"))
    by_account: dict[Any, list[SupplyStop]] = {}
    for stop in rows.select_related("usage_point__place", "account", "organisation", "customer").order_by(
        "id"
    ):
        if queries.stands_in_its_case(stop):
            continue
        if queries.open_restoration(stop) is None and not arrears.still_owed(
            stop.account, stop.usage_point.utility, legal_day(paid.at)
        ):
            by_account.setdefault(stop.account_id, []).append(stop)
    for stops in by_account.values():
        try:
            with transaction.atomic():
                _opened(paid.viewer, stops, paid.at, "")
        except Refusal:  # money is taken all the same: somebody asks for the restoration by hand
            continue
