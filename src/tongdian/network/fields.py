"""What is asked of places, feeders, transformers and usage points, but for what they are joined to.

The models hold their rows to it by checks; `entries` adds the links.
"""

from dataclasses import replace
from decimal import Decimal

from tongdian.network.rules import PlaceKind, Utility
from tongdian.policy.words import Words
from tongdian.registers.fields import NOTHING, Fields
from tongdian.registers.sorts import Code, Number, Selection, Text, Truth

MOST = "999999999.99"
CODE, NAME = Code("code", Words("编号", "Code")), Text("name", Words("名称", "Name"))
UTILITY = Selection("utility", Words("水或电", "Utility"), of=Utility, fixed=True, example="电")

PLACE = Fields(
    replace(
        CODE,
        column=Words("地点编号", "Place code"),
        example="YS-M3",
        note=Words("与本单位其他地点不重复。", "No other place of the organisation has it."),
    ),
    Selection("kind", Words("类型", "Kind"), of=PlaceKind, example="门面"),
    Text(
        "name",
        Words("全称", "Full name"),
        example="雁山校区 3 号门面",
        note=Words("如信件所写，例如：雁山校区 3 号门面", "As on letters, for example 雁山校区 3 号门面"),
    ),
    Text("address", Words("地址", "Address"), optional=True, lines=True, most=200, example="雁中路 1 号"),
)
FEEDER = Fields(
    replace(CODE, column=Words("线路或干管编号", "Feeder or main code"), example="F1"),
    UTILITY,
    replace(NAME, example="雁山 10 kV 一线"),
    Number(
        "voltage_kv",
        Words("电压（kV）", "Voltage (kV)"),
        column=Words("电压 kV", "Voltage kV"),
        high="9999.99",
        optional=True,
        unit="kV",
        example="10",
        api="kilovolts",
        note=Words("只用于电", "for power only"),
    ),
    Number(
        "capacity_kva",
        Words("容量（kVA）", "Capacity (kVA)"),
        column=Words("容量 kVA", "Capacity kVA"),
        high=MOST,
        optional=True,
        unit="kVA",
        example="5000",
        api="kilovolt-amperes",
        note=Words("只用于电", "for power only"),
    ),
)
TRANSFORMER = Fields(
    replace(CODE, column=Words("变压器编号", "Transformer code"), example="T1"),
    replace(NAME, example="1 号变"),
    replace(FEEDER["capacity_kva"], optional=False, example="630", note=NOTHING),
    Number(
        "power_factor",
        Words("功率因数", "Power factor"),
        high="1",
        default=Decimal("0.9"),
        example="0.9",
        note=Words(
            "可供有功（kW）= 容量（kVA）× 功率因数；留空为 0.9。",
            "What it can give in kW is its capacity in kVA times this; empty: 0.9.",
        ),
    ),
    Truth(
        "is_public",
        Words("公用（非用户专用）", "Public: not one customer's own"),
        column=Words("公用", "Public"),
        default=True,
        example="是",
    ),
)
USAGE_POINT = Fields(
    replace(
        CODE,
        column=Words("用电（水）点编号", "Usage point code"),
        example="YS-M3-E",
        note=Words("与其他用电（水）点不重复。", "No other usage point has it."),
    ),
    UTILITY,
    Number(
        "capacity_kw",
        Words("承诺容量（kW）", "Promised capacity (kW)"),
        column=Words("容量 kW", "Capacity kW"),
        high=MOST,
        optional=True,
        unit="kW",
        example="8",
        api="promised, kilowatts",
    ),
    Truth(
        "is_live",
        Words("录入时已供", "Was supplied when it was entered"),
        column=Words("已供", "Supplied"),
        default=False,
        example="是",
        note=Words(
            "以后的开通、停供和恢复由业务记录，现状见地点页。",
            "Openings, stops and restorations since then are on record; the page of the place says what is so now.",
        ),
        api="whether it was supplied already when it was entered; what is so now follows from what happened since",
    ),
)
