"""The worker: runs jobs and timers until told to stop."""

import contextlib
import os
from pathlib import Path

import django

from tongdian.config.serving import end_with_parent


def main() -> None:
    """Run the worker in the foreground; SIGTERM lets it finish its jobs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    end_with_parent()
    _let_others_go_first()
    django.setup()
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(delete_jobs="successful", fetch_job_polling_interval=1.0)


def _let_others_go_first() -> None:
    """Pages and the API, for which somebody waits, before what can follow later."""
    os.nice(10)
    with contextlib.suppress(OSError):  # where the kernel shares time between sessions first
        Path("/proc/self/autogroup").write_text("10")


if __name__ == "__main__":
    main()
