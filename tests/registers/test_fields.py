"""A value is read alike whatever door it comes by, and refused with its field's name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from tests.registers.every import REGISTERS
from tongdian.policy.inputs import Input
from tongdian.policy.words import Words
from tongdian.registers.fields import BadValue
from tongdian.registers.inputs import InputField
from tongdian.registers.register import undeclared
from tongdian.registers.sorts import Code, Day, Number, Selection, Text, Truth, of_input
from tongdian.spreadsheets.cells import Cell, CellRefused

KVA = Number("kva", Words("容量", "Capacity"), high="9999.99", unit="kVA")
KIND = Selection("kind", Words("类型", "Kind"), of={"shop": Words("门面", "Shop")})


@pytest.mark.parametrize("register", REGISTERS, ids=lambda one: one.name)
def test_the_database_holds_what_is_declared(register) -> None:
    assert undeclared(register) == []


@pytest.mark.parametrize(
    ("given", "read"), [("１０", "10.00"), ("10", "10.00"), (Decimal("0.01"), "0.01"), (7, "7.00")]
)
def test_a_number_is_read_exactly(given: object, read: str) -> None:
    assert KVA.read(given) == Decimal(read)


@pytest.mark.parametrize("given", ["0", "-5", "10000", "1.001", "ten", 0.5, True, "1e3", "NaN", ""])
def test_what_is_no_such_number_is_refused_with_its_field(given: object) -> None:
    with pytest.raises(BadValue) as refused:
        KVA.read(given)
    assert (refused.value.field, refused.value.status) == ("kva", 422)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(0.1 + 0.2, "0.30"), ("1,234.50", "1234.50"), ("8 kVA", "8.00"), ("８千伏安", "8.00"), (630, "630.00")],
)
def test_a_cell_is_understood_as_excel_shows_it_and_as_it_is_typed_on_a_form(cell, text) -> None:
    assert KVA.of_cell(Cell(cell)) == text
    assert KVA.text(KVA.read(str(cell) if not isinstance(cell, float) else text)) == text


@pytest.mark.parametrize("said", ["0,5", "300 kW", "1_000", "1e5", "3元50", "10万", "12 5"])
def test_a_figure_that_can_be_meant_otherwise_is_refused_at_every_door(said: str) -> None:
    with pytest.raises(CellRefused):
        KVA.of_cell(Cell(said))
    with pytest.raises(BadValue):
        KVA.read(said)


@given(st.decimals(Decimal("0.01"), Decimal("9999.99"), places=2))
def test_what_is_written_is_read_again(number: Decimal) -> None:
    assert KVA.read(KVA.text(number)) == number


def test_a_choice_is_named_by_its_code_or_in_either_language() -> None:
    assert {KIND.read(said) for said in ("shop", "门面", "SHOP")} == {"shop"}
    with pytest.raises(BadValue, match="Shop"):
        KIND.read("castle")


def test_codes_are_plain_and_text_is_tidy() -> None:
    assert Code("code", Words("编号", "Code")).read(" ＹＳ－1 ") == "YS-1"
    assert Text("name", Words("名称", "Name")).read(" a   b ") == "a b"
    for unseen in ("\u200b", "a\x00b", "a\nb"):
        with pytest.raises(BadValue):
            Text("name", Words("名称", "Name")).read(unseen)


def test_left_open_is_a_default_nothing_or_a_refusal() -> None:
    words = Words("已供", "Supplied")
    assert Truth("live", words, default=False).read("") is False
    assert Day("day", words, optional=True).read(None) is None
    assert Text("text", words, optional=True).read(None) == ""
    with pytest.raises(BadValue):
        Day("day", words).read("")


def test_what_a_pack_asks_is_a_field_too() -> None:
    asked = Input.model_validate({"unit": "kW", "scale": 1, "min": "1", "max": "200"})
    assert of_input("load", asked).read("12.5") == Decimal("12.5")
    asked = Input.model_validate({"type": "date"})
    assert of_input("on", asked).read("2026-04-12") == dt.date(2026, 4, 12)


@pytest.mark.parametrize(
    ("unit", "typed", "read"),
    [
        ("kW", "８kW", "8"),
        ("kW", "１２.5", "12.5"),
        ("kW", "8 千瓦", "8"),
        ("kW", "1,234.5", "1234.5"),
        ("workday", "5 个工作日", "5"),
        ("day", "7 days", "7"),
        ("m³/month", "40 立方米/月", "40"),
    ],
)
def test_a_fact_of_a_pack_is_read_from_a_form_as_a_number_of_a_register_is(
    unit: str, typed: str, read: str
) -> None:
    declared = Input.model_validate({"unit": unit, "scale": 1, "min": "0", "max": "5000"})
    assert InputField("load", declared, required=True).clean(typed) == Decimal(read)


@pytest.mark.parametrize("typed", ["300 kVA", "0,5", "6000", "1.25", "5 kWh"])
def test_a_fact_in_another_unit_or_range_is_refused_on_a_form(typed: str) -> None:
    declared = Input.model_validate({"unit": "kW", "scale": 1, "min": "0", "max": "5000"})
    with pytest.raises(forms.ValidationError):
        InputField("load", declared, required=True).clean(typed)


def test_braces_that_a_person_typed_are_said_as_they_are() -> None:
    with pytest.raises(BadValue) as refused:
        Day("on", Words("日期", "day")).read("{{ }}{% x %}")
    assert "{% x %}" in refused.value.say("en")
