"""The area as Django knows it."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Bulk calculation."""

    name = "tongdian.runs"
    verbose_name = "Bulk calculation"
