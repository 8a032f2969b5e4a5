"""The area as Django knows it."""

from django.apps import AppConfig


class AuditLogConfig(AppConfig):
    """The audit log."""

    name = "tongdian.audit_log"
    verbose_name = "Audit log"
