"""What is asked of payments, counts and balances."""

from tongdian.accounts.rules import BalanceSource
from tongdian.policy.words import Words
from tongdian.registers.fields import ANYWHERE, Fields, Scope
from tongdian.registers.sorts import Day, Number, Selection, Text
from tongdian.rulebook import queries as rulebook


def deposit_rules(_scope: Scope = ANYWHERE) -> dict[str, Words]:
    """The deposits that regulations ask for (`uses: deposits:`); rule → title."""
    return {
        name: pack.rules[name].title
        for pack in rulebook.readable_packs()[0]
        for name in (pack.head.uses.collecting.deposits if pack.head.uses.collecting else ())
    }


MOST_YUAN = "99999999.99"  # of one payment: a slip of the keys is refused
YUAN = Number("yuan", Words("金额（元）", "Amount (yuan)"), high=MOST_YUAN, unit="yuan", example="128.50")
BANK = Text(
    "bank",
    Words("银行账户", "Bank account"),
    optional=True,
    most=80,
    note=Words("空着即为现金。", "Left empty: in cash."),
    example="农行基本户",
)
REASON = Text("reason", Words("原因", "Reason"), most=200)
KEY = Text(
    "key",
    Words("对方流水号", "Its number outside"),
    optional=True,
    most=120,
    api="what the payment is called outside: told twice, it is one",
)
PAYMENT = Fields(
    YUAN,
    Text(
        "payer",
        Words("缴款人", "Paid by"),
        optional=True,
        most=80,
        note=Words("空着即为户主。", "Left empty: the customer."),
    ),
    BANK,
    Text("note", Words("备注", "Note"), optional=True, most=120),
    KEY,
)
REVERSAL = Fields(REASON)
COUNT = Fields(
    Number(
        "counted",
        Words("实点金额（元）", "Counted (yuan)"),
        low="0",
        high=MOST_YUAN,
        unit="yuan",
        example="1280.50",
    ),
    Number(
        "booked",
        Words("账面金额（元）", "In the books (yuan)"),
        low="0",
        high=MOST_YUAN,
        unit="yuan",
        note=Words(
            "打开页面时的账面数；其间又有收款的，须重新盘点。",
            "As the page showed it: what came in since has to be counted too.",
        ),
    ),
    Text("bank", Words("存入银行账户", "Paid into"), optional=True, most=80, example="农行基本户"),
    Text("note", Words("长短款原因", "Why it differs"), optional=True, most=200),
)
BANK_ACCOUNT = Fields(Text("name", Words("银行账户", "Bank account"), most=80, example="农行基本户"))
ON = Day("on", Words("日期", "Day"), example="2026-03-31")
ASSERTION = Fields(
    ON,
    Number(
        "yuan",
        Words("余额（元）", "Balance (yuan)"),
        low="-99999999999.99",
        high="99999999999.99",
        unit="yuan",
        note=Words("借方为正，贷方为负。", "Debits less credits."),
    ),
    Selection("source", Words("依据", "Source"), of=BalanceSource, example="银行对账单"),
    Text("note", Words("备注", "Note"), optional=True, most=200),
)
SET_OFF = Fields(YUAN, REASON)
OLD_DEPOSIT = Fields(
    Selection("what", Words("何种保证金", "Which deposit"), of=deposit_rules),
    YUAN,
    Text("reason", Words("依据", "By what paper"), most=200, example="2019 年保证金台账第 12 页"),
)
