"""A small sound pack that the tests of bad packs break, one place at a time."""

from __future__ import annotations

from pathlib import Path

GOOD = {
    "pack.yaml": """pack: good
title: {zh: 示例, en: Example}
number: 示例〔2026〕1号
issuer: {zh: 甲方, en: Issuer}
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
  by: [bill]
- id: "2"
  in: "1"
  title: {zh: 押金, en: Deposits}
  says: {zh: 收取押金。, en: A deposit is taken.}
  kind: rule
  by: [deposit, limit, kind-of-user, papers, card]
- id: "3"
  in: "1"
  title: {zh: 巡查, en: Inspections}
  says: {zh: 定期巡查。, en: Regular inspections.}
  kind: duty
  planned: conduct
""",
    "interpretations.yaml": """interpretations:
- id: loss
  clause: "1"
  issue: {zh: 损耗是否另收, en: is loss charged on top}
  options:
    on-top: {says: {zh: 另收, en: on top}, values: {rate: 0.05}}
    inside: {says: {zh: 已含, en: included}}
  chosen: inside
  reason: {zh: 文义, en: the wording}
  waits: [billing]
""",
    "rules.yaml": """rules:
- rule: card
  kind: value
  title: {zh: 电卡押金, en: Card deposit}
  unit: yuan
  versions:
  - {in_force: {from: 2020-01-01}, cite: "2", value: 20}
  tests:
  - {on: 2026-01-01, expect: 20}
- rule: deposit
  kind: bands
  title: {zh: 押金, en: Deposit}
  over: total
  unit: yuan
  input:
    total: {unit: yuan, scale: 2, min: 0, max: 1000000}
  versions:
  - in_force: {from: 2020-01-01, before: 2024-01-01}
    cite: "2"
    bands:
    - {up_to: 1000, amount: 100}
    - {below: 5000, range: [200, 400]}
    - {rate: 0.1, at_most: 900}
  - in_force: {from: 2024-01-01}
    cite: "2"
    bands:
    - {up_to: 1000, amount: 120}
    - {rate: 0.1, at_most: 900}
  tests:
  - {on: 2023-01-01, given: {total: 1000}, expect: 100}
  - {on: 2026-01-01, given: {total: 2000}, expect: 200}
- rule: limit
  kind: limits
  title: {zh: 时限, en: Limit}
  unit: workday
  input:
    kind: {one_of: [shop, flat]}
    load: {unit: kW, min: 0, max: 999}
  versions:
  - in_force: {from: 2020-01-01}
    cite: "2"
    limits:
    - {when: kind = shop and load > 100, limit: 10, owner: supplier}
    - {limit: 5, owner: supplier}
  tests:
  - {on: 2026-01-01, given: {kind: shop, load: 100}, expect: 5}
- rule: kind-of-user
  kind: class
  title: {zh: 用户类别, en: Kind of user}
  input:
    load: {unit: kW, min: 0, max: 999}
  names:
    small: {zh: 小, en: small}
    large: {zh: 大, en: large}
  versions:
  - in_force: {from: 2020-01-01}
    cite: "2"
    classes:
    - {when: load <= 160, becomes: small}
    - {becomes: large}
  tests:
  - {on: 2026-01-01, given: {load: 160}, expect: small}
- rule: papers
  kind: checklist
  title: {zh: 材料, en: Papers}
  input:
    kind: {one_of: [shop, flat]}
  papers:
    form: {zh: 审批表, en: form}
    lease: {zh: 租赁合同, en: lease}
  versions:
  - in_force: {from: 2020-01-01}
    cite: "2"
    lists:
    - {papers: [form], closed: true}
    - {when: kind = shop, papers: [lease], closed: true}
  tests:
  - {on: 2026-01-01, given: {kind: shop}, expect: [form, lease]}
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
  - {on: 2026-01-01, given: {kind: shop, segment: [{start: 2026-01-01, used: 10}]}, expect: 8}
""",
    "sheets/bill.sheet": """sheet bill -> bill.total
each bill
  in kind : one_of(shop, flat)
each segment in bill by start
  in start : date
  in used : kWh(2) -9999..9999
  look price : yuan/kWh(4) = prices.price on start for kind
  require used >= 0 : negative
  amount = round(used * price, 2)   # 1
each bill
  total = sum(amount)
""",
}


def write_pack(folder: Path, changes: dict[str, str | None] | None = None) -> Path:
    """Write the good pack with some files replaced (or left out) into `folder`/good."""
    home = folder / "good"
    for name, text in (GOOD | (changes or {})).items():
        if text is None:
            continue
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return home


def broken(file: str, old: str, new: str) -> dict[str, str | None]:
    """One file with its first `old` replaced; the place must exist."""
    text = GOOD[file]
    assert text is not None
    assert old in text, f"{old!r} is not in {file}"
    return {file: text.replace(old, new, 1)}


def line_of(file: str, old: str) -> int:
    """The line in which `old` first stands in the good pack."""
    return GOOD[file][: GOOD[file].index(old)].count("\n") + 1
