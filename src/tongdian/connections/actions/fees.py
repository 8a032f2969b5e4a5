"""Publishing fees, and their new prices, from a day on."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

from tongdian.allowed import Permission
from tongdian.connections import fields
from tongdian.connections.models import PublishedFee
from tongdian.parties.links import organisation_link
from tongdian.parties.models import Organisation
from tongdian.policy.process import must_not_cost
from tongdian.policy.refusals import NotInForce
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.registers.dated import FIRST_ON, Dated
from tongdian.rulebook import queries as rulebook

PUBLISH = Permission("connections.publish_fees", Words("公布收费目录", "publish fees"))
DATED = Dated("organisation", "code")
FEE = fields.FEE.adding(FIRST_ON, organisation_link(PUBLISH.name))


@action("publish-fee", may=PUBLISH, within="organisation", fields=FEE)
def publish_fee(
    *,
    viewer: Any,
    organisation: Organisation,
    first_on: dt.date,
    at: dt.datetime,
    is_demo: bool = False,
    **given: Any,
) -> PublishedFee:
    """Publish a fee, or its new price, from a day on.

    The price before ends with the day before, and this one with the day before the next, where a later
    one is published already. Raises DayTaken, and MustHold for a fee of a service that is free by a rule.
    """
    row = PublishedFee(organisation=organisation, is_demo=is_demo, **given)
    _must_not_be_free(row, first_on)
    return DATED.succeed(row, first_on=first_on)


@action("change-fee", may=PUBLISH, within="fee.organisation", fields=FEE.changing, of="fee")
def change_fee(
    *, viewer: Any, fee: PublishedFee, first_on: dt.date, at: dt.datetime, **given: Any
) -> PublishedFee:
    """Publish another price of a fee from a day on. Raises DayTaken, MustHold."""
    row = PublishedFee(organisation=fee.organisation, code=fee.code, is_demo=fee.is_demo, **given)
    _must_not_be_free(row, first_on)
    return DATED.succeed(row, first_on=first_on)


def _must_not_be_free(fee: PublishedFee, first_on: dt.date) -> None:
    """Raise MustHold for a fee charged in one service all of whose customers have zero investment (附件1/38)."""
    name, _, service = fee.charged_in.partition("/")
    if not service:
        return
    pack = rulebook.pack_for(name, fee.organisation.region_id or "")
    process: Any = pack.rules[service]
    taken = rulebook.options_in_force(pack, process)
    with contextlib.suppress(NotInForce):  # nothing is said of that day
        wording = process.version_on(first_on, taken)
        must_not_cost(pack, wording, {}, fee.yuan, on=first_on, taken=taken)
