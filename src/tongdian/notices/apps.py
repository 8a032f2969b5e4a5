"""The area as Django knows it."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Reads the wordings when Django starts, so that a broken one is met then."""

    name = "tongdian.notices"
    verbose_name = "Notices"

    def ready(self) -> None:
        """Every wording holds in both languages, or the program does not start."""
        from tongdian.notices.wordings import wordings

        wordings()
