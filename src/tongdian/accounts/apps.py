"""The area as Django knows it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts of customers, and the ledger under them."""

    name = "tongdian.accounts"
    verbose_name = "Accounts"
