"""The area as Django knows it."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Registers the permissions when Django starts."""

    name = "tongdian.parties"
    verbose_name = "Parties"

    def ready(self) -> None:
        """Every permission is known before the first request."""
        from tongdian.parties import permissions  # noqa: F401
