"""One's own tokens, and addresses that are none."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tongdian.api.actions import make_token, revoke_token
from tongdian.api.models import Token
from tongdian.api.problems import problem
from tongdian.api.queries import tokens_of
from tongdian.api.rules import LONGEST_DAYS
from tongdian.policy.refusals import Refusal
from tongdian.spoken import say


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List, make and revoke. A new secret is shown on the reply to its making, and never again."""
    secret, refusal = "", ""
    if request.method == "POST":
        try:
            if request.POST.get("revoke"):
                token = get_object_or_404(Token, pk=request.POST["revoke"], account=request.user)
                revoke_token(account=request.user, token=token, at=timezone.now())
                messages.success(request, _("The token was revoked."))
                return redirect("tokens")
            scope, days = request.POST.get("scope", ""), request.POST.get("days", "")
            _token, secret = make_token(
                account=request.user,
                title=request.POST.get("title", ""),
                at=timezone.now(),
                scope=scope if scope in Token.Scope.values else Token.Scope.READ,
                days=int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
            )
        except Refusal as refused:
            refusal = say(refused)
    context = {
        "tokens": tokens_of(request.user),
        "secret": secret,
        "refusal": refusal,
        "now": timezone.now(),
        "scopes": Token.Scope.choices,
        "longest": LONGEST_DAYS,
    }
    return render(request, "api/tokens.html", context, status=422 if refusal else 200)


@csrf_exempt  # there is nothing that could be done in somebody's name
def no_such_endpoint(request: HttpRequest, rest: str) -> HttpResponse:
    """A problem, not a page: programs read it."""
    return problem(404, code="no-such-endpoint")
