"""A field that identifies a person: encrypted in its row, found by a keyed hash, shown masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Q

from tongdian.personal import decrypt, encrypt, lookup
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.sorts import Text


@dataclass(frozen=True)
class Kept(Text):
    """Two columns keep it: `name`, encrypted, and `name_lookup`, by which a whole one is found.

    Its value is the text itself, for actions only: lists, exports and the API have it masked, the audit
    log says that it changed, and a form never shows it: left empty, what stands there stays.
    """

    mask: Callable[[str], str] = field(kw_only=True)
    secret: bool = field(default=True, kw_only=True)

    stays_when_empty = True

    def value_of(self, thing: Any) -> str:
        """The text, decrypted."""
        return decrypt(getattr(thing, self.name))

    def shown(self, thing: Any, scope: Scope) -> str:
        """The text, masked."""
        whole = self.value_of(thing)
        return self.mask(whole) if whole else ""

    def columns(self, value: Any) -> dict[str, Any]:
        """The text encrypted, and its keyed hash."""
        return {self.name: encrypt(value), f"{self.name}_lookup": lookup(value)}

    def text_of_change(self, value: Any) -> str:
        """As a preview or a history may have it: masked."""
        return self.mask(value) if value else ""

    def is_now(self, shown: str) -> Words:
        """What a form says beside it."""
        return Words(f"现为 {shown}；留空不变。", f"Now {shown}; empty leaves it.")

    def control(self, scope: Scope) -> forms.Widget:
        """A line that no browser fills in."""
        return forms.TextInput(attrs={"maxlength": self.most, "autocomplete": "off"})

    def typed(self, value: Any) -> Any:
        """Nothing: it is typed anew or stays."""
        return ""

    def holds(self) -> Q | None:
        """Nothing that the database could see of it."""
        return None

    def found(self, whole: str) -> Q:
        """The rows that have a whole one."""
        return Q(**{f"{self.name}_lookup": lookup(whole)})
