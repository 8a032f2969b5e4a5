"""Where the shell leads to in conduct; what it adds to the pages of a case and of a place."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongdian.cases.sections import case_sections
from tongdian.conduct.models import ConductAct
from tongdian.conduct.rules import RECORD
from tongdian.network.sections import place_sections
from tongdian.qr_codes import qr_code
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.supply.sections import finding_sections

register(
    NavigationEntry(
        title=_("Violations"), url_name="conduct", icon="alert-triangle", order=135, permission="conduct.read",
        also=("conduct-*",),
    )
)  # fmt: skip


register(
    NavigationEntry(
        title=_("Education in safety and saving"), url_name="education-records", icon="users", order=136,
        permission="conduct.read", also=("education-record*",),
    )
)  # fmt: skip


def _of_case(request: HttpRequest, of: Any) -> dict[str, Any] | None:
    """The act that a case follows up, or in which it is appealed against; `of` is the case as its page has read it."""
    about = Q(violation__case=of.case.pk) | Q(appeals__heard_in__case=of.case.pk)
    act = ConductAct.objects.filter(about).first()
    return {"act": act} if act is not None else None


def _at_place(request: HttpRequest, place: Any) -> dict[str, Any] | None:
    """Where an act at this place is recorded, also as a code for the door."""
    if not request.user.has_perm(RECORD.name, place.organisation):
        return None
    address = request.build_absolute_uri(f"{reverse('conduct-record')}?place={place.code}")
    return {"address": address, "code": b64encode(qr_code(address)).decode()}


def _of_finding(request: HttpRequest, finding: Any) -> dict[str, Any] | None:
    """Where a finding of use outside hours becomes an act, in one step."""
    place = finding.point.place
    if not request.user.has_perm(RECORD.name, place.organisation):
        return None
    asked = {
        "place": place.code, "house": place.organisation.short, "used": finding.point.pk,
        "timetable": finding.hours.rule.rule, "from": finding.instant.isoformat(),
    }  # fmt: skip
    return {"address": f"{reverse('conduct-record')}?{urlencode(asked)}"}


finding_sections.add("conduct/of_finding.html", _of_finding, order=5)
case_sections.add("conduct/of_case.html", _of_case, order=6)
place_sections.add("conduct/at_place.html", _at_place, order=9)
