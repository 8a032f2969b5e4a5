"""The rulebook's place in Django."""

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    """Rulebook."""

    name = "tongdian.rulebook"
    label = "rulebook"
    verbose_name = "Rulebook"
