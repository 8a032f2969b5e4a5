"""The addresses of money: the counter, and the books."""

from django.urls import path

from tongdian.accounts.pages import agreed, books, by_rule, certificates, counter, customers, late, own
from tongdian.accounts.registers import ACCOUNTS
from tongdian.registers.pages.register import addresses

urlpatterns = [
    path("cash/", counter.desk, name="cash"),
    path("cash/accounts/<uuid:id_>/", customers.account, name="money-account"),
    path("cash/accounts/<uuid:id_>/pay/", counter.pay, name="money-account-pay"),
    path("cash/accounts/<uuid:id_>/by-rule/", by_rule.choose, name="money-account-by-rule"),
    path("cash/accounts/<uuid:id_>/by-rule/<str:rule>/", by_rule.charge, name="money-account-charge-answer"),
    path("cases/<str:number>/charge-now/<str:stage>/", by_rule.charge_now, name="case-charge-now"),
    path("cash/certificates/", certificates.ask, name="certificates"),
    path("cash/receipts/", counter.receipts, name="receipts"),
    path("cash/receipts/export/", counter.export, name="receipts-export"),
    path("cash/receipts/<uuid:id_>/", counter.receipt, name="receipt"),
    path("cash/receipts/<uuid:id_>/paper/", counter.paper, name="receipt-paper"),
    path("cash/receipts/<uuid:id_>/take-back/", counter.take_back, name="receipt-take-back"),
    path("cash/boxes/<int:id_>/", counter.box, name="cash-box"),
    *addresses(ACCOUNTS),
    path("cash/late/", late.late, name="late"),
    path("cash/late/fees/", late.run, name="late-fees"),
    path("cash/halts/<uuid:id_>/end/", late.end, name="halt-end"),
    path("cash/proposals/", agreed.proposals, name="money-proposals"),
    path("cash/proposals/<uuid:id_>/", agreed.answer, name="money-proposal"),
    path("cash/charges/<uuid:id_>/take-back/", agreed.take_charge, name="charge-take-back"),
    path("cash/bank-lines/", agreed.bank_lines, name="bank-lines"),
    path("cash/bank-lines/<uuid:id_>/", agreed.match, name="bank-line"),
    path("my-accounts/", own.accounts, name="my-accounts"),
    path("my-accounts/<uuid:id_>/", own.account, name="my-account"),
    path("my-accounts/<uuid:id_>/proofs/<str:month>/", own.proof, name="my-proof"),
    path("my-accounts/receipts/<uuid:id_>/", own.paper, name="my-receipt"),
    path("books/", books.trial, name="books"),
    path("books/close/", books.close, name="books-close"),
    path("books/banks/", books.bank, name="books-bank"),
    path("books/accounts/<int:id_>/", books.ledger, name="books-account"),
    path("books/accounts/<int:id_>/assert/", books.asserted, name="books-assert"),
    path("books/ageing/", books.ageing, name="ageing"),
    path("books/ageing/export/", books.ageing_export, name="ageing-export"),
]
