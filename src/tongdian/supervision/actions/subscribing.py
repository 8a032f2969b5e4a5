"""Being sent an office's overview by e-mail, and no more."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.registers.action import action
from tongdian.supervision.fields import SUBSCRIPTION
from tongdian.supervision.models import OverviewSubscription
from tongdian.supervision.refusing import MailAddressMissing, NoSuchReturn
from tongdian.supervision.rules import READ


@action("subscribe-overview", may=READ, within="organisation", fields=SUBSCRIPTION)
def subscribe_overview(
    *, viewer: Any, organisation: Organisation, every: str, at: dt.datetime, language: str = "zh"
) -> OverviewSubscription:
    """Have an office's overview sent to oneself, from the next week or month on; again, otherwise than before.

    Raises NotAllowed, MailAddressMissing.
    """
    if not viewer.email:
        raise MailAddressMissing
    asked = {"every": every, "language": language, "since_on": legal_day(at)}
    found, _ = OverviewSubscription.objects.update_or_create(
        account=viewer, organisation=organisation, defaults=asked
    )
    return found


@action("unsubscribe-overview", may=READ, within="organisation")
def unsubscribe_overview(*, viewer: Any, organisation: Organisation, at: dt.datetime) -> Organisation:
    """Have it sent no more. Raises NotAllowed, NoSuchReturn where it is not sent."""
    gone, _ = OverviewSubscription.objects.filter(account=viewer, organisation=organisation).delete()
    if not gone:
        raise NoSuchReturn
    return organisation
