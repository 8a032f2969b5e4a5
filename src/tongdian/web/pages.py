"""Home, one's password, errors, and whether the server is well."""

import errno
import sys
from importlib.metadata import version
from typing import Any

import psycopg
from allauth.account.forms import ChangePasswordForm
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from tongdian.cases.actions.telling_again import stuck_steps, tell_again
from tongdian.demo.progress import progress
from tongdian.parties.actions.people import SamePassword, choose_language, choose_password
from tongdian.parties.permissions import offices
from tongdian.policy.refusals import Refusal
from tongdian.shell import health
from tongdian.shell.home import home_sections, waiting
from tongdian.shell.search import found
from tongdian.spoken import say
from tongdian.web import unsent
from tongdian.web.signing_in import ACTS_AT, Guess

LONGEST_QUESTION = 80
HTMX_STOPS_ASKING = 286


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this viewer came for, first."""
    return render(request, "web/home.html", {"sections": home_sections(request)})


def waiting_here(request: HttpRequest) -> dict[str, Any] | None:
    """On the home page: how many of what wait for this viewer."""
    if not request.user.is_authenticated:
        return None
    figures = waiting(request.user, timezone.localdate())
    return {"figures": figures} if figures else None


@require_safe
def demonstration(request: HttpRequest) -> HttpResponse:
    """How far the making of the demonstration is; at its end the page need not ask again."""
    now = progress()
    status = 200 if now else HTMX_STOPS_ASKING
    return render(request, "web/demonstration.html", {"demonstration": now}, status=status)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Everything that contains the words, in every area, as far as this viewer sees it."""
    wanted = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    groups = found(request, wanted) if wanted else []
    count = sum(len(group.hits) for group in groups)
    return render(request, "web/search.html", {"q": wanted, "groups": groups, "count": count})


@require_safe
@login_required
def unsent_form(request: HttpRequest) -> HttpResponse:
    """What was typed before the session ended, to be sent now."""
    found = unsent.kept(request, at=timezone.now())
    if found is None:
        return redirect("home")
    reply = render(request, "web/unsent.html", {"unsent": found})
    reply["Cache-Control"] = "private, no-store"
    return reply


@require_POST
@login_required
def act_at(request: HttpRequest) -> HttpResponse:
    """See one of one's offices alone, or all of them again."""
    chosen = request.POST.get("office", "")
    if any(one.key == chosen for one in offices(request.user)):
        request.session[ACTS_AT] = chosen
    else:
        request.session.pop(ACTS_AT, None)
    return redirect("home")


class OwnPassword(ChangePasswordForm):
    """A password that its owner chooses, and nobody else knows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = password_validators_help_texts()  # said before the first letter is typed
        for field in self.fields.values():
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)

    def clean_oldpassword(self) -> str:
        """The present one, guessed at no more often than at the sign-in, and counted together."""
        guess = Guess("password", self.user.get_username().casefold(), context.request)
        given: str = super().clean_oldpassword()
        guess.was_right()
        return given

    def clean_password1(self) -> str:
        """Another than the present one."""
        chosen: str = self.cleaned_data["password1"]
        # who does not know the present one must not learn here, uncounted, whether this is it
        if "oldpassword" in self.cleaned_data and self.user.check_password(chosen):
            raise ValidationError(SamePassword().say(get_language() or ""))
        return chosen

    def save(self) -> None:
        """Keep it."""
        choose_password(account=self.user, password=self.cleaned_data["password1"], at=timezone.now())


@require_POST
def change_language(request: HttpRequest) -> HttpResponse:
    """Go on in another language; who is signed in is told in it from now on, too."""
    asked = request.POST.get("language", "")
    if request.user.is_authenticated and asked in dict(settings.LANGUAGES):
        choose_language(account=request.user, language=asked[:2])
    reply: HttpResponse = set_language(request)
    return reply


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """For who starts the program: pages answer."""
    return JsonResponse({"status": "ok"})


@require_safe
def healthy(request: HttpRequest) -> JsonResponse:
    """For a monitor: a word for each part; 503 if one is down."""
    words = {one.name: reading.word for one, reading in health.readings(timezone.now())}
    is_down = "down" in words.values()
    said = {"status": "down" if is_down else "ok", "version": version("tongdian"), "parts": words}
    return JsonResponse(said, status=503 if is_down else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def operation(request: HttpRequest) -> HttpResponse:
    """The same for administrators, with what was read, what to do, and what is stuck."""
    if not request.user.has_perm("web.operate"):
        raise PermissionDenied
    if request.method == "POST":
        tried = tell_again(viewer=request.user, at=timezone.now())
        said = ngettext("%(n)s step is told again.", "%(n)s steps are told again.", tried)
        messages.success(request, said % {"n": tried})
        return redirect("operation")
    now = timezone.now()
    context = {
        "readings": health.readings(now),
        "stuck": stuck_steps(),
        "version": version("tongdian"),
        "now": now,
    }
    return render(request, "web/operation.html", context)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return render(request, "web/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return render(request, "web/403.html", status=403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long, or whose cookies are gone: with what was typed, if it was
    typed here."""
    typed = unsent.typed_into(request) if unsent.is_from_here(request) else None
    page = request.resolver_match.func if request.resolver_match else None
    said = {"stale_form": True, "unsent": typed, "is_public": getattr(page, "is_public", False)}
    reply = render(request, "web/403.html", said, status=403)
    reply["Cache-Control"] = "private, no-store"
    return reply


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return render(request, "web/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 and 507 where the disk or the database is at fault: nothing that could fail again,
    so no context but the language."""
    status = status_of_failure(sys.exc_info()[1])
    return HttpResponse(render_to_string("web/500.html", {"status": status}), status=status)


def status_of_failure(failure: BaseException | None) -> int:
    """507 for a full disk, ours or the database's; 503 for one that cannot be written to, and for a
    database that does not answer; else 500."""
    while failure is not None:
        if getattr(failure, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            return 507
        state = getattr(failure, "sqlstate", None) or ""
        if state == "53100":  # disk_full
            return 507
        if getattr(failure, "errno", None) == errno.EROFS or state[:2] in ("08", "53", "57"):
            return 503
        if isinstance(failure, OperationalError) and failure.__cause__ is None:
            return 503
        if isinstance(failure, psycopg.OperationalError) and not state:  # it cannot be reached
            return 503
        failure = failure.__cause__
    return 500


def refused(request: HttpRequest, refusal: Refusal, status: int) -> HttpResponse:
    """A page that says why not."""
    said = say(refusal)
    return render(request, "web/refused.html", {"said": said, "number": status}, status=status)
