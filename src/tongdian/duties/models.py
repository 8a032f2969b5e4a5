"""Which duty was done for which day."""

from django.db import models

from tongdian.audit_log.tables import FreeTable
from tongdian.plain_fields import Line


class Done(models.Model):
    """A duty that was done for a day. A row for each day, so that a clock that was wrong for an hour
    neither repeats a day nor keeps later ones from coming."""

    kept = FreeTable("what a duty did is recorded by the areas; done again, it changes nothing")

    pk = models.CompositePrimaryKey("name", "day")
    name = Line(max_length=60)
    day = models.DateField()
    at = models.DateTimeField()
