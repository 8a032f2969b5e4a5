"""What agreements ask before an organisation closes or a customer's personal data are erased."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from tongdian.agreements.models import Agreement, ImportRow
from tongdian.parties.guards import before_closing, before_erasing
from tongdian.parties.models import Customer, Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

ERASED = "—"


class SupplyGoesOn(Refusal):
    """An agreement runs on."""

    says = Words(
        "协议 {number} 仍然有效；请先终止或过户。",
        "The agreement {number} is still in force; end or transfer it first.",
    )


@before_closing
def refuse_closing_while_supplied(organisation: Organisation) -> None:
    """An organisation with agreements in force is not closed."""
    _refuse(Q(organisation=organisation))


@before_erasing
def erase_from_imports(customer: Customer) -> None:
    """A customer who is supplied is not erased; of one who is not, imported cells go too.

    Signed texts stay: they are the contract, kept as long as the law asks.
    """
    _refuse(Q(customer=customer))
    for row in ImportRow.objects.filter(subject=customer.pk):
        row.cells = dict.fromkeys(row.cells, ERASED)
        row.values, row.secret, row.changes, row.before = {}, b"", [], None
        row.save()


def _refuse(whose: Q) -> None:
    running = Q(in_force__endswith=None) | Q(in_force__endswith__gt=TruncDate(Now()))
    found = Agreement.objects.filter(whose & running).first()
    if found is not None:
        raise SupplyGoesOn(number=found.number)
