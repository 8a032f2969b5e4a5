"""The area as Django knows it."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Calculations over files."""

    name = "tongdian.runs"
    verbose_name = "Calculations over files"
