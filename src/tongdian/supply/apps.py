"""The area as Django knows it."""

from django.apps import AppConfig


class SupplyConfig(AppConfig):
    """The days of the school, permits, openings and stops of supply; registers the effects when Django starts."""

    name = "tongdian.supply"
    verbose_name = "Supply"
