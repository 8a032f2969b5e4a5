"""How a rule's numbers changed over time: its versions side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tongdian.policy.kinds import Rule
from tongdian.policy.kinds.signal import say_figure
from tongdian.policy.packs import Pack
from tongdian.policy.process.conditions import say_condition
from tongdian.policy.words import Words
from tongdian.rulebook.pages.numbers import (
    say_band,
    say_bounds,
    say_hours,
    say_quantity,
    say_steps,
    say_window,
    whens_of,
)
from tongdian.rulebook.saying import period


@dataclass(frozen=True)
class VersionComparison:
    """The versions side by side: a column each, a row for each case, marked where it changed."""

    periods: tuple[tuple[str, bool], ...]  # said, and whether it holds on the day
    rows: tuple[tuple[str, tuple[tuple[str, bool], ...]], ...]  # case, (value, is changed)


def history(
    pack: Pack, rule: Rule, day: dt.date, taken: Mapping[str, str], language: str
) -> VersionComparison | None:
    """How the rule's numbers moved under what is taken; None when there is one version."""
    versions = [
        version
        for version in rule.versions
        if all(taken.get(key) == option for key, option in version.taking.items())
    ]
    if len(versions) < 2:
        return None
    says = [_cases(rule, version, language) for version in versions]
    cases = list(dict.fromkeys(case for said in says for case in said))
    rows = []
    for case in cases:
        values = [said.get(case, "—") for said in says]
        changed = [at > 0 and value != values[at - 1] for at, value in enumerate(values)]
        rows.append((case, tuple(zip(values, changed, strict=True))))
    periods = tuple((period(v.in_force), v.in_force.covers(day)) for v in versions)
    return VersionComparison(periods, tuple(rows))


def _cases(rule: Any, version: Any, language: str) -> dict[str, str]:
    """Each case of a version with what it gives, as texts that can be compared."""
    title = rule.title.say(language)
    match rule.kind:
        case "value":
            return {title: say_quantity(version.value, rule.unit, language)}
        case "bands":
            return {
                say_bounds(version.bands, at, language): say_band(rule, band, language)
                for at, band in enumerate(version.bands)
            }
        case "limits":
            whens = whens_of(rule, version, language)
            rows = zip(whens, version.limits, strict=True)
            return {when: say_quantity(row.limit, rule.unit, language) for when, row in rows}
        case "class":
            whens = whens_of(rule, version, language)
            rows = zip(whens, version.classes, strict=True)
            return {when: rule.names[row.becomes].say(language) for when, row in rows}
        case "checklist":
            whens = whens_of(rule, version, language)
            listed = Words("、", ", ").say(language)
            return {
                when: listed.join(rule.papers[paper].say(language) for paper in row.papers)
                for when, row in zip(whens, version.lists, strict=True)
            }
        case "timetable":
            return {
                f"{at + 1}. {say_condition(when, rule.known).say(language) if when else gettext('always')}": (
                    f"{say_hours(rule, line.start, line.to, language)}: {rule.states[line.state].say(language)}"
                )
                for at, (line, when) in enumerate(zip(version.lines, rule.conditions(version), strict=True))
            }
        case "ladder":
            words = Words("、", ", ").say(language)
            return {
                said: words.join(
                    rule.consequences.get(name, Words(name, name)).say(language) for name in step.follows
                )
                for said, step in say_steps(rule, version, language)
            } | {title: say_window(version, language)}
        case "sheet":
            return {title: version.sheet}
        case "indicator":
            return {title: " → ".join(one for one in (version.of, version.where, version.kept) if one)}
        case "check":
            return {title: version.that}
        case "signal":
            conditions = " → ".join(
                one for one in (version.where, version.when, version.that) if one not in ("true", None)
            )
            limits = {
                one.title.say(language): say_figure(one.is_, one.value_type, language)
                for one in version.limits.values()
            }
            return {title: conditions, **limits}
        case "filing":
            return {key: column.title.say(language) for key, column in version.columns.items()}
        case "process":
            arrow = " → "
            return {title: arrow.join(s.title.say(language) for s in version.stages.values())}
        case _:
            return {title: gettext("%(count)s rows") % {"count": len(getattr(version, "rows", ()))}}
