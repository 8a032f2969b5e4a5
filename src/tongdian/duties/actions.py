"""Doing what is due."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction

from tongdian.duties.models import Done
from tongdian.duties.rules import A_DAY, Duty, duties
from tongdian.soon import alone

KEPT_FOR = 400 * A_DAY
_log = logging.getLogger(__name__)


def do_duties(*, at: dt.datetime) -> list[str]:
    """Do every duty whose day is due and not done; the names of those that were done.

    A duty that fails is told in the log and comes again with the next call.
    """
    return [duty.name for duty in duties() if _done_now(duty, at)]


def _done_now(duty: Duty, at: dt.datetime) -> bool:
    day = duty.day_due(at)
    if Done.objects.filter(name=duty.name, day=day).exists():
        return False
    with alone(f"duty {duty.name}") as is_alone:
        if not is_alone or Done.objects.filter(name=duty.name, day=day).exists():
            return False
        try:
            with transaction.atomic():
                Done.objects.create(name=duty.name, day=day, at=at)
                duty.work(day, at)
        except Exception:
            _log.exception("duty %s of %s", duty.name, day)
            return False
    Done.objects.filter(name=duty.name, day__lt=day - KEPT_FOR).delete()
    return True
