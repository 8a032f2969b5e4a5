"""What the command line calls."""

from tongdian.files.queries import Verification, verify_all


def verify_files() -> Verification:
    """Read every kept file and compare it with its hash; after a restore, and now and then."""
    return verify_all()
