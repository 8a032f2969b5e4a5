"""Who may come in: accounts are made by an administrator, nobody signs up."""

import base64
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from tongdian.parties.limits import TriedTooOften, address_of, count_try, take_back

# What somebody may do who has yet to choose a password.
_MEANWHILE = frozenset(
    {"account_change_password", "account_logout", "set_language", "healthy", "alive"}
)


class ByPassword(AuthenticationBackend):
    """Who somebody is, by user name and password; what they may do, parties' table says alone."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Nothing: Django's own table of permissions stays empty and is not asked."""
        return False


class NoSignUp(DefaultAccountAdapter):
    """Signing in by user name, for accounts that exist."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before it is looked at: five in five minutes for a name from one address,
        so that who guesses locks out nobody but himself; forty an hour for a name from anywhere."""
        self._tried = str(credentials.get("username", "")).casefold(), address_of(request)
        name, address = self._tried
        try:
            count_try("password", name, address=address, at=timezone.now())
        except TriedTooOften as refused:
            raise ValidationError(refused.say(get_language() or "zh")) from None

    def _rollback_login_failed_rl_usage(self) -> None:
        name, address = self._tried
        take_back("password", name, address=address)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """To work."""
        return reverse("home")


ACTS_AT = "acts-at"  # in the session: the office that somebody chose to see alone


class OwnPasswordFirst:
    """Middleware: whoever signs in with a password that somebody else gave chooses one first.
    Then they see the office that they chose, or all of theirs."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.answer(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Lead to the page where a password is chosen, from every other."""
        if request.resolver_match.url_name in _MEANWHILE or request.path.startswith("/api/"):
            return None  # the API goes by tokens, and none can be made before
        if not getattr(request.user, "password_is_given", False):
            if chosen := request.session.get(ACTS_AT):
                request.user.acts_at = chosen
            return None
        address = reverse("account_change_password")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(address)


class SecondFactor(DefaultMFAAdapter):
    """Second factors are kept encrypted: a copy of the database alone gives none away."""

    def encrypt(self, text: str) -> str:
        """What the database keeps."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What the authenticator app was told."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(settings.SECOND_FACTOR_KEY))
