"""Article 10: a staff resident moves out; a shop gets more capacity."""

from decimal import Decimal
from random import Random

from django.utils import timezone

from tongdian.agreements.models import Agreement
from tongdian.cases.models import Event
from tongdian.demo.names import Names

NAMES = Names(Random(10))
RESIDENT = ("韦秀英", NAMES.identity(), "13807730003")
KEEPER = ("陆志强", NAMES.identity(), "13807730004")


def test_a_resident_moves_out(town, meet):
    block = town.place("YS", "building", "J1", "雁山校区教工宿舍 1 栋").place
    name = "雁山校区教工宿舍 1 栋 101 室"
    flat = town.place("YS", "flat", "J1-101", name, water=True, inside=block)
    resident = town.supplied(flat, *RESIDENT, customer_class="staff", price="staff", kilowatts=8)
    housing = meet("housing")
    case = housing.open_case("教职工住户退房", customer="韦秀英", place="1 栋 101")
    assert (case.customer_id, case.place_id) == (resident.pk, flat.place.pk)
    housing.complete(case, "notice")
    read = {"given__power": "1204", "given__water": "88", "given__fittings": "sound"}
    housing.complete(case, "read_housing", **read)

    person = meet()
    person.track(case, RESIDENT[2])
    person.confirm(case, "read_user", **read)
    fitter = meet("fitter", "en")
    fitter.complete(case, "read_centre", **read)
    person.reload()
    to_pay = person.page.locator(".todos li").filter(has_text=person.titled(case, "settle"))
    assert to_pay.count() == 1  # theirs to do; the books say whether it is done
    centre = meet("centre")
    centre.complete(case, "settle", evidence="收据 2026-000091", photo="收据")
    bank = town.lodged(resident, flat.place, "staff-card-deposit", 20)
    centre.complete(case, "card", given__means=str(bank.pk))
    housing.complete(case, "close")

    case.refresh_from_db()
    assert case.ending == "finished"
    today = timezone.localdate()
    for agreement in Agreement.objects.filter(usage_point__place=flat.place):
        # half-open: the first day without supply is tomorrow
        assert (agreement.in_force.upper - today).days == 1
    assert Agreement.objects.filter(usage_point__place=flat.place).count() == 2
    assert Event.objects.filter(case=case, kind="closed").count() == 7


def test_a_shop_gets_more_capacity_and_the_upstream_is_rebuilt(town, meet):
    shop = town.place("YS", "shop", "S9", "雁山校区 9 号门面", water=True)
    town.supplied(shop, *KEEPER, customer_class="shop", price="commercial", kilowatts=12)
    keeper = meet()
    keeper.choose("雁山校区", "施工、商业用户增容")
    case = keeper.apply(
        who={"name": KEEPER[0], "identity": KEEPER[1], "phone": KEEPER[2]},
        find="门面",
        where="雁山校区 9 号门面",
        what={"fact-before_kva": "13", "fact-added_kva": "20"},
        papers=keeper.papers_asked(),
    )
    fitter = meet("fitter")
    fitter.complete(case, "survey_centre")
    meet("energy", "en").complete(case, "survey_office")
    meet("energy").complete(case, "approve", fact__approved="true", fact__upstream_rebuilt="true")
    centre = meet("centre")
    centre.complete(case, "plan_upstream")
    keeper.track(case, KEEPER[2])
    keeper.confirm(case, "agree")
    centre.complete(case, "fee", evidence="收据 2026-000118", photo="收据", given__amount="6000")
    fitter.complete(case, "works")
    centre.complete(case, "expand")

    case.refresh_from_db()
    assert case.ending == "finished"
    closed = Event.objects.filter(case=case, kind="closed").values_list("stage", flat=True)
    assert "plan" not in closed
    today = timezone.localdate()
    power = Agreement.objects.filter(usage_point__place=shop.place, usage_point__utility="power")
    before, now = sorted(power, key=lambda one: one.in_force.lower)
    assert (before.capacity_kw, now.capacity_kw) == (Decimal(12), Decimal(30))  # 20 kVA × 0.9 more
    assert before.in_force.upper == now.in_force.lower == today
    assert now.customer_id == before.customer_id == case.customer_id
