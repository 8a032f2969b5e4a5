"""What a check of the record may find, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tongdian.policy.words import Words

Kind = Literal["changed", "removed", "inserted"]

SENTENCES: dict[Kind, Words] = {
    "changed": Words("{what}：被改动（{how}）", "{what}: changed ({how})"),
    "removed": Words("{what}：被删除（{how}）", "{what}: removed ({how})"),
    "inserted": Words("{what}：被插入（{how}）", "{what}: inserted ({how})"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed. `table` and `key` name a row."""

    kind: Kind
    what: Words
    how: Words
    table: str = ""
    key: str = ""

    @property
    def words(self) -> Words:
        """The finding as a sentence, in both languages."""
        return SENTENCES[self.kind].fill(what=self.what, how=self.how)
