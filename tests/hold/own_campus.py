"""A campus in an installation of a test's own, made and read in a process beside its program.

python -m tests.hold.own_campus make ADDRESS   a campus, a token, a webhook to ADDRESS
python -m tests.hold.own_campus read           what stands, as JSON
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any


def ask(home: Path, *words: str) -> Any:
    """What that process prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hold.own_campus", *words],
        env=os.environ | {"TONGDIAN_HOME": str(home), "TONGDIAN_WEBHOOK_NETWORKS": "127.0.0.0/8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return json.loads(done.stdout.splitlines()[-1])


def _make(address: str) -> dict[str, Any]:
    import datetime as dt

    from django.utils import timezone

    from tests.api.conftest import token_of
    from tests.cases.conftest import make_campus
    from tongdian.api.actions import subscribe
    from tongdian.parties.models import Account, Membership, since

    def viewer(role: str, username: str, *, at: Any) -> Account:
        account = Account.objects.create(username=username)
        Membership.objects.create(
            account=account, role=role, organisation=at, in_force=since(dt.date(2020, 1, 1))
        )
        return account

    campus = make_campus(viewer)
    admin = viewer("administrator", "campus-admin", at=campus.campus)
    subscribe(
        viewer=admin,
        organisation=campus.campus,
        title="财务系统",
        address=address,
        kinds=[],
        at=timezone.now(),
    )
    return {"token": token_of(campus.counter), "place": str(campus.shop.pk), "customer": str(campus.wang.pk)}


def _read() -> dict[str, Any]:
    from tongdian.api.models import Delivery
    from tongdian.cases.models import Event
    from tongdian.files.models import StoredFile

    events: dict[str, list[str]] = {}
    for number, kind in Event.objects.order_by("case", "seq").values_list("case__number", "kind"):
        events.setdefault(number, []).append(kind)
    told = Counter(Delivery.objects.values_list("event", flat=True))
    return {
        "events": events,
        "files": StoredFile.objects.count(),
        "waiting": Delivery.objects.exclude(state="sent").count(),
        "told": len(told),
        "told twice": sum(many > 1 for many in told.values()),
    }


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tongdian.config.settings"
    django.setup()
    found = _make(sys.argv[2]) if sys.argv[1] == "make" else _read()
    sys.stdout.write(json.dumps(found) + "\n")
