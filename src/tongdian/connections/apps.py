"""The area as Django knows it."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Registers the effects and listeners when Django starts."""

    name = "tongdian.connections"
    verbose_name = "Connections"

    def ready(self) -> None:
        """Every effect is known before the first case is worked on."""
        from tongdian.connections import effects, guarding, telling  # noqa: F401
