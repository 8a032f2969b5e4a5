"""Customers, by the number that the former system gave them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from tongdian.agreements.importing.kinds.kind import Asked, Candidate, Fate, Job, Said, remembered
from tongdian.agreements.importing.kinds.registers import RegisterKind
from tongdian.agreements.models import Agreement, Import, ImportRow
from tongdian.calendar import legal_day
from tongdian.parties.actions.customers import RenamedWithoutReason, addresses_of, known_by, tell_of_name
from tongdian.parties.actions.privacy import Consented, PaperConsentMissing, check_consent
from tongdian.parties.models import Consent, Customer
from tongdian.parties.privacy import notice_on
from tongdian.parties.queries import looked_up
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

    def asks(self, rows: Any) -> Asked:
        """A consent for the identity numbers of people, a reason for other names: as on the page."""
        has_number = Q(fate=Fate.NEW, cells__has_key="identity") & ~Q(cells__identity="")
        numbers = rows.filter(has_number | Q(fate=Fate.CHANGED, changes__contains=[["identity"]]))
        of_people = numbers.exclude(values__document=Document.CREDIT_CODE.value)
        renamed = rows.filter(fate=Fate.CHANGED, changes__contains=[["name"]]).order_by("number").first()
        was = next((was for name, was, _ in renamed.changes if name == "name"), "") if renamed else ""
        return Asked(consent=of_people.exists(), renamed=was)

    def must_be_said(self, rows: Any, said: Said, at: datetime) -> None:
        """Raises PaperConsentMissing, ConsentMissing, IdentityConsentMissing, RenamedWithoutReason."""
        asked = self.asks(rows)
        if asked.renamed and not said.reason:
            raise RenamedWithoutReason(name=asked.renamed)
        if asked.consent and said.consented is None:
            raise PaperConsentMissing(version=notice_on(legal_day(at)).version)
        if asked.consent:
            check_consent(said.consented, takes_identity=True, at=at)

    def store(self, rows: Sequence[tuple[Candidate, ImportRow]], job: Job) -> None:
        """With the consent of everybody whose number is new; who has another name is told."""
        super().store(rows, job)
        consenting, renamed = job.found.pop("consenting", []), job.found.pop("renamed", [])
        said = job.said.consented
        if consenting:
            assert said is not None  # asked for before anything was stored
            _keep_consents(consenting, said, job, is_withdrawn=False)
        for one, reached, was in renamed:
            tell_of_name(one, reached, was, job.said.reason, job.at)

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """The consents that it kept are withdrawn: their table only grows."""
        super().undo(rows, made, job)
        kept = Consent.objects.filter(
            customer__in=[row.subject for row in rows],
            at=rows[0].brought_by.confirmed_at or job.at,
            door=Consent.Door.PAPER,
        )
        ids: dict[Consented, list[UUID]] = {}
        for one in kept.filter(is_withdrawn=False):
            ids.setdefault(Consented(one.version, one.identity, one.door), []).append(one.customer_id)
        for said, whose in ids.items():
            _keep_consents(whose, said, job, is_withdrawn=True)

    def ignores(self, model: Any) -> bool:
        """Consents that the import kept itself hold nobody; see `dependants`."""
        return model is Consent

    def dependants(self, ids: Sequence[Any], made: set[UUID]) -> list[str]:
        """Consents given otherwise count too."""
        found = super().dependants(ids, made)
        brought = Import.objects.filter(rows__subject__in=ids, rows__fate=Fate.NEW).distinct()
        own = Q(at__in=brought.values("confirmed_at"), door=Consent.Door.PAPER)
        count = Consent.objects.filter(customer__in=ids).exclude(own).count()
        return [*found, f"{Consent._meta.verbose_name_plural} ({count})"] if count else found

    def build(self, row: Candidate, job: Job) -> Customer:
        """A customer with the former number."""
        one: Customer = super().build(row, job)
        _note_consent(one, row, job)
        one.created_at = job.at
        for name, value in looked_up(one).items():
            setattr(one, name, value)
        return one

    def implied(self, values: dict[str, Any]) -> dict[str, Any]:
        """A firm is known by its code."""
        is_firm = values.get("kind") == CustomerKind.FIRM
        return values | {"document": Document.CREDIT_CODE.value} if is_firm else values

    def change(self, present: Any, row: Candidate, columns: Sequence[str], job: Job) -> dict[str, Any]:
        """The columns that differ, and what the customer is found by."""
        was = looked_up(present)
        if "name" in columns:
            job.found.setdefault("renamed", []).append((present, addresses_of(present), present.name))
        if "identity" in columns:
            _note_consent(present, row, job)
        kept = super().change(present, row, columns, job)
        more = remembered(present, looked_up(present))
        was["phone_tail"] = more["was"]["phone_tail"]
        told = {name: more["after"][name] for name in ("name_key", "phone_tail")}
        return {"was": kept["was"] | was, "after": kept["after"] | told}


def _note_consent(one: Customer, row: Candidate, job: Job) -> None:
    if row.get("identity") and one.kind == CustomerKind.PERSON:
        job.found.setdefault("consenting", []).append(one.pk)


def _keep_consents(whose: Sequence[UUID], said: Consented, job: Job, *, is_withdrawn: bool) -> None:
    Consent.objects.bulk_create(
        Consent(
            customer_id=one,
            version=said.version,
            identity=said.identity,
            door=said.door,
            is_withdrawn=is_withdrawn,
            by=job.viewer.actor,
            at=job.at,
        )
        for one in whose
    )


CUSTOMERS_KIND = Customers(
    CUSTOMERS,
    key=("number",),
    says=Words(
        "个人和单位，户号沿用原系统。证件号码一列须为文本格式。",
        "People and firms with their former numbers. Format the identity column as text.",
    ),
)
