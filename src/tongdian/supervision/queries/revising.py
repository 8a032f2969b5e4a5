"""Plans in force that do not conform are to be amended without delay (通知/1(2)).

What is wrong with one in force is what would refuse it if it were filed today: the same blanks and the same checks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.form_lines import FormLine, clauses_of
from tongdian.policy.kinds.check import CheckRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.cells import blanks, disagreements
from tongdian.supervision.queries.filings import ReturnStanding, forms_for, standing
from tongdian.supervision.rules import LOCKED, ReturnState, Step

BLANK = Words("没有填写，也没有写原因", "blank, without a reason")
RULES_CHANGED = Words("接收之后，所依据的规定改了", "what it rests on was changed after it was accepted")


@dataclass(frozen=True)
class NonConformity:
    """What of a plan in force does not conform, on which row, and the clauses that say so."""

    says: Words
    cite: tuple[str, ...]
    line: FormLine | None = None


@dataclass(frozen=True)
class RevisionDue:
    """A plan in force that is to be amended: by which clause, and why."""

    here: ReturnStanding
    version: ReturnVersion
    clause: str
    why: tuple[NonConformity, ...]

    @property
    def rows(self) -> frozenset[str]:
        """The rows of the plan that do not conform."""
        return frozenset(one.line.key for one in self.why if one.line is not None)


def revision_due(here: ReturnStanding, *, as_of: dt.date) -> RevisionDue | None:
    """Whether an accepted plan does not conform any more; None while nothing is wrong, and for what is no plan."""
    version, clause = here.accepted, here.form.version.revised_by
    if version is None or clause is None:
        return None
    why = [
        NonConformity(one.rule.says, one.cite, one.line)
        for one in disagreements(here, version.cells, as_of=as_of)
        if one.blocks
    ]
    columns = here.form.version.columns
    for line, column in blanks(here.form, here.organisation, version.cells):
        title = columns[column].title
        why.append(
            NonConformity(Words(f"{title.zh}：{BLANK.zh}", f"{title.en}: {BLANK.en}"), (line.cite,), line)
        )
    changed = _changed_since(here, version, as_of)
    if changed is None or changed:
        why.append(NonConformity(RULES_CHANGED, changed or ()))
    return RevisionDue(here, version, clause, tuple(why)) if why else None


def is_open(here: ReturnStanding, *, as_of: dt.date) -> bool:
    """Whether another version may be written: nothing lies above, or a plan in force is to be amended (else who is
    above, having filed over it, could neither return it nor have it amended)."""
    if here.state not in LOCKED:
        return True
    return here.state == ReturnState.ACCEPTED and revision_due(here, as_of=as_of) is not None


def revisions_due(rows: Sequence[ReturnStanding], *, as_of: dt.date) -> list[RevisionDue]:
    """Those of several returns that are plans to be amended."""
    return [one for row in rows if (one := revision_due(row, as_of=as_of)) is not None]


def own_revisions(organisation: Organisation, *, as_of: dt.date) -> list[RevisionDue]:
    """The organisation's own plans that are to be amended."""
    found = []
    for form in forms_for(organisation, as_of):
        filer = form.filer(organisation)
        if filer is None or form.version.revised_by is None:
            continue
        started = form.rule.versions[0].in_force.start
        for period in form.rule.periods(form.version, filer, first=started, last=as_of):
            found.append(standing(form, organisation, period.key, as_of=as_of))
    return revisions_due(found, as_of=as_of)


def _changed_since(here: ReturnStanding, version: ReturnVersion, as_of: dt.date) -> tuple[str, ...] | None:
    """The clauses that the plan rests on and that say another thing now than when it was accepted; None where the
    wording of then cannot be read any more."""
    accepted = next(one for one in reversed(here.steps[version.pk]) if one.what == Step.ACCEPTED)
    pack = here.form.pack
    then = next(
        (one for one in rulebook.revisions(pack.id) if legal_day(one.at) <= legal_day(accepted.at)), None
    )
    if then is None or then.content_hash == pack.content_hash:
        return ()
    try:
        was = rulebook.pack_at(pack.id, then.content_hash)
    except Refusal:
        return None
    filer = here.form.filer(here.organisation)
    office = filer.by if filer else ""
    old, new = (_basis(one, here.form.key, office) for one in (was, pack))
    return tuple(sorted(cite for cite in {*old, *new} if old.get(cite) != new.get(cite)))


def _basis(pack: Pack, form: str, office: str) -> dict[str, str]:
    """What an office's plan rests on, by clause: each task's day and offices, and what each check demands."""
    found = {one.id: f"{one.done_by} {one.offices} {one.lead}" for one in clauses_of(pack, "task")}
    for rule in pack.rules.values():
        for asked in rule.versions if isinstance(rule, CheckRule) else ():
            if asked.filing == form and (not asked.by or office in asked.by):
                said = f"{rule.rule}: {asked.that} {asked.severity} {asked.rows}"
                for cite in asked.cite:
                    found[cite] = f"{found.get(cite, '')}\n{said}"
    return found
