"""Tasks 14 and 15: that cases go the way that is written. A supervisor sees how many did, by district, supplier and
stage, and the commonest paths drawn; counted as `tongdian conformance` counts files."""

from __future__ import annotations

import csv
import io

import pytest

from tests.cases.test_measured import brought, close, hand_in_all
from tests.supervision.conftest import at, d
from tests.supervision.test_integrity import PACK, connections  # noqa: F401  a fixture
from tests.supervision.test_pages import page
from tongdian.bulk.conformance import conformance_of
from tongdian.cases import actions as cases
from tongdian.cases.commands import export_record
from tongdian.policy.process.paths import say_path, stage_titles
from tongdian.supervision.queries import conformance, own_record
from tongdian.supervision.queries.offices import supervising_packs

ADDRESS = "/supervision/conformance/?office=YSQ&as_of=2026-06-30"


@pytest.fixture
def sent_back(nation):
    """A shop whose meter is not fitted but sent back to its works, which are done again; and a building site that
    has chosen works of its own."""
    clerk, officer = nation.who["supplier"].clerk, nation.who["supplier"].officer

    def opened(process, capacity):
        return cases.open_case(
            viewer=clerk, organisation=nation.supplier, pack=PACK, process=process, customer=None, place=None,
            facts={"capacity": capacity}, at=at("2026-03-02"),
        )  # fmt: skip

    shop = opened("low-voltage-connection", "120")
    hand_in_all(shop)
    for stage, day in (("accept", "2026-03-03"), ("reply", "2026-03-05"), ("works", "2026-03-20")):
        close(shop, clerk if stage == "accept" else officer, stage, day)
    shop.refresh_from_db()
    cases.return_stage(
        viewer=clerk,
        case=shop,
        stage="meter",
        to="works",
        reason="接地不合格",
        seen=shop.seq,
        at=at("2026-03-23"),
    )
    for stage, day in (("works", "2026-03-25"), ("meter", "2026-03-27")):
        close(shop, officer if stage == "works" else clerk, stage, day)
    site = opened("temporary-supply", "315")
    for stage, facts in (("accept", {}), ("plan", {}), ("choose", {"equipment": "own"}), ("works", {})):
        site.refresh_from_db()
        own = brought(site, stage)
        own["facts"] = {**own.get("facts", {}), **facts}
        cases.close_stage(
            viewer=clerk, case=site, stage=stage, seen=site.seq, at=at("2026-03-10"), **own
        )  # fmt: skip
    return {"shop": shop, "site": site}


def gone(nation, name="yanshan", day="2026-06-30"):
    office = getattr(nation, name)
    (pack,) = supervising_packs(office, d(day))
    period = own_record.half_years(d(day))[0]
    return conformance.gone(office, pack, period=period, on=d(day)), pack


def test_what_was_sent_back_is_done_again_without_fault(nation, connections, sent_back):  # noqa: F811
    found, pack = gone(nation)
    whole = found.whole
    assert (whole.cases, whole.conformant, whole.deviant, whole.unjudged) == (4, 4, 0, 0)
    said = {
        one.cases[0]: say_path(one.path, stage_titles(pack.rules[one.path.process])).zh for one in found.paths
    }
    assert said[sent_back["shop"].number] == (
        "业务受理 → 供电方案答复 → 客户受电工程 → 装表接电退回客户受电工程 → 客户受电工程 → 装表接电 → 办结"
    )
    assert said[sent_back["site"].number].endswith("用户自备设施施工 → 在办")


def test_as_of_an_earlier_day_it_had_only_gone_so_far(nation, sent_back):
    found, pack = gone(nation, day="2026-03-24")
    (shop,) = [one for one in found.paths if one.cases == (sent_back["shop"].number,)]
    said = say_path(shop.path, stage_titles(pack.rules[shop.path.process])).zh
    assert said.endswith("装表接电退回客户受电工程 → 在办")


def test_the_page_counts_as_the_command_does(nation, connections, sent_back, tmp_path):  # noqa: F811
    found, pack = gone(nation)
    counts = export_record(PACK, to=tmp_path / "record", on=d("2026-06-30"), in_use=own_record.first_metered)
    files = {name: [tmp_path / "record" / f"{name}.csv"] for name, count in counts.items() if count}
    period = own_record.half_years(d("2026-06-30"))[0]
    own = own_record.OwnRecord(nation.yanshan, pack, period, d("2026-06-30"))
    there = conformance_of(pack, files, on=d("2026-06-30"), span=own.span)
    assert (found.paths, found.without, found.returns) == (there.paths, there.without, there.returns)


def test_another_county_has_none_of_them_and_the_city_has_those_of_its_county(nation, connections):  # noqa: F811
    assert gone(nation, "qixing")[0].whole.cases == 0
    assert set(gone(nation, "city")[0].by(lambda group: group[0])) == {"450311"}


def test_the_page_shows_counts_before_paths_and_leads_to_the_cases(nation, connections, sent_back, client):  # noqa: F811
    said = page(client, nation.who["yanshan"].officer, ADDRESS)
    assert "流程符合性" in said
    assert "雁山供电公司" in said
    # two paths that have ended, each for desk and phone; the building site is under way
    assert said.count('<svg xmlns="http://www.w3.org/2000/svg" class="path"') == 4
    assert f"/cases/{connections['honest'].number}/" in said
    one = page(client, nation.who["yanshan"].officer, f"{ADDRESS}&process=temporary-supply")
    assert "<strong>1</strong>" in one
    assert sent_back["shop"].number not in one
    nobody = page(client, nation.who["qixing"].officer, "/supervision/conformance/?as_of=2026-06-30")
    assert connections["honest"].number not in nobody
    assert "本半年没有业务" in nobody


def test_the_tables_are_taken_along(nation, connections, client):  # noqa: F811
    client.force_login(nation.who["yanshan"].officer)
    reply = client.post(f"/supervision/conformance/export/?{ADDRESS.partition('?')[2]}", {"as": "csv"})
    rows = list(csv.reader(io.StringIO(reply.getvalue().decode("utf-8-sig"))))
    assert ["雁山区", "2", "2", "100.00", "0", "0", "0", "0", "0"] in rows
    assert any("业务受理 → 供电方案答复 → 客户受电工程 → 装表接电 → 办结" in row for row in rows)


def test_the_page_narrowed_to_a_supplier_has_no_other(nation, connections, client):  # noqa: F811
    own = page(client, nation.who["yanshan"].officer, f"{ADDRESS}&supplier=GD")
    assert connections["honest"].number in own
    other = page(client, nation.who["yanshan"].officer, f"{ADDRESS}&supplier=GE")
    assert connections["honest"].number not in other


@pytest.mark.parametrize("odd", ["?period=2099-H9", "?county=x%0ay", "?process=' or 1", "?as_of=9999-12-31"])
def test_odd_questions_are_answered_with_a_page(nation, client, odd):
    page(client, nation.who["yanshan"].officer, f"/supervision/conformance/{odd}")
