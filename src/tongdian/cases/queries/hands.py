"""Who works on a case: whether a viewer may do a stage, or something to the case, and as whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tongdian.cases.models import Case
from tongdian.cases.queries.one import Desk, hand_took_part
from tongdian.cases.rules import SIGNED, Applicant
from tongdian.parties.models import Account, Membership, Organisation
from tongdian.parties.permissions import below, grants, workers_of
from tongdian.parties.queries import office_for
from tongdian.parties.rules import PERMISSIONS
from tongdian.policy.process import CaseState, ProcessVersion, Verb
from tongdian.policy.words import Words


@dataclass(frozen=True)
class Hand:
    """Whether and as whom somebody may work on a stage."""

    may: bool
    on_behalf: bool = False  # of a customer or of a department that is not here
    acted_for: UUID | None = None


def office_of(case: Case, role: str, on: dt.date) -> Organisation | None:
    """The organisation that fills a role of the process for this case; none for the customer."""
    return office_for(case.organisation, role, on=on, region=case.region_id)


def hand(viewer: Any, case: Case, wording: ProcessVersion, stage: str, on: dt.date) -> Hand:
    """Whether and as whom a viewer may do a stage."""
    return Hands(viewer, case, wording, on).at(stage)


def held(viewer: Any, permission: str, organisation: Organisation, *, on_behalf: bool = False) -> Hand:
    """Whether somebody has a permission there, by a role of their own or of whom they act for."""
    roles = PERMISSIONS[permission]
    fitting = [g for g in grants(viewer) if g.role in roles and g.counts(permission, organisation)]
    if not fitting or not viewer.is_active:
        return Hand(False)
    own = any(grant.for_account is None for grant in fitting)
    return Hand(True, on_behalf, None if own else fitting[0].for_account)


def ranked(viewer: Any, ranks: Collection[str], office: Organisation) -> Hand:
    """Whether somebody holds one of the ranks in an office itself, by a role of their own or of whom they
    act for: a role above it, or for the whole installation, is none there."""
    fitting = [
        one for one in grants(viewer) if one.role in ranks and one.organisation == office and viewer.is_active
    ]
    if not fitting:
        return Hand(False)
    own = any(grant.for_account is None for grant in fitting)
    return Hand(True, False, None if own else fitting[0].for_account)


def document_of(desk: Desk, stage: str, hand: Hand) -> Words | None:
    """The file with which a stage is closed by that hand: what it produces, or, for a step of the
    customer's that is recorded for them, what they signed. Where the step has a list of papers, or an
    effect that looks for itself, these have it."""
    declared = desk.wording.stages.get(stage)
    if declared is None:
        return None
    is_theirs = desk.wording.owner_of(stage) == "customer"
    looks_itself = declared.papers is not None or (declared.effect is not None and not declared.planned)
    if is_theirs and hand.on_behalf and not looks_itself:
        return SIGNED
    return declared.document


class Hands:
    """Who a viewer is to one case on a day. Each answer is asked for once."""

    def __init__(self, viewer: Any, case: Case, wording: ProcessVersion, on: dt.date) -> None:
        self.viewer, self.case, self.wording, self.on = viewer, case, wording, on
        self._by_role: dict[str, Hand] = {}
        self._offices: dict[str, Organisation | None] = {}

    @property
    def is_applicant(self) -> bool:
        """Somebody who proved to be its applicant, and has no account."""
        return isinstance(self.viewer, Applicant)

    def at(self, stage: str) -> Hand:
        """Whether and as whom they may do a stage: its office's people; the applicant or, on their
        behalf, the counter for the customer's; the case's own house for an office that is not here. Where
        the document says who of the office does it, only they."""
        declared = self.wording.stages[stage]
        role = declared.role
        if role not in self._by_role:
            self._by_role[role] = self._at(role)
        found, office = self._by_role[role], self.office(role) if declared.by else None
        return ranked(self.viewer, declared.by, office) if found.may and office is not None else found

    def _at(self, role: str) -> Hand:
        viewer, house = self.viewer, self.case.organisation
        if self.wording.all_roles[role].owner == "customer":
            if self.is_applicant or self.applied:
                return Hand(self.applied)
            return held(viewer, "cases.open", house, on_behalf=True)
        if self.is_applicant:
            return Hand(False)
        office = self.office(role)
        return held(viewer, "cases.work", office or house, on_behalf=office is None)

    def office(self, role: str) -> Organisation | None:
        """The organisation that fills a role of the process for this case."""
        if role not in self._offices:
            self._offices[role] = office_of(self.case, role, self.on)
        return self._offices[role]

    @property
    def opens_here(self) -> bool:
        """Whether they open cases where this one is."""
        return bool(self.viewer.has_perm("cases.open", self.case.organisation))

    def has_it(self, state: CaseState) -> bool:
        """Whether they have the case in hand: one of its open stages, or the counter."""
        if self.is_applicant:
            return False
        return self.opens_here or any(self.at(stage).may for stage in state.open_stages)

    @property
    def applied(self) -> bool:
        """Whether they are the applicant, with or without an account."""
        if self.is_applicant:
            return bool(self.viewer.case == self.case.id)
        customer = self.case.customer
        own = getattr(self.viewer, "pk", None)
        return own is not None and customer is not None and customer.account_id == own

    @property
    def is_second(self) -> bool:
        """Whether they are a second person: allowed to settle claims, and without a step of it."""
        if not self.viewer.has_perm("cases.countersign", self.case.organisation):
            return False
        return not hand_took_part(self.case, self.viewer.pk, on=self.on)

    def may_assign(self, stage: str) -> bool:
        """Whether they may give a stage to somebody: an officer of its office or of the house."""
        if self.is_applicant or self.wording.owner_of(stage) == "customer":
            return False
        places = (self.case.organisation, self.office(self.wording.stages[stage].role))
        return any(self.viewer.has_perm("cases.assign", one) for one in places if one is not None)

    def may(self, verb: Verb, about: str, state: CaseState) -> Hand:
        """Whether and as whom they may do a verb on a stage, a claim, or the case."""
        match verb.whose:
            case "stage":
                return self.at(about)
            case "case":
                return Hand(self.has_it(state))
            case "applicant":
                return Hand(self.applied or (not self.is_applicant and self.opens_here))
            case "second":
                return Hand(self.is_second)
            case "assigner":
                return Hand(self.may_assign(about))
        return Hand(bool(self.viewer.has_perm("cases.migrate", self.case.organisation)))


def hands_for(
    case: Case, office: Organisation | None, on: dt.date, *, by: Collection[str] = ()
) -> list[Account]:
    """Everybody who may have a stage of that office in hand on a day, or (None) the case itself; with `by`
    only who holds one of these ranks in the office itself."""
    of = office or case.organisation
    if by and office is not None:
        held = Membership.objects.filter(
            organisation=of, role__in=by, in_force__contains=on, account__is_active=True
        )
    else:
        held = workers_of(of, "cases.work", on=on)
    found = Account.objects.filter(id__in=held.values("account_id"))
    return list(found.order_by("name", "username"))


def assignable(viewer: Any, on: dt.date) -> list[Account]:
    """Everybody to whom a viewer may give stages somewhere: who works where the viewer assigns."""
    held = [grant for grant in grants(viewer) if grant.role in PERMISSIONS["cases.assign"]]
    at_work = Membership.objects.filter(
        role__in=PERMISSIONS["cases.work"], in_force__contains=on, account__is_active=True
    )
    if not any(grant.organisation is None for grant in held):
        at_work = at_work.filter(organisation__in=below(viewer, held, works=True))
    found = Account.objects.filter(id__in=at_work.values("account_id"))
    return list(found.order_by("name", "username")[:500])
