"""Page and API show somebody the same things, and take something in for the same organisations."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Program, token_of
from tests.architecture.two_campuses import build
from tests.cases.conftest import organisation
from tongdian.network.models import Feeder
from tongdian.parties.models import Organisation

pytestmark = pytest.mark.django_db

LISTS = {  # a page, and the lists of the API that show the same
    "/organisations/?closed=1": ["/organisations"],
    "/customers/": ["/customers"],
    "/places/": ["/places"],
    "/network/": ["/feeders", "/transformers"],
    "/webhooks/": ["/webhooks"],
}
TAKEN_IN = {  # the page of a form, and what the API is asked for the same
    "/customers/new/": ("/customers", {"name": "李四", "phone": "13807730009"}),
    "/places/new/": ("/places", {"kind": "shop", "code": "Z{}", "name": "九号门面"}),
    "/network/feeders/new/": ("/feeders", {"utility": "power", "code": "Z{}", "name": "九号线"}),
    "/webhooks/new/": ("/webhooks", {"title": "x", "address": "https://example.com/"}),
}
NOT_THERE = {"no-such-organisation", "not-allowed", "not-signed-in"}


@pytest.fixture
def world(viewer: Any) -> Any:
    """Two campuses, and of everybody who works in or over the first."""
    made = build(viewer)
    campus = made.ours["_campus"]
    centre = Organisation.objects.get(short="YSS")
    energy = Organisation.objects.get(pk=made.ours["office"])
    bureau = organisation("department", "桂林市电力局", "GLDL", region="450300")
    made.people |= {
        "counter of the campus": made.people.pop("clerk"),
        "clerk of the centre": viewer("clerk", "centre-clerk", at=centre),
        "technician of the centre": viewer("technician", "centre-technician", at=centre),
        "officer of the energy office": viewer("officer", "energy-officer", at=energy),
        "administrator of an office": viewer("administrator", "energy-administrator", at=energy),
        "officer of the bureau": viewer("officer", "bureau-officer", at=bureau),
        "supervisor of the bureau": viewer("supervisor", "bureau-supervisor", at=bureau),
        "administrator of all": viewer("administrator", "of-all"),
        "auditor of all": viewer("auditor", "auditor-of-all"),
    }
    closed = organisation("campus", "旧校区", "JXQ", region="450311", parent=campus)
    closed.in_force = type(closed.in_force)(closed.in_force.lower, closed.in_force.lower.replace(year=2021))
    closed.save()
    for things in (made.ours, made.theirs):
        Feeder.objects.filter(pk=things["feeder"]).update(code=f"FEEDER-{things['short']}")
    made.organisations = [campus, centre, energy, bureau, closed, made.theirs["_campus"]]
    return made


def _browser(account: Any) -> Client:
    person = Client(headers={"Accept-Language": "en"})
    person.force_login(account)
    return person


def test_both_show_the_same_rows(world: Any) -> None:
    kinds = ("organisation", "office", "customer", "place", "feeder", "transformer", "webhook")
    known = {str(one.pk) for one in world.organisations}
    known |= {str(things[kind]) for things in (world.ours, world.theirs) for kind in kinds}
    # who may not change a feeder reads its code, and finds no address of its own
    marks = {str(one.pk): one.code for one in Feeder.objects.all()}
    seen_by = {}
    for who, account in world.people.items():
        person, program = _browser(account), Program(token_of(account))
        for page, lists in LISTS.items():
            reply = person.get(page)
            text = reply.content.decode() if reply.status_code == 200 else ""
            shown = {id_ for id_ in known if marks.get(id_, f"/{id_}/") in text.partition("<main")[2]}
            answers = [program.ask(path, limit=200) for path in lists]
            given = {row["id"] for one in answers if one.status_code == 200 for row in one.json()["items"]}
            assert shown == given & known, (who, page)
            seen_by[who, page] = shown
    assert str(world.ours["customer"]) in seen_by["clerk of the centre", "/customers/"]
    assert seen_by["officer of the bureau", "/customers/"] == set()


def test_both_take_in_for_the_same_organisations(world: Any) -> None:
    taken_by = {}
    for number, (who, account) in enumerate(world.people.items()):
        person, program = _browser(account), Program(token_of(account))
        for page, (path, body) in TAKEN_IN.items():
            for one in world.organisations:
                offers = person.get(page, {"for": one.pk})
                text = offers.content.decode() if offers.status_code == 200 else ""
                is_form = 'name="code"' in text and "?for=" not in text.partition("<main")[2]
                is_offered = is_form or f'<option value="{one.pk}"' in text
                asked = {name: said.format(number) for name, said in body.items()}
                reply = program.do(path, organisation=str(one.pk), **asked)
                is_taken = reply.json().get("code") not in NOT_THERE
                assert is_offered == is_taken, (who, page, one.short, reply.content.decode())
                taken_by[who, path, one.short] = reply.status_code
    assert taken_by["clerk of the centre", "/customers", "YS"] == 201
    assert taken_by["technician of the centre", "/places", "YS"] == 201
    assert taken_by["administrator of all", "/customers", "YSJ"] == 404  # an office has none
    assert taken_by["administrator of all", "/feeders", "JXQ"] == 404  # it is closed
