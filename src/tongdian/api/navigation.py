"""Where the shell leads to in the API."""

from django.utils.translation import gettext_lazy as _

from tongdian.shell.navigation import NavigationEntry, register

register(
    NavigationEntry(
        title=_("Webhooks"),
        url_name="webhooks",
        icon="send",
        order=430,
        permission="api.edit_webhooks",
        also=("webhook*",),
    )
)
