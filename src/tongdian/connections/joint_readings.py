"""read-together: the parties of a final reading each enter what they read and found, and agree.

Article 10(1) has the housing office, the utilities centre and the user read the meters and inspect the
fittings together, 10(2) the centre and the user: one sheet, a signature of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongdian.agreements.models import Agreement
from tongdian.cases import queries as case_queries
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case, EffectRun
from tongdian.cases.rules import EVIDENCE_FILE, Applicant
from tongdian.connections.rules import ReadingsDiffer, SheetMissing
from tongdian.policy.inputs import Input
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words

READ_TOGETHER = "read-together"


def _reading(title: Words, unit: str) -> Input:
    return Input(title=title, unit=unit, scale=2, min=Decimal(0), max=Decimal(100_000_000))


READINGS = {
    "power": _reading(Words("电表止数", "final reading, electricity"), "kWh"),
    "water": _reading(Words("水表止数", "final reading, water"), "m³"),
}
FITTINGS = Input(
    title=Words("室内水电设施", "indoor fittings"),
    one_of=("sound", "damaged"),
    labels={
        "sound": Words("完好", "sound"),
        "damaged": Words("有损坏（写入备注）", "damaged (say how in the note)"),
    },
)


def readings_of(case: Case, state: CaseState) -> dict[str, Mapping[str, str]]:
    """What each party entered that still stands, by stage."""
    runs = EffectRun.objects.filter(case=case, effect=READ_TOGETHER, is_undoing=False).order_by("id")
    return {
        run.stage: run.given
        for run in runs
        if run.stage in state.done and run.attempt == case_queries.attempt_of(state, run.stage)
    }


def asked_together(case: Case) -> Mapping[str, Input]:
    """A reading for each utility in which somebody is supplied there, and how the fittings are; with
    what another party has entered already, so that it is compared on the spot."""
    rows = Agreement.objects.filter(usage_point__place=case.place_id, in_force__endswith=None)
    supplied = set(rows.values_list("usage_point__utility", flat=True)) or set(READINGS)
    said = next(iter(readings_of(case, case_queries.state_of(case)).values()), {})
    asked = {name: _beside(one, said.get(name)) for name, one in READINGS.items() if name in supplied}
    return {**asked, "fittings": _beside(FITTINGS, said.get("fittings"))}


def _beside(one: Input, said: str | None) -> Input:
    if said is None or one.title is None:
        return one
    known = one.labels[said] if said in one.labels else Words(said, said)
    title = Words(f"{one.title.zh}（他方：{known.zh}）", f"{one.title.en} (the other party: {known.en})")
    return one.model_copy(update={"title": title})


@effect(
    READ_TOGETHER,
    title=Words("共同抄录、检查", "read and inspected together"),
    asks=asked_together,
    undo=lambda deed: {},
)
def read_together(deed: Deed) -> Mapping[str, Any]:
    """The entry is kept if it is what the others entered. Whoever enters it for the user keeps the
    sheet that the user signed. Raises ReadingsDiffer, SheetMissing."""
    desk = case_queries.desk(deed.case)
    is_signed = any(one.startswith(EVIDENCE_FILE) for one in deed.evidence)
    if desk.wording.owner_of(deed.stage) == "customer" and not is_signed and not _is_users_own(deed):
        raise SheetMissing
    for stage, given in readings_of(deed.case, deed.state).items():
        if stage == deed.stage:
            continue
        for name, value in deed.given.items():
            if not _same(value, given.get(name)):
                said = READINGS.get(name, FITTINGS).title
                raise ReadingsDiffer(what=said, stage=desk.wording.stages[stage].title)
    return {}


def _is_users_own(deed: Deed) -> bool:
    """Whether the user entered it: with the number and telephone of the case, or signed in."""
    who = deed.viewer.viewer
    customer = deed.case.customer
    own = getattr(who, "pk", None)
    return isinstance(who, Applicant) or (
        customer is not None and own is not None and customer.account_id == own
    )


def _same(value: Any, said: str | None) -> bool:
    if isinstance(value, Decimal):
        return said is not None and Decimal(said) == value
    return bool(value == said)
