"""Applying, rating, visits, repairs and charges."""

from tongdian.connections.actions.applying import hand_in_paper, submit, take_application
from tongdian.connections.actions.charging import charge
from tongdian.connections.actions.drafting import (
    add_draft_paper,
    forget_drafts,
    remove_draft_paper,
    save_draft,
    send_draft_link,
    start_draft,
    without_identity_consent,
)
from tongdian.connections.actions.rating import rate
from tongdian.connections.actions.repairing import report_repair, take_repair_on
from tongdian.connections.actions.visiting import book_visit, end_visit

__all__ = [
    "add_draft_paper",
    "book_visit",
    "charge",
    "end_visit",
    "forget_drafts",
    "hand_in_paper",
    "rate",
    "remove_draft_paper",
    "report_repair",
    "save_draft",
    "send_draft_link",
    "start_draft",
    "submit",
    "take_application",
    "take_repair_on",
    "without_identity_consent",
]
