"""Processes: stage graphs that a pack writes one line a stage, and cases that run on them.

    process = load_pack("policies/nea-2021-37").rules["low-voltage-connection"]
    version = process.version_on(date(2021, 3, 1), {}).key
    events = [open_case(process, version=version, on=…, by=…, facts={"capacity": "100"})]
    state = fold(process, events)
    events += close_stage(process, state, stage="accept", role="supplier", seen=state.seq, …)

Events are the truth and are only ever added; `fold` gives the state, `Clocks` the time used and
the due dates, `next_actions` what may be done, `draw` the picture. No database and no clock is needed.
"""

from tongdian.policy.process.claims import Change, JudgedClocks, WaitingClaim, claims_of
from tongdian.policy.process.clocks import Clocks
from tongdian.policy.process.codec import event_from_plain, event_to_plain
from tongdian.policy.process.commands import (
    close_stage,
    countersign,
    migrate,
    open_case,
    read_fact,
    record_fact,
    refuse_claim,
    resume,
    return_stage,
    suspend,
    undecided,
    withdraw,
)
from tongdian.policy.process.consistency import (
    Doubt,
    doubts_of,
    must_agree,
    must_not_cost,
    read_for,
    slips_of,
)
from tongdian.policy.process.drawing import draw
from tongdian.policy.process.events import (
    CaseEvent,
    ClaimRefused,
    Closed,
    Countersigned,
    FactRecorded,
    Migrated,
    Opened,
    Resumed,
    Returned,
    Suspended,
    Withdrawn,
)
from tongdian.policy.process.limits import limits_of
from tongdian.policy.process.migration import migration_problems
from tongdian.policy.process.model import (
    FORCE_MAJEURE,
    OWNERS,
    SERVICES,
    Cause,
    Clock,
    Owner,
    ProcessRole,
    ProcessVersion,
    Stage,
)
from tongdian.policy.process.next_actions import (
    NextAction,
    at_default,
    facts_asked,
    must_have_looked,
    next_actions,
)
from tongdian.policy.process.papers import lists_ahead, lists_at_first
from tongdian.policy.process.products import bounds_of, must_be_within, narrowed
from tongdian.policy.process.readings import ClockResult, Limit, LimitOf, Standing, Stay
from tongdian.policy.process.rule import Process
from tongdian.policy.process.state import (
    CaseState,
    Ending,
    Outcome,
    StageAttempt,
    StageRun,
    StageStatus,
    Suspension,
    apply,
    fold,
)
from tongdian.policy.process.verbs import VERBS, Ask, Verb

__all__ = [
    "FORCE_MAJEURE",
    "OWNERS",
    "SERVICES",
    "VERBS",
    "Ask",
    "CaseEvent",
    "CaseState",
    "Cause",
    "Change",
    "ClaimRefused",
    "Clock",
    "ClockResult",
    "Clocks",
    "Closed",
    "Countersigned",
    "Doubt",
    "Ending",
    "FactRecorded",
    "JudgedClocks",
    "Limit",
    "LimitOf",
    "Migrated",
    "NextAction",
    "Opened",
    "Outcome",
    "Owner",
    "Process",
    "ProcessRole",
    "ProcessVersion",
    "Resumed",
    "Returned",
    "Stage",
    "StageAttempt",
    "StageRun",
    "StageStatus",
    "Standing",
    "Stay",
    "Suspended",
    "Suspension",
    "Verb",
    "WaitingClaim",
    "Withdrawn",
    "apply",
    "at_default",
    "bounds_of",
    "claims_of",
    "close_stage",
    "countersign",
    "doubts_of",
    "draw",
    "event_from_plain",
    "event_to_plain",
    "facts_asked",
    "fold",
    "limits_of",
    "lists_ahead",
    "lists_at_first",
    "migrate",
    "migration_problems",
    "must_agree",
    "must_be_within",
    "must_have_looked",
    "must_not_cost",
    "narrowed",
    "next_actions",
    "open_case",
    "read_fact",
    "read_for",
    "record_fact",
    "refuse_claim",
    "resume",
    "return_stage",
    "slips_of",
    "suspend",
    "undecided",
    "withdraw",
]
