"""What people apply for in the demonstration: every process, the ways it can go, and what it does to
the supply at a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tongdian.demo.organisations import CAMPUS_PACK, GRID_PACK
from tongdian.network.models import Place

Kind = Place.Kind
House = Literal["campus", "branch", "company"]
Facts = Mapping[str, str | range]
"""Facts as a form has them; of a range, one number is drawn."""


@dataclass(frozen=True)
class Way:
    """One way through a process: the facts at the opening, and those that a stage decides."""

    facts: Facts = field(default_factory=dict)
    decides: Mapping[str, Facts] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Business:
    """One process. `share`: how many of the cases that are over, against the others.

    `begins`, `ends`, `changes`, `transfers` name the stage whose closing does that to the
    agreements at the place.
    """

    process: str
    house: House
    spots: tuple[str, ...]
    ways: tuple[Way, ...] = (Way(),)
    needs_supply: bool = False
    share: int = 3
    begins: str = ""
    ends: str = ""
    changes: str = ""
    transfers: str = ""
    temporary: bool = False
    purposes: tuple[str, ...] = ("",)

    @property
    def pack(self) -> str:
        """The regulation that it is in."""
        return CAMPUS_PACK if self.house == "campus" else GRID_PACK

    @property
    def is_application(self) -> bool:
        """Whether it begins a supply, so that somebody says what for."""
        return bool(self.begins) or self.purposes != ("",)


YES, NO = {"approved": "true"}, {"approved": "false"}
_ASKED = (Way(decides={"approve": YES}), Way(decides={"approve": NO}))


def _of_residents_and_others(*stages: str) -> tuple[Way, ...]:
    """Ways where the housing office decides for residents, and the energy office for others."""
    housing, energy = stages
    return tuple(
        Way({"resident": resident}, {stage: said})
        for resident, stage in (("true", housing), ("false", energy))
        for said in (YES, NO)
    )


def _connection(
    process: str,
    house: House,
    spots: tuple[str, ...],
    capacity: range,
    begins: str,
    share: int,
    purposes: tuple[str, ...],
) -> Business:
    return Business(
        process=process,
        house=house,
        spots=spots,
        ways=(Way({"capacity": capacity}),),
        begins=begins,
        share=share,
        purposes=purposes,
    )


_WORKS = {"voltage": "10", "planning": "true", "road": "true"}
_TRADES = ("奶茶店", "打印店", "水果店", "快餐店", "文具店", "理发店", "咖啡店", "眼镜店")
_FACTORIES = ("食品加工厂", "农产品冷库", "机械加工车间", "充电站", "数据机房", "污水处理站")

BUSINESSES: tuple[Business, ...] = (
    # the university, articles 8 to 10, 32, 46, 48, 49, 52 and 58
    Business(
        process="shop-application",
        house="campus",
        spots=(Kind.SHOP,),
        ways=_ASKED,
        begins="sign",
        share=14,
        purposes=_TRADES,
    ),
    Business(
        process="construction-application",
        house="campus",
        spots=(Kind.SITE,),
        ways=_ASKED,
        begins="sign",
        share=6,
        purposes=("教学楼外墙修缮", "道路改造", "宿舍楼加固"),
    ),
    Business(
        process="other-application",
        house="campus",
        spots=(Kind.ROOM,),
        ways=_ASKED,
        begins="sign",
        share=3,
        purposes=("科研平台", "自助服务点"),
    ),
    Business(
        process="staff-resident-application",
        house="campus",
        spots=(Kind.FLAT,),
        begins="ledger",
        ways=(
            Way({}, {"apply": {"school_power": "true", "school_water": "true"}}),
            Way({}, {"apply": {"school_power": "false", "school_water": "false"}}),
        ),
        share=12,
        purposes=("教职工住房",),
    ),
    Business(
        process="move-out", house="campus", spots=(Kind.FLAT,), needs_supply=True, ends="close", share=9
    ),
    Business(
        process="change-flat", house="campus", spots=(Kind.FLAT,), needs_supply=True, ends="transfer", share=3
    ),
    Business(
        process="rename", house="campus", spots=(Kind.FLAT,), needs_supply=True, transfers="register", share=4
    ),
    Business(
        process="leave-school",
        house="campus",
        spots=(Kind.FLAT,),
        needs_supply=True,
        ways=(
            Way({"keeps_flat": "false"}),
            Way(
                {"keeps_flat": "true"},
                {"settle": {"school_supply": "true", "flat": "reform"}, "prepay": {"prepaid": "true"}},
            ),
            Way(
                {"keeps_flat": "true"},
                {"settle": {"school_supply": "true", "flat": "pooled"}, "prepay": {"prepaid": "false"}},
            ),
        ),
        ends="close",
        share=3,
    ),
    Business(
        process="stop-supply",
        house="campus",
        spots=(Kind.SHOP, Kind.SITE),
        needs_supply=True,
        ways=_ASKED,
        ends="end",
        share=7,
    ),
    Business(
        process="temporary-stop",
        house="campus",
        spots=(Kind.SHOP, Kind.FLAT),
        needs_supply=True,
        share=4,
        ways=_of_residents_and_others("approve_housing", "approve_energy"),
    ),
    Business(
        process="meter-relocation",
        house="campus",
        spots=(Kind.SHOP, Kind.FLAT),
        needs_supply=True,
        share=4,
        ways=_of_residents_and_others("approve_housing", "approve_energy"),
    ),
    Business(
        process="change-of-use",
        house="campus",
        spots=(Kind.SHOP,),
        needs_supply=True,
        ways=_ASKED,
        changes="change",
        share=4,
    ),
    Business(
        process="resident-expansion",
        house="campus",
        spots=(Kind.FLAT,),
        needs_supply=True,
        changes="expand",
        share=4,
        ways=(
            Way({}, {"survey": {"main_line_enough": "true"}, "approve": YES}),
            Way({}, {"survey": {"main_line_enough": "true"}, "approve": NO}),
            Way({}, {"survey": {"main_line_enough": "false"}, "insist": {"insists": "true"}, "approve": YES}),
            Way({}, {"survey": {"main_line_enough": "false"}, "insist": {"insists": "false"}}),
        ),
    ),
    Business(
        process="commercial-expansion",
        house="campus",
        spots=(Kind.SHOP,),
        needs_supply=True,
        changes="expand",
        share=4,
        ways=(
            Way(
                {"before_kva": range(20, 40), "added_kva": range(5, 16)},
                {"survey_centre": {"upstream_rebuilt": "false"}, "approve": YES},
            ),
            Way(
                {"before_kva": range(20, 40), "added_kva": range(16, 31)},
                {"survey_centre": {"upstream_rebuilt": "true"}, "approve": YES},
            ),
            Way(
                {"before_kva": range(20, 40), "added_kva": range(31, 60)},
                {"survey_centre": {"upstream_rebuilt": "true"}, "approve": NO},
            ),
        ),
    ),
    Business(
        process="unplanned-use",
        house="campus",
        spots=(Kind.ROOM,),
        ways=_ASKED,
        share=4,
        purposes=("周末培训班", "寒假集训"),
    ),
    Business(
        process="temporary-use-application",
        house="campus",
        spots=(Kind.ROOM,),
        share=4,
        purposes=("招聘会", "校园歌手大赛", "毕业展"),
        ways=(
            Way({"metered": "true"}, {"approve": YES}),
            Way({"metered": "false"}, {"approve": YES}),
            Way({"metered": "true"}, {"approve": NO}),
        ),
    ),
    Business(
        process="settlement-certificate",
        house="campus",
        spots=(Kind.SITE,),
        needs_supply=True,
        share=4,
        ways=(Way({}, {"check": {"owes": "false"}}), Way({}, {"check": {"owes": "true"}})),
    ),
    Business(process="drawing-review", house="campus", spots=(Kind.SITE,), needs_supply=True, share=3),
    Business(
        process="equipment-purchase",
        house="campus",
        spots=(Kind.ROOM,),
        share=4,
        purposes=("空调购置", "恒温箱购置"),
        ways=(
            Way({"cooling_or_heating": "true", "grade": "1"}, {"approve": YES}),
            Way({"cooling_or_heating": "false", "grade": "3"}, {"approve": YES}),
            Way({"cooling_or_heating": "true", "grade": "3"}, {"approve": NO}),
        ),
    ),
    # the country, document 2021-37
    _connection(
        "residential-connection",
        "branch",
        (Kind.FLAT,),
        range(4, 13),
        "accept",
        26,
        ("新建住房", "自建房", "分户"),
    ),
    _connection(
        "low-voltage-three-zero-connection",
        "branch",
        (Kind.SHOP,),
        range(10, 100),
        "accept",
        24,
        ("小超市", "农家乐", "修车铺", "米粉店", "加工作坊"),
    ),
    _connection(
        "low-voltage-connection",
        "branch",
        (Kind.SHOP,),
        range(60, 160),
        "meter",
        12,
        ("农机合作社", "幼儿园", "村级光伏配套", "酒店"),
    ),
    _connection(
        "high-voltage-single-connection",
        "company",
        (Kind.PREMISES,),
        range(315, 1600),
        "meter",
        9,
        _FACTORIES,
    ),
    _connection(
        "high-voltage-dual-connection",
        "company",
        (Kind.PREMISES,),
        range(1000, 5000),
        "meter",
        5,
        ("医院", "数据中心", "化工园区"),
    ),
    Business(
        process="temporary-supply",
        house="company",
        spots=(Kind.SITE,),
        begins="energise",
        ends="remove",
        temporary=True,
        share=6,
        purposes=("楼盘施工", "公路施工", "文旅节活动"),
        ways=(
            Way({"capacity": range(100, 400)}, {"choose": {"equipment": "rented"}}),
            Way({"capacity": range(100, 400)}, {"choose": {"equipment": "own"}}),
        ),
    ),
    Business(process="electronic-contract", house="branch", spots=(Kind.SHOP,), begins="seal", share=4),
    Business(
        process="works-approval",
        house="company",
        spots=(Kind.PREMISES,),
        share=8,
        ways=(
            Way(_WORKS),
            Way(_WORKS | {"greenery": "true", "traffic": "true"}),
            Way(_WORKS | {"voltage": "0.38"}),
            Way({"voltage": "0.38", "route": "commitment", "short": "true"}),
            Way({"voltage": "0.38", "route": "filing", "short": "true"}),
            Way({"voltage": "0.38", "route": "exempt", "short": "true"}),
            Way(_WORKS | {"voltage": "110"}),
        ),
    ),
)
