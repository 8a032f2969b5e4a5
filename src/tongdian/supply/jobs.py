"""Carrying out what switches were told, and what a worker that died left behind."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongdian.soon import alone
from tongdian.supply.actions.carrying import carry_out_waiting
from tongdian.supply.actions.switching import CARRY_OUT, follow_timetables
from tongdian.supply.actions.weather import read_weather


@app.task(name=CARRY_OUT, queue="outgoing")
def carry_out() -> None:
    """Tell the switches; asked for by the transaction that planned it."""
    _carry_out()


@app.periodic(cron="* * * * *", periodic_id="supply.carry_on")
@app.task(name="supply.carry_on", queueing_lock="supply.carry_on", queue="outgoing")
def carry_on(timestamp: int) -> None:
    """Have the lights follow their timetables, and carry on what was left."""
    with alone("switches-follow") as is_alone:
        if is_alone:
            follow_timetables(now=timezone.now())
    _carry_out()


@app.periodic(cron="5 * * * *", periodic_id="supply.weather")
@app.task(name="supply.weather", queueing_lock="supply.weather", queue="outgoing")
def weather(timestamp: int) -> None:
    """Read the temperature outside, where the operator named somebody who publishes it."""
    read_weather(at=timezone.now())


def _carry_out() -> None:
    with alone("switches") as is_alone:
        if is_alone:
            carry_out_waiting(now=timezone.now)
