"""Money of the demonstration: accounts with deposits and arrears of former books, some days at the
counter, a bank's file, and one of everything that waits for somebody. Bills come with billing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from random import Random

from tongdian.accounts.actions.agreeing import propose_money
from tongdian.accounts.actions.banking import bring_bank_file
from tongdian.accounts.actions.charging import charge_once
from tongdian.accounts.actions.collecting import open_bank_account, take_payment
from tongdian.accounts.actions.counting import count_cash
from tongdian.accounts.actions.depositing import enter_old_deposit
from tongdian.accounts.actions.late import halt_collection
from tongdian.accounts.actions.opening import open_account
from tongdian.accounts.actions.owing import Owed, owe
from tongdian.accounts.models import BillingAccount, Debt, LedgerAccount
from tongdian.accounts.queries import available
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.demo.estate import Spot
from tongdian.demo.organisations import CAMPUS_PACK
from tongdian.demo.people import Staff
from tongdian.money import yuan_of_fen
from tongdian.parties.models import Account, Organisation
from tongdian.policy.words import Words

BANK = "农行基本户"
CASHIERS = {"YS": "centre", "YC": "yc-centre", "WC": "wc-centre"}
LODGED = {
    "flat": ("staff-card-deposit", 20),
    "shop": ("shop-deposit", 3_000),
    "site": ("construction-deposit", 20_000),
}
ARREARS = Words("旧账欠费", "arrears of former books")
DAYS = 4  # at the counter, before today


def move_money(
    spots: Iterable[Spot],
    staff: Staff,
    organisations: Mapping[str, Organisation],
    random: Random,
    admin: Account,
    at: dt.datetime,
) -> None:
    """Fill the books of each campus."""
    known = list(spots)
    for short, username in CASHIERS.items():
        house = organisations[short]
        mine = [one for one in known if one.house == house and one.customer and one.pack == CAMPUS_PACK]
        _Counter(house, staff.named[username], random, admin, at).fill(mine)


class _Counter:
    """One campus's counter, over some days."""

    def __init__(
        self, house: Organisation, cashier: Account, random: Random, admin: Account, at: dt.datetime
    ) -> None:
        self._house, self._cashier, self._random, self._admin, self._at = house, cashier, random, admin, at
        self._today = legal_day(at)
        self._bank = open_bank_account(viewer=admin, organisation=house, name=BANK, at=at)

    def fill(self, spots: list[Spot]) -> None:
        """Accounts, arrears, payments, counts, and what waits."""
        accounts = [self._account(spot) for spot in spots]
        owing = [one for one in accounts if self._random.random() < 0.35]
        for account in owing:
            self._owe(account)
        boxes: dict[int, LedgerAccount] = {}
        for account in owing[::2]:
            self._pay(account, boxes)
        for box in boxes.values():
            if box.day is not None and box.day < self._today:
                self._count(box)
        if len(owing) > 5:
            self._waits(owing[1::2])

    def _account(self, spot: Spot) -> BillingAccount:
        assert spot.customer is not None
        account = open_account(
            viewer=self._admin, customer=spot.customer, place=spot.place, at=self._at, is_demo=True
        )
        what, yuan = LODGED.get(str(spot.place.kind), ("", 0))
        if what:
            enter_old_deposit(
                viewer=self._cashier,
                account=account,
                what=what,
                yuan=Decimal(yuan),
                reason="保证金台账",
                at=self._at,
            )
        return account

    def _owe(self, account: BillingAccount) -> None:
        due = self._today - dt.timedelta(days=self._random.randint(5, 120))
        item = Owed(
            subject=Debt.Subject.OPENING,
            fen=self._random.randint(2_000, 90_000),
            due_on=due,
            title=Words(f"{ARREARS.zh} {due:%Y-%m}", f"{ARREARS.en} {due:%Y-%m}"),
            cite="21",
        )
        billed = due - dt.timedelta(days=15)
        owe(viewer=self._admin, account=account, items=[item], on=billed, at=self._noon(billed))
        if self._random.random() < 0.15:
            charge_once(
                viewer=self._cashier,
                account=account,
                item="card",
                yuan=Decimal(20),
                paper="补卡单",
                at=self._at,
            )

    def _pay(self, account: BillingAccount, boxes: dict[int, LedgerAccount]) -> None:
        day = self._today - dt.timedelta(days=self._random.randint(0, DAYS - 1))
        receipt = take_payment(
            viewer=self._cashier,
            account=account,
            yuan=Decimal(self._random.randint(20, 600)),
            payer="",
            bank=BANK if self._random.random() < 0.3 else "",
            at=self._noon(day),
            prepay=True,
        )
        if receipt.into.kind == "cash":
            boxes[receipt.into_id] = receipt.into

    def _count(self, box: LedgerAccount) -> None:
        booked = yuan_of_fen(available(box))
        is_short = self._random.random() < 0.3
        count_cash(
            viewer=self._cashier,
            box=box,
            counted=booked - Decimal("0.50") if is_short else booked,
            booked=booked,
            bank=BANK,
            note="找零差错" if is_short else "",
            at=self._at,
        )

    def _waits(self, owing: list[BillingAccount]) -> None:
        """A dispute, a debt to be given up, and payments of a bank's file, one of which nobody knows."""
        halt_collection(
            viewer=self._cashier,
            account=owing[0],
            ground="dispute",
            cite="第二十二条",
            first_on=self._today - dt.timedelta(days=100),
            note="用户对抄见数有异议",
            at=self._at,
        )
        debt = owing[1].debts.first()
        assert debt is not None
        propose_money(
            viewer=self._cashier,
            account=owing[1],
            deed="write_off",
            yuan=yuan_of_fen(debt.fen),
            debt=str(debt.pk),
            reason="用户已故，无遗产可供清偿",
            at=self._at,
        )
        text = (
            "交易流水号,交易日期,贷方发生额,对方户名,摘要\n"
            f"{self._house.short}0001,{self._today},30.00,用户,水电费 {owing[2].number}\n"
            f"{self._house.short}0002,{self._today},45.60,陈某,水电费\n"
        )
        bring_bank_file(viewer=self._cashier, bank=self._bank, content=text.encode(), at=self._at)

    def _noon(self, day: dt.date) -> dt.datetime:
        return min(dt.datetime.combine(day, dt.time(11), SHANGHAI), self._at)
