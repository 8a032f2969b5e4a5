"""The addresses of supervision."""

from django.urls import path

from tongdian.supervision.pages import (
    conformance,
    coordination,
    drawing,
    exporting,
    findings,
    groups,
    inspections,
    integrity,
    ledger,
    letters,
    merging,
    overview,
    returns,
    taking,
)

RETURN = "supervision/returns/<uuid:organisation>/<slug:form>/<slug:period>/"
FINDING = "supervision/findings/<uuid:finding>/"
LETTER = "supervision/findings/letters/<slug:sort>/<uuid:letter>/"

urlpatterns = [
    path("supervision/", overview.overview, name="supervision"),
    path("supervision/expected/<slug:form>/<slug:period>/", overview.chasing, name="supervision-chasing"),
    path("supervision/expected/<slug:form>/<slug:period>/export/", merging.export, name="supervision-merged"),
    path(RETURN, returns.shown, name="supervision-return"),
    path(f"{RETURN}fill/", returns.fill, name="supervision-fill"),
    path(f"{RETURN}export/", exporting.export, name="supervision-return-export"),
    path(f"{RETURN}template/", taking.template, name="supervision-template"),
    path(f"{RETURN}bring/", taking.bring, name="supervision-bring"),
    path(f"{RETURN}paper/", taking.printed, name="supervision-return-paper"),
    path(f"{RETURN}steps/<slug:deed>/", returns.step, name="supervision-step"),
    path("supervision/tasks/", ledger.ledger, name="supervision-tasks"),
    path("supervision/tasks/report/", ledger.report, name="supervision-task-report"),
    path("supervision/indicators/", ledger.indicators, name="supervision-indicators"),
    path("supervision/indicators/<slug:rule>/", ledger.indicator, name="supervision-indicator"),
    path("supervision/findings/", findings.listed, name="supervision-findings"),
    path("supervision/findings/new/", findings.new, name="supervision-finding-new"),
    path(FINDING, findings.one, name="supervision-finding"),
    path(f"{FINDING}steps/<slug:deed>/", findings.step, name="supervision-finding-step"),
    path(f"{FINDING}evidence/<str:hash_>/", findings.evidence, name="supervision-finding-evidence"),
    path("supervision/findings/letters/", letters.listed, name="supervision-letters"),
    path("supervision/findings/letters/<slug:sort>/new/", letters.new, name="supervision-letter-new"),
    path(LETTER, letters.one, name="supervision-letter"),
    path(f"{LETTER}steps/<slug:deed>/", letters.step, name="supervision-letter-step"),
    path(f"{LETTER}paper/", letters.paper, name="supervision-letter-paper"),
    path(
        "supervision/findings/letters/reminders/<uuid:letter>/evidence/<str:hash_>/",
        letters.evidence,
        name="supervision-reminder-evidence",
    ),
    path("supervision/integrity/", integrity.integrity, name="supervision-integrity"),
    path("supervision/integrity/<slug:rule>/", integrity.signal, name="supervision-signal"),
    path(
        "supervision/integrity/<slug:rule>/evidence/",
        integrity.signal_evidence,
        name="supervision-signal-evidence",
    ),
    path("supervision/conformance/", conformance.conformance, name="supervision-conformance"),
    path("supervision/conformance/export/", conformance.export, name="supervision-conformance-export"),
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
    path("supervision/coordination/", coordination.coordination, name="supervision-coordination"),
    path("supervision/coordination/meeting/", coordination.meeting, name="supervision-meeting"),
    path("supervision/coordination/difficulty/", coordination.difficulty, name="supervision-difficulty"),
    path("supervision/coordination/difficulty/<uuid:id_>/", coordination.resolve, name="supervision-resolve"),
]
