"""Writing the sheet of a measure from its processes.

    case  one row a case: region, class, the day of application, the day it ended (none: open)
    visit one row a time that a stage was open: stage, from, to (none: open)
    stay  one row a suspension of the case: cause, from, to (none: it lasts), when it was confirmed
    pause each stay again under each visit that it touches; made from the two, never given

Working days are a number on a date (how many were reached by its end), so that every overlap is
plain arithmetic on ends and starts. What a day is counted from, what stops a clock and what it may
take are read from the processes; nothing of a regulation stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tongdian.policy.measured.judged import JudgedVersion, MeasureSpec
from tongdian.policy.measured.limits import NO_LIMIT, LimitWriter, Said
from tongdian.policy.measured.side_by_side import case_lines, visit_lines
from tongdian.policy.measured.terms import each_once, number_of, one_of, options, totals, type_text, word
from tongdian.policy.process.model import Limited

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

NEVER = "9999-12-31"  # stands for "not yet" where a day may be missing
NOT_YET = 100_000  # more working days than any calendar has
OUTCOMES = ("met", "not_met", "undecided", "exempt", "withdrawn", "no_limit")


class SheetWriter:
    """Writes the sheet of one measure. `text` has it; `limits.facts` the facts its cases must have."""

    def __init__(
        self, pack: Pack, spec: MeasureSpec, forms: Sequence[JudgedVersion], taken: Mapping[str, str]
    ) -> None:
        self.spec, self.forms, self.has_regions = spec, forms, pack.has_regions
        self.limits = LimitWriter(taken)
        self.places = [(region, one.id) for region, one in pack.overlays()] if self.has_regions else []
        self.own = pack.id
        self.stages = each_once(key for form in forms for key in form.version.stages)
        self.causes = each_once(cause for form in forms for cause in form.version.causes)
        self.force = sorted(
            {c for form in forms for c, declared in form.version.causes.items() if declared.force_majeure}
        )
        self.whole = [form for form in forms if form.is_whole]
        self.by_visit = [form for form in forms if not form.is_whole]
        self.whole_stops = each_once(form.stops for form in self.whole)
        self.totals, self.total_of = totals(self.by_visit)
        self.visit_stops = each_once(
            [
                *(total.stops for total in self.totals),
                *(form.version.stopping() for form in self.judged_stages),
            ]
        )
        # exempt: which totals, and which sets of causes of whole cases, force majeure is kept apart of
        self.exempt_totals = each_once(self.total_of[f] for f in self.by_visit if f.mode == "exempt")
        self.exempt_whole = any(form.mode == "exempt" for form in self.whole)
        self.is_day_zero = any(form.version.count_day_zero for form in forms)
        self.begin = "worked_before" if self.is_day_zero else "worked_by"
        self._lines: list[str] = []

    @property
    def judged_stages(self) -> list[JudgedVersion]:
        """The forms whose stages are judged by limits of their own."""
        return [] if self.spec.stages == "none" else self.by_visit

    def text(self) -> str:
        """The whole sheet."""
        limit = self.by_form({f: self.limits.written(f, f.clock) for f in self.forms})
        stage_limits = {form: self._stage_limits(form) for form in self.judged_stages}
        self._case()
        self._stays()
        self._visits()
        self._pauses()
        self._times_of_visits(stage_limits)
        self._times(limit)
        self._exempt()
        self._stages_kept(stage_limits)
        self._outcome()
        return "\n".join(self._lines) + "\n"

    # --- lines ---
    def grain(self, text: str) -> None:
        self._lines.append(f"each {text}")

    def line(self, text: str) -> None:
        self._lines.append(f"  {text}")

    def begun(self, day: str) -> str:
        """Working days reached before the first that counts."""
        return f"{self.begin}({day}{', region' if self.has_regions else ''})"

    def reached(self, day: str) -> str:
        """Working days reached by the end of a day."""
        return f"worked_by({day}{', region' if self.has_regions else ''})"

    # --- the case and its stays ---
    def _case(self) -> None:
        told = self.spec.told_by
        self._lines.append(f"sheet {self.spec.id} -> case.days")
        self.grain("case")
        self.line("given as_of : date")
        if self.has_regions:
            self.line("in region : region")
        self.line(f"in {told} : one_of({', '.join(word(w) for w in each_once(f.word for f in self.forms))})")
        for name, declared in self.limits.facts.items():
            self.line(f"in {name} : {type_text(declared)}")
        self.line("in applied : date")
        self.line(f"in ended : date default {NEVER}")
        self.line("in ending : one_of(finished, withdrawn) default finished")
        self._governed()
        self.line("require applied <= as_of : applied-later")
        self.line("require ended >= applied : ended-before-application")
        if any(form.since for form in self.forms):
            self.line(f"in wording : date default {NEVER}")
            self.line(f"worded_on = if wording = {NEVER} then applied else wording")
        else:
            self.line("worded_on = applied")
        firsts: dict[str, str] = {}
        for form in self.forms:
            start = form.version.in_force.start.isoformat()
            firsts[form.word] = min(firsts.get(form.word, start), start)
        first = self.by_form({form: firsts[form.word] for form in self.forms})
        self.line(f"require worded_on >= ({first}) : no-process-in-force")
        self.line("is_open = ended > as_of")
        self.line("last_day = if is_open then as_of else ended")
        self.line(f"begun = {self.begun('applied')}")
        self.line(f"ended_at = {self.reached('last_day')}")

    def _governed(self) -> None:
        """The pack that governs the case's place: the smallest place with an overlay around it."""
        if self.places:
            whens = "".join(f'if region in ("{region}") then "{pack}" else ' for region, pack in self.places)
            self.line(f'governed = {whens}"{self.own}"')

    def _stays(self) -> None:
        self.grain("stay in case by stay_no")
        self.line("in stay_no : int 1..9999")
        self.line("in since : date")
        self.line(f"in until : date default {NEVER}")
        self.line(f"in cause : {options(self.causes)}")
        self.line(f"in confirmed_on : date default {NEVER}")
        self.line("require until >= since : ended-before-it-began")
        self.line("counts = confirmed_on <= as_of and since <= as_of")
        self.line(f"strange_stay = since < applied or (until > ended and until < {NEVER})")
        self.line("stay_from = if since > last_day then last_day else since")
        self.line("stay_to = if until > last_day then last_day else until")
        self.line(f"stay_from_at = {self.reached('stay_from')}")
        self.line(f"stay_to_at = {self.reached('stay_to')}")
        self.line("is_still = counts and stay_to > stay_from")
        for number, stops in enumerate(self.whole_stops, 1):
            stopping = f"counts and {one_of('cause', stops, self.causes)}"
            self.line(f"held_{number} = if {stopping} then stay_to_at - stay_from_at else 0")
        if self.exempt_whole:
            forced = f"counts and {one_of('cause', self.force, self.causes)} and stay_to_at > stay_from_at"
            self.line(f"forced = {forced}")
            self.line(f"forced_at = if forced then stay_from_at else {NOT_YET}")

    # --- visits and their pauses ---
    def _visits(self) -> None:
        self.grain("visit in case by seq")
        self.line("in seq : int 1..9999")
        self.line(f"in stage : {options(self.stages)}")
        self.line("in opened : date")
        self.line(f"in closed : date default {NEVER}")
        self.line("require closed >= opened : closed-before-opened")
        self.line("visit_from = if opened > as_of then as_of else opened")
        self.line("visit_to = if closed > as_of then as_of else closed")
        self.line(f"at_from = {self.begun('visit_from')}")
        self.line(f"at_to = {self.reached('visit_to')}")
        self.line(f"from_day = {number_of('visit_from')}")
        self.line(f"to_day = {number_of('visit_to')}")
        self.line("overlaps = reached(to_day, stage) > from_day")
        for number, total in enumerate(self.totals, 1):
            if total.of == "span":  # a day on which two stages were open counts once: what is new is added
                self.line(f"is_of_{number} = {one_of('stage', total.stages, self.stages)}")
                self.line(f"fresh_{number} = max(at_from, reached(at_to, is_of_{number}))")

    def _pauses(self) -> None:
        if not self.visit_stops:
            return
        self.grain("pause in visit by pause_no")
        self.line("in pause_no : int 1..9999")
        self.line("in paused : date")
        self.line("in resumed : date")
        self.line(f"in why : {options(self.causes)}")
        self.line("in agreed_on : date")
        # the visit's own days stand beside the stay, so that few rows are joined, not all visits
        self.line("in of_opened : date")
        self.line("in of_closed : date")
        self.line("lasts = agreed_on <= as_of and paused <= as_of")
        for name, day in (
            ("pause_from", "paused"),
            ("pause_to", "resumed"),
            ("of_from", "of_opened"),
            ("of_to", "of_closed"),
        ):
            self.line(f"{name} = if {day} > as_of then as_of else {day}")
        self.line(f"pause_from_at = {self.reached('pause_from')}")
        self.line(f"lost_from = max(pause_from_at, {self.begun('of_from')})")
        self.line(f"lost_to = min({self.reached('pause_to')}, {self.reached('of_to')})")
        for number, stops in enumerate(self.visit_stops, 1):
            stopping = f"lasts and {one_of('why', stops, self.causes)}"
            self.line(f"lost_{number} = if {stopping} then max(lost_to - lost_from, 0) else 0")
        for number, total in enumerate(self.totals, 1):
            if total.of == "span":
                stopping = f"lasts and {one_of('why', total.stops, self.causes)}"
                new = f"max(lost_to - max(lost_from, fresh_{number}), 0)"
                self.line(f"lost_of_{number} = if {stopping} then {new} else 0")
        if self.exempt_totals:
            forced = f"lasts and {one_of('why', self.force, self.causes)} and lost_to > lost_from"
            self.line(f"pause_forced = {forced}")
            self.line(f"pause_forced_at = if pause_forced then pause_from_at else {NOT_YET}")

    def _times_of_visits(self, stage_limits: Mapping[JudgedVersion, Mapping[str, Sequence[str]]]) -> None:
        self.grain("visit")
        for number, _ in enumerate(self.visit_stops, 1):
            self.line(f"used_{number} = {self._not_before(f'at_to - at_from - sum(lost_{number})')}")
        for number, total in enumerate(self.totals, 1):
            used = f"used_{self._set(total.stops)}"
            if total.of == "span":
                used = self._not_before(f"max(at_to - fresh_{number}, 0) - sum(lost_of_{number})")
            self.line(f"part_{number} = if {one_of('stage', total.stages, self.stages)} then {used} else 0")
        for number in self.exempt_totals:
            of = one_of("stage", self.totals[number - 1].stages, self.stages)
            self.line(f"forced_{number} = {of} and any(pause_forced)")
            self.line(f"forced_at_{number} = if forced_{number} then min(pause_forced_at) else {NOT_YET}")
        self.line(f"early = {NOT_YET} - from_day")
        for key in self._told_apart:
            self.line(f"is_{key} = stage = {word(key)} and opened <= as_of")
        for key, days, number in self._long(stage_limits):
            self.line(f"long_{key}_{days} = stage = {word(key)} and used_{number} > {days}")
        for line in visit_lines(self.spec.side_by_side, self.stages, NOT_YET):
            self.line(line)
        if self.spec.stages == "added":
            for key, number in self._added(stage_limits):
                self.line(f"at_{key} = if stage = {word(key)} then used_{number} else 0")

    def _not_before(self, days: str) -> str:
        """No days of a visit that opens after the day of judgement, even where its first day counts."""
        return f"if opened > as_of then 0 else {days}" if self.is_day_zero else days

    # --- the case again: time, limit, outcome ---
    def _times(self, limit: str) -> None:
        self.grain("case")
        self.line("elapsed = ended_at - begun")
        for number, _ in enumerate(self.whole_stops, 1):
            self.line(f"whole_{number} = elapsed - sum(held_{number})")
        for number, _ in enumerate(self.totals, 1):
            self.line(f"time_{number} = sum(part_{number})")
        of_whole = {form: f"whole_{self.whole_stops.index(form.stops) + 1}" for form in self.whole}
        of_visits = {form: f"time_{self.total_of[form]}" for form in self.by_visit}
        self.line(f"days = {self.by_form(of_whole | of_visits)}")
        self.line("limit_on = " + ("applied" if self.spec.limit_on == "application" else "last_day"))
        self.line(f"limit : workday(0) = {limit}")

    def _exempt(self) -> None:
        """Force majeure is kept apart where it took a working day off the clock and began before the
        limit had run out. Of several the earliest decides, for the time used never shrinks."""
        says = dict.fromkeys(self.forms, "false")
        if self.exempt_whole:
            self.line("any_forced = any(forced)")
            self.line("first_forced = min(forced_at)")
            self.grain("stay")
            for number, stops in enumerate(self.whole_stops, 1):
                before = "max(min(stay_to_at, first_forced) - stay_from_at, 0)"
                stopping = f"counts and {one_of('cause', stops, self.causes)}"
                self.line(f"held_first_{number} = if {stopping} then {before} else 0")
            self.grain("case")
            for number, _ in enumerate(self.whole_stops, 1):
                self.line(f"first_whole_{number} = first_forced - begun - sum(held_first_{number})")
            for form in self.whole:
                if form.mode == "exempt":
                    number = self.whole_stops.index(form.stops) + 1
                    says[form] = f"any_forced and first_whole_{number} <= limit"
        for number in self.exempt_totals:
            self._exempt_total(number)
        for form in self.by_visit:
            if form.mode == "exempt":
                number = self.total_of[form]
                says[form] = f"any_forced_{number} and first_time_{number} <= limit"
        self.line(f"exempt = {self.by_form(says)}")

    def _exempt_total(self, number: int) -> None:
        total = self.totals[number - 1]
        self.line(f"any_forced_{number} = any(forced_{number})")
        self.line(f"first_forced_{number} = min(forced_at_{number})")
        is_span = total.of == "span"
        self.grain("pause")
        begun = f"max(lost_from, fresh_{number})" if is_span else "lost_from"
        lost = f"max(min(lost_to, first_forced_{number}) - {begun}, 0)"
        stopping = f"lasts and {one_of('why', total.stops, self.causes)}"
        self.line(f"lost_first_{number} = if {stopping} then {lost} else 0")
        self.grain("visit")
        start = f"fresh_{number}" if is_span else "at_from"
        used = f"max(min(at_to, first_forced_{number}) - {start}, 0) - sum(lost_first_{number})"
        of = one_of("stage", total.stages, self.stages)
        self.line(f"first_part_{number} = if {of} then {self._not_before(used)} else 0")
        self.grain("case")
        self.line(f"first_time_{number} = sum(first_part_{number})")

    def _stages_kept(self, stage_limits: Mapping[JudgedVersion, Mapping[str, Sequence[str]]]) -> None:
        for key in self._told_apart:
            self.line(f"had_{key} = any(is_{key})")
        if self.spec.steps:
            steps = each_once(
                k for f in self.forms for k in f.version.stages if f.version.owner_of(k) == "supplier"
            )
            self.line(f"steps = {' + '.join(f'(if had_{key} then 1 else 0)' for key in steps)}")
            asked = Limited.model_validate({"limit": self.spec.steps})
            self.line(
                f"steps_allowed = {self.by_form({f: self.limits.written(f, asked) for f in self.forms})}"
            )
            self.line(f"steps_kept = steps {'=' if self.spec.steps_exactly else '<='} steps_allowed")
        for line in case_lines(self.spec.side_by_side, NOT_YET):
            self.line(line)
        for key, days, _ in self._long(stage_limits):
            self.line(f"over_{key}_{days} = any(long_{key}_{days})")
        if self.spec.stages == "added":
            for key, _ in self._added(stage_limits):
                self.line(f"in_{key} = sum(at_{key})")
        late = {form: self._late(form, stage_limits.get(form, {})) for form in self.forms}
        self.line(f"stages_late = {self.by_form(late)}")
        judged = {form: "true" if stage_limits.get(form) else "false" for form in self.forms}
        kept = 'if stages_late then "no" else "yes"'
        self.line(f'stages_within = if {self.by_form(judged)} then ({kept}) else "not_applicable"')
        complete = {f: " and ".join(f"had_{key}" for key in f.required) or "true" for f in self.forms}
        self.line(f"complete = {self.by_form(complete)}")

    def _late(self, form: JudgedVersion, limits: Iterable[str]) -> str:
        """Whether one of these stages of a form was late."""
        late = [self.limits.written(form, form.version.stages[key], self._longer(key)) for key in limits]
        return " or ".join(late) or "false"

    def _longer(self, key: str) -> Said:
        """Whether a stage took more than so many days."""
        said = "over_{}_{}" if self.spec.stages == "each" else "(in_{} > {})"
        return lambda days: "false" if days == str(NO_LIMIT) else said.format(key, days)

    def _outcome(self) -> None:
        starts = f"max(early) <= {NOT_YET} - {number_of('applied')}"
        inside = f"max(to_day) <= {number_of('last_day')} and {starts} and not any(strange_stay)"
        strange = {
            form: " or ".join(f"had_{k}" for k in self._told_apart if k not in form.version.stages) or "false"
            for form in self.forms
        }
        self.line(f"strange = {self.by_form(strange)}")
        self.line(
            f'doubt = if not ({inside}) then "outside_the_case" else if strange then "stage_of_another_process" '
            'else if any(overlaps) then "stage_twice_at_once" '
            'else if is_open or complete then "none" else "stage_missing"'
        )
        self.line(f"over = limit < {NO_LIMIT} and days > limit or stages_late")
        # whatever becomes of its days, a case that stood still is told
        self.line("stood_still = any(is_still)")
        self.line("withdrawn = not is_open and ending = withdrawn")
        self.line(
            'outcome = if withdrawn then "withdrawn" '
            'else if doubt in (outside_the_case, stage_of_another_process, stage_twice_at_once) then "undecided" '
            'else if exempt then "exempt" else if over then "not_met" '
            f'else if is_open or doubt != "none" then "undecided" else if limit = {NO_LIMIT} then "no_limit" else "met"'
        )
        self.line('within = outcome = "met"')

    # --- which stages, which limits ---
    @property
    def _told_apart(self) -> list[str]:
        """The stages of which the case must know whether it went through them."""
        required = [key for form in self.forms for key in form.required]
        steps = [
            key
            for form in self.forms
            for key in form.version.stages
            if self.spec.steps and form.version.owner_of(key) == "supplier"
        ]
        foreign = [key for key in self.stages if any(key not in form.version.stages for form in self.forms)]
        return each_once([*required, *steps, *foreign])

    def _stage_limits(self, form: JudgedVersion) -> dict[str, tuple[str, ...]]:
        """Every stage that the clock counts with the numbers of working days that its limit may be.
        Limits in calendar days end on a worked day and are no count, so they are not judged here."""
        found = {}
        for key in form.counted:
            stage = form.version.stages[key]
            if stage.calendar_days is None and (numbers := self.limits.numbers(form, stage)):
                found[key] = numbers
        return found

    def _long(
        self, stage_limits: Mapping[JudgedVersion, Mapping[str, Sequence[str]]]
    ) -> list[tuple[str, str, int]]:
        """(stage, days, set of causes) of every limit that a visit may be longer than."""
        if self.spec.stages != "each":
            return []
        return each_once(
            (key, days, self._set(form.version.stopping()))
            for form, limits in stage_limits.items()
            for key, numbers in limits.items()
            for days in numbers
        )

    def _added(
        self, stage_limits: Mapping[JudgedVersion, Mapping[str, Sequence[str]]]
    ) -> list[tuple[str, int]]:
        return each_once(
            (key, self._set(form.version.stopping()))
            for form, limits in stage_limits.items()
            for key in limits
        )

    def _set(self, stops: frozenset[str]) -> int:
        return self.visit_stops.index(stops) + 1

    # --- which form ---
    def by_form(self, values: Mapping[JudgedVersion, str]) -> str:
        """One value for every form: what most of them say comes last, without a condition."""
        groups: dict[str, list[JudgedVersion]] = {}
        for form in self.forms:
            groups.setdefault(values[form], []).append(form)
        ordered = sorted(groups.items(), key=lambda pair: len(pair[1]))
        text = ordered[-1][0]
        for value, forms in reversed(ordered[:-1]):
            text = f"if {self._is_one_of(forms)} then ({value}) else {text}"
        return f"({text})"

    def _is_one_of(self, forms: Iterable[JudgedVersion]) -> str:
        """Words of which every form is among them, then those of which every form of some packs is, then
        single forms by their days."""
        told, left, parts = self.spec.told_by, list(forms), []
        packs = each_once(form.pack.id for form in self.forms) if self.places else []
        for governed in [[], *([pack] for pack in packs)]:
            known = [form for form in self.forms if not governed or form.pack.id in governed]
            whole = each_once(
                form.word
                for form in left
                if all(f in left for f in known if f.word == form.word) and form in known
            )
            if whole:
                said = f"{told} in ({', '.join(map(word, whole))})"
                parts.append(f'({said} and governed = "{governed[0]}")' if governed else said)
                left = [form for form in left if form not in known or form.word not in whole]
        for form in left:
            single = [f"{told} = {word(form.word)}"]
            single += [f'governed = "{form.pack.id}"'] if self.places else []
            single += [f"worded_on >= {form.since.isoformat()}"] if form.since else []
            single += [f"worded_on < {form.before.isoformat()}"] if form.before else []
            parts.append(f"({' and '.join(single)})")
        return " or ".join(parts)
