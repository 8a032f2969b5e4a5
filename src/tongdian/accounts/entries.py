"""What is entered of billing accounts: fields and links, in order."""

from dataclasses import replace

from tongdian.accounts import fields, queries
from tongdian.accounts.fields import KEY, MOST_YUAN, REASON, WHAT, YUAN
from tongdian.accounts.rules import MoneyDeed
from tongdian.network.entries import of_the_organisation
from tongdian.network.models import Place
from tongdian.network.queries import places
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.models import Customer
from tongdian.parties.queries import NoSuchCustomer, customers
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.links import Link
from tongdian.registers.sorts import Number, Selection, Text, Truth


def bank_choices(scope: Scope) -> dict[str, Words]:
    """The bank accounts that the books of an organisation (none: of those the viewer reads) know."""
    if scope.organisation is not None:
        rows = queries.banks(scope.organisation)
    else:
        rows = queries.bank_accounts(scope.viewer) if scope.viewer is not None else []
    return {one.name: Words(one.name, one.name) for one in rows}


BANK = Selection(
    "bank",
    Words("银行账户", "Bank account"),
    of=bank_choices,
    optional=True,
    note=Words("不选即为现金。", "None: in cash."),
)
ACCOUNT = fields.ACCOUNT.adding(
    Link(
        "place",
        Words("地点编号", "Code of the place"),
        to=Place,
        among=lambda scope: of_the_organisation(places(scope.viewer), "organisation", scope),
        unknown=NoSuchPlace,
        fixed=True,
    ),
    Link(
        "customer",
        Words("用户编号", "Customer number"),
        to=Customer,
        by="number",
        among=lambda scope: customers(scope.viewer),
        unknown=NoSuchCustomer,
        fixed=True,
        example="YS-U000001",
    ),
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
    Truth(
        "prepay",
        Words("多出部分转为预存", "Keep the rest as a prepayment"),
        default=False,
        note=Words("收款远多于欠费时须勾选。", "Asked where far more is paid than is owed."),
    ),
)
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
    replace(BANK, title=Words("存入银行账户", "Paid into"), note=Words("", "")),
    Text("note", Words("长短款原因", "Why it differs"), optional=True, most=200),
)
TOP_UP = Fields(
    WHAT,
    YUAN,
    Text("reason", Words("理由", "Reason"), most=60),
    Text("approver", Words("批准人", "Approved by"), most=40),
    Number(
        "basis",
        Words("合同总价（元）或月数", "Contract price (yuan), or months"),
        high="100000000000",
        optional=True,
        note=Words("标准按它确定的保证金才填。", "Only where the range goes by it."),
    ),
    BANK,
)
PROPOSAL = Fields(
    Selection("deed", Words("办理", "What is done"), of=MoneyDeed),
    YUAN,
    Text("debt", Words("欠款", "Debt"), optional=True, most=40, api="its id, of one that is given up"),
    BANK,
    REASON,
)
