"""What happens when the deed is undone, or the worker dies: real commits, a real kill."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.notices.town import NOON, PHONE, jobs, only, told
from tongdian.notices.actions import deliver
from tongdian.notices.actions.sending import forgotten
from tongdian.notices.models import Delivery


def test_nothing_is_queued_when_the_deed_is_undone(committed, organisation, channel):
    campus = organisation("YS")
    channel(campus, "sms")
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        told(campus, phone=PHONE)
        raise ZeroDivisionError
    assert (jobs(), Delivery.objects.count()) == ([], 0)


def test_a_worker_killed_while_sending_sends_again_and_keeps_one_delivery(
    committed, organisation, channel, web
):
    campus = organisation("YS")
    channel(campus, "gateway", address=web.address)
    waiting = only(told(campus, groups=True), "gateway")
    connection.close()
    worker = os.fork()
    if not worker:  # the worker, which is killed once the message is out
        deliver(delivery=waiting.id, at=NOON)
        os._exit(0)
    web.meanwhile = lambda: os.kill(worker, signal.SIGKILL)
    _pid, status = os.waitpid(worker, 0)
    web.meanwhile = lambda: None
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert (len(web.received), waiting.attempts.count()) == (1, 0)

    assert forgotten(at=NOON + timedelta(minutes=3)) == []  # it is still taken
    assert forgotten(at=NOON + timedelta(minutes=6)) == [waiting.id]
    deliver(delivery=waiting.id, at=NOON + timedelta(minutes=6))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts.count()) == ("sent", 1)
    assert len(web.received) == 2
    assert Delivery.objects.count() == 1
    assert forgotten(at=NOON + timedelta(minutes=60)) == []
