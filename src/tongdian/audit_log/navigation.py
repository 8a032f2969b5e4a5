"""Where the shell leads to in the audit log."""

from django.utils.translation import gettext_lazy as _

from tongdian.web.navigation import Place, register

register(
    Place(
        title=_("Audit"),
        url_name="audit",
        icon="shield-check",
        order=430,
        permission="audit_log.read",
    )
)
