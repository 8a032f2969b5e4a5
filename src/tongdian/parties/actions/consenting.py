"""A consent as a field of what is asked: ticked on a page, said by a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel
from pydantic import Field as Described

from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Consent
from tongdian.policy.words import Words
from tongdian.registers.fields import Field, Scope


class ConsentGiven(BaseModel, extra="forbid"):
    """A person's consent to the privacy notice (GET /privacy-notice)."""

    version: Annotated[int, Described(ge=1, le=1_000_000)] = Described(
        description="the version that was read"
    )
    personal: bool = Described(description="consents that personal information is handled so")
    identity: bool = Described(default=False, description="consents separately to the identity document (29)")


@dataclass(frozen=True)
class ConsentField(Field):
    """What was consented to; of a form it is what `ConsentOnPaper` makes of its ticks."""

    def parsed(self, given: Any, scope: Scope) -> Any:
        """What a program said."""
        if not isinstance(given, dict):
            return given
        return Consented(given["version"], given["identity"], Consent.Door.API) if given["personal"] else None

    def taken(self, value: Any, scope: Scope) -> Any:
        """A consent."""
        assert isinstance(value, Consented)
        return value

    def shape(self) -> Any:
        """The version, and to what."""
        return ConsentGiven


CONSENTED = ConsentField(
    "consented",
    Words("同意", "Consent"),
    optional=True,
    secret=True,
    of_the_deed=True,
    api_name="consent",
    api="asked for with a person's identity number",
)
