"""What an applicant ticks below the privacy notice that ships with the program."""

from __future__ import annotations

from typing import Any

CONSENTED = {"notice": "1", "consent": "true", "consent_identity": "true"}  # of a page, of a draft
CONSENT: dict[str, Any] = {"version": 1, "personal": True, "identity": True}  # of the API
