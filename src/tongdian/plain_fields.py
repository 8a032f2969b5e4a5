"""Plain text in Django: columns that refuse what is not, whoever writes, and every form's fields.

The refusal stands where a value goes into the database (`save`, `update`, `bulk_create` and
`questions.insert` all come by here), so that no page, API, import or command obeys less. It is not
a CHECK of the database, because names that were taken in before must not stop an upgrade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from tongdian import bounded_days, plain_text
from tongdian.policy.refusals import Refusal
from tongdian.spoken import say

if TYPE_CHECKING:  # what a column of text gives and takes
    _Char = models.CharField[str, str]
    _Text = models.TextField[str, str]
else:
    _Char, _Text = models.CharField, models.TextField


class _Plain:
    has_lines = True

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str):
            self.copied(value)
        return super().get_db_prep_save(value, connection)  # type: ignore[misc]

    def copied(self, value: str) -> str:
        """What COPY writes of a text. Raises NotPlainText, TextTooLong."""
        plain_text.check(value, has_lines=self.has_lines)
        most = self.max_length  # type: ignore[attr-defined]
        if most is not None and len(value) > most:
            raise plain_text.TextTooLong(length=len(value), most=most)
        return value

    def deconstruct(self) -> Any:
        """As Django's own: to the database it is the same column."""
        name, _, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{self.django}", args, kwargs  # type: ignore[attr-defined]


class Line(_Plain, _Char):
    """A text of one line; with `has_lines`, a short one of several."""

    django = "CharField"

    def __init__(self, *args: Any, has_lines: bool = False, **kwargs: Any) -> None:
        self.has_lines = has_lines
        super().__init__(*args, **kwargs)


class Lines(_Plain, _Text):
    """A text of any number of lines."""

    django = "TextField"


class Data(_Plain, models.JSONField):
    """JSON, every text in it plain."""

    django = "JSONField"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        plain_text.check_all(value)
        return models.JSONField.get_db_prep_save(self, value, connection)

    def copied(self, value: Any) -> str:
        """What COPY writes of a value. Raises NotPlainText."""
        return plain_text.json_of(value)


def _said(refusal: Refusal) -> ValidationError:
    return ValidationError(say(refusal), code=refusal.code)


def text_is_plain(text: Any) -> None:
    """Raises ValidationError, so that the form says it beside the field."""
    try:
        plain_text.check(str(text))
    except Refusal as refusal:
        raise _said(refusal) from None


def day_is_in_bounds(day: Any) -> None:
    """Raises ValidationError."""
    try:
        bounded_days.open_end(day)
    except Refusal as refusal:
        raise _said(refusal) from None


# Every field of every form, the libraries' too: Django reads these lists when a field is made.
forms.CharField.default_validators = [text_is_plain]
forms.DateField.default_validators = [day_is_in_bounds]
