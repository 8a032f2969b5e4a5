"""What a number format makes of a figure: the units that it writes, the digits that it shows."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

UNITS: dict[str, tuple[str, ...]] = {
    "yuan": ("元", "yuan", "CNY", "RMB"),
    "kW": ("kW", "千瓦"),
    "kVA": ("kVA", "千伏安"),
    "kV": ("kV", "千伏"),
    "kWh": ("kWh", "千瓦时", "度"),
    "m³": ("m³", "立方米"),
}
"""How people write units. A unit that is not here is written as it is named."""
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|([¥元%])')
"""What a number format writes as it stands: "kW", \\k, [$¥-804]."""


@lru_cache(maxsize=256)
def named_in(number_format: str) -> frozenset[str]:
    """The units that a number format writes beside the figure, as ours are called; % too."""
    written = unicodedata.normalize("NFKC", number_format.split(";")[0])
    parts = ["".join(found).strip().casefold() for found in _LITERAL.findall(written)]
    literals = {*parts, "".join(parts)}
    found = {
        unit
        for unit, ways in UNITS.items()
        if not literals.isdisjoint(unicodedata.normalize("NFKC", way).casefold() for way in ways)
    }
    found |= {sign for sign, name in (("yuan", "¥"), ("%", "%")) if any(name in part for part in parts)}
    return frozenset(found)


def shows_all(number_format: str, value: Decimal) -> bool:
    """Whether a number format shows the number that the cell holds, to its last decimal."""
    parts = number_format.split(";")
    place = 1 if value < 0 else 2 if value == 0 else 0
    part = parts[place] if place < min(len(parts), 3) else parts[0]
    bare = _LITERAL.sub("", re.sub(r"_.|\*.", "", part))
    bare = re.sub(r"\[[^\[\]]*\]", "", bare).strip()
    if value == 0 or bare.casefold() in ("general", "@", ""):
        return True
    decimals = bare.partition(".")[2]
    places = len(decimals) - len(decimals.lstrip("0#?"))
    if "e" in bare.casefold():
        return Decimal(f"{value:.{places}e}") == value
    if "/" in bare or re.search(r"[0#?],+(?:[^0#?,]|$)", bare):
        return "/" in bare and value == int(value)  # a comma behind the digits leaves thousands out
    exponent = value.as_tuple().exponent  # not rounded: a number may have more digits than arithmetic keeps
    return not isinstance(exponent, int) or -exponent <= places or round(value, places) == value


@lru_cache(maxsize=256)
def digits_of(number_format: str) -> int | None:
    """How many digits a number format shows at least; None where it shows anything else than digits."""
    first = re.sub(r"\[[A-Za-z]+[0-9]*\]|_.|\*.", "", number_format.split(";")[0]).strip()
    if first.casefold() in ("general", "@", ""):
        return 1
    digits = re.fullmatch(r"[#,]*(0[0,]*)?(?:\.0+)?", first)
    return None if digits is None else max(1, (digits[1] or "").count("0"))
