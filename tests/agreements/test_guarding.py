"""Whoever is supplied is neither erased nor closed; what was imported is erased with them."""

from datetime import date

import pytest

from tests.agreements import spreadsheets as sheets
from tests.agreements.conftest import AT
from tongdian.agreements.actions import importing
from tongdian.agreements.actions.ending import end_by_case
from tongdian.agreements.guarding import SupplyGoesOn
from tongdian.agreements.importing.kinds.kind import Said
from tongdian.agreements.models import ImportRow
from tongdian.parties import guards
from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Customer

pytestmark = pytest.mark.django_db


def test_a_customer_who_is_supplied_is_not_erased_nor_their_organisation_closed(town):
    one = town.sign()
    with pytest.raises(SupplyGoesOn) as refused:
        guards.ask_before_erasing(town.customers[0])
    assert one.number in refused.value.say("zh")
    with pytest.raises(SupplyGoesOn):
        guards.ask_before_closing(town.campus.organisation)
    end_by_case(viewer=town.officer, agreement=one, last_on=date(2026, 1, 31), case="YS-2026-000001", at=AT)
    guards.ask_before_erasing(town.customers[0])
    guards.ask_before_closing(town.campus.organisation)


def test_what_a_spreadsheet_said_of_an_erased_customer_goes_too(town):
    brought = importing.stage(
        viewer=town.officer,
        organisation=town.campus.organisation,
        kind="customers",
        file_name="f",
        at=AT,
        content=sheets.workbook(
            sheets.CUSTOMERS, ("103", "个人", "王四", "11010519491231002X", "13800001234")
        ),
    )
    said = Said(Consented(1, identity=True, door="paper"))
    importing.confirm(viewer=town.officer, brought=brought, at=AT, said=said)
    one = Customer.objects.get(number="103")
    erasing = guards.Erasing(one, bytes(one.phone_lookup), town.officer, "本人申请", AT)
    erased = guards.erase_elsewhere(erasing)
    assert erased == {"agreements_importrow": ["before", "cells", "changes", "secret", "values"]}
    row = ImportRow.objects.get()
    assert "王四" not in f"{row.cells}{row.values}"
    assert bytes(row.secret) == b""
