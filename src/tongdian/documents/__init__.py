"""Papers as offices print them: `render(Paper(…))` gives a PDF.

    >>> from tongdian.documents import PapersReceipt, render
    >>> pdf = render(PapersReceipt(number="…", …))

What stands in each paper is a dataclass of `shapes`, `contracts`, `returns` or `letters`; how it looks is a typst
template of the same name in `templates/`. Plain Python: no Django, no database, no clock.
"""

from tongdian.documents.contracts import (
    LowVoltageContract,
    MeterOnPaper,
    PrintedSignature,
    SignedText,
    SupplyAgreement,
)
from tongdian.documents.letters import FactOnPaper, FindingOnPaper, OfficialLetter
from tongdian.documents.printing import render, render_pictures, unprintable
from tongdian.documents.returns import ReturnColumnOnPaper, ReturnGroupOnPaper, ReturnPaper
from tongdian.documents.shapes import (
    ApprovalForm,
    BillPaper,
    BillPaperLine,
    CompletionNotice,
    Equipment,
    GuideStep,
    Hotline,
    IssuedNotice,
    MissingPaper,
    MissingPapers,
    Opinion,
    PaidFor,
    PapersReceipt,
    Party,
    PaymentReceipt,
    PostedDay,
    PostedTimetable,
    PrintedPaper,
    PrintedSigner,
    PrintedStage,
    ReceivedPaper,
    RefundVoucher,
    RefusalNotice,
    ServiceGuide,
    SettlementCertificate,
    SupplyHoursSheet,
    SupplyPlanReply,
    TemporaryPermit,
)

__all__ = [
    "ApprovalForm",
    "BillPaper",
    "BillPaperLine",
    "CompletionNotice",
    "Equipment",
    "FactOnPaper",
    "FindingOnPaper",
    "GuideStep",
    "Hotline",
    "IssuedNotice",
    "LowVoltageContract",
    "MeterOnPaper",
    "MissingPaper",
    "MissingPapers",
    "OfficialLetter",
    "Opinion",
    "PaidFor",
    "PapersReceipt",
    "Party",
    "PaymentReceipt",
    "PostedDay",
    "PostedTimetable",
    "PrintedPaper",
    "PrintedSignature",
    "PrintedSigner",
    "PrintedStage",
    "ReceivedPaper",
    "RefundVoucher",
    "RefusalNotice",
    "ReturnColumnOnPaper",
    "ReturnGroupOnPaper",
    "ReturnPaper",
    "ServiceGuide",
    "SettlementCertificate",
    "SignedText",
    "SupplyAgreement",
    "SupplyHoursSheet",
    "SupplyPlanReply",
    "TemporaryPermit",
    "render",
    "render_pictures",
    "unprintable",
]
