"""Where the shell leads to in supervision."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from tongdian.parties.permissions import GOVERNMENT, SUPERVISED, grants
from tongdian.shell.home import add_figure, add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search
from tongdian.supervision import sections
from tongdian.supervision.pages.homes import authority_here, supplier_here
from tongdian.supervision.pages.searching import found_findings


def _has_an_office(viewer: Any) -> bool:
    """Whether a role is held in an authority or a supplier: a campus files nothing here."""
    kinds = GOVERNMENT | SUPERVISED
    return any(one.organisation is None or one.organisation.kind in kinds for one in grants(viewer))


register(
    NavigationEntry(
        title=_("Supervision"),
        url_name="supervision",
        icon="eye",
        order=25,
        permission="supervision.read",
        also=("supervision-*", "grid-*", "internal-rule*"),
        opens=_has_an_office,
    )
)
register_search(found_findings, order=25)
# who supervises comes to what is due and who is missing; who supplies first to the cases in hand
add_section("supervision/home.html", authority_here, order=1)
add_section("supervision/home.html", supplier_here, order=4)
add_figure("supervision", _("Returns to review"), sections.to_review, order=30, within="#own")
add_figure("supervision", _("Returns to file"), sections.to_file, order=31, within="#own")
add_figure("supervision", _("Returns filed to you"), sections.to_accept, order=32, within="#to-accept")
add_figure("supervision", _("Returns sent back"), sections.returned, order=33, within="#own")
add_figure("supervision", _("Questions on returns"), sections.to_answer, order=34)
add_figure(
    "supervision-findings",
    _("Findings to answer"),
    sections.findings_to_answer,
    order=35,
    within="?standing=answer#list",
)
add_figure(
    "supervision-findings",
    _("Rectifications to verify"),
    sections.rectifications_to_verify,
    order=36,
    within="?standing=verify#list",
)
add_figure(
    "supervision-findings",
    _("Rectifications overdue"),
    sections.overdue_rectifications,
    order=37,
    within="?standing=overdue#list",
)
add_figure(
    "supervision-letters",
    _("Reminders to answer"),
    sections.reminders_to_answer,
    order=38,
    within="#reminder",
)
add_figure("supervision-letters", _("Talks to sign"), sections.talks_to_sign, order=39, within="#talk")
add_figure(
    "supervision-letters", _("Circulars to sign"), sections.circulars_to_sign, order=40, within="#circular"
)
add_figure("supervision-inspections", _("Planned inspections due"), sections.to_inspect, order=41)
add_figure("supervision-inspections", _("Drawn cases to record"), sections.to_record, order=42)
add_figure(
    "supervision-grids", _("Grid plans to evaluate"), sections.plans_to_evaluate, order=43, within="#plans"
)
add_figure(
    "supervision-grids", _("Late projects of grids"), sections.late_projects, order=44, within="#projects"
)
add_figure(
    "supervision-internal-rules", _("Internal rules overdue"), sections.overdue_rules, order=45, within="#own"
)
