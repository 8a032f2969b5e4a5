"""Findings, for the shell's search."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.shell.search import Hit
from tongdian.supervision.queries.findings import findings_seen
from tongdian.supervision.rules import READ

SHOWN = 10


def found_findings(request: HttpRequest, wanted: str) -> list[tuple[str, list[Hit]]]:
    """The findings in whose number or text these characters stand, or in the name of whom they are about."""
    if not request.user.has_perm(READ.name):
        return []
    told = Q(number__icontains=wanted) | Q(text__icontains=wanted)
    about = (
        Q(about__name__icontains=wanted)
        | Q(about__name_en__icontains=wanted)
        | Q(about__short__iexact=wanted)
    )
    rows = findings_seen(request.user, as_of=timezone.localdate()).filter(told | about).order_by("-at")
    hits = [
        Hit(
            one.number,
            reverse("supervision-finding", args=[one.pk]),
            f"{one.about.shown_name} · {one.text[:40]}",
        )
        for one in rows[:SHOWN]
    ]
    return [(gettext("Findings"), hits)]
