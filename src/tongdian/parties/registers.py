"""The registers of parties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from tongdian.parties import fields, queries
from tongdian.parties.actions import customers
from tongdian.parties.models import Customer
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import Register
from tongdian.registers.sorts import Day, Text, Truth

WORDS = Text(
    "q",
    Words("姓名、户号、完整证件号或电话", "Name, number, whole document number or phone"),
    optional=True,
    most=60,
    api="name, number, or a whole document number or phone",
)
ERASED_ON = Day("erased_on", Words("信息删除日期", "Erased on"), optional=True)
IS_DEMO = Truth("is_demo", Words("演示数据", "Demonstration"))


def _besides(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    return {one.pk: {"erased_on": one.erased_on, "is_demo": one.is_demo} for one in things}


CUSTOMERS = Register(
    name="customers",
    model=Customer,
    title=Words("用户", "Customers"),
    one=Words("用户", "a customer"),
    api=(
        "A customer, numbers masked; name, contact and addresses too for who does not work with customers.",
        "The customers that you see, masked.",
    ),
    fields=customers.CUSTOMER,
    is_imported=True,
    reads="parties.read_customer",
    rows=queries.customers,
    unknown=queries.NoSuchCustomer,
    add=customers.enter_customer,
    change=customers.change_customer,
    filters=(Filter(WORDS, lambda rows, text: rows.filter(queries.found_by(text))),),
    numbered=fields.NUMBER,
    derived=(ERASED_ON, IS_DEMO),
    derive=_besides,
    order="-id",
    pages=frozenset(),  # a search comes by POST, numbers are read on the record: pages/customers.py
    page=lambda one: reverse("customer", args=[one.pk]),
)
