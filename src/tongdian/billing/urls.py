"""The addresses of billing."""

from django.urls import path

from tongdian.billing.pages import bills, disputes, of_case, own, runs

urlpatterns = [
    path("my-bills/<uuid:id_>/", own.bill, name="my-bill"),
    path("my-bills/<uuid:id_>/paper/", own.paper, name="my-bill-paper"),
    path("bills/", bills.bills, name="bills"),
    path("bills/export/", bills.export, name="bills-export"),
    path("cases/<str:number>/bill-now/", of_case.bill_now, name="case-bill-now"),
    path("bills/runs/", runs.runs, name="billing-runs"),
    path("bills/runs/new/", runs.new, name="billing-run-new"),
    path("bills/runs/<uuid:id_>/", runs.run, name="billing-run"),
    path("bills/runs/<uuid:id_>/again/", runs.again, name="billing-run-again"),
    path("bills/runs/<uuid:id_>/release/", runs.release, name="billing-run-release"),
    path("bills/held/<uuid:id_>/", runs.held, name="billing-held"),
    path("bills/objections/", disputes.disputes, name="objections"),
    path("bills/objections/<uuid:id_>/", disputes.settle, name="objection"),
    path("bills/<uuid:id_>/", bills.bill, name="bill"),
    path("bills/<uuid:id_>/paper/", bills.paper, name="bill-paper"),
    path("bills/<uuid:id_>/why/<int:part>/", bills.why, name="bill-why"),
    path("bills/<uuid:id_>/correct/", bills.correct, name="bill-correct"),
    path("bills/<uuid:id_>/cancel/", bills.cancel, name="bill-cancel"),
    path("bills/<uuid:id_>/deliver/", bills.deliver, name="bill-deliver"),
    path("bills/<uuid:id_>/object/", bills.object_, name="bill-object"),
]
