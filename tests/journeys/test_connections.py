"""Document 2021-37: a low-voltage connection, and a high-voltage one with its works approved."""

from tongdian.cases.models import Case, Event, OpenStage

PHONE = "13807730002"
FIRM = {"name": "漓江食品有限公司", "phone": PHONE, "contact": "李望"}


def stages_of(case):
    """What was closed, in order."""
    return list(
        Event.objects.filter(case=case, kind="closed").order_by("seq").values_list("stage", flat=True)
    )


def test_a_hotel_gets_low_voltage(town, meet):
    shop = town.place("LGYS", "shop", "P7", "雁中路 7 号铺面")
    owner = meet()
    owner.choose("雁山供电所", "未实行“三零”服务的低压非居民用电报装")
    days = owner.page.locator(".way .in-days").all_inner_texts()
    assert [day.split("个工作日")[0].split()[-1] for day in days] == ["1", "3", "2"]
    case = owner.apply(
        who=FIRM,
        find="雁中路 7",
        where="雁中路 7 号铺面",
        what={"fact-capacity": "120", "purpose": "酒店"},
        papers=owner.papers_asked(),
    )
    limits = OpenStage.objects.get(case=case)
    assert (limits.stage, limits.limit, limits.in_working_days) == ("accept", 1, True)

    counter = meet("counter")
    counter.complete(case, "accept")
    counter.complete(case, "reply")
    owner.track(case, PHONE)
    owner.confirm(case, "works")
    technician = meet("technician", "en")
    technician.look_at(case, "meter")
    technician.look()
    assert "2 working days" in technician.page.locator(".stage-when").inner_text()
    technician.complete(case, "meter", evidence="Meter 0012345", photo="meter")
    owner.rate(4)

    case.refresh_from_db()
    assert (case.ending, case.place_id) == ("finished", shop.place.pk)
    assert stages_of(case) == ["accept", "reply", "works", "meter"]


def test_a_factory_gets_high_voltage_and_its_works_are_approved(town, meet):
    town.place("LG", "premises", "C3", "雁山高新园 3 号厂区")
    factory = meet(language="en")
    factory.choose("Ligui Power Company", "High-voltage connection, single supply")
    case = factory.apply(
        who=FIRM,
        find="高新园 3",
        where="雁山高新园 3 号厂区",
        what={"fact-capacity": "800", "purpose": "食品加工厂"},
        papers=factory.papers_asked(),
    )
    clerk = meet("hv-clerk")
    clerk.complete(case, "accept")
    clerk.complete(case, "reply")

    approval = clerk.open_part(case, "电力接入工程审批", fact__voltage="10", fact__greenery="true")
    assert approval.part_of_id == case.pk
    approve(town, meet, approval)

    factory.track(case, PHONE)
    factory.confirm(case, "design")
    factory.hand_in_all()
    engineer = meet("hv-engineer")
    engineer.return_(case, "review", "缺少继电保护定值单")
    factory.reload()
    assert "缺少继电保护定值单" in factory.page.locator("main").inner_text()
    factory.confirm(case, "design")
    engineer.complete(case, "review")
    factory.confirm(case, "conceal")
    factory.hand_in_all()
    engineer.complete(case, "midway")
    factory.confirm(case, "finish")
    factory.hand_in_all()
    engineer.complete(case, "final")
    engineer.complete(case, "meter", evidence="计量装置 900017")

    case.refresh_from_db()
    assert case.ending == "finished"
    assert stages_of(case) == [
        "accept",
        "reply",
        "design",
        "design",
        "review",
        "conceal",
        "midway",
        "finish",
        "final",
        "meter",
    ]
    assert Event.objects.filter(case=case, kind="returned").count() == 1


def approve(town, meet, approval: Case):
    """The window takes it, three departments work side by side, the window sends the result."""
    window = meet("window")
    window.complete(approval, "accept")
    assert set(OpenStage.objects.filter(case=approval).values_list("stage", flat=True)) == {
        "permit",
        "dig",
        "plant",
    }
    for who, stage in (("roads", "dig"), ("planning", "permit"), ("parks", "plant")):
        meet(who).complete(approval, stage)
    window.complete(approval, "result")
    approval.refresh_from_db()
    assert approval.ending == "finished"
