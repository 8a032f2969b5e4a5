"""What the command line calls: plain functions that read the clock."""

from collections.abc import Sequence

from django.utils import timezone

from tongdian.audit_log import actions
from tongdian.audit_log.models import Checkpoint
from tongdian.audit_log.verification import Verification, verify


def verify_log() -> Verification:
    """Seal what is committed, then check the whole log."""
    actions.seal_entries()
    return verify()


def accept_restore(*, reason: str, found: Sequence[str], operator: str) -> None:
    """Enter that an operator of the machine serves a restored backup that does not prove itself."""
    actions.record(
        actor=f"operator:{operator}",
        action="audit_log.restore_accepted",
        subject="database",
        payload={"reason": reason, "found": list(found)},
        at=timezone.now(),
    )


def enter_return(*, to: str, archive: str, operator: str) -> None:
    """Enter that the installation was brought back to a moment: what came after it is not in the log."""
    actions.record(
        actor=f"operator:{operator}",
        action="audit_log.brought_back",
        subject="database",
        payload={"to": to, "archive": archive},
        at=timezone.now(),
    )


def make_checkpoint() -> Checkpoint:
    """Sign the log as it is now. Raises NothingToSign while it is empty."""
    return actions.make_checkpoint(at=timezone.now())
