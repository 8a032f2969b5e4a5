"""The rulebook's addresses."""

from django.urls import path

from tongdian.rulebook.pages import covering, days, deciding, differing, finding, reading, trying

urlpatterns = [
    path("packs/", reading.packs, name="packs"),
    path("packs/<str:pack>/", reading.pack, name="pack"),
    path("packs/<str:pack>/chapters/<int:number>/", reading.chapter, name="chapter"),
    path("packs/<str:pack>/clauses/<path:clause>", reading.clause, name="clause"),
    path("packs/<str:pack>/rules/<str:rule>/", trying.rule, name="rule"),
    path("packs/<str:pack>/rules/<str:rule>/why/", trying.why, name="why"),
    path("packs/<str:pack>/interpretations/", deciding.interpretations, name="interpretations"),
    path(
        "packs/<str:pack>/interpretations/<str:interpretation>/",
        deciding.interpretation,
        name="interpretation",
    ),
    path("packs/<str:pack>/official-text/", deciding.official_text, name="official-text"),
    path("packs/<str:pack>/coverage/", covering.coverage, name="coverage"),
    path("packs/<str:pack>/coverage.csv", covering.coverage_csv, name="coverage-csv"),
    path("interpretations/", deciding.to_confirm, name="to-confirm"),
    path("differences/", differing.differences, name="differences"),
    path("calendar/", days.calendar, name="calendar"),
    path("calendar/change/", days.change, name="calendar-change"),
    path("calendar/changes/<uuid:change>/confirm/", days.confirm, name="calendar-confirm"),
    path("calendar/year/", days.publish, name="calendar-year"),
    path("help/", finding.guide, name="help"),
]
