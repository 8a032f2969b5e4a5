"""Bundles of other installations are taken in: key known, signature right, record unbroken, arithmetic done again.
Whatever is wrong is refused in words, and nothing is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from tongdian.allowed import must_be_allowed, person
from tongdian.audit_log.actions import NewEntry, record_all
from tongdian.audit_log.rules import BadCheckpoint, read_checkpoint
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import action
from tongdian.rulebook.once import asking_once
from tongdian.supervision.actions.receiving import lots, must_receive_from, take_lot, witness
from tongdian.supervision.bundles import LOG_FORMAT, opened
from tongdian.supervision.fields import SENDER
from tongdian.supervision.models import TakenBundle, TrustedSender, WitnessedHead
from tongdian.supervision.refusing.bundles import NotAKey
from tongdian.supervision.rules import ACCEPT


@action("trust-sender", may=ACCEPT, within="office", fields=SENDER)
def trust_sender(
    *,
    viewer: Any,
    office: Organisation,
    organisation: Organisation,
    verifier: str,
    paper: str,
    at: dt.datetime,
) -> TrustedSender:
    """Enter the key of an office that sends bundles to this one, after it was compared.

    Raises NotAllowed, NotTheReceiver, NotAKey.
    """
    must_receive_from(office, organisation, legal_day(at))
    try:
        read_checkpoint("", verifier=verifier)
    except BadCheckpoint:
        parts = verifier.split("+", 2)
        if len(parts) != 3 or not all(parts):
            raise NotAKey from None
    except Refusal:
        raise NotAKey from None
    return TrustedSender.objects.create(
        organisation=organisation, verifier=verifier, paper=paper, at=at, by=person(viewer)
    )


@action("take-bundle", may=ACCEPT, within="office")
def take_bundle(*, viewer: Any, office: Organisation, data: bytes, at: dt.datetime) -> TakenBundle:
    """Take in the return of an office below that another installation sent. It lies then with this office as if
    it had been filed here, and is accepted or returned as any other.

    Raises NotAllowed, NotABundle, ForgedBundle, UnknownSender, SenderDiffers, OtherRevision, BundleTaken,
    OlderBundle, SplitHistory, NotTheReceiver, NotOpenYet, PeriodClosed, OthersFigures, CasesDiffer, BadCell,
    BlankWithoutReason, ChecksFail.
    """
    [lot] = lots([data])
    [taken] = take_lot(lot, office=office, by=person(viewer), at=at)
    if isinstance(taken, Refusal):
        raise taken
    return taken


@action("witness-log", may=ACCEPT, within="office")
def witness_log(*, viewer: Any, office: Organisation, data: bytes, at: dt.datetime) -> WitnessedHead:
    """Keep where the log of an office below stands, as it says between two returns: its newest checkpoint, with the
    proof that the one seen before begins it, and what it saw of others.

    Raises NotAllowed, NotABundle, ForgedBundle, UnknownSender, SenderDiffers, NotTheReceiver, SplitHistory.
    """
    return witness(opened(data, LOG_FORMAT), office=office, at=at)


def take_bundles(
    *, viewer: Any, office: Organisation, files: Iterable[bytes], at: dt.datetime
) -> list[TakenBundle | Refusal]:
    """Take in several, as `take_bundle` would one after another: of each what was taken in, or why it was not, in
    their order. What is taken is kept lot by lot, so that after an interruption the rest is brought again.

    Raises NotAllowed.
    """
    found: list[TakenBundle | Refusal] = []
    for lot in lots(files):
        with asking_once(), transaction.atomic():
            must_be_allowed(viewer, *take_bundle.may, office)
            came = take_lot(lot, office=office, by=person(viewer), at=at)
            entries = [
                NewEntry(viewer.actor, take_bundle.name, one.audit_subject, {})
                for one in came
                if isinstance(one, TakenBundle)
            ]
            record_all(entries, at=at)
        found += came
    return found
