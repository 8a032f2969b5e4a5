"""The saving plan of a year with the quotas of the units (3): drawn up by the energy office, approved by
another person; what is revised is a new version with a reason, and the newest that was approved is in force."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.billing.actions.reporting import must_be_its_office, must_be_second
from tongdian.billing.fields import PLAN_ANSWER, QUOTA_PLAN
from tongdian.billing.models import QuotaPlan, QuotaPlanAnswer, QuotaShare
from tongdian.billing.refusing import (
    CheckedAlready,
    NotAShare,
    NotTheNewest,
    RevisionReasonMissing,
    UnitTwice,
    VerdictReasonMissing,
)
from tongdian.billing.rules import RELEASE, RUN
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.registers.action import action

MOST = Decimal("999999999999.99")


@action("draw-up-quotas", may=RUN, within="organisation", fields=QUOTA_PLAN)
def draw_up_quotas(
    *,
    viewer: Any,
    organisation: Organisation,
    year: Decimal,
    measures: str,
    shares: str,
    at: dt.datetime,
    reason: str = "",
    is_demo: bool = False,
) -> QuotaPlan:
    """Write down how a year saves and how much each unit may use: a line a unit, its name, kWh and m³.

    Raises NotAllowed, OtherOfficesDuty, NotAShare, UnitTwice, RevisionReasonMissing.
    """
    must_be_its_office(viewer, organisation, "quotas", legal_day(at), RUN.name)
    told = shares_told(shares)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # versions follow each other
    last = QuotaPlan.objects.filter(organisation=organisation, year=int(year)).order_by("-number").first()
    if last is not None and not reason.strip():
        raise RevisionReasonMissing(name=str(int(year)), number=last.number)
    plan = QuotaPlan.objects.create(
        organisation=organisation,
        year=int(year),
        number=last.number + 1 if last else 1,
        measures=measures,
        reason=reason,
        is_demo=is_demo,
        at=at,
        by=viewer,
    )
    QuotaShare.objects.bulk_create(
        QuotaShare(organisation=organisation, plan=plan, unit=unit, kwh=kwh, m3=m3) for unit, kwh, m3 in told
    )
    return plan


@action("answer-quotas", may=RELEASE, within="plan.organisation", fields=PLAN_ANSWER)
def answer_quotas(
    *, viewer: Any, plan: QuotaPlan, at: dt.datetime, is_approved: bool = True, remarks: str = ""
) -> QuotaPlanAnswer:
    """A second person approves a plan, or says why not.

    Raises NotAllowed, OwnPaper, NotTheNewest, CheckedAlready, VerdictReasonMissing.
    """
    must_be_second(viewer, plan, at)
    newest = QuotaPlan.objects.filter(organisation=plan.organisation_id, year=plan.year).order_by("-number")
    if (last := newest.first()) is not None and last.number != plan.number:
        raise NotTheNewest(number=last.number)
    if not is_approved and not remarks.strip():
        raise VerdictReasonMissing
    try:
        with transaction.atomic():
            return QuotaPlanAnswer.objects.create(
                organisation_id=plan.organisation_id,
                plan=plan,
                is_approved=is_approved,
                reason=" ".join(remarks.split())[:200],
                at=at,
                by=viewer,
            )
    except IntegrityError as refused:
        if "billing_quotaplananswer_plan_id_key" not in str(refused):
            raise
        raise CheckedAlready from refused


def shares_told(text: str) -> list[tuple[str, Decimal, Decimal]]:
    """Units with their kWh and m³, a line each. Raises NotAShare, UnitTwice."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        words = line.split()
        unit = " ".join(words[:-2])
        kwh, m3 = figure(words[-2]) if unit else None, figure(words[-1])
        if not unit or len(unit) > 80 or kwh is None or m3 is None:
            raise NotAShare(line=number, text=line.strip()[:60])
        if unit in found:
            raise UnitTwice(unit=unit)
        found[unit] = (kwh, m3)
    if not found:
        raise NotAShare(line=1, text="")
    return [(unit, *quotas) for unit, quotas in found.items()]


def figure(text: str, places: int = 2) -> Decimal | None:
    """A number not below nothing, of so many decimals at most; none for anything else."""
    try:
        value = Decimal(text) if text.replace(".", "", 1).isascii() else None
    except InvalidOperation:
        return None
    if value is None or not value.is_finite() or not 0 <= value <= MOST:
        return None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent >= -places else None
