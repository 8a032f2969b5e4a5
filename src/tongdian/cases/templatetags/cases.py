"""Small words on the pages of cases."""

import datetime as dt

from django import template
from django.utils.translation import gettext

from tongdian.policy.words import Words
from tongdian.spoken import reader_language

register = template.Library()
WEEKDAYS = "一二三四五六日"


@register.filter
def day(date: dt.date | None) -> str:
    """2026-04-12（周日）, or 2026-04-12 (Sun)."""
    if date is None:
        return ""
    if reader_language() == "en":
        return f"{date.isoformat()} ({date:%a})"
    return f"{date.isoformat()}（周{WEEKDAYS[date.weekday()]}）"


@register.filter
def in_words(words: Words) -> str:
    """Words in the reader's language."""
    return words.say(reader_language())


@register.filter
def when(due_on: dt.date | None, today: dt.date) -> str:
    """A last day as people say it from today: today, tomorrow, or the day itself."""
    if due_on is None:
        return ""
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    return near.get((due_on - today).days) or day(due_on)
