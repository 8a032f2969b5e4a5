"""What 国能综通监管〔2021〕37号 prints beside each task and indicator: deadline, office, group, asterisk.

The two tables below are typed from the printed columns, in their words (责任单位, 完成时间; 指标序号 with its
asterisk, who the sentence names, the number of parts of its standard). The pack is held to them.
"""

from __future__ import annotations

import pytest

E = "各省级能源（电力）主管部门"
S = "各供电企业"
R = "国家能源局各派出机构"

# 序号 | 责任单位 | 完成时间
TASKS = f"""
1 | {E}牵头，{R}，{S}按职责分工负责 | 2022年底前
2 | {E} | 2020年底前
3 | {S} | 2020年底前
4 | {S}、{E} | 2020年底前
5 | {S}、{E} | 2021年底前
6 | {S}、{E} | 2022年底前
7 | {S} | 2020年底前
8 | {S} | 2020年底前
9 | {S} | 2021年底前
10 | {S} | 2022年底前
11 | {E}、{S}按职责分工负责 | 2022年底前
12 | {S} | 2020年底前
13 | {S} | 持续推进
14 | {S} | 持续推进
15 | {S} | 2020年底前
16 | {S} | 持续推进
17 | {E} | 2020年底前
18 | {E} | 持续推进
19 | {E} | 2020年底前
20 | {E} | 持续推进
21 | {S} | 2021年底前
22 | {S} | 持续推进
23 | {S} | 2020年底前
24 | {S} | 2020年底前
25 | {S} | 2020年底前
26 | {S} | 持续推进
27 | {E}牵头，{S}按职责分工负责 | 2021年底前
28 | {E}牵头，{S}按职责分工负责 | 持续推进
29 | {S} | 2022年底前
30 | {S} | 2020年底前
31 | {S} | 持续推进
32 | {S} | 持续推进
33 | {S} | 2020年底前
34 | {S} | 2022年底前
35 | {S} | 持续推进
36 | {S} | 2020年底前
37 | {S} | 2020年底前
38 | {S} | 2020年底前
39 | {S} | 持续推进
40 | {E}牵头、{R}按职责分工负责 | 持续推进
41 | {E} | 持续推进
42 | {S} | 持续推进
43 | {S} | 持续推进
44 | {S} | 2021年底前
45 | {E} | 2021年底前
46 | {S} | 2020年底前
47 | {S} | 2020年底前
48 | {E}牵头，各省级价格主管部门，{S}等按职责分工负责 | 2020年底前
49 | {S} | 2021年底前
50 | {E}牵头，中电传媒集团，{S}按职责分工负责 | 持续推进
51 | {E}牵头，{R}，{S}按职责分工负责 | 2020年底前
52 | {E}，{R}，{S}按职责分工负责 | 2021年4月底前
53 | {S} | 2021年5月15日前
54 | {E} | 2021年4月底前
55 | {E} | 持续推进
56 | {R} | 持续推进
57 | {E}牵头，{R}，{S}按职责分工负责 | 持续推进
"""

# the groups by subject (the interpretation group-boundaries), and the last task of each
GROUPS = (
    ("工作目标", 11),
    ("压缩办电时间", 20),
    ("提高办电便利度", 28),
    ("降低办电成本", 38),
    ("提升供电能力和供电可靠性", 45),
    ("加大信息公开力度", 50),
    ("强化组织实施", 57),
)

# 指标序号 | who the sentence of the indicator names | 指标完成时间 | parts of its 完成标准
INDICATORS = """
1 | 各省级能源（电力）主管部门牵头 | 2020年底前 | 3
2 | 各省级能源（电力）主管部门牵头 | 2020年底前 | 3
3 | 供电企业 | 2020年底前 | 1
4 | 供电企业 | 2020年底前 | 1
5 | 供电企业 | 2020年底前 | 1
6 | 供电企业 | 2020年底前 | 1
7 | 供电企业 | 2020年底前 | 1
8 | 供电企业 | 2020年底前 | 1
9 | 供电企业 | 2020年底前 | 1
10 | 供电企业 | 2020年底前 | 1
11 | 供电企业 | 2020年底前 | 1
12 | 各省级能源（电力）主管部门牵头 | 2020年底前 | 2
13 | 供电企业 | 2020年底前 | 1
14 | — | 2020年底前 | 1
15 | 供电企业 | 2020年底前 | 1
16 | 供电企业 | 2020年底前 | 1
17 | 供电企业 | 2020年底前 | 3
18 | 供电企业 | 2020年底前 | 2
19 | 供电企业 | 2020年底前 | 1
20 | 各地电力接入工程审批相关部门 | 2020年底前 | 2
*21 | 各省级价格主管部门 | 2020年底前 | 3
22 | 供电企业 | 2021年底前 | 1
23 | 供电企业 | 2021年底前 | 1
24 | 供电企业 | 2021年底前 | 1
25 | 供电企业 | 2021年底前 | 1
26 | 供电企业 | 2021年底前 | 2
*27 | 各省级能源（电力）主管部门牵头 | 2021年底前 | 3
28 | 供电企业 | 2021年底前 | 2
*29 | 各省级能源（电力）主管部门牵头 | 2021年底前 | 3
*30 | 各省级能源（电力）主管部门牵头 | 2021年底前 | 1
31 | 供电企业 | 2021年底前 | 2
32 | 供电企业 | 2021年底前 | 2
*33 | 各省级能源（电力）主管部门牵头 | 2021年底前 | 1
34 | 供电企业 | 2022年底前 | 1
35 | — | 2022年底前 | 1
36 | 供电企业 | 2022年底前 | 2
*37 | — | 持续推进 | 0
*38 | 供电企业 | 持续推进 | 0
"""
# where the sentence names nobody, the office of the task with the same words (indicator-without-office)
TASK_OF = {"14": "24", "35": "10", "37": "28"}

NAMES = {
    "各省级能源（电力）主管部门": "provincial-energy-department",
    "国家能源局各派出机构": "regional-regulator-office",
    "各省级价格主管部门": "provincial-price-department",
    "各地电力接入工程审批相关部门": "works-approval-departments",
    "中电传媒集团": "china-electric-power-media",
    "供电企业": "supplier",
}
DAYS = {
    "2020年底前": "2020-12-31",
    "2021年底前": "2021-12-31",
    "2022年底前": "2022-12-31",
    "2021年4月底前": "2021-04-30",
    "2021年5月15日前": "2021-05-15",
    "持续推进": "ongoing",
}


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def offices(printed: str) -> tuple[str, ...]:
    """The offices in the order in which they are printed."""
    found = sorted((printed.find(name), office) for name, office in NAMES.items() if name in printed)
    return tuple(office for _, office in found)


def lead(printed: str) -> str | None:
    return offices(printed.partition("牵头")[0])[0] if "牵头" in printed else None


def test_the_tables_are_whole():
    assert [row[0] for row in rows(TASKS)] == [str(n) for n in range(1, 58)]
    assert [row[0].lstrip("*") for row in rows(INDICATORS)] == [str(n) for n in range(1, 39)]


@pytest.mark.parametrize(("number", "printed", "deadline"), rows(TASKS), ids=lambda text: text[:2])
def test_a_task_has_the_office_and_the_deadline_that_are_printed(nea, number, printed, deadline):
    clause = nea.clauses[f"附件1/{number}"]
    assert (clause.offices, clause.lead, clause.done_by) == (offices(printed), lead(printed), DAYS[deadline])
    group = next(name for name, last in GROUPS if int(number) <= last)
    assert (clause.group, clause.chapter, clause.starred) == (group, f"附件1/{group}", False)


@pytest.mark.parametrize(
    ("number", "named", "deadline", "parts"), rows(INDICATORS), ids=lambda text: text[:3]
)
def test_an_indicator_has_its_block_office_asterisk_and_parts(nea, number, named, deadline, parts):
    key = f"附件2-2/{number.lstrip('*')}"
    clause = nea.clauses[key]
    assert (clause.starred, clause.done_by) == (number.startswith("*"), DAYS[deadline])
    block = deadline.removesuffix("年底前")
    assert clause.chapter == f"附件2-2/{block}"
    task = nea.clauses.get(f"附件1/{TASK_OF.get(number.lstrip('*'))}")
    expected = (task.offices, task.lead) if task else (offices(named), lead(named))
    assert (clause.offices, clause.lead) == expected
    listed = [one for one in nea.clauses.values() if one.id.startswith(f"{key}(")]
    assert len(listed) == int(parts)
    assert all(one.shown_by and one.counts and one.period for one in listed)


# which of the 56 parts are figures, words, documents; and what each counts
SHOWN = {
    "computed": "1(3) 2(3) 3(1) 4(1) 5(1) 6(1) 7(1) 8(1) 9(1) 10(1) 11(1) 12(2) 13(1) 14(1) 16(1) 22(1) 23(1) "
    "24(1) 25(1) 34(1) 35(1)",
    "attested": "15(1) 17(2) 18(1) 19(1) 26(2) 27(2) 27(3) 28(1) 28(2) 29(3) 31(2) 36(1) 36(2)",
    "evidenced": "1(1) 1(2) 2(1) 2(2) 12(1) 17(1) 17(3) 18(2) 20(1) 20(2) 21(1) 21(2) 21(3) 26(1) 27(1) 29(1) "
    "29(2) 30(1) 31(1) 32(1) 32(2) 33(1)",
}
DONE = "1(1) 1(2) 2(1) 2(2) 12(1) 17(1) 26(1) 26(2) 27(1) 27(2) 27(3) 29(1) 30(1) 31(1) 32(1) 32(2) 33(1)"
KEPT = "17(2) 17(3) 18(1) 18(2) 20(2) 29(2) 31(2)"  # 及时更新、落实、查处
LESS = "29(3)"  # 减少……停电时间和次数
OWN_DAYS = {"30(1)": "2021-04-30", "31(1)": "2021-05-15", "32(2)": "2021-05-15", "33(1)": "2021-04-30"}


def test_each_part_says_what_shows_it_and_what_it_counts(nea):
    found = {
        key.removeprefix("附件2-2/"): one
        for key, one in nea.clauses.items()
        if "附件2-2/" in key and "(" in key
    }
    assert len(found) == 56
    for how, listed in SHOWN.items():
        assert [key for key, one in found.items() if one.shown_by == how] == listed.split()
    for what, listed in (("done", DONE), ("kept", KEPT), ("less", LESS)):
        assert [key for key, one in found.items() if one.counts == what] == listed.split()
    for key, one in found.items():
        assert one.period == ("once" if one.counts == "done" else "filing"), key
        assert one.done_by == OWN_DAYS.get(key), key
    # 价格文件由价格主管部门要求、由供电企业公开
    assert found["21(2)"].offices == ("provincial-price-department",)
    assert found["21(3)"].offices == ("supplier",)


def test_a_computed_part_is_executed_or_waits_for_its_area(nea):
    for key, one in nea.clauses.items():
        if one.shown_by == "computed":
            assert one.by or one.carried_by or one.planned, key


def test_every_office_that_a_clause_names_has_a_name_in_both_languages(nea):
    names = nea.head.uses.names
    for one in nea.clauses.values():
        assert set(one.offices) <= set(names), one.id
        assert one.lead is None or one.lead in one.offices, one.id
