"""The work list, the list of cases, opening one at the counter, and the search."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from tests.cases.conftest import organisation
from tests.cases.test_pages import address, connection, text_of
from tongdian.audit_log.models import Entry
from tongdian.cases import actions
from tongdian.cases.models import Case, OpenStage
from tongdian.cases.pages import home, listing
from tongdian.registers.models import SavedView

pytestmark = pytest.mark.django_db


def numbers_in(answer) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/cases/([^/]+)/"', answer.content.decode())


def several(campus, count):
    return [
        actions.open_case(
            viewer=campus.counter,
            organisation=campus.campus,
            pack="gxnu-2016-4",
            process="shop-application",
            customer=None,
            place=campus.shop,
            at=timezone.now(),
        )
        for _ in range(count)
    ]


# ---------------------------------------------------------------- home
def test_home_shows_what_waits_for_the_office_with_the_next_step(english, campus, to_approve):
    english.force_login(campus.officer)
    page = english.get("/")
    assert "Approval of the use" in text_of(page)
    assert address(to_approve, "close", "approve") in page.content.decode()
    english.force_login(campus.technician)
    assert to_approve.number not in text_of(english.get("/"))


def test_what_is_late_comes_first_and_is_counted(english, viewer):
    case, clerk, _ = connection(viewer)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    OpenStage.objects.filter(case=case).update(due_on=yesterday)
    english.force_login(clerk)
    page = text_of(english.get("/"))
    assert "1 late" in page.replace("late 1", "1 late")
    assert re.search(r"Late 1 .*yesterday", page)


def test_what_is_cut_off_at_home_has_the_way_to_all_of_it(english, campus):
    made = several(campus, home.SHOWN + 1)  # all wait for papers of their customer
    english.force_login(campus.counter)
    page = english.get("/").content.decode()
    assert '<a href="/cases/?state=customer">' in page
    assert set(numbers_in(english.get("/cases/?state=customer"))) == {one.number for one in made}
    OpenStage.objects.filter(case=made[0]).update(due_on=timezone.localdate(), owner="supplier")
    assert numbers_in(english.get("/cases/?state=today")) == [made[0].number]
    assert made[0].number not in numbers_in(english.get("/cases/?state=customer"))


def test_the_counter_sees_whom_it_waits_for(english, campus, open_today):
    english.force_login(campus.counter)
    assert re.search(rf"With the customer.*{open_today.number}", text_of(english.get("/")))


def test_with_nothing_to_do_home_says_so(english, campus):
    english.force_login(campus.technician)
    assert "Nothing waits for you today." in text_of(english.get("/"))


def test_a_supervisor_sees_the_late_cases_of_the_suppliers_in_the_region(english, viewer):
    from tongdian.parties.models import Region

    case, _, _ = connection(viewer)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    OpenStage.objects.filter(case=case).update(due_on=yesterday)
    for short, code, sees in (("NY", "450300", True), ("LZ", "450200", False)):
        bureau = organisation("department", f"能源局{short}", short, region=code)
        bureau.regions.add(Region.objects.get(code=code))
        english.force_login(viewer("supervisor", f"inspector-{short}", at=bureau))
        assert ("By supplier Late 雁山供电公司" in text_of(english.get("/"))) is sees  # counts before lists
        assert (numbers_in(english.get("/cases/?state=late")) == [case.number]) is sees


# ---------------------------------------------------------------- the list
def test_the_list_filters_by_what_its_address_says(english, campus, to_approve):
    (waiting,) = several(campus, 1)
    (gone,) = several(campus, 1)
    actions.withdraw(viewer=campus.counter, case=gone, reason="不办", seen=1, at=timezone.now())
    english.force_login(campus.officer)
    today = timezone.localdate()
    for query, expected in (
        ("", [gone, waiting, to_approve]),
        ("sort=oldest", [to_approve, waiting, gone]),
        ("state=withdrawn", [gone]),
        ("state=open", [waiting, to_approve]),
        ("state=late", []),
        ("q=门面", [gone, waiting, to_approve]),
        (f"q={gone.number}", [gone]),
        ("q=育才", []),
        (f"office={campus.energy.pk}", [to_approve]),
        (f"organisation={campus.campus.pk}", [gone, waiting, to_approve]),
        ("organisation=nonsense", []),
        ("process=gxnu-2016-4/move-out", []),
        ("region=450300", [gone, waiting, to_approve]),
        ("region=450311", [gone, waiting, to_approve]),
        ("region=440000", []),
        ("region=45031", []),
        (f"since={today}", [gone, waiting, to_approve]),
        (f"until={today - dt.timedelta(days=1)}", []),
        ("channel=online", []),
        ("assigned=nobody", [to_approve]),
        ("assigned=me", []),
        ("demo=yes", []),
    ):
        answer = english.get(f"/cases/?{query}")
        assert numbers_in(answer) == [one.number for one in expected], query


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("since=2026-13-01", "2026-13-01"),
        ("until=20260501", "20260501"),
        ("since=1777593600", "1777593600"),
        ("state=zzz", "zzz"),
        ("demo=perhaps", "perhaps"),
    ],
)
def test_a_filter_that_cannot_be_read_is_said_and_never_taken_for_all(
    english, campus, open_today, asked, said
):
    english.force_login(campus.officer)
    page = english.get(f"/cases/?{asked}").content.decode()
    assert open_today.number not in page
    assert re.search(rf'role="alert">[^<]*{said}', page)
    assert english.post(f"/cases/export/?{asked}", {"as": "csv"}).status_code == 422


def test_pages_follow_one_another_by_key_and_back(english, campus, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    made = [one.number for one in several(campus, 5)][::-1]
    english.force_login(campus.officer)
    seen, where = [], "/cases/"
    for _ in range(3):
        answer = english.get(where)
        seen.append(numbers_in(answer))
        onward = re.search(r'<a class="btn" href="(\?after=[^"]+)"', answer.content.decode())
        where = f"/cases/{onward[1]}" if onward else ""
    assert seen == [made[:2], made[2:4], made[4:]]
    assert where == ""
    back = re.search(r'href="(\?before=[^"]+)"', answer.content.decode())
    assert numbers_in(english.get(f"/cases/{back[1]}")) == made[2:4]


def test_more_than_can_be_counted_is_said_so(english, campus, monkeypatch):
    monkeypatch.setattr(listing, "COUNTED", 2)
    several(campus, 3)
    english.force_login(campus.officer)
    assert "more than 1,000 cases" in text_of(english.get("/cases/"))


def test_the_queries_of_a_page_do_not_grow_with_its_rows(english, campus):
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    english.force_login(campus.officer)
    several(campus, 2)
    english.get("/cases/")
    with CaptureQueriesContext(database) as few:
        english.get("/cases/")
    several(campus, 8)
    with CaptureQueriesContext(database) as many:
        english.get("/cases/")
    assert len(many) == len(few)


def test_a_view_is_kept_for_oneself_and_forgotten(english, campus):
    english.force_login(campus.officer)
    english.post("/cases/views/", {"name": "逾期的", "query": "state=late"})
    view = SavedView.objects.get(account=campus.officer)
    assert "逾期的" in text_of(english.get("/cases/"))
    english.force_login(campus.clerk)
    assert "逾期的" not in text_of(english.get("/cases/"))
    english.post("/cases/views/", {"forget": str(view.pk)})
    assert SavedView.objects.filter(pk=view.pk).exists()  # it is somebody else's
    english.force_login(campus.officer)
    english.post("/cases/views/", {"forget": "nonsense"})
    english.post("/cases/views/", {"forget": str(view.pk), "query": "state=late"})
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_the_export_has_what_the_list_shows_and_is_recorded(english, campus, to_approve):
    several(campus, 1)
    english.force_login(campus.officer)
    reply = english.post(
        f"/cases/export/?office={campus.energy.pk}&column=place&column=stage", {"as": "xlsx"}
    )
    rows = list(load_workbook(io.BytesIO(reply.content)).active.values)
    assert rows == [
        ("Number", "Service", "Place", "Stage", "State"),
        (
            to_approve.number,
            "Application of a commercial user",
            "雁山校区 3 号门面",
            "Approval of the use（节能办）",
            "In hand",
        ),
    ]
    entry = Entry.objects.select_related("payload").get(action="export-list")
    assert entry.payload.content["columns"] == ["place", "stage"]


def test_a_name_that_is_a_formula_is_text_in_the_export(english, campus, open_today):
    campus.shop.name = '=HYPERLINK("http://x","y")'
    campus.shop.save()
    english.force_login(campus.officer)
    reply = english.post("/cases/export/", {"as": "csv"})
    text = b"".join(reply.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK" in text


def test_the_export_of_a_supervisor_masks_names(english, viewer):
    from tongdian.parties.actions.customers import enter_customer
    from tongdian.parties.models import Region

    case, clerk, supplier = connection(viewer)
    customer = enter_customer(viewer=clerk, organisation=supplier, name="王小明", at=timezone.now())
    Case.objects.filter(pk=case.pk).update(customer=customer)
    bureau = organisation("department", "桂林市能源局", "NY", region="450300")
    bureau.regions.add(Region.objects.get(code="450300"))
    english.force_login(viewer("supervisor", "inspector", at=bureau))
    reply = english.post("/cases/export/", {"as": "csv"})
    text = b"".join(reply.streaming_content).decode("utf-8-sig")
    assert "王**" in text
    assert "王小明" not in text


def test_chosen_stages_are_given_to_one_colleague_and_refusals_named(english, campus, to_approve, viewer):
    colleague = viewer("clerk", "colleague", at=campus.energy)
    (waiting,) = several(campus, 1)
    english.force_login(campus.officer)
    chosen = [f"{to_approve.number}:approve", f"{waiting.number}:apply"]
    typed = {"stage": chosen, "account": str(colleague.pk), "back": "state=open"}
    answer = english.post("/cases/reassign/", typed, follow=True)
    assert OpenStage.objects.get(case=to_approve).assigned_to == colleague
    assert OpenStage.objects.get(case=waiting).assigned_to is None
    assert "1 stage given." in text_of(answer)
    assert waiting.number in text_of(answer)
    assert answer.redirect_chain[0][0] == "/cases/?state=open"


# ---------------------------------------------------------------- opening
def test_the_counter_opens_a_case_for_a_new_customer_at_a_place(english, campus):
    from tongdian.bigrams import bigrams
    from tongdian.parties.privacy import notice_on

    campus.shop.pairs = bigrams(campus.shop.name)
    campus.shop.save()
    english.force_login(campus.counter)
    choose = english.get("/cases/new/")
    assert "Application of a commercial user" in text_of(choose)
    where = f"/cases/new/?for={campus.campus.pk}&service=gxnu-2016-4/shop-application"
    assert english.get(where).status_code == 200
    looked = english.post(where, {"find": "", "find_place": "门面", "find_customer": "王小"})
    assert "Nobody is known here by that." in text_of(looked)
    assert f'name="choose_place" value="{campus.shop.pk}"' in looked.content.decode()
    chosen = english.post(where, {"choose_place": str(campus.shop.pk)})
    assert f'name="place" value="{campus.shop.pk}"' in chosen.content.decode()
    typed = {
        "open": "",
        "place": str(campus.shop.pk),
        "channel": "counter",
        "kind": "person",
        "name": "Smith",
        "document": "passport",
        "identity": "E12345678",
        "consent": "on",
        "notice": str(notice_on(timezone.localdate()).version),
    }
    unsaid = english.post(where, typed)
    assert unsaid.status_code == 422
    assert "What it is used for" in text_of(unsaid)
    assert Case.objects.count() == 0
    typed |= {"purpose": "奶茶店", "capacity_kw": "12.5", "wants_power": "on"}
    answer = english.post(where, typed)
    case = Case.objects.get()
    assert answer["Location"] == address(case)
    assert (case.customer.name, case.customer.document, case.place) == ("Smith", "passport", campus.shop)
    assert (case.application.purpose, f"{case.application.capacity_kw}") == ("奶茶店", "12.50")


def test_what_is_missing_is_said_and_what_was_typed_stays(english, viewer):
    _, clerk, supplier = connection(viewer)
    english.force_login(clerk)
    where = f"/cases/new/?for={supplier.pk}&service=nea-2021-37/low-voltage-three-zero-connection"
    typed = {"open": "", "channel": "phone", "kind": "person", "name": "秦海", "fact-capacity": "900"}
    answer = english.post(where, typed)
    assert answer.status_code == 422
    assert "900 is not between 0.1 and 160" in text_of(answer)
    assert 'value="900"' in answer.content.decode()
    assert 'value="秦海"' in answer.content.decode()
    assert Case.objects.count() == 1


def test_who_may_not_open_cases_is_not_offered_to(english, campus):
    english.force_login(campus.technician)
    assert english.get("/cases/new/").status_code == 403
    assert "Open a case" not in text_of(english.get("/cases/"))


# ---------------------------------------------------------------- elsewhere
def test_the_place_and_the_search_lead_to_its_cases(english, campus, open_today):
    english.force_login(campus.officer)
    assert open_today.number in text_of(english.get(f"/places/{campus.shop.pk}/"))
    for wanted in (open_today.number, "门面"):
        found = english.get("/search/", {"q": wanted}).content.decode()
        assert address(open_today) in found
    english.logout()
    assert open_today.number not in english.get("/search/", {"q": "门面"}).content.decode()


def test_an_approval_department_sees_the_case_whose_stage_it_has(english, viewer):
    from tongdian.parties.models import Region

    roads = organisation("approval", "市政处", "SZ", region="450300", fills=["window"])
    roads.regions.add(Region.objects.get(code="450300"))
    case, _, _ = connection(viewer, "works-approval", voltage="10")
    other = viewer("officer", "roads-officer", at=roads)
    assert OpenStage.objects.get(case=case).office == roads
    english.force_login(other)
    assert english.get(address(case, "close", "accept")).status_code == 200
    typed = {
        "seen": 1,
        "fact-route": "filing",
        "fact-short": "false",
        "fact-planning": "true",
        "fact-road": "true",
        "fact-greenery": "false",
        "fact-traffic": "false",
    }
    assert english.post(address(case, "close", "accept"), typed).status_code == 302
    assert english.get(address(case)).status_code == 200
