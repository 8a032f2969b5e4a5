"""What a case came to for who asked: which place is permitted to be supplied or used, in which hours, until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongdian.cases.models import Case
from tongdian.cases.queries import desk as desk_of
from tongdian.policy.packs import Pack
from tongdian.policy.permitting import GRANT_PERMIT
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words
from tongdian.supply.models import Permit
from tongdian.supply.queries.hours import A_DAY, local
from tongdian.supply.queries.permits import titles_of

MOST = 12  # lines: whoever has more of them reads the permits themselves
PERMITTED = Words("已同意：{place}，{when}（{permit}）", "Approved: {place}, {when} ({permit})")
ENDED = Words(
    "原同意的 {place} {when} 已于 {at} 终止（{reason}）",
    "What was approved for {place}, {when}, ended at {at} ({reason})",
)
DAILY = Words(
    "{first} 至 {last} 每日 {opens} 至 {closes}", "daily from {first} to {last}, {opens} to {closes}"
)
ONCE = Words("{first} 至 {until}", "{first} to {until}")
NOT_AGREED = Words(
    "未同意：不开通；理由另行告知。", "Not approved: nothing is opened. You will be told the reasons."
)
FURTHER = Words("……另有 {n} 项", "… and {n} more")


def what_was_permitted(case: Case, state: CaseState) -> Sequence[Words]:
    """Each permit of a case, those of following days with the same hours in one line; or that it was not agreed to.
    Empty before it was decided."""
    at_desk = desk_of(case)
    rows = list(
        Permit.objects.filter(case=case)
        .select_related("place", "end")
        .order_by("place", "permit", "first_at", "id")
    )
    if not rows:
        asked = {
            stage.effect_given["if"]
            for key, stage in at_desk.wording.stages.items()
            if stage.effect == GRANT_PERMIT and "if" in stage.effect_given and key in state.done
        }
        return [NOT_AGREED] if any(state.facts.get(fact) is False for fact in asked) else []
    titles = titles_of(at_desk.pack)
    said = [_said(at_desk.pack, run, titles.get(run[0].permit)) for run in _runs(rows)]
    return said if len(said) <= MOST else [*said[:MOST], FURTHER.fill(n=len(said) - MOST)]


def _runs(rows: Sequence[Permit]) -> list[list[Permit]]:
    """Permits of following days with the same hours together; one that ended early stands by itself."""
    runs: list[list[Permit]] = []
    for one in rows:
        before = runs[-1][-1] if runs else None
        if before is not None and _follows(before, one):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _follows(before: Permit, one: Permit) -> bool:
    is_alike = (before.place_id, before.permit) == (one.place_id, one.permit)
    is_next = one.first_at - before.first_at == A_DAY and one.until_at - before.until_at == A_DAY
    return is_alike and is_next and not _ended(before) and not _ended(one)


def _ended(one: Permit) -> bool:
    return one.ends_at < one.until_at


def _said(pack: Pack, run: Sequence[Permit], title: Words | None) -> Words:
    first, until = local(pack, run[0].first_at), local(pack, run[-1].until_at)
    if len(run) == 1:
        when = ONCE.fill(first=f"{first:%Y-%m-%d %H:%M}", until=_until(first, until))
    else:
        last = local(pack, run[-1].first_at)
        when = DAILY.fill(
            first=f"{first:%Y-%m-%d}",
            last=f"{last:%Y-%m-%d}",
            opens=f"{first:%H:%M}",
            closes=f"{until:%H:%M}",
        )
    known = {"place": run[0].place.name, "when": when}
    if _ended(run[0]):
        at = f"{local(pack, run[0].ends_at):%Y-%m-%d %H:%M}"
        return ENDED.fill(**known, at=at, reason=run[0].end.reason)
    return PERMITTED.fill(**known, permit=title or Words(run[0].permit, run[0].permit))


def _until(first: dt.datetime, until: dt.datetime) -> str:
    said = f"{until:%Y-%m-%d %H:%M}"
    return said.removeprefix(f"{first:%Y-%m-%d} ")
