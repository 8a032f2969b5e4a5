"""Signed tickets that are kept nowhere: whose case a caller may follow, which file they sent.

A ticket says what it is for, so that none can stand for another, and ends by itself.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing

from tongdian.cases.rules import Applicant
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

APPLICANT = "tda_"
APPLICANT_LASTS = timedelta(hours=1)
UPLOAD_LASTS = timedelta(days=1)


class UploadUnknown(Refusal):
    """A ticket that this program did not give, or gave more than a day ago."""

    says = Words(
        "上传凭证无效或已过期（有效 24 小时）；请重新上传。",
        "The upload is unknown or older than 24 hours; upload it again.",
    )


def for_applicant(applicant: Applicant) -> str:
    """What an applicant shows for an hour instead of number and telephone."""
    said = [str(applicant.case), applicant.number]
    return APPLICANT + signing.dumps(said, salt="api.applicant", compress=False)


def applicant_of(ticket: str) -> Applicant | None:
    """Whose ticket it is; none for one that is no longer good."""
    if not ticket.startswith(APPLICANT):
        return None
    try:
        case, number = signing.loads(
            ticket.removeprefix(APPLICANT), salt="api.applicant", max_age=APPLICANT_LASTS
        )
    except signing.BadSignature:
        return None
    return Applicant(UUID(case), number)


def for_upload(hash_: str) -> str:
    """What stands for a file until it is handed in. The hash alone would not do: who knows that of
    somebody else's paper could hand it in as their own, and read it."""
    return signing.dumps(hash_, salt="api.upload")


def upload_of(ticket: str) -> str:
    """The hash of the file. Raises UploadUnknown."""
    try:
        hash_: str = signing.loads(ticket, salt="api.upload", max_age=UPLOAD_LASTS)
    except signing.BadSignature:
        raise UploadUnknown from None
    return hash_
