"""Quotas, reports of usage and rooms with a quota as a viewer sees them, and what was used by whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from tongdian.accounts.models import BillingAccount, Debt
from tongdian.billing.models import ExcessCharge, QuotaPlan, QuotaRoom, UsageReport
from tongdian.billing.refusing import NoReportsHere, NoSuchQuotaPlan, NoSuchQuotaRoom, NoSuchReport
from tongdian.connections.queries import packs_of
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import seen
from tongdian.parties.queries import office_for
from tongdian.policy.clauses import OfficeByClause, Reporting
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words

# A line counts in the month in which its last day lies: each once, and none is split. Bills are issued
# on or after the last day that they bill, so that no partition before the year is read.
_USED = """
select coalesce(nullif(account.borne_by, ''), case when account.form = 'school' then customer.name end, ''),
       case when account.borne_by = '' and account.form <> 'school' then agreement.price_category else '' end,
       line.utility,
       sum(line.quantity) filter (where line.last_on >= %(month)s), sum(line.quantity),
       coalesce(sum(line.fen) filter (where line.last_on >= %(month)s), 0)::bigint, sum(line.fen)::bigint
  from billing_billline line
  join billing_bill bill on bill.id = line.bill_id
  join accounts_billingaccount account on account.id = bill.account_id
  join parties_customer customer on customer.id = account.customer_id
  join agreements_agreement agreement on agreement.id = line.agreement_id
 where line.organisation_id = %(organisation)s and line.issued_on >= %(year)s
   and line.last_on >= %(year)s and line.last_on < %(after)s
   and not exists (select from billing_billcancellation gone where gone.bill_id = bill.id)
   and (%(account)s::uuid is null or bill.account_id = %(account)s)
 group by 1, 2, 3 order by 1, 2, 3
"""
_LEFT = """
select item_id, coalesce(sum(case when debit_id = ledger.id then fen else -fen end), 0)::bigint
  from accounts_transfer transfer
  join accounts_ledgeraccount ledger on ledger.kind = 'receivable'
       and ledger.id in (transfer.debit_id, transfer.credit_id)
 where item_id = any(%(debts)s) group by 1
"""


@dataclass(frozen=True, slots=True)
class UnitUsage:
    """What a unit, or a class of users, was billed for of one utility: in the month and in the year up to
    its end, kWh or m³, and fen. None: nothing was billed, which is not nothing used."""

    unit: str
    category: str
    utility: str
    quantity: Decimal | None
    of_year: Decimal | None
    fen: int
    fen_of_year: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """An excess charge, what of it is paid, in fen, and whether another took its place."""

    charge: ExcessCharge
    paid: int


def reporting_of(organisation: Organisation, on: dt.date) -> tuple[Pack, Reporting]:
    """The regulation by which an organisation reports its usage. Raises NoReportsHere."""
    for pack in packs_of(organisation, on):
        if pack.head.uses.reporting is not None:
            return pack, pack.head.uses.reporting
    raise NoReportsHere


def office_by(
    organisation: Organisation, pack: Pack, duty: OfficeByClause, on: dt.date
) -> tuple[Organisation | None, Words]:
    """Who does it here, as far as such an office is there, and the clause that says so."""
    cite = Words(*(pack.say_cite((duty.cite,), language) for language in ("zh", "en")))
    return office_for(organisation, duty.office, on=on), cite


def does_here(viewer: Any, organisation: Organisation, duty: str, on: dt.date, permission: str) -> bool:
    """Whether a viewer may do a duty of reporting (`drawn_up`, `checked`, `quotas`) here: by their office,
    as far as the regulation names one and it is there. As the actions ask, so that pages offer no more."""
    if not viewer.has_perm(permission, organisation):
        return False
    try:
        pack, reporting = reporting_of(organisation, on)
    except NoReportsHere:
        return False
    office, _ = office_by(organisation, pack, getattr(reporting, duty), on)
    return office is None or bool(viewer.has_perm(permission, office))


def units_known(organisation: Organisation) -> list[str]:
    """The units that bear billing accounts, as reports of usage call them."""
    rows = BillingAccount.objects.filter(organisation=organisation)
    borne = rows.exclude(borne_by="").values_list("borne_by", flat=True)
    schools = rows.filter(borne_by="", form="school").values_list("customer__name", flat=True)
    return sorted({*borne, *schools})


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after it."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def used_by_unit(
    organisation: Organisation, month: dt.date, *, account: BillingAccount | None = None
) -> list[UnitUsage]:
    """What was billed up to a month's end, by who bears it and by class of user; of one account only."""
    given: dict[str, Any] = {
        "organisation": organisation.pk,
        "month": month,
        "year": month.replace(month=1),
        "after": next_month(month),
        "account": account.pk if account else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_USED, given)
        return [UnitUsage(*row) for row in cursor.fetchall()]


# --- plans


def plans(viewer: Any) -> QuerySet[QuotaPlan]:
    """The plans that a viewer sees, the newest first."""
    rows = QuotaPlan.objects.filter(seen(viewer, "billing.read")).order_by("-year", "organisation", "-number")
    return rows.select_related("organisation", "by", "answer", "answer__by")


def plan(viewer: Any, id_: UUID | str) -> QuotaPlan:
    """One plan. Raises NoSuchQuotaPlan."""
    found = plans(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchQuotaPlan
    return found


def plan_in_force(organisation: Organisation, year: int) -> QuotaPlan | None:
    """The newest plan of a year that was approved."""
    rows = QuotaPlan.objects.filter(organisation=organisation, year=year, answer__is_approved=True)
    return rows.order_by("-number").first()


def shares_of(plan: QuotaPlan | None) -> Mapping[str, Mapping[str, Decimal]]:
    """The quotas of a plan: unit → utility → kWh or m³."""
    if plan is None:
        return {}
    return {one.unit: {"power": one.kwh, "water": one.m3} for one in plan.shares.order_by("unit")}


# --- reports


def reports(viewer: Any) -> QuerySet[UsageReport]:
    """The reports that a viewer sees, the newest month and version first."""
    rows = UsageReport.objects.filter(seen(viewer, "billing.read"))
    rows = rows.select_related("organisation", "by", "verdict", "verdict__by", "plan")
    return rows.order_by("-month", "organisation", "-number")


def report(viewer: Any, id_: UUID | str) -> UsageReport:
    """One report. Raises NoSuchReport."""
    found = reports(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchReport
    return found


def newest_report(organisation: Organisation, month: dt.date) -> UsageReport | None:
    """The last version of a month."""
    return UsageReport.objects.filter(organisation=organisation, month=month).order_by("-number").first()


# --- rooms with a quota


def rooms(viewer: Any) -> QuerySet[QuotaRoom]:
    """The rooms with a quota that a viewer sees."""
    rows = QuotaRoom.objects.filter(seen(viewer, "billing.read", region="account__place__region"))
    return rows.select_related(
        "organisation",
        "account__place__region",
        "account__customer",
        "payer__customer",
        "payer__organisation",
    ).order_by("account__number", "-first_on")


def room(viewer: Any, id_: UUID | str) -> QuotaRoom:
    """One room with a quota. Raises NoSuchQuotaRoom."""
    found = rooms(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchQuotaRoom
    return found


def charges(viewer: Any) -> QuerySet[ExcessCharge]:
    """What was charged beyond quotas and counts, the newest first."""
    newest = ExcessCharge.objects.filter(room=OuterRef("room"), month=OuterRef("month")).order_by("-number")
    wanted = seen(viewer, "billing.read", region="room__account__place__region")
    rows = ExcessCharge.objects.filter(wanted, pk=Subquery(newest.values("pk")[:1]))
    return rows.select_related(
        "organisation", "room__account__place", "room__payer__customer", "posting__reversed_by"
    ).order_by("-month", "room__account__number")


def recovered(charges: Sequence[ExcessCharge]) -> list[Recovered]:
    """What of each charge was paid: that is what is handed over to the university (27)."""
    stands = [one for one in charges if one.posting is not None and not hasattr(one.posting, "reversed_by")]
    rows = Debt.objects.filter(posting__in=[one.posting_id for one in stands])
    debts = dict(rows.values_list("posting", "pk"))
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, {"debts": list(debts.values())})
        left = dict(cursor.fetchall())
    paid = {one.pk: one.fen - left.get(debts[cast(Any, one.posting_id)], 0) for one in stands}
    return [Recovered(one, paid.get(one.pk, 0)) for one in charges]
