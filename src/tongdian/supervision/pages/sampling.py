"""The draw from a bundle: the checkpoint that tells the sender what was drawn, and the answer that is brought back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded, now
from tongdian.registers.pages.list_tools import as_download
from tongdian.registers.views import record_export
from tongdian.spoken import say
from tongdian.supervision.actions.sampling import receiver_of, take_sample
from tongdian.supervision.bundles import MOST_BYTES
from tongdian.supervision.models import TakenBundle
from tongdian.supervision.pages.returns import address_of, return_at
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.sampling import bundles_behind
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import ACCEPT


@require_POST
@guarded(ACCEPT.name)
def bring_answer(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """What the sender answered is compared with its bundle and kept, whatever comes of it."""
    here = return_at(request, organisation, form, period)
    bundle = _bundle(request, here)
    sent = request.FILES.get("file")
    try:
        kept = now(
            request, take_sample, office=receiver_of(bundle), data=sent.read(MOST_BYTES + 1) if sent else b""
        )
    except Refusal as refused:
        if refused.status in (403, 404):
            raise
        messages.error(request, say(refused))
    else:
        if kept.problems:
            messages.warning(request, gettext("Kept. Not every case agrees: a finding was opened."))
        else:
            messages.success(request, gettext("Kept. Every case that was drawn agrees with the return."))
    return redirect(address_of("supervision-return", here) + f"#drawn-{bundle.version.number}")


@require_POST
@guarded(ACCEPT.name)
def seen_checkpoint(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """The sender's checkpoint as it was cosigned here: by it the sender knows what was drawn."""
    here = return_at(request, organisation, form, period)
    bundle = _bundle(request, here)
    record_export(
        viewer=request.user, of="supervision-checkpoint", query=bundle.digest, columns=[], at=timezone.now()
    )
    return as_download(
        bundle.cosigned.encode(), f"{bundle.organisation.short}-{period}.txt", "text/plain; charset=utf-8"
    )


def _bundle(request: HttpRequest, here: ReturnStanding) -> TakenBundle:
    named = request.POST.get("bundle", "")  # the newest, unless another is named
    bundle = next((one for one in bundles_behind(here.newest) if named in ("", one.digest)), None)
    viewer: Any = request.user
    if bundle is None or not viewer.has_perm(ACCEPT.name, receiver_of(bundle)):
        raise NoSuchReturn
    return bundle
