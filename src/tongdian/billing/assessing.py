"""What becomes of open supplies in a run: rated as a bill, on the work list with its reason, or not due."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from tongdian.accounts.actions.opening import AccountHolder, opened_all
from tongdian.billing.models import BillingRun, RunItem, RunPreview
from tongdian.billing.rating import Rated, rate
from tongdian.billing.rules import NotReadInTime, ReadingBlocked, SupplyOutcome
from tongdian.billing.supplies import Metered, OpenSupply, Read, SupplyTerms, metered, readings_at, terms_of
from tongdian.identifiers import uuid7
from tongdian.metering.actions.looking import look_at
from tongdian.metering.findings import FoundCheck
from tongdian.metering.queries.looking import LookedAt, findings_of
from tongdian.metering.rules import A_DAY
from tongdian.parties.models import Organisation
from tongdian.parties.queries import shares_line
from tongdian.parties.rules import CustomerOfOthers
from tongdian.policy.refusals import Refusal
from tongdian.questions import insert_rows
from tongdian.rulebook.queries import pack_for

# What a customer was billed at a point in each tier year before a day.
_USED_BEFORE = """
select asked.agreement, extract(year from line.first_on)::int, sum(line.quantity)
  from unnest(%(agreements)s::uuid[], %(starts)s::date[]) asked(agreement, starts)
  join agreements_agreement mine on mine.id = asked.agreement
  join agreements_agreement any_of on any_of.usage_point_id = mine.usage_point_id
                                  and any_of.customer_id = mine.customer_id
  join billing_billline line on line.agreement_id = any_of.id and line.first_on < asked.starts
  left join billing_billcancellation gone on gone.bill_id = line.bill_id
 where gone.id is null and line.quantity is not null
   and line.first_on >= date_trunc('year', asked.starts) - interval '1 year'
 group by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Item:
    """What becomes of the days [starts, ends) of an agreement."""

    terms: SupplyTerms
    outcome: SupplyOutcome
    starts: dt.date
    ends: dt.date
    hash: str
    account: UUID | None = None
    rated: Rated | None = None
    findings: tuple[FoundCheck, ...] = ()
    is_held: bool = False
    reason: Mapping[str, str] = field(default_factory=dict)

    @property
    def fen(self) -> int | None:
        """What it owes, if it is billed."""
        return self.rated.fen if self.rated else None

    def row(self, preview: RunPreview) -> tuple[Any, ...]:
        """As a preview keeps it: its `COLUMNS`."""
        return (
            uuid7(),
            preview.organisation_id,
            preview.pk,
            self.terms.id,
            self.account,
            self.outcome.value,
            self.starts,
            self.ends,
            self.fen,
            self.rated.quantity if self.rated else None,
            [dict(part.said) for part in self.rated.parts] if self.rated else [],
            [
                {"code": one.check, "zh": one.title.zh, "en": one.title.en, "score": one.points}
                for one in self.findings
            ],
            sum(one.points for one in self.findings),
            self.is_held,
            dict(self.reason),
            self.hash,
        )


# fmt: off
COLUMNS = ("id", "organisation_id", "preview_id", "agreement_id", "account_id", "outcome", "starts", "ends", "fen",
           "quantity", "parts", "findings", "score", "is_held", "reason", "hash")
# fmt: on


def keep(items: Iterable[Item], preview: RunPreview) -> None:
    """Write items as rows of a preview."""
    insert_rows(RunItem, COLUMNS, (one.row(preview) for one in items))


# made once: `dumps` makes one a call
_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def hash_of(said: Any) -> str:
    """SHA-256 of something that is told as JSON."""
    return hashlib.sha256(_JSON.encode(said).encode()).hexdigest()


def assess(run: BillingRun, supplies: Sequence[OpenSupply], *, at: dt.datetime) -> list[Item]:
    """What becomes of each supply, and of the days after its last reading."""
    return assess_supplies(supplies, since=run.first_on, at=at, is_demo=run.is_demo)


def assess_supplies(
    supplies: Sequence[OpenSupply], *, since: dt.date, at: dt.datetime, is_demo: bool = False
) -> list[Item]:
    """As `assess`; what is still supplied is to have been read on `since` or later."""
    if not supplies:
        return []
    terms = terms_of(supplies)
    points = [one.usage_point for one in terms.values()]
    reads = readings_at(
        points, min(one.starts for one in supplies) - A_DAY, max(one.ends for one in supplies)
    )
    before = used_before(supplies)
    stretches = {supply: _metered(supply, terms[supply.agreement], reads, since) for supply in supplies}
    looked = _looked_at(stretches.values(), at)
    items: list[Item] = []
    for supply in supplies:
        mine, measured = terms[supply.agreement], stretches[supply]
        if isinstance(measured, Refusal):
            items.append(_work(mine, supply.starts, supply.ends, measured))
        elif not measured:
            items.append(_later(mine, supply.starts, supply.ends))
        else:
            items += _billed(supply, mine, measured, looked, before)
    return _with_accounts(items, at, is_demo=is_demo)


def _with_accounts(items: Sequence[Item], at: dt.datetime, *, is_demo: bool) -> list[Item]:
    """What is billed, with the billing accounts; those that are not there yet are opened."""
    billed = [one.terms for one in items if one.rated is not None]
    offices = Organisation.objects.in_bulk(
        {one.organisation for one in billed} | {one.customers_office for one in billed}
    )
    accounts: dict[tuple[UUID, UUID], UUID] = {}
    for organisation in {one.organisation for one in billed}:
        office = offices[organisation]
        whose = [
            AccountHolder(one.customer, one.customer_number, one.place, one.place_code)
            for one in billed
            if one.organisation == organisation and shares_line(offices[one.customers_office], office)
        ]
        accounts |= opened_all(office, whose, at=at, is_demo=is_demo)
    found = []
    for item in items:
        one = item.terms
        if item.rated is None:
            found.append(item)
        elif account := accounts.get((one.customer, one.place)):
            found.append(replace(item, account=account))
        else:
            refusal = CustomerOfOthers(
                customer=one.customer_name, organisation=offices[one.organisation].name
            )
            found.append(_work(one, item.starts, item.ends, refusal))
    return found


def _metered(
    supply: OpenSupply, terms: SupplyTerms, reads: Mapping[UUID, Sequence[Read]], since: dt.date
) -> list[Metered] | Refusal:
    """What was measured; nothing, where the only days follow a reading and are not due; or why it cannot
    be told."""
    try:
        stretches = metered(reads.get(terms.usage_point, []), supply, ended_on=terms.ended_on)
    except Refusal as refusal:
        return refusal
    is_over = supply.is_between or terms.ended_on == supply.ends
    if not stretches and not is_over and supply.starts >= since:
        return []
    if not stretches or (not is_over and stretches[-1].now.on < since):
        return NotReadInTime(first=max(since, supply.starts), last=supply.ends)
    return stretches


def _looked_at(
    stretches: Iterable[list[Metered] | Refusal], at: dt.datetime
) -> Mapping[UUID, LookedAt | None]:
    """How the readings stand that are billed; one at which nobody looked is looked at now, and one that
    was entered before another meter of its place was read that day is looked at anew."""
    asked = {
        one.now.entered.pk: one.now.entered for many in stretches if isinstance(many, list) for one in many
    }
    looked = dict(findings_of(asked.values()))
    new = [pk for pk, found in looked.items() if found is None or found.waited]
    return looked | look_at([asked[pk] for pk in new], at=at) if new else looked


def _billed(
    supply: OpenSupply,
    terms: SupplyTerms,
    stretches: Sequence[Metered],
    looked: Mapping[UUID, LookedAt | None],
    before: Mapping[UUID, Mapping[int, Decimal]],
) -> list[Item]:
    """The bill of a supply with what its readings hold it for, and the days after; or why there is none."""
    pack = pack_for(terms.pack, terms.region)
    found = [
        (one, check)
        for one in stretches
        for seen in [looked.get(one.now.entered.pk)]
        for check in (seen.findings if seen else ())
    ]
    try:
        for one, check in found:
            if check.is_blocking:
                raise ReadingBlocked(day=one.now.on, what=check.title)
        rated = rate(terms, stretches, pack=pack, used_before=before.get(supply.agreement, {}))
    except Refusal as refusal:
        return [_work(terms, supply.starts, supply.ends, refusal)]
    billing = pack.head.uses.billing
    points = sum(check.points for _, check in found)
    item = Item(
        terms,
        SupplyOutcome.BILL,
        rated.starts,
        rated.ends,
        _hash(terms, rated),
        rated=rated,
        findings=tuple(check for _, check in found),
        is_held=billing is not None and billing.hold_from is not None and points >= billing.hold_from,
    )
    return [item, _rest(supply, terms, rated.ends)] if rated.ends < supply.ends else [item]


def _hash(terms: SupplyTerms, rated: Rated) -> str:
    parts = [dict(part.said) for part in rated.parts]
    taken = [dict(part.taken) for part in rated.parts]
    return hash_of([str(terms.id), rated.starts, rated.ends, rated.fen, parts, taken])


def _rest(supply: OpenSupply, terms: SupplyTerms, starts: dt.date) -> Item:
    """The days after the last reading: not due while the supply goes on, but owed a final reading where
    it has ended."""
    if supply.is_between or terms.ended_on == supply.ends:
        return _work(terms, starts, supply.ends, NotReadInTime(first=starts, last=supply.ends))
    return _later(terms, starts, supply.ends)


def _work(terms: SupplyTerms, starts: dt.date, ends: dt.date, refusal: Refusal) -> Item:
    words = refusal.words
    said = {"zh": words.zh, "en": words.en, "code": refusal.code}
    hashed = hash_of([str(terms.id), starts, ends, "work", said])
    return Item(terms, SupplyOutcome.WORK, starts, ends, hashed, reason=said)


def _later(terms: SupplyTerms, starts: dt.date, ends: dt.date) -> Item:
    hashed = hash_of([str(terms.id), starts, ends, "later"])
    return Item(terms, SupplyOutcome.LATER, starts, ends, hashed)


def used_before(supplies: Iterable[OpenSupply]) -> dict[UUID, dict[int, Decimal]]:
    """What was billed in each tier year before the supplies' first days."""
    asked = list(supplies)
    found: dict[UUID, dict[int, Decimal]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            _USED_BEFORE,
            {"agreements": [one.agreement for one in asked], "starts": [one.starts for one in asked]},
        )
        for agreement, year, quantity in cursor.fetchall():
            found[agreement][year] = quantity
    return found
