"""What cases ask before a customer's personal data are erased, and what they erase themselves."""

from __future__ import annotations

from tongdian.cases import queries
from tongdian.cases.models import Case, Paper
from tongdian.notices.actions import erase_what_was_said
from tongdian.parties.guards import Erased, Erasing, before_erasing, when_erasing
from tongdian.parties.models import Customer
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class CaseGoesOn(Refusal):
    """What is being worked on needs to know for whom."""

    says = Words(
        "业务 {number} 仍在办理；请先办结，或由用户撤回后再删除。",
        "The case {number} is still open: finish it, or have the customer take it back, then erase.",
    )


@before_erasing
def refuse_erasing_with_an_open_case(customer: Customer) -> None:
    """A customer with an open case is not erased."""
    going_on = Case.objects.filter(customer=customer, ending="").order_by("id").first()
    if going_on is not None:
        raise CaseGoesOn(number=going_on.number)


@when_erasing
def erase_from_cases(erasing: Erasing) -> Erased:
    """The name by which their cases are found, the names of the files they sent, and what was said
    about the cases. The events and the papers themselves are the record, and stay."""
    theirs = list(Case.objects.filter(customer=erasing.customer).select_related("place"))
    erased: Erased = {}
    for case in theirs:
        case.customer = erasing.customer
        Case.objects.filter(pk=case.pk).update(pairs=queries.search_pairs(case))
        erased[Case._meta.db_table] = ("pairs",)
    if Paper.objects.filter(case__in=theirs).exclude(name="").update(name=""):
        erased[Paper._meta.db_table] = ("name",)
    return erased | erase_what_was_said(
        subjects=[f"case:{case.pk}" for case in theirs],
        by=erasing.viewer,
        reason=erasing.reason,
        at=erasing.at,
    )
