"""Articles 8(2) and 9(2): a shop on campus, from the application to water and power."""

from tongdian.agreements.models import Agreement, AgreementText, Signature
from tongdian.cases.models import Event, OpenStage
from tongdian.connections.models import Rating

PHONE = "13807730001"


def test_a_shopkeeper_gets_water_and_power(town, meet):
    shop = town.place("YS", "shop", "S3", "雁山校区 3 号门面", water=True)
    keeper = meet()
    keeper.choose("雁山校区", "商业用户用水用电申请")
    case = keeper.apply(
        who={"name": "王小明", "identity": "450305199003070016", "phone": PHONE},
        find="门面",
        where="雁山校区 3 号门面",
        what={"wants_water": True, "capacity_kw": "12", "purpose": "奶茶店"},
        papers=("门面租赁合同", "店主身份证复印件"),
    )
    energy = meet("energy", "en")
    energy.complete(case, "approve", fact__approved="true")
    clerk = meet("centre")
    clerk.complete(case, "accept")

    clerk.look_at(case, "sign")
    clerk.look()
    clerk.draw_up()
    keeper.track(case, PHONE)
    texts = AgreementText.objects.filter(of__case=case).order_by("drawn_at")
    assert all("用户类别：商业用户" in text.body for text in texts)  # in words, not by the pack's code
    keeper.sign("供用电协议、供用水协议", "王小明")
    assert Signature.objects.filter(party="customer").count() == 2

    clerk.look_at(case, "sign")
    clerk.seal()  # the stage is done with the last signature
    clerk.complete(case, "deposit", evidence="收据 2026-000017", photo="收据")
    fitter = meet("fitter")
    fitter.complete(case, "install", evidence="电表 0012345\n水表 0054321")
    fitter.complete(case, "open", evidence="开通记录 8")
    keeper.rate(5)

    case.refresh_from_db()
    assert case.ending == "finished"
    assert Rating.objects.get(case=case).score == 5
    made = Agreement.objects.filter(usage_point__place=shop.place)
    assert {(one.usage_point.utility, one.capacity_kw) for one in made} == {("power", 12), ("water", None)}
    assert {one.customer_id for one in made} == {case.customer_id}
    closed = Event.objects.filter(case=case, kind="closed").order_by("seq")
    assert [event.stage for event in closed] == [
        "apply",
        "approve",
        "accept",
        "sign",
        "deposit",
        "install",
        "open",
    ]
    assert not OpenStage.objects.filter(case=case).exists()
