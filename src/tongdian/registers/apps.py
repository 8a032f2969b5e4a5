"""The area as Django knows it."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistersConfig(AppConfig):
    name = "tongdian.registers"
    verbose_name = "Registers"

    def ready(self) -> None:
        """After an upgrade, checks that no old row breaks are made to hold for all."""
        post_migrate.connect(_validate, sender=self)


def _validate(*, using: str, **_: Any) -> None:
    from tongdian.registers.checks import validate_checks

    validate_checks(using=using)
