"""Agreements as a viewer sees them, and the classes and categories that regulations name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongdian.agreements.models import (
    Agreement,
    AgreementText,
    EndProposal,
    Import,
    OpeningBalance,
    Signature,
)
from tongdian.agreements.rules import NATIONAL_CATEGORIES, NoSuchAgreement
from tongdian.bounded_days import end_after
from tongdian.calendar import legal_day
from tongdian.network.models import Place, UsagePoint
from tongdian.parties.models import Account, Customer, since
from tongdian.parties.permissions import one_hand, seen, who_may
from tongdian.policy.kinds.rows import ClassRule
from tongdian.policy.kinds.table import TableRule
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.rulebook.queries import pack as rulebook_pack

LEAST_OF_A_NUMBER = 4
SHOWN = (
    "organisation",
    "customer",
    "customer__organisation",
    "usage_point",
    "usage_point__place",
    "usage_point__place__organisation",
)


def agreements(viewer: Any) -> QuerySet[Agreement]:
    """Every agreement that the viewer sees."""
    wanted = seen(viewer, "agreements.read", region="usage_point__place__region")
    return Agreement.objects.filter(wanted).select_related(*SHOWN)


def agreement(viewer: Any, id_: UUID | str) -> Agreement:
    """One agreement. Raises NoSuchAgreement."""
    found = agreements(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchAgreement
    return found


def on_day(point: UsagePoint, day: dt.date) -> Agreement | None:
    """The agreement at a usage point on a day: one at most."""
    rows = Agreement.objects.filter(usage_point=point, in_force__contains=day)
    return rows.select_related(*SHOWN).first()


def at_point(viewer: Any, point: UsagePoint) -> list[Agreement]:
    """Everything that was agreed at a usage point, the latest first."""
    return list(agreements(viewer).filter(usage_point=point).order_by("-in_force"))


def at_place(viewer: Any, place: Place) -> QuerySet[Agreement]:
    """Everything that was agreed at a place and its parts, the latest first."""
    wanted = agreements(viewer).filter(usage_point__place__ancestors__contains=[place.id])
    return wanted.order_by("-in_force")


def standing_in_the_way(
    points: Iterable[UsagePoint], customer: Customer | None, first: dt.date, last: dt.date | None
) -> list[Agreement]:
    """What is agreed at usage points in that time, without what this customer has. One that is
    agreed to end before it does not stand in the way."""
    time = since(first, end_after(last))
    rows = Agreement.objects.filter(usage_point__in=list(points), in_force__overlap=time)
    if customer is not None:
        rows = rows.exclude(customer=customer)
    return list(rows.select_related(*SHOWN).order_by("usage_point__utility", "in_force"))


def numbered(viewer: Any, text: str) -> QuerySet[Agreement]:
    """The agreements in whose number the text stands, newest first; nothing for a stray character."""
    if len(text) < LEAST_OF_A_NUMBER:
        return Agreement.objects.none()
    return agreements(viewer).filter(number__icontains=text).order_by("-id")


def of_customer(viewer: Any, customer: Customer) -> QuerySet[Agreement]:
    """A customer's agreements, the latest first."""
    return agreements(viewer).filter(customer=customer).order_by("-in_force")


def expiring(viewer: Any, *, on: dt.date, within_days: int = 30) -> QuerySet[Agreement]:
    """Temporary agreements in force whose last day is near, the nearest first."""
    return ending_soon(agreements(viewer), on=on, within_days=within_days).order_by("in_force__endswith")


def ending_soon(rows: QuerySet[Agreement], *, on: dt.date, within_days: int = 30) -> QuerySet[Agreement]:
    """Of some agreements the temporary ones in force whose last day is near."""
    until = on + dt.timedelta(days=within_days + 1)
    return rows.filter(is_temporary=True, in_force__contains=on, in_force__endswith__lte=until)


def opening_balances(agreement: Agreement) -> list[OpeningBalance]:
    """What the former books claim, without what was reversed."""
    rows = OpeningBalance.objects.filter(agreement=agreement, reverses=None, reversed_by=None)
    return list(rows.order_by("as_of"))


def proposal_waiting(agreement: Agreement) -> EndProposal | None:
    """The proposal about an agreement that nobody has answered."""
    rows = EndProposal.objects.filter(agreement=agreement, answer=None)
    return rows.select_related("by", "customer").first()


def with_proposal(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Of some agreements those with a proposal that waits for a second person."""
    return rows.filter(pk__in=EndProposal.objects.filter(answer=None).values("agreement"))


def to_confirm(viewer: Any, *, on: dt.date) -> int:
    """How many proposals wait that the viewer may confirm."""
    wanted = seen(viewer, "agreements.end", organisation="agreement__organisation")
    rows = EndProposal.objects.filter(wanted, answer=None).select_related("agreement__organisation")
    # who only oversees a supplier sees its rows, and confirms nothing
    theirs = [row for row in rows if viewer.has_perm("agreements.end", row.agreement.organisation)]
    own = one_hand(viewer.pk, on=(on,)) if theirs else set()
    return sum(row.by_id not in own for row in theirs)


def one_hand_with_proposer(proposal: EndProposal, *, at: dt.datetime) -> set[UUID]:
    """Who may not confirm a proposal: its maker, and whoever acted for them or they for whom, when
    it was made or now."""
    return one_hand(proposal.by_id, on=(legal_day(proposal.at), legal_day(at)))


def second_persons(proposal: EndProposal, *, at: dt.datetime) -> list[Account]:
    """Everybody who may confirm a proposal, by name."""
    may = who_may("agreements.end", proposal.agreement.organisation, on=legal_day(at))
    barred = one_hand_with_proposer(proposal, at=at)
    return [one for one in may if one.pk not in barred]


def last_proposal(viewer: Any, agreement: Agreement) -> EndProposal:
    """The newest proposal to end an agreement, for who may read its file. Raises NoSuchAgreement."""
    may = viewer.has_perm("agreements.sign", agreement.organisation)
    rows = EndProposal.objects.filter(agreement=agreement).order_by("-id")
    found = rows.first() if may else None
    if found is None:
        raise NoSuchAgreement
    return found


def text_to_sign(viewer: Any, id_: UUID | str) -> AgreementText:
    """A text, for staff of its organisation or for its customer. Raises NoSuchAgreement."""
    found = (
        AgreementText.objects.select_related("organisation", "customer", "usage_point__place")
        .filter(pk=id_)
        .first()
    )
    if found is None:
        raise NoSuchAgreement
    is_customer = found.customer.account_id == viewer.pk and viewer.pk is not None
    if not is_customer and not viewer.has_perm("agreements.read", found.organisation):
        raise NoSuchAgreement
    return found


def signatures(text: AgreementText) -> dict[str, Signature]:
    """Who has signed, by party."""
    return {one.party: one for one in text.signatures.all()}


def texts_of(viewer: Any, agreement: Agreement) -> list[AgreementText]:
    """The texts drawn up for a customer at a usage point, the latest first."""
    rows = AgreementText.objects.filter(customer=agreement.customer, usage_point=agreement.usage_point)
    return list(rows.prefetch_related("signatures").order_by("-drawn_at"))


class ClassNames:
    """The classes and categories that regulations name; each regulation is asked for once."""

    def __init__(self) -> None:
        self._packs: dict[str, Pack] = {}

    def classes(self, pack: str) -> dict[str, Words]:
        """The classes of customers that a regulation names: those of its rule for them, else its
        kinds of applicants; none: it leaves them open."""
        one = self._pack(pack)
        uses = one.head.uses
        rule = one.rules[uses.customer_class] if uses.customer_class else None
        if isinstance(rule, ClassRule):
            return dict(rule.names)
        papers = uses.application_papers
        asked = one.rules[papers.rule].input[papers.applicant] if papers else None
        return {code: Words(said.zh, said.en) for code, said in (asked.labels if asked else {}).items()}

    def categories(self, pack: str, utility: str) -> dict[str, Words]:
        """The price categories that it names for power or water; for power else the nation's;
        none: left open."""
        one = self._pack(pack)
        rule = one.rules.get(one.head.uses.price(utility) or "")
        if not isinstance(rule, TableRule) or "category" not in rule.columns:
            return dict(NATIONAL_CATEGORIES) if utility == "power" else {}
        column = rule.columns["category"]
        return {code: column.labels.get(code, Words(code, code)) for code in column.one_of or ()}

    def said(self, agreement: Agreement, language: str) -> tuple[str, str]:
        """An agreement's class and price category in words."""
        pack, utility = agreement.pack, agreement.usage_point.utility
        return (
            _say(self.classes(pack), agreement.customer_class, language),
            _say(self.categories(pack, utility), agreement.price_category, language),
        )

    def _pack(self, name: str) -> Pack:
        if name not in self._packs:
            self._packs[name] = rulebook_pack(name)
        return self._packs[name]


def _say(names: dict[str, Words], code: str, language: str) -> str:
    return names[code].say(language) if code in names else code


# --- imports


def imports(viewer: Any) -> QuerySet[Import]:
    """Every import that the viewer may see, the latest first."""
    wanted = seen(viewer, "agreements.import", region="organisation__region")
    rows = Import.objects.filter(wanted).select_related(
        "organisation", "uploaded_by", "confirmed_by", "undone_by"
    )
    return rows.order_by("-uploaded_at")


def brought(viewer: Any, id_: UUID | str) -> Import:
    """One import. Raises NoSuchAgreement."""
    found = imports(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchAgreement
    return found


def same_file(viewer: Any, one: Import) -> list[Import]:
    """Other imports of exactly the same file, which whoever uploads it again is told."""
    rows = imports(viewer).filter(file_hash=one.file_hash, kind=one.kind).exclude(pk=one.pk)
    return list(rows.exclude(state=Import.State.DISCARDED))
