"""The area as Django knows it."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Runs, bills and disputes."""

    name = "tongdian.billing"
    verbose_name = "Billing"
