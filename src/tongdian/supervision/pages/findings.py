"""Findings: the list, a new one, and one with its story and what may be done next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.files.replies import file_reply
from tongdian.parties.permissions import one_hand
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import Action
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.pages.guarding import form_page, guarded, now
from tongdian.registers.pages.list_tools import one_page
from tongdian.spoken import reader_language
from tongdian.supervision.actions import findings as deeds
from tongdian.supervision.fields import EXTENSION, FINDING, MAY_SAY, ORDER, SAID, SENT_BACK
from tongdian.supervision.findings import (
    FINDING_FOLLOWS,
    TO_BE_RECTIFIED,
    EvidenceKind,
    FindingKind,
    FindingSource,
    FindingState,
    LetterState,
    NoSuchFinding,
)
from tongdian.supervision.forms import ABOUT, EvidenceForm, with_lists
from tongdian.supervision.models import Talk
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.offering import came_of, filled_in
from tongdian.supervision.queries import findings as queries
from tongdian.supervision.queries.competence import FINDERS, SUMMONERS, division_named, seen_from
from tongdian.supervision.queries.letters import that_followed
from tongdian.supervision.queries.offices import office_named
from tongdian.supervision.rules import ANSWER, FIND, READ

NEW = with_lists(FINDING, ABOUT)
_AWAITED = [one.value for one in (FindingState.OPENED, *TO_BE_RECTIFIED)]
_ANSWERED = [FindingState.EXPLAINED.value, FindingState.REPORTED.value]
STANDINGS: dict[str, tuple[Any, dict[str, Any]]] = {
    "open": (pgettext_lazy("finding", "Open"), {"is_closed": False}),
    "overdue": (pgettext_lazy("finding", "Overdue"), {"is_overdue": True}),
    "answer": (gettext_lazy("For this office to answer"), {"state__in": _AWAITED}),
    "verify": (gettext_lazy("For this office to verify"), {"state__in": _ANSWERED}),
    "closed": (pgettext_lazy("finding", "Closed"), {"is_closed": True}),
    "all": (gettext_lazy("All findings"), {}),
}
WHOSE = {"answer": "about", "verify": "organisation"}  # of what waits: whose part the office has
MOST_OFFICES = 12  # before the list; the others are found by its filter


# --------------------------------------------------------------- the list
@require_safe
@guarded(READ.name)
def listed(request: HttpRequest) -> HttpResponse:
    """Findings that the office made or that are about it, and those of offices below: counts, then the list."""
    about = asked(request)
    rows = queries.findings_seen(request.user, as_of=about.as_of)
    if about.office is not None:
        rows = rows.filter(seen_from(about.office))
    chosen = _chosen(request)
    by_office = [{**one, "shown": _name(one)} for one in queries.counts_by_office(rows)]
    kinds = queries.open_by_kind_and_age(rows, about.as_of)
    counts = queries.counts_of(rows)
    if chosen["whom"]:
        rows = rows.filter(about__short=chosen["whom"])
    if chosen["source"]:
        rows = rows.filter(source=chosen["source"])
    if chosen["kind"]:
        rows = rows.filter(kind=chosen["kind"])
    if about.office is not None and chosen["standing"] in WHOSE:
        rows = rows.filter(**{WHOSE[chosen["standing"]]: about.office})
    page, following = one_page(request, rows.filter(**STANDINGS[chosen["standing"]][1]))
    context = {
        "about": about,
        "counts": counts,
        "by_office": by_office[:MOST_OFFICES],
        "offices": by_office,
        "rows": [(one, FindingState(one.state)) for one in page],
        "following": following,
        "chosen": chosen,
        "standings": [(key, title) for key, (title, _) in STANDINGS.items()],
        "sources": FindingSource.choices,
        "kinds": FindingKind.choices,
        "may_open": _may_open(request, about),
        "chart": _chart(kinds),
    }
    return render(request, "supervision/findings.html", context)


def _name(row: Mapping[str, Any]) -> str:
    return str(row["name_en"] if reader_language() == "en" and row["name_en"] else row["name"])


def _chosen(request: HttpRequest) -> dict[str, str]:
    """What the address asks for; what is none is passed over."""
    standing = request.GET.get("standing", "")
    source, kind = request.GET.get("source", ""), request.GET.get("kind", "")
    return {
        "standing": standing if standing in STANDINGS else "open",
        "source": source if source in FindingSource.values else "",
        "kind": kind if kind in FindingKind.values else "",
        "whom": request.GET.get("whom", "")[:12],
    }


def _may_open(request: HttpRequest, about: OfficeAsked) -> bool:
    office = about.office
    return (
        office is not None
        and office.kind in FINDERS
        and not about.is_past
        and request.user.has_perm(FIND.name, office)
    )


def _chart(kinds: Mapping[str, list[int]]) -> dict[str, Any] | None:
    """Open findings of each kind, by how long they have been open."""
    if not kinds:
        return None
    first, second, third = queries.AGES
    bands = [
        gettext("up to %(days)s days") % {"days": first},
        gettext("up to %(days)s days") % {"days": second},
        gettext("up to %(days)s days") % {"days": third},
        pgettext("age", "longer"),
    ]
    return {
        "title": gettext("Open findings by kind and age"),
        "labels": [str(FindingKind(kind).label) for kind in kinds],
        "series": [[band, [counts[n] for counts in kinds.values()]] for n, band in enumerate(bands)],
    }


# --------------------------------------------------------------- a new one
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FIND.name)
def new(request: HttpRequest) -> HttpResponse:
    """Open a finding."""
    about = asked(request)
    if about.office is None or not _may_open(request, about):
        raise NoSuchFinding
    scope = Scope(request.user, about.office, timezone.localdate())
    form = EvidenceForm(NEW, request, scope=scope, values=filled_in(request))
    if request.method == "POST" and form.is_valid():
        given = form.said()
        origin, case = came_of(request, given["about"])
        whom = office_named(given.pop("about"), timezone.localdate())
        if whom is not None:
            given["region"] = division_named(given.get("region", ""), about.office, whom)
        try:
            with transaction.atomic():
                found = now(
                    request, deeds.open_finding, organisation=about.office, about=whom,
                    evidence=[*form.evidence(at=timezone.now()), *case], origin=origin, **given,
                )  # fmt: skip
        except Refusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, gettext("Opened as %(number)s.") % {"number": found.number})
            return redirect("supervision-finding", found.pk)
    return form_page(
        request, form, "supervision/entry.html", title=gettext("New finding"), within=about.office.shown_name,
        crumb=(gettext("Findings"), f"{reverse('supervision-findings')}?{about.query}"), about=about,
    )  # fmt: skip


# --------------------------------------------------------------- one
@dataclass(frozen=True)
class NextStep:
    """A step that may be taken: its address's last part, what leads to which state, what is asked."""

    deed: str
    title: Promise | str
    action: Action[Any, Any]
    to: FindingState
    fields: Fields
    has_evidence: bool = False


NEXT = (
    NextStep("report", gettext_lazy("Report as rectified"), deeds.report_rectified, FindingState.REPORTED, SAID, True),
    NextStep("explain", gettext_lazy("Explain it"), deeds.explain_finding, FindingState.EXPLAINED, SAID, True),
    NextStep("verify", gettext_lazy("Verified: close it"), deeds.verify_rectification, FindingState.VERIFIED, MAY_SAY),
    NextStep("return", gettext_lazy("Send it back"), deeds.send_rectification_back, FindingState.RETURNED, SENT_BACK),
    NextStep("accept", gettext_lazy("Accept the explanation"), deeds.accept_explanation, FindingState.ACCEPTED, MAY_SAY),
    NextStep("confirm", gettext_lazy("Confirm it"), deeds.confirm_finding, FindingState.CONFIRMED, MAY_SAY),
    NextStep("order", gettext_lazy("Order rectification"), deeds.order_rectification, FindingState.ORDERED, ORDER),
    NextStep("extend", gettext_lazy("Extend the deadline"), deeds.extend_rectification, FindingState.EXTENDED, EXTENSION),
    NextStep("withdraw", gettext_lazy("Withdraw it"), deeds.withdraw_finding, FindingState.WITHDRAWN, SAID),
)  # fmt: skip


@require_safe
@guarded(READ.name)
def one(request: HttpRequest, finding: UUID) -> HttpResponse:
    """A finding: what was found, its story, what followed, and what the viewer may do next."""
    return _page(request, queries.finding(request.user, finding, as_of=asked(request).as_of))


def _page(
    request: HttpRequest, here: Any, refused: tuple[str, EvidenceForm] | None = None, status: int = 422
) -> HttpResponse:
    about = asked(request)
    steps = queries.story(here, as_of=about.as_of)
    forms = [
        (step, refused[1] if refused and refused[0] == step.deed else _form(request, here, step))
        for step in ([] if about.is_past else _offered(request, here))
    ]
    context = {
        "about": about,
        "here": here,
        "state": FindingState(here.state),
        "clause": queries.clause_of(here),
        "evidence": shown_evidence(here.evidence),
        "story": [(step, FindingState(step.what), shown_evidence(step.evidence)) for step in steps],
        "forms": forms,
        "refused": refused[0] if refused else "",
        "refusal": refused_elsewhere(refused, forms),
        "followed": [_letter_shown(one) for one in that_followed(request.user, here, as_of=about.as_of)],
        "steps_seen": len(queries.story(here, as_of=about.today)),
        "steps_address": reverse("supervision-finding", args=[here.pk]) + "steps/",
        "files_address": reverse("supervision-finding", args=[here.pk]) + "evidence/",
        "may_summon": not about.is_past
        and here.organisation.kind in SUMMONERS
        and not here.is_closed
        and request.user.has_perm(FIND.name, here.organisation),
        "to_answer": _to_answer({step.deed for step, _ in forms if step.action.may == ANSWER}),
    }
    return render(request, "supervision/finding.html", context, status=status if refused else 200)


def _to_answer(deeds_offered: set[str]) -> str:
    """What the office that a finding is about is asked for, of what it may do."""
    if "explain" in deeds_offered:
        return gettext("Your office is to explain this.")
    if "report" in deeds_offered:
        return gettext("Your office is to rectify this and to report it.")
    return ""


def _letter_shown(letter: Any) -> dict[str, Any]:
    sort = "talk" if isinstance(letter, Talk) else "circular"
    return {
        "letter": letter,
        "title": pgettext("letter", "Talk") if sort == "talk" else letter.title,
        "state": LetterState(letter.state),
        "address": reverse("supervision-letter", args=[sort, letter.pk]),
    }


def refused_elsewhere(refused: tuple[str, EvidenceForm] | None, forms: Any) -> list[str]:
    """What is said above all, where the step that was refused is no longer offered: somebody was faster."""
    if refused is None or any(step.deed == refused[0] for step, _ in forms):
        return []
    return [str(error) for errors in refused[1].errors.values() for error in errors]


def shown_evidence(evidence: Any) -> list[dict[str, str]]:
    """References with what their kind is called."""
    return [{**one, "title": str(EvidenceKind(one["kind"]).label)} for one in evidence]


def _offered(request: HttpRequest, here: Any) -> list[NextStep]:
    """The steps that follow and that the viewer may take; the actions ask again."""
    viewer: Any = request.user
    after = FINDING_FOLLOWS[FindingState(here.state)]
    found = [
        step
        for step in NEXT
        if step.to in after and viewer.has_perm(step.action.may.name, step.action.within(here))
    ]
    is_own = here.state == FindingState.REPORTED and _reported_by(here) in one_hand(
        viewer.pk, on=(timezone.localdate(),)
    )
    return [step for step in found if not (is_own and step.deed == "verify")]


def _reported_by(here: Any) -> Any:
    last = here.steps.order_by("-number").first()
    return last.by_id if last else None


def _form(request: HttpRequest, here: Any, step: NextStep, *, sent: bool = False) -> EvidenceForm:
    scope = Scope(request.user, step.action.within(here), timezone.localdate())
    form = EvidenceForm(step.fields, request if sent else None, scope=scope, key=step.deed)
    if not step.has_evidence:
        del form.fields["file"], form.fields["paper"]
    return form


@require_POST
@guarded(READ.name)
def step(request: HttpRequest, finding: UUID, deed: str) -> HttpResponse:
    """Take a step of a finding; what is refused is said on its form."""
    here = queries.finding(request.user, finding, as_of=timezone.localdate())
    chosen = next((one for one in NEXT if one.deed == deed), None)
    if chosen is None:
        raise NoSuchFinding
    form = _form(request, here, chosen, sent=True)
    if form.is_valid():
        try:
            with transaction.atomic():
                evidence = {"evidence": form.evidence(at=timezone.now())} if chosen.has_evidence else {}
                now(request, chosen.action, finding=here, seen=seen_steps(request), **form.said(), **evidence)
        except Refusal as refusal:
            if refusal.status in (403, 404) and not refusal.field:
                raise
            form.refused(refusal)
            return _page(request, here, (deed, form), status=refusal.status)
        else:
            messages.success(request, gettext("Done, and entered with your name."))
            return redirect("supervision-finding", here.pk)
    return _page(request, here, (deed, form))


def seen_steps(request: HttpRequest) -> int:
    """How many steps the page showed on which a step was taken; a page that says none showed nothing."""
    said = request.POST.get("seen", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else -1


@require_safe
@guarded(READ.name)
def evidence(request: HttpRequest, finding: UUID, hash_: str) -> HttpResponse:
    """A file that a finding or a step of it rests on."""
    here = queries.finding(request.user, finding, as_of=timezone.localdate())
    kept = queries.evidence_hashes(here, queries.story(here, as_of=timezone.localdate()))
    if hash_ not in kept:
        raise NoSuchFinding
    return file_reply(hash_, name=kept[hash_].rpartition(".")[0] or here.number)
