"""Where the shell leads to among organisations, people and customers."""

from django.utils.translation import gettext_lazy as _

from tongdian.parties.pages.finding import found_customers
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Customers"),
        url_name="customers",
        icon="id",
        order=110,
        permission="parties.read_customer",
        also=("customer", "customer-*"),
    )
)
register(
    NavigationEntry(
        title=_("Organisations"),
        url_name="organisations",
        icon="building",
        order=310,
        permission="parties.read",
        also=("organisation", "organisation-*"),
    )
)
register(
    NavigationEntry(
        title=_("People"),
        url_name="people",
        icon="users",
        order=320,
        permission="parties.read",
        also=("person", "person-*"),
    )
)
register(
    NavigationEntry(
        title=_("Acting"),
        url_name="acting",
        icon="user",
        order=330,
        permission="parties.read",
        also=("acting-*",),
    )
)
register(
    NavigationEntry(
        title=_("Privacy notice"),
        url_name="privacy-notices",
        icon="shield-lock",
        order=340,
        permission="parties.publish_privacy_notice",
        also=("privacy-notice-*",),
    )
)
register_search(found_customers, order=20)
