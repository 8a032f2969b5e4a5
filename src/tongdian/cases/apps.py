"""The area as Django knows it."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases."""

    name = "tongdian.cases"
    verbose_name = "Cases"

    def ready(self) -> None:
        """The guards are there before the first request."""
        from tongdian.cases import guarding  # noqa: F401
