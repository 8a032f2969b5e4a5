"""The pages, through Django itself: what each shows, to whom, and what a form refuses."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from tests.consent import ON_PAPER

from tongdian.audit_log.models import Entry
from tongdian.parties import queries
from tongdian.parties.actions import people
from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.actions.organisations import adopt_pack
from tongdian.parties.models import Account, Acting, Customer, Organisation
from tongdian.registers.sections import Sections

pytestmark = pytest.mark.django_db
IDENTITY = "360426199101010071"


@pytest.fixture
def as_():
    """A browser of somebody: `as_(person)`, Chinese unless told."""

    def make(person, language: str = "zh-CN") -> Client:
        client = Client(headers={"accept-language": language})
        if person is not None:
            client.force_login(person)
        return client

    return make


@pytest.fixture
def manager(country, viewer):
    return viewer("administrator", "manager", at=country.campus)


@pytest.fixture
def wang(country, admin, at):
    return enter_customer(
        viewer=admin,
        organisation=country.campus,
        name="王小明",
        identity=IDENTITY,
        consented=ON_PAPER,
        phone="13812345678",
        at=at,
    )


def text(answer) -> str:
    return answer.content.decode()


def every_page(country, person, customer) -> list[str]:
    """Each address of the area, with real names in it."""
    campus, one, who = [country.campus.id], [customer.id], [person.id]
    held = person.memberships.get()
    return [
        reverse("organisations"),
        reverse("organisation-new") + f"?below={country.campus.id}",
        *(reverse(f"organisation{tail}", args=campus) for tail in ("", "-edit", "-move", "-close", "-adopt")),
        reverse("organisation-end-adoption", args=[*campus, "gxnu-2016-4"]),
        reverse("people"),
        reverse("person-new"),
        *(reverse(f"person{tail}", args=who) for tail in ("", "-edit", "-add-role", "-password", "-close")),
        reverse("person-end-role", args=[held.id]),
        reverse("acting"),
        reverse("acting-appoint", args=who),
        reverse("customers"),
        reverse("customer-new"),
        *(reverse(f"customer{tail}", args=one) for tail in ("", "-edit", "-erase")),
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_opens_for_an_administrator(country, admin, viewer, wang, as_, language):
    clerk = viewer("clerk", "li", at=country.centre)
    for address in every_page(country, clerk, wang):
        assert as_(admin, language).get(address).status_code == 200, address


def test_a_stranger_is_asked_to_sign_in_and_a_customers_account_is_refused(country, viewer, wang, as_):
    clerk = viewer("clerk", "li", at=country.centre)
    customer = viewer("customer", "someone")
    for address in every_page(country, clerk, wang):
        asked = as_(None).get(address)
        assert asked.status_code == 302, address
        assert asked.headers["location"].startswith("/accounts/login/"), address
        assert as_(customer).get(address).status_code in (403, 404), address


def test_another_organisations_administrator_finds_nothing_here(country, viewer, wang, as_):
    clerk = viewer("clerk", "li", at=country.centre)
    foreign = as_(viewer("administrator", "foreign", at=country.guilin))
    lists = {
        reverse(name)
        for name in ("organisations", "people", "acting", "customers", "customer-new", "person-new")
    }
    for address in every_page(country, clerk, wang):
        if address in lists:
            assert "师大" not in text(foreign.get(address)), address
        else:
            assert foreign.get(address).status_code in (403, 404), address
            assert foreign.post(address, {}).status_code in (403, 404, 405), address


def test_a_supervisor_reads_suppliers_and_changes_nothing(country, viewer, as_):
    looking = as_(viewer("supervisor", at=country.city))
    shown = text(looking.get(reverse("organisations")))
    assert "桂林供电" in shown
    assert "粤电" not in shown
    page = reverse("organisation", args=[country.guilin.id])
    assert "organisation-edit" not in text(looking.get(page))
    assert looking.get(reverse("organisation-edit", args=[country.guilin.id])).status_code == 403
    assert looking.get(reverse("organisation", args=[country.campus.id])).status_code == 404


def test_an_organisations_page_says_what_binds_it_since_when_and_through_whom(country, admin, at, as_):
    adopt_pack(viewer=admin, organisation=country.campus, pack="gxnu-2016-4", on=dt.date(2022, 9, 1), at=at)
    shown = text(as_(admin).get(reverse("organisation", args=[country.crew.id])))
    assert "2022-09-01" in shown
    assert "/packs/gxnu-2016-4/" in shown
    assert "师大" in shown


def test_an_administrator_creates_an_office_by_the_form(country, manager, as_):
    address = reverse("organisation-new") + f"?below={country.campus.id}"
    given = {
        "kind": "office",
        "name": "房管科",
        "short": "SDF",
        "region": "桂林市七星区",
        "since_on": "2026-03-01",
        "fills": ["housing-office"],
    }
    assert as_(manager).post(address, given).status_code == 302
    made = Organisation.objects.get(short="SDF")
    assert (made.parent, made.region_id, made.fills) == (country.campus, "450305", ["housing-office"])


def seen_at(address, person):
    """What the form at an address says was seen."""
    return {"seen": person.get(address).context["form"]["seen"].value()}


def test_of_two_who_change_an_organisation_the_second_is_told(country, manager, as_):
    person, address = as_(manager), reverse("organisation-edit", args=[country.crew.id])
    seen = seen_at(address, person)
    typed = {"name": "维修一班", "region": "450305"}
    assert person.post(address, typed | seen).status_code == 302
    mine = typed | {"name": "维修二班"}
    assert person.post(address, mine).status_code == 422  # without having seen it
    answer = person.post(address, mine | seen)
    assert answer.status_code == 422
    assert "现在是：维修一班" in text(answer)
    assert "维修二班" in text(answer)  # what was typed stays
    again = {"seen": answer.context["form"]["seen"].value()}
    assert person.post(address, mine | again).status_code == 302
    assert Organisation.objects.get(id=country.crew.id).name == "维修二班"


def test_of_two_who_correct_a_person_the_second_is_told(country, manager, as_, viewer):
    one = viewer("clerk", "limin", at=country.centre)
    person, address = as_(manager), reverse("person-edit", args=[one.id])
    seen = seen_at(address, person)
    assert person.post(address, {"name": "李敏", "phone": "13812345678", **seen}).status_code == 302
    assert person.post(address, {"name": "李明", **seen}).status_code == 422
    one.refresh_from_db()
    assert (one.name, one.phone) == ("李敏", "13812345678")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("朝阳区", "220104"),  # two of the name: both codes are told
        ("亚特兰蒂斯", "亚特兰蒂斯"),
        ("999999", "999999"),
    ],
)
def test_a_region_that_cannot_be_told_is_refused_and_what_was_typed_stays(country, manager, as_, typed, said):
    address = reverse("organisation-edit", args=[country.crew.id])
    answer = as_(manager).post(
        address, {"name": "维修二班", "region": typed, **seen_at(address, as_(manager))}
    )
    assert answer.status_code == 422
    assert said in text(answer)
    assert "维修二班" in text(answer)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("450311", "450311"),
        ("雁山区", "450311"),
        ("北京市朝阳区", "110105"),
        ("广西壮族自治区桂林市雁山区", "450311"),
        ("Yanshan District 450311", "450311"),
    ],
)
def test_a_region_is_told_by_code_name_or_names(country, manager, as_, typed, code):
    address = reverse("organisation-edit", args=[country.crew.id])
    told = seen_at(address, as_(manager))
    assert as_(manager).post(address, {"name": "维修班", "region": typed, **told}).status_code == 302
    assert Organisation.objects.get(id=country.crew.id).region_id == code


def test_a_first_password_is_shown_once_and_not_kept_by_the_browser(country, manager, as_):
    given = {
        "name": "李敏",
        "username": "limin",
        "organisation": country.centre.id,
        "role": "clerk",
        "since_on": "2026-03-02",
    }
    answer = as_(manager).post(reverse("person-new"), given)
    made = Account.objects.get(username="limin")
    password = answer.context["password"]
    assert made.check_password(password)
    assert password in text(answer)
    assert "no-store" in answer.headers["cache-control"]
    assert password not in text(as_(manager).get(reverse("person", args=[made.id])))


def test_neither_organisation_nor_role_of_a_new_person_is_chosen_beforehand(country, manager, as_, at):
    shown = as_(manager).get(reverse("person-new"))
    page = shown.content.decode()
    assert not re.findall(r"<option[^>]* selected[^>]*>(?!-)", page)
    # a browser chooses the first where none is: it has to be the empty one
    first = re.findall(r'<select name="(\w+)"[^>]*>\s*<option value="([^"]*)"', page)
    assert {("organisation", ""), ("role", "")} <= set(first)
    given = {"name": "李敏", "username": "limin", "since_on": "2026-03-02"}
    answer = as_(manager).post(reverse("person-new"), given | {"organisation": "", "role": ""})
    assert set(answer.context["form"].errors) == {"organisation", "role"}
    with pytest.raises(people.NoSuchRole):
        people.make_account(
            viewer=manager, organisation=country.centre, role="", username="li", name="李", at=at
        )
    assert not Account.objects.filter(name__startswith="李").exists()


def test_the_whole_installation_is_chosen_on_purpose(country, viewer, as_):
    admin = viewer("administrator", "chief")
    given = {"name": "李敏", "username": "limin", "role": "auditor", "since_on": "2026-03-02"}
    where = reverse("person-new")
    assert as_(admin).post(where, given | {"organisation": ""}).status_code == 422
    assert as_(admin).post(where, given | {"organisation": "everywhere"}).status_code == 200
    assert Account.objects.get(username="limin").memberships.get().organisation is None


def test_a_form_offers_only_the_organisations_one_manages(country, manager, as_):
    shown = text(as_(manager).get(reverse("person-new")))
    assert "水电中心" in shown
    assert "桂林供电" not in shown
    given = {
        "name": "李敏",
        "username": "limin",
        "organisation": country.guilin.id,
        "role": "clerk",
        "since_on": "2026-03-02",
    }
    assert as_(manager).post(reverse("person-new"), given).status_code == 422


def test_a_clerk_appoints_a_stand_in_and_ends_it_early(country, viewer, as_):
    li = viewer("clerk", "li", at=country.centre)
    wang = viewer("clerk", "wang", at=country.energy)
    today = dt.datetime.now(dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    given = {"stand_in": wang.id, "first": today, "last": today + dt.timedelta(days=3), "reason": "培训"}
    address = reverse("acting-appoint", args=[li.id])
    assert as_(li).post(address, given).headers["location"] == reverse("acting")
    made = Acting.objects.get()
    assert "培训" in text(as_(wang).get(reverse("acting")))
    ending = reverse("acting-end", args=[made.id])
    stranger = viewer("clerk", "stranger", at=country.guilin)
    assert as_(stranger).get(ending).status_code == 404
    assert as_(li).post(ending, {"on": today}).status_code == 302
    assert made.end.on == today


# ---------------------------------------------------------------- customers
def test_a_clerk_finds_a_customer_without_the_number_standing_in_an_address(country, viewer, wang, as_):
    clerk = as_(viewer("clerk", at=country.campus))
    for typed in (IDENTITY, "13812345678", "小明", "SD-000001"):
        shown = text(clerk.post(reverse("customers"), {"q": typed}))
        assert reverse("customer", args=[wang.id]) in shown, typed
    nothing = text(clerk.post(reverse("customers"), {"q": "小红"}))
    assert reverse("customer", args=[wang.id]) not in nothing
    assert reverse("customer", args=[wang.id]) in text(clerk.get(reverse("customers") + "?q=小红"))


def test_lists_and_pages_never_hold_a_full_number(country, viewer, wang, as_):
    for role in ("clerk", "supervisor", "administrator"):
        looking = as_(viewer(role, at=country.campus))
        for address in (
            reverse("customers"),
            reverse("customer", args=[wang.id]),
            reverse("customer-edit", args=[wang.id]),
        ):
            shown = text(looking.get(address))
            assert IDENTITY not in shown
            assert "13812345678" not in shown


def test_full_numbers_are_shown_on_asking_and_that_is_recorded(country, viewer, wang, as_):
    address = reverse("customer-numbers", args=[wang.id])
    assert as_(viewer("auditor", at=country.campus)).post(address).status_code == 403
    clerk = as_(viewer("clerk", "li", at=country.campus))
    assert clerk.get(address).status_code == 405
    answer = clerk.post(address)
    assert IDENTITY in text(answer)
    assert "no-store" in answer.headers["cache-control"]
    assert Entry.objects.filter(action="read-customer-numbers", actor="account:li").count() == 1


def test_a_wrong_digit_is_refused_beside_its_field(country, viewer, as_):
    clerk = as_(viewer("clerk", at=country.campus))
    given = {
        "organisation": country.campus.id,
        "kind": "person",
        "name": "王小明",
        "identity": IDENTITY[:-1] + "9",
    }
    answer = clerk.post(reverse("customer-new"), given)
    assert answer.status_code == 422
    assert "校验码" in str(answer.context["form"].errors["identity"])
    given |= {"identity": IDENTITY, "notice": "1", "consent": "on"}
    assert clerk.post(reverse("customer-new"), given).status_code == 302
    assert Customer.objects.get().name == "王小明"


def test_other_areas_add_to_a_customers_page(country, admin, wang):
    sections = Sections()
    sections.add("parties/numbers.html", lambda request, customer: None, 20)
    sections.add("web/403.html", lambda request, customer: {"customer": customer}, 10)
    request = type("Request", (), {"user": admin})()
    assert sections.of(request, wang) == [("web/403.html", {"customer": wang})]


def test_the_older_customers_follow(country, admin, as_, at):
    for n in range(52):
        enter_customer(viewer=admin, organisation=country.campus, name=f"客{n}", at=at)
    looking = as_(admin)
    first = looking.get(reverse("customers"))
    assert len(first.context["rows"]) == 50
    rest = looking.post(reverse("customers"), {"before": first.context["older"], "q": ""})
    assert [row.customer.number for row in rest.context["rows"]] == ["SD-000002", "SD-000001"]


def test_a_list_of_customers_asks_the_same_number_of_questions_for_fifty_as_for_one(
    country, viewer, admin, as_, at, django_assert_max_num_queries
):
    for n in range(50):
        enter_customer(viewer=admin, organisation=country.campus, name=f"客{n}", at=at)
    clerk = as_(viewer("clerk", at=country.campus))
    with django_assert_max_num_queries(8):
        assert len(clerk.get(reverse("customers")).context["rows"]) == 50


def test_the_shell_leads_to_these_pages_for_who_may(country, viewer, as_):
    def places(person):
        return {
            name
            for name in ("customers", "organisations", "people", "acting")
            if f'href="{reverse(name)}"' in text(as_(person).get("/"))
        }

    assert places(viewer("clerk", at=country.centre)) == {"customers", "organisations", "people", "acting"}
    assert places(viewer("customer")) == set()
    assert queries.organisations_of(viewer("auditor", at=country.crew)) == [country.crew]


def test_an_administrator_publishes_the_next_notice_and_the_old_one_stays(country, admin, viewer, as_):
    clerk = as_(viewer("clerk", at=country.campus))
    assert clerk.get(reverse("privacy-notice-publish")).status_code == 403
    looking = as_(admin)
    form = looking.get(reverse("privacy-notice-publish")).context["form"]
    given = {**form.initial, "first_on": "2099-01-01", "zh": "没有写明处理者"}
    assert looking.post(reverse("privacy-notice-publish"), given).status_code == 422
    given["zh"] = form.initial["zh"] + "\n第二版。"
    assert looking.post(reverse("privacy-notice-publish"), given).status_code == 302
    rows = looking.get(reverse("privacy-notices")).context["rows"]
    assert [(one.version, str(one.first_on)) for one in rows] == [(2, "2099-01-01"), (1, "2021-11-01")]


def test_a_clerk_records_that_consent_is_withdrawn(country, viewer, wang, as_):
    clerk = as_(viewer("clerk", at=country.campus))
    assert "同意《个人信息处理告知》第 1 版" in text(clerk.get(reverse("customer", args=[wang.id])))
    answer = clerk.post(reverse("customer-withdraw-consent", args=[wang.id]), follow=True)
    assert "已撤回" in text(answer)
    assert "1 位用户已撤回同意" in text(clerk.get(reverse("customers")))
    again = clerk.post(reverse("customer-withdraw-consent", args=[wang.id]))
    assert again.status_code == 422
    assert "没有有效的同意" in text(again)
