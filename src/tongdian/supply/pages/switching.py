"""Commands to switches: what became of each, and holding, releasing, withdrawing, undoing one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.registers.action import Action
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.supply.actions.switching import (
    hold_switching,
    release_switching,
    undo_switching,
    withdraw_switching,
)
from tongdian.supply.queries import switching as queries
from tongdian.supply.rules import READ, STOP, SwitchState

SHOWN = 100
DEEDS: dict[str, tuple[Action[Any, Any], Any]] = {
    "hold": (hold_switching, gettext_lazy("Hold the command")),
    "release": (release_switching, gettext_lazy("Release the command")),
    "withdraw": (withdraw_switching, gettext_lazy("Withdraw the command")),
    "undo": (undo_switching, gettext_lazy("Undo what was switched")),
}
# What may be done with a command in a state; in every other nothing.
MAY = {
    SwitchState.PLANNED: ("hold", "withdraw"),
    SwitchState.HELD: ("release", "withdraw"),
    SwitchState.FAILED: ("withdraw",),
    SwitchState.CONFIRMED: ("undo",),
}


@require_safe
@guarded(READ.name)
def commands(request: HttpRequest) -> HttpResponse:
    """The commands, the newest first, each with its steps."""
    rows = list(queries.commands(request.user).order_by("-id")[:SHOWN])
    context = {"rows": [_shown(request, one) for one in rows], "shown": SHOWN}
    return render(request, "supply/commands.html", context)


def _shown(request: HttpRequest, one: Any) -> dict[str, Any]:
    may = request.user.has_perm(STOP.name, one.organisation)
    offered = MAY.get(SwitchState(one.state), ()) if may else ()
    return {
        "told": one,
        "steps": list(one.steps.select_related("by").order_by("number")),
        "deeds": [(slug, DEEDS[slug][1]) for slug in offered],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(STOP.name)
def do(request: HttpRequest, id_: UUID, deed: str) -> HttpResponse:
    """Hold, release, withdraw or undo a command, with the reason."""
    if deed not in DEEDS:
        raise Http404
    verb, title = DEEDS[deed]
    told = queries.command(request.user, id_)
    organisation = must_edit(request, verb, {"command": told})
    scope = Scope(request.user, organisation, timezone.localdate())
    form = FieldsForm(verb.fields, request.POST or None, scope=scope)
    if done(request, form, verb, command=told) is not None:
        messages.success(request, gettext("It is on record."))
        return redirect("switch-commands")
    return form_page(request, form, title=str(title), within=f"{told.switch} · {told.switch.usage_point}")
