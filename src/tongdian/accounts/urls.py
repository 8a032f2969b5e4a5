"""The addresses of money: the counter, and the books."""

from django.urls import path

from tongdian.accounts.pages import books, counter, customers

urlpatterns = [
    path("cash/", counter.desk, name="cash"),
    path("cash/accounts/<uuid:id_>/", customers.account, name="money-account"),
    path("cash/accounts/<uuid:id_>/pay/", counter.pay, name="money-account-pay"),
    path("cash/receipts/", counter.receipts, name="receipts"),
    path("cash/receipts/export/", counter.export, name="receipts-export"),
    path("cash/receipts/<uuid:id_>/", counter.receipt, name="receipt"),
    path("cash/receipts/<uuid:id_>/paper/", counter.paper, name="receipt-paper"),
    path("cash/receipts/<uuid:id_>/take-back/", counter.take_back, name="receipt-take-back"),
    path("cash/boxes/<int:id_>/", counter.box, name="cash-box"),
    path("books/", books.trial, name="books"),
    path("books/close/", books.close, name="books-close"),
    path("books/banks/", books.bank, name="books-bank"),
    path("books/accounts/<int:id_>/", books.ledger, name="books-account"),
    path("books/accounts/<int:id_>/assert/", books.asserted, name="books-assert"),
    path("books/ageing/", books.ageing, name="ageing"),
    path("books/ageing/export/", books.ageing_export, name="ageing-export"),
]
