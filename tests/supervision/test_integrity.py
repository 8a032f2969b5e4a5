"""Task 15: the times of a connection are recorded as they are. A supervisor sees by rule, county and supplier what in
the record asks to be explained, and goes from there to the case and the article."""

from __future__ import annotations

import pytest

from tests.cases.test_force_majeure import flood, held_up, home
from tests.cases.test_measured import brought, close, hand_in_all
from tests.connections.conftest import picture
from tests.supervision.conftest import at, d
from tests.supervision.test_pages import page
from tongdian.cases import actions as cases
from tongdian.cases.rules import evidence_file
from tongdian.files.actions import store
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.actions import choose_interpretation
from tongdian.supervision.queries import integrity, own_record
from tongdian.supervision.queries.offices import supervising_packs

PACK = "nea-2021-37"


@pytest.fixture
def connections(nation):
    """Yanshan: a shop done in three weeks by two persons, and one of which the reply is claimed for 4 March and
    recorded on the 16th."""
    clerk, officer = nation.who["supplier"].clerk, nation.who["supplier"].officer

    def opened(day, capacity="120"):
        return cases.open_case(
            viewer=clerk, organisation=nation.supplier, pack=PACK, process="low-voltage-connection", customer=None,
            place=None, facts={"capacity": capacity}, at=at(day),
        )  # fmt: skip

    honest, late = opened("2026-03-02"), opened("2026-03-02")
    for case, claimed in ((honest, None), (late, d("2026-03-04"))):
        hand_in_all(case)
        close(case, clerk, "accept", "2026-03-03")
        if claimed is None:
            close(case, officer, "reply", "2026-03-05")
        else:
            case.refresh_from_db()
            cases.close_stage(
                viewer=officer, case=case, stage="reply", seen=case.seq, at=at("2026-03-16"), claimed_on=claimed,
                **brought(case, "reply"),
            )  # fmt: skip
        close(case, officer, "works", "2026-03-20")
        close(case, clerk, "meter", "2026-03-23")
    return {"honest": honest, "late": late}


def detected(nation, name="yanshan", day="2026-06-30"):
    office = getattr(nation, name)
    (pack,) = supervising_packs(office, d(day))
    period = own_record.half_years(d(day))[0]
    return {one.rule.rule: one for one in integrity.detect(office, pack, period=period, on=d(day)).results}


def test_a_reply_claimed_for_eight_working_days_before_it_was_recorded_is_a_signal(nation, connections):
    late = detected(nation)["claimed-far-from-recorded"]
    (one,) = late.found
    assert (one.case, one.region, one.supplier) == (connections["late"].number, "450311", "GD")
    # Wednesday 4 March to Monday 16 March 2026: 5, 6, 9, 10, 11, 12, 13, 16
    assert one.values["late"] == 8
    assert "隔 8 个工作日" in one.sentence.zh
    assert one.origin == f"integrity:claimed-far-from-recorded:{connections['late'].number}"


def test_as_of_the_day_before_it_was_recorded_there_was_none(nation, connections):
    assert detected(nation, day="2026-03-15")["claimed-far-from-recorded"].total == 0


def test_another_county_has_none_and_the_city_has_it_of_its_county(nation, connections):
    assert detected(nation, "qixing")["claimed-far-from-recorded"].total == 0
    assert detected(nation, "city")["claimed-far-from-recorded"].counts == {("450311", "GD"): 1}


def test_of_a_group_of_two_works_nothing_is_said(nation, connections):
    works = detected(nation)["affiliate-share"]
    assert (works.judged, works.total) == (1, 0)  # one supplier, and ten works at the least make a share


def test_who_closed_every_step_is_known_and_two_persons_are_no_signal(nation, connections):
    alone = detected(nation)["one-person-for-all"]
    assert (alone.judged, alone.unknown, alone.total) == (2, 0, 0)


def test_without_a_case_nothing_is_judged_and_nothing_said(nation):
    assert {one.total for one in detected(nation, "qixing").values()} == {0}


def test_from_the_count_to_the_case_and_the_article(nation, connections, client):
    officer = nation.who["yanshan"].officer
    every = page(client, officer, "/supervision/integrity/?office=YSQ&as_of=2026-06-30")
    assert "声明日远早于录入日" in every
    assert "雁山区" in every
    one = page(
        client, officer, "/supervision/integrity/claimed-far-from-recorded/?office=YSQ&as_of=2026-06-30"
    )
    number = connections["late"].number
    assert f"about={number}" in one
    assert connections["honest"].number not in one
    evidence = page(
        client, officer,
        f"/supervision/integrity/claimed-far-from-recorded/evidence/?office=YSQ&as_of=2026-06-30&about={number}",
    )  # fmt: skip
    assert f"/cases/{number}/" in evidence
    assert "附件1/15" in evidence or "%E9%99%84%E4%BB%B61/15" in evidence
    assert "8 个工作日" in evidence


def test_what_is_no_signal_of_the_office_is_not_found(nation, connections, client):
    number = connections["late"].number
    for who, rule, about in (
        ("qixing", "claimed-far-from-recorded", number),
        ("yanshan", "claimed-far-from-recorded", connections["honest"].number),
        ("yanshan", "no-such-rule", number),
    ):
        page(client, nation.who[who].officer,
             f"/supervision/integrity/{rule}/evidence/?as_of=2026-06-30&about={number if about == number else about}", 404)  # fmt: skip


@pytest.mark.parametrize("odd", ["?period=2099-H9", "?county=x%0ay", "?supplier=' or 1", "?as_of=9999-12-31"])
def test_odd_questions_are_answered_with_a_page(nation, client, odd):
    page(client, nation.who["yanshan"].officer, f"/supervision/integrity/{odd}")


def test_a_stay_is_shown_by_its_own_file_by_that_of_who_vouched_or_by_a_proof_of_its_event(nation, viewer):
    """Four homes of Yanshan stopped in July, where a stay takes days off; the last shows nothing but words."""
    choose_interpretation(
        pack=rulebook.pack(PACK), interpretation="handling-time-stays", option="deducted",
        reason="与派出机构商定", by=viewer("administrator", "reader"), at=at("2026-07-01"),
    )  # fmt: skip
    gd = (nation.supplier, nation.who["supplier"].clerk, nation.who["supplier"].officer)
    kept = store(content=picture("notice"), at=at("2026-07-20")).hash
    event = flood(gd, file=kept)
    laid_to_event = held_up(gd, home(gd), event)
    own = [evidence_file(kept, "书面申请.jpg")]
    shop = cases.open_case(
        viewer=gd[1], organisation=gd[0], pack=PACK, process="low-voltage-connection", customer=None, place=None,
        facts={"capacity": "120"}, at=at("2026-07-13"),
    )  # fmt: skip
    hand_in_all(shop)
    close(shop, gd[1], "accept", "2026-07-14")
    shop.refresh_from_db()
    with_file, vouched, in_words = (
        cases.suspend(
            viewer=gd[1], case=case, cause="applicant-request", reason="装修", evidence=evidence, seen=case.seq,
            at=at("2026-07-15"),
        )
        for case, evidence in ((home(gd), own), (shop, ()), (home(gd), ["口头"]))
    )  # fmt: skip
    cases.countersign(
        viewer=gd[2], case=vouched, claim=vouched.seq, evidence=own, seen=vouched.seq, at=at("2026-07-22")
    )

    def named(day):
        return {one.case for one in detected(nation, day=day)["stay-without-evidence"].found}

    assert named("2026-07-31") == {in_words.number}
    assert named("2026-07-20") == {in_words.number, vouched.number}  # nobody had vouched yet
    assert {laid_to_event.number, with_file.number} & named("2026-07-20") == set()
