"""通知/4(1): the regional offices supervise more closely, above all local suppliers, incremental distribution companies
and the country. 附件1/56: they look, and have what they find put right."""

from __future__ import annotations

import hashlib

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from tests.supervision.conftest import at, d, department
from tests.supervision.test_counting import shops  # noqa: F401  a fixture
from tongdian.allowed import NotAllowed
from tongdian.registers.action import ChangedMeanwhile
from tongdian.registers.fields import BadValue
from tongdian.supervision.actions import drawing, inspections
from tongdian.supervision.actions.drawing import (
    DifferenceUnsaid,
    DrawnWithoutReason,
    MoreFilesThanTaken,
    NoCasesToDraw,
    RecordBeforeDraw,
    StrataBeyondSize,
)
from tongdian.supervision.actions.inspections import (
    BadPlanLine,
    CauseMissing,
    EmptyPlan,
    LeftOutUnexplained,
    NotIndependent,
    PeriodBackward,
    ReplanWithoutReason,
    TypesMissing,
)
from tongdian.supervision.models import Inspection, InspectionPlan, PlannedInspection, SiteRecord
from tongdian.supervision.queries.inspections import (
    draws_of,
    inspecting_office,
    newest_plan,
    not_begun,
    shares_of,
    suppliers_within,
    types_of,
    waiting_records,
)
from tongdian.supervision.refusing import NoCheckpoint, NotAnInspector, NotASupplier
from tongdian.supervision.rules import Stratum, draw, seed_of

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def typed(nation):
    """As `all_typed`."""
    return all_typed(nation)


def all_typed(nation):
    """Three suppliers in Guangxi, each of its type: a grid company, a local supplier, an incremental company."""
    nation.local = department("supplier", "桂东地方供电公司", "DF", "450300")
    nation.incremental = department("supplier", "园区配电公司", "ZL", "450305")
    for one, type_ in (
        (nation.supplier, "grid-company"),
        (nation.local, "local-supplier"),
        (nation.incremental, "incremental-distributor"),
    ):
        inspections.type_supplier(
            viewer=nation.who["regional"].clerk, office=nation.regional, supplier=one, type=type_,
            paper="许可证 1010521", at=at("2026-01-05"),
        )  # fmt: skip
    return nation


def line(supplier, *, rural=False, first="2026-05-11", last="2026-05-15", who="温若谷、韦立"):
    return {
        "supplier": supplier, "region": supplier.regions.get(), "is_rural": rural, "first_on": first and d(first),
        "last_on": d(last), "inspectors": who,
    }  # fmt: skip


def planned(nation, *lines, **more):
    given = {"viewer": nation.who["regional"].officer, "organisation": nation.regional, "year": 2026,
             "lines": lines, "at": at("2026-01-06")}  # fmt: skip
    return inspections.plan_inspections(**given | more)


def whole_plan(nation):
    return planned(nation, line(nation.supplier, rural=True), line(nation.local), line(nation.incremental))


def begun(nation, **more):
    given = {"viewer": nation.who["regional"].clerk, "organisation": nation.regional, "supplier": nation.supplier,
             "region": nation.supplier.regions.get(), "first_on": d("2026-01-01"), "last_on": d("2026-06-30"),
             "cause": "12398 反映集中", "at": at("2026-07-02")}  # fmt: skip
    return inspections.begin_inspection(**given | more)


@pytest.fixture
def checkpoint(db):
    """The audit log's checkpoint of 1 July 2026."""
    from tongdian.audit_log.actions import make_checkpoint, seal_entries

    seal_entries()
    return make_checkpoint(at=at("2026-07-01"))


# --------------------------------------------------------------- note 1: who the suppliers are
def test_the_type_of_a_supplier_rests_on_a_paper_and_holds_for_those_below(typed):
    from tests.cases.conftest import organisation

    below = organisation("supplier", "桂东分公司", "DFF", parent=typed.local)
    here = inspecting_office(typed.regional, d("2026-01-06"))
    assert types_of([below], here.pack)[below.pk].type == "local-supplier"
    with pytest.raises(BadValue, match="Paper"):
        inspections.type_supplier(
            viewer=typed.who["regional"].clerk, office=typed.regional, supplier=typed.local,
            type="local-supplier", paper="", at=at("2026-01-06"),
        )  # fmt: skip
    with pytest.raises(BadValue):
        inspections.type_supplier(
            viewer=typed.who["regional"].clerk, office=typed.regional, supplier=typed.local,
            type="park", paper="x", at=at("2026-01-06"),
        )  # fmt: skip


# --------------------------------------------------------------- the plan
def test_a_plan_shows_each_type_beside_its_share_of_all_suppliers(typed):
    plan = planned(
        typed,
        line(typed.supplier, rural=True),
        line(typed.local),
        explained={"incremental-distributor": "2025年已全覆盖"},
    )
    here = inspecting_office(typed.regional, d("2026-01-06"))
    lines = [(one.supplier_id, one.is_rural) for one in plan.lines.all()]
    found = {one.key: one for one in shares_of(here, lines, suppliers_within(here, d("2026-01-06")))}
    local = found["local-supplier"]
    assert (local.planned, local.of_planned, local.share) == (1, 2, 50)  # 1 of 2 is 50 %
    assert (local.there, local.of_there, local.share_there) == (1, 3, 33)  # 1 of 3, cut down to 33 %
    assert local.is_stressed
    assert not found["grid-company"].is_stressed
    assert (found["rural"].planned, found["rural"].of_planned) == (1, 2)


def test_a_plan_without_a_type_that_is_there_or_without_the_country_says_why(typed):
    with pytest.raises(LeftOutUnexplained) as refused:
        planned(typed, line(typed.supplier), line(typed.local))
    assert "增量配电企业" in refused.value.words.zh
    assert "农村地区" in refused.value.words.zh
    assert "通知/4(1)" in refused.value.words.zh
    assert not InspectionPlan.objects.exists()
    plan = planned(
        typed, line(typed.supplier), line(typed.local),
        explained={"incremental-distributor": "2025年已全覆盖", "rural": "城区专项年", "grid-company": " "},
    )  # fmt: skip
    assert plan.explained == {"incremental-distributor": "2025年已全覆盖", "rural": "城区专项年"}


def test_a_supplier_without_a_type_is_typed_first(nation):
    with pytest.raises(TypesMissing, match="雁山供电公司"):
        planned(nation, line(nation.supplier, rural=True))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": "2026-05-16"}, "ends before it begins"),
        ({"first": "2025-05-11"}, "not of the year"),
        ({"first": None}, "incomplete"),
        ({"who": " "}, "nobody is named"),
    ],
)
def test_a_line_that_says_too_little_is_refused_and_nothing_is_kept(typed, wrong, said):
    with pytest.raises(BadPlanLine, match=said):
        planned(typed, line(typed.supplier, **wrong))
    assert not PlannedInspection.objects.exists()


def test_a_plan_inspects_suppliers_of_its_own_divisions_once_in_each(typed):
    far = department("supplier", "湖南某供电公司", "HN", "430100")
    with pytest.raises(NotASupplier):
        planned(typed, line(far))
    with pytest.raises(BadPlanLine, match="twice"):
        planned(typed, line(typed.supplier), line(typed.supplier))
    with pytest.raises(EmptyPlan):
        planned(typed)


def test_a_plan_is_changed_for_a_reason_and_the_one_before_stays(typed):
    first = whole_plan(typed)
    with pytest.raises(ReplanWithoutReason):
        whole_plan(typed)
    with pytest.raises(ChangedMeanwhile):
        planned(typed, line(typed.supplier, rural=True), reason="汛期", begun_from=0)
    again = planned(
        typed, line(typed.supplier, rural=True, first="2026-06-01", last="2026-06-05"), line(typed.local),
        line(typed.incremental), reason="汛期推迟", begun_from=1,
    )  # fmt: skip
    assert (again.number, first.lines.count()) == (2, 3)
    assert newest_plan(typed.regional, "nea-2021-37", 2026) == again


def test_the_nation_plans_its_comprehensive_supervision(typed):
    """4(3): this year the Administration carries out a comprehensive supervision."""
    plan = planned(
        typed, line(typed.supplier, rural=True), line(typed.local), line(typed.incremental),
        viewer=typed.who["nea"].officer, organisation=typed.nea,
    )  # fmt: skip
    assert inspecting_office(typed.nea, d("2026-01-06")).clause == "通知/4(3)"
    assert plan.lines.count() == 3


@pytest.mark.parametrize("office", ["province", "yanshan", "supplier"])
def test_no_other_office_inspects(typed, office):
    with pytest.raises(NotAnInspector):
        planned(
            typed, line(typed.supplier), viewer=typed.who[office].officer, organisation=getattr(typed, office)
        )


@pytest.mark.parametrize("office", ["province", "supplier"])
def test_nobody_of_another_office_plans_for_it(typed, office):
    with pytest.raises(NotAllowed):
        planned(typed, line(typed.supplier), viewer=typed.who[office].officer)


@pytest.mark.parametrize("role", ["supervisor", "auditor", "technician"])
def test_who_only_looks_does_not_plan(typed, viewer, role):
    with pytest.raises(NotAllowed):
        planned(typed, line(typed.supplier), viewer=viewer(role, f"regional-{role}", at=typed.regional))


# --------------------------------------------------------------- the inspection
def test_an_inspection_is_planned_or_has_a_cause(typed):
    with pytest.raises(CauseMissing):
        begun(typed, cause="")
    plan = whole_plan(typed)
    of_line = plan.lines.get(supplier=typed.supplier)
    assert list(not_begun([typed.regional.pk], d("2026-05-10"))) == []
    assert of_line in not_begun([typed.regional.pk], d("2026-05-11"))  # its first day
    inspection = begun(typed, planned=of_line, cause="", at=at("2026-07-02"))
    assert of_line not in not_begun([typed.regional.pk], d("2026-07-02"))
    assert inspection.number == 1
    with pytest.raises(IntegrityError, match="inspection_is_planned_or_has_a_cause"), transaction.atomic():
        Inspection.objects.create(
            organisation=typed.regional, pack="nea-2021-37", number=9, supplier=typed.supplier, cause="",
            region=typed.supplier.regions.get(), first_on=d("2026-01-01"), last_on=d("2026-02-01"), at=at("2026-07-02"),
        )  # fmt: skip


def test_the_period_of_the_cases_has_gone_by(typed):
    with pytest.raises(PeriodBackward):
        begun(typed, last_on=d("2026-07-03"))
    with pytest.raises(PeriodBackward):
        begun(typed, last_on=d("2025-12-31"))


def test_nobody_inspects_the_house_in_which_they_work(typed):
    from tongdian.parties.models import Membership, since

    both = typed.who["regional"].clerk
    Membership.objects.create(
        account=both, organisation=typed.supplier, role="clerk", in_force=since(d("2020-01-01"))
    )
    again = type(both).objects.get(pk=both.pk)
    with pytest.raises(NotIndependent):
        begun(typed, viewer=again)


# --------------------------------------------------------------- the draw
def test_the_same_seed_draws_the_same_cases_in_any_order_they_come_in():
    strata = {Stratum.LATE: ["A", "B"], Stratum.OTHER: [f"C{n}" for n in range(20)]}
    seed = seed_of(root="ab" * 32, office="NFJ", supplier="GD", number=1)
    one = draw(strata, seed=seed, size=5, wanted={})
    turned = {key: list(reversed(several)) for key, several in reversed(strata.items())}
    assert draw(turned, seed=seed, size=5, wanted={}) == one
    assert [row.rank for row in one] == sorted(row.rank for row in one)
    assert one[0].rank == hashlib.sha256(f"{seed}\n{one[0].case}".encode()).hexdigest()
    other = draw(
        strata, seed=seed_of(root="cd" * 32, office="NFJ", supplier="GD", number=1), size=5, wanted={}
    )
    assert [row.case for row in other] != [row.case for row in one]


def test_what_the_inspector_chooses_moves_no_case_before_another():
    """A larger draw begins with the smaller; a narrower period leaves the order of what is left."""
    seed = seed_of(root="ab" * 32, office="NFJ", supplier="GD", number=1)
    every = [f"C{n}" for n in range(40)]
    order = [one.case for one in draw({Stratum.OTHER: every}, seed=seed, size=40, wanted={})]
    assert [one.case for one in draw({Stratum.OTHER: every}, seed=seed, size=7, wanted={})] == order[:7]
    half = every[::2]
    kept = [one.case for one in draw({Stratum.OTHER: half}, seed=seed, size=40, wanted={})]
    assert kept == [one for one in order if one in half]


def test_strata_come_first_and_one_that_has_fewer_gives_those_it_has():
    strata = {Stratum.LATE: ["L1", "L2"], Stratum.EXEMPT: ["E1"], Stratum.OTHER: [f"C{n}" for n in range(30)]}
    seed = seed_of(root="ab" * 32, office="NFJ", supplier="GD", number=1)
    drawn = draw(strata, seed=seed, size=6, wanted={Stratum.LATE: 2, Stratum.EXEMPT: 3})
    # 2 late and the one exempt are certain, the other 3 of the 6 come from all
    assert {"L1", "L2", "E1"} <= {one.case for one in drawn}
    assert len(drawn) == 6


def test_a_draw_rests_on_a_checkpoint_that_stood_before_it(typed, shops, checkpoint):  # noqa: F811
    inspection = begun(typed)
    with pytest.raises(NoCheckpoint):  # it was made at ten, and the draw is of nine
        drawing.draw_cases(viewer=typed.who["regional"].clerk, inspection=inspection, at=at("2026-07-01", 9))
    drawn = drawing.draw_cases(
        viewer=typed.who["regional"].clerk, inspection=inspection, size=2, late=1, at=at("2026-07-02")
    )
    # of three shops one is in time on its sixth and last day, one a day late, one waits and is late
    assert drawn.population == {"late": 2, "exempt": 0, "near": 1, "other": 0}
    assert (drawn.checkpoint, drawn.cases.count()) == (checkpoint.size, 2)
    assert drawn.cases.filter(stratum="late").exists()
    assert drawn.seed == seed_of(root=drawn.root, office="NFJ", supplier="GD", number=1)


def test_cases_are_drawn_again_for_a_reason_and_the_first_draw_stays(typed, shops, checkpoint):  # noqa: F811
    clerk, inspection = typed.who["regional"].clerk, begun(typed)
    first = drawing.draw_cases(viewer=clerk, inspection=inspection, size=1, at=at("2026-07-02"))
    with pytest.raises(DrawnWithoutReason):
        drawing.draw_cases(viewer=clerk, inspection=inspection, size=1, at=at("2026-07-02"))
    second = drawing.draw_cases(
        viewer=clerk, inspection=inspection, size=2, reason="首批发现差异，扩大", at=at("2026-07-02")
    )
    assert [one.number for one, _ in draws_of(inspection)] == [1, 2]
    assert first.seed != second.seed
    with pytest.raises(StrataBeyondSize):
        drawing.draw_cases(
            viewer=clerk, inspection=inspection, size=1, late=1, near=1, reason="x", at=at("2026-07-02")
        )
    empty = begun(typed, first_on=d("2025-01-01"), last_on=d("2025-02-01"))
    with pytest.raises(NoCasesToDraw):
        drawing.draw_cases(viewer=clerk, inspection=empty, size=1, at=at("2026-07-02"))


# --------------------------------------------------------------- on site
@pytest.fixture
def drawn_one(typed, shops, checkpoint):  # noqa: F811
    inspection = begun(typed)
    drawing.draw_cases(viewer=typed.who["regional"].clerk, inspection=inspection, size=2, at=at("2026-07-02"))
    return draws_of(inspection)[0][1][0].drawn


def recorded(nation, drawn, **more):
    given = {"viewer": nation.who["regional"].clerk, "drawn": drawn, "on": d("2026-07-03"), "outcome": "conforms",
             "at": at("2026-07-03")}  # fmt: skip
    return drawing.record_on_site(**given | more)


def test_a_record_says_which_originals_were_seen_and_what_differs(typed, drawn_one):
    asked = drawing.papers_asked(drawn_one)
    record = recorded(
        typed, drawn_one, outcome="differs", differs="受理单日期晚于系统三天", originals=[asked[0]["item"]],
        files=[(PNG, "受理单.png"), (PNG, "同一张.png")],
    )  # fmt: skip
    assert [one["seen"] for one in record.papers] == [True, *[False] * (len(asked) - 1)]
    assert record.files.count() == 1  # one content, once
    assert record.files.get().name == "同一张.png"
    assert drawn_one not in waiting_records([typed.regional.pk])


@pytest.mark.parametrize(("outcome", "differs"), [("differs", ""), ("conforms", "少一份")])
def test_what_differs_is_said_and_only_then(typed, drawn_one, outcome, differs):
    with pytest.raises(DifferenceUnsaid):
        recorded(typed, drawn_one, outcome=outcome, differs=differs)
    with pytest.raises(IntegrityError, match="site_record_says_what_differs"), transaction.atomic():
        SiteRecord.objects.create(
            organisation=typed.regional, drawn=drawn_one, number=1, on=d("2026-07-03"), outcome=outcome,
            differs=differs, at=at("2026-07-03"),
        )  # fmt: skip


@pytest.mark.parametrize("day", ["2026-07-01", "2026-07-04"])
def test_nobody_was_on_site_before_the_draw_or_will_have_been(typed, drawn_one, day):
    with pytest.raises(RecordBeforeDraw):
        recorded(typed, drawn_one, on=d(day))


def test_a_record_takes_twenty_files_and_no_more(typed, drawn_one):
    with pytest.raises(MoreFilesThanTaken):
        recorded(typed, drawn_one, files=[(PNG, "x.png")] * 21)
    assert not SiteRecord.objects.exists()


def test_a_correction_is_another_record_and_the_newest_counts(typed, drawn_one):
    recorded(typed, drawn_one, outcome="differs", differs="少一份")
    recorded(typed, drawn_one, note="补看到原件")
    standing = next(one for one in draws_of(drawn_one.draw.inspection)[0][1] if one.drawn == drawn_one)
    assert (standing.record.number, standing.differs) == (2, False)
    assert drawn_one.records.count() == 2


def test_nobody_of_the_supplier_records(typed, drawn_one):
    with pytest.raises(NotAllowed):
        recorded(typed, drawn_one, viewer=typed.who["supplier"].officer)


def test_what_was_drawn_and_recorded_is_never_changed(typed, drawn_one):
    record = recorded(typed, drawn_one)
    for row in (drawn_one, drawn_one.draw, record, drawn_one.draw.inspection):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(id=row.pk)
