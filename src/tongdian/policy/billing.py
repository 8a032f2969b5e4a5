"""What pack.yaml says under `uses: billing:`: which sheet bills which supply, what of the supply it is
given, and which of its lines stand on the bill.

The program knows a supply and its metered stretches (`OF_A_BILL`, `OF_A_STRETCH`); what of that a sheet
asks for, and how it calculates, is the pack's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from tongdian.policy.reading import Bilingual, Id, Model, Name, Texts, YamlNode
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

# Of the supply: its price category and class as the agreement says; the office by its short name, as the
# pack calls it; the day of the last reading; how many months of the tier year the customer has lived there.
OF_A_BILL = frozenset({"category", "class", "office", "read_on", "months"})
# Of a stretch between two readings, within which no price changes: its key; its first and last day; the two
# figures and the multiplier; what was used; its tier year, and what was used in that before this bill.
OF_A_STRETCH = frozenset(
    {"key", "first", "last", "before", "now", "multiplier", "used", "tier_year", "used_before"}
)


class BilledLine(Model):
    """What stands on the bill as one line of each row of a grain: quantity × price = amount, or the amount
    alone. One whose quantity and amount are nothing is left out."""

    grain: Name
    title: Bilingual
    amount: Name
    quantity: Name | None = None
    price: Name | None = None


class BillingSheet(Model):
    """The sheet that bills a utility to some price categories (none named: to all). `given` and
    `stretch_given` name its inputs and what each is given; stretches are rows of the grain `stretch`."""

    rule: Id
    utility: Literal["power", "water"]
    categories: Texts = ()
    given: dict[Name, Name] = {}
    stretch: Name
    stretch_given: dict[Name, Name]
    lines: tuple[BilledLine, ...]


class Objection(Model):
    """The rule of the last days of an objection: its input `day` is when the bill reached the customer, or
    the objection the office; `published` the day of the bill and `payslip` whether the customer is told by
    payslip, where it asks for them; `objects` and `settles` are what else it is given for the one and the
    other. `silence` is the table of what being late does (columns `step`, `confirms`)."""

    rule: Id
    day: Name
    published: Name | None = None
    payslip: Name | None = None
    silence: Id | None = None
    objects: dict[Name, str] = {}
    settles: dict[Name, str] = {}


class Billing(Model):
    """How this pack bills. `offices` say what a sheet calls an office, by its short name; a bill whose
    readings come to `hold_from` points of findings waits for a second person. `class` is the rule of the
    class that charges are reported in (inputs `category`, `card`)."""

    sheets: tuple[BillingSheet, ...]
    offices: dict[str, str] = {}
    objection: Objection | None = None
    hold_from: int | None = None
    charge_class: Id | None = Field(default=None, alias="class")

    def sheet(self, utility: str, category: str) -> BillingSheet | None:
        """The sheet for a supply."""
        for one in self.sheets:
            if one.utility == utility and (not one.categories or category in one.categories):
                return one
        return None


def check_billing(pack: Pack, written: YamlNode) -> None:
    """Raise PackError where a sheet that bills does not take what it is given, or has no such line."""
    billing = pack.head.uses.billing
    if billing is None:
        return
    if billing.objection is not None and billing.objection.rule not in pack.rules:
        raise _error(written, billing.objection.rule, ("objection", "rule"))
    for at, one in enumerate(billing.sheets):
        here = ("sheets", at)
        rule = pack.rules.get(one.rule)
        if rule is None or rule.kind != "sheet":
            raise _error(written, one.rule, (*here, "rule"))
        for version in rule.versions:
            sheet = rule.sheet(pack, version, rule.takings(pack, version)[0])  # type: ignore[attr-defined]
            grains = sheet.grains
            root = {item.name for item in sheet.root.inputs}
            if one.stretch not in grains:
                raise _error(written, one.stretch, (*here, "stretch"))
            rows = {item.name for item in grains[one.stretch].inputs}
            for name in sorted(set(one.given) - root):
                raise _error(written, name, (*here, "given", name))
            for name in sorted(set(one.given.values()) - OF_A_BILL):
                raise _unknown(written, name, OF_A_BILL, (*here, "given"))
            for name in sorted(set(one.stretch_given) - rows):
                raise _error(written, name, (*here, "stretch_given", name))
            for name in sorted(set(one.stretch_given.values()) - OF_A_STRETCH):
                raise _unknown(written, name, OF_A_STRETCH, (*here, "stretch_given"))
            for number, line in enumerate(one.lines):
                for part in (line.quantity, line.price, line.amount):
                    if part is not None and sheet.where.get(part) != line.grain:
                        raise _error(written, part, (*here, "lines", number))


def _error(written: YamlNode, name: str, loc: tuple[str | int, ...]) -> Exception:
    return written.error(
        Words(f"没有“{name}”", f'there is no "{name}"'),
        Words("写规则、输入或行的名称", "write the name of a rule, an input or a line"),
        loc=("uses", "billing", *loc),
    )


def _unknown(written: YamlNode, name: str, known: frozenset[str], loc: tuple[str | int, ...]) -> Exception:
    return written.error(
        Words(f"不知道什么是“{name}”", f'nobody knows what "{name}" is'),
        Words(f"写 {'、'.join(sorted(known))} 之一", f"write one of {', '.join(sorted(known))}"),
        loc=("uses", "billing", *loc),
    )
