"""A resident's ledger as stages of cases write it: begun (8(3), 20), moved to another flat, renamed (10(1)).

open-account    on record as supplied, and how it is paid: withheld from wages, paid by themselves, prepaid
move-account    the ledger and the card go to the new flat: what is lodged and prepaid goes along
open-moved      the new flat is supplied from its first readings on
rename-account  another holder takes the supply and what is lodged over, from the final reading on
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.accounts import queries
from tongdian.accounts.actions.depositing import lodged_of, must_owe_nothing
from tongdian.accounts.actions.opening import opened
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries.customers import accounts_in
from tongdian.accounts.refusing import SameFlat, SameHolder
from tongdian.accounts.rules import LedgerKind, PayForm, TransferReason
from tongdian.agreements.actions import agreeing
from tongdian.agreements.actions.ending import end_by_case, reopen_by_case, transfer_by_case
from tongdian.agreements.models import Agreement
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case, EffectRun
from tongdian.cases.rules import CannotUndo
from tongdian.connections import effects as connections
from tongdian.metering.actions.by_case import read_at, take_readings_back
from tongdian.metering.queries import final_reading_on
from tongdian.metering.rules import Quality
from tongdian.network.actions import add_usage_point
from tongdian.network.models import Place, UsagePoint
from tongdian.network.rules import NoSuchPlace, Utility
from tongdian.parties.models import Customer
from tongdian.parties.queries import NoSuchCustomer, shares_line
from tongdian.policy.inputs import Input
from tongdian.policy.words import Words
from tongdian.registers.action import put

MOVE_ACCOUNT = "move-account"
# 20: residents on the establishment have their charges withheld from wages, or buy power in advance
FORMS = (PayForm.WITHHELD, PayForm.SELF, PayForm.PREPAID)


# ---------------------------------------------------------------- begun
def _asks_of_the_ledger(case: Case) -> Mapping[str, Input]:
    labels = {str(one): Words(zh, en) for one, (zh, en) in zip(FORMS, _SAID, strict=True)}
    form = Input(
        title=Words("缴费形式（第二十条）", "how it is paid (article 20)"),
        one_of=tuple(labels),
        labels=labels,
        default=str(PayForm.WITHHELD),
    )
    return {**connections.asks_of_signing(case), "form": form}


_SAID = (
    ("在编：财务处代扣", "on the establishment: withheld by the finance office"),
    ("不在编：自缴", "off the establishment: paid by themselves"),
    ("预付费电表：预付", "with a prepaid meter: prepaid"),
)


@effect(
    "open-account",
    title=Words("登记为该处用户，记入台账", "on record as supplied there, and in the ledger"),
    asks=_asks_of_the_ledger,
    undo=connections.take_back,
)
def entered(deed: Deed) -> Mapping[str, Any]:
    """The resident is on record as supplied, and the ledger says how the charges are paid. Raises what
    going on record does."""
    done = connections.open_account(deed)
    if deed.case.customer is None or deed.case.place is None or not done["agreements"]:
        return done
    account = opened(
        customer=deed.case.customer,
        place=deed.case.place,
        at=deed.at,
        is_demo=deed.case.is_demo,
        actor=deed.viewer.actor,
    )
    form = str(deed.given.get("form", PayForm.WITHHELD))
    if account.form == PayForm.SELF != form:  # what both offices agreed to otherwise stays
        put(account, form=form)
    return {**done, "account": account.number, "form": account.form}


# ---------------------------------------------------------------- moved
def _asks_where(case: Case) -> Mapping[str, Input]:
    return {"new_place": Input(title=Words("新住房的地点编号", "code of the new flat"), type="id")}


def _new_place(deed: Deed) -> Place:
    code = str(deed.given["new_place"]).strip()
    found = Place.objects.filter(organisation=deed.case.organisation, code=code).first()
    if found is None:
        raise NoSuchPlace
    if found.pk == deed.case.place_id:
        raise SameFlat(code=code)
    return found


def _running(case: Case, on: dt.date) -> list[Agreement]:
    return connections.in_force_at(case, on)


def _back(deed: Deed) -> Mapping[str, Any]:
    """Money that went along stays where it is, as it is in the books: then nothing is undone."""
    if deed.done.get("moved_fen"):
        raise CannotUndo(stage=deed.stage, effect=Words("保证金、预存已转走", "money was moved along"))
    for key in reversed(deed.done.get("agreements", [])):
        reopen_by_case(
            viewer=deed.viewer, agreement=Agreement.objects.get(pk=key), case=deed.case.number, at=deed.at
        )
    return {"reopened": deed.done.get("agreements", [])}


@effect(
    MOVE_ACCOUNT,
    title=Words("台账和电卡已转到新住房", "the ledger and the card are moved"),
    asks=_asks_where,
    undo=_back,
)
def moved(deed: Deed) -> Mapping[str, Any]:
    """The supply of the former flat ends with the day; what is paid and lodged goes to the new flat's
    account, which is paid in the same form. Raises NoSuchPlace, SameFlat, DebtsOpen, NoAgreementHere."""
    place = _new_place(deed)
    former = _running(deed.case, deed.on)
    terms = [
        {
            "utility": one.usage_point.utility,
            "pack": one.pack,
            "customer_class": one.customer_class,
            "price_category": one.price_category,
        }
        for one in former
    ]
    for one in former:
        end_by_case(viewer=deed.viewer, agreement=one, last_on=deed.on, case=deed.case.number, at=deed.at)
    assert deed.case.customer is not None  # whose agreements they are
    fen, account = _carried(deed, deed.case.customer, place)
    return {
        "agreements": [str(one.pk) for one in former],
        "place": place.code,
        "account": account.number if account else "",
        "terms": terms,
        "moved_fen": fen,
    }


def _carried(deed: Deed, customer: Customer, place: Place) -> tuple[int, BillingAccount | None]:
    """The account of the new place or holder, with the form, the deposits and prepayment of the former."""
    rows = accounts_in(deed.case)
    if not rows:
        return 0, None
    new = opened(
        customer=customer, place=place, at=deed.at, is_demo=deed.case.is_demo, actor=deed.viewer.actor
    )
    moves = []
    for one in rows:
        must_owe_nothing(one)
        put(new, form=one.form, borne_by=one.borne_by, agreed=one.agreed)
        moves += _moves(one, new)
    if moves:
        post(
            viewer=deed.viewer,
            organisation=new.organisation,
            moves=moves,
            on=deed.on,
            at=deed.at,
            note=deed.case.number,
        )
    return sum(one.fen for one in moves), new


def _moves(former: BillingAccount, new: BillingAccount) -> list[Movement]:
    organisation = former.organisation
    prepaid = queries.ledger_account(organisation, LedgerKind.PREPAYMENT, holder=former)
    pairs = [
        (one, account_of(organisation, LedgerKind.DEPOSIT, holder=new, name=one.name))
        for one in lodged_of(former)
    ]
    if prepaid is not None and queries.available(prepaid):
        pairs.append((prepaid, account_of(organisation, LedgerKind.PREPAYMENT, holder=new)))
    return [Movement(old.pk, now.pk, queries.available(old), TransferReason.SET_OFF) for old, now in pairs]


def _moved_to(case: Case) -> EffectRun | None:
    rows = EffectRun.objects.filter(case=case, effect=MOVE_ACCOUNT, is_undoing=False)
    return rows.order_by("attempt").last()


def _take_the_new_back(deed: Deed) -> Mapping[str, Any]:
    return {**take_readings_back(deed), **connections.take_back(deed)}


@effect("open-moved", title=Words("新住房已开通", "the new flat is supplied"), undo=_take_the_new_back)
def opened_there(deed: Deed) -> Mapping[str, Any]:
    """The new flat is supplied from the day on, at the terms of the former, for what the university
    supplies there; its meters are read. Raises NoMeterThere, and what agreements and readings refuse."""
    run = _moved_to(deed.case)
    if run is None or deed.case.customer is None:  # a case of an older encoding
        return {"agreements": [], "readings": []}
    place = Place.objects.get(organisation=deed.case.organisation, code=run.result["place"])
    read = read_at(deed, place, Quality.ACTUAL)
    made = []
    for terms in run.result["terms"]:
        if deed.state.facts.get(f"{terms['utility']}_start") is None:
            continue
        agreement = agreeing.sign(
            viewer=deed.viewer,
            usage_point=_point(deed, place, terms["utility"]),
            customer=deed.case.customer,
            pack=terms["pack"],
            customer_class=terms["customer_class"],
            price_category=terms["price_category"],
            first_on=deed.on,
            at=deed.at,
            is_demo=deed.case.is_demo,
        )
        made.append(str(agreement.pk))
    return {"agreements": made, **read}


def _point(deed: Deed, place: Place, utility: str) -> UsagePoint:
    found = UsagePoint.objects.filter(place=place, utility=utility).order_by("code").first()
    return found or add_usage_point(
        viewer=deed.viewer,
        place=place,
        utility=utility,
        code=f"{place.code}-{'D' if utility == Utility.POWER else 'S'}",
        at=deed.at,
        is_demo=deed.case.is_demo,
    )


# ---------------------------------------------------------------- renamed
def _asks_whom(case: Case) -> Mapping[str, Input]:
    title = Words("新户主的用户编号", "number of the new holder, as a customer")
    return {"new_holder": Input(title=title, type="id")}


def _new_holder(deed: Deed) -> Customer:
    number = str(deed.given["new_holder"]).strip()
    found = Customer.objects.filter(number=number).select_related("organisation").first()
    if found is None or not shares_line(found.organisation, deed.case.organisation):
        raise NoSuchCustomer
    if found.pk == deed.case.customer_id:
        raise SameHolder(number=number)
    return found


@effect(
    "rename-account",
    title=Words("台账和协议已更名", "the ledger and the agreement are renamed"),
    asks=_asks_whom,
    presumes=connections.presumes_supply,
)
def renamed(deed: Deed) -> Mapping[str, Any]:
    """Another holder takes over, from the day of the final reading on, so that every day is somebody's;
    what is lodged and prepaid goes along. Raises NoSuchCustomer, SameHolder, DebtsOpen, NoAgreementHere."""
    holder = _new_holder(deed)
    first_on = final_reading_on(deed.case.number) or deed.on
    made = [
        transfer_by_case(
            viewer=deed.viewer,
            agreement=one,
            customer=holder,
            first_on=first_on,
            case=deed.case.number,
            at=deed.at,
        )
        for one in _running(deed.case, deed.on)
    ]
    assert deed.case.place is not None  # where their agreements are
    fen, account = _carried(deed, holder, deed.case.place)
    return {
        "agreements": [str(one.pk) for one in made],
        "account": account.number if account else "",
        "moved_fen": fen,
    }
