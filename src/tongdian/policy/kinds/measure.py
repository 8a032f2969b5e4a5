"""measure: how many cases of some processes kept their limit. Its sheet is written by the processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy.answer import Answer
from tongdian.policy.choices import ChoosingVersion
from tongdian.policy.kinds import kind
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.measured.judged import JudgedVersion, MeasureSpec, judged_of
from tongdian.policy.measured.rows import rows_of
from tongdian.policy.measured.words import LABELS, REASONS, TITLES
from tongdian.policy.measured.writing import SheetWriter
from tongdian.policy.measures import Counting
from tongdian.policy.reading import Flag, Id, Name, YamlNode
from tongdian.policy.refusals import NotApplicable, NotInForce
from tongdian.policy.sheet import Meeting, Sheet, SheetError
from tongdian.policy.sheet_case import CaseSheet, Row
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.words import Words
from tongdian.policy.written_sheets import WrittenSheet

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack
    from tongdian.policy.process.model import ProcessVersion
    from tongdian.policy.process.state import CaseState

PAUSES = Meeting(
    sister="stay",
    days=("since", "until"),
    met=("opened", "closed"),
    columns={
        "pause_no": "stay_no",
        "paused": "since",
        "resumed": "until",
        "why": "cause",
        "agreed_on": "confirmed_on",
    },
    beside={"of_opened": "opened", "of_closed": "closed"},
)


class MeasureVersion(ChoosingVersion):
    """Which clock judges each process, and what tells the processes apart in a file of cases."""

    judges: dict[Id, Name]
    told_by: Name = "class"
    stages: Literal["each", "added", "none"] = "each"
    limit_on: Literal["application", "end"] = "application"
    steps: Id | None = None
    steps_exactly: Flag = False
    side_by_side: tuple[Id, ...] = ()


@kind("measure")
class MeasureRule(SheetRule):
    """Answers one case, or many over files, like a sheet; nobody writes its lines."""

    kind: Literal["measure"]  # type: ignore[assignment]
    versions: tuple[MeasureVersion, ...]  # type: ignore[assignment]
    measure: Counting | None = Counting(
        days="days",
        within="within",
        exempt="exempt",
        outcome="outcome",
        open="is_open",
        stays="stood_still",
        counts=("stood_still",),
    )
    shown: tuple[Name, ...] = ("limit", "outcome")

    @cached_property
    def depends(self) -> tuple[str, ...]:
        settings = (key for version in self.versions for key in version.choices)
        return tuple(dict.fromkeys([*super().depends, *settings]))

    @property
    def sheet_names(self) -> list[str]:
        """None: its sheet is written from its processes."""
        return []

    def version_on(self, on: dt.date, taken: Mapping[str, str]) -> MeasureVersion:
        version: MeasureVersion = super().version_on(on, taken)
        return version.under(taken)

    def needed(self, pack: Pack) -> tuple[str, ...]:
        """Every interpretation that can change the result: of the processes and their limits too."""
        found = dict.fromkeys(self.depends)
        for version in self.versions:
            rules = [version.steps] if version.steps else []
            for process_id in version.judges:
                process: Any = pack.rules[process_id]
                found.update(dict.fromkeys(process.depends))
                for wording in process.versions:
                    limited = (*wording.stages.values(), *wording.clocks.values())
                    rules += [one.limit for one in limited if one.limit]
            for rule in rules:
                found.update(dict.fromkeys(pack.rules[rule].depends))
        return tuple(found)

    def sheet(self, pack: Pack, version: Any, taken: Mapping[str, str]) -> Sheet:
        """The written sheet under what is taken."""
        key = (self.rule, version.in_force.start, tuple(sorted(taken.items())), *self._beside)
        if key not in pack.cache:
            sheet = parse_sheet(self.widened(self.text(pack, version, taken)), WrittenSheet(REASONS))
            for grain in ("stay", "visit"):
                sheet.grains[grain].may_be_absent = grain == "stay"
            if "pause" in sheet.grains:
                sheet.grains["pause"].made = PAUSES
            # a file that does not know of confirmations is believed, and said to be
            sheet.grains["stay"].inputs = [
                one.believed() if one.name == "confirmed_on" else one for one in sheet.grains["stay"].inputs
            ]
            pack.cache[key] = sheet
        found: Sheet = pack.cache[key]
        return found

    def text(self, pack: Pack, version: MeasureVersion, taken: Mapping[str, str]) -> str:
        """The sheet as it would have been written by hand."""
        writer = SheetWriter(pack, self._spec(version), self.forms(pack, version, taken), taken)
        return writer.text()

    def forms(self, pack: Pack, version: MeasureVersion, taken: Mapping[str, str]) -> list[JudgedVersion]:
        """The versions of the processes that it judges, each with its clock: those of the pack, and of the
        overlays that bind places under it."""
        packs = [pack, *(one for _, one in pack.overlays())] if pack.has_regions else [pack]
        spec = self._spec(version)
        return [form for one in dict.fromkeys(packs) for form in judged_of(one, spec, taken)]

    def row(
        self,
        pack: Pack,
        version: MeasureVersion,
        taken: Mapping[str, str],
        *,
        process: str,
        wording: ProcessVersion,
        state: CaseState,
        region: str,
    ) -> Row:
        """One case of a process that it judges, as its sheet is given it: dates, and what limits ask."""
        asked = {one.name for one in self.sheet(pack, version, taken).root.inputs}
        return rows_of(
            wording,
            state,
            told_by=version.told_by,
            word=wording.given.get(version.told_by, process),
            region=region,
            facts=[name for name in wording.facts if name in asked],
        )

    def _spec(self, version: MeasureVersion) -> MeasureSpec:
        return MeasureSpec(
            self.rule,
            version.judges,
            version.told_by,
            version.stages,
            version.limit_on,
            version.steps,
            version.steps_exactly,
            version.side_by_side,
        )

    def check(self, pack: Pack, source: YamlNode) -> None:
        for number, version in enumerate(self.versions):
            for process_id, clock in version.judges.items():
                loc = ("versions", number, "judges", process_id)
                process: Any = pack.rules.get(process_id)
                if process is None or process.kind != "process":
                    raise source.error(
                        Words(f"没有流程“{process_id}”", f'there is no process "{process_id}"'),
                        Words("核对名称", "check the name"),
                        loc=loc,
                    )
                known = {key for wording in process.versions for key in wording.stages}
                if unknown := [key for key in version.side_by_side if key not in known]:
                    raise source.error(
                        Words(
                            f"“{process_id}”没有环节 {unknown[0]}",
                            f'"{process_id}" has no stage {unknown[0]}',
                        ),
                        Words("核对环节名", "check the stage's name"),
                        loc=("versions", number, "side_by_side"),
                    )
                if any(clock not in wording.clocks for wording in process.versions):
                    raise source.error(
                        Words(f"“{process_id}”没有时钟“{clock}”", f'"{process_id}" has no clock "{clock}"'),
                        Words("核对时钟名", "check the clock's name"),
                        loc=loc,
                    )
            if pack.is_known_good:
                continue
            for taken in self.takings(pack, version):
                try:
                    sheet = self.sheet(pack, version.under(taken), taken)
                except SheetError as error:
                    raise source.error(error.problem, error.remedy, loc=("versions", number)) from None
                self._check_names(source, sheet)
        self._take_words(pack)

    def _take_words(self, pack: Pack) -> None:
        """Stages and causes are named as the processes name them; what the pack words itself stays."""
        words = dict(LABELS) | dict(self._named(pack))
        for own, known in ((self.labels, words), (self.titles, TITLES)):
            own.update({name: said for name, said in known.items() if name not in own})

    def _named(self, pack: Pack) -> Iterator[tuple[str, Words]]:
        """The stages and causes of its processes, each as each process calls it."""
        for process_id in dict.fromkeys(key for version in self.versions for key in version.judges):
            for wording in pack.rules[process_id].versions:
                named: Any = {**wording.stages, **wording.causes}  # type: ignore[attr-defined]
                yield from ((key, one.title) for key, one in named.items())

    def called(self, pack: Pack) -> dict[str, tuple[str, ...]]:
        """Also what another of its processes calls the stage: homes are accepted under 受理签约."""
        found = super().called(pack)
        for one in dict.fromkeys([pack, *(under for _, under in pack.overlays())]):
            for key, title in self._named(one):
                found[key] = tuple(dict.fromkeys([*found.get(key, ()), *title]))
        return found

    def case(self, pack: Pack, version: Any, taken: Mapping[str, str]) -> CaseSheet:
        """The sheet compiled for single cases."""
        key = ("case", self.rule, version.in_force.start, tuple(sorted(taken.items())), *self._beside)
        if key not in pack.cache:
            pack.cache[key] = CaseSheet(self.sheet(pack, version, taken), {}, pack.workdays)
        case: CaseSheet = pack.cache[key]
        return case

    def run(self, pack: Pack, case: CaseSheet, given: Mapping[str, Any]) -> Row:
        """Also asks for the days of the case itself, so that a lack of local rest days is noted."""
        root = case.run(given)
        pack.workdays.between(root["applied"], root["last_day"], root.get("region", ""))
        return root

    def acted(
        self, pack: Pack, version: Any, sheet: Sheet, root: Mapping[str, Any], taken: Mapping[str, str]
    ) -> tuple[str, ...]:
        """The limit that judged the case, by the document that set it there: an overlay's, where one did.
        Where nothing limits it, the measure's own articles."""
        governed = root.get("governed", pack.id)
        for form in self.forms(pack, version, taken):
            clock = form.clock
            if (
                form.word != root[version.told_by]
                or form.pack.id != governed
                or not form.holds(root["worded_on"])
            ):
                continue
            if clock.limit is None:
                return tuple(clock.cite) or tuple(version.cite)
            rule: Any = form.pack.rules[clock.limit]
            given = {**form.version.given, **clock.given, **root}
            asked = {name: given[name] for name in rule.input if name in given}
            try:
                taken_there = {key: taken[key] for key in rule.depends}
                wording = rule.version_on(root["limit_on"], taken_there)
                found = rule.decide(form.pack, wording, root["limit_on"], asked, taken_there)
            except (NotApplicable, NotInForce):
                break
            return tuple(found.cite)
        return tuple(version.cite)

    def judged(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Mapping[str, Any]:
        case = self.case(pack, version, taken)
        return self.run(pack, case, _numbered(given) | {"as_of": on})

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """One case as it stands at the end of the day `on`. Visits and stays may go unnumbered."""
        case = self.case(pack, version, taken)
        return self.answered(pack, version, on, case, _numbered(given) | {"as_of": on}, taken)


def _numbered(given: Mapping[str, Any]) -> dict[str, Any]:
    """Visits and stays in the order in which they are written, where they bring no number."""
    found = dict(given)
    for grain, key in (("visit", "seq"), ("stay", "stay_no")):
        if isinstance(listed := found.get(grain), list):
            found[grain] = [
                {key: number, **row} if isinstance(row, Mapping) else row
                for number, row in enumerate(listed, 1)
            ]
    return found
