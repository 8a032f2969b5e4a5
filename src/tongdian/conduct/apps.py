"""The area as Django knows it."""

from django.apps import AppConfig


class ConductConfig(AppConfig):
    """Violations and what follows from them; registers the effects when Django starts."""

    name = "tongdian.conduct"
    verbose_name = "Conduct"

    def ready(self) -> None:
        """Every effect is known before the first case is worked on."""
        from tongdian.conduct.actions import appealing, by_case  # noqa: F401
