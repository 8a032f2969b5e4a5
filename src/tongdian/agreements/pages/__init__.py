"""The pages of agreements: lists, one agreement, reading and signing, importing."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.translation import get_language

from tongdian.agreements.rules import NoSuchAgreement
from tongdian.network.pages import staff_page


def language() -> str:
    """`zh` or `en`: how this reader is answered."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def agreement_page(permission: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A staff page on which an agreement that is not there, or not theirs, is not found."""
    return staff_page(permission, unknown=NoSuchAgreement)
