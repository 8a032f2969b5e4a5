"""The tables of conduct. All only grow: what was wrongly recorded is taken back by a row of its own, never erased."""

from tongdian.conduct.models.acts import (
    ActAppeal,
    ActTakenBack,
    AppealCase,
    ConductAct,
    Deduction,
    DeductionTakenBack,
    Publication,
    PublicationEnd,
    ServedNotice,
    Violation,
)
from tongdian.conduct.models.education import EducationRecord, EducationTakenBack
from tongdian.conduct.models.reports import ConductReport, ConductReportStep, ReportContact

__all__ = [
    "ActAppeal",
    "ActTakenBack",
    "AppealCase",
    "ConductAct",
    "ConductReport",
    "ConductReportStep",
    "Deduction",
    "DeductionTakenBack",
    "EducationRecord",
    "EducationTakenBack",
    "Publication",
    "PublicationEnd",
    "ReportContact",
    "ServedNotice",
    "Violation",
]
