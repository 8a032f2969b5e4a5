"""The addresses of supervision."""

from django.urls import path

from tongdian.supervision.pages import integrity, ledger, overview, returns, taking

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
    path("supervision/integrity/", integrity.integrity, name="supervision-integrity"),
    path("supervision/integrity/<slug:rule>/", integrity.signal, name="supervision-signal"),
    path(
        "supervision/integrity/<slug:rule>/evidence/",
        integrity.signal_evidence,
        name="supervision-signal-evidence",
    ),
]
