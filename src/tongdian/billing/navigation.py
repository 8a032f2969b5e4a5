"""Where the shell leads to in billing; what it adds to the page of an account."""

from django.utils.translation import pgettext_lazy

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
