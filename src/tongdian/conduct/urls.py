"""The addresses of conduct."""

from django.urls import path

from tongdian.conduct.pages import acts, reports, units
from tongdian.conduct.registers import EDUCATION_RECORDS
from tongdian.registers.pages.register import addresses

urlpatterns = [
    path("violations/", reports.published, name="violations-published"),
    path("report-violation/", reports.report, name="violation-report"),
    path("report-violation/followed/<str:number>/", reports.followed, name="violation-report-followed"),
    path("report-violation/<str:short>/", reports.report, name="violation-report-to"),
    path("conduct/", acts.listed, name="conduct"),
    path("conduct/units/<str:short>/", units.unit, name="conduct-unit"),
    path("conduct/record/", acts.new, name="conduct-record"),
    path("conduct/deductions/", acts.deductions, name="conduct-deductions"),
    path("conduct/reports/", reports.listed, name="conduct-reports"),
    path("conduct/reports/<uuid:id_>/", reports.one, name="conduct-report"),
    path("conduct/reports/<uuid:id_>/photograph/", reports.photograph, name="conduct-report-photograph"),
    path("conduct/acts/<str:number>/", acts.act, name="conduct-act"),
    path("conduct/acts/<str:number>/photograph/", acts.photograph, name="conduct-act-photograph"),
    path("conduct/acts/<str:number>/notices/<slug:kind>/", acts.notice, name="conduct-notice"),
    path("conduct/acts/<str:number>/appeal/", acts.appeal, name="conduct-appeal"),
    path("conduct/acts/<str:number>/end-publication/", acts.end, name="conduct-end-publication"),
    *addresses(EDUCATION_RECORDS),
]
