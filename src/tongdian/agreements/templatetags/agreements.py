"""Money as people write it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template

from tongdian.agreements.models import AgreementText, Signature
from tongdian.documents import unprintable

register = template.Library()


@register.filter
def money(yuan: Decimal) -> str:
    """Two decimals, thousands apart, a true minus: −1,280.40."""
    return f"{yuan:,.2f}".replace("-", "−")


@register.inclusion_tag("agreements/paper.html")
def agreement_text(text: AgreementText, signatures: Iterable[Signature] = (), drawings: bool = False) -> Any:
    """A text as its parties read it, with who signed and what proves it; the drawn names too where
    the reader has an account."""
    paragraphs = text.body.split("\n\n")
    return {
        "text": text,
        "paragraphs": paragraphs,
        "signatures": list(signatures),
        "drawings": drawings,
        "unprintable": unprintable(text.body),
    }


@register.inclusion_tag("agreements/signature.html")
def signature_fields(form: Any) -> Any:
    """What is asked of who signs."""
    return {"form": form}
