"""Where the shell leads to in money; what it adds to the pages of customers and to the home page."""

from django.utils.translation import gettext_lazy as _

from tongdian.accounts.pages.by_rule import charges_it, paid_in_case
from tongdian.accounts.pages.certificates import on_home
from tongdian.accounts.pages.customers import next_of, of_customer
from tongdian.accounts.pages.finding import found_by_number
from tongdian.accounts.pages.own import has_own_accounts, own_here
from tongdian.accounts.queries import waiting
from tongdian.cases.sections import case_sections
from tongdian.parties.sections import customer_sections
from tongdian.rulebook.sections import answer_sections
from tongdian.shell.home import add_figure, add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Counter"),
        url_name="cash",
        icon="calculator",
        order=18,
        permission="accounts.read",
        also=("money-account*", "receipt*", "cash-box", "certificates"),
    )
)
register(
    NavigationEntry(
        title=_("My accounts"),
        url_name="my-accounts",
        icon="calculator",
        order=2,
        on_phone=True,
        opens=has_own_accounts,
        also=("my-account", "my-bill*", "my-receipt", "my-meter*"),
    )
)
register(
    NavigationEntry(
        title=_("Books"),
        url_name="books",
        icon="scale",
        order=135,
        permission="accounts.read",
        also=("books-*", "ageing"),
    )
)
add_figure("cash", _("Cash boxes not counted"), waiting.uncounted, order=6)
add_figure("money-proposals", _("Refunds and debts given up, to confirm"), waiting.proposals, order=7)
add_figure("bank-lines", _("Bank payments of nobody known"), waiting.unmatched, order=8)
register_search(found_by_number, order=22)
customer_sections.add("accounts/of_customer.html", of_customer, order=5)
add_section("accounts/home_own.html", own_here, order=-1)
add_section("accounts/home_boxes.html", next_of, order=4)
add_section("accounts/home_certificates.html", on_home, order=5)
case_sections.add("accounts/of_case.html", paid_in_case, order=7)
answer_sections.add("accounts/charge_answer.html", charges_it, order=1)
