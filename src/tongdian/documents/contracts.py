"""What stands in the two agreements that customers sign."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from tongdian.documents.shapes import Equipment, Party, PrintedPaper


@dataclass(frozen=True, kw_only=True)
class MeterOnPaper:
    """A meter by which the use is counted."""

    kind: str  # 电能表、水表
    number: str
    model: str = ""
    multiplier: int = 1
    reading: str = ""  # 起始止数, with its unit
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class PrintedSignature:
    """How a side signed. An electronic signature says by which means, and what was signed."""

    name: str = ""
    at: dt.datetime | None = None
    means: str = ""  # 短信验证码, 手写签名
    content_hash: str = ""  # sha256 of the text that was shown
    picture: bytes = b""  # PNG of a handwritten signature
    proxy: str = ""  # 代签: for whom, why, and by which authorisation


@dataclass(frozen=True, kw_only=True)
class SupplyAgreement(PrintedPaper):
    """《水电供用协议》 between the school's utilities centre and a user (GXNU 8)."""

    template = "supply-agreement"

    supplier: Party
    customer: Party
    regulation: str  # under which regulation, with its number
    kind: str
    place: str
    purpose: str
    has_water: bool
    has_power: bool
    capacity_kw: Decimal | None
    meters: tuple[MeterOnPaper, ...]
    price_category: str
    deposit_fen: int
    payment: str  # when and how bills are paid
    from_on: dt.date
    last_on: dt.date | None  # None: until it is ended
    equipment: tuple[Equipment, ...] = ()
    further_terms: tuple[str, ...] = ()
    supplier_signature: PrintedSignature = PrintedSignature()
    customer_signature: PrintedSignature = PrintedSignature()


@dataclass(frozen=True, kw_only=True)
class LowVoltageContract(PrintedPaper):
    """低压供用电合同, which may be signed electronically (NEA task 21)."""

    template = "low-voltage-contract"

    supplier: Party
    customer: Party
    place: str
    customer_class: str  # 低压居民、低压非居民
    purpose: str
    capacity_kw: Decimal
    voltage: str
    supply_point: str
    boundary: str
    meters: tuple[MeterOnPaper, ...]
    price_category: str
    reading_cycle: str
    payment: str
    from_on: dt.date
    last_on: dt.date | None
    further_terms: tuple[str, ...] = ()
    supplier_signature: PrintedSignature = PrintedSignature()
    customer_signature: PrintedSignature = PrintedSignature()


@dataclass(frozen=True, kw_only=True)
class SignedText(PrintedPaper):
    """A text exactly as both sides were shown it, with the evidence of who signed it and how."""

    template = "signed-text"

    title: str
    paragraphs: tuple[str, ...]
    supplier: Party
    customer: Party
    supplier_signature: PrintedSignature = PrintedSignature()
    customer_signature: PrintedSignature = PrintedSignature()
