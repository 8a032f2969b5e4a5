"""Working on cases. Every step locks the case's row, folds its events, asks the kernel, and writes
in one transaction: the events, what their effects did, the open stages, the audit log, and the job
that announces them.
"""

from tongdian.cases.actions.appending import fingerprint, rebuild
from tongdian.cases.actions.assigning import assign, settle
from tongdian.cases.actions.claiming import countersign, refuse_claim
from tongdian.cases.actions.importing import CaseHistory, HistoryStep, import_events
from tongdian.cases.actions.opening import open_case
from tongdian.cases.actions.papers import (
    ask_for_paper,
    issue_paper,
    receive_paper,
    set_paper_aside,
    take_issued_back,
)
from tongdian.cases.actions.steps import (
    close_stage,
    migrate,
    record_fact,
    resume,
    return_stage,
    suspend,
    withdraw,
)

BY_VERB = {  # takes what the verb asks, and what it is about, under the names that the verb says
    "close": close_stage,
    "return": return_stage,
    "suspend": suspend,
    "resume": resume,
    "record-fact": record_fact,
    "withdraw": withdraw,
    "migrate": migrate,
    "countersign": countersign,
    "refuse-claim": refuse_claim,
}

__all__ = [
    "BY_VERB",
    "CaseHistory",
    "HistoryStep",
    "ask_for_paper",
    "assign",
    "close_stage",
    "countersign",
    "fingerprint",
    "import_events",
    "issue_paper",
    "migrate",
    "open_case",
    "rebuild",
    "receive_paper",
    "record_fact",
    "refuse_claim",
    "resume",
    "return_stage",
    "set_paper_aside",
    "settle",
    "suspend",
    "take_issued_back",
    "withdraw",
]
