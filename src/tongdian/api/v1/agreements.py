"""Supply agreements, and notices to one's own account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from tongdian.agreements import queries
from tongdian.agreements.actions import agreeing as actions
from tongdian.agreements.actions import proposing
from tongdian.agreements.models import Agreement
from tongdian.agreements.registers import FIELDS, narrowed
from tongdian.api.shapes import registers as shapes
from tongdian.api.tickets import upload_of
from tongdian.api.v1.asking import REFUSED, STAFF
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import as_parameter, takes
from tongdian.network.registers import USAGE_POINTS
from tongdian.notices import queries as telling
from tongdian.notices.actions import mark_read
from tongdian.notices.models import Notice
from tongdian.parties import queries as parties

agreements = Router(tags=["agreements"], auth=STAFF)
notices = Router(tags=["notices"], auth=STAFF)


def list_agreements(request: HttpRequest, after: str, limit: int, **given: Any) -> Any:
    """The agreements that you see, newest first; the filters are those of the page."""
    rows = narrowed(request.auth, given, on=timezone.localdate())  # type: ignore[attr-defined]
    return page(rows, after, limit, _agreement)


takes(
    list_agreements,
    {one.name: as_parameter(one) for one in FIELDS} | {"after": (After, ""), "limit": (Limit, 50)},
)
agreements.get("", response={200: shapes.Agreements, **REFUSED})(list_agreements)


@agreements.get("/{uuid:id_}", response={200: shapes.AgreementOut, **REFUSED})
def show_agreement(request: HttpRequest, id_: UUID) -> Any:
    """One agreement."""
    return _agreement(queries.agreement(request.auth, id_))  # type: ignore[attr-defined]


@deed(agreements, "", gives=shapes.AgreementOut, status=201)
def sign(request: HttpRequest, asked: shapes.SignAgreement) -> Any:
    """Enter an agreement signed on paper. One usage point never has two at once."""
    viewer = request.auth  # type: ignore[attr-defined]
    said = asked.model_dump(exclude={"usage_point", "customer", "capacity_kw"})
    made = actions.sign(
        viewer=viewer,
        usage_point=USAGE_POINTS.find(viewer, asked.usage_point),
        customer=parties.customer(viewer, asked.customer),
        capacity_kw=_capacity(asked.capacity_kw),
        at=timezone.now(),
        **said,
    )
    return _agreement(made)


@deed(agreements, "/{uuid:id_}/propose-end", gives=shapes.EndProposalOut, status=201)
def propose_end(request: HttpRequest, id_: UUID, asked: shapes.ProposeEnd) -> Any:
    """Ask another person to let an agreement end with a day, which is its last. An agreement ends
    by its case, or by two persons with a reason and a file."""
    return proposing.propose_end(last_on=asked.last_on, **_proposed(request, id_, asked))


@deed(agreements, "/{uuid:id_}/propose-transfer", gives=shapes.EndProposalOut, status=201)
def propose_transfer(request: HttpRequest, id_: UUID, asked: shapes.ProposeTransfer) -> Any:
    """Ask another person to hand the supply to another customer from a day on, without a gap."""
    viewer = request.auth  # type: ignore[attr-defined]
    return proposing.propose_transfer(
        customer=parties.customer(viewer, asked.customer),
        first_on=asked.first_on,
        customer_class=asked.customer_class,
        price_category=asked.price_category,
        **_proposed(request, id_, asked),
    )


@deed(agreements, "/{uuid:id_}/propose-change", gives=shapes.EndProposalOut, status=201)
def propose_change(request: HttpRequest, id_: UUID, asked: shapes.ProposeChange) -> Any:
    """Ask another person to change the terms, also from a day that has passed."""
    return proposing.propose_change(
        from_on=asked.from_on,
        customer_class=asked.customer_class,
        price_category=asked.price_category,
        capacity_kw=_capacity(asked.capacity_kw),
        **_proposed(request, id_, asked),
    )


@deed(agreements, "/{uuid:id_}/propose-reopening", gives=shapes.EndProposalOut, status=201)
def propose_reopening(request: HttpRequest, id_: UUID, asked: shapes.ProposeReopening) -> Any:
    """Ask another person to take an end back, or (with a day) to let it come later."""
    return proposing.propose_reopening(last_on=asked.last_on, **_proposed(request, id_, asked))


@deed(agreements, "/{uuid:id_}/confirm-proposal", gives=shapes.AgreementOut)
def confirm_proposal(request: HttpRequest, id_: UUID) -> Any:
    """Confirm what somebody else proposed; the customer is told. Gives the agreement that stands
    then: after a transfer or change, the one that follows."""
    viewer = request.auth  # type: ignore[attr-defined]
    agreement = queries.agreement(viewer, id_)
    return _agreement(proposing.confirm_proposal(viewer=viewer, agreement=agreement, at=timezone.now()))


@deed(agreements, "/{uuid:id_}/set-proposal-aside", gives=shapes.AgreementOut)
def set_proposal_aside(request: HttpRequest, id_: UUID, asked: shapes.SetProposalAside) -> Any:
    """Leave it as it is: the proposal is set aside."""
    viewer = request.auth  # type: ignore[attr-defined]
    agreement = queries.agreement(viewer, id_)
    proposing.set_proposal_aside(viewer=viewer, agreement=agreement, reason=asked.reason, at=timezone.now())
    return _agreement(agreement)


def _proposed(request: HttpRequest, id_: UUID, asked: shapes.Proposed) -> dict[str, Any]:
    """What every proposal is made with."""
    viewer = request.auth  # type: ignore[attr-defined]
    return {
        "viewer": viewer,
        "agreement": queries.agreement(viewer, id_),
        "reason": asked.reason,
        "file": upload_of(asked.file),
        "name": asked.name,
        "at": timezone.now(),
    }


def _capacity(given: str | None) -> Decimal | None:
    return Decimal(given) if given else None


@deed(agreements, "/{uuid:id_}/change", gives=shapes.AgreementOut, status=201)
def change(request: HttpRequest, id_: UUID, asked: shapes.ChangeAgreement) -> Any:
    """Another class, category or capacity from today or a day to come; the customer is told. From
    a day that has passed: `propose-change`."""
    viewer = request.auth  # type: ignore[attr-defined]
    made = actions.change(
        viewer=viewer,
        agreement=queries.agreement(viewer, id_),
        from_on=asked.from_on,
        reason=asked.reason,
        customer_class=asked.customer_class,
        price_category=asked.price_category,
        capacity_kw=_capacity(asked.capacity_kw),
        at=timezone.now(),
    )
    return _agreement(made)


_SAME = (
    "id",
    "number",
    "first_on",
    "last_on",
    "is_temporary",
    "pack",
    "customer_class",
    "price_category",
    "signed_on",
    "begun_by",
    "end_reason",
    "is_demo",
)


def _agreement(one: Agreement) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _SAME},
        "organisation": one.organisation_id,
        "customer": one.customer_id,
        "usage_point": one.usage_point_id,
        "previous": one.previous_id,
        "capacity_kw": str(one.capacity_kw) if one.capacity_kw is not None else None,
    }


# ---------------------------------------------------------------- notices
@notices.get("", response={200: shapes.Notices, **REFUSED})
def list_notices(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """What your account was told, newest first."""
    return page(telling.own_notices(request.auth), after, limit, _notice)  # type: ignore[attr-defined]


@deed(notices, "/read", gives=shapes.Count)
def read_notices(request: HttpRequest, asked: shapes.ReadNotices) -> Any:
    """Note that you opened notices of yours."""
    viewer = request.auth  # type: ignore[attr-defined]
    found = [telling.own_notice(viewer, id_) for id_ in dict.fromkeys(asked.notices)]
    mark_read(viewer=viewer, notices=found, at=timezone.now())
    return {"count": len(found)}


def _notice(one: Notice) -> dict[str, Any]:
    content = getattr(one, "content", None)
    said = content.said if content is not None else {}
    return {
        **{name: getattr(one, name) for name in ("id", "at", "wording", "subject", "is_urgent")},
        "title": said.get("title", ""),
        "body": said.get("body", ""),
        "is_read": one.is_read,  # type: ignore[attr-defined]
    }
