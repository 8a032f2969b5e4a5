"""The draw from what a bundle counted, and whether the cases that were shown come to what the bundle said."""

from __future__ import annotations

import csv
import datetime as dt
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tongdian.audit_log.rules import TreeHead, read_checkpoint
from tongdian.audit_log.tree import included, leaf_hash
from tongdian.bulk.indicators import judge_each
from tongdian.bulk.periods import Span
from tongdian.calendar import legal_day
from tongdian.cases.queries.case_files import LOWER
from tongdian.parties.models import Organisation
from tongdian.policy.kinds.filing import FilingPeriod
from tongdian.policy.kinds.indicator import indicators_of
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.supervision.models import ReturnVersion, TakenBundle, WitnessedHead
from tongdian.supervision.queries.offices import ReturnForm, codes_of, prefix_of
from tongdian.supervision.refusing.bundles import (
    CasesDiffer,
    CasesUnsaid,
    ChoicesUnknown,
    FiguresUnsaid,
    OthersFigures,
)
from tongdian.supervision.rules import CellSource
from tongdian.supervision.samples import (
    CaseLeaf,
    CountedAs,
    as_counted,
    at_positions,
    counted_cases,
    draw_positions,
    figures_of,
    is_part,
    sample_seed,
)

NOT_IN_TREE = Words("不在报送时承诺的业务之内", "it is not among the cases that the bundle stands for")
TWICE = Words("同一业务出现两次", "the same case stands there twice")
NOT_LOGGED = Words("审计记录中没有它的条目", "no entry of the log is about it")
BAD_LOG = Words("第 {place} 条不在报送方的记录中", "entry {place} is not in the sender's log")
MOVED = Words(
    "第 {place} 条自称记于 {day}，与已见证的检查点不符",
    "entry {place} says it was made on {day}, which the witnessed checkpoints do not bear out",
)
BEFORE_THE_CASE = Words(
    "第 {place} 条自称记于 {day}，早于业务本身（{first}）",
    "entry {place} says it was made on {day}, before the case itself ({first})",
)
OTHERWISE = Words(
    "按规则应为{found}，报送时计为{said}", "by the rules it comes to {found}; the bundle counted it as {said}"
)
NOT_COUNTED = Words("按规则不能计入：{why}", "by the rules it is not counted: {why}")
_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NO_CASE = Words("没有可判断的业务行", "no row of a case that could be judged")


@dataclass(frozen=True)
class Sample:
    """What was drawn from a bundle: positions, in the order drawn, and what the case at each was counted as."""

    bundle: TakenBundle
    drawn: Mapping[int, CountedAs]


@dataclass(frozen=True)
class Problem:
    """What of a case that was shown does not agree."""

    position: int
    why: Words

    def plain(self) -> dict[str, Any]:
        """As an answer keeps it."""
        return {"position": self.position, "zh": self.why.zh, "en": self.why.en}


def sample_of(bundle: TakenBundle, form: ReturnForm) -> Sample | None:
    """The draw from a bundle; None where it stands for no case, or the form is not drawn from."""
    sampled = form.version.sampled
    if sampled is None or not bundle.committed:
        return None
    seed = sample_seed(cosigned=bundle.cosigned, digest=bundle.digest)
    wanted = draw_positions(seed, size=bundle.committed["size"], most=sampled.cases)
    found = at_positions(figures_of(bundle.committed["indicators"]), wanted)
    return Sample(bundle, {position: found[position] for position in wanted})


def must_count_its_own(body: Mapping[str, Any], sender: Organisation, form: ReturnForm) -> None:
    """Of the body of a bundle: the figures are of the sender's divisions, what a cell says was counted is among them,
    and the cases it stands for are those that it counted itself: all that no bundle from below brought.

    Raises OthersFigures, FiguresUnsaid, CasesUnsaid, CasesDiffer, ChoicesUnknown.
    """
    figures, committed = body["figures"], body.get("committed")
    whole = figures_of(figures.get("indicators", {}))
    within = tuple(prefix_of(code) for code in codes_of(sender))
    strange = {code for places in whole.values() for code in places if not code.startswith(within)}
    if strange:
        raise OthersFigures(regions="、".join(sorted(strange)[:10]))
    if not figures and (row := _counted_row(body["cells"])):
        raise FiguresUnsaid(row=row)
    is_all_its_own = form.version.sampled is not None and not body.get("below")
    if is_all_its_own and counted_cases(whole) and not committed:
        raise CasesUnsaid
    if committed:
        own = figures_of(committed["indicators"])
        counted = counted_cases(own)
        is_whole = not is_all_its_own or counted == counted_cases(whole)
        if counted != committed["size"] or not is_part(own, whole) or not is_whole:
            raise CasesDiffer(size=committed["size"], counted=counted_cases(whole))
        known = _known(form.pack, committed["choices"])
        if unknown := sorted(committed["choices"].keys() - known.keys()):
            raise ChoicesUnknown(choices="、".join(one[:40] for one in unknown[:5]))


def _counted_row(cells: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The first row of which a cell says that it was counted from cases; empty for none."""
    said = (
        row for row, columns in cells.items() for one in columns.values() if one["source"] == CellSource.CASES
    )
    return next(said, "")


def bundles_behind(version: ReturnVersion | None) -> list[TakenBundle]:
    """The bundles that brought a version and those before it, the newest first: a draw stays to be answered when
    another version comes, or who sends would draw until it likes what it gets."""
    if version is None:
        return []
    rows = TakenBundle.objects.filter(version__filing=version.filing_id, version__number__lte=version.number)
    return list(
        rows.select_related("organisation", "answer", "version__filing__organisation").order_by(
            "-version__number"
        )
    )


def unanswered(day: dt.date) -> list[TakenBundle]:
    """The bundles whose draw should have been answered before a day and was not."""
    rows = TakenBundle.objects.filter(answer_by__lt=day, answer=None).select_related(
        "organisation", "version__filing__organisation"
    )
    return list(rows.order_by("answer_by", "pk"))


def problems_of(
    sample: Sample, shown: Sequence[Mapping[str, Any]], pack: Pack, period: FilingPeriod
) -> list[Problem]:
    """What of the shown cases, one for each position drawn, does not agree with the bundle."""
    committed = sample.bundle.committed
    head = read_checkpoint(sample.bundle.cosigned, verifier=sample.bundle.verifier).head
    days = _days_of(sample.bundle.verifier)
    found, seen = list[Problem](), set[tuple[str, str]]()
    for case in shown:
        position = int(case["position"])
        counted = sample.drawn[position]
        leaf = leaf_hash(CaseLeaf(case["case"], counted.indicator, case["rows"]).data)
        is_there = included(
            index=position, size=committed["size"], leaf=leaf, root=bytes.fromhex(committed["root"]),
            proof=_hashes(case["proof"]),
        )  # fmt: skip
        if not is_there:
            found.append(Problem(position, NOT_IN_TREE))
        if (counted.indicator, case["case"]) in seen:
            found.append(Problem(position, TWICE))
        seen.add((counted.indicator, case["case"]))
        found += [Problem(position, why) for why in _of_the_log(case["logged"], head, days)]
        found += [Problem(position, why) for why in _before_the_case(case["logged"], case["rows"])]
    settled = replace(pack, choices={**pack.choices, **_known(pack, committed["choices"])})
    rows = {int(one["position"]): one["rows"] for one in shown}
    came = recounted(settled, sample, rows, period)
    for position, counted in sample.drawn.items():
        here = came[position]
        if isinstance(here, Words):
            found.append(Problem(position, NOT_COUNTED.fill(why=here)))
        elif here != counted:
            found.append(Problem(position, OTHERWISE.fill(found=_said(here), said=_said(counted))))
    order = {position: rank for rank, position in enumerate(sample.drawn)}
    return sorted(found, key=lambda one: order[one.position])


def recounted(
    pack: Pack, sample: Sample, rows: Mapping[int, Any], period: FilingPeriod
) -> dict[int, CountedAs | Words]:
    """What the cases at positions come to by the rules of the pack, from their rows; or why nothing."""
    on = dt.date.fromisoformat(sample.bundle.figures["on"])
    rule_of = {one.rule: rule for rule, several in indicators_of(pack, on).items() for one in several}
    found: dict[int, CountedAs | Words] = dict.fromkeys(sample.drawn, NO_CASE)
    of_rule: dict[str, dict[int, Any]] = {}
    for position, counted in sample.drawn.items():
        if counted.indicator in rule_of and _is_a_case(rows[position]):
            of_rule.setdefault(rule_of[counted.indicator], {})[position] = rows[position]
    for rule, several in of_rule.items():
        try:
            found |= _judged(pack, rule, sample, several, _span(period), on)
        except Refusal:  # whose it is comes out one by one
            for position, one in several.items():
                try:
                    found |= _judged(pack, rule, sample, {position: one}, _span(period), on)
                except Refusal as refused:
                    found[position] = refused.words
    return found


def _is_a_case(rows: Mapping[str, Any]) -> bool:
    return not set(rows) - {"case", *LOWER} and len(rows.get("case", ())) == 1


def _judged(
    pack: Pack, rule: str, sample: Sample, shown: Mapping[int, Any], span: Span, on: dt.date
) -> dict[int, CountedAs | Words]:
    """What the cases of a rule come to; each goes by its position, whatever name it was given."""
    grains: dict[str, list[dict[str, str]]] = {}
    for position, rows in shown.items():
        for grain, several in rows.items():
            grains.setdefault(grain, []).extend({**row, "case": str(position)} for row in several)
    with tempfile.TemporaryDirectory(prefix="tongdian-sample-") as folder:
        files = {
            grain: [_written(Path(folder) / f"{grain}.csv", rows)] for grain, rows in grains.items() if rows
        }
        judged = judge_each(pack, {rule: files}, on=on, span=span)
    return {
        position: as_counted(indicator, *one)
        for position in shown
        for indicator in [sample.drawn[position].indicator]
        for one in [judged[indicator].get(str(position))]
        if one is not None
    }


def _written(path: Path, rows: Iterable[Mapping[str, str]]) -> str:
    several = list(rows)
    names = dict.fromkeys(name for row in several for name in row)
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(names), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(several)
    return str(path)


def _span(period: FilingPeriod) -> Span:
    assert period.first is not None
    assert period.last is not None
    return Span(period.first, period.last, "ended")


def _of_the_log(
    logged: Sequence[Mapping[str, Any]], head: TreeHead, days: Sequence[tuple[int, dt.date]]
) -> list[Words]:
    """What is wrong with the entries: not in the log, or made on another day than the checkpoints say that were
    witnessed meanwhile."""
    found = [] if logged else [NOT_LOGGED]
    for one in logged:
        place, day = int(one["place"]), dt.date.fromisoformat(one["at"])
        if not included(
            index=place,
            size=head.size,
            leaf=bytes.fromhex(one["leaf"]),
            root=head.root,
            proof=_hashes(one["proof"]),
        ):
            found.append(BAD_LOG.fill(place=place))
        elif any(day > on if place < size else day < on for size, on in days):
            found.append(MOVED.fill(place=place, day=day.isoformat()))
    return found


def _before_the_case(logged: Sequence[Mapping[str, Any]], rows: Mapping[str, Any]) -> Iterator[Words]:
    """Entries that say they were made before anything of the case had happened."""
    said = (value for several in rows.values() for row in several for value in row.values())
    happened = sorted(value for value in said if _A_DAY.fullmatch(value))
    for one in logged:
        if happened and one["at"] < happened[0]:
            yield BEFORE_THE_CASE.fill(place=one["place"], day=one["at"], first=happened[0])


def _days_of(verifier: str) -> list[tuple[int, dt.date]]:
    """How long the sender's log was on the days of its checkpoints that were seen here."""
    found = []
    for row in WitnessedHead.objects.filter(verifier=verifier):
        said = read_checkpoint(row.note, verifier=verifier)
        if said.at is not None:
            found.append((said.head.size, legal_day(said.at)))
    return found


def _known(pack: Pack, choices: Mapping[str, str]) -> dict[str, str]:
    """The sender's choices of interpretations that this pack knows."""
    return {
        key: option
        for key, option in choices.items()
        if key in pack.interpretations and option in pack.interpretations[key].options
    }


def _hashes(texts: Iterable[str]) -> list[bytes]:
    try:
        return [bytes.fromhex(one) for one in texts]
    except ValueError:
        return []


def _said(one: CountedAs) -> str:
    return f"{one.indicator} {one.region} {one.outcome} {one.days}"
