"""Who works in the demonstration. Every role that a newcomer may want to try has a name to sign in
with; all have the installation's demo password."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from tongdian.demo.organisations import DRAWN
from tongdian.parties.actions.acting import appoint_stand_in
from tongdian.parties.demo import FROM_THE_START
from tongdian.parties.models import Account, Membership, Organisation, since
from tongdian.parties.rules import Role
from tongdian.policy.words import Words


@dataclass(frozen=True)
class Person:
    """Somebody with a role in an organisation. `tries` says what a newcomer sees as them."""

    username: str
    name: str
    role: Role
    at: str
    tries: Words | None = None


CUSTOMER = "shopkeeper"


def drawn_clerk(short: str) -> str:
    """Who fills in for a drawn province, by the short name of its department."""
    return f"{short.lower()}-clerk"


PEOPLE: tuple[Person, ...] = (
    Person(
        "energy",
        "陆青禾",
        Role.OFFICER,
        "YSJN",
        Words("雁山校区节能办：审批", "campus energy office: approvals"),
    ),
    Person(
        "centre",
        "黄巧云",
        Role.CLERK,
        "YSSD",
        Words("雁山校区水电中心：柜台", "campus utilities centre: counter"),
    ),
    Person(
        "fitter",
        "韦建国",
        Role.TECHNICIAN,
        "YSSD",
        Words("雁山校区水电中心：现场", "campus utilities centre: on site"),
    ),
    Person(
        "housing",
        "莫小莲",
        Role.CLERK,
        "YSFG",
        Words("雁山校区房管科：退房、调房", "campus housing office: moves"),
    ),
    Person(
        "supplier",
        "覃思远",
        Role.OFFICER,
        "LG",
        Words("漓桂供电公司：高压报装、指派", "power supplier: high voltage, assigning"),
    ),
    Person(
        "counter",
        "廖文静",
        Role.CLERK,
        "LGYS",
        Words("雁山供电所：低压报装柜台", "supplier's branch: low-voltage counter"),
    ),
    Person(
        "technician",
        "蒙志强",
        Role.TECHNICIAN,
        "LGYS",
        Words("雁山供电所：装表接电", "supplier's branch: meters"),
    ),
    Person(
        "county",
        "唐立民",
        Role.SUPERVISOR,
        "YSQ",
        Words("雁山区电力主管部门：只读监督", "county department: supervision"),
    ),
    Person(
        "province", "梁雅琴", Role.SUPERVISOR, "GXT", Words("广西能源局：只读监督", "province: supervision")
    ),
    Person("nation", "郑启明", Role.SUPERVISOR, "GNY", Words("国家能源局：只读监督", "nation: supervision")),
    Person(
        "ysq-clerk",
        "邓小芸",
        Role.CLERK,
        "YSQ",
        Words("雁山区电力主管部门：填报", "county department: fills in returns"),
    ),
    Person(
        "ysq-head",
        "唐志远",
        Role.OFFICER,
        "YSQ",
        Words("雁山区电力主管部门：审核、报送", "county department: reviews and files"),
    ),
    Person("lgq-clerk", "黎小曼", Role.CLERK, "LGQ"),
    Person("lgq-head", "秦国富", Role.OFFICER, "LGQ"),
    Person(
        "city-clerk",
        "蒋雨桐",
        Role.CLERK,
        "GLS",
        Words("桂林市电力主管部门：汇总、填报", "city department: adds up and fills in"),
    ),
    Person(
        "city-head",
        "莫正平",
        Role.OFFICER,
        "GLS",
        Words(
            "桂林市电力主管部门：接收区县、报省", "city department: accepts counties, files to the province"
        ),
    ),
    Person(
        "province-clerk",
        "韦佳",
        Role.CLERK,
        "GXT",
        Words("广西能源局：汇总、填报", "province: adds up and fills in"),
    ),
    Person(
        "nation-clerk",
        "覃丽",
        Role.CLERK,
        "GNY",
        Words("国家能源局：起草约谈、通报", "nation: drafts talks and circulars"),
    ),
    Person(
        "province-head",
        "黄建平",
        Role.OFFICER,
        "GXT",
        Words("广西能源局：接收市级、报国家", "province: accepts cities, files to the nation"),
    ),
    Person(
        "nation-head",
        "赵国强",
        Role.OFFICER,
        "GNY",
        Words("国家能源局：接收各省报送", "nation: accepts the provinces"),
    ),
    Person(
        "lnb-clerk",
        "温雅",
        Role.CLERK,
        "LNB",
        Words("岭南能源监管办：登记、督办问题，起草约谈", "regional office: findings, drafts of talks"),
    ),
    Person(
        "lnb-head",
        "区志坚",
        Role.OFFICER,
        "LNB",
        Words("岭南能源监管办：签发约谈、通报", "regional office: signs talks and circulars"),
    ),
    Person(
        "inspector",
        "韦立",
        Role.OFFICER,
        "LNB",
        Words(
            "岭南能源监管办公室：监督检查、抽查、现场记录",
            "regional regulator office: plans, draws, looks on site",
        ),
    ),
    Person(
        "group-head",
        "莫远航",
        Role.OFFICER,
        "LGJT",
        Words("漓桂供电集团：查看、督促所属企业", "power group: looks at its suppliers and presses them"),
    ),
    Person(
        "chemistry",
        "覃晓岚",
        Role.OFFICER,
        "HUAX",
        Words(
            "化学学院经办人：收到的违章通知、申诉、宣传教育",
            "school of chemistry: notices served on it, appeals, education",
        ),
    ),
    Person("energy2", "李望舒", Role.OFFICER, "YSJN"),
    Person(
        "centre2",
        "甘露",
        Role.CLERK,
        "YSSD",
        Words("雁山校区水电中心：另一名柜台人员", "campus utilities centre: a second clerk"),
    ),
    Person(
        "centre-head",
        "周海燕",
        Role.OFFICER,
        "YSSD",
        Words(
            "雁山校区水电中心经理：复核账单、异议、退款，第十五条（一）中心经理签字",
            "campus utilities centre, manager: releases, objections, refunds, the last signature of 15(1)",
        ),
    ),
    Person("fitter2", "石磊", Role.TECHNICIAN, "YSSD"),
    Person("assets", "邓文博", Role.CLERK, "YSZC"),
    Person("yc-energy", "龙飞", Role.OFFICER, "YCJN"),
    Person("yc-centre", "韦彩霞", Role.CLERK, "YCSD"),
    Person("yc-housing", "罗桂芳", Role.CLERK, "YCFG"),
    Person("yc-assets", "何家骏", Role.CLERK, "YCZC"),
    Person("wc-energy", "秦月", Role.OFFICER, "WCJN"),
    Person("wc-centre", "谢东来", Role.CLERK, "WCSD"),
    Person("wc-housing", "苏婉", Role.CLERK, "WCFG"),
    Person("wc-assets", "林致远", Role.CLERK, "WCZC"),
    Person("hv-clerk", "蒋一帆", Role.CLERK, "LG"),
    Person("hv-engineer", "潘国栋", Role.TECHNICIAN, "LG"),
    Person("ys-officer", "黎晓峰", Role.OFFICER, "LGYS"),
    Person("lg-counter", "农秀英", Role.CLERK, "LGLG"),
    Person("lg-technician", "岑大勇", Role.TECHNICIAN, "LGLG"),
    Person("lingui", "阳春华", Role.SUPERVISOR, "LGQ"),
    Person("dispatched", "温若谷", Role.SUPERVISOR, "LNB"),
    Person("prices", "钟明礼", Role.SUPERVISOR, "GXJ"),
    Person("window", "容蓉", Role.CLERK, "ZWZX"),
    Person("planning", "易安", Role.CLERK, "GHJ"),
    Person("roads", "路平", Role.CLERK, "SZJ"),
    Person("parks", "林绿", Role.CLERK, "YLJ"),
    Person("traffic", "程通", Role.CLERK, "JJD"),
    Person(
        "centre-billing",
        "农慧敏",
        Role.OFFICER,
        "YSSD",
        Words(
            "雁山校区水电中心计费主管：第十五条（一）计费主管签字",
            "campus utilities centre, billing supervisor: the third signature of 15(1)",
        ),
    ),
    Person(  # article 48: the two offices that pay against the certificate read it, and do nothing to it
        "finance",
        "卢静宜",
        Role.AUDITOR,
        "GXNU",
        Words("财务处：只读，付款前核对结清证明", "finance office: reads the certificates of 48"),
    ),
    Person(
        "works",
        "班志坚",
        Role.AUDITOR,
        "GXNU",
        Words("基建处：只读，付款前核对结清证明", "works office: reads the certificates of 48"),
    ),
)

PEOPLE += tuple(Person(drawn_clerk(short), f"{name}填报人", Role.CLERK, short) for short, name in DRAWN)


def newcomers() -> list[tuple[str, Words]]:
    """Whom a newcomer may sign in as, and what they see then."""
    people = [(one.username, one.tries) for one in PEOPLE if one.tries is not None]
    return [*people, (CUSTOMER, Words("用户王小明：自己的业务和账单", "a customer: his own cases and bills"))]


class Staff:
    """Everybody, by user name and by the organisation they work in."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self.named = accounts
        self._at: dict[str, list[Person]] = {}
        for person in PEOPLE:
            self._at.setdefault(person.at, []).append(person)

    def of(self, organisation: Organisation, *, on_site: bool = False) -> list[Account]:
        """Who works there: on site the technicians, if there are any, else the others first."""
        people = self._at.get(organisation.short, [])
        outside = [one for one in people if (one.role == Role.TECHNICIAN) == on_site]
        return [self.named[one.username] for one in outside or people]

    def second_person(
        self,
        house: Organisation,
        organisations: Mapping[str, Organisation],
        took_part: Container[Account | None],
    ) -> Account | None:
        """An officer of a house, of its offices or of what stands above it, without a part in it."""
        for person in PEOPLE:
            at = organisations[person.at]
            is_of_it = at.id in house.ancestors or (at.parent_id == house.id and at.fills)
            if person.role == Role.OFFICER and is_of_it:
                account = self.named[person.username]
                if account not in took_part:
                    return account
        return None


def make_people(
    organisations: Mapping[str, Organisation], *, password: str, today: dt.date, at: dt.datetime
) -> Staff:
    """Accounts with their roles; one stands in for an absent colleague."""
    hashed = make_password(password)  # once: making it slow is its purpose
    accounts = {
        one.username: Account(username=one.username, name=one.name, password=hashed, is_demo=True)
        for one in PEOPLE
    }
    accounts[CUSTOMER] = Account(username=CUSTOMER, name="王小明", password=hashed, is_demo=True)
    Account.objects.bulk_create(accounts.values())
    Membership.objects.bulk_create(
        Membership(
            account=accounts[one.username],
            organisation=organisations[one.at],
            role=one.role,
            in_force=since(FROM_THE_START),
        )
        for one in PEOPLE
    )
    appoint_stand_in(
        viewer=accounts["energy2"],
        absent=accounts["energy2"],
        stand_in=accounts["energy"],
        first=today,
        last=today + dt.timedelta(days=30),
        reason="演示：外出学习期间由同事代理",
        at=at,
    )
    return Staff(accounts)
