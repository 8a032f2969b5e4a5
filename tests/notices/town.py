"""Words and instants that the tests of notices share."""

import json
from datetime import UTC, datetime
from typing import Any

from django.db import connection

PHONE = "13800000000"
NOON = datetime(2026, 4, 13, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
NIGHT = datetime(2026, 4, 13, 14, 0, tzinfo=UTC)  # 22:00 in Shanghai
EIGHT_NEXT_MORNING = datetime(2026, 4, 14, 0, 0, tzinfo=UTC)

DONE = {
    "case": "YS-2026-000412",
    "stage": "现场勘查",
    "next": "签署协议",
    "track": "https://tongdian.example/track",
}
REPAIR = {"number": "BX-7", "place": "3号楼", "expected": "1小时内到场"}


def told(campus, *, name: str = "stage-done", params=None, at=NOON, **to: Any):
    """Tell somebody that a stage is done."""
    from tongdian.notices.actions import Recipient, notify

    return notify(
        name=name,
        organisation=campus.id,
        to=Recipient(**to),
        subject="case:1",
        params=DONE if params is None else params,
        at=at,
    )


def lines(folder) -> list[dict]:
    return [
        json.loads(line)
        for path in sorted((folder / "sms").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def jobs() -> list[tuple[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select args->>'delivery', scheduled_at from procrastinate_jobs"
            " where task_name = 'notices.deliver' order by id"
        )
        return cursor.fetchall()


def only(notice, kind: str):
    return notice.deliveries.get(kind=kind)
