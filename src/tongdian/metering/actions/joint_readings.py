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
from tongdian.metering.actions.by_case import note_reading, take_readings_back
from tongdian.metering.models import MeterInstallation
from tongdian.metering.refusing import NoMeterThere, ReadingsDiffer, SheetMissing
from tongdian.metering.rules import Quality, size_of
from tongdian.network.rules import Utility
from tongdian.policy.inputs import Input
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words

READ_TOGETHER = "read-together"


REGISTERS = {
    Utility.POWER: (Words("电表止数", "final reading, electricity"), "kWh"),
    Utility.WATER: (Words("水表止数", "final reading, water"), "m³"),
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


def meters_here(case: Case) -> Mapping[str, MeterInstallation]:
    """What hangs at the place of a case where somebody is supplied, by what a reading of it is called:
    its utility, with a number from the second on."""
    rows = MeterInstallation.objects.filter(usage_point__place=case.place_id, in_place__endswith=None)
    running = Agreement.objects.filter(usage_point__place=case.place_id, in_force__endswith=None)
    supplied = set(running.values_list("usage_point__utility", flat=True))
    if supplied:
        rows = rows.filter(usage_point__utility__in=supplied)
    found: dict[str, MeterInstallation] = {}
    for row in rows.select_related("meter", "usage_point").order_by("usage_point__code"):
        name, number = row.usage_point.utility, 1
        while name in found:
            number += 1
            name = f"{row.usage_point.utility}_{number}"
        found[name] = row
    return found


def asked_together(case: Case) -> Mapping[str, Input]:
    """What each meter there shows, and how the fittings are; with what another party has entered
    already, so that it is compared on the spot."""
    said = next(iter(readings_of(case, case_queries.state_of(case)).values()), {})
    asked = {name: _beside(_reading(row), said.get(name)) for name, row in meters_here(case).items()}
    return {**asked, "fittings": _beside(FITTINGS, said.get("fittings"))}


def _reading(row: MeterInstallation) -> Input:
    title, unit = REGISTERS[Utility(row.usage_point.utility)]
    return Input(
        title=Words(f"{title.zh}（{row.meter.code}）", f"{title.en} ({row.meter.code})"),
        unit=unit,
        scale=int(row.meter.decimals),
        min=Decimal(0),
        max=Decimal(size_of(int(row.meter.digits))),
    )


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
    undo=take_readings_back,
)
def read_together(deed: Deed) -> Mapping[str, Any]:
    """The entry is kept if it is what the others entered; with the last of them it is the final reading
    of each meter there. Whoever enters it for the user keeps the sheet that the user signed.

    Raises NoMeterThere, ReadingsDiffer, SheetMissing, and what a reading refuses."""
    desk = case_queries.desk(deed.case)
    here = meters_here(deed.case)
    _must_be_metered(deed, here)
    is_signed = any(one.startswith(EVIDENCE_FILE) for one in deed.evidence)
    if desk.wording.owner_of(deed.stage) == "customer" and not is_signed and not _is_users_own(deed):
        raise SheetMissing
    others = readings_of(deed.case, deed.state)
    for stage, given in others.items():
        if stage == deed.stage:
            continue
        for name, value in deed.given.items():
            if not _same(value, given.get(name)):
                said = asked_together(deed.case)[name].title
                raise ReadingsDiffer(what=said, stage=desk.wording.stages[stage].title)
    together = {name for name, one in desk.wording.stages.items() if one.effect == READ_TOGETHER}
    if together - {*deed.state.done, *deed.state.skipped}:
        return {}
    read = [note_reading(deed, row.meter, deed.given[name], Quality.FINAL) for name, row in here.items()]
    return {"readings": [key for key in read if key]}


def _must_be_metered(deed: Deed, here: Mapping[str, MeterInstallation]) -> None:
    """Each utility that somebody is supplied with there has its meter. Raises NoMeterThere."""
    rows = Agreement.objects.filter(usage_point__place=deed.case.place_id, in_force__contains=deed.on)
    for utility in sorted(set(rows.values_list("usage_point__utility", flat=True))):
        if utility not in here:
            raise NoMeterThere(day=deed.on, utility=Utility(utility).label)


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
