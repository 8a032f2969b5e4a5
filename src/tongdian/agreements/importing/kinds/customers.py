"""Customers, by the number that the former system gave them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from pypinyin import lazy_pinyin

from tongdian.agreements.importing.columns import Column, choice, code, identity, phone, text
from tongdian.agreements.importing.kinds.kind import Candidate, Job, Kind, remembered
from tongdian.agreements.models import Agreement
from tongdian.calendar import legal_day
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.numbers import checked_credit_code, checked_identity, masked_identity, masked_phone
from tongdian.parties.queries import searchable
from tongdian.personal import decrypt, encrypt, lookup
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

KINDS = {"person": Words("个人", "person"), "firm": Words("单位", "firm")}
NOT_AN_ADDRESS = Words("“{value}”不是电子邮箱", '"{value}" is no e-mail address')
OTHER_PERSON = Words(
    "证件号码与户号 {number} 已登记的不同；请核对后在用户页面更正",
    "the customer {number} is known by another identity number; compare, and mend it on their page",
)
KNOWN_AS = Words(
    "此证件号码的用户已登记，户号 {number}", "who has this identity number is the customer {number} already"
)
TAKEN = Words("户号已被{owner}使用", "the number is that of a customer of {owner}")
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
TWICE = Words("证件号码与第 {row} 行相同", "the identity number is that of row {row}")
BINARY = ("identity", "identity_lookup", "phone", "phone_lookup")


class Customers(Kind):
    """A customer a row."""

    name = "customers"
    title = Words("用户", "Customers")
    says = Words(
        "个人和单位，户号沿用原系统。证件号码一列须为文本格式。",
        "People and firms with their former numbers. Format the identity column as text.",
    )
    model = Customer

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """Number, kind, name and what is known of them."""
        return (
            Column(
                name="number",
                title=Words("户号", "Customer number"),
                takes=code,
                required=True,
                most=24,
                example="100023",
            ),
            Column(
                name="kind",
                title=Words("个人或单位", "Person or firm"),
                takes=choice,
                required=True,
                choices=KINDS,
                example="个人",
            ),
            Column(
                name="name", title=Words("姓名或名称", "Name"), takes=text, required=True, example="王小明"
            ),
            Column(
                name="identity",
                title=Words("身份证号或统一社会信用代码", "Identity or credit code"),
                takes=identity,
                secret=True,
                most=30,
                example="11010519491231002X",
                note=Words("单元格格式须为文本", "format the cell as text"),
            ),
            Column(
                name="phone",
                title=Words("电话", "Phone"),
                takes=phone,
                secret=True,
                most=30,
                example="13800000000",
            ),
            Column(name="contact", title=Words("联系人", "Contact"), takes=text, most=60),
            Column(name="email", title=Words("电子邮箱", "E-mail"), takes=text),
            Column(name="address", title=Words("通信地址", "Postal address"), takes=text, most=200),
        )

    def key(self, row: Candidate) -> str:
        """Their number."""
        return row.get("number").upper()

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Customers by number, and whose the identity numbers are."""
        for row in rows:
            self._check_identity(row)
        hashes = [lookup(row.get("identity")) for row in rows if row.get("identity")]
        known = Customer.objects.filter(
            organisation=job.organisation, identity_lookup__in=hashes
        ).values_list("identity_lookup", "number")
        job.table("by identity").update((bytes(hash_), number) for hash_, number in known)
        numbers = {self.key(row) for row in rows}
        found = Customer.objects.filter(number__in=numbers).select_related("organisation")
        supplied = Agreement.objects.filter(
            Q(in_force__endswith=None) | Q(in_force__endswith__gt=legal_day(job.at)),
            customer__number__in=numbers,
        )
        job.table("supplied").update(supplied.values_list("customer__number", "number"))
        return {one.number: one for one in found}

    def _check_identity(self, row: Candidate) -> None:
        if not row.get("identity"):
            return
        check = checked_credit_code if row.get("kind") == "firm" else checked_identity
        try:
            row.values["identity"] = check(row.get("identity"))
        except Refusal as refusal:
            row.refuse("identity", refusal.words)

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Nobody is entered twice, by number or by identity number."""
        if present is not None and present.organisation_id != job.organisation.pk:
            row.refuse("number", TAKEN.fill(owner=present.organisation.name))
            return
        if present is not None and present.erased_on:
            row.refuse("number", ERASED)
        if present is None and re.fullmatch(rf"{re.escape(job.organisation.short)}-\d+", self.key(row)):
            row.refuse("number", OURS.fill(number=self.key(row)))
        if present is not None and present.kind != row.get("kind"):
            row.refuse("kind", OTHER_PERSON.fill(number=present.number))
        if present is not None and row.get("name") not in ("", present.name):
            self._is_not_supplied(row, present, job)
        if row.get("email"):
            try:
                validate_email(row.get("email"))
            except ValidationError:
                row.refuse("email", NOT_AN_ADDRESS.fill(value=row.get("email")))
        if row.get("identity"):
            self._is_nobody_else(row, present, job)

    def _is_not_supplied(self, row: Candidate, present: Any, job: Job) -> None:
        if present.number in job.table("supplied"):
            row.refuse("name", RENAMES.fill(number=present.number))

    def _is_nobody_else(self, row: Candidate, present: Any | None, job: Job) -> None:
        hash_ = lookup(row.get("identity"))
        owner = job.table("by identity").get(hash_)
        if owner is not None and owner != self.key(row):
            row.refuse("identity", KNOWN_AS.fill(number=owner))
        elif present is not None and bytes(present.identity_lookup) not in (b"", hash_):
            row.refuse("identity", OTHER_PERSON.fill(number=present.number))
        elif hash_ in job.table("identities in the file"):
            row.refuse("identity", TWICE.fill(row=job.table("identities in the file")[hash_]))
        elif not row.reasons:
            job.table("identities in the file")[hash_] = row.number

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """Everything but number and kind may change; personal numbers are shown masked."""
        for name in ("name", "contact", "email", "address"):
            if row.get(name) and row.get(name) != getattr(present, name):
                yield name, getattr(present, name), row.get(name)
        if row.get("identity") and not present.identity_lookup:
            yield "identity", "", masked_identity(row.get("identity"))
        if row.get("phone") and lookup(row.get("phone")) != bytes(present.phone_lookup):
            was = decrypt(present.phone)
            yield "phone", masked_phone(was) if was else "", masked_phone(row.get("phone"))

    def _fields(self, row: Candidate, columns: Iterable[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name in columns:
            value = row.get(name)
            if name in ("identity", "phone"):
                if value:
                    fields |= {name: encrypt(value), f"{name}_lookup": lookup(value)}
            else:
                fields[name] = value
        if "name" in fields:
            fields["name_key"] = " ".join(lazy_pinyin(fields["name"]))[:200]
        return fields

    def build(self, row: Candidate, job: Job) -> Customer:
        """A customer with the former number."""
        names = ("kind", "name", "identity", "phone", "contact", "email", "address")
        number = self.key(row)
        return Customer(
            organisation=job.organisation,
            number=number,
            created_at=job.at,
            pairs=searchable(row.get("name"), number),
            **self._fields(row, names),
        )

    def change(self, present: Any, row: Candidate, columns: Sequence[str], job: Job) -> dict[str, Any]:
        """The columns that differ, and what the customer is found by."""
        was = searchable(present.name, present.number)
        kept = remembered(present, self._fields(row, columns))
        kept["was"]["pairs"] = was
        present.pairs = searchable(present.name, present.number)
        return kept

    def revived(self, name: str, value: Any) -> Any:
        """Encrypted fields are kept in hex."""
        return bytes.fromhex(value or "") if name in BINARY else value
