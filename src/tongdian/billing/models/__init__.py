"""The tables of billing."""

from tongdian.billing.models.bills import (
    Bill,
    BillCancellation,
    BillDelivery,
    BilledPeriod,
    BillingRun,
    BillLine,
    BillNotice,
    Dispute,
    DisputeAnswer,
    RunItem,
    RunPosting,
    RunPreview,
    RunRelease,
)
from tongdian.billing.models.quotas import (
    ExcessCharge,
    QuotaPlan,
    QuotaPlanAnswer,
    QuotaRoom,
    QuotaShare,
    UsageReport,
    UsageReportCheck,
)

__all__ = [
    "Bill",
    "BillCancellation",
    "BillDelivery",
    "BillLine",
    "BillNotice",
    "BilledPeriod",
    "BillingRun",
    "Dispute",
    "DisputeAnswer",
    "ExcessCharge",
    "QuotaPlan",
    "QuotaPlanAnswer",
    "QuotaRoom",
    "QuotaShare",
    "RunItem",
    "RunPosting",
    "RunPreview",
    "RunRelease",
    "UsageReport",
    "UsageReportCheck",
]
