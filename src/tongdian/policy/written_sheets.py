"""What a sheet may reach that a kind of rule writes for itself: no rule, no table, no interpretation."""

from __future__ import annotations

from collections.abc import Mapping

from tongdian.policy.language import Node
from tongdian.policy.words import Words


class WrittenSheet:
    """The library of a sheet that the kernel writes. `reasons` word its checks, `zone` is that of its days."""

    def __init__(self, reasons: Mapping[str, Words] | None = None, zone: str = "") -> None:
        self._reasons, self._zone = reasons or {}, zone

    def columns(self, table: str) -> None:
        """None: it reads no table."""

    def title(self, table: str) -> None:
        """None."""

    def waits(self, rule: str) -> None:
        """None: it waits for no choice."""

    def rule_node(self, rule: str, on: Node, names: tuple[str, ...], *, region: str = "") -> None:
        """None: it looks up no rule."""

    def reason(self, reason: str) -> Words | None:
        """The words of a check."""
        return self._reasons.get(reason)

    def option(self, interpretation: str) -> None:
        """None: it takes no interpretation."""

    def zone(self) -> str:
        """By whose clocks its days begin; empty where none is named."""
        return self._zone
