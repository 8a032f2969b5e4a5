"""What a pack says of violations: of which ladders an act is picked, which process follows it up, what that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from tongdian.policy.reading import Id, Model, Name, YamlNode
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class WasteSheet(Model):
    """The sheet that calculates what was wasted: `day` is its input of the day, `rows` the grain of devices with their
    `key`, `loss` the input that adds the loss of the network."""

    rule: Id
    day: Name
    rows: Name
    key: Name
    loss: Name


class AppealProcess(Model):
    """The process of an appeal against an act; `ground` is its fact that says why."""

    process: Id
    ground: Name


class RecoveryRules(Model):
    """What follows as `consequence` is calculated by a rule of another regulation: `editions` are its packs, each with the
    id of its rule. The one that is in force on the day of an act counts."""

    consequence: Id
    editions: dict[Id, Id] = Field(min_length=1)


class Conduct(Model):
    """An act is picked from the words of `ladders`; it opens a case of `process`, whose facts say which consequences
    its stages are to bring about: `facts` names the fact of each. A report is rewarded by `reward`; `appeal` is how an
    act is appealed against; `recovery` is by which outside rules what was not paid is recovered."""

    ladders: tuple[Id, ...]
    process: Id
    facts: dict[Id, Name]
    waste: WasteSheet
    reward: Id
    appeal: AppealProcess | None = None
    recovery: RecoveryRules | None = None


def check_conduct(pack: Pack, written: YamlNode) -> None:
    """Raises PackError, at the line that names what is not there."""
    from tongdian.policy.kinds.bands import BandsRule
    from tongdian.policy.kinds.ladder import LadderRule
    from tongdian.policy.kinds.sheet import SheetRule
    from tongdian.policy.process.rule import Process

    uses = pack.head.uses.conduct
    if uses is None:
        return

    def refuse(what: str) -> None:
        raise written.error(
            Words(f"没有“{what}”，或不是这里要的", f'there is no "{what}", or it is not what is asked here'),
            Words("核对名称", "check the name"),
            loc=("uses", "conduct"),
        )

    kinds = [*((name, LadderRule) for name in uses.ladders), (uses.process, Process)]
    for name, kind in (*kinds, (uses.waste.rule, SheetRule), (uses.reward, BandsRule)):
        if not isinstance(pack.rules.get(name), kind):
            refuse(name)
    if uses.appeal is not None:
        appeal = pack.rules.get(uses.appeal.process)
        if not isinstance(appeal, Process) or any(
            uses.appeal.ground not in one.facts for one in appeal.versions
        ):
            refuse(uses.appeal.process)
    if uses.recovery is not None and uses.recovery.consequence not in uses.facts:
        refuse(uses.recovery.consequence)
    process = pack.rules[uses.process]
    assert isinstance(process, Process)
    for fact in uses.facts.values():
        if any(fact not in version.facts for version in process.versions):
            refuse(fact)
    named = {
        name for rule in pack.rules.values() if isinstance(rule, LadderRule) for name in rule.consequences
    }
    if unknown := named ^ set(uses.facts):  # what follows and is told to no stage would be forgotten
        refuse(min(unknown))
