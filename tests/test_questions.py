"""Questions written as SQL give what the ORM gives."""

import datetime as dt

import pytest

from tests.cases.conftest import campus, shop_case
from tongdian.cases.models import Case
from tongdian.identifiers import uuid7
from tongdian.parties.models import Account, Membership, Organisation, Region, since
from tongdian.plain_text import NotPlainText, TextTooLong
from tongdian.questions import Question, insert_rows
from tongdian.rulebook.models import Choice

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


CHOICE = ("id", "pack", "interpretation", "option", "reason", "papers", "at", "by_id")


def choice(**changed):
    """The values of a row of Choice, in the order of CHOICE."""
    whole = {
        "id": uuid7(),
        "pack": "gxnu-2016-4",
        "interpretation": "bill-rounding",
        "option": "half_up_a_line",
        "reason": "会议纪要",
        "papers": [{"name": "纪要.pdf"}],
        "at": dt.datetime(2026, 4, 12, 4, tzinfo=dt.UTC),
        "by_id": None,
    } | changed
    return [whole[name] for name in CHOICE]


@pytest.mark.django_db
def test_rows_that_are_no_instances_are_written_as_those_that_are(viewer):
    officer = viewer("officer", "wang")
    insert_rows(
        Choice, CHOICE, [choice(by_id=officer.pk), choice(option="down_once_a_line", by_id=officer.pk)]
    )
    first, second = Choice.objects.order_by("id")
    assert (first.option, second.option) == ("half_up_a_line", "down_once_a_line")
    assert (first.papers, first.reason, first.by) == ([{"name": "纪要.pdf"}], "会议纪要", officer)


def test_a_row_is_not_written_without_a_column_that_nothing_fills():
    with pytest.raises(ValueError, match="Choice is not written without option"):
        insert_rows(Choice, [name for name in CHOICE if name != "option"], [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"reason": "会议\u202e纪要"}, NotPlainText),  # turns the direction of writing
        ({"papers": [{"name": "纪要\x07.pdf"}]}, NotPlainText),  # a control character, which JSON escapes
        ({"papers": [{"纪要\u200b": 1}]}, NotPlainText),  # of no width, in a key
        ({"option": "x" * 300}, TextTooLong),
    ],
)
def test_what_goes_there_by_copy_is_plain_too(viewer, changed, refusal):
    officer = viewer("officer", "wang")
    with pytest.raises(refusal):
        insert_rows(Choice, CHOICE, [choice(by_id=officer.pk), choice(by_id=officer.pk, **changed)])


@pytest.mark.django_db
def test_a_quote_a_backslash_and_a_line_break_in_json_come_back_as_they_were(viewer):
    papers = [{"name": '纪"要\\.pdf', "note": "一\n二"}]
    insert_rows(Choice, CHOICE, [choice(by_id=viewer("officer", "wang").pk, papers=papers)])
    assert Choice.objects.get().papers == papers
