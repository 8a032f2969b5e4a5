"""How long a test waits for another process: until it is there, or surely hangs.

Nothing is measured by it. A machine that does three other things, or stands still for a minute, is
slow and not broken.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 300


def wait_until(is_so: Callable[[], object]) -> bool:
    """Whether it became so. Asked ten times a second."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True
