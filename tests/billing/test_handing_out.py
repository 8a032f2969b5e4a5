"""The papers of a run: printed in the order in which they are carried around, and entered as handed over."""

import io
import re
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from tests.billing.conftest import noon, on
from tests.billing.test_pages import desk, text_of
from tongdian.billing.actions.correcting import cancel_bill
from tongdian.billing.actions.handing_out import deliver_run
from tongdian.billing.actions.objecting import deliver_bill
from tongdian.billing.models import BillDelivery
from tongdian.billing.printing import address_of, bill_paper, bill_papers
from tongdian.billing.queries.handing_out import papers, stacks
from tongdian.billing.rules import DeliveredTooEarly, NothingToDeliver
from tongdian.metering.actions.routes import add_reading_route, put_on_route
from tongdian.network import actions as network
from tongdian.qr_codes import BORDER, modules
from tongdian.signed_papers import public_of, verified_bill

__all__ = ["desk"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(shop):
    """A shop and four flats, billed: the flats 1-101 and 1-102 of building 1, and 2-9 and 2-10 of building 2.
    Who reads walks from 1-102 to 1-101; nobody made a route for the others."""
    town, campus = shop.room.town, shop.room.town.campus
    given = {"viewer": campus.officer, "at": noon(1, 1)}
    second = network.add_place(
        organisation=campus.organisation,
        kind="building",
        code="YS-2",
        name="雁山校区 2 栋",
        parent=campus.campus,
        **given,
    )
    nine, ten = (
        network.add_place(
            organisation=campus.organisation,
            kind="flat",
            code=f"YS-2-{n}",
            name=f"雁山校区 2 栋 {n} 室",
            parent=second,
            **given,
        )
        for n in (9, 10)
    )
    flats = {"101": campus.flats[0], "102": campus.flats[1], "9": nine, "10": ten}
    for what, place in flats.items():
        shop.supply(what, place, customer=1)
        shop.read(what, (3, 1), "50")
    shop.read("shop", (3, 1), "12.5")
    shop.read("tap", (3, 1), "7")
    route = add_reading_route(
        viewer=town.officer, organisation=shop.organisation, code="R1", name="1 栋", at=noon(1, 1)
    )
    for what in ("102", "101"):
        put_on_route(viewer=town.officer, reading_route=route, usage_point=shop.points[what], at=noon(1, 1))
    run, preview = shop.prepare((2, 15), (3, 1))
    shop.post(run, preview)
    shop.run, shop.route = run, route
    return shop


def places(rows) -> list[str]:
    """The end of the name of each bill's place."""
    return [re.sub(r"雁山校区\s*", "", row.account.place.name) for row in rows]


IN_ORDER = ["1 栋 102 室", "1 栋 101 室", "3 号门面", "2 栋 9 室", "2 栋 10 室"]


def test_papers_lie_in_the_order_in_which_they_are_carried_around(round_):
    """First the route, as it is walked; then what stands on the campus itself, then building 2: 9 before 10."""
    assert places(papers(round_.officer, round_.run)) == IN_ORDER


def test_a_stack_is_a_route_or_a_building(round_):
    """Three bills are on no route; every one is in a building or on the campus itself."""
    assert counts(round_) == (
        [("R1 1 栋", 2, 2)],
        [("雁山校区", 1, 1), ("雁山校区 1 栋", 2, 2), ("雁山校区 2 栋", 2, 2)],
    )
    _, (_, _, second) = stacks(round_.officer, round_.run)
    assert places(papers(round_.officer, round_.run, within=second.id)) == IN_ORDER[3:]
    assert places(papers(round_.officer, round_.run, within=round_.route.pk)) == IN_ORDER[:2]


def counts(office) -> tuple:
    """Name, bills and those not delivered, of each stack."""
    return tuple(
        [(row.name, row.bills, row.undelivered) for row in rows]
        for rows in stacks(office.officer, office.run)
    )


def test_a_cancelled_bill_is_not_carried_around_and_one_of_another_office_is_not_seen(round_, viewer):
    (first, *_) = papers(round_.officer, round_.run)
    cancel_bill(viewer=round_.officer, bill=first, reason="重复", at=noon(3, 2))
    assert places(papers(round_.officer, round_.run)) == IN_ORDER[1:]
    from tests.network.conftest import make_organisation

    stranger = viewer("officer", "sun", at=make_organisation("XX", "他处"))
    assert list(papers(stranger, round_.run)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_page_is_the_bill_as_it_is_alone(round_, language):
    bills = list(papers(round_.officer, round_.run))
    stack = PdfReader(BytesIO(bill_papers(bills, language=language)))
    alone = [PdfReader(BytesIO(bill_paper(one, language=language))) for one in bills]
    said = [page.extract_text() for one in alone for page in one.pages]
    assert [page.extract_text() for page in stack.pages] == said
    assert len(said) == 5


def test_the_code_on_each_page_verifies_the_bill_of_the_page(round_, settings):
    bills = list(papers(round_.officer, round_.run))
    for page, bill in zip(PdfReader(BytesIO(bill_papers(bills))).pages, bills, strict=True):
        (drawn,) = page.images
        picture = Image.open(io.BytesIO(drawn.data)).convert("L")
        side = range(BORDER, picture.width - BORDER)
        dark = ["".join("1" if picture.getpixel((x, y)) < 128 else "0" for x in side) for y in side]
        assert dark == modules(address_of(bill))
        assert verified_bill(address_of(bill), public_of(settings.PAPERS_KEY))["n"] == bill.number
        assert bill.number in page.extract_text()


def test_handing_over_is_entered_once_for_all_that_had_not_reached_their_customers(round_):
    first, *rest = papers(round_.officer, round_.run)
    deliver_bill(viewer=round_.officer, bill=first, way="message", on=on(3, 1), at=noon(3, 1))
    given = {"viewer": round_.clerk, "run": round_.run, "way": "handed", "at": noon(3, 3)}
    deliver_run(**given, on=on(3, 2))
    rows = BillDelivery.objects.filter(way="handed")
    assert {row.bill_id for row in rows} == {bill.pk for bill in rest}
    assert {(row.on, row.by_id) for row in rows} == {(on(3, 2), round_.clerk.pk)}
    with pytest.raises(NothingToDeliver):
        deliver_run(**given, on=on(3, 2))
    assert BillDelivery.objects.count() == 5


def test_one_stack_is_entered_alone_and_one_that_is_none_is_refused(round_):
    given = {"viewer": round_.officer, "run": round_.run, "way": "handed", "on": on(3, 2), "at": noon(3, 3)}
    for nothing in ("x", str(round_.run.pk)):
        with pytest.raises(NothingToDeliver):
            deliver_run(**given, within=nothing)
    deliver_run(**given, within=str(round_.route.pk))
    assert counts(round_) == (
        [("R1 1 栋", 2, 0)],
        [("雁山校区", 1, 1), ("雁山校区 1 栋", 2, 0), ("雁山校区 2 栋", 2, 2)],
    )


def test_nothing_is_handed_over_before_it_was_issued_and_nothing_is_half_entered(round_):
    """Issued on 1 March: a bill alone, too."""
    given = {"viewer": round_.officer, "way": "handed", "on": on(2, 28), "at": noon(3, 3)}
    with pytest.raises(DeliveredTooEarly, match="2026-03-01"):
        deliver_run(**given, run=round_.run)
    with pytest.raises(DeliveredTooEarly, match="2026-03-01"):
        deliver_bill(**given, bill=papers(round_.officer, round_.run)[0])
    assert not BillDelivery.objects.exists()


def test_the_clerk_prints_the_run_a_stack_and_what_is_left_and_enters_the_delivery(round_, desk, client):
    page = desk(round_.clerk, "billing-run", round_.run.pk).content.decode()
    assert reverse("billing-run-papers", args=[round_.run.pk]) in page
    said = text_of(desk(round_.clerk, "billing-run-papers", round_.run.pk))
    assert "打印 5 张" in said
    assert "雁山校区 2 栋" in said
    to_print = reverse("billing-run-print", args=[round_.run.pk])
    assert len(PdfReader(BytesIO(client.post(to_print).content)).pages) == 5
    stack = client.post(to_print, {"within": str(round_.route.pk)})
    assert len(PdfReader(BytesIO(stack.content)).pages) == 2
    assert client.get(to_print).status_code == 405
    enter = reverse("billing-run-deliver", args=[round_.run.pk]) + f"?within={round_.route.pk}"
    assert "2 张未送达" in text_of(client.get(enter))
    asked = {"way": "handed", "on": "2026-03-02", "within": str(round_.route.pk)}
    assert client.post(enter, asked).status_code == 302
    assert client.post(enter, asked).status_code == 422
    only = text_of(desk(round_.clerk, "billing-run-papers", round_.run.pk, only="undelivered"))
    assert "打印 3 张" in only
    assert "R1" not in only
    left = client.post(to_print, {"only": "undelivered"})
    assert len(PdfReader(BytesIO(left.content)).pages) == 3
    nothing = client.post(to_print, {"only": "undelivered", "within": str(round_.route.pk)}, follow=True)
    assert "没有可打印的账单" in nothing.content.decode()


def test_a_run_of_more_than_a_file_is_printed_in_several(round_, desk, client, monkeypatch):
    from tongdian.billing.pages import handing_out

    monkeypatch.setattr(handing_out, "IN_A_FILE", 3)
    said = text_of(desk(round_.officer, "billing-run-papers", round_.run.pk))
    assert "打印 1–3" in said
    assert "打印 4–5" in said
    to_print = reverse("billing-run-print", args=[round_.run.pk])
    second = PdfReader(BytesIO(client.post(to_print, {"file": "2"}).content))
    assert [IN_ORDER[at] in page.extract_text() for at, page in ((3, second.pages[0]), (4, second.pages[1]))]
    assert len(second.pages) == 2


@pytest.mark.parametrize(
    "asked", [{"within": "x"}, {"file": "0"}, {"file": "2"}, {"file": "9" * 5000}, {"file": "-1"}]
)
def test_what_is_no_stack_and_no_file_prints_nothing_instead_of_everything(round_, desk, client, asked):
    desk(round_.clerk, "billing-run-papers", round_.run.pk)
    reply = client.post(reverse("billing-run-print", args=[round_.run.pk]), asked, follow=True)
    assert "没有可打印的账单" in reply.content.decode()


def test_who_may_only_read_prints_and_enters_nothing(round_, desk, client, viewer):
    reader = viewer("supervisor", "qian", at=round_.organisation)
    page = desk(reader, "billing-run-papers", round_.run.pk)
    enter = reverse("billing-run-deliver", args=[round_.run.pk])
    assert (page.status_code, enter in page.content.decode()) == (200, False)
    assert client.post(enter, {"way": "handed", "on": "2026-03-02"}).status_code == 403
