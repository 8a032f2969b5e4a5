"""A second person settles a claim on the page of its case."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.cases import actions
from tongdian.cases.forms import CountersignForm, RefuseClaimForm
from tongdian.cases.pages.acts import Act, NotNow, as_seen, evidence_of, typed
from tongdian.cases.pages.showing import ShownCase
from tongdian.plain_text import whole


def countersign(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    """Vouch for a claim with a file."""
    claim = _claim_to_settle(shown, about)
    form = CountersignForm(*typed(request), **as_seen(shown))
    return Act(
        title=gettext("Countersign: %(what)s") % {"what": claim},
        form=form,
        button=gettext("Countersign"),
        do=lambda: actions.countersign(
            viewer=request.user,
            case=shown.case,
            claim=int(about),
            evidence=evidence_of(form),
            reason=form.cleaned_data["reason"].strip(),
            seen=form.cleaned_data["seen"],
            at=timezone.now(),
        ),
        explain=gettext("You vouch for it under your name; from then on it counts for the limit."),
    )


def refuse_claim(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    """Do not accept a claim, for a reason."""
    claim = _claim_to_settle(shown, about)
    form = RefuseClaimForm(*typed(request), **as_seen(shown))
    return Act(
        title=gettext("Do not accept: %(what)s") % {"what": claim},
        form=form,
        button=gettext("Do not accept"),
        do=lambda: actions.refuse_claim(
            viewer=request.user,
            case=shown.case,
            claim=int(about),
            reason=form.cleaned_data["reason"],
            seen=form.cleaned_data["seen"],
            at=timezone.now(),
        ),
        explain=gettext("It stays in the record and changes no time; this cannot be taken back."),
        is_grave=True,
    )


def _claim_to_settle(shown: ShownCase, about: str) -> str:
    """What the claim says. One that is settled by now is past, one that never was is not found."""
    if not shown.may_settle_claims:
        raise PermissionDenied
    claim = next((one for one in shown.claims if str(one.seq) == about), None)
    if claim is None:
        raise NotNow if whole(about) in shown.state.settled else Http404
    return claim.line.what if claim.line else about
