"""Where the shell leads to in calculations over files."""

from django.utils.translation import gettext_lazy as _

from tongdian.shell.navigation import NavigationEntry, register

register(
    NavigationEntry(
        title=_("Bulk calculation"),
        url_name="runs",
        icon="calculator",
        order=215,
        permission="runs.calculate",
        also=("run", "run-*"),
    )
)
