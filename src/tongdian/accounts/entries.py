"""What is entered of billing accounts: fields and links, in order."""

from tongdian.accounts import fields
from tongdian.network.entries import of_the_organisation
from tongdian.network.models import Place
from tongdian.network.queries import places
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.models import Customer
from tongdian.parties.queries import NoSuchCustomer, customers
from tongdian.policy.words import Words
from tongdian.registers.links import Link

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
