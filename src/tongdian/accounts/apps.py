"""The area as Django knows it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the effects when Django starts."""

    name = "tongdian.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Every effect is known before the first case is worked on."""
        from tongdian.accounts.actions import by_case, given_back, moving, paid_stages  # noqa: F401
        from tongdian.accounts.importing import OpeningBalances
        from tongdian.agreements.importing.kinds import KINDS

        KINDS.setdefault(OpeningBalances.name, OpeningBalances())
