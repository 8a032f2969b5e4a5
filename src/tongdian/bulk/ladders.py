"""A ladder over many subjects' acts: the engine counts acts and days, the rule itself says what follows.

What an act counts and what follows it depend on few things: which act, its marks, the facts of its subject, the wording of
its day, which time it is. Each combination is asked of the rule once and joined, so the engine never learns the rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.headings import Wanted
from tongdian.bulk.intake import RefusedRow
from tongdian.policy.inputs import read_inputs, read_value
from tongdian.policy.kinds.ladder import ActRuling, LadderRule
from tongdian.policy.ladders import ACT, ON, WITHDRAWN
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import BadInput, NotInForce, Refusal
from tongdian.policy.types import Date
from tongdian.policy.words import Words

SUBJECT = "subject"


class NotALadder(Refusal):
    """Asked what follows acts by a rule that is no ladder."""

    says = Words("“{rule}”不是逐次加重的规则", "“{rule}” is no ladder")


@dataclass(frozen=True, slots=True)
class ClimbedActs:
    """What a run wrote: acts, subjects, and the acts that nobody could read, the first of each sort."""

    acts: int
    subjects: int
    refused: tuple[RefusedRow, ...]


def climb_acts(
    pack: Pack,
    rule_id: str,
    files: Sequence[Path],
    *,
    out: Path,
    take: Mapping[str, str] | None = None,
    engine: str = "duckdb",
    memory: str = "3GB",
) -> ClimbedActs:
    """Write each act of `files` (`subject`, `act`, `on`, its marks, `withdrawn`, the facts of its subject) with the `time`
    it was (0: it counts for nothing) and what `follows`, its ids in order, parted by blanks.

    Raises NotALadder, BadInput, UnreadableFile, EngineMissing.
    """
    rule = pack.rules.get(rule_id)
    if not isinstance(rule, LadderRule):
        raise NotALadder(rule=rule_id)
    taken = rule.taken(pack, take or {})
    with open_engine(engine, memory=memory) as opened:
        d = opened.dialect
        sort = (ACT, *rule.marks, WITHDRAWN, *rule.input)
        optional = frozenset(
            {*rule.marks, WITHDRAWN, *(name for name, one in rule.input.items() if one.default)}
        )
        there = opened.read("raw_acts", files, Wanted((SUBJECT, ON, *sort), optional=optional))
        sort = tuple(name for name in sort if name in there)
        texts = {name: f"CAST(r.{d.q(name)} AS {d.text})" for name in (SUBJECT, ON, *sort)}
        rulings, refused = _rulings(opened, pack, rule, sort, texts, taken)
        same = " AND ".join(f"{texts[name]} IS NOT DISTINCT FROM s.{d.q(name)}" for name in (*sort, ON))
        opened.view(
            "acts",
            f"SELECT {texts[SUBJECT]} AS {SUBJECT}, s.sort, s.grp, s.{ACT}_id, s.item, s.day, s.ends"
            f" FROM raw_acts r JOIN sorts s ON {same}",
        )
        opened.define(
            "reaching", f"SELECT DISTINCT {SUBJECT}, item, day, ends FROM acts WHERE grp IS NOT NULL"
        )
        opened.define(
            "counted",
            f"SELECT a.{SUBJECT}, a.grp, a.day, COUNT(*) AS {d.q('time')}"
            f" FROM (SELECT DISTINCT {SUBJECT}, grp, day FROM acts WHERE grp IS NOT NULL) a"
            f" JOIN reaching b ON b.{SUBJECT} = a.{SUBJECT} AND (a.grp = '' OR b.item = a.grp)"
            " AND b.day <= a.day AND (b.ends = '' OR a.day < b.ends) GROUP BY 1, 2, 3",
        )
        opened.view(
            "timed",
            f"SELECT a.{SUBJECT}, a.{ACT}_id, a.day, a.sort, COALESCE(c.{d.q('time')}, 0) AS {d.q('time')}"
            f" FROM acts a LEFT JOIN counted c ON c.{SUBJECT} = a.{SUBJECT} AND c.grp = a.grp AND c.day = a.day",
        )
        said = [
            (
                sort_,
                time,
                " ".join(
                    one.id for one in rule.following(pack, rulings[sort_][0], int(time), rulings[sort_][1])
                ),
            )
            for sort_, time in opened.fetch(f"SELECT DISTINCT sort, {d.q('time')} FROM timed")
        ]
        opened.rows("outcomes", {"sort": "INT", "time": "BIGINT", "follows": d.text}, said)
        written = opened.write(
            f"SELECT t.{SUBJECT}, t.{ACT}_id AS {ACT}, t.day AS {d.q(ON)}, t.{d.q('time')}, o.follows"
            f" FROM timed t JOIN outcomes o ON o.sort = t.sort AND o.{d.q('time')} = t.{d.q('time')}",
            out,
        )
        subjects = int(opened.fetch(f"SELECT COUNT(DISTINCT {SUBJECT}) FROM acts")[0][0])
        return ClimbedActs(written, subjects, tuple(refused))


def _rulings(
    engine: Engine,
    pack: Pack,
    rule: LadderRule,
    sort: Sequence[str],
    texts: Mapping[str, str],
    taken: Mapping[str, str],
) -> tuple[dict[int, tuple[ActRuling, frozenset[str]]], list[RefusedRow]]:
    """Each combination that stands in the files, by a number and as the relation `sorts`: what rules it and the marks it
    bears; and of each that cannot be read the first subject that has it."""
    listed = ", ".join((*(texts[name] for name in (*sort, ON)), f"MIN({texts[SUBJECT]})"))
    grouped = ", ".join(texts[name] for name in (*sort, ON))
    found: dict[int, tuple[ActRuling, frozenset[str]]] = {}
    rows: list[tuple[Any, ...]] = []
    refused: list[RefusedRow] = []
    written = engine.fetch(f"SELECT {listed} FROM raw_acts r GROUP BY {grouped}")
    for number, (*cells, on, subject) in enumerate(sorted(written, key=str)):
        given = {name: cell for name, cell in zip(sort, cells, strict=True) if cell is not None}
        try:
            day = read_value(ON, on, Date())
            assert isinstance(day, dt.date)
            facts = read_inputs(rule.input, {name: given[name] for name in rule.input if name in given})
            own = {name: given[name] for name in (ACT, *rule.marks, WITHDRAWN) if name in given}
            [done] = rule.read_acts(pack, rule.version_on(day, taken), [{**own, ON: day}])
            ruling = rule.ruling(pack, done, facts, taken)
        except (BadInput, NotInForce) as problem:
            column = str(problem.facts.get("name", ON)).rpartition(".")[2]
            refused.append(RefusedRow(str(subject), SUBJECT, str(subject), column, str(on), problem.words))
            continue
        group = None
        if ruling.why is None:
            group = ruling.item if ruling.version.counts == "each_act" else ""
        end = ruling.version.window.window.end(day)
        found[number] = ruling, done.marks
        # days are compared as text of one width, so that no engine's own months come in
        said = group, done.act, ruling.item, day.isoformat(), end.isoformat() if end else ""
        rows.append((number, *cells, on, *said))
    text = engine.dialect.text
    columns = {"sort": "INT", **dict.fromkeys((*sort, ON), text)}
    engine.rows("sorts", columns | dict.fromkeys(("grp", f"{ACT}_id", "item", "day", "ends"), text), rows)
    return found, refused
