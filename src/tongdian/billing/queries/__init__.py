"""Runs, bills and objections as a viewer sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries import open_debts
from tongdian.accounts.queries.customers import accounts_in
from tongdian.agreements.models import Agreement
from tongdian.allowed import NoSuchOrganisation
from tongdian.billing.models import Bill, BillDelivery, BillingRun, BillLine, RunItem, RunPreview, RunRelease
from tongdian.billing.rules import RUN, NoSuchBill, NoSuchBillingRun, RunState, SupplyOutcome
from tongdian.billing.supplies import OpenSupply, open_supplies
from tongdian.cases.models import Case
from tongdian.metering.models import Meter
from tongdian.metering.queries import final_reading_on
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import seen
from tongdian.policy.packs import Pack
from tongdian.rulebook.queries import pack_for
from tongdian.signed_papers import hash_coded

SHOWN = ("organisation", "account", "account__customer", "account__place", "run__posting", "by")
_POSTED = """
select count(*), coalesce(sum(fen), 0)::bigint,
       coalesce((select sum(upper(period) - lower(period)) from billing_billedperiod one
                   join billing_bill own on own.id = one.bill_id where own.run_id = %(run)s), 0)::bigint
  from billing_bill where run_id = %(run)s
"""


_CONTRADICTED = """
select distinct on (bill.id) bill.id, reading.on, reading.reason
  from billing_billedperiod period
  join billing_bill bill on bill.id = period.bill_id
  join agreements_agreement agreement on agreement.id = period.agreement_id
  join metering_meterinstallation place on place.usage_point_id = agreement.usage_point_id
                                       and place.in_place && period.period
  join metering_meterreading reading on reading.meter_id = place.meter_id and reading.version > 1
       and reading.on between lower(period.period) - 1 and upper(period.period) and reading.at > bill.at
 where not period.is_cancelled and (%(since)s::timestamptz is null or reading.at >= %(since)s)
 order by bill.id, reading.at desc
"""

_ON_ESTIMATES = """
select distinct item.id
  from billing_runitem item
  join agreements_agreement agreement on agreement.id = item.agreement_id
  join metering_meterinstallation place on place.usage_point_id = agreement.usage_point_id
                                       and place.in_place && daterange(item.starts, item.ends)
  cross join lateral (
       select distinct on (one.on) one.quality, one.value from metering_meterreading one
        where one.meter_id = place.meter_id and one.on between item.starts - 1 and item.ends
          and one.on >= lower(place.in_place)
        order by one.on, one.version desc) reading
 where item.id = any(%(items)s) and item.outcome = 'bill'
   and reading.value is not null and reading.quality in ('estimated', 'substituted')
"""


@dataclass(frozen=True, slots=True)
class Contradicted:
    """A bill that rests on a reading of a day which was corrected after it, for a reason."""

    bill: UUID
    day: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What a run has posted: bills, fen, and days of agreements."""

    bills: int
    fen: int
    days: int


@dataclass(frozen=True, slots=True)
class ToSettle:
    """What is left before a case's customer owes nothing at its place: days of supply up to `through`, the
    day of the final reading, that no bill has; fen that are owed, by billing account; the agreements."""

    through: dt.date
    days: list[OpenSupply]
    owed: dict[BillingAccount, int]
    agreements: dict[UUID, Agreement]

    def number_of(self, supply: OpenSupply) -> str:
        """The number of the agreement whose days they are."""
        return str(self.agreements[supply.agreement].number)


# --- cases


def bills_here(organisation: Organisation) -> bool:
    """Whether an office ever began a run: one that did not bills elsewhere."""
    return BillingRun.objects.filter(organisation=organisation).exists()


def left_to_settle(case: Case, on: dt.date) -> ToSettle:
    """What is left to bill and to pay of the customer of a case at its place: up to the final reading
    that the case took, else up to a day."""
    agreements: dict[UUID, Agreement] = {}
    if case.customer_id is not None and case.place_id is not None and bills_here(case.organisation):
        rows = Agreement.objects.filter(
            customer=case.customer_id, usage_point__place__ancestors__contains=[case.place_id]
        )
        agreements = {row.pk: row for row in rows.select_related("usage_point__place__organisation")}
    through = final_reading_on(case.number) or on
    owed = {one: sum(debt.fen for debt in open_debts(one) if debt.fen > 0) for one in accounts_in(case)}
    return ToSettle(
        through=through,
        days=open_supplies(case.organisation, until=through, only=list(agreements)) if agreements else [],
        owed={one: fen for one, fen in owed.items() if fen},
        agreements=agreements,
    )


def run_of_case(case: Case) -> BillingRun | None:
    """The run over the customer of a case alone that is not posted yet."""
    return BillingRun.objects.filter(note=case.number, posting=None).exclude(accounts=[]).last()


# --- runs


def with_agreements() -> list[Organisation]:
    """The organisations that supply somebody."""
    supplied = Agreement.objects.values("organisation")
    return list(Organisation.objects.filter(pk__in=supplied).order_by("name"))


def billing_offices(viewer: Any) -> list[Organisation]:
    """Where the viewer may begin a run: the organisations with agreements."""
    return [one for one in with_agreements() if viewer.has_perm(RUN.name, one)]


def billing_office(viewer: Any, id_: UUID | str) -> Organisation:
    """One of them. Raises NoSuchOrganisation."""
    found = next((one for one in billing_offices(viewer) if str(one.pk) == str(id_)), None)
    if found is None:
        raise NoSuchOrganisation
    return found


def runs(viewer: Any) -> QuerySet[BillingRun]:
    """Every run that the viewer sees, the newest first."""
    rows = BillingRun.objects.filter(seen(viewer, "billing.read")).order_by("-id")
    return rows.select_related("organisation", "by", "posting", "discard__by")


def run(viewer: Any, id_: UUID | str) -> BillingRun:
    """One run. Raises NoSuchBillingRun."""
    found = runs(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchBillingRun
    return found


def last_preview(run: BillingRun) -> RunPreview | None:
    """What a run would post, as it was calculated last."""
    return RunPreview.objects.filter(run=run).select_related("run", "by").order_by("-number").first()


def is_released(preview: RunPreview) -> bool:
    """Whether a second person released it."""
    return RunRelease.objects.filter(preview=preview, item=None).exists()


def released_before(preview: RunPreview) -> RunPreview | None:
    """An earlier preview that was released and could not be posted, as days of supply had changed."""
    earlier = RunPreview.objects.filter(run=preview.run_id, number__lt=preview.number)
    return earlier.filter(releases__item=None, releases__isnull=False).order_by("-number").first()


def with_progress(rows: QuerySet[BillingRun]) -> QuerySet[Any]:
    """Runs with what `state_of` reads of them, asked in one question: their newest preview (`preview_number`,
    `preview_bills`, `preview_fen`), `is_released`, `has_bills`."""
    newest = RunPreview.objects.filter(run=OuterRef("pk")).order_by("-number")
    released = RunRelease.objects.filter(
        preview__run=OuterRef("pk"), preview__number=OuterRef("preview_number"), item=None
    )
    return rows.annotate(
        preview_number=Subquery(newest.values("number")[:1]),
        preview_bills=Subquery(newest.values("bills")[:1]),
        preview_fen=Subquery(newest.values("fen")[:1]),
        is_released=Exists(released),
        has_bills=Exists(Bill.objects.filter(run=OuterRef("pk"))),
    )


def state_of(run: Any) -> RunState:
    """How far a run has come."""
    if not hasattr(run, "preview_number"):
        run = with_progress(BillingRun.objects.select_related("posting", "discard")).get(pk=run.pk)
    if hasattr(run, "posting"):
        return RunState.POSTED
    if hasattr(run, "discard"):
        return RunState.DISCARDED
    if run.preview_number is None:
        return RunState.PREPARING
    if not run.is_released:
        return RunState.PREPARED
    return RunState.POSTING if run.has_bills else RunState.RELEASED


def unfinished(organisation: Organisation, *, first_on: dt.date | None = None) -> QuerySet[BillingRun]:
    """The runs of an office that are neither posted nor given up, the newest first; `first_on`: those that
    read days from then on."""
    rows = BillingRun.objects.filter(organisation=organisation, posting=None, discard=None).order_by("-id")
    return (rows if first_on is None else rows.filter(until__gte=first_on)).select_related("by")


def items(preview: RunPreview, outcome: str) -> QuerySet[RunItem]:
    """What becomes of supplies in a preview, of one outcome."""
    rows = RunItem.objects.filter(preview=preview, outcome=outcome).order_by("-score", "id")
    return rows.select_related(
        "agreement",
        "agreement__customer",
        "agreement__usage_point__place",
        "account",
        "release",
        "preview__run",
    )


def held(preview: RunPreview) -> QuerySet[RunItem]:
    """Those whose findings hold them, and that nobody has released."""
    return items(preview, SupplyOutcome.BILL).filter(is_held=True, release=None)


def item(viewer: Any, id_: UUID | str) -> RunItem:
    """One item of a run that the viewer sees. Raises NoSuchBillingRun."""
    found = RunItem.objects.select_related("preview__run__organisation", "agreement").filter(pk=id_).first()
    if found is None:
        raise NoSuchBillingRun
    run(viewer, found.preview.run_id)
    return found


def on_estimates(items: Sequence[UUID]) -> set[UUID]:
    """Which items of a preview rest on a reading that was estimated."""
    with connection.cursor() as cursor:
        cursor.execute(_ON_ESTIMATES, {"items": list(items)})
        return {id_ for (id_,) in cursor.fetchall()}


def accounts_billed(preview: RunPreview) -> int:
    """How many billing accounts a preview bills: each gets one bill."""
    rows = RunItem.objects.filter(preview=preview, outcome=SupplyOutcome.BILL.value)
    return rows.values("account").distinct().count()


def posted(run: BillingRun) -> Posted:
    """What a run has posted."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTED, {"run": run.pk})
        return Posted(*cursor.fetchone())


def unprepared() -> list[UUID]:
    """Runs that have no preview yet."""
    rows = BillingRun.objects.filter(previews=None, posting=None, discard=None)
    return list(rows.order_by("id").values_list("pk", flat=True)[:100])


def unposted() -> list[UUID]:
    """Runs whose last preview is released, and that are not posted."""
    newest = RunPreview.objects.filter(run=OuterRef("run")).order_by("-number").values("pk")[:1]
    released = RunPreview.objects.filter(pk=Subquery(newest), releases__item=None, releases__isnull=False)
    waiting = released.filter(run__posting=None, run__discard=None)
    return list(waiting.order_by("run").values_list("run", flat=True)[:100])


# --- bills


def bills(viewer: Any) -> QuerySet[Bill]:
    """Every bill that the viewer sees, the newest first."""
    wanted = seen(viewer, "billing.read", region="account__place__region")
    rows = Bill.objects.filter(wanted).select_related(*SHOWN, "cancellation", "corrected_by", "corrects")
    return rows.order_by("-issued_on", "-id")


def bill(viewer: Any, id_: UUID | str) -> Bill:
    """One bill. Raises NoSuchBill."""
    found = bills(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchBill
    return found


def own_bill(viewer: Any, id_: UUID | str) -> Bill:
    """A bill of a customer who is signed in. Raises NoSuchBill."""
    rows = Bill.objects.filter(account__customer__account=viewer.pk, pk=id_)
    found = rows.select_related(*SHOWN, "cancellation", "corrected_by", "corrects").first()
    if found is None:
        raise NoSuchBill
    return found


def bills_of(account: BillingAccount) -> QuerySet[Bill]:
    """The bills of a billing account, the newest first."""
    rows = Bill.objects.filter(account=account).order_by("-issued_on", "-id")
    return rows.select_related("cancellation", "corrected_by")


def lines(bill: Bill) -> list[BillLine]:
    """What stands on a bill, in its order."""
    return lines_of([bill])[bill.pk]


def lines_of(bills: Sequence[Bill]) -> dict[UUID, list[BillLine]]:
    """What stands on many bills, asked once."""
    found: dict[UUID, list[BillLine]] = {bill.pk: [] for bill in bills}
    rows = BillLine.objects.filter(issued_on__in={bill.issued_on for bill in bills}, bill__in=list(found))
    for row in rows.select_related("agreement").order_by("bill", "position"):
        found[row.bill_id].append(row)
    return found


def meters_of(bill: Bill) -> dict[str, Meter]:
    """The meters that stand on a bill, by their codes."""
    codes = {line.meter for line in lines(bill)}
    return {one.code: one for one in Meter.objects.filter(organisation=bill.organisation_id, code__in=codes)}


@dataclass(frozen=True, slots=True)
class Following:
    """Days [starts, ends) of a supply at a bill's place that its run could not bill, and why."""

    utility: str
    starts: dt.date
    ends: dt.date
    reason: Mapping[str, str]


def following(bill: Bill) -> list[Following]:
    """What else is supplied to the customer at the place of a bill, and was left to the work list or held by
    its run: it is billed later, on a bill of its own. As the run posted it, so that page and paper always say
    the same."""
    return following_of([bill])[bill.pk]


def following_of(bills: Sequence[Bill]) -> dict[UUID, list[Following]]:
    """The same of many bills, asked once."""
    left = Q(outcome=SupplyOutcome.WORK) | Q(outcome=SupplyOutcome.BILL, is_held=True, release=None)
    of = {bill.pk: _left_of(bill) for bill in bills if bill.run_id and hasattr(bill.run, "posting")}
    rows = RunItem.objects.filter(
        left,
        preview__in={preview for preview, _, _ in of.values()},
        agreement__customer__in={customer for _, customer, _ in of.values()},
    ).select_related("agreement__usage_point")
    found: dict[Any, list[Following]] = {}
    for row in rows.order_by("starts", "id"):
        point = row.agreement.usage_point
        key = (row.preview_id, row.agreement.customer_id, point.place_id)
        found.setdefault(key, []).append(Following(point.utility, row.starts, row.ends, row.reason))
    return {bill.pk: found.get(of.get(bill.pk), []) for bill in bills}


def _left_of(bill: Bill) -> tuple[UUID, UUID, UUID]:
    """By which items of a preview are found that belong to a bill: preview, customer, place."""
    return bill.run.posting.preview_id, bill.account.customer_id, bill.account.place_id


def paid_of(bill: Bill) -> int:
    """What was paid of a bill so far, in fen."""
    asked = max(bill.electricity_fen, 0) + max(bill.water_fen, 0)
    return asked - sum(one.fen for one in open_debts(bill.account) if one.debt.document == bill.pk)


def pack_of(bill: Bill) -> Pack:
    """The regulation by which a bill was made, as it governs its place."""
    return pack_for(bill.parts[0]["pack"], bill.account.place.region.code)


def is_cancelled(bill: Bill) -> bool:
    """Whether a bill counts no more."""
    return hasattr(bill, "cancellation")


def standing_of(number: str, coded: str) -> tuple[bool, str]:
    """Whether a bill of a number and content hash (as its QR code has it) still counts, and the number of
    the one that took its place: for who holds the signed paper."""
    rows = Bill.objects.filter(number=number).select_related("cancellation", "corrected_by")
    one = next((row for row in rows if hash_coded(row.hash) == coded), None)
    if one is None:
        return False, ""
    return not is_cancelled(one), one.corrected_by.number if hasattr(one, "corrected_by") else ""


def delivered_on(bill: Bill) -> dt.date | None:
    """The first day on which a bill reached the customer."""
    return BillDelivery.objects.filter(bill=bill).order_by("on").values_list("on", flat=True).first()


def contradicted(*, since: dt.datetime | None = None) -> list[Contradicted]:
    """The bills that count and rest on a reading which was corrected after them; `since` then only."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTRADICTED, {"since": since})
        return [Contradicted(*row) for row in cursor.fetchall()]


# --- what customers are told


# --- objections
