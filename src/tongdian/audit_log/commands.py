"""What the command line calls: plain functions that read the clock."""

from django.utils import timezone

from tongdian.audit_log import actions
from tongdian.audit_log.models import Checkpoint
from tongdian.audit_log.verification import Verification, verify


def verify_log() -> Verification:
    """Seal what is committed, then check the whole log."""
    actions.seal_entries()
    return verify()


def make_checkpoint() -> Checkpoint:
    """Sign the log as it is now. Raises NothingToSign while it is empty."""
    return actions.make_checkpoint(at=timezone.now())
