"""Who may come in: accounts are made by an administrator, nobody signs up."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tongdian.parties.limits import TriedTooOften, TryLimit, address_of, count, count_try, line_of, take_back
from tongdian.parties.models import Account
from tongdian.parties.permissions import account_with_grants
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spoken import say
from tongdian.web import unsent

# What somebody may do who has yet to choose a password.
_MEANWHILE = frozenset({"account_change_password", "account_logout", "set_language", "healthy", "alive"})


class ByPassword(AuthenticationBackend):
    """Who somebody is, by user name and password; what they may do, parties' table says alone."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Nothing: Django's own table of permissions stays empty and is not asked."""
        return False

    def get_user(self, user_id: Any) -> Account | None:
        """Who is signed in, with their roles, which every page asks for."""
        found = account_with_grants(user_id)
        return found if found is not None and self.user_can_authenticate(found) else None


class Guess:
    """A try at a secret of an account, counted before it is looked at, so that of many at once no
    more are looked at than the limit allows.

    Raises ValidationError, in words, where it was tried too often.
    """

    def __init__(self, what: str, account: str, request: HttpRequest) -> None:
        self._tried = what, account
        self._address = address_of(request)
        try:
            count_try(*self._tried, address=self._address, at=timezone.now())
        except TriedTooOften as refused:
            raise _said(refused) from None

    def was_right(self) -> None:
        """It counts for nothing."""
        take_back(*self._tried, address=self._address)


def _said(refused: Refusal) -> ValidationError:
    return ValidationError(say(refused))


class NoSignUp(DefaultAccountAdapter):
    """Signing in by user name, for accounts that exist."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before it is looked at: five in five minutes for a name from one address,
        so that who guesses locks out nobody but himself; forty an hour for a name from anywhere."""
        self._guess = Guess("password", str(credentials.get("username", "")).casefold(), request)

    def _rollback_login_failed_rl_usage(self) -> None:
        self._guess.was_right()

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
        match = request.resolver_match
        if (match is not None and match.url_name in _MEANWHILE) or request.path.startswith("/api/"):
            return None  # the API goes by tokens, and none can be made before
        if not getattr(request.user, "password_is_given", False):
            if chosen := request.session.get(ACTS_AT):
                request.user.acts_at = chosen  # type: ignore[union-attr]  # an account, or password_is_given were not asked
            return None
        address = reverse("account_change_password")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(address)


# Of what strangers send, from one address.
_KEEPS = TryLimit(30, 10)


class KeepsWhatWasTyped:
    """Middleware: whoever sends a form after their session ended signs in and goes on with their text."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on; where that leads to signing in, keep what was sent."""
        is_sent = request.method == "POST" and not request.path.startswith("/api/")
        if is_sent and request.user.is_authenticated and unsent.KEPT_IN in request.session:
            unsent.forget(request)
        reply = self.answer(request)
        # to sign in and come back to this very address: who changes the language there is not meant
        back = f"{reverse(settings.LOGIN_URL)}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()}, safe='/')}"
        leads_to_sign_in = reply.status_code == 302 and reply["Location"] == back
        if is_sent and leads_to_sign_in and not request.user.is_authenticated and self._may_keep(request):
            reply["Location"] = f"{reverse(settings.LOGIN_URL)}?next={reverse('unsent')}"
        return reply

    def _may_keep(self, request: HttpRequest) -> bool:
        now = timezone.now()
        try:
            count(f"unsent {line_of(address_of(request))}", _KEEPS, at=now)
        except TriedTooOften:
            return False
        return unsent.keep(request, at=now)


class SecondFactor(DefaultMFAAdapter):
    """Second factors are kept encrypted: a copy of the database alone gives none away."""

    def encrypt(self, text: str) -> str:
        """What the database keeps."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What the authenticator app was told."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


# A code is good for half a minute, a recovery code until it is used.
ONCE = TryLimit(1, 10)


class CodeUsedAlready(Refusal):
    """A code that came twice: at once, or seen by somebody over one's shoulder."""

    says = Words("这个验证码已经用过；请等下一个。", "That code was used already: wait for the next one.")


class _CountedCode(BaseAuthenticateForm):
    """Codes of the second factor, counted with all other guesses. Each is good once."""

    def clean_code(self) -> str:
        """The code, if it is right, new, and not one of too many."""
        name = self.user.get_username().casefold()
        guess = Guess("second-factor", name, context.request)
        code: str = super().clean_code()
        # allauth notes what was used in a cache that can be emptied, and reads before it writes
        try:
            key = f"second factor of {name} {normalize_user_code(code)}"
            count(key, ONCE, at=timezone.now())
        except TriedTooOften:
            raise _said(CodeUsedAlready()) from None
        guess.was_right()
        return code


class CodeAtSignIn(_CountedCode, AuthenticateForm):
    """The second factor after the password."""


class CodeAgain(_CountedCode, ReauthenticateForm):
    """The second factor before second factors are changed."""


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(settings.SECOND_FACTOR_KEY))
