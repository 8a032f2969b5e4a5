"""The area as Django knows it."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases."""

    name = "tongdian.cases"
    verbose_name = "Cases"
