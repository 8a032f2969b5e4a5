"""Where the shell leads to in billing; what it adds to the page of an account."""

from django.utils.translation import pgettext_lazy

from tongdian.accounts.sections import account_sections, own_sections
from tongdian.billing.pages.elsewhere import bills_of, own_bills
from tongdian.billing.pages.finding import found_bills
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

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
register_search(found_bills, order=23)
account_sections.add("billing/of_account.html", bills_of, order=1)
own_sections.add("billing/of_account.html", own_bills, order=1)
