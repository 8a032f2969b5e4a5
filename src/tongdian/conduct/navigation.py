"""Where the shell leads to in conduct; what it adds to the pages of a case and of a place."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongdian.cases.sections import case_sections
from tongdian.conduct import queries
from tongdian.conduct.models import ConductAct
from tongdian.conduct.rules import READ, RECORD
from tongdian.network.sections import place_sections
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import own_units
from tongdian.qr_codes import qr_code
from tongdian.shell.home import add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.spoken import reader_language
from tongdian.supply.sections import finding_sections

MOST_AT_HOME = 20

register(
    NavigationEntry(
        title=_("Violations"), url_name="conduct", icon="alert-triangle", order=135, permission="conduct.read",
        also=("conduct-*",), for_units=True,
    )
)  # fmt: skip


register(
    NavigationEntry(
        title=_("Education in safety and saving"), url_name="education-records", icon="users", order=136,
        permission="conduct.read", also=("education-record*",), for_units=True,
    )
)  # fmt: skip
register(
    NavigationEntry(
        title=_("Report a violation"), url_name="violation-report", icon="speakerphone", order=10,
        also=("violation-report-*", "violations-published"), opens=lambda viewer: not viewer.has_perm(READ.name),
    )
)  # fmt: skip


def _for_the_public(request: HttpRequest) -> dict[str, Any] | None:
    """Where anybody reports a violation, and reads those that are published (68); who looks at them for an office has
    them in the menu."""
    if request.user.has_perm(READ.name) or not queries.houses(timezone.localdate()):
        return None
    return {}


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


def _of_own_units(request: HttpRequest) -> dict[str, Any] | None:
    """What waits for the units in which the viewer has a role: the notices served on them whose cases go on."""
    if not request.user.is_authenticated:
        return None
    units = list(Organisation.objects.filter(pk__in=own_units(request.user)).order_by("name"))
    if not units:
        return None
    today = timezone.localdate()
    rows = []
    for act in queries.served_on_units(request.user)[:MOST_AT_HOME]:
        days = [one.correct_by for one in act.notices.all() if one.correct_by is not None]
        rows.append(
            {
                "act": act,
                "said": queries.words_of(act).said.say(reader_language()),
                "correct_by": max(days, default=None),
                "heard": next((one for one in act.appeals.all() if not one.heard_in.case.ending), None),
            }
        )
    return {"units": units, "rows": rows, "today": today}


finding_sections.add("conduct/of_finding.html", _of_finding, order=5)
case_sections.add("conduct/of_case.html", _of_case, order=6)
add_section("conduct/home_public.html", _for_the_public, order=1)
add_section("conduct/home_unit.html", _of_own_units, order=1)
place_sections.add("conduct/at_place.html", _at_place, order=9)
