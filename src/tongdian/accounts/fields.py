"""What is asked of payments, counts and balances."""

from dataclasses import replace
from decimal import Decimal

from tongdian.accounts.rules import BalanceSource, Dunning, HaltGround, PayForm
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
REASON = Text("reason", Words("原因", "Reason"), most=200)
KEY = Text(
    "key",
    Words("对方流水号", "Its number outside"),
    optional=True,
    most=120,
    api="what the payment is called outside: told twice, it is one",
)
ACCOUNT = Fields(
    Selection(
        "form",
        Words("缴费形式", "How it is paid"),
        of=PayForm,
        default=PayForm.SELF,
        note=Words("第二十条", "article 20"),
    ),
    Text(
        "borne_by",
        Words("承担单位", "Borne by"),
        optional=True,
        most=80,
        note=Words("不是户主本人承担时填写。", "Where not the customer."),
    ),
    Text(
        "agreed",
        Words("协商依据", "Agreed in"),
        optional=True,
        most=120,
        note=Words(
            "与节能办、水电中心商定其他形式的书面依据。",
            "The paper in which both offices agreed to another form.",
        ),
    ),
)
REVERSAL = Fields(REASON)
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
WHAT = Selection("what", Words("何种保证金", "Which deposit"), of=deposit_rules)
OLD_DEPOSIT = Fields(
    WHAT, YUAN, Text("reason", Words("依据", "By what paper"), most=200, example="2019 年保证金台账第 12 页")
)


def charge_items(_scope: Scope = ANYWHERE) -> dict[str, Words]:
    """The one-off charges that regulations name (`uses: charges:`); item → title."""
    found: dict[str, Words] = {}
    for pack in rulebook.readable_packs()[0]:
        uses = pack.head.uses.collecting
        if uses is not None and uses.charges is not None:
            column = pack.rules[uses.charges].columns["item"]  # type: ignore[attr-defined]  # a table
            found |= {one: Words(column.label(one, "zh"), column.label(one, "en")) for one in column.one_of}
    return found


CHARGE = Fields(
    Selection("item", Words("收费项目", "Charge"), of=charge_items),
    Number("quantity", Words("数量", "Quantity"), high="100000", default=Decimal(1)),
    replace(
        YUAN,
        title=Words("结算金额（元）", "Cost as settled (yuan)"),
        optional=True,
        note=Words("空着即按公布的收费目录。", "Left empty: the published price."),
    ),
    Text("paper", Words("依据单据", "By what paper"), most=120, example="结算单 2026-031"),
    Day(
        "due_on", Words("缴费期限", "Due"), optional=True, note=Words("空着即当日。", "Left empty: at once.")
    ),
    KEY,
)


def rules_to_charge_by(_scope: Scope = ANYWHERE) -> dict[str, Words]:
    """The rules whose answers are charged (`uses: collecting: by_rule:`); rule → title."""
    return {
        name: pack.rules[name].title
        for pack in rulebook.readable_packs()[0]
        for name in (pack.head.uses.collecting.by_rule if pack.head.uses.collecting else ())
    }


CHARGE_BY_RULE = Fields(
    Selection("rule", Words("计费规则", "Rule"), of=rules_to_charge_by),
    Day("of_day", Words("计费日", "Day of the question"), example="2026-03-31"),
    Text(
        "given",
        Words("规则的输入", "What the rule is given"),
        lines=True,
        most=8000,
        example='{"power": "3", "water_flow": "0", "hours_a_day": "8", "start": "2026-03-01", "last": "2026-03-05"}',
        api="JSON: the inputs of the rule by name, rows as lists; never floats",
    ),
    Text("paper", Words("依据单据", "By what paper"), most=120, example="测算单 2026-007"),
    Day(
        "due_on", Words("缴费期限", "Due"), optional=True, note=Words("空着即当日。", "Left empty: at once.")
    ),
    KEY,
)
HALT = Fields(
    Selection("ground", Words("原因", "Ground"), of=HaltGround),
    Text("cite", Words("依据", "By what"), most=80, example="第二十二条"),
    Text("debt", Words("欠款", "Debt"), optional=True, most=40, api="its id; empty: the whole account"),
    Day("first_on", Words("自", "From")),
    Day("before", Words("至（不含）", "Until before"), optional=True),
    Text("note", Words("说明", "Note"), optional=True, most=200),
)
HALT_END = Fields(ON, REASON)
DUN = Fields(
    Selection("step", Words("催收步骤", "Step"), of=Dunning),
    Text("note", Words("送达方式", "How it was delivered"), most=200, example="短信 2026-04-12；张贴"),
)
ANSWER = Fields(REASON)
PLAN = Fields(
    Text(
        "parts",
        Words("各期", "Parts"),
        lines=True,
        most=2000,
        example="2026-05-20 500.00",
        note=Words(
            "每行一期：日期 金额；合计须等于尚欠金额。", "A line each: day and amount; together what is owed."
        ),
    ),
    Text("paper", Words("书面协议", "Agreed in writing"), most=120, example="分期协议 2026-03"),
    Day("first_on", Words("自", "From")),
)
CONSENT = Fields(
    Text("contract", Words("施工合同", "Works contract"), most=80),
    Text("signer", Words("签字人", "Signed by"), most=80),
    Day("signed_on", Words("签字日期", "Signed on")),
)
