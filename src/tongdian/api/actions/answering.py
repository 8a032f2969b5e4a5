"""Answering a request once, however often it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from tongdian.api.models import Answered
from tongdian.api.rules import ANSWERS_ARE_KEPT, KeyUsedAlready
from tongdian.personal import decrypt, encrypt


def answer_once(
    *, key: str, caller: str, request: str, answer: Callable[[], str], at: datetime
) -> tuple[str, bool]:
    """The answer, and whether it is one given before. It is kept in the transaction of what it
    answers for: both stand, or neither.

    Of two at once the second waits at the key until the first is through. A refusal ends the
    transaction and leaves no trace. Raises KeyUsedAlready, and whatever `answer` refuses.
    """
    with transaction.atomic():
        if not _claimed(key, caller, request, at):
            known = Answered.objects.get(caller=caller, key=key)
            if known.request != request:
                raise KeyUsedAlready
            return decrypt(known.answer), True
        said = answer()
        Answered.objects.filter(caller=caller, key=key).update(answer=encrypt(said))
    return said, False


def _claimed(key: str, caller: str, request: str, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into api_answered (caller, key, request, answer, at) values (%s, %s, %s, '', %s)"
            " on conflict do nothing",
            [caller, key, request, at],
        )
        return bool(cursor.rowcount)


def forget_answers(*, at: datetime) -> int:
    """Forget what was answered more than a day ago; how many."""
    return Answered.objects.filter(at__lt=at - ANSWERS_ARE_KEPT).delete()[0]
