"""Who may come in: accounts are made by an administrator, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoSignUp(DefaultAccountAdapter):
    """Signing in by user name, for accounts that exist."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
