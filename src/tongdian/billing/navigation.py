"""Where the shell leads to in billing; what it adds to the page of an account."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongdian.accounts.sections import account_sections, own_sections
from tongdian.billing.pages.elsewhere import bills_of, own_bills
from tongdian.shell.navigation import NavigationEntry, register

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
account_sections.add("billing/of_account.html", bills_of, order=1)
own_sections.add("billing/of_account.html", own_bills, order=1)
