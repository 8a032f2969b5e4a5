"""Whose hands an office's supervision is in: its own people's, while it has any; whom it files to looks on."""

from __future__ import annotations

import pytest

from tests.supervision.conftest import adopt_group, at, benefits, cells_of, d, department
from tongdian.allowed import NotAllowed
from tongdian.parties.permissions import below, grants, workers_of
from tongdian.parties.rules import OF_WHO_WORKS
from tongdian.supervision.actions import filing

H1 = "2021-H1"


def drafted(nation, who=None, office=None):
    form = filing.form_for(nation.province, "annex-3", d("2021-07-10"))
    return filing.fill_in(
        viewer=who or nation.who["yanshan"].clerk, organisation=office or nation.yanshan, form="annex-3", period=H1,
        cells=cells_of(form, **benefits(3)), at=at("2021-07-10"),
    )  # fmt: skip


@pytest.mark.parametrize("above", ["city", "province", "nea"])
def test_who_is_above_does_not_act_as_the_office_below(nation, above):
    """One person of the level above would else fill in, review, file and accept a county's return alone."""
    officer = nation.who[above].officer
    with pytest.raises(NotAllowed):
        drafted(nation, who=officer)
    version = drafted(nation)
    with pytest.raises(NotAllowed):
        filing.review(viewer=officer, version=version, at=at("2021-07-10"))
    filing.review(viewer=nation.who["yanshan"].officer, version=version, at=at("2021-07-10"))
    with pytest.raises(NotAllowed):
        filing.submit(viewer=officer, version=version, at=at("2021-07-10"))
    filing.submit(viewer=nation.who["yanshan"].officer, version=version, at=at("2021-07-10"))
    with pytest.raises(NotAllowed):
        filing.withdraw(viewer=officer, version=version, reason="代撤", at=at("2021-07-10"))


@pytest.mark.parametrize("above", ["province", "nea"])
def test_nor_does_a_level_further_up_accept_for_the_city(nation, above):
    version = drafted(nation)
    officer = nation.who["yanshan"].officer
    filing.review(viewer=officer, version=version, at=at("2021-07-10"))
    filing.submit(viewer=officer, version=version, at=at("2021-07-10"))
    with pytest.raises(NotAllowed):
        filing.accept(
            viewer=nation.who[above].officer, office=nation.city, version=version, at=at("2021-07-11")
        )


def test_for_an_office_of_whom_nobody_is_here_whom_it_files_to_enters_it(nation, viewer):
    absent = department("department", "叠彩区电力主管部门", "DCQ", "450303", parent=nation.city)
    version = drafted(nation, who=nation.who["city"].clerk, office=absent)
    filing.review(viewer=nation.who["city"].officer, version=version, at=at("2021-07-10"))
    viewer("clerk", "dcq-clerk", at=absent)
    viewer("officer", "dcq-officer", at=absent)  # from now on the office has people of its own
    with pytest.raises(NotAllowed):
        filing.submit(viewer=nation.who["city"].officer, version=version, at=at("2021-07-10"))


def test_only_the_sender_s_own_people_take_back_even_where_one_of_them_only_fills_in(nation, viewer):
    """The level above may enter a return for an office without people; what it filed it returns, in its own name."""
    absent = department("department", "叠彩区电力主管部门", "DCQ", "450303", parent=nation.city)
    version = drafted(nation, who=nation.who["city"].clerk, office=absent)
    officer = nation.who["city"].officer
    filing.review(viewer=officer, version=version, at=at("2021-07-10"))
    filing.submit(viewer=officer, version=version, at=at("2021-07-10"))
    with pytest.raises(NotAllowed):
        filing.withdraw(viewer=officer, version=version, reason="代撤", at=at("2021-07-10"))
    viewer("clerk", "dcq-clerk", at=absent)  # fills in; nobody of the office signs yet
    with pytest.raises(NotAllowed):
        drafted(nation, who=nation.who["city"].clerk, office=absent)


@pytest.mark.parametrize("above", ["city", "province", "nea"])
def test_who_supervises_an_authority_neither_takes_nor_assigns_what_is_its_to_decide(nation, viewer, above):
    road = department("approval", "桂林市市政道路部门", "SZJ", "450300", parent=nation.city)
    part = department("office", "桂林市电力主管部门审批处", "GLSP", "450300", parent=nation.city)
    officer, own = nation.who[above].officer, viewer("officer", "szj-officer", at=road)
    for permission in sorted(OF_WHO_WORKS):
        assert not officer.has_perm(permission, road), permission
        assert officer.has_perm(permission, part), permission  # a part of the office is the office
        assert own.has_perm(permission, road)
    assert officer.has_perm("cases.read", road)
    held = [one for one in grants(officer) if one.role == "officer"]
    assert road.pk not in below(officer, held, works=True)
    assert part.pk in below(officer, held, works=True)
    on = d("2021-07-10")
    assert officer.pk not in workers_of(road, "cases.work", on=on).values_list("account", flat=True)
    assert own.pk in workers_of(road, "cases.work", on=on).values_list("account", flat=True)


def test_a_group_does_nothing_in_the_cases_of_its_suppliers(nation, viewer):
    adopt_group(nation, viewer)
    officer = nation.who["group"].officer
    assert officer.has_perm("supervision.read", nation.own)
    for permission in (
        "cases.work",
        "cases.read",
        "parties.read_customer",
        "agreements.read",
        "metering.read",
    ):
        if officer.has_perm(permission, nation.group):
            assert not officer.has_perm(permission, nation.own), permission
