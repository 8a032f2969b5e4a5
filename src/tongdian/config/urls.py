"""Where everything is. An area that has pages brings its own `urls.py`."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

handler400 = "tongdian.web.pages.bad_request"
handler403 = "tongdian.web.pages.permission_denied"
handler404 = "tongdian.web.pages.page_not_found"
handler500 = "tongdian.web.pages.server_error"

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *(
        path("", include(f"{app}.urls"))
        for app in settings.INSTALLED_APPS
        if app.startswith("tongdian.") and find_spec(f"{app}.urls")
    ),
]
