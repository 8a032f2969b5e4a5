"""Where the shell leads to in billing; what it adds to the page of an account."""

from django.utils.translation import pgettext_lazy

from tongdian.accounts.sections import account_sections, own_sections
from tongdian.billing.pages.elsewhere import bills_of, own_bills
from tongdian.billing.pages.of_case import to_settle
from tongdian.cases.sections import case_sections
from tongdian.shell.navigation import NavigationEntry, register

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
account_sections.add("billing/of_account.html", bills_of, order=1)
own_sections.add("billing/of_account.html", own_bills, order=1)
case_sections.add("billing/of_case.html", to_settle, order=8)
