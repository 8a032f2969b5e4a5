"""`python -m tests.supervision.town`: a nation with findings in the installation of TONGDIAN_HOME, for a browser.

Prints where its pages are, as JSON: the program that a browser asks is another process.
"""

from __future__ import annotations

import json
import sys
from typing import Any

PASSWORD = "amber-basin-00001"  # of a town that lives as long as its test


def account(role: str, username: str, *, at: Any) -> Any:
    """Somebody who can sign in."""
    import datetime as dt

    from tongdian.parties.models import Account, Membership, since

    made = Account.objects.create(username=username)
    made.set_password(PASSWORD)
    made.save()
    Membership.objects.create(account=made, role=role, organisation=at, in_force=since(dt.date(2016, 1, 1)))
    return made


def make() -> dict[str, str]:
    """Findings that are overdue, drafts of talks, a circular, a reminder."""
    from tests.browsing import SCREENS
    from tests.supervision.conftest import make_nation
    from tests.supervision.test_findings import S, opened, take
    from tests.supervision.test_letters import circular_of, confirmed, remind, talk_of

    nation = make_nation(account)
    overdue = opened(nation, gravity="grave", kind="charges", text="以服务费名义向小微企业加收接入费用")
    take(nation, overdue, S.ORDERED)
    own = {f"talk-{screen}": talk_of(nation, confirmed(nation)) for screen in SCREENS}
    for screen in SCREENS:  # each screen's test moves its own on
        own[f"ordered-{screen}"] = opened(nation)
        take(nation, own[f"ordered-{screen}"], S.ORDERED)
    made = {
        "overdue": overdue,
        "talk": talk_of(nation, confirmed(nation)),
        "circular": circular_of(nation, overdue, by="regional", scope="area"),
        "reminder": remind(nation),
    }
    return {name: str(one.pk) for name, one in (made | own).items()}


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(make()))
