"""What a pack says may be done with permission only, and which acts are none where it was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tongdian.policy.reading import Bilingual, Id, Model, Name, Texts, YamlNode
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack
    from tongdian.policy.process.rule import Process

GRANT_PERMIT = "grant-permit"


class PlaceConsent(Model):
    """A permission that opens no timetable: to live in teaching premises, say. `cite` is the clause that asks for it."""

    title: Bilingual
    cite: Texts


class AirConditioning(Model):
    """`rule` says whether it may run: `special`, `hours` and `temperature` are its inputs. It is office hours while a place
    of `office_kind` is open by its timetable, or the place has one of `hour_permits`; a place is special that is one of
    `special_kinds`, or has one of `special_permits`."""

    rule: Id
    special: Name
    hours: Name
    temperature: Name
    office_kind: str
    special_kinds: Texts = ()
    special_permits: Texts = ()
    hour_permits: Texts = ()


class ApprovingProcess(Model):
    """An approval that is no permit for a time: `process`, its `stage` that decides, and the fact of it, `approved`, that is
    true then."""

    process: Id
    stage: Name
    approved: Name


class Permitting(Model):
    """`consents` are the permissions that open no timetable; `excused` names, for an act of the ladders, the permits
    with which it is none: consents, or permits of a timetable; `excused_by` a process that approves of it for good. `seats` is the class that says of `seats` and `seated`
    whether another room may open, `air_conditioning` the one for air conditioning."""

    consents: dict[Name, PlaceConsent] = {}
    excused: dict[Id, Texts] = {}
    excused_by: dict[Id, ApprovingProcess] = {}
    seats: Id | None = None
    air_conditioning: AirConditioning | None = None


def granting_processes(pack: Pack) -> dict[str, list[Process]]:
    """The processes of the pack that grant a permit, by the permit: where there is one, nobody grants it otherwise."""
    from tongdian.policy.process.rule import Process

    found: dict[str, list[Process]] = {}
    for rule in pack.rules.values():
        if not isinstance(rule, Process):
            continue
        stages = [stage for version in rule.versions for stage in version.stages.values()]
        said = " ".join(
            stage.effect_given.get("permit", "") for stage in stages if stage.effect == GRANT_PERMIT
        )
        for name in dict.fromkeys(said.split()):
            found.setdefault(name, []).append(rule)
    return found


def _granted_nowhere(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """Of each fact that chooses a permit the choices that no stage of its process grants: process, fact and choice."""
    from tongdian.policy.process.rule import Process

    for rule in pack.rules.values():
        for version in rule.versions if isinstance(rule, Process) else ():
            stages = [one.effect_given for one in version.stages.values() if one.effect == GRANT_PERMIT]
            granted = {name for said in stages for name in said.get("permit", "").split()}
            for fact in dict.fromkeys(said["as"] for said in stages if "as" in said):
                choices = version.facts[fact].one_of if fact in version.facts else None
                yield from ((rule.rule, fact, one) for one in choices or () if one not in granted)


def check_permitting(pack: Pack, written: YamlNode) -> None:
    """Raises PackError, at the line that names what is not there, or what nobody could ever be given."""
    from tongdian.policy.kinds.ladder import LadderRule
    from tongdian.policy.kinds.rows import ClassRule
    from tongdian.policy.kinds.timetable import TimetableRule
    from tongdian.policy.process.rule import Process

    uses = pack.head.uses.permitting
    rules = pack.rules.values()
    timed = {name for rule in rules if isinstance(rule, TimetableRule) for name in rule.permits}
    consents = uses.consents if uses else {}
    known, granted = timed | set(consents), granting_processes(pack).keys()

    def refuse(loc: tuple[str, ...], problem: Words, advice: Words) -> None:
        raise written.error(problem, advice, loc=("uses", "permitting", *loc))

    for name in sorted(granted - known):
        refuse(
            (),
            Words(f"流程所给的许可“{name}”没有写明", f'a process grants "{name}", which is declared nowhere'),
            Words("写入时刻表的 permits 或 consents", "declare it under permits of a timetable, or consents"),
        )
    for asking, fact, name in _granted_nowhere(pack):
        refuse(
            (),
            Words(
                f"流程“{asking}”的事实“{fact}”可以选“{name}”，却没有环节给予它",
                f'the fact "{fact}" of the process "{asking}" may say "{name}", which no stage grants',
            ),
            Words(
                "在一个环节的 permit 中写出它，或不让选它",
                "name it in permit of a stage, or let nobody choose it",
            ),
        )
    for name, consent in consents.items():
        if name in timed:
            refuse(
                ("consents", name),
                Words(f"时刻表已有许可“{name}”", f'a timetable has a permit "{name}" already'),
                Words("另起一个名字", "take another name"),
            )
        if name not in granted:
            refuse(
                ("consents", name),
                Words(
                    f"没有流程给予“{name}”，谁也得不到", f'no process grants "{name}", so nobody can have it'
                ),
                Words("写出流程，或删去这一行", "write the process, or leave this line out"),
            )
        for clause in consent.cite:
            if clause not in pack.clauses:
                refuse(
                    ("consents", name, "cite"),
                    Words(f"没有条款“{clause}”", f'there is no clause "{clause}"'),
                    Words("写 clauses.yaml 中的一条", "name one of the clauses"),
                )
    counted = pack.rules.get(uses.seats) if uses and uses.seats else None
    if (
        uses
        and uses.seats
        and not (isinstance(counted, ClassRule) and {"seats", "seated"} <= counted.input.keys())
    ):
        refuse(
            ("seats",),
            Words(
                f"“{uses.seats}”不是问 seats 和 seated 的类别规则",
                f'"{uses.seats}" is no class of seats and seated',
            ),
            Words("核对名称", "check the name"),
        )
    cooling = uses.air_conditioning if uses else None
    if cooling is not None:
        asked = pack.rules.get(cooling.rule)
        inputs = {cooling.special, cooling.hours, cooling.temperature}
        kinds = {one.split()[0] for one in (cooling.office_kind, *cooling.special_kinds)}
        named = {name for name in kinds if isinstance(pack.rules.get(name), TimetableRule)}
        if (
            not isinstance(asked, ClassRule)
            or not inputs <= asked.input.keys()
            or named != kinds
            or not {*cooling.special_permits, *cooling.hour_permits} <= known
        ):
            refuse(
                ("air_conditioning",),
                Words(
                    "规则、其输入、时刻表或许可有一个不在",
                    "a rule, an input, a timetable or a permit is not there",
                ),
                Words("核对名称", "check the names"),
            )
    acts = {
        act for rule in rules if isinstance(rule, LadderRule) for one in rule.versions for act in one.acts
    }
    for act, permits in uses.excused.items() if uses else ():
        if act not in acts or not set(permits) <= known:
            refuse(
                ("excused", act),
                Words(f"没有行为“{act}”，或没有这样的许可", f'there is no act "{act}", or no such permit'),
                Words("核对名称", "check the names"),
            )
    for act, approving in uses.excused_by.items() if uses else ():
        process = pack.rules.get(approving.process)
        if (
            act not in acts
            or not isinstance(process, Process)
            or any(
                approving.stage not in one.stages or approving.approved not in one.facts
                for one in process.versions
            )
        ):
            refuse(
                ("excused_by", act),
                Words(
                    f"没有行为“{act}”，或没有这样的流程、环节、事实",
                    f'there is no act "{act}", or no such process, stage or fact',
                ),
                Words("核对名称", "check the names"),
            )
