"""Where the shell leads to in billing; what it adds to the page of an account."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongdian.accounts.sections import account_sections, own_sections, receipt_sections
from tongdian.billing import sections
from tongdian.billing.pages.elsewhere import bills_of, of_customer, own_bills, paid_by
from tongdian.billing.pages.finding import found_bills
from tongdian.billing.pages.of_case import to_settle
from tongdian.cases.sections import case_sections
from tongdian.parties.sections import customer_sections
from tongdian.shell.home import add_figure
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Usage and quotas"),
        url_name="usage-reports",
        icon="chart-histogram",
        order=20,
        permission="billing.read",
        also=("usage-*", "quota-*", "excess-*"),
    )
)
register(
    NavigationEntry(
        title=pgettext_lazy("money", "Bills"),
        url_name="bills",
        icon="file-text",
        order=19,
        permission="billing.read",
        also=("bill", "bill-*", "billing-*", "objection*"),
    )
)
add_figure("billing-runs", _("Runs to release"), sections.to_release, order=1)
add_figure("billing-runs", _("Bills held"), sections.held, order=2)
add_figure("billing-runs", _("Your unfinished runs"), sections.own_runs, order=3)
add_figure("objections", _("Objections to settle"), sections.objections, order=4)
add_figure("objections", _("Objections on their last day or late"), sections.objections_late, order=5)
register_search(found_bills, order=23)
customer_sections.add("billing/of_customer.html", of_customer, order=6)
account_sections.add("billing/of_account.html", bills_of, order=1)
receipt_sections.add("billing/of_receipt.html", paid_by, order=1)
own_sections.add("billing/of_account.html", own_bills, order=1)
case_sections.add("billing/of_case.html", to_settle, order=8)
