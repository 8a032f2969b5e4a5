"""Claims on pages: what each would change, the list of those that wait, and their settling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.cases import queries
from tongdian.cases.models import Case
from tongdian.cases.pages.timeline import TimelineLine
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import grants, only_supervises
from tongdian.parties.queries import organisations
from tongdian.policy.process import ClockResult, Standing
from tongdian.policy.process.claims import WaitingClaim
from tongdian.policy.words import Words
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import guarded

if TYPE_CHECKING:
    from tongdian.cases.pages.showing import ShownCase

PAGE = 50
SAID = {
    Standing.LATE: Words("逾期", "late"),
    Standing.NOT_KNOWN: Words("尚不能确定是否按时", "not known yet whether in time"),
}
IN_TIME = Words("按时", "in time")
EXEMPT = Words("因不可抗力除外", "excepted for force majeure")


@dataclass(frozen=True)
class ShownChange:
    """One time that waits: how it is judged now, and how if the claim is countersigned."""

    title: str
    now: str
    then: str


@dataclass(frozen=True)
class ShownClaim:
    """A claim that would make a time better."""

    seq: int
    line: TimelineLine | None
    decides: bool
    changes: tuple[ShownChange, ...]


@dataclass(frozen=True)
class ClaimedCase:
    """A case in the list of claims that wait."""

    shown: ShownCase
    claims: tuple[ShownClaim, ...]


def shown_claims(shown: ShownCase) -> Iterator[ShownClaim]:
    """The claims of a case that wait, each with what hangs on it."""
    lines = {line.seq: line for line in shown.lines if line.is_event}
    for claim in shown.clocks.waiting:
        seq = claim.event.seq
        changes = tuple(_changes(shown, claim))
        yield ShownClaim(seq, lines.get(seq), claim.decides, changes)


def _changes(shown: ShownCase, claim: WaitingClaim) -> Iterator[ShownChange]:
    for one in claim.changes:
        named = shown.wording.stages if one.is_stage else shown.wording.clocks
        title = named[one.name].title.say(shown.language)
        yield ShownChange(title, _said(one.without, shown.language), _said(one.believed, shown.language))


def _said(reading: ClockResult, language: str) -> str:
    """19 working days, late · last day 2026-11-09."""
    verdict = EXEMPT if reading.exempt else SAID.get(reading.standing, IN_TIME)
    said = f"{reading.said.say(language)} · {verdict.say(language)}"
    if reading.due_on is None:
        return said
    last = gettext("last day %(day)s") % {"day": reading.due_on.isoformat()}
    return f"{said} · {last}"


def works_cases(viewer: Any) -> bool:
    """Whether what waits for a countersignature may be this viewer's to settle. An authority reads the claims of its
    suppliers among their cases and countersigns none (`OF_WHO_WORKS`); one that fills a role of the processes works
    cases as they do."""
    return not only_supervises(viewer) or any(
        grant.organisation.fills for grant in grants(viewer) if grant.organisation is not None
    )


@require_safe
@guarded("cases.countersign")
def claims(request: HttpRequest) -> HttpResponse:
    """The cases judged late until what is claimed of them is countersigned."""
    from tongdian.cases.pages.showing import ShownCase

    viewer, today = request.user, timezone.localdate()
    rows = queries.waiting_claims(viewer, today)
    chosen = as_uuid(request.GET.get("organisation", ""))
    if chosen is not None:
        rows = rows.filter(organisation__ancestors__contains=[chosen])
    found: list[Case] = list(rows[: PAGE + 1])
    shown = [ShownCase(viewer, case, today) for case in found[:PAGE]]
    context = {
        "rows": [ClaimedCase(one, one.claims) for one in shown],
        "is_more": len(found) > PAGE,
        "organisations": owners(viewer),
        "organisation": str(chosen or ""),
    }
    return render(request, "cases/claims.html", context)


def owners(viewer: Any) -> list[tuple[str, str]]:
    """The organisations by which the list can be narrowed."""
    seen = organisations(viewer).exclude(kind=Organisation.Kind.OFFICE)[:500]
    return [(str(one.pk), one.shown_name) for one in seen]
