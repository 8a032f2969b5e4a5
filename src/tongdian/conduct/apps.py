"""The area as Django knows it."""

from django.apps import AppConfig


class ConductConfig(AppConfig):
    """Violations and what follows from them; registers the effects when Django starts."""

    name = "tongdian.conduct"
    verbose_name = "Conduct"
