"""The area as Django knows it."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Runs, bills and disputes; registers the effects when Django starts."""

    name = "tongdian.billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        """Every effect is known before the first case is worked on."""
        from tongdian.billing import guarding  # noqa: F401
        from tongdian.billing.actions import by_case  # noqa: F401
