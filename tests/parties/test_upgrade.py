"""Customers from before documents: what an upgrade says of them."""

from importlib import import_module

import pytest
from django.db import connection
from tests.consent import ON_PAPER

from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.models import Customer

pytestmark = pytest.mark.django_db
UPGRADE = import_module("tongdian.parties.migrations.0009_customers_as_declared")
CODE, CITIZEN, OF_TAIWAN = "91110000600037341L", "360426199101010071", "830000199001010012"


def test_an_upgrade_names_documents_and_finds_names_whatever_their_dots(country, viewer, at):
    clerk = viewer("clerk", "clerk", at=country.campus)
    known = {"viewer": clerk, "organisation": country.campus, "consented": ON_PAPER, "at": at}
    enter_customer(**known, name="买买提·吐尔逊", identity=CITIZEN)
    enter_customer(**known, name="单晓", identity=OF_TAIWAN)
    enter_customer(**known | {"consented": None}, name="单位", kind="firm", identity=CODE)
    enter_customer(**known | {"consented": None}, name="无证")
    now = list(Customer.objects.order_by("number").values("document", "pairs", "name_key"))
    Customer.objects.update(document="id_card", pairs=[], name_key="")
    with connection.cursor() as cursor:
        UPGRADE.say(cursor)
    assert list(Customer.objects.order_by("number").values("document", "pairs", "name_key")) == now
    assert [one["document"] for one in now] == ["id_card", "residence_permit", "credit_code", "id_card"]
    assert now[1]["name_key"] == "shan xiao"
