"""A restore that is not finished, or that did not prove itself: the file `restore-unfinished` in the
home, which is there before anything else of it and keeps everything from being served."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tongdian.config.home import home
from tongdian.durable import write_durably
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

UNFINISHED = "restore-unfinished"


class RestoreUnfinished(Refusal):
    """A restore was ended before it was done."""

    says = Words(
        "恢复 {backup} 没有完成；请用同样的命令再次运行 tongdian restore，或将 TONGDIAN_HOME（{place}）清空后"
        "重新开始。",
        "The restore of {backup} was not finished: run tongdian restore again with the same words, or "
        "empty TONGDIAN_HOME ({place}) to begin anew.",
    )


class RestoreUnproved(Refusal):
    """What a restore brought back is not as it was sealed, and nobody accepted that."""

    says = Words(
        '从 {backup} 恢复的内容核对未通过：{found}。请恢复另一份备份，或以 tongdian restore … --accept "理由" '
        "接受；接受及理由将被记录。",
        "What was restored from {backup} does not prove itself: {found}. Restore another backup, or "
        'accept it with tongdian restore … --accept "reason", which is recorded.',
    )


@dataclass(frozen=True)
class Underway:
    """What `restore-unfinished` says of a restore: of which dump and folder, whether the database was
    seen to be empty before it, and what did not prove itself, in both languages."""

    database_sha256: str
    backup: str
    is_poured: bool = False
    found: list[tuple[str, str]] = field(default_factory=list)


def must_be_finished() -> None:
    """Raise RestoreUnfinished where a restore was ended half-way, RestoreUnproved where what it brought
    is not as it was sealed."""
    underway = underway_here()
    if underway is None:
        return
    if underway.found:
        found = [Words(*words) for words in underway.found]
        raise RestoreUnproved(backup=underway.backup, found=found)
    raise RestoreUnfinished(backup=underway.backup, place=home())


def _marker() -> Path:
    return home() / UNFINISHED


def unmark() -> None:
    """The restore is done, or was refused before it touched anything."""
    _marker().unlink()


def mark(underway: Underway) -> None:
    """Say so, durably."""
    write_durably(_marker(), json.dumps(asdict(underway), ensure_ascii=False))


def underway_here() -> Underway | None:
    """The restore that is not finished; None where there is none."""
    if not _marker().exists():
        return None
    text = _marker().read_text(encoding="utf-8")
    try:
        said = json.loads(text)
        return Underway(**said)
    except (ValueError, TypeError):
        # an earlier version wrote the hash alone, once it had seen the database empty
        return Underway(text.strip(), "?", is_poured=True)
