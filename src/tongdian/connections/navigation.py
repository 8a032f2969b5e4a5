"""Where the shell leads to: services for everybody, repairs, visits and fees for offices."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongdian.cases.queries import Desks, mark_refused
from tongdian.cases.sections import case_sections
from tongdian.connections import queries
from tongdian.connections.models import Repair, Visit
from tongdian.connections.pages.contracting import agreements_waiting, case_links
from tongdian.notices.rules import NATIONAL_HOTLINE
from tongdian.parties.permissions import only_in_units, only_supervises
from tongdian.shell.home import add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.spoken import reader_language


def for_the_public(request: HttpRequest) -> dict[str, Any] | None:
    """What a customer came for, and their own cases if they signed in."""
    if request.user.has_perm("cases.read"):
        return None
    desks, language = Desks(), reader_language()
    cases = list(queries.cases_of_account(request.user))
    mark_refused(cases)
    own = [(case, desks.title(case, language)) for case in cases]
    offices = queries.offices(timezone.localdate())
    return {
        "own": own,
        "offices": offices,
        "one": offices[0] if len(offices) == 1 else None,
        "national_hotline": NATIONAL_HOTLINE,
    }


def waiting_here(request: HttpRequest) -> dict[str, Any] | None:
    """Today's visits, the open repairs and the agreements of who works on them."""
    viewer = request.user
    if not viewer.has_perm("connections.answer_repairs") or only_supervises(viewer) or only_in_units(viewer):
        return None  # who supervises looks at suppliers' repairs where they are listed; a unit answers none
    today = timezone.localdate()
    open_states = [Repair.State.REPORTED, Repair.State.TAKEN]
    repairs = queries.repairs(request.user).filter(state__in=open_states)
    visits = queries.visits(request.user).filter(state=Visit.State.BOOKED, starts_at__date__lte=today)
    waiting = {
        "repairs": repairs.count(),
        "visits": visits.count(),
        "agreements": agreements_waiting(request.user),
    }
    return waiting if any(waiting.values()) else None


register(
    NavigationEntry(
        title=_("Services"),
        url_name="services",
        icon="list-check",
        order=9,
        also=("service*", "apply*", "hotlines", "track*", "repair-report*", "repair-followed"),
    )
)
register(
    NavigationEntry(
        title=_("Repairs"),
        url_name="repairs",
        icon="bolt",
        order=16,
        permission="connections.answer_repairs",
        also=("repair", "repair-work"),
    )
)
register(
    NavigationEntry(title=_("Visits"), url_name="visits", icon="calendar", order=17, permission="cases.work")
)
register(
    NavigationEntry(
        title=_("Fees"),
        url_name="fees",
        icon="scale",
        order=130,
        permission="connections.publish_fees",
        also=("publishedfee-*", "published-fee-*"),
    )
)

case_sections.add("connections/of_case.html", case_links, order=10)
add_section("connections/home_public.html", for_the_public, order=0)
add_section("connections/home_staff.html", waiting_here, order=3)
