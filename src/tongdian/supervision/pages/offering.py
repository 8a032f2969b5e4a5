"""What a page that shows something suspicious offers: the finding that was opened of it, or the way to open one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from tongdian.parties.models import Organisation
from tongdian.supervision.findings import EvidenceKind
from tongdian.supervision.models import SupervisionFinding
from tongdian.supervision.pages.asking import OfficeAsked
from tongdian.supervision.queries.competence import FINDERS, GROUPS
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
SALT = "tongdian.supervision.finding"


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
    token = signing.dumps({"origin": origin, "case": case, "about": asked.get("about", "")}, salt=SALT)
    known = {"office": office.short, "of": token, **asked}
    query = urlencode({name: value for name, value in known.items() if value})
    return FindingOffer(opened, f"{reverse('supervision-finding-new')}?{query}" if may else "")


def press_address(request: HttpRequest, about: OfficeAsked, clause: str) -> str:
    """Where a reminder about a clause is written, to whom is yet to be said; nothing for who presses nobody."""
    office = about.office
    if office is None or about.is_past or office.kind not in FINDERS | GROUPS:
        return ""
    if not request.user.has_perm(FIND.name, office):
        return ""
    asks = urlencode({"office": office.short, "clause": clause})
    return f"{reverse('supervision-letter-new', args=['reminder'])}?{asks}&whom="


def filled_in(request: HttpRequest) -> Mapping[str, str]:
    """What an address fills in of a new finding."""
    return {name: request.GET[name][:2000] for name in ASKED if name in request.GET}


def came_of(request: HttpRequest, about: str) -> tuple[str, list[dict[str, str]]]:
    """The origin of a finding and the case that is its evidence, where the page that offered it says so and it is
    about whom that page named: else nothing, so that nobody takes a signal's place with a finding about another."""
    try:
        said = signing.loads(request.GET.get("of", ""), salt=SALT)
    except signing.BadSignature:
        return "", []
    if said["about"] != about:
        return "", []
    today = timezone.localdate().isoformat()
    case = [{"kind": EvidenceKind.CASE.value, "ref": said["case"], "note": today}] if said["case"] else []
    return said["origin"], case
