"""The tables of supply."""

from tongdian.supply.models.stopping import RestorationCase, StopApproval, StopEnd, SupplyChange, SupplyStop

__all__ = ["RestorationCase", "StopApproval", "StopEnd", "SupplyChange", "SupplyStop"]
