"""The API's place in Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """API."""

    name = "tongdian.api"
    label = "api"
    verbose_name = "API"
