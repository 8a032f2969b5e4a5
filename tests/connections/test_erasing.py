"""个人信息保护法 47: what identifies a person is erased wherever it stands, and the record stays true."""

from __future__ import annotations

import json

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from tests.connections.test_pages_public import WHAT, WHO, photograph
from tests.in_clear import tables_with
from tests.tries import forget_all_tries
from tongdian.api.tickets import for_applicant
from tongdian.audit_log.models import Entry
from tongdian.cases.guarding import CaseGoesOn
from tongdian.cases.models import Case, Paper
from tongdian.cases.rules import Applicant
from tongdian.connections.models import Application, Draft, Repair
from tongdian.connections.telling import tell_the_applicant
from tongdian.notices.models import Content, Notice
from tongdian.parties.actions.customers import erase_customer

pytestmark = pytest.mark.django_db

NAME = "欧阳若水"
SAYS = {**WHAT, "purpose": f"{NAME}的奶茶店", "remark": f"请打电话给{NAME}"}


@pytest.fixture(autouse=True)
def nothing_tried_before():
    forget_all_tries()


@pytest.fixture
def erase(viewer):
    administrator = viewer("administrator")

    def done(customer):
        return erase_customer(viewer=administrator, customer=customer, reason="本人申请", at=timezone.now())

    return done


@pytest.fixture
def sent(client, campus):
    """An application with the person's name in every text, and one that was not sent."""
    for is_sent in (False, True):
        token = client.post("/services/YS/shop-application/apply/")["Location"].split("/")[2]
        client.post(f"/apply/{token}/who/", {**WHO, "name": NAME})
        client.post(f"/apply/{token}/where/", {"place": str(campus.shop.pk)})
        client.post(f"/apply/{token}/what/", SAYS)
        for item in ("shop-lease", "shopkeeper-identity"):
            paper = {"item": item, "pages": photograph(f"{NAME}.jpg", item)}
            client.post(f"/apply/{token}/papers/add/", paper)
        if is_sent:
            client.post(f"/apply/{token}/check/")
    client.post(
        "/services/YS/repair/",
        {"utility": "water", "place_text": "3 栋", "what": "漏水", "phone": WHO["phone"], "name": NAME},
    )
    Repair.objects.update(state=Repair.State.DONE)
    case = Case.objects.get()
    for event in case.events.all():
        tell_the_applicant(case, event)
    return case


def take_back(client, case):
    client.post(f"/track/{case.number}/withdraw/", {"reason": "不开店了"})
    case.refresh_from_db()
    assert case.ending == "withdrawn"


def test_a_customer_with_an_open_case_is_not_erased_and_the_words_say_what_to_do(sent, erase):
    with pytest.raises(CaseGoesOn, match=f"{sent.number} is still open: finish it"):
        erase(sent.customer)
    assert Application.objects.get().purpose == SAYS["purpose"]
    assert Content.objects.exists()


def test_erased_nothing_says_who_it_was(client, sent, erase):
    take_back(client, sent)
    assert tables_with(NAME) == ["cases_paper", "connections_application", "parties_customer"]
    erase(sent.customer)
    assert tables_with(NAME) == []
    assert tables_with(NAME[:2]) == []  # nor by what it is found
    assert not Content.objects.exists()
    assert Notice.objects.exists()  # that they were told stays
    assert not Draft.objects.exists()
    reported = Repair.objects.get()
    assert not any(map(bytes, (reported.name, reported.phone, reported.phone_lookup)))
    assert Paper.objects.filter(case=sent).exists()


def test_the_entry_names_the_tables_and_columns_that_were_erased(client, sent, erase):
    take_back(client, sent)
    erase(sent.customer)
    erased = Entry.objects.get(action="erase-customer").payload.content["erased"]
    assert erased["notices_content"] == ["salt", "words"]
    assert erased["connections_application"] == ["place_text", "purpose", "remark"]
    assert erased["cases_paper"] == ["name"]
    assert erased["cases_case"] == ["pairs"]
    assert erased["connections_draft"] == ["content", "token_hash"]
    assert erased["connections_repair"] == ["name", "phone", "phone_lookup"]
    assert "identity" in erased["parties_customer"]
    assert NAME not in json.dumps(erased)


def test_with_the_personal_data_end_ticket_session_and_telephone(client, sent, erase):
    take_back(client, sent)
    ticket = f"Bearer {for_applicant(Applicant(sent.pk, sent.number))}"
    program = Client(headers={"Authorization": ticket})
    asked = (f"/api/v1/cases/{sent.number}", f"/api/v1/cases/{sent.number}/papers")
    assert [program.get(one).status_code for one in asked] == [200, 200]
    assert client.get(f"/track/{sent.number}/").status_code == 200
    erase(sent.customer)
    assert [program.get(one).status_code for one in asked] == [404, 404]
    assert client.get(f"/track/{sent.number}/").status_code == 404
    again = client.post("/track/", {"number": sent.number, "phone": WHO["phone"]})
    assert again.status_code == 422


@pytest.mark.parametrize(
    "change", ["purpose = '别的'", "purpose = ''", "capacity_kw = 1", "capacity_kw = 1, purpose = ''"]
)
def test_an_application_is_changed_by_nothing_but_an_erasure(sent, change):
    with pytest.raises(DatabaseError, match="only by erasure"), transaction.atomic():
        connection.cursor().execute(f"update connections_application set {change}")


def test_an_erased_application_cannot_be_filled_again(client, sent, erase):
    take_back(client, sent)
    erase(sent.customer)
    for change in ("purpose = '别的'", "capacity_kw = 1"):
        with pytest.raises(DatabaseError, match="only by erasure"), transaction.atomic():
            connection.cursor().execute(f"update connections_application set {change}")
