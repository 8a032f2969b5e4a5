"""Where the shell leads to in the audit log."""

from django.utils.translation import gettext_lazy as _

from tongdian.audit_log import health  # noqa: F401, registers its parts
from tongdian.shell.navigation import NavigationEntry, register

register(
    NavigationEntry(
        title=_("Audit"), url_name="audit", icon="shield-check", order=430, permission="audit_log.read"
    )
)
register(
    NavigationEntry(
        title=_("Operation"), url_name="operation", icon="adjustments", order=440, permission="web.operate"
    )
)
