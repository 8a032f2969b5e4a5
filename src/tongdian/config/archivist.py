"""The part that keeps the archive whole while the program serves: files every minute, and a base backup
where none is younger than a week."""

import os
import sys
import time
from datetime import UTC, datetime

from tongdian.config.archive import copy_files, is_due, take_base
from tongdian.config.serving import end_with_parent
from tongdian.policy.refusals import Refusal

SECONDS = 60


def main() -> None:
    """For as long as the program serves; what fails is said, and tried again a minute later."""
    end_with_parent()
    os.nice(10)  # somebody waits for the pages
    while True:
        time.sleep(SECONDS)  # a start has enough to do, and its first minute nothing that lies longer
        try:
            copy_files()
            if is_due(datetime.now(UTC)):
                take_base()
        except (Refusal, OSError) as failed:
            print(f"tongdian: {failed}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
