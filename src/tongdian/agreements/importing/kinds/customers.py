"""Customers, by the number that the former system gave them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from tongdian.agreements.importing.kinds.kind import Candidate, Job, remembered
from tongdian.agreements.importing.kinds.registers import RegisterKind
from tongdian.agreements.models import Agreement
from tongdian.calendar import legal_day
from tongdian.parties.actions.customers import known_by
from tongdian.parties.models import Customer
from tongdian.parties.names import sort_key
from tongdian.parties.queries import searchable
from tongdian.parties.registers import CUSTOMERS
from tongdian.parties.rules import CustomerKind, Document
from tongdian.personal import lookup
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import problem_of

OTHER_PERSON = Words(
    "证件号码与户号 {number} 已登记的不同；请核对后在用户页面更正",
    "the customer {number} is known by another identity number; compare, and mend it on their page",
)
KNOWN_AS = Words(
    "此证件号码的用户已登记，户号 {number}", "who has this identity number is the customer {number} already"
)
OURS = Words(
    "“{number}”是本系统编号的形式，不能用作原户号；请加前缀",
    '"{number}" has the form that this program gives; put something before it',
)
ERASED = Words("该用户的个人信息已依法删除", "the personal data of this customer were erased")
RENAMES = Words(
    "户号 {number} 有有效协议，户名只能在用户页面写明原因后更正；换成另一用户的请办理过户",
    "the customer {number} has an agreement: correct the name on their page, with the reason; if "
    "another customer takes over, transfer the agreement",
)
TAKEN = Words("户号已被{owner}使用", "the number is that of a customer of {owner}")
TWICE = Words("证件号码与第 {row} 行相同", "the identity number is that of row {row}")


class Customers(RegisterKind):
    """Customers, nobody twice, by number or by document."""

    taken = TAKEN

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Customers by number; whose the documents are; who has an agreement."""
        present = super().existing(rows, job)
        for row in rows:
            self._know(row, present.get(self.key(row)), job)
        hashes = [lookup(row.get("identity")) for row in rows if row.get("identity")]
        known = Customer.objects.filter(organisation=job.organisation, identity_lookup__in=hashes)
        job.table("by document").update(
            ((document, bytes(hash_)), number)
            for document, hash_, number in known.values_list("document", "identity_lookup", "number")
        )
        supplied = Agreement.objects.filter(
            Q(in_force__endswith=None) | Q(in_force__endswith__gt=legal_day(job.at)),
            customer__in=[one.pk for one in present.values()],
        )
        job.table("supplied").update(supplied.values_list("customer_id", "number"))
        return present

    def _know(self, row: Candidate, present: Any, job: Job) -> None:
        """The number as its document has it; of a firm the document is its code."""
        kind = row.get("kind") or (present.kind if present is not None else CustomerKind.PERSON)
        document, number = row.get("document"), row.get("identity")
        if not (number or (kind == CustomerKind.FIRM and document)):
            return
        try:
            document, number = known_by(kind, document or Document.ID_CARD, number, on=legal_day(job.at))
            row.values |= {"document": document, "identity": number}
        except Refusal as refused:
            row.refuse(refused.field, problem_of(refused))

    def fits(self, row: Candidate, values: Mapping[str, Any], present: Any, job: Job) -> None:
        """A former number is none of ours; another name or document is said on the customer's page."""
        number = values["number"]
        if present is None and re.fullmatch(rf"{re.escape(job.organisation.short)}-\d+", number):
            row.refuse("number", OURS.fill(number=number))
        if present is not None and present.erased_on:
            row.refuse("number", ERASED)
        elif present is not None and values["name"] != present.name and present.pk in job.table("supplied"):
            row.refuse("name", RENAMES.fill(number=number))
        if row.get("identity"):
            self._is_nobody_else(row, present, job)

    def _is_nobody_else(self, row: Candidate, present: Any | None, job: Job) -> None:
        hash_ = lookup(row.get("identity"))
        known, here = (row.get("document"), hash_), job.table("documents in the file")
        owner = job.table("by document").get(known)
        if owner is not None and owner != self.key(row)[0]:
            row.refuse("identity", KNOWN_AS.fill(number=owner))
        elif present is not None and bytes(present.identity_lookup) not in (b"", hash_):
            row.refuse("identity", OTHER_PERSON.fill(number=present.number))
        elif known in here:
            row.refuse("identity", TWICE.fill(row=here[known]))
        elif not row.reasons:
            here[known] = row.number

    def build(self, row: Candidate, job: Job) -> Customer:
        """A customer with the former number."""
        one: Customer = super().build(row, job)
        one.created_at = job.at
        for name, value in _found_by(one).items():
            setattr(one, name, value)
        return one

    def implied(self, values: dict[str, Any]) -> dict[str, Any]:
        """A firm is known by its code."""
        is_firm = values.get("kind") == CustomerKind.FIRM
        return values | {"document": Document.CREDIT_CODE.value} if is_firm else values

    def change(self, present: Any, row: Candidate, columns: Sequence[str], job: Job) -> dict[str, Any]:
        """The columns that differ, and what the customer is found by."""
        was = _found_by(present)
        kept = super().change(present, row, columns, job)
        more = remembered(present, _found_by(present))
        return {"was": kept["was"] | was, "after": kept["after"] | {"name_key": more["after"]["name_key"]}}


def _found_by(one: Customer) -> dict[str, Any]:
    is_person = one.kind == CustomerKind.PERSON
    return {"name_key": sort_key(one.name, of_a_person=is_person), "pairs": searchable(one.name, one.number)}


CUSTOMERS_KIND = Customers(
    CUSTOMERS,
    key=("number",),
    says=Words(
        "个人和单位，户号沿用原系统。证件号码一列须为文本格式。",
        "People and firms with their former numbers. Format the identity column as text.",
    ),
)
