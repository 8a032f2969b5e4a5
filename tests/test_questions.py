"""Questions written as SQL give what the ORM gives."""

import datetime as dt

import pytest

from tests.cases.conftest import campus, shop_case
from tongdian.cases.models import Case
from tongdian.parties.models import Account, Membership, Organisation, Region, since
from tongdian.questions import Question

__all__ = ["campus", "shop_case"]  # fixtures


@pytest.mark.django_db
def test_a_row_becomes_its_models_as_the_orm_reads_them(campus):
    asked = Question(
        "select {place}, {region} from parties_organisation place"
        " join parties_region region on region.code = place.region_id where place.short = %(short)s",
        place=Organisation,
        region=Region,
    )
    ((found, region),) = asked(short="YSJN")
    same = Organisation.objects.get(short="YSJN")
    fields = Organisation._meta.concrete_fields
    assert [getattr(found, one.attname) for one in fields] == [getattr(same, one.attname) for one in fields]
    assert (found.fills, region) == (["energy-office"], same.region)


@pytest.mark.django_db
def test_json_is_read_and_what_an_outer_join_does_not_find_is_none(shop_case, viewer):
    asked = Question("select {case_} from cases_case case_", case_=Case)
    ((found,),) = asked()
    assert found.taken == Case.objects.get().taken
    assert isinstance(found.taken, dict)

    everywhere = viewer("administrator", "boss")
    Membership.objects.create(account=everywhere, role="auditor", in_force=since(dt.date(2020, 1, 1)))
    held = Question(
        "select {who}, {place} from parties_account who"
        " join parties_membership role on role.account_id = who.id"
        " left join parties_organisation place on place.id = role.organisation_id"
        " where who.username = %(name)s",
        who=Account,
        place=Organisation,
    )
    assert held(name="boss") == [(everywhere, None), (everywhere, None)]
    assert [place.short for _, place in held(name="energy-officer")] == ["YSJN"]
