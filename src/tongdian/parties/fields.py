"""What is asked of a customer, and what of it a viewer is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tongdian.parties.numbers import masked_identity, masked_name
from tongdian.parties.rules import CustomerKind, Document
from tongdian.parties.telephones import checked_phone, masked_phone
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import ANYWHERE, Fields, Scope
from tongdian.registers.kept import Kept
from tongdian.registers.sorts import Code, Selection, Text
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import Cell


class NameMissing(Refusal):
    """An organisation, a person or who signs without a name."""

    says = Words("请填写名称或姓名。", "Give a name.")
    field = "name"


class NotAnEmail(Refusal):
    """What is no address of e-mail."""

    says = Words("“{value}”不是电子邮箱", '"{value}" is no e-mail address')
    field = "email"


def checked_email(text: str) -> str:
    """The address. Raises NotAnEmail."""
    try:
        validate_email(text.strip())
    except ValidationError:
        raise NotAnEmail(value=text) from None
    return text.strip()


def is_open(customer: Any, viewer: Any) -> bool:
    """Whether a viewer reads the name: a firm's is public, nothing is left of who was erased."""
    if customer.kind == CustomerKind.FIRM or customer.erased_on:
        return True
    return bool(viewer.has_perm("parties.read_customer_names", customer.organisation))


@dataclass(frozen=True)
class Personal(Text):
    """A text about a person, masked to who does not work with customers."""

    secret: bool = field(default=True, kw_only=True)
    mask: Callable[[str], str] = field(default=lambda text: "", kw_only=True)

    def shown(self, thing: Any, scope: Scope) -> str:
        """The text, or masked."""
        text = str(self.value_of(thing))
        return text if is_open(thing, scope.viewer) else self.mask(text)


@dataclass(frozen=True)
class Name(Personal):
    """What somebody is called."""

    def checked(self, value: Any, scope: Scope = ANYWHERE) -> str:
        """The name. Raises NameMissing."""
        if not str(value or "").strip():
            raise NameMissing
        return str(super().checked(value, scope))


@dataclass(frozen=True)
class Identity(Kept):
    """The number of a document. Which numbers it has is looked at by the action, which knows it."""

    def shown(self, thing: Any, scope: Scope) -> str:
        """Masked; a firm's code is public."""
        return self.value_of(thing) if thing.kind == CustomerKind.FIRM else super().shown(thing, scope)

    def of_cell(self, cell: Cell) -> str:
        """A number that Excel has not changed."""
        return cells.code(cell, most=self.most)


NUMBER = Code(
    "number",
    Words("户号", "Customer number"),
    most=24,
    check=str.upper,
    example="100023",
    api="given by the program",
)
CUSTOMER = Fields(
    Selection(
        "kind",
        Words("个人或单位", "Person or firm"),
        of=CustomerKind,
        default=CustomerKind.PERSON.value,
        fixed=True,
        radio=True,
        example="个人",
    ),
    Name("name", Words("姓名或名称", "Name"), mask=masked_name, example="王小明"),
    Selection(
        "document",
        Words("证件类型", "Document"),
        of=Document,
        default=Document.ID_CARD.value,
        secret=True,
        example="居民身份证",
        api="whose number `identity` is; of a firm always its credit code",
    ),
    Identity(
        "identity",
        Words("证件号码或统一社会信用代码", "Number of the document, or credit code"),
        column=Words("身份证号或统一社会信用代码", "Identity or credit code"),
        optional=True,
        most=40,
        mask=masked_identity,
        example="11010519491231002X",
        note=Words("表格中单元格格式须为文本", "in a spreadsheet, format the cell as text"),
        api="masked in answers; a firm's credit code is public and whole",
    ),
    Kept(
        "phone",
        Words("电话", "Phone"),
        optional=True,
        most=40,
        mask=masked_phone,
        check=checked_phone,
        example="13800000000",
        note=Words(
            "手机，或带区号的座机，如 0773-5846000-8012",
            "a mobile, or a fixed line with its area code, such as 0773-5846000-8012",
        ),
        api="masked in answers",
    ),
    Personal(
        "contact",
        Words("联系人", "Contact"),
        optional=True,
        most=60,
        note=Words("单位填写", "whom to ask for, of a firm"),
    ),
    Personal("email", Words("电子邮箱", "E-mail"), optional=True, most=254, check=checked_email),
    Personal("address", Words("通信地址", "Postal address"), optional=True, lines=True, most=200),
)
REASON = Text(
    "reason",
    Words("更正户名的原因", "Why the name is corrected"),
    optional=True,
    most=200,
    of_the_deed=True,
    note=Words(
        "只在更正户名时填写；换成另一用户的，请办理过户。",
        "Only for another name. If another customer takes over, transfer instead.",
    ),
    api="asked for with another name",
)
