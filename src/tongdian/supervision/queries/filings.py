"""Where returns stand: who has filed what, in time or not, and what a version says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from tongdian.allowed import NoSuchOrganisation
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.form_lines import FormLine
from tongdian.policy.kinds.filing import Filer, FilingPeriod
from tongdian.policy.rounding import percentage
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.models import (
    CellQuestion,
    CountedFigures,
    FiledReturn,
    LateAllowance,
    LateRequest,
    ReturnStep,
    ReturnVersion,
)
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.offices import (
    ReturnForm,
    copied_from,
    copied_to,
    filers_below,
    form_of,
    forms_of,
    receiver,
    supervising_packs,
)
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ, RECEIVED, ReturnState, Step

BEFORE = dt.timedelta(days=400)  # periods whose day has gone by: a year and a little
AHEAD = dt.timedelta(days=200)


@dataclass(frozen=True)
class ReturnStanding:
    """Where the return of an organisation for a period stands at the end of a day."""

    organisation: Organisation
    form: ReturnForm
    period: FilingPeriod
    filing: FiledReturn | None = None
    versions: Sequence[ReturnVersion] = ()
    steps: Mapping[UUID, Sequence[ReturnStep]] = field(default_factory=dict)  # by version
    allowed_until: dt.date | None = None
    terms: Mapping[UUID, dt.date] = field(
        default_factory=dict
    )  # by version sent back: by when it comes again
    asked_late: LateRequest | None = None  # and not answered yet

    @property
    def mark(self) -> str:
        """What stands now, to be named by who does something about it: the version, and how many steps it has."""
        newest = self.newest
        return f"{newest.number}.{len(self.steps.get(newest.pk, ()))}" if newest else ""

    def is_closed(self, on: dt.date) -> bool:
        """Whether it is filed no more without leave."""
        closes = self.period.closes
        return closes is not None and on > max(closes, self.allowed_until or closes)

    @property
    def sent_back(self) -> ReturnStep | None:
        """By which the newest version was sent or handed back, with the reason."""
        steps = self.steps.get(self.newest.pk, ()) if self.newest else ()
        return steps[-1] if steps and steps[-1].what in (Step.RETURNED, Step.REWORK) else None

    @property
    def title(self) -> Words:
        """What it is called as this office files it."""
        return self.form.title_of(self.organisation)

    @property
    def short(self) -> Words:
        """The same in few words."""
        return self.form.short_of(self.organisation)

    @property
    def note(self) -> Words | None:
        """What is said of it."""
        return self.form.note_of(self.organisation)

    @property
    def lines(self) -> list[FormLine]:
        """The rows that this office fills in."""
        return self.form.lines(self.organisation)

    @property
    def newest(self) -> ReturnVersion | None:
        """The version that was written last."""
        return self.versions[-1] if self.versions else None

    @property
    def state(self) -> ReturnState:
        """That of the newest version."""
        return self.state_of(self.newest) if self.newest else ReturnState.MISSING

    def state_of(self, version: ReturnVersion) -> ReturnState:
        """Where one version stands."""
        steps = self.steps.get(version.pk, ())
        return ReturnState(steps[-1].what) if steps else ReturnState.DRAFT

    @property
    def accepted(self) -> ReturnVersion | None:
        """The version that counts for who is above."""
        return next(
            (one for one in reversed(self.versions) if self.state_of(one) == ReturnState.ACCEPTED), None
        )

    @property
    def once_accepted(self) -> list[ReturnVersion]:
        """The versions that were accepted at some time, the first one first."""
        return [
            one
            for one in self.versions
            if any(step.what == "accepted" for step in self.steps.get(one.pk, ()))
        ]

    @property
    def received(self) -> ReturnVersion | None:
        """The newest version that lies with who is above."""
        return next((one for one in reversed(self.versions) if self.state_of(one) in RECEIVED), None)

    @property
    def first_filed_on(self) -> dt.date | None:
        """The day on which what lies above was filed for the first time. What was taken back, or sent back before
        it was accepted, does not count: an empty form sent in time would else make any later one timely. What was
        accepted and opened again for a correction was filed on its day, and so was what came again by the day that
        was given when it was sent back."""
        days = [self._filed_from(version) for version in self.versions if self._counted(version)]
        known = [day for day in days if day is not None]
        return min(known) if known and self.received is not None else None

    def _filed_from(self, version: ReturnVersion) -> dt.date | None:
        """The day from which a version counts as filed."""
        day = next(
            (legal_day(one.at) for one in self.steps.get(version.pk, ()) if one.what == Step.SUBMITTED), None
        )
        if day is None:
            return None
        before = [one for one in self.as_copied.versions if one.number < version.number]
        term = self.terms.get(before[-1].pk) if before else None
        return self._filed_from(before[-1]) if term is not None and day <= term else day

    @property
    def comes_again_by(self) -> dt.date | None:
        """The day given for what was in time and was sent back: until then it is not overdue."""
        filed = self.as_copied.versions
        last = filed[-1] if filed else None
        if last is None or self.state_of(last) != ReturnState.RETURNED:
            return None
        day = self._filed_from(last)
        return self.terms.get(last.pk) if day is not None and day <= self.period.due else None

    def _counted(self, version: ReturnVersion) -> bool:
        said = {step.what for step in self.steps.get(version.pk, ())}
        return "accepted" in said or self.state_of(version) in RECEIVED

    @property
    def is_received(self) -> bool:
        """Whether it lies with who is above."""
        return self.received is not None

    @property
    def is_on_time(self) -> bool:
        """Whether it was filed by its day."""
        return self.first_filed_on is not None and self.first_filed_on <= self.period.due

    @property
    def as_copied(self) -> ReturnStanding:
        """As who gets a copy sees it: the versions that were filed."""
        filed = [
            one
            for one in self.versions
            if any(step.what == "submitted" for step in self.steps.get(one.pk, ()))
        ]
        return replace(self, versions=filed)

    def is_overdue(self, on: dt.date) -> bool:
        """Whether its day has gone by and it is not there."""
        return not self.is_received and on > max(self.period.due, self.comes_again_by or self.period.due)


@dataclass(frozen=True, slots=True)
class Rates:
    """Four numbers: returns expected, received, on time, and those accepted beside."""

    expected: int
    received: int
    on_time: int
    accepted: int

    @property
    def missing(self) -> int:
        """What the chasing list has."""
        return self.expected - self.received

    @property
    def rate(self) -> int | None:
        """Received of expected in per cent, rounded, 100 only where none is missing; None of none."""
        found = percentage(Decimal(self.received), Decimal(self.expected), 0)
        return None if found is None else int(found)


def rates_of(standings: Iterable[ReturnStanding]) -> Rates:
    """The numbers of some returns."""
    rows = list(standings)
    return Rates(
        len(rows),
        sum(one.is_received for one in rows),
        sum(one.is_on_time for one in rows),
        sum(one.accepted is not None for one in rows),
    )


def standings(
    form: ReturnForm, organisations: Sequence[Organisation], key: str, *, as_of: dt.date
) -> list[ReturnStanding]:
    """Where the returns of some organisations for a period stand at the end of a day, in their order."""
    if not organisations:
        return []
    until = end_of(as_of)
    ids = [one.pk for one in organisations]
    mine = {"organisation__in": ids, "pack": form.pack.id, "form": form.key, "period": key}
    filings = {one.organisation_id: one for one in FiledReturn.objects.filter(**mine, at__lt=until)}
    versions: dict[UUID, list[ReturnVersion]] = {}
    for version in ReturnVersion.objects.filter(filing__in=list(filings.values()), at__lt=until).order_by(
        "number"
    ):
        versions.setdefault(version.filing_id, []).append(version)
    steps: dict[UUID, list[ReturnStep]] = {}
    rows = ReturnStep.objects.filter(version__filing__in=list(filings.values()), at__lt=until)
    for step in rows.select_related("by").order_by("number"):
        steps.setdefault(step.version_id, []).append(step)
    allowances = list(LateAllowance.objects.filter(**mine, at__lt=until).order_by("until"))
    allowed = {one.organisation_id: one.until for one in allowances}
    terms = {one.returned_id: one.until for one in allowances if one.returned_id is not None}
    asked = {
        one.organisation_id: one
        for one in LateRequest.objects.filter(**mine, at__lt=until).select_related("by").order_by("at")
        if not any(each.organisation_id == one.organisation_id and each.at >= one.at for each in allowances)
    }
    found = []
    for one in organisations:
        period = form.period(one, key)
        if period is not None:
            filing = filings.get(one.pk)
            mine_too = versions.get(filing.pk, []) if filing else []
            found.append(
                ReturnStanding(
                    one, form, period, filing, mine_too, steps, allowed.get(one.pk), terms, asked.get(one.pk)
                )
            )
    return found


def standing(form: ReturnForm, organisation: Organisation, key: str, *, as_of: dt.date) -> ReturnStanding:
    """Where one return stands. Raises NoSuchReturn."""
    found = standings(form, [organisation], key, as_of=as_of)
    if not found:
        raise NoSuchReturn
    return found[0]


def expected_below(
    form: ReturnForm, organisation: Organisation, key: str, *, as_of: dt.date
) -> list[ReturnStanding]:
    """The returns that are to come to an organisation for a period."""
    return standings(form, filers_below(form, organisation, as_of), key, as_of=as_of)


def copies(form: ReturnForm, organisation: Organisation, key: str, *, as_of: dt.date) -> list[ReturnStanding]:
    """The returns of which an organisation gets a copy: of what was filed, and of nothing before."""
    rows = standings(form, copied_from(form, organisation, as_of), key, as_of=as_of)
    return [one.as_copied for one in rows]


def may_see(viewer: Any, form: ReturnForm, organisation: Organisation, on: dt.date) -> bool:
    """The filer's own people, those to whom it files at any level above, and who gets a copy."""
    return _is_filed_by_or_to(viewer, form, organisation, on) or any(
        viewer.has_perm(READ.name, one) for one in copied_to(form, organisation, on)
    )


def _is_filed_by_or_to(viewer: Any, form: ReturnForm, organisation: Organisation, on: dt.date) -> bool:
    if viewer.has_perm(READ.name, organisation):
        return True
    above = receiver(form, organisation, on)
    while above is not None:
        if viewer.has_perm(READ.name, above):
            return True
        above = receiver(form, above, on)
    return False


def named(
    viewer: Any, organisation: Organisation, key: str, period: str, *, as_of: dt.date
) -> ReturnStanding:
    """A return that a viewer sees; who only gets a copy sees what was filed. Raises NoSuchReturn, NoSuchOrganisation."""
    for pack in supervising_packs(organisation, as_of):
        form = form_of(pack, key, as_of)
        if form is None or form.period(organisation, period) is None:
            continue
        if not may_see(viewer, form, organisation, as_of):
            raise NoSuchOrganisation
        here = standing(form, organisation, period, as_of=as_of)
        return here if _is_filed_by_or_to(viewer, form, organisation, as_of) else here.as_copied
    raise NoSuchReturn


def questions_on(here: ReturnStanding) -> QuerySet[CellQuestion]:
    """The questions on the versions of a return, with their answers."""
    return CellQuestion.objects.filter(version__in=here.versions).select_related("answer", "by")


def forms_for(organisation: Organisation, on: dt.date) -> list[ReturnForm]:
    """The forms that an organisation files, or that are filed to it; none before its document asked for it."""
    return [
        form
        for pack in supervising_packs(organisation, on)
        for form in forms_of(pack, on)
        if form.rule.versions[0].in_force.start <= on
    ]


def own_standings(office: Organisation, *, as_of: dt.date) -> list[ReturnStanding]:
    """An office's own returns whose day is near or gone by, the newest first. What is filed once stays until it is
    accepted, however long its day has gone by."""
    found = [
        here
        for form in forms_for(office, as_of)
        if (filer := form.filer(office)) is not None
        for period in periods_near(form, filer, as_of)
        for here in [standing(form, office, period.key, as_of=as_of)]
        if period.due >= as_of - BEFORE or here.accepted is None
    ]
    return sorted(found, key=lambda one: one.period.due, reverse=True)


def periods_near(form: ReturnForm, filer: Filer, as_of: dt.date) -> list[FilingPeriod]:
    """The periods of an office whose day is near or gone by a while ago, and of what is filed once whenever it was."""
    start = form.rule.versions[0].in_force
    return [
        one
        for one in form.rule.periods(form.version, filer, first=start.start, last=as_of + AHEAD)
        if start.covers(one.due) and (one.is_once or one.due >= as_of - BEFORE)
    ]


@dataclass(frozen=True)
class WaitingReturn:
    """A return that was filed to an office and waits for its acceptance."""

    version: ReturnVersion
    form: ReturnForm
    period: FilingPeriod
    filed_at: dt.datetime

    @property
    def title(self) -> Words:
        """What it is called as its office files it."""
        return self.form.title_of(self.version.filing.organisation)


def waiting_for(office: Organisation, *, as_of: dt.date) -> list[WaitingReturn]:
    """What lies with an office neither accepted nor returned at the end of a day, of whichever period, the oldest
    first."""
    until = end_of(as_of)
    of_it = OuterRef("version"), OuterRef("version__filing"), OuterRef("version__number")
    later = ReturnStep.objects.filter(version=of_it[0], number__gt=OuterRef("number"), at__lt=until)
    newer = ReturnVersion.objects.filter(filing=of_it[1], number__gt=of_it[2], at__lt=until)
    rows = ReturnStep.objects.filter(
        ~Exists(later), ~Exists(newer), what=Step.SUBMITTED.value, to=office, at__lt=until
    )
    # which office of the document each is, its divisions say: asked of all at once
    rows = rows.select_related("version__filing__organisation__region")
    rows = rows.prefetch_related("version__filing__organisation__regions").order_by("at")
    found = []
    for step in rows:
        filing = step.version.filing
        form = form_of(rulebook.pack(filing.pack), filing.form, as_of)
        period = form.period(filing.organisation, filing.period) if form is not None else None
        if form is not None and period is not None:
            found.append(WaitingReturn(step.version, form, period, step.at))
    return found


def newest_figures(organisation: Organisation, pack: str, period: str) -> CountedFigures | None:
    """What was counted last from the cases of a period."""
    rows = CountedFigures.objects.filter(organisation=organisation, pack=pack, period=period)
    return rows.order_by("-at", "-pk").first()


def newest_counted(organisation: Organisation, pack: str) -> str:
    """The period that was counted last; nothing, where none was."""
    row = CountedFigures.objects.filter(organisation=organisation, pack=pack).order_by("-at", "-pk").first()
    return row.period if row is not None else ""


def pack_of(filing: FiledReturn) -> Any:
    """The pack that a return is of."""
    return rulebook.pack(filing.pack)
