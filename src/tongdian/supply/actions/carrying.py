"""Carrying out what switches were told: sent, read back, tried again, given up.

Each step is committed before the next, so that whoever dies in between leaves a command that the next worker carries on by
reading the switch first. A life of a command gives out what it wants to ask of its device and is told the answer: so the
devices are spoken to in threads, several at once, while every row is written in one.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from tongdian.calendar import legal_day
from tongdian.policy.refusals import Refusal
from tongdian.states import must_follow
from tongdian.supply.actions.switching import locked_switch, must_be_on_record, must_not_protect, step
from tongdian.supply.models import SwitchCommand, SwitchStep
from tongdian.supply.queries import switching as queries
from tongdian.supply.refusing import SwitchAddressRefused
from tongdian.supply.rules import LINES, LINES_OF_TIMETABLES, SWITCH_FOLLOWS, TRIES, SwitchState
from tongdian.supply.transports import SwitchAnswer, check_switch_address, read, tell

Clock = Callable[[], dt.datetime]
Question = Callable[[], SwitchAnswer]
Life = Generator[Question, SwitchAnswer, SwitchStep]
NOTHING = SwitchAnswer(None, "")
_log = logging.getLogger(__name__)


def carry_out(told: SwitchCommand, *, now: Clock) -> SwitchStep:
    """Bring a command to an end: confirmed by reading the switch back, or given up after some tries; whichever way the
    switch answers, late, wrongly, twice or never, its last step says what it reads, or that nobody knows."""
    life = _life(told, now)
    try:
        question = next(life)
        while True:
            question = life.send(question())
    except StopIteration as ended:
        end: SwitchStep = ended.value
        return end


def carry_out_waiting(*, now: Clock) -> int:
    """Carry out, or carry on, every command that waits, the most urgent first; how many there were. Several devices are
    spoken to at once, each about one thing at a time. What is planned meanwhile takes the next free line. A command that
    fails is given up and keeps no other from its end."""
    done: set[Any] = set()
    asking: dict[Future[SwitchAnswer], tuple[Any, Life]] = {}
    with ThreadPoolExecutor(max_workers=LINES) as lines:
        while True:
            while (told := _next_waiting([one for one, _ in asking.values()], done, now)) is not None:
                done.add(told.pk)
                _carry_on(told, _life(told, now), None, lines, asking, now)
            if not asking:
                return len(done)
            for answered in wait(asking, return_when=FIRST_COMPLETED).done:
                told, life = asking.pop(answered)
                _carry_on(told, life, answered, lines, asking, now)


def _next_waiting(busy: list[Any], done: set[Any], now: Clock) -> Any:
    """The most urgent command whose device is free; none while no line is left for it."""
    if len(busy) >= LINES:
        return None
    rows = queries.unfinished(legal_day(now())).exclude(pk__in=done)
    for one in busy:
        rows = rows.exclude(switch__host=one.switch.host, switch__port=one.switch.port)
    if sum(one.urgency == queries.BY_TIMETABLE for one in busy) >= LINES_OF_TIMETABLES:
        rows = rows.filter(~Q(urgency=queries.BY_TIMETABLE))
    return rows.select_related("switch__usage_point__place__organisation").first()


def _carry_on(
    told: Any,
    life: Life,
    answered: Future[SwitchAnswer] | None,
    lines: ThreadPoolExecutor,
    asking: dict[Future[SwitchAnswer], tuple[Any, Life]],
    now: Clock,
) -> None:
    try:
        question = next(life) if answered is None else life.send(answered.result())
        asking[lines.submit(question)] = told, life
    except StopIteration:
        pass
    except Exception as failed:
        _log.exception("command %s to switch %s failed", told.pk, told.switch_id)
        _broken(told, failed, now)


def _broken(told: SwitchCommand, failed: Exception, now: Clock) -> None:
    """It ends given up, with what went wrong: nobody knows what the switch does. If not even that can be written, it is
    carried on in a minute."""
    answer = SwitchAnswer(None, type(failed).__name__)
    try:
        last = queries.last_step(told)
        while last.state in (SwitchState.PLANNED, SwitchState.SENT, SwitchState.FAILED):
            last = _given_up(told, last, answer, now)
    except Exception:
        _log.exception("command %s could not be given up", told.pk)


def _given_up(told: SwitchCommand, last: SwitchStep, answer: SwitchAnswer, now: Clock) -> SwitchStep:
    """One step nearer to being given up: what was sent has failed first."""
    state = SwitchState.FAILED if last.state == SwitchState.SENT else SwitchState.GIVEN_UP
    return _after(told, last, state, answer, now)


def _life(told: SwitchCommand, now: Clock) -> Life:
    last = queries.last_step(told)
    while SWITCH_FOLLOWS[SwitchState(last.state)] and last.state != SwitchState.HELD:
        last = yield from _one_more(told, last, now)
    return last


def _one_more(told: SwitchCommand, last: SwitchStep, now: Clock) -> Life:
    switch = told.switch
    try:
        check_switch_address(switch.host)  # it may have been entered when another network was named
    except SwitchAddressRefused as refused:
        return _given_up(told, last, SwitchAnswer(None, refused.words.zh), now)
    if told.is_trial:
        return _after(told, last, SwitchState.TRIED, (yield partial(read, switch)), now)
    if last.state == SwitchState.SENT:
        return (yield from _read_back(told, last, now))
    if last.state == SwitchState.FAILED and told.steps.filter(state=SwitchState.SENT).count() >= TRIES:
        return _after(told, last, SwitchState.GIVEN_UP, SwitchAnswer(last.reads_on, last.said), now)
    try:
        sent = _after(told, last, SwitchState.SENT, NOTHING, now)
    except Refusal as refused:  # the record says otherwise by now, or it protects something since
        return _after(told, last, SwitchState.GIVEN_UP, SwitchAnswer(last.reads_on, refused.words.zh), now)
    if sent.state != SwitchState.SENT:
        return sent
    replied = yield partial(tell, switch, is_on=told.is_on, at=now())
    return (yield from _read_back(told, sent, now, replied=replied.said))


def _read_back(told: SwitchCommand, sent: SwitchStep, now: Clock, *, replied: str = "") -> Life:
    """Whatever it replied to what was sent: what it reads is what counts. What it replied stands beside, where that is
    not what was wanted: a wrong password, say."""
    answer = yield partial(read, told.switch)
    if answer.is_on is told.is_on:
        return _after(told, sent, SwitchState.CONFIRMED, answer, now)
    said = "; ".join(one for one in (answer.said, replied) if one)
    return _after(told, sent, SwitchState.FAILED, answer._replace(said=said), now)


def _after(
    told: SwitchCommand, last: SwitchStep, state: SwitchState, answer: SwitchAnswer, now: Clock
) -> SwitchStep:
    """The next step, if the command still stands where it was seen; else the step that another made. Before anything is
    sent the record and what the switch protects are looked at once more."""
    with transaction.atomic():
        switch = locked_switch(told.switch)
        present = queries.last_step(told)
        if present.number != last.number:
            return present
        if state == SwitchState.SENT:
            must_not_protect(switch, is_on=told.is_on)
            must_be_on_record(switch, now(), is_on=told.is_on)
        must_follow(SWITCH_FOLLOWS, present.state, state)
        return step(
            told, state, at=now(), number=last.number + 1, reads_on=answer.is_on, said=answer.said[:200]
        )
