"""A campus with two flats, a point of power in each, and three customers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from tests.network.conftest import AT, Campus, campus
from tongdian.parties.models import Adoption, Customer, since
from tongdian.parties.queries import searchable

__all__ = ["AT", "campus"]

PACK = "gxnu-2016-4"


@dataclass
class Town:
    """What agreements need."""

    campus: Campus
    officer: object
    points: list
    customers: list

    def sign(self, customer: int = 0, point: int = 0, **given):
        """Sign for one of the customers at one of the points, from 2026-01-01."""
        from tongdian.agreements.actions import agreeing

        usual = {
            "pack": PACK,
            "customer_class": "staff",
            "price_category": "staff",
            "first_on": date(2026, 1, 1),
            "at": AT,
            "viewer": self.officer,
        }
        return agreeing.sign(
            usage_point=self.points[point], customer=self.customers[customer], **usual | given
        )


def make_customer(organisation, number: str, name: str) -> Customer:
    """A person without personal numbers."""
    return Customer.objects.create(
        number=number,
        kind="person",
        name=name,
        organisation=organisation,
        created_at=AT,
        pairs=searchable(name, number),
    )


@pytest.fixture
def town(campus) -> Town:
    """The campus adopts GXNU 2016-4; each flat has a point of 8 kW."""
    from tongdian.network import actions

    Adoption.objects.create(organisation=campus.organisation, pack=PACK, in_force=since(date(2016, 1, 1)))
    points = [
        actions.add_usage_point(
            viewer=campus.officer,
            place=flat,
            utility="power",
            code=f"P{n}",
            at=AT,
            transformer=campus.transformer,
            capacity_kw=Decimal(8),
        )
        for n, flat in enumerate(campus.flats)
    ]
    customers = [
        make_customer(campus.organisation, f"U00{n}", name)
        for n, name in enumerate(["王小明", "李四", "赵五"])
    ]
    return Town(campus, campus.officer, points, customers)
