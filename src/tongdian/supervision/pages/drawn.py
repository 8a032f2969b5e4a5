"""What the page of a return says of the draw from the bundle that brought it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from tongdian.parties.models import Region
from tongdian.policy.words import Words
from tongdian.spoken import spoken
from tongdian.supervision.actions.sampling import finding_of_sample, receiver_of
from tongdian.supervision.models import ReturnVersion, TakenBundle
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.sampling import bundles_behind, sample_of
from tongdian.supervision.rules import ACCEPT
from tongdian.supervision.samples import CountedAs

OUTCOMES: dict[str, Promise] = {
    "met": pgettext_lazy("case", "kept"),
    "not_met": pgettext_lazy("case", "not kept"),
    "late_open": pgettext_lazy("case", "late and still open"),
    "exempt": pgettext_lazy("case", "excepted for force majeure"),
    "undecided": pgettext_lazy("case", "undecided"),
    "withdrawn": pgettext_lazy("case", "withdrawn"),
    "unlimited": pgettext_lazy("case", "without a limit"),
}


@dataclass(frozen=True)
class DrawnLine:
    """A case that was drawn: what it was counted as, and what of it does not agree."""

    number: int  # its position, from one
    indicator: str
    title: str
    region: str
    outcome: Promise
    days: int | None
    problems: tuple[str, ...]


def draws_shown(
    viewer: Any, here: ReturnStanding, version: ReturnVersion | None, *, as_of: dt.date
) -> list[dict[str, Any]]:
    """What the page says of the draws from the bundles that brought a version and those before it, the newest first."""
    shown = (_draw_shown(viewer, here, bundle, as_of) for bundle in bundles_behind(version))
    return [one for one in shown if one]


def _draw_shown(viewer: Any, here: ReturnStanding, bundle: TakenBundle, as_of: dt.date) -> dict[str, Any]:
    sample = sample_of(bundle, here.form)
    if sample is None or bundle.answer_by is None:
        return {}
    answer = getattr(bundle, "answer", None)
    problems: dict[int, list[str]] = {}
    for one in answer.problems if answer else ():
        problems.setdefault(one["position"], []).append(spoken(Words(one["zh"], one["en"])))
    codes = {one.region for one in sample.drawn.values()}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
    return {
        "bundle": bundle,
        "answer": answer,
        "takes_answer": answer is None and viewer.has_perm(ACCEPT.name, receiver_of(bundle)),
        "found": finding_of_sample(bundle),
        "is_overdue": answer is None and bundle.answer_by < as_of,
        "lines": [
            _line(here, position, counted, names, tuple(problems.get(position, ())))
            for position, counted in sample.drawn.items()
        ],
    }


def _line(
    here: ReturnStanding, position: int, counted: CountedAs, names: dict[str, str], problems: tuple[str, ...]
) -> DrawnLine:
    rule = here.form.pack.rules.get(counted.indicator)
    return DrawnLine(
        number=position + 1,
        indicator=counted.indicator,
        title=spoken(rule.title) if rule else counted.indicator,
        region=names.get(counted.region, counted.region),
        outcome=OUTCOMES[counted.outcome],
        days=counted.days if counted.outcome in ("met", "not_met", "unlimited") else None,
        problems=problems,
    )
