"""Text that no store, screen or paper should meet is refused in words, whoever brings it."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.cases.conftest import at, organisation
from tongdian import plain_text
from tongdian.plain_text import NotPlainText, legible
from tongdian.policy.types import UNSEEN, unseen_in
from tongdian.registers.fields import BadValue

BAD = ["王\x07", "张\ue863", "\u202egnp.exe", "王\u200b", "\ufffe", "\U0001ffff", "\ud800", "a\x00"]


@pytest.mark.parametrize("text", BAD)
def test_the_character_and_its_place_are_named(text: str) -> None:
    with pytest.raises(NotPlainText) as refused:
        plain_text.check(f"ab{text}")
    place = next(n for n, one in enumerate(text, 3) if one not in "王张a")
    assert f"Character {place} of the text (U+" in refused.value.say("en")
    assert f"第 {place} 个字符" in refused.value.say("zh")


@pytest.mark.parametrize("text", ["王小明", "买买提·吐尔逊", "𠮷 𫰠 䶮", "ئۇيغۇر", "3 号\n二楼\t东", "😀"])
def test_what_people_are_called_is_plain(text: str) -> None:
    plain_text.check(text)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [one for one in BAD if "\ud800" not in one])
def test_an_action_refuses_a_name_whichever_door_it_came_by(name: str, viewer: Any) -> None:
    from tongdian.parties.actions.customers import enter_customer

    campus = organisation("campus", "雁山校区", "YS", region="450311")
    admin = viewer("administrator", at=campus)
    with pytest.raises(BadValue, match="U\\+") as refused:  # which character, and where
        enter_customer(viewer=admin, organisation=campus, name=name, at=at("2026-03-01"))
    assert refused.value.field == "name"
    with pytest.raises(BadValue, match="120 characters"):
        enter_customer(viewer=admin, organisation=campus, name="长" * 121, at=at("2026-03-01"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", BAD)
def test_a_row_written_past_the_actions_is_plain_too(name: str) -> None:
    with pytest.raises(NotPlainText, match="U\\+"):
        organisation("campus", name, "YS", region="450311")


def test_every_column_of_words_is_plain_or_stands_here_with_its_reason() -> None:
    from django.apps import apps
    from django.db import models

    from tongdian.plain_fields import Data, Line, Lines

    made_by_the_program_or_said_by_others = {
        "AgreementText.body_hash",
        "Bill.hash",
        "RunPreview.hash",
        "UsageReport.hash",
        "RunItem.hash",
        "Revision.files",
        "Signature.user_agent",
        "Import.counts",
        "ImportRow.cells",
        "ImportRow.values",
        "ImportRow.changes",
        "ImportRow.reasons",
        "ImportRow.before",  # as found in the file, to be shown; only `legible` text comes here
        "Delivery.body",
        "Attempt.said",
        "Payload.content",
        "EffectRun.given",
        "EffectRun.result",
        "Content.said",
        "Delivery.last_answer",
        "Attempt.answer",
        "PackContent.files",
        "Customer.name_key",
    }
    open_columns = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("tongdian.")
        for field in model._meta.local_fields
        if isinstance(field, (models.CharField, models.TextField, models.JSONField))
        and not isinstance(field, (Line, Lines, Data, models.EmailField))
        and field.name not in ("password", "username", "first_name", "last_name", "email")
    }
    assert open_columns <= made_by_the_program_or_said_by_others, open_columns


def test_every_form_field_says_it_beside_itself() -> None:
    from django import forms

    import tongdian.config.urls  # noqa: F401, so that every form is there
    from tongdian.plain_fields import day_is_in_bounds, text_is_plain

    def below(cls: type) -> set[type]:
        return {cls}.union(*(below(one) for one in cls.__subclasses__()))

    for form in below(forms.Form):
        for name, field in form.base_fields.items():  # type: ignore[attr-defined]
            if type(field) is forms.CharField:
                assert text_is_plain in field.validators, (form, name)
            if type(field) is forms.DateField:
                assert day_is_in_bounds in field.validators, (form, name)


def test_an_export_never_raises_whatever_stood_in_the_record() -> None:
    from tongdian.registers.pages.list_tools import _csv, _workbook

    lines = [["名"], ["王\x07小\x00明\ud800"]]
    sheet = load_workbook(io.BytesIO(_workbook(lines, "x"))).active
    assert sheet["A2"].value == legible(lines[1][0]) == "王\ufffd小\ufffd明\ufffd"
    assert "王\ufffd小" in "".join(_csv(lines))


@pytest.mark.django_db
def test_a_fee_for_april_after_one_for_may_ends_where_may_begins(viewer: Any) -> None:
    from tongdian.connections.actions.fees import publish_fee

    campus = organisation("campus", "雁山校区", "YS", region="450311")
    admin = viewer("administrator", at=campus)

    def publish(yuan: str, first: dt.date) -> Any:
        return publish_fee(
            viewer=admin,
            organisation=campus,
            code="meter",
            name="换表",
            unit="只",
            yuan=Decimal(yuan),
            basis="桂价费〔2016〕1号",
            first_on=first,
            at=at("2026-03-01"),
        )

    may = publish("80.00", dt.date(2026, 5, 1))
    april = publish("70.00", dt.date(2026, 4, 1))
    assert (april.in_force.lower, april.in_force.upper) == (dt.date(2026, 4, 1), dt.date(2026, 5, 1))
    assert may.in_force.upper is None


def test_days_have_bounds_and_for_ever_is_an_open_end() -> None:
    from tongdian.bounded_days import DayOutOfBounds, end_after, open_end
    from tongdian.parties.models import since

    assert open_end(dt.date(9999, 12, 31)) is None
    assert end_after(dt.date(9999, 12, 31)) is None
    assert end_after(dt.date(2026, 3, 31)) == dt.date(2026, 4, 1)
    for day in (dt.date(221, 1, 1), dt.date(2206, 3, 1), dt.date(9999, 12, 30)):
        with pytest.raises(DayOutOfBounds):
            end_after(day)
        with pytest.raises(DayOutOfBounds):
            since(day)


@pytest.mark.django_db
def test_a_fact_of_a_case_is_no_day_that_nobody_means() -> None:
    from tongdian.bounded_days import DayOutOfBounds
    from tongdian.cases.actions.appending import row_of
    from tongdian.policy.process.events import FactRecorded

    for day in (dt.date(1, 1, 1), dt.date(2206, 3, 1)):
        event = FactRecorded(seq=2, on=dt.date(2026, 3, 2), by="x", name="use-from", value=day)
        with pytest.raises(DayOutOfBounds):
            row_of(None, event, None, at("2026-03-02"), "page")  # type: ignore[arg-type]


def test_what_the_kernel_takes_for_unseen_in_an_identifier_no_text_holds_either() -> None:
    """One list: a line of Unicode's own (U+2028) is no more part of an identifier than of a name."""
    for low, high in UNSEEN:
        for sign in map(chr, (low, high)):
            assert unseen_in(f"A{sign}1") == sign
            with pytest.raises(NotPlainText):
                plain_text.check(f"A{sign}1", has_lines=False)
    assert unseen_in("A\u20281") == "\u2028"
    assert unseen_in("甲 1") == ""


def test_what_an_address_asks_for_is_a_day_a_month_or_an_instant_that_can_be_meant():
    from tongdian.bounded_days import DayOutOfBounds, UnreadableDay, read, read_moment, read_month

    assert read("2026-05-01") == dt.date(2026, 5, 1)
    assert read_month("2026-05") == dt.date(2026, 5, 1)
    assert read_moment("2026-05-01T08:00:00+08:00").isoformat() == "2026-05-01T08:00:00+08:00"
    for text in ("0001-01-01", "1948-12-31", "2200-01-01", "9999-12-31"):
        with pytest.raises(DayOutOfBounds):
            read(text)
    for text in ("0001-01", "9999-12"):
        with pytest.raises(DayOutOfBounds):
            read_month(text)
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2199-12-31T23:00:00-14:00"):
        with pytest.raises(DayOutOfBounds):
            read_moment(text)
    for text in (
        "",
        "x",
        "2026-05-01T08:00:00",
        "2026-13-01T08:00:00+08:00",
    ):  # without offset it is no instant
        with pytest.raises(UnreadableDay):
            read_moment(text)
