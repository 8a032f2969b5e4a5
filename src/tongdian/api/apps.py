"""The API's place in Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Listens to cases when Django starts."""

    name = "tongdian.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        """Every event of a case is told to who subscribed."""
        from tongdian.api.jobs import tell
        from tongdian.cases.announcing import on_event

        on_event(tell)
