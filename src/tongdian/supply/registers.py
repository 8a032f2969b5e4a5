"""The register of switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Selection, Text
from tongdian.supply.actions import switching as actions
from tongdian.supply.entries import SWITCH
from tongdian.supply.models import SupplySwitch, SwitchCommand
from tongdian.supply.queries import switching as queries
from tongdian.supply.refusing import NoSuchSwitch
from tongdian.supply.rules import READ, SwitchState


def _states(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """The state of the newest command of each."""
    found: dict[Any, str] = {}
    rows = SwitchCommand.objects.filter(switch__in=[one.pk for one in things])
    for told in queries.with_state(rows).order_by("id"):
        found[told.switch_id] = told.state
    return {one.pk: {"state": found.get(one.pk, "")} for one in things}


SWITCHES = Register(
    name="switches",
    model=SupplySwitch,
    title=Words("供应开关", "Switches of supply"),
    one=Words("开关", "a switch"),
    api=("A switch that acts on the supply of a usage point.", "The switches that you see."),
    fields=SWITCH,
    reads=READ.name,
    rows=queries.switches,
    unknown=NoSuchSwitch,
    add=actions.add_switch,
    change=actions.change_switch,
    deeds=(
        FurtherAction(
            slug="tell",
            action=actions.plan_switching,
            title=Words("操作开关", "Tell the switch"),
            said=Words("指令已下达；结果以回读为准。", "The switch is told; what it reads back counts."),
        ),
    ),
    filters=(
        Filter(
            Text("q", Words("编号", "Code"), optional=True, most=60, api="part of the code"),
            lambda rows, text: rows.filter(code__icontains=text),
        ),
        Filter(SWITCH["protects"].open()),
    ),
    derived=(
        Selection(
            "state",
            Words("最近指令", "Last command"),
            of=SwitchState,
            optional=True,
            api="the state of its newest command",
        ),
    ),
    derive=_states,
    at="supply/switches/",
)
