"""Django's settings. What differs between installations comes from the environment:

TONGDIAN_HOME (state and keys), TONGDIAN_ARCHIVE (see archive.py), DATABASE_URL and DATABASE_OWNER_URL (see logins.py),
TONGDIAN_HOSTS (host names served, with commas), TONGDIAN_HTTPS=1 (served over HTTPS), TONGDIAN_ADDRESS (as it stands in messages),
TONGDIAN_SMTP_URL (see mail.py) and TONGDIAN_MAIL_FROM, TONGDIAN_SMS_GATEWAY (a class).
"""

import os
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from tongdian.config.accounts import SEALERS_KEY, are_apart
from tongdian.config.home import home, key, key_if_ours
from tongdian.config.logins import application_url, archive_folder, django_database, owner_url
from tongdian.config.mail import mail_server

PACKAGE = Path(__file__).resolve().parents[1]
HOME = home()  # where areas keep files of their own
ARCHIVE_BASES = archive_folder() / "bases"  # what each base backup says of itself (archive.py)

# ---------------------------------------------------------------- who is served, and how
DEBUG = False
SECRET_KEY = key("django").hex()
HOSTS = [host for host in os.environ.get("TONGDIAN_HOSTS", "").split(",") if host]
ALLOWED_HOSTS = [*HOSTS, "127.0.0.1", "localhost", "[::1]"]
HTTPS = os.environ.get("TONGDIAN_HTTPS") == "1"
# Where people reach this program, as it stands in messages.
PUBLIC_ADDRESS = os.environ.get("TONGDIAN_ADDRESS") or (
    f"{'https' if HTTPS else 'http'}://{HOSTS[0]}"
    if HOSTS
    else f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in HOSTS] if HTTPS else []
SECURE_REDIRECT_EXEMPT = [r"^(healthz|livez)$"]  # asked from the machine itself
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "tongdian.web.pages.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],  # Tabler draws its checkboxes and arrows as data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# ---------------------------------------------------------------- what is installed
AREAS = (
    "audit_log",
    "registers",
    "duties",
    "files",
    "rulebook",
    "notices",
    "parties",
    "runs",
    "network",
    "agreements",
    "cases",
    "connections",
    "metering",
    "accounts",
    "billing",
    "supply",
    "conduct",
    "supervision",
    "web",
    "api",
)


def _is_there(area: str) -> bool:
    return (PACKAGE / area / "apps.py").exists()


INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    *(f"tongdian.{area}" for area in AREAS if _is_there(area)),
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "ninja",
    "pgtrigger",
    "procrastinate.contrib.django",
    "rules",
]
# 30 characters for the name of an index are Oracle's limit; PostgreSQL has 63
SILENCED_SYSTEM_CHECKS = ["models.E034"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tongdian.api.odd_requests.in_the_callers_form",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tongdian.web.signing_in.OwnPasswordFirst",
    "tongdian.web.signing_in.KeepsWhatWasTyped",
    "django_htmx.middleware.HtmxMiddleware",
    "tongdian.rulebook.once.for_one_request",
    "tongdian.api.odd_requests.OddRequests",
]
ROOT_URLCONF = "tongdian.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "tongdian.web.shell.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "tongdian.web.templatetags.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# ---------------------------------------------------------------- data
DATABASES = {
    "default": django_database(application_url()),
    "owner": django_database(owner_url()) | {"TEST": {"MIRROR": "default"}},
}
CACHES = {
    "default": {  # the last check of the log: what may be forgotten
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "cache",
    }
}
API_ANONYMOUS_RATE = os.environ.get("TONGDIAN_API_RATE", "600/m")  # calls without sign-in, per address
# Addresses inside the network that webhooks may call: "10.20.0.0/16,127.0.0.0/8"; else none.
WEBHOOK_NETWORKS = [
    network for network in os.environ.get("TONGDIAN_WEBHOOK_NETWORKS", "").split(",") if network
]
# Networks in which switches of power and water are reached: "10.20.0.0/16"; else none is reached.
SWITCH_NETWORKS = [
    network for network in os.environ.get("TONGDIAN_SWITCH_NETWORKS", "").split(",") if network
]
# Where the temperature outside is published, by the short name of whose places it is for: "GXNU=/srv/weather.json".
WEATHER = dict(
    named.split("=", 1) for named in os.environ.get("TONGDIAN_WEATHER", "").split(",") if "=" in named
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# ---------------------------------------------------------------- the audit log's keys
AUDIT_SEAL_KEY = key("audit-seal")
AUDIT_SIGNING_KEY = key_if_ours(SEALERS_KEY)  # None where only the sealer may read it
PARTS_ARE_APART = are_apart(HOME)
AUDIT_CHECKPOINTS = HOME / "checkpoints"
# Folders outside, such as a mounted share of somebody else's, that get each checkpoint as well.
AUDIT_CHECKPOINTS_OUTSIDE = [
    Path(folder) for folder in os.environ.get("TONGDIAN_CHECKPOINTS_TO", "").split(":") if folder
]

# ---------------------------------------------------------------- language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# ---------------------------------------------------------------- static files
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

# ---------------------------------------------------------------- signing in
AUTH_USER_MODEL = "parties.Account"
AUTHENTICATION_BACKENDS = ["rules.permissions.ObjectPermissionBackend", "tongdian.web.signing_in.ByPassword"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "tongdian.web.signing_in.NoSignUp"
ACCOUNT_FORMS = {"change_password": "tongdian.web.pages.OwnPassword"}
ACCOUNT_RATE_LIMITS = False  # what can be guessed is counted in parties.limits, not in a cache
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "tongdian.web.signing_in.SecondFactor"
MFA_FORMS = {
    "authenticate": "tongdian.web.signing_in.CodeAtSignIn",
    "reauthenticate": "tongdian.web.signing_in.CodeAgain",
}
SECOND_FACTOR_KEY = key("second-factor")
PERSONAL_KEY = key("personal")
PAPERS_KEY = key("papers")  # signs bills and proofs of balances; its public half is on /verify/
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "通典 Tongdian"

# ---------------------------------------------------------------- notices
ORGANISATION_MODEL = "parties.Organisation"  # as AUTH_USER_MODEL, for areas below parties
CHANNELS_KEY = key("channels")
SMS_GATEWAY = os.environ.get("TONGDIAN_SMS_GATEWAY", "tongdian.notices.transports.FileGateway")
MAIL = mail_server(os.environ.get("TONGDIAN_SMTP_URL", "smtp://127.0.0.1"))
EMAIL_HOST, EMAIL_PORT = MAIL["host"], MAIL["port"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL["user"], MAIL["password"]
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL["starttls"], MAIL["tls"]
DEFAULT_FROM_EMAIL = os.environ.get("TONGDIAN_MAIL_FROM", "tongdian@localhost")

# ---------------------------------------------------------------- messages to the operator
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"refusal": {"()": "tongdian.config.logs.RefusalInOneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusal"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"level": "WARNING", "handlers": [], "propagate": True},
        "procrastinate": {"level": "WARNING"},
    },
}
