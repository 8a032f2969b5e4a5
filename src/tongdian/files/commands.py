"""What the command line calls."""

from tongdian.files.queries import FileVerification, verify_all


def verify_files() -> FileVerification:
    """Read every kept file and compare it with its hash; after a restore, and now and then."""
    return verify_all()
