"""A town for the journeys: the demonstration's organisations and people, and a few places."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from types import SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import transaction
from django.utils import timezone

from tests.cases.brought import hung
from tests.consent import ON_PAPER
from tests.journeys.walking import PASSWORD, SCREENS, Applicant, Colleague
from tests.tries import forget_all_tries
from tongdian.accounts.actions.collecting import open_bank_account
from tongdian.accounts.actions.depositing import enter_old_deposit
from tongdian.accounts.actions.opening import open_account
from tongdian.agreements.actions import agreeing
from tongdian.demo.organisations import CAMPUS_PACK, make_organisations
from tongdian.demo.people import make_people
from tongdian.demo.surroundings import send_text_messages_from_now_on
from tongdian.network.actions import add_feeder, add_place, add_transformer, add_usage_point
from tongdian.parties.actions.customers import enter_customer
from tongdian.rulebook.commands import install_packs
from tongdian.supply.actions.stopping import opened

LONG_AGO = dt.date(2024, 9, 1)


class Quiet(WSGIRequestHandler):
    """Answers without writing every request to the console."""

    def log_message(self, *_said):
        pass


class Town:
    """Every organisation by its short name, and what is entered at them."""

    def __init__(self, admin):
        self.admin, self.at = admin, timezone.now()
        install_packs()
        self.organisations = make_organisations(admin, self.at)
        make_people(self.organisations, password=PASSWORD, today=timezone.localdate(), at=self.at)
        send_text_messages_from_now_on(admin, self.organisations, self.at)
        self._lines = {}

    def place(self, house, kind, code, name, *, water=False, inside=None):
        """A place with a usage point for power from a transformer of its own, and for water."""
        of, known = self.organisations[house], {"viewer": self.admin, "at": self.at}
        place = add_place(organisation=of, kind=kind, code=code, name=name, parent=inside, **known)
        source = add_transformer(
            feeder=self._line(of),
            code=f"T-{code}",
            name=f"{name}变压器",
            capacity_kva=Decimal(1000),
            place=place,
            is_public=True,
            **known,
        )
        points = [
            add_usage_point(
                place=place, utility="power", code=f"{house}-{code}-D", transformer=source, **known
            )
        ]
        if water:
            main = add_feeder(organisation=of, utility="water", code=f"W-{code}", name="水管", **known)
            points.append(
                add_usage_point(place=place, utility="water", feeder=main, code=f"{house}-{code}-S", **known)
            )
        return SimpleNamespace(place=place, points=points, house=of)

    def _line(self, of):
        if of.short not in self._lines:
            self._lines[of.short] = add_feeder(
                viewer=self.admin,
                organisation=of,
                utility="power",
                code="10K1",
                name="10kV 一线",
                voltage_kv=Decimal(10),
                capacity_kva=Decimal(20_000),
                at=self.at,
            )
        return self._lines[of.short]

    def supplied(self, spot, name, identity, phone, *, customer_class, price, kilowatts):
        """Somebody who is supplied there since long ago."""
        known = {"viewer": self.admin, "at": self.at}
        customer = enter_customer(
            organisation=spot.house,
            kind="person",
            name=name,
            identity=identity,
            consented=ON_PAPER,
            phone=phone,
            **known,
        )
        for point in spot.points:
            agreeing.sign(
                usage_point=point,
                customer=customer,
                pack=CAMPUS_PACK,
                customer_class=customer_class,
                price_category=price,
                first_on=LONG_AGO,
                signed_on=LONG_AGO,
                **known,
                capacity_kw=Decimal(kilowatts) if point.utility == "power" else None,
            )
            with transaction.atomic():
                opened(point=point, on=LONG_AGO, customer=customer, reason="2019 年协议", **known)
            hung(point)
        return customer

    def lodged(self, customer, place, what, yuan):
        """A deposit of former books, and the bank account out of which it is given back."""
        known = {"viewer": self.admin, "at": self.at}
        account = open_account(customer=customer, place=place, **known)
        enter_old_deposit(account=account, what=what, yuan=Decimal(yuan), reason="台账", **known)
        return open_bank_account(organisation=place.organisation, name="农行", **known)


@pytest.fixture
def town(committed, viewer):
    forget_all_tries()
    yield Town(viewer("administrator", "admin"))
    forget_all_tries()


@pytest.fixture
def address(town):
    """The program, served from the test's own database."""
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def meet(address, browser, serious_findings):
    """`meet("energy")` is a colleague signed in at a desk; `meet()` an applicant with a telephone.
    A message that a browser writes to its console fails the journey."""
    contexts, complaints, met = [], [], {}

    def open_(username="", language="zh-CN"):
        key = username or "applicant"
        if key in met:
            return met[key]
        context = browser.new_context(
            base_url=address,
            locale=language,
            viewport=SCREENS["desk" if username else "phone"],
            has_touch=not username,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_bad(said) else None)
        page.goto("/")
        known = {"page": page, "language": language, "findings": serious_findings}
        met[key] = Colleague(username, **known) if username else Applicant(**known)
        return met[key]

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _is_bad(said):
    return said.type in ("error", "warning") and "status of 4" not in said.text
