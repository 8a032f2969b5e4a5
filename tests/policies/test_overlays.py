"""Packs over packs: a province, a prefecture in it and a county in that, each stricter than the one above.

The three are examples (`tests/policies/overlays`), the ledger under them is 国能综通监管〔2021〕37号.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tongdian.policy import Pack, PackError, load_pack
from tongdian.policy.overlays.laying import removals
from tongdian.policy.overlays.places import OverlaysDoNotStack, binding, governing
from tongdian.policy.pack_files import content_hash, files_of

HERE = Path(__file__).parent / "overlays"
NEA = Path(__file__).parents[2] / "policies" / "nea-2021-37"
FOLDERS = {file.parent.name: file.parent for file in HERE.glob("*/pack.yaml")} | {"nea-2021-37": NEA}


@pytest.fixture(scope="module")
def opened() -> Callable[[str], Pack]:
    known: dict[str, Pack] = {}

    def read(name: str) -> Pack:
        if name not in known:
            known[name] = load_pack(
                FOLDERS[name], run_tests=name != "nea-2021-37", above=lambda folder: read(folder.name)
            )
        return known[name]

    return read


@pytest.fixture(autouse=True)
def shelf_with_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDIAN_POLICIES", str(HERE))


@pytest.fixture
def over(tmp_path: Path, opened: Callable[[str], Pack]) -> Callable[..., Pack]:
    """A small overlay over one of the packs: what it changes, and what differs in its other files."""

    def write(changes: str, *, parent: str = "nea-2021-37", head: str = "", clause: str = "") -> Pack:
        folder = tmp_path / "over-it"
        folder.mkdir(exist_ok=True)
        region = "" if "region:" in head else 'region: "450000"\n'
        start = "" if "in_force:" in head else "in_force: {from: 2021-07-01}\n"
        (folder / "pack.yaml").write_text(
            f"pack: over-it\nover: {parent}\ntitle: {{zh: 示例, en: Example}}\nnumber: 示例〔2021〕9号\n"
            f"issuer: {{zh: 甲方, en: Issuer}}\nlanguages: [zh, en]\nscope: {{zh: 全部, en: all}}\n"
            f"{region}{start}{head}",
            encoding="utf-8",
        )
        (folder / "clauses.yaml").write_text(
            "chapters:\n- {id: '1', title: {zh: 章, en: Chapter}}\nclauses:\n- id: '1'\n  in: '1'\n"
            "  title: {zh: 条, en: Clause}\n  says: {zh: 更严。, en: Stricter.}\n  kind: principle\n"
            f"{clause}",
            encoding="utf-8",
        )
        (folder / "overlay.yaml").write_text(f"changes:\n{changes}", encoding="utf-8")
        return load_pack(folder, above=lambda _: opened(parent))

    return write


def refused(over: Callable[..., Pack], changes: str, **more: str) -> PackError:
    with pytest.raises(PackError) as caught:
        over(changes, **more)
    return caught.value


SHOPS = """- rule: connection-end-to-end-limit
  cite: "1"
  rows: [{when: class = three_zero, limit: 18, owner: supplier}]
  tests: [{on: 2021-07-01, given: {class: three_zero}, expect: 18}]
"""


# --- what an overlay binds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "day", "days"),
    [
        ("nea-2021-37", "2021-07-01", "20"),  # 附件1/5
        ("nea-2021-37", "2022-04-01", "15"),  # 附件1/6
        ("example-province", "2021-06-30", "20"),  # not yet
        ("example-province", "2021-07-01", "12"),
        ("example-prefecture", "2021-12-31", "12"),  # the province's, until its own begins
        ("example-prefecture", "2022-01-01", "10"),
        ("example-county", "2022-02-28", "10"),
        ("example-county", "2022-03-01", "8"),  # a trial from March to June
        ("example-county", "2022-07-01", "10"),
    ],
)
def test_each_place_has_the_limit_of_the_innermost_and_none_is_longer(opened, pack, day, days):
    answer = opened(pack).answer(
        "connection-end-to-end-limit", on=dt.date.fromisoformat(day), given={"class": "three_zero"}
    )
    assert f"{answer.value}" == days


def test_an_answer_cites_the_document_that_decided_it(opened):
    county = opened("example-county")
    days = dt.date(2022, 4, 1)
    shop = county.answer("connection-end-to-end-limit", on=days, given={"class": "three_zero"})
    home = county.answer("connection-end-to-end-limit", on=days, given={"class": "residential"})
    works = county.answer("approval-limit", on=days, given={"voltage": "10"})
    assert shop.cited("zh") == "示例区发〔2022〕3号 第一条"
    assert home.cited("zh") == "国能综通监管〔2021〕37号 附件1/4、附件2-2/6"
    assert works.cited("en") == "示例省能〔2021〕1号 Article 2"
    assert shop.to_json()["cite"] == ["example-county/1"]


def test_the_class_is_told_by_the_ceiling_of_the_place_and_cites_it(opened):
    """附件1/31: a region may connect more at low voltage; 180 kW are above the nation's 160, not the 200 here."""
    firm = {"kind": "other", "capacity": "180", "area": "urban"}
    day = dt.date(2022, 2, 1)
    nation = opened("nea-2021-37").answer("customer-class", on=day, given=firm)
    province = opened("example-province").answer("customer-class", on=day, given=firm)
    assert nation.value == "high_voltage_single"
    assert province.value == "low_voltage"
    assert province.inputs["low_voltage_limit"] == 200
    assert "示例省能〔2021〕1号 第三条" in province.cited("zh")
    # with 100 kW it makes no difference, and is not cited
    small = opened("example-province").answer("customer-class", on=day, given=firm | {"capacity": "100"})
    assert "示例省能" not in small.cited("zh")
    # what somebody typed stands
    typed = opened("example-province").answer(
        "customer-class", on=day, given=firm | {"low_voltage_limit": "170"}
    )
    assert typed.value == "high_voltage_single"


def test_a_step_that_the_overlay_removed_is_not_counted(opened):
    """Six steps (附件2-2/4(1)) less the interim inspection, from 1 July 2021; dual supply keeps six."""
    province = opened("example-province")

    def steps(day, which):
        return province.answer("connection-steps", on=dt.date.fromisoformat(day), given={"class": which})

    assert steps("2021-06-30", "high_voltage_single").value == 6
    assert steps("2021-07-01", "high_voltage_single").value == 5
    assert steps("2021-07-01", "high_voltage_single").cite == ("example-province/5", "附件2-2/4(1)")
    assert steps("2021-07-01", "high_voltage_dual").value == 6
    county = opened("example-county").answer(
        "connection-steps", on=dt.date(2022, 3, 1), given={"class": "high_voltage_single"}
    )
    assert county.value == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("limit: 6, owner: supplier, counts: high-voltage-single", "limit: 7, owner: supplier, counts: high-voltage-single", "has 6 stages, not 7"),
        ("default_of: low-voltage-connection-limit", "default_of: approval-limit", 'no value "approval-limit" in kW'),
    ],
    ids=["a number of steps", "a default"],
)  # fmt: skip
def test_a_figure_that_stands_elsewhere_is_the_one_that_stands_there(tmp_path, old, new, said):
    pack = tmp_path / "nea-2021-37"
    shutil.copytree(NEA, pack)
    file = pack / "connections.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=said):
        load_pack(pack)


def test_the_desk_takes_180_kw_and_twelve_days_where_the_province_says_so(opened):
    """Twelve working days from Thursday 1 July 2021: 2 (1), 5-9 (6), 12-16 (11), Monday 19 (12)."""
    pack = opened("example-province")
    process = pack.rules["low-voltage-three-zero-connection"]
    said = pack.answer(process.rule, on=dt.date(2021, 7, 1), given={"capacity": "180"}).say("en")
    assert "12 working days" in said
    before = pack.answer(process.rule, on=dt.date(2021, 6, 30), given={"capacity": "160"}).say("en")
    assert "20 working days" in before


def test_a_case_of_before_keeps_the_version_it_is_pinned_to(opened):
    process = opened("example-province").rules["high-voltage-single-connection"]
    nation = opened("nea-2021-37").rules["high-voltage-single-connection"]
    before, since = process.versions
    assert "midway" in process.at(nation.version_on(dt.date(2021, 6, 1), before.options).key).stages
    assert "midway" not in since.stages
    # what waited for the stage that is gone waits for what that waited for
    assert since.stages["finish"].after == ("conceal",)


def test_what_it_removed_is_evidence_of_task_26_and_can_be_listed(opened):
    listed = removals(opened("example-county"))
    assert [(one.rule, one.what, str(one.since), one.cite) for one in listed] == [
        ("application-papers", "project-approval", "2021-07-01", ("example-province/4",)),
        ("high-voltage-single-connection", "midway", "2021-07-01", ("example-province/5",)),
    ]
    assert opened("example-county").head.overlays.removing == "附件1/26"


def test_its_hash_covers_the_packs_below_it(tmp_path, opened):
    names = [name for name, _ in files_of(HERE / "example-county")]
    assert "over/example-prefecture/overlay.yaml" in names
    assert "over/nea-2021-37/pack.yaml" in names
    assert opened("example-county").content_hash == content_hash(HERE / "example-county")
    assert opened("example-county").chain == (
        "example-county",
        "example-prefecture",
        "example-province",
        "nea-2021-37",
    )


# --- never looser ---------------------------------------------------------------------------------


def test_a_longer_limit_is_refused_with_the_parents_clause(over):
    error = refused(over, SHOPS.replace("18", "21"))
    assert "21 working days is looser than 20 working days above" in error.problem.en
    assert "国能综通监管〔2021〕37号 附件1/5" in error.problem.zh
    assert error.line == 2


def test_a_later_date_is_refused_on_the_first_day_on_which_it_is_longer(over):
    """18 days are stricter than the 20 of 2021 and looser than the 15 of 2022 (附件1/6)."""
    error = refused(over, SHOPS)
    assert "2022-01-01" in error.problem.en
    assert "附件1/6" in error.problem.zh
    assert over(SHOPS.replace('cite: "1"', 'cite: "1"\n  in_force: {from: 2021-07-01, before: 2022-01-01}'))


def test_a_prefecture_is_no_looser_than_its_province(over):
    error = refused(over, SHOPS.replace("18", "13"), parent="example-province", head='region: "450300"\n')
    assert "示例省能〔2021〕1号 Article 1" in error.problem.en


def test_a_narrower_scope_of_zero_investment_is_refused(over):
    error = refused(
        over,
        """- rule: zero-investment
  cite: "1"
  rows: [{when: kind = small_micro and area = rural and capacity > 80, becomes: not_required}]
  tests: [{on: 2021-07-01, given: {kind: small_micro, capacity: 90, area: rural}, expect: not_required}]
""",
    )
    assert "附件1/9" in error.problem.zh


def test_a_scope_that_is_narrower_at_one_figure_only_is_found(over):
    """One row: small firms up to 200 kW, but not the one of exactly 160 kW."""
    row = "{when: kind = small_micro and capacity = 160 and area = urban, becomes: not_required}"
    error = refused(
        over,
        f"""- rule: zero-investment
  cite: "1"
  rows: [{row}, {{when: kind = small_micro and capacity <= 200, becomes: grid_pays}}]
  tests: [{{on: 2021-07-01, given: {{kind: small_micro, capacity: 200, area: rural}}, expect: grid_pays}}]
""",
    )
    assert "160.0 kW" in error.problem.en


def test_a_lower_low_voltage_ceiling_is_refused(over):
    change = """- rule: low-voltage-connection-limit
  cite: "1"
  value: {value}
  tests: [{{on: 2022-01-01, expect: {value}}}]
"""
    assert "附件1/29" in refused(over, change.format(value=100)).problem.zh
    assert (
        over(change.format(value=200)).answer("low-voltage-connection-limit", on=dt.date(2022, 1, 1)).value
        == 200
    )


def test_a_class_that_serves_the_customer_worse_is_refused(over):
    error = refused(
        over,
        """- rule: customer-class
  cite: "1"
  rows: [{when: capacity > 100 and kind = other, becomes: high_voltage_single}]
  tests: [{on: 2021-07-01, given: {kind: other, capacity: 120, area: urban}, expect: high_voltage_single}]
""",
    )
    assert "looser" in error.problem.en


PAPER = """- rule: application-papers
  cite: "1"
  adds: {commitment-letter: {zh: 申请用电承诺书, en: letter of commitment}}
  when: voltage = low
"""
STAGE = """- rule: residential-connection
  cite: "1"
  adds: {survey: {title: {zh: 现场勘查, en: Survey}, role: supplier, after: [accept], before: [energise]}}
"""
LAW = "  law: {zh: 《示例法》第一条, en: Example Act article 1}\n"
ASKS = """  tests:
  - on: 2021-07-01
    given: {voltage: low, stage: acceptance}
    expect: {papers: [identity-document, proof-of-premises, commitment-letter]}
"""
GOES = """  tests:
  - on: 2021-07-01
    given: {capacity: 8}
    events: [{on: 2021-07-02, close: accept}]
    expect: {open: [survey]}
"""


@pytest.mark.parametrize(("change", "tests"), [(PAPER, ASKS), (STAGE, GOES)], ids=["a paper", "a stage"])
def test_nothing_is_added_without_a_law(over, change, tests):
    """附件1/25: 除法律法规另有规定外，不得增设……不得增加申请资料，不得强制用户签订申请用电承诺书."""
    error = refused(over, change + tests)
    assert "附件1/25" in error.problem.zh
    assert "added without a law" in error.problem.en
    assert over(change + LAW + tests).id == "over-it"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            "- rule: residential-connection\n  cite: '1'\n  facts: {capacity: {max: 100}}\n",
            '"capacity" admits less than above: 100, there 10000',
        ),
        ("- rule: residential-connection\n  cite: '1'\n  removes: [energise]\n", "has an effect (energise)"),
        ("- rule: residential-connection\n  cite: '1'\n  removes: [survey]\n", 'no "survey" above'),
        (
            "- rule: low-voltage-connection\n  cite: '1'\n  stages: {reply: {working_days: 2}}\n",
            "is no number of working days: connection-stage-limit",
        ),
        ("- rule: share-within-limit\n  cite: '1'\n  value: 1\n", "does not change a rule of kind sheet"),
        ("- rule: no-such-rule\n  cite: '1'\n  value: 1\n", 'no rule "no-such-rule" above'),
        ("- rule: zero-investment\n  cite: '9'\n  rows: [{becomes: grid_pays}]\n", 'no clause "9"'),
        ("- rule: zero-investment\n  cite: '1'\n  value: 3\n", "is not changed by value"),
        (
            "- rule: zero-investment\n  cite: '1'\n  rows: [{when: capacity * 2 <= 400, becomes: grid_pays}]\n",
            "has comparisons, and, or and not alone",
        ),
        ("- rule: application-papers\n  cite: '1'\n  removes: [passport]\n", 'has no paper "passport"'),
        ("- rule: zero-investment\n  cite: '1'\n  rows: [{becomes: grid_pays}]\n", "has no test"),
        ("- rule: zero-investment\n  rows: [{becomes: grid_pays}]\n", "its parts do not fit together"),
    ],
    ids=lambda text: text.split("\n")[0][8:40] if "rule:" in text else "",
)
def test_a_change_that_the_parent_does_not_allow_is_refused_where_it_stands(over, changes, said):
    error = refused(over, changes)
    assert said in error.problem.en
    assert error.problem.zh != error.problem.en
    assert error.file.endswith("overlay.yaml")


def test_a_clause_is_done_no_later_than_the_one_it_refines(over):
    """附件1/6 is due by the end of 2022; a province may be earlier."""
    stage = "  refines: 附件1/6\n  done_by: {}\n"
    error = refused(over, SHOPS, clause=stage.format("2023-06-30"))
    assert "later than 2022-12-31 above" in error.problem.en
    assert "附件1/6" in error.problem.zh
    assert "later than" in refused(over, SHOPS, clause=stage.format("ongoing")).problem.en
    kept = SHOPS.replace('cite: "1"', 'cite: "1"\n  in_force: {from: 2021-07-01, before: 2022-01-01}')
    assert over(kept, clause=stage.format("2021-09-30")).clauses["over-it/1"].done_by == "2021-09-30"


@pytest.mark.parametrize(
    ("head", "parent", "said"),
    [
        ("calendar: CN\n", "nea-2021-37", "calendar is what the pack above says"),
        ('region: "440300"\n', "example-province", "not inside 450000"),
        ('region: "999999"\n', "nea-2021-37", "999999"),
    ],
)
def test_a_head_that_does_not_lie_over_its_parent_is_refused(over, head, parent, said):
    assert said in refused(over, SHOPS, head=head, parent=parent).problem.en


def test_an_overlay_has_no_rules_of_its_own(tmp_path):
    folder = tmp_path / "over-it"
    folder.mkdir()
    for name in ("pack.yaml", "clauses.yaml"):
        text = (HERE / "example-province" / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("pack: example-province", "pack: over-it"), encoding="utf-8")
    with pytest.raises(PackError, match=r"no overlay\.yaml"):
        load_pack(folder)
    (folder / "rules.yaml").write_text("rules: []\n", encoding="utf-8")
    with pytest.raises(PackError, match="an overlay has no such file"):
        load_pack(folder)


def test_an_overlay_over_a_pack_that_is_not_there_is_refused_in_its_own_file(over):
    with pytest.raises(PackError, match='no pack "nowhere"'):
        over(SHOPS, parent="nowhere")


def test_packs_that_lie_over_one_another_in_a_circle_are_refused(tmp_path):
    for one, other in (("a", "b"), ("b", "a")):
        folder = tmp_path / one
        folder.mkdir()
        (folder / "pack.yaml").write_text(f"pack: {one}\nover: {other}\n", encoding="utf-8")
    with pytest.raises(PackError, match="comes back to itself"):
        content_hash(tmp_path / "a")


# --- which governs a place ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "pack"),
    [
        ("450311", "example-county"),
        ("450311102", "example-county"),  # a township of it
        ("450305", "example-prefecture"),
        ("450300", "example-prefecture"),
        ("450100", "example-province"),
        ("450000", "example-province"),
        ("440100", "nea-2021-37"),
        ("", "nea-2021-37"),
    ],
)
def test_the_innermost_overlay_around_a_place_governs_it(region, pack):
    assert governing("nea-2021-37", region, FOLDERS) == pack


def test_under_another_pack_none_of_them_governs():
    assert governing("gxnu-2016-4", "450311", FOLDERS) == "gxnu-2016-4"


def test_two_overlays_side_by_side_around_a_place_are_refused(tmp_path):
    folder = tmp_path / "beside"
    folder.mkdir()
    text = (HERE / "example-prefecture" / "pack.yaml").read_text(encoding="utf-8")
    text = text.replace("pack: example-prefecture", "pack: beside").replace(
        "over: example-province", "over: nea-2021-37"
    )
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(OverlaysDoNotStack, match="both bind"):
        governing("nea-2021-37", "450305", FOLDERS | {"beside": folder})


def test_the_places_that_are_bound_come_smallest_first():
    assert binding("nea-2021-37", FOLDERS) == [
        ("450311", "example-county"),
        ("450300", "example-prefecture"),
        ("450000", "example-province"),
    ]
