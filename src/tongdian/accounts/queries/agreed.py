"""What was proposed, agreed and signed about an account's money; lines of bank files."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from tongdian.accounts.models import BankLine, BillingAccount, MoneyProposal, Posting
from tongdian.accounts.refusing import NoSuchLine, NoSuchProposal, PlanUnreadable
from tongdian.bounded_days import read as read_day
from tongdian.money import fen_of_yuan
from tongdian.parties.permissions import seen
from tongdian.policy.refusals import Refusal
from tongdian.spreadsheets.cells import Cell, number


def parts_read(text: str) -> list[tuple[dt.date, int]]:
    """The parts of a plan, a line each: `2026-05-20 500.00`; earliest first. Raises PlanUnreadable."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        try:
            day, yuan = words
            fen = fen_of_yuan(number(Cell(yuan), decimals=2))
            found.append((read_day(day), fen))
        except (ValueError, Refusal):
            raise PlanUnreadable(line=line[:40]) from None
        if fen <= 0:
            raise PlanUnreadable(line=line[:40])
    if not found:
        raise PlanUnreadable(line="—")
    return sorted(found)


def proposals(viewer: Any) -> QuerySet[MoneyProposal]:
    """The proposals that a viewer sees, newest first."""
    wanted = seen(viewer, "accounts.read", region="account__place__region")
    joined = ("organisation", "account__customer", "debt", "bank", "answer__by", "by")
    return MoneyProposal.objects.filter(wanted).select_related(*joined).order_by("-id")


def waiting(viewer: Any) -> QuerySet[MoneyProposal]:
    """The proposals that wait for a second person, who is not their proposer."""
    return proposals(viewer).filter(answer=None).exclude(by=viewer.pk)


def unmatched(viewer: Any) -> QuerySet[BankLine]:
    """The lines of bank files for which there is no receipt, oldest first."""
    theirs = Posting.objects.filter(organisation=OuterRef("organisation"), key=OuterRef("posting_key"))
    rows = BankLine.objects.filter(seen(viewer, "accounts.read")).select_related("bank", "organisation")
    named = rows.annotate(
        posting_key=Concat(Value("bank:"), "bank__name", Value(":"), "number", output_field=CharField())
    )
    return named.filter(~Exists(theirs)).order_by("on", "id")


def accounts_named(bank: Any, words: str) -> list[BillingAccount]:
    """The billing accounts of a bank's organisation whose number stands in a line's words."""
    rows = BillingAccount.objects.filter(organisation=bank.organisation_id)
    return [one for one in rows.select_related("organisation", "customer") if one.number in words]


def proposal(viewer: Any, id_: Any) -> MoneyProposal:
    """One proposal. Raises NoSuchProposal."""
    found = proposals(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchProposal
    return found


def bank_line(viewer: Any, id_: Any) -> BankLine:
    """One line without a receipt. Raises NoSuchLine."""
    found = unmatched(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchLine
    return found
