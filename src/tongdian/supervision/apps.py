"""The area as Django knows it."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """Filings, tasks and indicators."""

    name = "tongdian.supervision"
    verbose_name = "Supervision"
