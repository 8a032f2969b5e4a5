"""The addresses of billing."""

from django.urls import path

from tongdian.billing.pages import bills, disputes, excess, of_case, own, reports, run_items, runs, verifying

urlpatterns = [
    path("verify/", verifying.verify, name="verify"),
    path("verify/public-key/", verifying.public_key, name="public-key"),
    path("my-bills/<uuid:id_>/", own.bill, name="my-bill"),
    path("my-bills/<uuid:id_>/why/<int:part>/", own.why, name="my-bill-why"),
    path("my-bills/<uuid:id_>/paper/", own.paper, name="my-bill-paper"),
    path("bills/", bills.bills, name="bills"),
    path("bills/export/", bills.export, name="bills-export"),
    path("cases/<str:number>/bill-now/", of_case.bill_now, name="case-bill-now"),
    path("bills/runs/", runs.runs, name="billing-runs"),
    path("bills/runs/new/", runs.new, name="billing-run-new"),
    path("bills/runs/<uuid:id_>/", runs.run, name="billing-run"),
    path("bills/runs/<uuid:id_>/again/", runs.again, name="billing-run-again"),
    path("bills/runs/<uuid:id_>/release/", runs.release, name="billing-run-release"),
    path("bills/runs/<uuid:id_>/discard/", runs.discard, name="billing-run-discard"),
    path("bills/runs/<uuid:id_>/items/<slug:kind>/", run_items.listed, name="billing-run-items"),
    path(
        "bills/runs/<uuid:id_>/items/<slug:kind>/export/", run_items.export, name="billing-run-items-export"
    ),
    path("bills/held/<uuid:id_>/", runs.held, name="billing-held"),
    path("bills/objections/", disputes.disputes, name="objections"),
    path("bills/objections/<uuid:id_>/", disputes.settle, name="objection"),
    path("bills/reports/", reports.reports, name="usage-reports"),
    path("bills/reports/new/", reports.new_report, name="usage-report-new"),
    path("bills/reports/<uuid:id_>/", reports.report, name="usage-report"),
    path("bills/reports/<uuid:id_>/export/", reports.export_report, name="usage-report-export"),
    path("bills/quotas/", reports.plans, name="quota-plans"),
    path("bills/quotas/new/", reports.new_plan, name="quota-plan-new"),
    path("bills/quotas/<uuid:id_>/", reports.plan, name="quota-plan"),
    path("bills/excess/", excess.excess, name="excess-charges"),
    path("bills/excess/export/", excess.export, name="excess-charges-export"),
    path("bills/excess/rooms/<uuid:id_>/", excess.charge, name="excess-charge"),
    path("cash/accounts/<uuid:id_>/quota/", excess.new_room, name="quota-room-new"),
    path("bills/<uuid:id_>/", bills.bill, name="bill"),
    path("bills/<uuid:id_>/paper/", bills.paper, name="bill-paper"),
    path("bills/<uuid:id_>/why/<int:part>/", bills.why, name="bill-why"),
    path("bills/<uuid:id_>/correct/", bills.correct, name="bill-correct"),
    path("bills/<uuid:id_>/cancel/", bills.cancel, name="bill-cancel"),
    path("bills/<uuid:id_>/deliver/", bills.deliver, name="bill-deliver"),
    path("bills/<uuid:id_>/object/", bills.object_, name="bill-object"),
]
