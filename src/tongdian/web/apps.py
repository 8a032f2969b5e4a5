"""The area as Django knows it."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The shell."""

    name = "tongdian.web"
    verbose_name = "Web"

    def ready(self) -> None:
        """Areas name their pages in `navigation.py` modules of their own."""
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("navigation")
