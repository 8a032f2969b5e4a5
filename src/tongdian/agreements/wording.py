"""The text of an agreement as both parties read and sign it. Plain: no database, no clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from tongdian.spoken import plain

FIGURES = "一二三四五六七八九十"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is agreed."""

    supplier: str
    customer: str
    customer_number: str
    place: str
    usage_point: str
    is_power: bool
    regulation: str
    customer_class: str
    price_category: str
    capacity_kw: Decimal | None
    first_on: dt.date
    last_on: dt.date | None
    hotline: str = ""
    further: tuple[str, ...] = ()

    def as_json(self) -> dict[str, str]:
        """The terms to keep beside the text."""
        return {name: str(value) for name, value in vars_of(self).items() if value not in (None, ())}


def vars_of(terms: Terms) -> dict[str, object]:
    """A dataclass with what it holds, by name."""
    return {name: getattr(terms, name) for name in terms.__dataclass_fields__}


def title_of(terms: Terms) -> str:
    """低压供用电合同 or 供用水协议."""
    return "供用电协议" if terms.is_power else "供用水协议"


def body_of(terms: Terms) -> str:
    """The whole text, numbered as contracts are."""
    carried = "电" if terms.is_power else "水"
    until = f"至 {terms.last_on} 止（含当日）" if terms.last_on else "，至依规终止之日止"
    capacity = (
        f"用电容量 {plain(terms.capacity_kw)} kW，超出须先申请增容。"
        if terms.capacity_kw is not None
        else "容量以已装设施为准。"
    )
    clauses = [
        f"供用地点：{terms.place}；用{carried}点编号 {terms.usage_point}。",
        f"用户类别：{terms.customer_class}；价格类别：{terms.price_category}。"
        "单价按公布的标准执行，标准调整的，自调整生效之日起按新标准执行。",
        capacity,
        f"供用期限：自 {terms.first_on} 起{until}。",
        f"计量、抄表、交费、违约责任及中止和恢复供{carried}，按{terms.regulation}执行；"
        "该文件与国家规定不一致的，从国家规定。",
        f"用户改变用途、过户、移表、增容或停用，应事先向供{carried}方办理，不得转供。",
        *terms.further,
        f"咨询与报修：{terms.hotline}。" if terms.hotline else "双方联系方式以登记的为准。",
        "本协议可以电子方式签署，电子签名与手写签名具有同等法律效力；双方各存一份。",
    ]
    parties = (
        f"供{carried}方：{terms.supplier}\n用{carried}方：{terms.customer}（户号 {terms.customer_number}）"
    )
    lines = [f"第{_figure(n)}条　{text}" for n, text in enumerate(clauses, start=1)]
    return "\n\n".join([title_of(terms), parties, *lines])


def _figure(number: int) -> str:
    if number <= 10:
        return FIGURES[number - 1]
    return f"十{FIGURES[number - 11]}"
