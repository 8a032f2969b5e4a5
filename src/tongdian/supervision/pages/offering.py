"""What a page that shows something suspicious offers: the finding that was opened of it, or the way to open one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from tongdian.parties.models import Organisation
from tongdian.supervision.findings import EvidenceKind
from tongdian.supervision.models import SupervisionFinding
from tongdian.supervision.queries.competence import FINDERS
from tongdian.supervision.queries.findings import finding_of_origin
from tongdian.supervision.rules import FIND

ASKED = (
    "about",
    "source",
    "gravity",
    "clause",
    "text",
    "region",
)  # fields of a finding that an address may fill in
ORIGIN = re.compile(r"(integrity|inspection):\S.{0,180}")


@dataclass(frozen=True)
class FindingOffer:
    """`link` is empty where the viewer opens none."""

    opened: SupervisionFinding | None
    link: str


def offer(
    request: HttpRequest, office: Organisation, *, origin: str, case: str = "", **asked: str
) -> FindingOffer:
    """The finding of an origin, or the address at which one is opened with what is known filled in."""
    opened = finding_of_origin(office, origin)
    may = opened is None and office.kind in FINDERS and request.user.has_perm(FIND.name, office)
    known = {"office": office.short, "origin": origin, "case": case, **asked}
    query = urlencode({name: value for name, value in known.items() if value})
    return FindingOffer(opened, f"{reverse('supervision-finding-new')}?{query}" if may else "")


def filled_in(request: HttpRequest) -> Mapping[str, str]:
    """What an address fills in of a new finding."""
    return {name: request.GET[name][:2000] for name in ASKED if name in request.GET}


def origin_of(request: HttpRequest) -> str:
    """The origin that an address names, if it is one."""
    given = request.GET.get("origin", "")
    return given if ORIGIN.fullmatch(given) else ""


def evidence_of(request: HttpRequest) -> list[dict[str, str]]:
    """The case that an address names, as evidence."""
    case = request.GET.get("case", "")[:60]
    today = timezone.localdate().isoformat()
    return [{"kind": EvidenceKind.CASE.value, "ref": case, "note": today}] if case else []
