"""A permit by Dutch working days, in one language: what a pack for another country looks like."""

from __future__ import annotations

from pathlib import Path

DUTCH = {
    "pack.yaml": """pack: permit-2010
title: General provisions on environmental permits
number: Wabo 2010
issuer: The Netherlands
in_force: {from: 2010-10-01}
languages: [en]
calendar:
  years: {first: 2011, last: 2012}
  weekend: [saturday, sunday]
  source: Algemene termijnenwet, article 3
  holidays:
  - {on: 2011-04-22, name: Good Friday}
  - {on: 2011-04-25, name: Easter Monday}
  - {on: 2011-04-30, name: Queen's Day}
  - {on: 2011-05-05, name: Liberation Day}
  - {on: 2011-12-26, name: Second day of Christmas}
  - {on: 2012-04-06, name: Good Friday}
  - {on: 2012-04-09, name: Easter Monday}
  - {on: 2012-04-30, name: Queen's Day}
scope: Permits for building
""",
    "clauses.yaml": """chapters:
- {id: "3", title: Procedure}
clauses:
- id: "3.9"
  in: "3"
  title: Decision
  says: The authority decides within working days.
  kind: process
  by: [receipt, waited, permit]
""",
    "rules.yaml": """rules:
- rule: receipt
  kind: limits
  title: Confirmation of receipt
  unit: workday
  versions:
  - in_force: {from: 2010-10-01}
    cite: "3.9"
    limits:
    - {limit: 3}
  tests:
  - {on: 2011-01-03, expect: 3}
- rule: waited
  kind: sheet
  title: Working days waited
  versions:
  - {in_force: {from: 2010-10-01}, cite: "3.9", sheet: waited}
  tests:
  # 21, 26, 27, 28, 29 April; Good Friday and Easter Monday rest
  - {on: 2011-05-01, given: {received: 2011-04-20, answered: 2011-04-29}, expect: 5}
""",
    "sheets/waited.sheet": """sheet waited -> case.waited
each case
  in received : date
  in answered : date
  waited = workdays(received, answered)
""",
    "processes/permit.yaml": """process: permit
title: Permit
versions:
- in_force: {from: 2010-10-01}
  cite: "3.9"
  stages:
    confirm: {title: Confirmation, role: supplier, working_days: 3}
tests:
# three working days after 20 April: 21, 26 and 27
- on: 2011-04-20
  events: [{on: 2011-04-27, close: confirm}]
  expect: {late: []}
- on: 2011-04-20
  events: [{on: 2011-04-28, close: confirm}]
  expect: {late: [confirm]}
""",
}


def write_dutch(folder: Path, **changes: str | None) -> Path:
    """Write the pack into `folder`/permit-2010; `changes` are files by stem with other text, None without."""
    home = folder / "permit-2010"
    for name, text in DUTCH.items():
        file = home / name
        written = changes.get(file.stem, text)
        if written is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(written, encoding="utf-8")
    return home


def with_calendar(calendar: str) -> str:
    """Its pack.yaml with another calendar (or none)."""
    head = DUTCH["pack.yaml"]
    start, end = head.index("calendar:"), head.index("scope:")
    return head[:start] + calendar + head[end:]


def write_sheet_only(folder: Path, *, calendar: str, expect: int) -> Path:
    """The same without its process, by another calendar, by which the days of its test are `expect`."""
    return write_dutch(
        folder,
        pack=with_calendar(calendar),
        clauses=DUTCH["clauses.yaml"].replace(", permit]", "]"),
        rules=DUTCH["rules.yaml"].replace("expect: 5", f"expect: {expect}"),
        permit=None,
    )
