"""What `@action` does around its action, seen from the action's own name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.network.conftest import AT
from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.network import actions
from tongdian.network.models import Feeder
from tongdian.network.rules import EDIT, OnlyForPower
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile, CodeTaken, action, put
from tongdian.registers.fields import BadValue, Fields
from tongdian.registers.sorts import Number, Text

pytestmark = pytest.mark.django_db


def enter(campus: Any, **given: Any) -> Feeder:
    known = {"utility": "power", "code": "F2", "name": "二线"} | given
    return actions.add_feeder(viewer=campus.officer, organisation=campus.organisation, at=AT, **known)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("voltage_kv", Decimal(-5)),
        ("voltage_kv", Decimal(123456)),
        ("utility", "gas"),
        ("code", ""),
        ("name", " "),
        ("name", "x" * 121),
        ("capacity_kva", Decimal("1.001")),
        ("capacity_kva", 0.5),
    ],
)
def test_an_action_itself_refuses_what_no_door_may_bring(campus, field, value) -> None:
    with pytest.raises(BadValue) as refused:
        enter(campus, **{field: value})
    assert refused.value.field == field
    assert Feeder.objects.count() == 1


@pytest.mark.parametrize(
    ("column", "value"), [("voltage_kv", -5), ("utility", "gas"), ("code", ""), ("name", "")]
)
def test_and_so_does_the_database(campus, column, value) -> None:
    with pytest.raises(IntegrityError, match="is_as_declared"), transaction.atomic():
        Feeder.objects.update(**{column: value})


@pytest.mark.parametrize("name", ["voltage_kv", "capacity_kva"])
def test_a_main_of_water_has_no_volts_and_no_kva(campus, name) -> None:
    with pytest.raises(OnlyForPower) as refused:
        enter(campus, utility="water", **{name: Decimal(10)})
    assert refused.value.field == name
    main = enter(campus, utility="water")
    with pytest.raises(OnlyForPower):
        actions.change_feeder(viewer=campus.officer, feeder=main, at=AT, **{name: Decimal(10)})
    with pytest.raises(IntegrityError, match="only_power_has_volts_and_kva"), transaction.atomic():
        Feeder.objects.filter(pk=main.pk).update(**{name: 10})


def test_a_missing_value_is_refused_and_an_unknown_one_is_a_mistake(campus) -> None:
    with pytest.raises(BadValue, match="Name"):
        actions.add_feeder(
            viewer=campus.officer, organisation=campus.organisation, utility="power", code="F3", at=AT
        )
    with pytest.raises(TypeError, match="voltage"):
        enter(campus, voltage="10")


def test_a_change_keeps_what_is_not_named_and_tells_what_was(campus) -> None:
    actions.change_feeder(viewer=campus.officer, feeder=campus.feeder, name="雁山一线", at=AT)
    campus.feeder.refresh_from_db()
    assert (campus.feeder.name, campus.feeder.voltage_kv) == ("雁山一线", Decimal(10))
    told = Entry.objects.get(action="change-feeder").payload.content
    assert told == {"name": "雁山一线", "before": {"name": "雁山 10 kV 一线"}}


def test_a_change_does_not_ask_anew_about_what_is_not_named(campus) -> None:
    """A row from before a range was declared can still be mended, one field at a time."""
    stricter = Fields(
        Text("name", Words("名称", "Name")),
        Number("voltage_kv", Words("电压", "Voltage"), low="35", high="1000", optional=True),
    )

    @action("mend", may=EDIT, within="feeder.organisation", fields=stricter, of="feeder")
    def mend(*, viewer: Any, feeder: Feeder, at: Any, **given: Any) -> Feeder:
        put(feeder, **given)
        return feeder

    assert mend(viewer=campus.officer, feeder=campus.feeder, name="雁山一线", at=AT).voltage_kv == 10
    with pytest.raises(BadValue):
        mend(viewer=campus.officer, feeder=campus.feeder, voltage_kv=Decimal(10), at=AT)


def test_what_is_fixed_is_no_argument_of_a_change(campus) -> None:
    with pytest.raises(TypeError, match="utility"):
        actions.change_feeder(viewer=campus.officer, feeder=campus.feeder, utility="water", at=AT)


def test_nothing_is_kept_of_what_is_refused(campus, viewer) -> None:
    before = Entry.objects.count()
    with pytest.raises(CodeTaken) as refused:
        enter(campus, code="F1")
    assert refused.value.field == "code"
    with pytest.raises(NotAllowed):
        actions.add_feeder(
            viewer=viewer("auditor", at=campus.organisation),
            organisation=campus.organisation,
            at=AT,
            utility="power",
            code="F2",
            name="x",
        )
    assert Entry.objects.count() == before


def test_what_was_written_before_a_refusal_is_taken_back(campus) -> None:
    @action("half", may=EDIT, within="feeder.organisation", of="feeder")
    def half(*, viewer: Any, feeder: Feeder, at: Any) -> None:
        put(feeder, name="half")
        raise CodeTaken(code="x", name="y")

    with pytest.raises(CodeTaken):
        half(viewer=campus.officer, feeder=campus.feeder, at=AT)
    assert not Feeder.objects.filter(name="half").exists()


SECRET = Fields(Text("name", Words("姓名", "Name")), Text("phone", Words("电话", "Telephone"), secret=True))


def test_what_is_secret_is_not_in_the_audit_log(campus) -> None:
    @action("note-somebody", may=EDIT, within="organisation", fields=SECRET)
    def note(*, viewer: Any, organisation: Any, name: str, phone: str, at: Any) -> Any:
        return organisation

    note(viewer=campus.officer, organisation=campus.organisation, name="王", phone="138", at=AT)
    assert Entry.objects.get(action="note-somebody").payload.content == {"name": "王"}


def test_an_action_that_does_not_take_what_it_asks_does_not_even_load() -> None:
    with pytest.raises(TypeError, match="phone"):

        @action("note", may=EDIT, within="organisation", fields=SECRET)
        def note(*, viewer: Any, organisation: Any, name: str, at: Any) -> None: ...

    factor = Fields(Number("factor", Words("系数", "Factor"), high="1", default=Decimal("0.9")))
    with pytest.raises(TypeError, match="another default of factor"):

        @action("note", may=EDIT, within="organisation", fields=factor)
        def other(*, viewer: Any, organisation: Any, at: Any, factor: Decimal = Decimal(1)) -> None: ...


def test_what_is_changed_is_read_anew_and_locked(campus) -> None:
    Feeder.objects.filter(pk=campus.feeder.pk).update(name="雁山二线")  # by somebody else, meanwhile
    with CaptureQueriesContext(connection) as asked:
        actions.change_feeder(viewer=campus.officer, feeder=campus.feeder, code="F1A", at=AT)
    assert any("FOR UPDATE" in one["sql"] for one in asked)
    assert Feeder.objects.get().name == "雁山二线"


def test_of_two_who_change_one_thing_the_second_is_told(campus) -> None:
    seen = actions.change_feeder.fields.mark(campus.feeder)  # both have this page open
    feeder = {"viewer": campus.officer, "feeder": campus.feeder, "at": AT}
    actions.change_feeder(**feeder, seen=seen, name="雁山一线")
    with pytest.raises(ChangedMeanwhile) as refused:
        actions.change_feeder(**feeder, seen=seen, voltage_kv=Decimal(35))
    assert refused.value.status == 409
    assert Feeder.objects.get().voltage_kv == 10
