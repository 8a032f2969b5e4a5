"""What protects from fire or keeps somebody alive is never cut: not by another campus, another unit of the same device, a
flipped coil, the address of all meters, nor by one person who takes the protection off and puts it back."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from tests.cases.conftest import at, make_campus, supplied
from tests.supply.test_switching import COIL, ON, a_device, a_switch, carried, plan, unsafe
from tongdian.network.models import UsagePoint
from tongdian.registers.fields import BadValue
from tongdian.supply.actions import protecting, switching
from tongdian.supply.actions.stopping import enter_opening
from tongdian.supply.models import ProtectionApproval, ProtectionRelease, SupplyStop, SupplySwitch
from tongdian.supply.refusing import AgainstTheRecord, NeverCut
from tongdian.supply.refusing.protecting import (
    NothingProtected,
    NothingWouldBeCut,
    OneDeviceOneSwitch,
    ProtectedElsewhere,
    ProtectionNeedsApproval,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setattr("tongdian.supply.transports.PATIENCE_SECONDS", 0.3)
    with a_device() as made:
        yield made


@pytest.fixture
def campus(db, viewer, settings):
    settings.SWITCH_NETWORKS = ["127.0.0.0/8", "::/0"]
    return opened(make_campus(viewer))


def opened(made):
    supplied(made, customer_class="shop", price_category="commercial")
    made.point = UsagePoint.objects.get(place=made.shop)
    enter_opening(
        viewer=made.technician, point=made.point, on=dt.date(2025, 1, 1), reason="旧协议", at=at("2026-03-01")
    )
    return made


def changed(campus, switch, viewer=None, **more):
    switch = SupplySwitch.objects.get(pk=switch.pk)
    stands = {
        name: getattr(switch, name)
        for name in (
            "code",
            "protocol",
            "host",
            "port",
            "unit",
            "coil",
            "supplied_when",
            "meter_address",
            "protects",
        )
    }
    return switching.change_switch(
        viewer=viewer or campus.technician,
        switch=switch,
        at=at("2026-03-05"),
        **stands | {"password": ""} | more,
    )


def approved(campus, switch, viewer=None):
    return protecting.approve_unprotecting(
        viewer=viewer or campus.officer,
        switch=switch,
        reason="改造",
        paper="安保处〔2026〕7号",
        at=at("2026-03-04"),
    )


# ---------------------------------------------------------------- one device, one switch, in the whole installation
def test_a_coil_of_another_organisation_is_not_entered_again(campus, device, viewer):
    mine = a_switch(campus, device, protects="life")
    other = other_house(viewer)
    with pytest.raises(OneDeviceOneSwitch) as refused:
        a_switch(other, device)
    assert "K1" not in str(refused.value)  # it is another house's: its name is not told
    with pytest.raises(IntegrityError, match="coil"), transaction.atomic():  # nor past the action
        SupplySwitch.objects.create(
            organisation=other.campus, usage_point=other.point, code="K9", host="127.0.0.1", port=device.port, unit=1,
            coil=COIL,
        )  # fmt: skip
    assert SupplySwitch.objects.get() == mine


def other_house(viewer):
    from types import SimpleNamespace

    from tests.cases.conftest import organisation
    from tongdian.identifiers import uuid7
    from tongdian.network.models import Place

    house = organisation("campus", "王城校区", "WC", region="450311")
    of = uuid7()
    place = Place.objects.create(
        id=of,
        organisation=house,
        region=house.region,
        kind="shop",
        code="WC-S1",
        name="王城 1 号",
        ancestors=[of],
    )
    point = UsagePoint.objects.create(place=place, utility="power", code="WC-S1-D", is_live=True)
    return SimpleNamespace(campus=house, point=point, technician=viewer("technician", "t2", at=house))


@pytest.mark.parametrize("unit", [0, 2, 247])
def test_a_protected_coil_is_no_other_switch_under_any_unit(campus, device, unit):
    a_switch(campus, device, protects="fire")
    with pytest.raises(ProtectedElsewhere):
        a_switch(campus, device, code="K2", unit=unit)
    with pytest.raises(IntegrityError, match="whatever the unit"), transaction.atomic():
        SupplySwitch.objects.create(
            organisation=campus.campus, usage_point=campus.point, code="K2", host="127.0.0.1", port=device.port,
            unit=unit, coil=COIL,
        )  # fmt: skip
    a_switch(campus, device, code="K3", unit=unit, coil=COIL + 1)  # another coil is another thing


def test_what_shares_its_coil_with_another_unit_is_not_marked_as_protected(campus, device):
    """A gateway has the coil 3 of unit 1 and of unit 2: two switches, neither of which may protect."""
    one = a_switch(campus, device)
    a_switch(campus, device, code="K2", unit=2)
    with pytest.raises(ProtectedElsewhere):
        changed(campus, one, protects="life")


def test_one_device_has_one_address_however_it_is_written(campus, device):
    a_switch(campus, device)
    with pytest.raises(OneDeviceOneSwitch):
        a_switch(campus, device, code="K2", host="::ffff:127.0.0.1")
    a_switch(campus, device, code="K4", host="2001:db8::1")
    with pytest.raises(OneDeviceOneSwitch):
        a_switch(campus, device, code="K5", host="2001:0db8:0:0:0:0:0:1")


RELAY = {"protocol": "dlt645", "unit": None, "coil": None, "password": "02123456"}


@pytest.mark.parametrize("address", ["999999999999", "AAAAAAAAAAAA", "12345678AAAA", "99999999999"])
def test_a_meter_is_spoken_to_by_its_own_twelve_digits_alone(campus, device, address):
    with pytest.raises(BadValue):
        a_switch(campus, device, **RELAY, meter_address=address)
    with pytest.raises(IntegrityError, match="meter_address"), transaction.atomic():
        SupplySwitch.objects.create(
            organisation=campus.campus, usage_point=campus.point, code="D1", host="127.0.0.1", port=1, password=b"x",
            protocol="dlt645", meter_address=address,
        )  # fmt: skip


# ---------------------------------------------------------------- not by one person
@pytest.mark.parametrize(
    "wrong",
    [
        {"protects": "nothing"},
        {"supplied_when": False},
        {"coil": 4},
        {"unit": 2},
        {"host": "127.0.0.9"},
        {"port": 5},
    ],
)
def test_what_protects_is_neither_released_nor_wired_otherwise_by_one_person(campus, device, wrong):
    switch = a_switch(campus, device, protects="life")
    with pytest.raises(ProtectionNeedsApproval):
        changed(campus, switch, **wrong)
    with pytest.raises(IntegrityError, match="with a second person"), transaction.atomic():
        SupplySwitch.objects.filter(pk=switch.pk).update(**wrong)
    with pytest.raises(IntegrityError, match="with a second person"), transaction.atomic():
        SupplySwitch.objects.filter(pk=switch.pk).update(**wrong, releases=1)  # with no release there
    approved(campus, switch)
    after = changed(campus, switch, **wrong)
    assert {name: getattr(after, name) for name in wrong} == wrong
    release = ProtectionRelease.objects.get()
    assert (release.by, release.approval.by, release.protected) == (campus.technician, campus.officer, "life")


def test_an_approval_is_for_one_change_and_protection_that_comes_back_needs_another(campus, device):
    switch = a_switch(campus, device, protects="life")
    approved(campus, switch)
    changed(campus, switch, protects="nothing")
    changed(campus, switch, protects="life")
    with pytest.raises(ProtectionNeedsApproval):
        changed(campus, switch, protects="nothing")


def test_who_approved_does_not_change_it(campus, device):
    switch = a_switch(campus, device, protects="life")
    ProtectionApproval.objects.create(
        organisation=campus.campus,
        switch=switch,
        reason="x",
        paper="y",
        at=at("2026-03-04"),
        by=campus.technician,
    )
    with pytest.raises(ProtectionNeedsApproval):
        changed(campus, switch, protects="nothing")
    with pytest.raises(IntegrityError, match="approved by another"), transaction.atomic():
        ProtectionRelease.objects.create(
            organisation=campus.campus, switch=switch, approval=ProtectionApproval.objects.get(), protected="life",
            at=at("2026-03-05"), by=campus.technician,
        )  # fmt: skip


def test_a_name_and_the_other_kind_of_protection_are_changed_by_one(campus, device):
    switch = a_switch(campus, device, protects="life")
    assert changed(campus, switch, code="K-消防", protects="fire").protects == "fire"
    assert not ProtectionRelease.objects.exists()


def test_nothing_is_approved_where_nothing_is_protected(campus, device):
    with pytest.raises(NothingProtected):
        approved(campus, a_switch(campus, device))


# ---------------------------------------------------------------- the record
def test_no_stop_is_on_record_where_every_switch_protects(campus, device):
    switch = a_switch(campus, device, protects="fire")
    with pytest.raises(NothingWouldBeCut):
        unsafe(campus)
    with pytest.raises(IntegrityError, match="never cut"), transaction.atomic():
        SupplyStop.objects.create(
            organisation=campus.campus, usage_point=campus.point, ground="safety", on=ON, cite="6", reason="x",
            is_home=False, at=at("2026-03-04"), by=campus.technician,
        )  # fmt: skip
    approved(campus, switch)
    changed(campus, switch, protects="nothing")
    unsafe(campus)  # by two, and on record
    assert carried(plan(campus, switch)).state == "confirmed"


def test_35_5_a_hall_is_stopped_and_its_fire_circuit_stays_on(campus, device):
    fire = a_switch(campus, device, protects="fire")
    lights = a_switch(campus, device, code="K2", coil=COIL + 1)
    unsafe(campus)
    with pytest.raises(AgainstTheRecord):
        plan(campus, lights, is_on=True)
    with pytest.raises(NeverCut):
        plan(campus, fire)
    device.moved(is_set=False)  # somebody at the device cut it
    assert carried(plan(campus, fire, is_on=True)).state == "confirmed"  # it may always be told to supply
    assert device.coil is True
