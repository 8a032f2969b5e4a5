"""Where everything is. An area that has pages brings its own `urls.py`."""

from importlib.util import find_spec

from allauth.account import views as account
from django.conf import settings
from django.urls import include, path

handler400 = "tongdian.web.pages.bad_request"
handler403 = "tongdian.web.pages.permission_denied"
handler404 = "tongdian.web.pages.page_not_found"
handler500 = "tongdian.web.pages.server_error"

urlpatterns = [
    # Of allauth's pages, those for accounts that an administrator makes: no sign-up, no e-mail.
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/", account.password_change, name="account_change_password"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    *(  # the API's first: nobody asks as often as a program
        path("", include(f"{app}.urls"))
        for app in reversed(settings.INSTALLED_APPS)
        if app.startswith("tongdian.") and find_spec(f"{app}.urls")
    ),
]
