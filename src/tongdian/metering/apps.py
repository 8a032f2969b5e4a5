"""The area as Django knows it."""

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Meters and readings."""

    name = "tongdian.metering"
    verbose_name = "Metering"
