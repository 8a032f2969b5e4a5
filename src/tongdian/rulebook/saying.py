"""The small words that every page of the rulebook says the same way."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian.policy.answer import Answer
from tongdian.policy.clauses import say_clause
from tongdian.policy.kinds import InForce, Version
from tongdian.policy.packs import Pack
from tongdian.policy.process.model import OWNERS
from tongdian.policy.words import Words

KINDS = {
    "value": _("Amount"),
    "bands": _("Bands"),
    "limits": _("Limits"),
    "class": _("Classification"),
    "checklist": _("Papers"),
    "sheet": _("Calculation"),
    "measure": _("Measure"),
    "table": _("Table"),
    "indicator": _("Indicator"),
    "filing": _("Return"),
    "check": _("Check"),
    "signal": _("Signal"),
    "process": _("Process"),
    "timetable": _("Timetable"),
    "ladder": _("Ladder"),
}
CLAUSE_KINDS = {
    "rule": _("Rule"),
    "process": _("Process"),
    "checklist": _("Papers"),
    "timetable": _("Timetable"),
    "duty": _("Duty"),
    "filing": _("Filing"),
    "principle": _("Principle"),
    "definition": _("Definition"),
}
AREA_NAMES = {
    "rulebook": _("Rulebook"),
    "notices": _("Notices"),
    "parties": _("People and organisations"),
    "network": _("Places and network"),
    "agreements": _("Agreements"),
    "cases": _("Cases"),
    "connections": _("Applications"),
    "metering": _("Metering"),
    "accounts": _("Accounts"),
    "billing": _("Billing"),
    "supply": _("Supply hours"),
    "conduct": _("Inspections and violations"),
    "reliability": _("Reliability"),
    "disclosure": _("Disclosure"),
    "exchange": _("Exchange with other offices"),
    "complaints": _("Complaints"),
    "supervision": _("Supervision"),
    "web": _("Pages"),
}
DECIDED_ON = {
    "application": _("the day of application decides"),
    "event": _("the day of the event decides"),
    "segment": _("each segment's own day decides"),
    "period": _("the period reported decides"),
}


TAKING, BETWEEN = Words("按此理解：", "read so: "), Words("；", "; ")
_IDLE = re.compile(r"(\d\.\d\d(?:\d*[1-9])?)0+(?!\d)")


class Cite(NamedTuple):
    """A clause as a link."""

    id: str
    said: str
    address: str


def said_plainly(pack: Pack, answer: Answer, language: str, *, with_reason: bool = True) -> str:
    """An answer's sentence as people read it: readings of the regulation by their words, no idle zeros.
    Without its reason where the lines of the calculation stand beside it."""
    reason = answer.reason if with_reason else (lambda _language: "")
    bare = replace(answer, interpretations={}, reason=reason)
    taken = [
        pack.interpretations[name].options[option].says.say(language)
        for name, option in answer.interpretations.items()
        if option in pack.interpretations[name].options
    ]
    said = [
        bare.say(language),
        *([TAKING.say(language) + BETWEEN.say(language).join(taken)] if taken else []),
    ]
    return without_idle_zeros(BETWEEN.say(language).join(said))


def without_idle_zeros(text: str) -> str:
    """0.84000000 → 0.84, wherever it stands in a text; two decimals stay, as money has them."""
    return _IDLE.sub(r"\1", text)


def other_language(language: str) -> str:
    """The language a text is not shown in."""
    return "zh" if language == "en" else "en"


def cite(pack: Pack, clause: str, language: str) -> Cite:
    """A clause, said and linked."""
    return Cite(clause, say_clause(clause).say(language), clause_address(pack, clause))


def cites(pack: Pack, listed: tuple[str, ...], language: str) -> list[Cite]:
    """Several clauses, said and linked."""
    return [cite(pack, clause, language) for clause in listed]


def clause_address(pack: Pack, clause: str) -> str:
    """The page of the article that a clause belongs to, at the clause."""
    return f"{reverse('clause', args=[pack.id, clause])}#{anchor(clause)}"


def rule_address(pack: Pack, rule: str) -> str:
    """The page of a rule."""
    return reverse("rule", args=[pack.id, rule])


def anchor(clause: str) -> str:
    """A clause's place on its page."""
    return f"c-{clause}"


def article_of(pack: Pack, clause: str) -> str:
    """The article a numbered item belongs to: 9 for 9(1); a clause without one is its own."""
    base = clause.partition("(")[0]
    return base if base in pack.clauses else clause


def named(pack: Pack, name: str, language: str) -> str:
    """An office or owner as the pack calls it, else as the program does, else its id."""
    own = next((said for owner, said in OWNERS.items() if owner == name), None)
    known = pack.head.uses.names.get(name) or own
    return known.say(language) if known else name.replace("-", " ")


def period(in_force: InForce) -> str:
    """A half-open period as people see it, both ends included."""
    start = in_force.start.isoformat()
    if in_force.before is None:
        return gettext("from %(start)s") % {"start": start}
    last = in_force.before - dt.timedelta(days=1)
    return gettext("%(start)s to %(last)s") % {"start": start, "last": last.isoformat()}


def options_in_force(pack: Pack) -> dict[str, str]:
    """The option of every interpretation as chosen here, else the pack's; `none` where open."""
    return {key: pack.choices.get(key) or one.chosen for key, one in pack.interpretations.items()}


def first_options(pack: Pack, keys: tuple[str, ...]) -> dict[str, str]:
    """As `options_in_force`, with the first option where nothing is chosen: enough to draw by."""
    chosen = options_in_force(pack)
    return {
        key: chosen[key] if chosen[key] != "none" else next(iter(pack.interpretations[key].options))
        for key in keys
    }


def is_taken(version: Version, options: dict[str, str]) -> bool:
    """Whether a version is the one of these options."""
    return all(options.get(key) == option for key, option in version.taking.items())


def plain_text(words: Any, language: str) -> str:
    """Words in the language, or nothing."""
    return words.say(language) if words is not None else ""
