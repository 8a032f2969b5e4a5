"""What an office comes first to, level by level: what is due, who has not filed, what turned red, questions."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.supervision.conftest import at, benefits, cells_of, d, department, filed
from tests.supervision.test_counting import opened_shops
from tongdian.cases import queries
from tongdian.parties.models import Organisation, Region
from tongdian.parties.permissions import only_supervises
from tongdian.rulebook.once import asking_once
from tongdian.supervision.actions import conditions, filing
from tongdian.supervision.queries.homes import home_of

H1 = "2021-H1"


def annex(nation, n=1):
    return cells_of(conditions.form_for(nation.province, "annex-3", d("2021-07-10")), **benefits(n))


def in_the_year(home):
    return [(one.form.key, one.period.key) for one in home.due if one.form.key == "annex-3"]


def test_a_county_comes_to_its_return_a_month_before_and_as_overdue_the_day_after(nation):
    """Due on 15 July: to come from 14 June on, overdue on the 16th, and gone when it is filed."""
    before, day, after = (
        home_of(nation.yanshan, as_of=d(one)) for one in ("2021-06-13", "2021-06-14", "2021-07-16")
    )
    assert (in_the_year(before), in_the_year(day), in_the_year(after)) == (
        [],
        [("annex-3", H1)],
        [("annex-3", H1)],
    )
    assert day.overdue + 1 == after.overdue - sum(one.form.key == "annex-2" for one in after.due)
    filed(nation, "yanshan", "annex-3", H1, annex(nation), "2021-07-16")
    assert in_the_year(home_of(nation.yanshan, as_of=d("2021-07-16"))) == []


def test_a_city_comes_to_who_has_not_filed_and_to_what_lies_with_it(nation):
    """Two counties file annex 3: one did, so that one of two is overdue, and one waits for acceptance."""
    filed(nation, "yanshan", "annex-3", H1, annex(nation), "2021-07-14")
    home = home_of(nation.city, as_of=d("2021-07-16"))
    behind = {one.form.key: those for one, those in home.missing if one.period.key == H1}
    assert [one.short for one in behind["annex-3"]] == ["QXQ"]
    assert [one.short for one in behind["annex-2"]] == ["QXQ", "YSQ"]
    assert home.to_accept == 1
    # the plan of 2021-04-30 of both counties beside annex 2 of both and annex 3 of one
    assert home.overdue_below == sum(len(those) for _, those in home.missing)


def test_the_regional_office_counts_no_copy_as_filed_to_it(nation):
    home = home_of(nation.regional, as_of=d("2021-07-16"))
    copies = sum(len(those) for one, those in home.missing if one.is_copy)
    assert copies
    assert home.overdue_below == sum(len(those) for _, those in home.missing) - copies


def test_a_question_waits_until_it_is_answered(nation):
    version = filed(nation, "yanshan", "annex-3", H1, annex(nation), "2021-07-14")
    line = conditions.form_for(nation.yanshan, "annex-3", d("2021-07-14")).lines(nation.yanshan)[0].key
    asked = filing.ask(
        viewer=nation.who["city"].officer, office=nation.city, version=version, row=line, column="residents",
        text="户数与台账不符？", answer_by=d("2021-07-20"), at=at("2021-07-15"),
    )  # fmt: skip
    (found,) = home_of(nation.yanshan, as_of=d("2021-07-15")).questions
    assert (found, found.answer_by) == (asked, d("2021-07-20"))
    filing.answer_question(
        viewer=nation.who["yanshan"].clerk, question=asked, text="已核", at=at("2021-07-16")
    )
    assert home_of(nation.yanshan, as_of=d("2021-07-16")).questions == ()


# ------------------------------------------------------------- the page
def page_of(client, who):
    client.force_login(who)
    return client.get("/", headers={"Accept-Language": "zh-hans"}).content.decode()


@pytest.mark.parametrize("name", ["nea", "regional", "province", "city", "yanshan"])
def test_every_level_comes_first_to_its_returns_and_to_no_list_of_single_cases(nation, client, name):
    page = page_of(client, nation.who[name].officer)
    assert f'id="home-{getattr(nation, name).short}"' in page
    assert 'class="work-rows"' not in page  # of who works no case no case is listed
    assert page.index(f'id="home-{getattr(nation, name).short}"') < page.index('id="late-counts"')


def test_a_county_s_clerk_sees_its_overdue_returns(nation, client):
    page = page_of(client, nation.who["yanshan"].clerk)
    assert "本单位报表逾期未报" in page
    assert "受理业务" not in page.split("<main")[1]  # an authority opens no case of a supplier


def test_an_authority_works_no_case_and_a_supplier_does(nation, viewer):
    assert only_supervises(nation.who["city"].officer)
    assert not only_supervises(nation.who["supplier"].officer)
    assert not only_supervises(viewer("officer", "of-all"))


# ------------------------------------------------------------- cases, counted
def test_late_cases_are_counted_by_supplier_area_and_service(nation):
    """Three shops applied on 2 March: two are metered, the third should have been accepted by the 3rd. On 10 March
    one of one in hand is late; the nation counts it by province, the city by county."""
    opened_shops(nation)
    day = d("2026-03-10")
    for name, digits, area in (
        ("nea", 2, "45"),
        ("province", 4, "4503"),
        ("city", 6, "450311"),
        ("yanshan", 6, "450311"),
    ):
        viewer = nation.who[name].officer
        assert queries.digits_of_areas(viewer) == digits
        counts = queries.counts_of(queries.cases(viewer), day, digits=digits)
        assert (counts.all, counts.in_hand, counts.late) == (3, 1, 1)
        assert [(one.key, one.late) for one in counts.by_area] == [(area, 1)]
        assert [(one.key, one.in_hand) for one in counts.by_supplier] == [(nation.supplier.pk, 1)]
        assert [one.key for one in counts.by_process] == [("nea-2021-37", "low-voltage-connection")]


def test_of_several_provinces_each_is_an_area(nation):
    assert queries.digits_of_areas(nation.who["regional"].officer) == 2


def test_a_supervisor_s_list_of_cases_begins_with_counts_and_a_supplier_s_does_not(nation, client):
    opened_shops(nation)
    counts = 'class="case-counts"'
    for asked in ("", "?state=late", "?state=finished"):
        client.force_login(nation.who["city"].officer)
        page = client.get(f"/cases/{asked}").content.decode()
        assert page.index(counts) < page.index("data-rows")
    narrowed = f"?state=finished&amp;organisation={nation.supplier.pk}"
    assert narrowed in page
    client.force_login(nation.who["supplier"].officer)
    assert counts not in client.get("/cases/").content.decode()


def test_what_the_home_page_counts_the_list_shows(nation, client):
    opened_shops(nation)
    client.force_login(nation.who["city"].officer)
    counted = re.findall(r'href="(/cases/\?state=late&amp;[^"]*)"', client.get("/").content.decode())
    assert len(counted) == 3
    for address in counted:
        page = client.get(address.replace("&amp;", "&")).content.decode()
        assert len(set(re.findall(r"/cases/GD-2026-\d+/", page))) == 1


# ------------------------------------------------------------- how many questions
def add_counties(nation, viewer, *, first, last):
    """Counties of Guilin, each with people; every other one filed annex 3 of the first half."""
    for number in range(first, last + 1):
        code, short = f"4503{number}", f"X{number}"
        named = {"name": f"第{number}县", "level": "county", "parent_id": "450300"}
        Region.objects.get_or_create(code=code, defaults=named)
        office = department("department", f"第{number}县电力主管部门", short, code, parent=nation.city)
        setattr(nation, short, office)
        nation.who[short] = SimpleNamespace(
            clerk=viewer("clerk", f"{short}-clerk", at=office),
            officer=viewer("officer", f"{short}-officer", at=office),
        )
        if number % 2:
            filed(nation, short, "annex-3", H1, annex(nation), "2021-07-14")


def questions(ask):
    with CaptureQueriesContext(connection) as asked, asking_once():  # as in a request
        ask()
    return len(asked)


@pytest.mark.parametrize("name", ["city", "province", "nea", "regional"])
def test_a_home_asks_no_more_questions_for_more_offices_below(nation, viewer, client, name):
    """With two counties more, and with eight: the same."""
    office, officer = getattr(nation, name), nation.who[name].officer
    client.force_login(officer)
    ways = {
        "home": lambda: home_of(Organisation.objects.get(pk=office.pk), as_of=d("2021-07-20")),
        "page": lambda: client.get("/"),
        "overview": lambda: client.get(f"/supervision/?office={office.short}&as_of=2021-07-20"),
    }
    for ask in ways.values():
        ask()  # what is read once a process
    add_counties(nation, viewer, first=20, last=22)
    few = {way: questions(ask) for way, ask in ways.items()}
    add_counties(nation, viewer, first=23, last=29)
    assert {way: questions(ask) for way, ask in ways.items()} == few
