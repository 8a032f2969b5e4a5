"""Types as sheets write them: `kWh(2) 0..99999`, `date`, `instant`, `one_of(a, b)`."""

from __future__ import annotations

import re
from decimal import Decimal

from tongdian.policy.inputs import Input
from tongdian.policy.typed import fail
from tongdian.policy.types import Bool, Date, Ident, Instant, Num, Options, Place, Type
from tongdian.policy.units import Unit

_TYPE = re.compile(
    r"(?:(?P<plain>date|instant|bool|id|region)|one_of\((?P<options>[^()]*)\)|(?P<int>int)|(?P<unit>[A-Za-z0-9/*³²%]+)\((?P<scale>\d{1,2})\))"
    r"(?:\s+(?P<low>-?\d+(?:\.\d+)?)\.\.(?P<high>-?\d+(?:\.\d+)?))?\Z"
)
_PLAIN_TYPES: dict[str, Type] = {str(one): one for one in (Date(), Instant(), Bool(), Ident(), Place())}


def read_type(text: str, column: Input | None = None) -> Type:
    """A type with its range; `column` is that of the table it is read from. Raises LanguageError."""
    match = _TYPE.match(text.strip())
    if not match:
        raise fail(
            f"类型“{text}”写得不对",
            f'the type "{text}" is not well formed',
            "如 kWh(2) 0..99999、date、one_of(a, b)",
            "for example kWh(2) 0..99999, date, one_of(a, b)",
        )
    low, high = match["low"], match["high"]
    if match["plain"]:
        return _PLAIN_TYPES[match["plain"]]
    if match["options"] is not None:
        options = tuple(word.strip().strip('"') for word in match["options"].split(",") if word.strip())
        if not options or len(set(options)) < len(options):
            raise fail("选项要各不相同", "options must differ", "one_of(a, b)", "one_of(a, b)")
        return Options(options)
    scale = int(match["scale"] or 0)
    try:
        unit = Unit.parse(match["unit"]) if match["unit"] else Unit()
    except ValueError:
        raise fail(
            f"单位“{match['unit']}”写得不对",
            f'the unit "{match["unit"]}" is not well formed',
            "如 yuan/kWh",
            "for example yuan/kWh",
        ) from None
    if column is not None:
        known = column.value_type
        if not isinstance(known, Num) or known.unit != unit or known.scale != scale:
            raise fail(
                f"表里这一列是 {known}",
                f"the table's column is {known}",
                "写成一样的单位和小数位",
                "write the same unit and decimals",
            )
        if low is None:
            return known
    if low is None or Decimal(low) > Decimal(high):
        raise fail(
            "数要写范围", "a number needs a range", "如 kWh(2) 0..99999", "for example kWh(2) 0..99999"
        )
    if scale > 12:
        raise fail("小数位过多", "too many decimals", "至多 12 位", "12 at most")
    return Num(unit, scale, Decimal(low), Decimal(high)).checked()


def no_instant(kind: Type) -> Type:
    """The type of a key, of a default or of what a whole run has. Raises LanguageError."""
    if isinstance(kind, Instant):
        raise fail(
            "时刻不能作键，没有默认值，也不由一次计算给出",
            "an instant is no key, has no default, and is not given for a whole run",
            "用编号作键；每一行写明自己的时刻",
            "number the rows by a key of their own; each row states its instant",
        )
    return kind


def read_type_loosely(text: str) -> Type:
    """A type whose range is left to inference."""
    match = _TYPE.match(text.strip())
    if match and match["low"] is None and (match["unit"] or match["int"]):
        widest = Decimal(10) ** 25
        unit = Unit.parse(match["unit"]) if match["unit"] else Unit()
        return Num(unit, int(match["scale"] or 0), -widest, widest)
    return read_type(text)
