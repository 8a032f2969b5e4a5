"""The texts of agreements in cases of the demonstration, signed at the counter as far as the case
has come."""

from __future__ import annotations

import datetime as dt

from tongdian.agreements.actions.signing import sign_texts
from tongdian.agreements.models import AgreementText, Signature
from tongdian.agreements.rules import CONSENT, SignatureEvidence
from tongdian.calendar import legal_day
from tongdian.connections.contracts import draw_up
from tongdian.demo.chronicle import Chronicle, DemoCase
from tongdian.demo.estate import CLASSES, Kind
from tongdian.demo.papers import written
from tongdian.parties.models import Account

# per process: after which stage there is a text, which one the customer's signature closes, which
# one the office's
SIGNING = {
    "shop-application": ("accept", "sign", "sign"),
    "construction-application": ("accept", "sign", "sign"),
    "electronic-contract": ("draft", "sign", "seal"),
}
MOST = 14  # signed in full: enough to look at
DRAWN = written("演示签名")


class Contracts:
    """Draws texts up and signs them."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._signed = 0

    def texts_of(self, made: DemoCase) -> list[AgreementText]:
        """The texts of a case as it stands; none for one that has not come so far."""
        drawn, by_customer, by_office = SIGNING.get(made.plan.business.process, ("", "", ""))
        if not made.is_done(drawn) or made.case.ending == "withdrawn":
            return []
        waits = made.plan.is_open and by_office in made.plan.walk.state.open_stages
        if not waits and by_customer == by_office and self._signed >= MOST:
            return []
        clerk = self._chronicle.somebody(made, drawn)
        when = made.closed[drawn] + dt.timedelta(minutes=3)
        first = legal_day(made.closed[by_office]) if made.is_done(by_office) else legal_day(when)
        class_, category = CLASSES[made.plan.business.pack, Kind(made.spot.place.kind)]
        texts = draw_up(
            viewer=clerk,
            case=made.case,
            customer_class=class_,
            price_category=category,
            first_on=first,
            at=when,
        )
        is_sealed = made.is_done(by_office)
        is_signed = made.is_done(by_customer) or (waits and not made.plan.is_newcomers)
        for text in texts:
            if is_signed:
                self._sign(text, made, clerk, Signature.Party.CUSTOMER, when)
            if is_sealed:
                self._sign(text, made, clerk, Signature.Party.SUPPLIER, when)
                self._signed += 1
        return texts if is_sealed else []

    def _sign(
        self, text: AgreementText, made: DemoCase, clerk: Account, party: str, when: dt.datetime
    ) -> None:
        customer = made.case.customer
        assert customer is not None
        is_customer = party == Signature.Party.CUSTOMER
        name = customer.contact or customer.name
        method = Signature.Method.COUNTER if is_customer else Signature.Method.ACCOUNT
        sign_texts(
            viewer=clerk,
            shown={text: text.body_hash},
            party=party,
            method=method,
            evidence=SignatureEvidence(consent=CONSENT.zh, name=name, drawing=DRAWN, user_agent="demo"),
            at=when + dt.timedelta(minutes=5 if is_customer else 9),
        )
