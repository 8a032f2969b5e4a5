"""The addresses of supervision."""

from django.urls import path

from tongdian.supervision.pages import (
    coordination,
    drawing,
    groups,
    inspections,
    ledger,
    overview,
    returns,
    taking,
)

RETURN = "supervision/returns/<uuid:organisation>/<slug:form>/<slug:period>/"

urlpatterns = [
    path("supervision/", overview.overview, name="supervision"),
    path("supervision/expected/<slug:form>/<slug:period>/", overview.chasing, name="supervision-chasing"),
    path(RETURN, returns.shown, name="supervision-return"),
    path(f"{RETURN}fill/", returns.fill, name="supervision-fill"),
    path(f"{RETURN}export/", returns.export, name="supervision-return-export"),
    path(f"{RETURN}template/", taking.template, name="supervision-template"),
    path(f"{RETURN}bring/", taking.bring, name="supervision-bring"),
    path(f"{RETURN}paper/", taking.printed, name="supervision-return-paper"),
    path(f"{RETURN}steps/<slug:deed>/", returns.step, name="supervision-step"),
    path("supervision/tasks/", ledger.ledger, name="supervision-tasks"),
    path("supervision/tasks/report/", ledger.report, name="supervision-task-report"),
    path("supervision/indicators/", ledger.indicators, name="supervision-indicators"),
    path("supervision/indicators/<slug:rule>/", ledger.indicator, name="supervision-indicator"),
    path("supervision/inspections/", inspections.inspections, name="supervision-inspections"),
    path("supervision/inspections/plan/", inspections.plan, name="supervision-inspection-plan"),
    path("supervision/inspections/types/", inspections.typing, name="supervision-supplier-type"),
    path("supervision/inspections/begin/", inspections.begin, name="supervision-inspection-begin"),
    path("supervision/inspections/<uuid:id_>/", drawing.inspection, name="supervision-inspection"),
    path("supervision/inspections/<uuid:id_>/draw/", drawing.draw, name="supervision-draw"),
    path("supervision/inspections/<uuid:id_>/evidence/", drawing.evidence, name="supervision-evidence"),
    path("supervision/inspections/cases/<uuid:id_>/", drawing.record, name="supervision-site-record"),
    path("supervision/inspections/files/<uuid:id_>/", drawing.site_file, name="supervision-site-file"),
    path("supervision/group/", groups.group, name="supervision-group"),
    path("supervision/group/remind/", groups.remind, name="supervision-remind"),
    path("supervision/coordination/", coordination.coordination, name="supervision-coordination"),
    path("supervision/coordination/meeting/", coordination.meeting, name="supervision-meeting"),
    path("supervision/coordination/difficulty/", coordination.difficulty, name="supervision-difficulty"),
    path("supervision/coordination/difficulty/<uuid:id_>/", coordination.resolve, name="supervision-resolve"),
]
