"""The organisations of the demonstration: from the nation's regulator down to a housing office.

Every name carries 〔演示〕, and every telephone number begins as no number in China does.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from tongdian.parties.actions.organisations import adopt_pack, create_organisation
from tongdian.parties.models import Organisation
from tongdian.parties.models import Organisation as O

MARK = "〔演示〕"
FOUNDED = dt.date(2016, 1, 1)
CAMPUSES = ("YS", "YC", "WC")
CAMPUS_PACK, GRID_PACK = "gxnu-2016-4", "nea-2021-37"


@dataclass(frozen=True)
class Sketch:
    """One organisation as it will be entered; `regions` are what it is competent for or supplies."""

    short: str
    kind: str
    name: str
    name_en: str
    region: str
    parent: str = ""
    fills: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    hotline: str = ""
    address: str = ""
    adopts: tuple[tuple[str, dt.date], ...] = ()


_GRID = ((GRID_PACK, dt.date(2020, 1, 1)),)
_CAMPUS = ((CAMPUS_PACK, FOUNDED),)


def _approval(short: str, name: str, name_en: str, *fills: str) -> Sketch:
    return Sketch(short, O.Kind.APPROVAL, name, name_en, "450300", "GLS", fills, ("450300",))


def _campus(short: str, name: str, name_en: str, region: str, hotline: str) -> tuple[Sketch, ...]:
    """A campus with the offices that fill the roles of the university's processes."""

    def office(letters: str, title: str, title_en: str, role: str) -> Sketch:
        return Sketch(
            f"{short}{letters}",
            O.Kind.OFFICE,
            f"{name}{title}",
            f"{title_en}, {name_en}",
            region,
            short,
            (role,),
            hotline=hotline,
        )

    return (
        Sketch(
            short,
            O.Kind.CAMPUS,
            name,
            name_en,
            region,
            "GXNU",
            hotline=hotline,
            address=f"{name}后勤楼一楼服务大厅（示例地址）",
            adopts=_CAMPUS,
        ),
        office("JN", "节能办", "Energy Office", "energy-office"),
        office("SD", "水电中心", "Utilities Centre", "utilities-centre"),
        office("FG", "房管科", "Housing Office", "housing-office"),
        office("ZC", "资产管理处", "Assets Office", "assets-office"),
        office("BW", "保卫处", "Security Department", "security-office"),
    )


PROVINCES = (  # code, name: Guangxi is drawn in depth, and Xinjiang has the Corps beside
    ("110000", "北京"), ("120000", "天津"), ("130000", "河北"), ("140000", "山西"),
    ("150000", "内蒙古"), ("210000", "辽宁"), ("220000", "吉林"), ("230000", "黑龙江"),
    ("310000", "上海"), ("320000", "江苏"), ("330000", "浙江"), ("340000", "安徽"),
    ("350000", "福建"), ("360000", "江西"), ("370000", "山东"), ("410000", "河南"),
    ("420000", "湖北"), ("430000", "湖南"), ("440000", "广东"), ("460000", "海南"),
    ("500000", "重庆"), ("510000", "四川"), ("520000", "贵州"), ("530000", "云南"),
    ("540000", "西藏"), ("610000", "陕西"), ("620000", "甘肃"), ("630000", "青海"),
    ("640000", "宁夏"), ("650000", "新疆"),
)  # fmt: skip


DRAWN = (*((f"SN{code[:2]}", name) for code, name in PROVINCES), ("SNBT", "兵团"))  # short names


def _province(code: str, name: str) -> Sketch:
    return Sketch(
        f"SN{code[:2]}",
        O.Kind.DEPARTMENT,
        f"{name}能源主管部门",
        f"Energy Department of {code}",
        code,
        "GNY",
        regions=(code,),
    )


TREE: tuple[Sketch, ...] = (
    Sketch(
        "GNY",
        O.Kind.REGULATOR,
        "国家能源局",
        "National Energy Administration",
        "100000",
        regions=("100000",),
        adopts=_GRID,
    ),
    Sketch(
        "LNB",
        O.Kind.DISPATCHED,
        "岭南能源监管办公室",
        "Lingnan Energy Regulatory Office",
        "440100",
        "GNY",
        regions=("440000", "450000", "460000"),
    ),
    Sketch(
        "GXT",
        O.Kind.DEPARTMENT,
        "广西壮族自治区能源局",
        "Energy Department of Guangxi",
        "450100",
        "GNY",
        regions=("450000",),
    ),
    Sketch(
        "GXJ",
        O.Kind.PRICE_AUTHORITY,
        "广西壮族自治区价格主管部门",
        "Price Authority of Guangxi",
        "450100",
        regions=("450000",),
    ),
    Sketch(
        "GLS",
        O.Kind.DEPARTMENT,
        "桂林市电力主管部门",
        "Power Department of Guilin",
        "450300",
        "GXT",
        regions=("450300",),
    ),
    Sketch(
        "YSQ",
        O.Kind.DEPARTMENT,
        "雁山区电力主管部门",
        "Power Department of Yanshan",
        "450311",
        "GLS",
        regions=("450311",),
    ),
    Sketch(
        "LGQ",
        O.Kind.DEPARTMENT,
        "临桂区电力主管部门",
        "Power Department of Lingui",
        "450312",
        "GLS",
        regions=("450312",),
    ),
    _approval("ZWZX", "桂林市政务服务窗口", "Service Window of Guilin", "window"),
    _approval("GHJ", "桂林市规划部门", "Planning Office of Guilin", "planning-office"),
    _approval("SZJ", "桂林市市政道路部门", "Road Office of Guilin", "road-office"),
    _approval("YLJ", "桂林市园林绿化部门", "Parks Office of Guilin", "greenery-office"),
    _approval("JJD", "桂林市公安交管部门", "Traffic Police of Guilin", "traffic-police"),
    Sketch(
        "LGJT",
        O.Kind.SUPPLIER_GROUP,
        "漓桂供电集团",
        "Ligui Power Group",
        "450100",
        hotline="0771-0000100",
        adopts=_GRID,
    ),
    # a local supplier and an incremental company (note 1), of whom inspectors see the name and the type only
    Sketch("QZDF", O.Kind.SUPPLIER, "钦海地方供电公司", "Qinhai Local Power", "450700", regions=("450700",)),
    Sketch(
        "QZZL", O.Kind.SUPPLIER, "钦海园区配电公司", "Qinhai Park Distribution", "450700", regions=("450700",)
    ),
    Sketch(
        "LG",
        O.Kind.SUPPLIER,
        "漓桂供电公司",
        "Ligui Power Company",
        "450311",
        "LGJT",
        regions=("450311", "450312"),
        hotline="0773-0000200",
        address="雁中路（示例地址）供电营业厅",
        adopts=_GRID,
    ),
    Sketch(
        "LGYS",
        O.Kind.BRANCH,
        "雁山供电所",
        "Yanshan Branch",
        "450311",
        "LG",
        regions=("450311",),
        hotline="0773-0000201",
        address="良丰路（示例地址）",
        adopts=_GRID,
    ),
    Sketch(
        "LGLG",
        O.Kind.BRANCH,
        "临桂供电所",
        "Lingui Branch",
        "450312",
        "LG",
        regions=("450312",),
        hotline="0773-0000202",
        address="人民路（示例地址）",
        adopts=_GRID,
    ),
    Sketch(
        "GXNU", O.Kind.CAMPUS, "广西师范大学", "Guangxi Normal University", "450311", hotline="0773-0000300"
    ),
    *_campus("YS", "雁山校区", "Yanshan Campus", "450311", "0773-0000301"),
    *_campus("YC", "育才校区", "Yucai Campus", "450305", "0773-0000302"),
    *_campus("WC", "王城校区", "Wangcheng Campus", "450302", "0773-0000303"),
    Sketch("BWC", O.Kind.OFFICE, "保卫处", "Security Office", "450311", "GXNU"),
    Sketch("CWC", O.Kind.OFFICE, "财务处", "Finance Office", "450311", "GXNU"),
    Sketch("JJC", O.Kind.OFFICE, "基建处", "Capital Works Office", "450311", "GXNU"),
    Sketch("HUAX", O.Kind.UNIT, "化学与药学学院", "School of Chemistry and Pharmacy", "450311", "YS"),
    Sketch("JSJ", O.Kind.UNIT, "计算机科学与工程学院", "School of Computer Science", "450311", "YS"),
    Sketch("TUSG", O.Kind.UNIT, "图书馆", "Library", "450311", "YS"),
    Sketch("TIYU", O.Kind.UNIT, "体育与健康学院", "School of Sports", "450305", "YC"),
    *(_province(*one) for one in PROVINCES),
    Sketch(
        "SNBT",
        O.Kind.DEPARTMENT,
        "新疆生产建设兵团发展改革委",
        "Development Commission of the Xinjiang Corps",
        "650000",
        "GNY",
        regions=("650000",),
    ),
    Sketch("LISH", O.Kind.UNIT, "历史文化与旅游学院", "School of History and Tourism", "450302", "WC"),
)


def make_organisations(viewer: Any, at: dt.datetime) -> dict[str, Organisation]:
    """Enter them all, with the regulations that bind them; by their short names."""
    made: dict[str, Organisation] = {}
    for one in TREE:
        organisation = made[one.short] = create_organisation(
            viewer=viewer,
            kind=one.kind,
            name=f"{one.name}{MARK}",
            name_en=f"{one.name_en} (demonstration)",
            short=one.short,
            region=one.region,
            since_on=FOUNDED,
            at=at,
            parent=made.get(one.parent),
            regions=one.regions,
            fills=one.fills,
            hotline=one.hotline,
            address=one.address,
            is_demo=True,
        )
        for pack, first in one.adopts:
            adopt_pack(
                viewer=viewer,
                organisation=organisation,
                pack=pack,
                on=first,
                at=at,
                reason="演示数据：随上级文件执行",
            )
    return made
