"""Filling an empty installation with the demonstration, in one transaction.

The same seed gives the same organisations, people, places and cases, up to identifiers, hashes and
encryption. Nothing of it can be taken away again: events, papers and the audit log only grow. A
fresh folder (TONGDIAN_HOME) is the way back to an empty installation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.db import connection, transaction

from tongdian.audit_log.actions import record
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.cases.models import Case, Event
from tongdian.demo.billing import bill_months
from tongdian.demo.chronicle import Chronicle
from tongdian.demo.conduct import find_violations
from tongdian.demo.contracts import Contracts
from tongdian.demo.estate import Estate
from tongdian.demo.halls import open_halls
from tongdian.demo.meters import final_readings, fit_meters
from tongdian.demo.money import move_money
from tongdian.demo.names import Names
from tongdian.demo.organisations import make_organisations
from tongdian.demo.papers import DemoPapers
from tongdian.demo.people import CUSTOMER, make_people
from tongdian.demo.plans import Planner
from tongdian.demo.stopping import stop_supplies
from tongdian.demo.supervising import supervise
from tongdian.demo.surroundings import Surroundings, report_repairs, send_text_messages_from_now_on
from tongdian.network.models import Place
from tongdian.parties.demo import make_demo_accounts
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook

SEED = 20_210_329
CASES = 300
LOOKING_AHEAD = dt.timedelta(days=14)  # visits are booked in days that must be known


class RealDataHere(Refusal):
    """An installation in use: what is shown must never stand beside what is so."""

    says = Words(
        "此安装已有真实数据（{what}），不能加入演示数据；请用另一个 TONGDIAN_HOME 新建一个安装。",
        "This installation has real data ({what}): no demonstration is added to it. Start a fresh "
        "one with another TONGDIAN_HOME.",
    )


class DemonstrationHere(Refusal):
    """A second demonstration in one installation."""

    says = Words(
        "此安装已有演示数据。记录只增不减，不能删除；需要空的安装，请换一个 TONGDIAN_HOME。",
        "The demonstration is here already. Records are only ever added, so it cannot be taken "
        "away: for an empty installation use another TONGDIAN_HOME.",
    )


OWN_SHOP_SINCE = dt.date(2023, 9, 1)


@dataclass(frozen=True)
class Made:
    """How much was made."""

    organisations: int
    people: int
    cases: int
    events: int


def is_empty() -> bool:
    """Whether nobody has entered anything yet: no organisation, no person beyond the demo's."""
    return not Organisation.objects.exists() and not Account.objects.filter(is_demo=False).exists()


def make_demo(
    *,
    password: str,
    at: dt.datetime,
    seed: int = SEED,
    count: int = CASES,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Made:
    """Make the demonstration as of an instant; `tell` hears how many cases are made, of how many.

    Raises RealDataHere, DemonstrationHere.
    """
    _must_be_empty()
    random = Random(seed)  # noqa: S311 — to be the same again, not to be secret
    calendar = rulebook.calendar()
    known = calendar.official_through - LOOKING_AHEAD
    if legal_day(at) > known:  # it is then as of the last day from which one can look ahead
        at = dt.datetime.combine(known, dt.time(12), SHANGHAI)
    with transaction.atomic():
        _expect_full_tables()
        make_demo_accounts(password=password)
        admin = Account.objects.get(username="admin")
        organisations = make_organisations(admin, at)
        staff = make_people(organisations, password=password, today=legal_day(at), at=at)
        names = Names(random)
        estate = Estate(admin, organisations, random, names, at)
        estate.settle_the_long_supplied()
        papers = DemoPapers(at)
        chronicle = Chronicle(admin, organisations, staff, estate, papers, calendar, random, at)
        contracts = Contracts(chronicle)
        around = Surroundings(admin, organisations, chronicle, papers, calendar, random, at)
        around.publish_fees()
        for number, plan in enumerate(Planner(random, calendar, legal_day(at)).plans(count)):
            tell(number, count)
            made = chronicle.make(plan)
            chronicle.settle(made, contracts.texts_of(made))
            around.add(made)
        around.keep()
        _give_a_shop(Customer.objects.get(account=staff.named[CUSTOMER]), estate)
        finals = final_readings(chronicle.made)
        fit_meters(estate.spots, Random(seed), admin, at, finals)  # noqa: S311
        move_money(estate.spots, staff, organisations, Random(seed), admin, at)  # noqa: S311
        bill_months(organisations["YS"], staff, Random(seed), at)  # noqa: S311
        stop_supplies(estate.spots, organisations["YS"], staff.named["fitter"], staff.named["energy"], at)
        open_halls(organisations, staff, papers, names, admin, at)
        find_violations(organisations, staff, at)
        supervise(organisations, staff, admin, Random(seed), at)  # noqa: S311
        report_repairs(admin, staff, estate, names, random, at)
        send_text_messages_from_now_on(admin, organisations, at)
        said = Made(len(organisations), len(staff.named), Case.objects.count(), Event.objects.count())
        record(
            actor=admin.actor,
            action="demo.make",
            subject="installation",
            payload={"seed": seed, "cases": said.cases, "events": said.events},
            at=at,
        )
    return said


def _give_a_shop(customer: Customer, estate: Estate) -> None:
    """Let the customer who applies for a shop have had another for years: there are then bills to see."""
    house = customer.organisation.short
    spot = estate.find(house, [Place.Kind.SHOP], supplied=False, on=OWN_SHOP_SINCE, until=dt.date.max)
    estate.agree(spot, customer, OWN_SHOP_SINCE)


def _expect_full_tables() -> None:
    """Nobody has measured these tables yet. Taken for empty, they would be joined row by row by
    whichever index comes first: a hundred times slower than it need be."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_nestloop = off")


def _must_be_empty() -> None:
    if Organisation.objects.filter(is_demo=True).exists():
        raise DemonstrationHere
    real = {
        Words("单位", "organisations"): Organisation.objects.exists(),
        Words("用户", "customers"): Customer.objects.exists(),
        Words("账户", "accounts"): Account.objects.filter(is_demo=False).exists(),
    }
    found = [what for what, is_there in real.items() if is_there]
    if found:
        raise RealDataHere(what=found)
