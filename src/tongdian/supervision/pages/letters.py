"""Reminders, talks and circulars: the lists, a new one, and one with its paper and what may be done next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.files.replies import file_reply
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import Action
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.pages.guarding import guarded, now
from tongdian.registers.pages.list_tools import as_download
from tongdian.registers.views import record_export
from tongdian.spoken import reader_language
from tongdian.supervision.actions import letters as deeds
from tongdian.supervision.fields import CIRCULAR, PUBLISHED, SAID, TALK, TALK_RECORD, URGING
from tongdian.supervision.findings import CIRCULAR_FOLLOWS, TALK_FOLLOWS, LetterState, NoSuchLetter
from tongdian.supervision.forms import URGED, EvidenceForm, with_lists
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.findings import refused_elsewhere, seen_steps, shown_evidence
from tongdian.supervision.printing import letter_paper
from tongdian.supervision.queries import findings as found_there
from tongdian.supervision.queries import letters as queries
from tongdian.supervision.queries.competence import FINDERS, GROUPS, SUMMONERS, supervises
from tongdian.supervision.queries.offices import office_named
from tongdian.supervision.rules import FIND, READ

MOST_SHOWN = 100  # of each sort in the list; older ones stand on the pages of their findings
RESTS_ON = {"reminder": "通知/4(2)", "talk": "通知/4(4)", "circular": "通知/4(4)"}
NOTHING_ASKED = Fields()


@dataclass(frozen=True)
class NextLetterStep:
    """A step of a letter: its address's last part, and what is asked."""

    deed: str
    title: Promise | str
    action: Action[Any, Any]
    fields: Fields = NOTHING_ASKED
    to: LetterState | None = None  # none: an answer
    has_evidence: bool = False


@dataclass(frozen=True)
class LetterSort:
    """A sort of letter: how those that a viewer sees are found, what is asked of a new one, what may follow."""

    key: str
    title: Promise | str
    several: Promise | str
    new: Promise | str
    writers: frozenset[Any]
    rows: Callable[..., Any]
    draft: Action[Any, Any]
    fields: Fields
    steps: tuple[NextLetterStep, ...]
    follows: Mapping[Any, Any] = field(default_factory=dict)
    as_argument: str = "letter"


SORTS = {
    one.key: one
    for one in (
        LetterSort(
            "reminder", pgettext_lazy("letter", "Reminder"), pgettext_lazy("letter", "Reminders"), gettext_lazy("New reminder"),
            FINDERS | GROUPS, queries.reminders_seen, deeds.send_reminder, with_lists(URGING, URGED, is_letter=True),
            (NextLetterStep("answer", gettext_lazy("Answer it"), deeds.answer_reminder, SAID, None, True),),
        ),
        LetterSort(
            "talk", pgettext_lazy("letter", "Talk"), pgettext_lazy("letter", "Talks"), gettext_lazy("Draft a talk"),
            SUMMONERS, queries.talks_seen, deeds.draft_talk, with_lists(TALK, is_letter=True),
            (
                NextLetterStep("sign", gettext_lazy("Sign it"), deeds.sign_talk, to=LetterState.SIGNED),
                NextLetterStep("record", gettext_lazy("Record the talk"), deeds.record_talk, TALK_RECORD, LetterState.HELD),
                NextLetterStep("drop", gettext_lazy("Drop it"), deeds.drop_talk, SAID, LetterState.DROPPED),
            ),
            TALK_FOLLOWS, "talk",
        ),
        LetterSort(
            "circular", pgettext_lazy("letter", "Circular"), pgettext_lazy("letter", "Circulars"), gettext_lazy("Draft a circular"),
            SUMMONERS, queries.circulars_seen, deeds.draft_circular, with_lists(CIRCULAR, is_letter=True),
            (
                NextLetterStep("sign", gettext_lazy("Sign it"), deeds.sign_circular, to=LetterState.SIGNED),
                NextLetterStep(
                    "publish", gettext_lazy("Enter its publication"), deeds.publish_circular, PUBLISHED,
                    LetterState.PUBLISHED,
                ),
                NextLetterStep("drop", gettext_lazy("Drop it"), deeds.drop_circular, SAID, LetterState.DROPPED),
            ),
            CIRCULAR_FOLLOWS, "circular",
        ),
    )
}  # fmt: skip


def _sort(key: str) -> LetterSort:
    if key not in SORTS:
        raise NoSuchLetter
    return SORTS[key]


def _may_write(request: HttpRequest, about: OfficeAsked, sort: LetterSort) -> bool:
    office = about.office
    return (
        office is not None
        and office.kind in sort.writers
        and not about.is_past
        and request.user.has_perm(FIND.name, office)
    )


# --------------------------------------------------------------- the lists
@require_safe
@guarded(READ.name)
def listed(request: HttpRequest) -> HttpResponse:
    """What an office was reminded of and reminds others of, its talks, and the circulars that it reads."""
    about = asked(request)
    parts = []
    for sort in SORTS.values():
        rows = sort.rows(request.user, as_of=about.as_of).order_by("-at")
        if about.office is not None and sort.key != "circular":
            tree = [about.office.pk]
            rows = rows.filter(Q(organisation__ancestors__contains=tree) | Q(about__ancestors__contains=tree))
        shown = [(one, LetterState(one.state) if sort.follows else None) for one in rows[:MOST_SHOWN]]
        parts.append((sort, shown, _may_write(request, about, sort)))
    return render(request, "supervision/letters.html", {"about": about, "parts": parts})


# --------------------------------------------------------------- a new one
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FIND.name)
def new(request: HttpRequest, sort: str) -> HttpResponse:
    """Write a reminder, or draft a talk or a circular about findings."""
    about, kind = asked(request), _sort(sort)
    if about.office is None or not _may_write(request, about, kind):
        raise NoSuchLetter
    today = timezone.localdate()
    whom = office_named(request.GET.get("whom", "")[:12], today)
    if kind.key == "talk" and (whom is None or not supervises(about.office, whom)):
        return _choose_whom(request, about, kind)
    scope = Scope(request.user, about.office, today)
    form = EvidenceForm(
        kind.fields,
        request,
        scope=scope,
        values={
            "about": whom.short if whom else "",
            "clause": request.GET.get("clause", "")[:40] or _rests_on(about, kind),
        },
    )
    del form.fields["paper"], form.fields["file"]
    offered = _offered_findings(request, about.office, kind, whom)
    if request.method == "POST" and form.is_valid():
        given = form.said()
        if kind.key == "reminder":
            given["about"] = office_named(given["about"], today)
        else:
            picked = request.POST.getlist("findings")
            given |= {"findings": [one for one in offered if str(one.pk) in picked]}
            given |= {"about": whom} if kind.key == "talk" else {}
        try:
            made = now(request, kind.draft, organisation=about.office, **given)
        except Refusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, gettext("Entered as %(number)s.") % {"number": made.number})
            return redirect("supervision-letter", kind.key, made.pk)
    context = {
        "form": form,
        "title": kind.new,
        "within": f"{about.office.shown_name} → {whom.shown_name}" if whom and kind.key == "talk" else about.office.shown_name,
        "crumb": (gettext("Reminders, talks, circulars"), f"{reverse('supervision-letters')}?{about.query}"),
        "offered": offered,
        "picked": request.POST.getlist("findings") or [request.GET.get("finding", "")],
        "names_findings": kind.key != "reminder",
    }  # fmt: skip
    return render(
        request, "supervision/entry.html", context, status=422 if form.is_bound and form.errors else 200
    )


def _rests_on(about: OfficeAsked, kind: LetterSort) -> str:
    """The clause that has the office write such a letter, where its pack has it."""
    if about.pack is None:
        return ""
    says = about.pack.head.uses.inspecting
    clause = says.pressed_by if kind.key == "reminder" and about.is_group and says else RESTS_ON[kind.key]
    return clause if clause in about.pack.clauses else ""


def _choose_whom(request: HttpRequest, about: OfficeAsked, kind: LetterSort) -> HttpResponse:
    """Whom to summon: those about whom the office has findings that are not closed."""
    assert about.office is not None
    rows = found_there.findings_seen(request.user, as_of=about.as_of).filter(is_closed=False)
    here = [one for one in rows if supervises(about.office, one.about)]
    whom: dict[Any, tuple[Organisation, int]] = {}
    for one in here:
        whom[one.about_id] = (one.about, whom.get(one.about_id, (one.about, 0))[1] + 1)
    context = {"about": about, "title": kind.new, "whom": list(whom.values())}
    return render(request, "supervision/choose_whom.html", context)


def _offered_findings(
    request: HttpRequest, office: Organisation, kind: LetterSort, whom: Organisation | None
) -> list[Any]:
    if kind.key == "reminder":
        return []
    return found_there.that_may_be_named(
        office, request.user, as_of=timezone.localdate(), about=whom if kind.key == "talk" else None
    )


# --------------------------------------------------------------- one
@require_safe
@guarded(READ.name)
def one(request: HttpRequest, sort: str, letter: UUID) -> HttpResponse:
    """A letter: what it says, what became of it, and what the viewer may do next."""
    kind = _sort(sort)
    return _page(request, kind, _letter(request, kind, letter))


def _letter(request: HttpRequest, kind: LetterSort, letter: UUID) -> Any:
    return queries.one_of(kind.rows(request.user, as_of=asked(request).as_of), letter)


def _page(
    request: HttpRequest,
    kind: LetterSort,
    here: Any,
    refused: tuple[str, EvidenceForm] | None = None,
    status: int = 422,
) -> HttpResponse:
    about = asked(request)
    answer = getattr(here, "answer", None) if kind.key == "reminder" and here.answered_at else None
    forms = [
        (step, refused[1] if refused and refused[0] == step.deed else _form(request, here, step))
        for step in ([] if about.is_past else _offered(request, kind, here))
    ]
    context = {
        "about": about,
        "sort": kind,
        "here": here,
        "state": LetterState(here.state) if kind.follows else None,
        "clause": found_there.clause_of(here),
        "findings": queries.findings_named(here) if kind.follows else [],
        "seen": _seen(request, about, here) if kind.follows else set(),
        "steps": [(one, LetterState(one.what)) for one in queries.steps_of(here, as_of=about.as_of)]
        if kind.follows
        else [],
        "answer": answer,
        "answer_evidence": shown_evidence(answer.evidence) if answer else [],
        "forms": forms,
        "steps_seen": here.steps.count() if kind.follows else 0,
        "steps_address": reverse("supervision-letter", args=[kind.key, here.pk]) + "steps/",
        "files_address": reverse("supervision-letters") + f"reminders/{here.pk}/evidence/",
        "refused": refused[0] if refused else "",
        "refusal": refused_elsewhere(refused, forms),
        "is_own_draft": kind.follows
        and here.state == LetterState.DRAFTED
        and not about.is_past
        and _is_own(request, here),
    }
    return render(request, "supervision/letter.html", context, status=status if refused else 200)


def _seen(request: HttpRequest, about: OfficeAsked, here: Any) -> set[UUID]:
    """Those of its findings that the viewer may open: a circular is read by many more."""
    rows = found_there.findings_seen(request.user, as_of=about.as_of)
    return set(rows.filter(pk__in=here.named.values("finding")).values_list("pk", flat=True))


def _offered(request: HttpRequest, kind: LetterSort, here: Any) -> list[NextLetterStep]:
    """The steps that follow and that the viewer may take; the actions ask again."""
    after = kind.follows[LetterState(here.state)] if kind.follows else ()
    found = [
        step
        for step in kind.steps
        if (step.to in after if step.to else here.answered_at is None)
        and request.user.has_perm(step.action.may.name, step.action.within(here))
    ]
    return [step for step in found if not (step.deed == "sign" and _is_own(request, here))]


def _is_own(request: HttpRequest, here: Any) -> bool:
    viewer: Any = request.user
    return here.by_id in one_hand(viewer.pk, on=(timezone.localdate(),))


def _form(request: HttpRequest, here: Any, step: NextLetterStep, *, sent: bool = False) -> EvidenceForm:
    scope = Scope(request.user, step.action.within(here), timezone.localdate())
    form = EvidenceForm(step.fields, request if sent else None, scope=scope, key=step.deed)
    if not step.has_evidence:
        del form.fields["file"], form.fields["paper"]
    return form


@require_POST
@guarded(READ.name)
def step(request: HttpRequest, sort: str, letter: UUID, deed: str) -> HttpResponse:
    """Take a step of a letter; what is refused is said on its form."""
    kind = _sort(sort)
    here = _letter(request, kind, letter)
    chosen = next((one for one in kind.steps if one.deed == deed), None)
    if chosen is None:
        raise NoSuchLetter
    form = _form(request, here, chosen, sent=True)
    if form.is_valid():
        try:
            with transaction.atomic():
                evidence = {"evidence": form.evidence(at=timezone.now())} if chosen.has_evidence else {}
                # a reminder is answered once, whatever was seen of it
                seen = {"seen": seen_steps(request)} if kind.follows else {}
                now(request, chosen.action, **{kind.as_argument: here}, **form.said(), **evidence, **seen)
        except Refusal as refusal:
            if refusal.status in (403, 404) and not refusal.field:
                raise
            form.refused(refusal)
            return _page(request, kind, here, (deed, form), status=refusal.status)
        else:
            messages.success(request, gettext("Done, and entered with your name."))
            return redirect("supervision-letter", kind.key, here.pk)
    return _page(request, kind, here, (deed, form))


@require_POST
@guarded(READ.name)
def paper(request: HttpRequest, sort: str, letter: UUID) -> HttpResponse:
    """The letter as PDF, in the form of offices; before it is signed it says that it is a draft."""
    here = _letter(request, _sort(sort), letter)
    record_export(
        viewer=request.user, of="supervision-letter", query=str(here.number), columns=[], at=timezone.now()
    )
    printed = letter_paper(
        here, as_of=timezone.localdate(), language="en" if reader_language() == "en" else "zh"
    )
    return as_download(printed, f"{here.number}.pdf", "application/pdf")


@require_safe
@guarded(READ.name)
def evidence(request: HttpRequest, letter: UUID, hash_: str) -> HttpResponse:
    """A file of the answer to a reminder."""
    here = _letter(request, SORTS["reminder"], letter)
    kept = {
        one["ref"]: one.get("note", "")
        for one in (here.answer.evidence if here.answered_at else ())
        if one["kind"] == "file"
    }
    if hash_ not in kept:
        raise NoSuchLetter
    return file_reply(hash_, name=kept[hash_].rpartition(".")[0] or here.number)
