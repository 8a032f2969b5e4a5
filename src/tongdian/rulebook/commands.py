"""What the command line and the start-up call: they read the clock."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from tongdian.allowed import Operator
from tongdian.policy.pack_files import content_hash
from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.shelf import shelf
from tongdian.policy.words import Words
from tongdian.rulebook import actions
from tongdian.rulebook.actions import install_pack
from tongdian.rulebook.models import KeptAnswer, PublishedYear, Revision
from tongdian.rulebook.queries import readable_packs, revision_pack


def install_packs() -> None:
    """Keep every pack on the shelf as it is now; one that cannot be read is told on its page."""
    kept = set(Revision.objects.values_list("content_hash", flat=True))
    with contextlib.suppress(PackError):  # told below, and on its page
        if all(content_hash(folder) in kept for folder in shelf().values()):
            return  # most starts: nothing has changed, so nothing is loaded
    for pack in readable_packs()[0]:
        install_pack(folder=pack.folder, at=timezone.now())


def publish_year(*, year: int, text: str, source: str, operator: str) -> PublishedYear:
    """Enter a year of working days at the machine; `operator` is its user. Refuses as the action."""
    return actions.publish_year(year=year, text=text, source=source, by=Operator(operator), at=timezone.now())


@dataclass(frozen=True)
class Reexplained:
    """Answers made again, and those that came out otherwise."""

    made: int
    different: tuple[tuple[str, Words], ...]

    def say(self, language: str) -> list[str]:
        whole = Words(
            f"重做 {self.made} 个答案，{len(self.different)} 个不同",
            f"{self.made} answers made again, {len(self.different)} differ",
        )
        return [whole.say(language), *(f"{key}: {how.say(language)}" for key, how in self.different)]

    def to_json(self) -> dict[str, Any]:
        return {
            "made": self.made,
            "different": [{"answer": key, "how": how._asdict()} for key, how in self.different],
        }


def reexplain_answers() -> Reexplained:
    """Make every kept answer again from the revision that made it."""
    different: list[tuple[str, Words]] = []
    made = 0
    for revision in Revision.objects.order_by("id").iterator(chunk_size=1):
        kept = KeptAnswer.objects.filter(content_hash=revision.content_hash).order_by("id")
        if not kept.exists():
            continue
        pack = revision_pack(revision)
        for one in kept.iterator(chunk_size=500):
            made += 1
            how = _difference(pack, one)
            if how is not None:
                different.append((str(one.id), how))
    return Reexplained(made, tuple(different))


def _difference(pack: Any, kept: KeptAnswer) -> Words | None:
    try:
        again = pack.answer(kept.rule, on=kept.on, given=kept.given, take=kept.taken).to_json()
    except Refusal as refusal:
        return Words(f"现在被拒绝：{refusal.say('zh')}", f"refused now: {refusal.say('en')}")
    for key in ("value", "unit", "version", "cite", "row", "lines"):
        was, now = _unmarked(kept.answer[key]), _unmarked(again[key])
        if was != now:
            return Words(f"{key}：原 {was}，现 {now}", f"{key}: was {was}, is {now}")
    return None


def _unmarked(said: Any) -> Any:
    """Lines without the mark of an example, which answers of before did not have."""
    if not isinstance(said, list):
        return said
    return [
        {k: v for k, v in one.items() if k != "is_example"} if isinstance(one, dict) else one for one in said
    ]
