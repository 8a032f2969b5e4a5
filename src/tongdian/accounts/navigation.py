"""Where the shell leads to in money; what it adds to the pages of customers and to the home page."""

from django.utils.translation import gettext_lazy as _

from tongdian.accounts.pages.by_rule import charges_it, paid_in_case
from tongdian.accounts.pages.customers import next_of, of_customer
from tongdian.accounts.pages.own import own_here
from tongdian.cases.sections import case_sections
from tongdian.parties.sections import customer_sections
from tongdian.rulebook.sections import answer_sections
from tongdian.shell.home import add_section
from tongdian.shell.navigation import NavigationEntry, register

register(
    NavigationEntry(
        title=_("Counter"),
        url_name="cash",
        icon="calculator",
        order=18,
        permission="accounts.read",
        also=("money-account*", "receipt*", "cash-box"),
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
customer_sections.add("accounts/of_customer.html", of_customer, order=5)
add_section("accounts/home_own.html", own_here, order=1)
add_section("accounts/home_boxes.html", next_of, order=4)
case_sections.add("accounts/of_case.html", paid_in_case, order=7)
answer_sections.add("accounts/charge_answer.html", charges_it, order=1)
