"""The tables of supply."""

from tongdian.supply.models.stopping import RestorationCase, StopApproval, StopEnd, SupplyChange, SupplyStop
from tongdian.supply.models.switching import SupplySwitch, SwitchCommand, SwitchStep

__all__ = [
    "RestorationCase",
    "StopApproval",
    "StopEnd",
    "SupplyChange",
    "SupplyStop",
    "SupplySwitch",
    "SwitchCommand",
    "SwitchStep",
]
