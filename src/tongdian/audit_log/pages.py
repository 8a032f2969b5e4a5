"""The audit page: one line first, then every entry, proofs and checkpoints to take away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tongdian import bounded_days
from tongdian.allowed import NotAllowed
from tongdian.audit_log import actions, queries
from tongdian.audit_log.models import Entry
from tongdian.audit_log.queries import NoSuchEntry
from tongdian.audit_log.rules import GUARDS
from tongdian.audit_log.verification import Verification, verify
from tongdian.policy.refusals import Refusal
from tongdian.spoken import reader_language

PAGE = 50
SMALL = 2_000  # entries checked on opening the page; a longer log is checked when asked
LAST_CHECK = "audit_log.last_check"


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Whether the log is as it was sealed, and what it says. For overseers."""
    try:
        entries = queries.entries(viewer=request.user)
    except NotAllowed:
        raise PermissionDenied from None
    refusal = None
    try:
        filtered = _filtered(entries, request.GET)
    except Refusal as refused:  # of a day that is none: less is never taken for all
        refusal, filtered = refused, entries.none()
    rows = list(filtered[: PAGE + 1])
    head = queries.tree_head()
    last = cache.get(LAST_CHECK)
    if head.size <= SMALL and (last is None or last["size"] != head.size):
        _remember(verify())
    context = {
        "check": cache.get(LAST_CHECK),
        "size": head.size,
        "root": head.root.hex(),
        "since": queries.first_day(),
        "waiting": queries.waiting(),
        "rows": [_row(entry) for entry in rows[:PAGE]],
        "older": _address(request.GET, rows[PAGE - 1].id) if len(rows) > PAGE else "",
        "filters": {name: request.GET.get(name, "") for name in ("actor", "action", "subject", "from", "to")},
        "refusal": refusal.say(reader_language()) if refusal else "",
        "actions": queries.known_actions(),
        "checkpoints": queries.checkpoints(viewer=request.user),
        "verifier": queries.verifier(),
        "may_verify": request.user.has_perm("audit_log.verify"),
        "may_erase": request.user.has_perm("audit_log.erase_payload"),
    }
    return render(request, "audit_log/audit.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Check the whole log now."""
    if not request.user.has_perm("audit_log.verify"):
        raise PermissionDenied
    actions.seal_entries()
    _remember(verify())
    return redirect("audit")


@require_POST
def erase(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Erase what an entry says about people, on lawful request, with the reason."""
    found = Entry.objects.filter(pk=entry).first()
    if found is None:
        raise Http404
    try:
        reason = request.POST.get("reason", "")
        actions.erase_payload(viewer=request.user, entry=found, reason=reason, at=timezone.now())
    except NotAllowed:
        raise PermissionDenied from None
    except Refusal as refused:
        messages.error(request, refused.say((reader_language())[:2]))
    else:
        messages.success(request, gettext("Erased. That it was, by whom and why is an entry."))
    return redirect("audit")


@require_safe
def proof(request: HttpRequest, sequence: int) -> HttpResponse:
    """That an entry is in the log: RFC 6962, as JSON to keep."""
    try:
        found = queries.inclusion(viewer=request.user, sequence=sequence)
    except NotAllowed:
        raise PermissionDenied from None
    except NoSuchEntry:
        raise Http404 from None
    reply = JsonResponse(
        {
            "origin": queries.verifier().partition("+")[0],
            "sequence": found.sequence,
            "size": found.head.size,
            "root": found.head.root.hex(),
            "leaf": found.leaf.decode(),
            "proof": [part.hex() for part in found.proof],
        },
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    reply["Content-Disposition"] = f'attachment; filename="entry-{sequence}.proof.json"'
    return reply


@require_safe
def checkpoint(request: HttpRequest, size: int) -> HttpResponse:
    """A signed checkpoint as it was written."""
    try:
        found = queries.checkpoints(viewer=request.user)
    except NotAllowed:
        raise PermissionDenied from None
    note = next((one.note for one in found if one.size == size), None)
    if note is None:
        raise Http404
    reply = HttpResponse(note, content_type="text/plain; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="checkpoint-{size:012}.txt"'
    return reply


def _remember(found: Verification) -> None:
    """The last check, in both languages, for whoever opens the page next."""
    cache.set(
        LAST_CHECK,
        {
            "at": timezone.now(),
            "size": found.head.size,
            "holds": found.holds,
            "erased": found.erased,
            "checkpoints": found.checkpoints,
            "findings": [tuple(finding.words) for finding in found.findings[:50]],
            "count": len(found.findings),
        },
        timeout=None,
    )


def _filtered(entries: QuerySet[Entry], query: QueryDict) -> QuerySet[Entry]:
    for name in ("actor", "action", "subject"):
        if text := query.get(name, "").strip():
            entries = entries.filter(**{f"{name}__icontains": text})
    for name, test in (("from", "at__date__gte"), ("to", "at__date__lte")):
        if text := query.get(name, "").strip():
            entries = entries.filter(**{test: bounded_days.read(text)})
    if before := _id(query.get("before", "")):
        entries = entries.filter(id__lt=before)
    return entries


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _address(query: QueryDict, before: UUID) -> str:
    further = query.copy()
    further["before"] = str(before)
    return f"?{further.urlencode()}"


def _row(entry: Any) -> dict[str, Any]:
    payload = entry.payload.content if hasattr(entry, "payload") else None
    if isinstance(payload, dict) and isinstance(guards := payload.get(GUARDS), dict):
        payload = payload | {GUARDS: ", ".join([*guards.get("now", {}), *guards.get("gone", [])])}
    return {
        "entry": entry,
        "sequence": entry.place.sequence if hasattr(entry, "place") else None,
        "payload": list(payload.items()) if isinstance(payload, dict) else [],
        "erased": entry.erasure.reason if hasattr(entry, "erasure") else "",
    }
