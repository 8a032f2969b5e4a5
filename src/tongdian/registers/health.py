"""Whether old rows hold what registers declare today."""

from __future__ import annotations

import datetime as dt

from tongdian.policy.words import Words
from tongdian.registers.checks import rows_to_mend
from tongdian.shell.health import HealthResult, part

NAMED = 5  # of the rows, in one sentence


@part("declared", Words("旧数据", "Old rows"))
def declared(at: dt.datetime) -> HealthResult:
    """Rows from before a check of the database that break it."""
    rows = list(rows_to_mend(most=NAMED + 1))
    if not rows:
        return HealthResult("ok", Words("都符合现行登记要求", "all are as the registers ask today"))
    named = [f"{row.table} {row.name} ({row.check}, {row.id})" for row in rows[:NAMED]]
    return HealthResult(
        "watch",
        Words(
            "有旧数据不符合现行登记要求：{rows}", "rows from before do not hold what is asked today: {rows}"
        ).fill(rows=named),
        Words(
            "请在其页面改正；下次升级时校验即告完成",
            "mend them on their pages; the next upgrade finishes the check",
        ),
    )
