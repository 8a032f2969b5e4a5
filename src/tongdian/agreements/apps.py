"""The area as Django knows it."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """Registers what agreements ask before others act."""

    name = "tongdian.agreements"
    verbose_name = "Supply agreements"

    def ready(self) -> None:
        """The guards are there before the first request."""
        from tongdian.agreements import guarding  # noqa: F401
