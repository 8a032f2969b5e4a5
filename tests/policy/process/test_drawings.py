"""The picture of a process: valid, readable without colour, and showing where a case stands."""

from __future__ import annotations

import itertools
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.process.story import Case

from tongdian.policy.process import draw
from tongdian.policy.process.drawing import width_of, wrap
from tongdian.policy.process.layout import lay_out

SVG = "{http://www.w3.org/2000/svg}"
MON, TUE, WED, THU = (date(2021, 3, day) for day in range(1, 5))


def boxes(drawn: ElementTree.Element) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of every stage."""
    found = {}
    for group in drawn.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        found[group.attrib["data-stage"]] = (x, y, x + width, y + height)
    return found


def picture(case: Case, as_of: date, language: str = "zh", **more) -> ElementTree.Element:
    clocks = case.clocks(as_of)
    wording = case.process.at(case.state.version)
    drawn = draw(
        wording,
        title=case.process.title,
        language=language,
        state=case.state,
        readings={key: clocks.stage(key) for key in case.state.runs},
        **more,
    )
    return ElementTree.fromstring(drawn)


@pytest.fixture
def case(small_pack) -> Case:
    case = Case(small_pack, MON, capacity="80", checked="true")
    return case.close("accept", TUE).close("reply", WED).close("works", THU)


def said(drawn: ElementTree.Element, stage: str) -> str:
    group = next(each for each in drawn.iter(f"{SVG}g") if each.get("data-stage") == stage)
    title = group.find(f"{SVG}title")
    assert title is not None
    return str(title.text)


def test_a_screen_reader_hears_every_stage_in_order(case):
    drawn = picture(case, THU)
    ids = drawn.attrib["aria-labelledby"].split()
    assert [drawn.find(f"{SVG}title").get("id"), drawn.find(f"{SVG}desc").get("id")] == ids
    described = drawn.find(f"{SVG}desc").text
    order = [described.index(title) for title in ("受理", "答复", "施工", "许可", "检查", "接电")]
    assert order == sorted(order)


def test_a_stage_says_who_what_when_and_how_long(case):
    drawn = picture(case, THU)
    assert said(drawn, "accept") == "受理；供电（水）方 · 1 个工作日；已办；1/1 个工作日"
    assert said(drawn, "permit") == "许可；政府部门 · 10 日；在答复之后；办理中；1/10 日 · 至 03-15"
    assert "条件：须检查且容量超过100 kW" in said(drawn, "inspect")
    assert "不需办理" in said(drawn, "inspect")
    assert said(picture(case, THU, "en"), "inspect").startswith("Inspection; supplier · 2 workdays")
    assert "when to be inspected and capacity above 100 kW" in said(picture(case, THU, "en"), "inspect")


def test_a_late_stage_is_marked_late_in_words_too(case):
    drawn = picture(case, date(2021, 3, 16))
    group = next(each for each in drawn.iter(f"{SVG}g") if each.get("data-stage") == "permit")
    assert "is-late" in group.attrib["class"]
    assert "逾期" in said(drawn, "permit")


def test_the_picture_needs_no_script_and_no_style(case):
    drawn = picture(case, THU)
    tags = {element.tag.removeprefix(SVG) for element in drawn.iter()}
    assert not tags & {"script", "style", "foreignObject", "image"}
    assert not any("style" in element.attrib for element in drawn.iter())


def test_a_title_with_markup_in_it_stays_text(load_small):
    pack = load_small({"{zh: 受理, en: Acceptance}": "'<script>&\"受理'"})
    process = pack.rules["connection"]
    drawn = draw(process.versions[0], title=process.title, language="zh")
    assert "<script>" not in drawn
    assert '<script>&"受理' in said(ElementTree.fromstring(drawn), "accept")


@pytest.mark.parametrize("direction", ["across", "down"])
def test_no_two_stages_overlap_and_all_lie_inside(case, direction):
    drawn = picture(case, THU, direction=direction)
    width, height = (float(drawn.attrib[name]) for name in ("width", "height"))
    placed = boxes(drawn)
    assert set(placed) == set(case.state.runs)
    for left, top, right, bottom in placed.values():
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for one, other in itertools.combinations(placed.values(), 2):
        apart_along = one[2] <= other[0] or other[2] <= one[0]
        apart_across = one[3] <= other[1] or other[3] <= one[1]
        assert apart_along or apart_across


def test_down_is_narrow_enough_for_a_phone(case):
    across, down = picture(case, THU), picture(case, THU, direction="down")
    assert float(down.attrib["width"]) <= 400 < float(across.attrib["width"])


graphs = st.lists(st.sets(st.integers(0, 30), max_size=4), min_size=1, max_size=14).map(
    lambda rows: {
        f"s{at}": sorted({f"s{before % at}" for before in row} if at else set())
        for at, row in enumerate(rows)
    }
)


@given(graphs)
def test_every_line_runs_forward_one_layer_at_a_time_through_free_lanes(after):
    layout = lay_out(list(after), after)
    taken = set(layout.places.values())
    assert len(taken) == len(after)
    for (start, end), path in layout.lines.items():
        assert (path[0], path[-1]) == (layout.places[start], layout.places[end])
        assert [place[0] for place in path] == [path[0][0] + step for step in range(len(path))]
        assert not taken & set(path[1:-1])
    assert set(layout.lines) == {(before, key) for key in after for before in after[key]}


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs"]), min_size=1, max_size=60))
def test_wrapping_a_title_loses_no_letter(text):
    lines = wrap(text, 9)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line) <= 9.6 for line in lines)


def test_a_line_does_not_begin_with_a_closing_mark():
    assert wrap("现场踏勘（水电中心）", 9) == ["现场踏勘（水电中", "心）"]
    assert wrap("告知不同意及理由，办结", 8) == ["告知不同意及理", "由，办结"]
    assert wrap("Prepaid deposit for water", 9.5) == ["Prepaid deposit", "for water"]
