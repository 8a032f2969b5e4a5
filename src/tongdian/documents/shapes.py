"""What stands in each form, receipt and notice.

Texts are printed as they are given, never read as markup. Days are dates; money is whole fen.
Personal numbers come masked: a paper lies on counters. `None` and "" leave a line to fill by hand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Hotline:
    """A number that stands at the foot of every paper (NEA indicator 19: both, to the same)."""

    name: str  # 能源监管热线
    number: str  # 12398


@dataclass(frozen=True, kw_only=True)
class PrintedPaper:
    """What every paper has: its number, who issues it and when."""

    template: ClassVar[str]

    number: str
    issuer: str
    issued_on: dt.date | None = None
    hotlines: tuple[Hotline, ...] = ()
    is_demo: bool = False  # printed across every page


@dataclass(frozen=True, kw_only=True)
class Party:
    """A side of a contract, or an applicant."""

    name: str
    identity: str = ""  # masked identity number, or the unified social credit code of a firm
    contact: str = ""  # of a firm, who speaks for it
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """One kind of device that will be connected."""

    name: str
    count: int
    power_kw: Decimal  # of each


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What an office wrote on a form; empty words leave room to write."""

    office: str
    words: str = ""
    by: str = ""
    on: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalForm(PrintedPaper):
    """《用水用电审批表》, which construction, shop and other users hand in (GXNU 8)."""

    template = "approval-form"

    applicant: Party
    kind: str  # 施工用户、商业用户、其他用户
    place: str
    purpose: str
    wants_water: bool
    wants_power: bool
    capacity_kw: Decimal | None = None
    pipe_mm: int | None = None
    from_on: dt.date | None = None
    last_on: dt.date | None = None  # the last day of use, inclusive
    equipment: tuple[Equipment, ...] = ()
    attached: tuple[str, ...] = ()
    opinions: tuple[Opinion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReceivedPaper:
    """One paper as it was taken in."""

    name: str
    copies: int
    kind: str = ""  # 原件、复印件、电子件
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class PapersReceipt(PrintedPaper):
    """材料接收回执: what was handed in, by whom, and when an answer is due."""

    template = "papers-receipt"

    case: str  # the number of the case
    business: str
    applicant: str
    place: str
    papers: tuple[ReceivedPaper, ...]
    received_by: str
    handed_in_by: str = ""
    due_on: dt.date | None = None
    limit: str = ""  # "3 个工作日"
    track: str = ""  # how to follow it: an address, a counter


@dataclass(frozen=True, kw_only=True)
class RefundVoucher(PrintedPaper):
    """退还电费领款单 (article 15(1)): what was compared, the sum, and who signs, in the order of the article;
    a signature that is not there yet is room to sign."""

    template = "refund-voucher"

    case: str
    applicant: str
    place: str
    figures: tuple[tuple[str, str], ...]  # what was compared: title, value with its unit
    amount_fen: int
    signatures: tuple[PrintedSigner, ...]
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PrintedSigner:
    """Who signed, or is to sign, as what and when."""

    role: str
    name: str = ""
    on: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class MissingPaper:
    """What is missing or must be mended."""

    name: str
    what_is_wrong: str
    how_to_mend: str = ""
    cite: str = ""


@dataclass(frozen=True, kw_only=True)
class MissingPapers(PrintedPaper):
    """一次性告知书, everything at once; or 补正通知 where papers were handed in already."""

    template = "missing-papers"

    case: str
    business: str
    applicant: str
    papers: tuple[MissingPaper, ...]
    is_correction: bool = False
    due_on: dt.date | None = None  # until when they can be handed in
    cites: tuple[str, ...] = ()
    office: str = ""  # where and when to bring them


@dataclass(frozen=True, kw_only=True)
class IssuedNotice(PrintedPaper):
    """A notice that one office gives the others, such as that of a move: what of whom, and where."""

    template = "issued-notice"

    title: str
    title_en: str
    case: str
    business: str
    applicant: str
    place: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PostedDay:
    """A day of a place on a notice sheet: when it is open, in words, by which articles; `is_rest` is a day of rest,
    `remark` what is otherwise that day: a permit, a stop."""

    day: dt.date
    weekday: str
    is_rest: bool
    hours: str
    cite: str
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class PostedTimetable:
    """One timetable of a place through the days of a notice sheet."""

    title: str
    days: tuple[PostedDay, ...]


@dataclass(frozen=True, kw_only=True)
class SupplyHoursSheet(PrintedPaper):
    """供电供水时间告示: when a place is supplied and may be used, for its door; `exceptions` are the permits and stops of
    the days; `code` is the QR code of the page that is always as things stand."""

    template = "supply-hours"

    place: str
    first_on: dt.date
    last_on: dt.date
    timetables: tuple[PostedTimetable, ...]
    exceptions: tuple[str, ...]
    address: str
    code: bytes


@dataclass(frozen=True, kw_only=True)
class PaidFor:
    """What a payment, or a part of it, went to."""

    name: str
    sum_fen: int
    cite: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentReceipt(PrintedPaper):
    """收款收据: that money was taken, of whom and what for."""

    template: ClassVar[str] = "payment-receipt"

    account: str
    customer: str
    place: str
    payer: str
    means: str  # in cash, or into which bank account
    lines: tuple[PaidFor, ...]
    total_fen: int
    cashier: str
    note: str = ""
    taken_back: str = ""  # when and why, of one that no longer counts


@dataclass(frozen=True, kw_only=True)
class SettlementCertificate(PrintedPaper):
    """施工水电费结清证明 (article 48): for which payment of which contract, of which time and how much was
    paid; two offices seal it. `is_of_all`: it speaks of every project of the applicant's."""

    template = "settlement-certificate"

    case: str
    applicant: str
    place: str
    contract: str
    payment: str
    period_from: dt.date
    period_to: dt.date
    amount_fen: int
    offices: tuple[str, ...]
    is_of_all: bool = False
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GuideStep:
    """One step of a service: who does it, and in how many days at most."""

    name: str
    who: str
    limit: str = ""  # "3 个工作日"
    cite: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceGuide(PrintedPaper):
    """办事一次性告知书: everything an applicant needs to know before applying."""

    template = "service-guide"

    business: str
    note: str
    papers: tuple[str, ...]
    is_closed: bool  # nothing else may be asked for
    papers_cite: str
    steps: tuple[GuideStep, ...]
    totals: tuple[GuideStep, ...]
    fees: tuple[tuple[str, str], ...]  # what, and how much by which basis
    apply_at: str
    cites: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RefusalNotice(PrintedPaper):
    """不予同意告知书: what was refused, why, by which article, and what can be done."""

    template = "refusal-notice"

    case: str
    business: str
    applicant: str
    place: str
    applied_on: dt.date
    reasons: tuple[str, ...]
    cites: tuple[str, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SupplyPlanReply(PrintedPaper):
    """供电方案答复单: from where, at which voltage, who pays for what, and until when it holds."""

    template = "supply-plan-reply"

    case: str
    customer: Party
    place: str
    business: str
    capacity_kw: Decimal
    voltage: str  # 220 V、380 V、10 kV
    sources: tuple[str, ...]  # feeder or transformer of each line, one for single, two for dual
    connection_point: str
    boundary: str  # 产权分界点
    metering: str
    price_category: str
    supplier_invests: str
    customer_invests: str
    last_on: dt.date  # the reply holds until the end of this day
    remarks: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PrintedStage:
    """One stage that was done."""

    name: str
    whose: str  # whose time it was: 供电企业、客户、政府
    began_on: dt.date
    ended_on: dt.date
    used: str  # "2 个工作日"
    limit: str = ""
    cite: str = ""
    is_late: bool = False


@dataclass(frozen=True, kw_only=True)
class CompletionNotice(PrintedPaper):
    """办结通知单: every step, the days used against the limits."""

    template = "completion-notice"

    case: str
    business: str
    applicant: str
    place: str
    applied_on: dt.date
    completed_on: dt.date
    outcome: str
    steps: tuple[PrintedStage, ...]
    total_used: str
    total_limit: str = ""
    suspended: str = ""  # how long it did not count, and why
    rate_at: str = ""  # where to rate it


@dataclass(frozen=True, kw_only=True)
class TemporaryPermit(PrintedPaper):
    """临时用水用电许可: what, where, from when to when, on which conditions."""

    template = "temporary-permit"

    holder: Party
    place: str
    purpose: str
    wants_water: bool
    wants_power: bool
    capacity_kw: Decimal | None
    from_on: dt.date
    last_on: dt.date
    conditions: tuple[str, ...]
    responsible: str = ""  # who answers for safety on the spot
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BillPaperLine:
    """A line of a bill: what for, of which meter and days, its figures, quantity × price = sum."""

    name: str
    meter: str
    first_on: dt.date
    last_on: dt.date
    before: str
    now: str
    multiplier: str
    quantity: str
    price: str
    sum_fen: int


@dataclass(frozen=True, kw_only=True)
class BillPaper(PrintedPaper):
    """水电费收费清单 (GXNU 19): every line, when it is to be paid, and how long one may object."""

    template = "bill-paper"

    account: str
    customer: str
    place: str
    from_on: dt.date
    last_on: dt.date
    due_on: dt.date
    lines: tuple[BillPaperLine, ...]
    total_fen: int
    cites: tuple[str, ...]
    check: str  # number and content hash
    code: bytes  # the QR code with which the paper is verified, as PNG
    follows: tuple[str, ...] = ()  # what else is supplied there and is billed later
    corrects: str = ""  # the bill that it takes the place of
    corrected_fen: int = 0  # which asked for so much
    reason: str = ""
    is_example: bool = False
    is_cancelled: bool = False
