"""What the command line calls: plain functions that read the clock."""

from django.db import connection
from django.utils import timezone

from tongdian.shell.health import HealthCheck, HealthResult, readings


def health() -> tuple[list[tuple[HealthCheck, HealthResult]], str]:
    """How every part is now, and the database server's version."""
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        (server,) = cursor.fetchone()
    return readings(timezone.now()), str(server)
