"""The area as Django knows it."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """Daily duties."""

    name = "tongdian.duties"
    verbose_name = "Daily duties"
