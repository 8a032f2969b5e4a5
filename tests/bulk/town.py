"""A small town's pack: bills with prices that can be one's own, and connection times to measure."""

from __future__ import annotations

from pathlib import Path

from tongdian.policy import load_pack
from tongdian.policy.packs import Pack

TOWN = {
    "pack.yaml": """pack: town
title: {zh: 小镇, en: Town}
number: 镇〔2026〕1号
issuer: {zh: 镇政府, en: The town}
in_force: {from: 2020-01-01}
languages: [zh, en]
calendar: CN
scope: {zh: 全部, en: everything}
""",
    "clauses.yaml": """chapters:
- {id: "1", title: {zh: 第一章, en: Chapter 1}}
clauses:
- id: "1"
  in: "1"
  title: {zh: 电价, en: Prices}
  says: {zh: 按价收费。, en: Charged by price.}
  kind: rule
  by: [bill, wait, meter, prices]
""",
    "rules.yaml": """rules:
- rule: prices
  kind: table
  title: {zh: 价格, en: Prices}
  columns:
    kind: {one_of: [shop, flat]}
    price: {unit: yuan/kWh, scale: 4, min: 0, max: 10}
  keys: [kind]
  versions:
  - in_force: {from: 2020-01-01}
    cite: "1"
    rows:
    - {kind: shop, price: 0.8}
    - {kind: flat, price: 0.5}
- rule: bill
  kind: sheet
  title: {zh: 电费, en: Bill}
  reasons:
    negative: {zh: 用量为负, en: usage is negative}
  versions:
  - {in_force: {from: 2020-01-01}, cite: "1", sheet: bill}
  tests:
  - on: 2026-01-01
    given: {kind: shop, segment: [{start: 2026-01-01, used: 10, paid_on: 2026-01-01}]}
    expect: 8
- rule: wait
  kind: sheet
  title: {zh: 接电时间, en: Connection time}
  measure: {days: days, within: within, exempt: storm}
  versions:
  - {in_force: {from: 2020-01-01}, cite: "1", sheet: wait}
  tests:
  - {on: 2026-01-01, given: {region: N, class: flat, days: 3, limit: 5}, expect: true}
- rule: meter
  kind: sheet
  title: {zh: 抄表, en: Meter}
  versions:
  - {in_force: {from: 2020-01-01}, cite: "1", sheet: meter}
  tests:
  - {on: 2026-01-01, given: {read_on: 2026-01-01, before: 1, after: 3}, expect: 2}
""",
    "sheets/bill.sheet": """sheet bill -> bill.total
each bill
  in kind   : one_of(shop, flat)
  in people : int 0..99 default 1
  in exact  : bool default true
each segment in bill by start
  in start   : date
  in used    : kWh(2) -9999..9999
  in paid_on : date
  look price : yuan/kWh(4) = prices.price on start for kind
  require used >= 0 : negative
  amount = round(used * price, 2)   # 1
  waited = workdays(start, paid_on)
each bill
  total = sum(amount)
  each_pays = ratio(total, people, 2, half_up)
""",
    "sheets/wait.sheet": """sheet wait -> case.within
each case
  in region : id
  in class  : one_of(shop, flat)
  in days   : int 0..999
  in limit  : int 0..999
  in storm  : bool default false
  within = days <= limit
""",
    "sheets/meter.sheet": """sheet meter -> reading.used
each reading
  in read_on : date
  in before  : kWh(2) 0..999999
  in after   : kWh(2) 0..999999
  used = after - before
""",
}


def write_town(folder: Path, **changes: str) -> Path:
    """Write the town's pack into `folder`/town; `changes` are files by stem with other text."""
    home = folder / "town"
    for name, text in TOWN.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(changes.get(file.stem, text), encoding="utf-8")
    return home


def town(folder: Path) -> Pack:
    """The town's pack, its own tests run."""
    return load_pack(write_town(folder))
