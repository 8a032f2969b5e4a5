"""The papers of an application, filled from the case."""

from __future__ import annotations

from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case
from tongdian.connections.models import Application
from tongdian.connections.rules import NATIONAL_HOTLINE
from tongdian.documents import ApprovalForm, Hotline, Party, render
from tongdian.parties.models import Organisation
from tongdian.parties.numbers import masked_identity, masked_phone
from tongdian.parties.personal import decrypt


def hotlines(organisation: Organisation) -> tuple[Hotline, ...]:
    """The national number and the office's own, as they stand at the foot of every paper."""
    own = (Hotline(name=f"{organisation.name}服务热线", number=organisation.hotline),)
    return (
        Hotline(name="能源监管热线", number=NATIONAL_HOTLINE),
        *(own if organisation.hotline else ()),
    )


def applicant(case: Case) -> Party:
    """The case's customer with masked numbers: a paper lies on counters."""
    customer = case.customer
    if customer is None:
        return Party(name="")
    identity, phone = decrypt(customer.identity), decrypt(customer.phone)
    return Party(
        name=customer.name,
        identity=masked_identity(identity) if customer.kind == "person" else identity,
        contact=customer.contact,
        phone=masked_phone(phone),
        address=customer.address,
    )


def approval_form(case: Case, application: Application) -> bytes:
    """《用水用电审批表》 as the application fills it, as PDF."""
    desk = case_queries.desk(case)
    return render(
        ApprovalForm(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=case.opened_on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            applicant=applicant(case),
            kind=desk.process.title.zh,
            place=case.place.name if case.place else application.place_text,
            purpose=application.purpose,
            wants_water=application.wants_water,
            wants_power=application.wants_power,
            capacity_kw=application.capacity_kw,
            from_on=application.from_on,
            last_on=application.last_on,
        )
    )
