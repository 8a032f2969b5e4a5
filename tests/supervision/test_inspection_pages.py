"""The pages of inspections, of a group, and of coordination, by hand; and the evidence that is taken along."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.supervision.conftest import at, d
from tests.supervision.test_counting import shops  # noqa: F401  a fixture
from tests.supervision.test_groups import group  # noqa: F401  a fixture
from tests.supervision.test_inspections import PNG, begun, checkpoint, drawn_one, recorded, typed, whole_plan  # noqa: F401  fixtures
from tests.supervision.test_pages import page
from tongdian.audit_log.models import Entry
from tongdian.calendar import legal_day
from tongdian.supervision.actions import drawing
from tongdian.supervision.models import (
    Difficulty,
    Inspection,
    InspectionPlan,
    SiteRecord,
    SupplierTyping,
    UrgingLetter,
)
from tongdian.supervision.replies import STAYS, evidence_archive
from tongdian.supervision.rules import seed_of

HOME = "/supervision/inspections/"


def post(client, who, address, status=302, **given):
    client.force_login(who)
    reply = client.post(address, given, headers={"accept-language": "zh-hans"})
    assert reply.status_code == status, (address, reply.status_code, reply.content.decode()[:3000])
    return reply


def test_an_office_types_its_suppliers_and_writes_a_plan_by_hand(nation, client):
    clerk = nation.who["regional"].clerk
    assert "未登记" in page(client, clerk, HOME)
    address = f"{HOME}types/?supplier=GD"
    post(client, clerk, address, 422, type="park", paper="x")
    post(client, clerk, address, type="grid-company", paper="许可证 1010521")
    assert SupplierTyping.objects.get().type == "grid-company"
    post(client, clerk, f"{HOME}types/?supplier=NONE", 404, type="grid-company", paper="x")
    lines = {"first.GD.450311": "2026-05-11", "last.GD.450311": "2026-05-15", "who.GD.450311": "温若谷"}
    refused = post(client, clerk, f"{HOME}plan/?year=2026", 422, begun_from="0", **lines).content.decode()
    assert "农村地区" in refused
    assert 'value="2026-05-11"' in refused  # what was typed stays
    assert not InspectionPlan.objects.exists()
    post(client, clerk, f"{HOME}plan/?year=2026", begun_from="0", **lines, **{"rural.GD.450311": "on"})
    shown = page(client, clerk, f"{HOME}?year=2026")
    assert "温若谷" in shown
    assert "通知/4(1)" in shown
    post(
        client, clerk, f"{HOME}plan/?year=2026", 422, begun_from="1", **lines, **{"rural.GD.450311": "on"}
    )  # no reason


@pytest.mark.parametrize("typed_day", ["0000-99-99", "2026-13-01", "x", "9999-12-31"])
def test_an_odd_day_in_a_plan_is_refused(nation, client, typed_day):
    clerk = nation.who["regional"].clerk
    post(client, clerk, f"{HOME}types/?supplier=GD", type="grid-company", paper="x")
    post(
        client, clerk, f"{HOME}plan/?year=2026", 422, begun_from="x",
        **{"first.GD.450311": typed_day, "last.GD.450311": "2026-05-15", "who.GD.450311": "x", "rural.GD.450311": "on"},
    )  # fmt: skip


def test_from_the_plan_to_the_record_on_site(typed, shops, checkpoint, client):  # noqa: F811
    clerk, plan = typed.who["regional"].clerk, whole_plan(typed)
    line = plan.lines.get(supplier=typed.supplier)
    period = {"first_on": "2026-01-01", "last_on": "2026-06-30"}
    post(client, clerk, f"{HOME}begin/?line={line.pk}", **period)
    inspection = Inspection.objects.get()
    assert inspection.planned == line
    here = f"{HOME}{inspection.pk}/"
    assert "还没有抽取" in page(client, clerk, here)
    post(client, clerk, f"{here}draw/", 422, size="0", late="0", exempt="0", near="0")
    post(client, clerk, f"{here}draw/", size="2", late="1", exempt="0", near="0")
    drawn = inspection.draws.get().cases.order_by("position")[0]
    assert drawn.case.number in page(client, clerk, here)
    site = f"{HOME}cases/{drawn.pk}/"
    assert "系统记录" in page(client, clerk, site)
    today = {"on": str(legal_day(inspection.draws.get().at)), "outcome": "differs"}
    post(client, clerk, site, 422, **today)  # what differs is not said
    post(
        client, clerk, site, 422, **today, differs="少一份", photos=SimpleUploadedFile("x.png", b"no picture")
    )
    assert not SiteRecord.objects.exists()
    post(client, clerk, site, **today, differs="少一份", photos=SimpleUploadedFile("现场.png", PNG))
    kept = SiteRecord.objects.get().files.get()
    client.force_login(clerk)
    assert client.get(f"{HOME}files/{kept.pk}/").headers["content-type"] == "image/png"
    assert "少一份" in page(client, clerk, here)


def test_nobody_of_elsewhere_sees_an_inspection_its_records_or_its_files(typed, drawn_one, client):  # noqa: F811
    record = recorded(typed, drawn_one, files=[(PNG, "现场.png")])
    inspection = drawn_one.draw.inspection
    addresses = [
        f"{HOME}{inspection.pk}/", f"{HOME}cases/{drawn_one.pk}/", f"{HOME}files/{record.files.get().pk}/",
        f"{HOME}{inspection.pk}/draw/",
    ]  # fmt: skip
    for name in ("supplier", "province", "yanshan"):
        for address in addresses:
            page(client, typed.who[name].officer, address, 404)
        post(client, typed.who[name].officer, f"{HOME}{inspection.pk}/evidence/", 404)
    for address in addresses[:2]:
        page(client, typed.who["nea"].officer, address)


def test_who_only_looks_records_and_takes_nothing_along(typed, drawn_one, viewer, client):  # noqa: F811
    looks = viewer("supervisor", "regional-supervisor", at=typed.regional)
    inspection = drawn_one.draw.inspection
    assert "现场情况" not in page(client, looks, f"{HOME}cases/{drawn_one.pk}/")
    post(client, looks, f"{HOME}cases/{drawn_one.pk}/", 403, on="2026-07-03", outcome="conforms")
    post(client, looks, f"{HOME}{inspection.pk}/evidence/", 403)
    page(client, looks, f"{HOME}{inspection.pk}/draw/", 403)


# --------------------------------------------------------------- evidence
def opened(inspection):
    with evidence_archive(inspection) as made:
        return zipfile.ZipFile(io.BytesIO(made.read()))


def test_the_evidence_says_how_it_was_drawn_and_every_digest_is_right(typed, drawn_one):  # noqa: F811
    recorded(typed, drawn_one, outcome="differs", differs="=1+1 少一份", files=[(PNG, "现场.png")])
    inspection = drawn_one.draw.inspection
    archive = opened(inspection)
    listed = dict(line.split("  ", 1)[::-1] for line in archive.read("manifest.sha256").decode().splitlines())
    assert listed.keys() == set(archive.namelist()) - {"manifest.sha256"}
    assert all(hashlib.sha256(archive.read(path)).hexdigest() == digest for path, digest in listed.items())
    said = json.loads(archive.read("draw.json"))[0]
    # who has the numbers of the cases draws the same from what stands in the file
    seed = seed_of(root=said["root"], office=said["office"], supplier=said["supplier"], number=said["number"])
    assert seed == said["seed"]
    for one in said["cases"]:
        assert hashlib.sha256(f"{seed}\n{one['case']}".encode()).hexdigest() == one["rank"]
    assert f"checkpoint-{said['checkpoint_size']}.txt" in listed
    rows = list(csv.reader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
    assert len(rows) == 1 + len(said["cases"])
    assert next(row for row in rows if row[2] == drawn_one.case.number)[8] == "'=1+1 少一份"  # no formula
    assert archive.read("index.pdf").startswith(b"%PDF")
    assert any(path.endswith(".png") and "site-1-1" in path for path in listed)
    with evidence_archive(inspection) as one, evidence_archive(inspection) as other:
        assert one.read() == other.read()  # the same evidence is the same file


def test_identity_documents_stay_where_they_are(typed, shops, checkpoint):  # noqa: F811
    from tongdian.cases.models import Paper
    from tongdian.files.actions import store
    from tongdian.policy.kinds.checklist import shows_identity
    from tongdian.rulebook import queries as rulebook

    inspection = begun(typed)
    drawing.draw_cases(viewer=typed.who["regional"].clerk, inspection=inspection, size=3, at=at("2026-07-02"))
    pack = rulebook.pack("nea-2021-37")
    items = [one["item"] for one in drawing.papers_asked(inspection.draws.get().cases.first())]
    identity = next(one for one in items if shows_identity(pack, one, of_a_firm=False))
    for item in items:
        Paper.objects.create(
            case=shops[0], kind="received", item=item, file=store(content=PNG, at=at("2026-03-02")).hash, name="x.png",
            at=at("2026-03-02"), by="clerk",
        )  # fmt: skip
    archive = opened(inspection)
    told = [one for one in json.loads(archive.read(f"cases/{shops[0].number}/papers.json")) if one["sha256"]]
    left = [one for one in told if one["item"] == identity]
    assert left
    assert all(one["left_out"] == STAYS and "file" not in one for one in left)
    assert all("file" in one for one in told if one["item"] != identity)


def test_that_evidence_was_taken_along_is_recorded(typed, drawn_one, client):  # noqa: F811
    inspection = drawn_one.draw.inspection
    reply = post(client, typed.who["regional"].clerk, f"{HOME}{inspection.pk}/evidence/", 200)
    assert reply.headers["content-type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(b"".join(reply.streaming_content))).testzip() is None
    assert Entry.objects.filter(action="export-list", subject="supervision-inspection-evidence").count() == 1
    nothing = begun(typed)
    post(client, typed.who["regional"].clerk, f"{HOME}{nothing.pk}/evidence/", 422)


# --------------------------------------------------------------- a group; coordination
def test_a_group_sees_and_presses_and_the_supplier_reads_it(group, client):  # noqa: F811
    officer = group.who["group"].officer
    shown = page(client, officer, "/supervision/group/?as_of=2021-05-17")
    assert "漓桂供电公司" in shown
    assert "逾期" in shown
    # from an overdue task, with its clause; of a past day nothing is entered
    assert "/supervision/findings/letters/reminder/new/" not in shown
    assert "/supervision/findings/letters/reminder/new/" in page(client, officer, "/supervision/group/")
    address = "/supervision/findings/letters/reminder/new/?whom=LG&clause=附件1/7"
    post(client, officer, address, about="LG", clause="附件1/7", text="请本月完成", due_on="2099-12-31")
    assert UrgingLetter.objects.get().about == group.own
    assert "请本月完成" in page(client, group.who["own"].clerk, "/supervision/findings/letters/")
    page(client, group.who["own"].clerk, "/supervision/group/")  # says that it is none


def test_a_province_enters_meetings_and_difficulties_and_resolves_them(nation, client):
    """51: a mechanism of coordination; 55: difficulties are coordinated and resolved in time."""
    who = nation.who["province"]
    post(
        client, who.clerk, "/supervision/coordination/meeting/", on="2026-06-10", topic="占掘路联审", present="住建、交管",
        decisions="占掘路实行备案制", paper="纪要〔2026〕3号",
    )  # fmt: skip
    post(
        client,
        who.clerk,
        "/supervision/coordination/difficulty/",
        on="2026-06-01",
        text="园区接入受限",
        source="12398",
    )
    (one,) = Difficulty.objects.all()
    address = f"/supervision/coordination/difficulty/{one.pk}/"
    post(client, who.clerk, address, 422, on="2026-05-31", text="增容")  # before it was known
    page(client, nation.who["city"].officer, address, 404)
    assert "1 项未解决" in page(client, who.officer, "/supervision/coordination/")
    post(client, who.clerk, address, on="2026-06-20", text="增容一台主变")
    post(client, who.clerk, address, 422, on="2026-06-21", text="再次")  # once
    shown = page(client, who.officer, "/supervision/coordination/")
    assert "增容一台主变" in shown
    assert "占掘路实行备案制" in shown
    assert "1 项未解决" in page(client, who.officer, "/supervision/coordination/?as_of=2026-06-19")
    page(client, nation.who["nea"].officer, "/supervision/coordination/")
    assert d("2026-06-20") == one.resolution.on


@pytest.mark.parametrize("odd", ["?year=0", "?year=99999", "?office=x", "?as_of=x", "?year=२०२६"])
def test_odd_questions_are_answered(nation, client, odd):
    for path in (HOME, "/supervision/group/", "/supervision/coordination/"):
        page(client, nation.who["regional"].officer, f"{path}{odd}")
