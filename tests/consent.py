"""What an applicant ticks below the privacy notice that ships with the program."""

from __future__ import annotations

from typing import Any

from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Consent

CONSENTED = {"notice": "1", "consent": "true", "consent_identity": "true"}  # of a page, of a draft
CONSENT: dict[str, Any] = {"version": 1, "personal": True, "identity": True}  # of the API
ON_PAPER = Consented(version=1, identity=True, door=Consent.Door.PAPER)  # as a clerk says it
