"""`python -m tongdian …`: Django's own commands (migrate, shell, procrastinate worker, …)."""

import os
import sys

from tongdian.config.logins import database_running, make_application_login


def main() -> None:
    """Run one of Django's commands, with the database up for as long as it takes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    from django.core.management import execute_from_command_line

    with database_running():
        make_application_login()
        execute_from_command_line(["tongdian", *sys.argv[1:]])


if __name__ == "__main__":
    main()
