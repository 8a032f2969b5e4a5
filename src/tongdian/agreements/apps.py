"""The area as Django knows it."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "tongdian.agreements"
    verbose_name = "Supply agreements"
