"""A file with a wrong column and a bad row: mapped, calculated, what was refused mended, once more."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.network.conftest import make_organisation
from tests.runs.conftest import BILLS, NEW, SEGMENTS, only
from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.runs import folder
from tongdian.runs.actions import bringing, calculating
from tongdian.runs.actions.bringing import Brought
from tongdian.runs.models import BulkRun, ColumnMapping
from tongdian.runs.rules import ColumnMeantTwice, ColumnNotGiven, ColumnUndecided, FilesTooLarge, KindNotRead

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def chosen(answer) -> dict[str, str]:
    """What the page of headings offers, as a browser would send it."""
    found = {}
    for name, inside in re.findall(
        r'<select class="form-select" name="([^"]+)".*?>(.*?)</select>', answer.content.decode(), re.S
    ):
        marked = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = marked[1] if marked else ""
    return found


def read(answer) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def calculated(officer, run) -> BulkRun:
    """Everything as it is chosen, started and calculated."""
    said = chosen(officer.get(f"/runs/{run.pk}/"))
    officer.post(f"/runs/{run.pk}/start/", said)
    calculating.calculate(run=run.pk, at=timezone.now())
    run.refresh_from_db()
    return run


def test_a_wrong_column_is_mapped_a_bad_row_refused_mended_and_brought_again(officer, bring):
    made = bring(officer)
    run = only()
    assert made.status_code == 302
    assert made["Location"] == f"/runs/{run.pk}/"

    page = officer.get(f"/runs/{run.pk}/")
    offered = chosen(page)
    assert offered == {
        "bill.0": "bill",
        "bill.1": "months",
        "segment.0": "bill",
        "segment.1": "start",
        "segment.2": "until",
        "segment.3": "year",
        "segment.4": "reached",
        "segment.5": "",  # 用电: nobody knows it
        "segment.6": "",
    }
    assert "B-101 · B-103" in text_of(page)

    start = f"/runs/{run.pk}/start/"
    refused = officer.post(start, offered)
    assert refused.status_code == 422
    assert "segment.csv 的“用电”还没有指明" in text_of(refused)
    assert only().state == "brought"

    answer = officer.post(start, offered | {"segment.5": "used", "segment.6": "-"})
    assert answer.status_code == 302
    assert only().state == "waiting"
    assert 'hx-trigger="every 1s"' in officer.get(f"/runs/{run.pk}/").content.decode()
    assert calculating.calculate(run=run.pk, at=timezone.now())
    assert officer.get(f"/runs/{run.pk}/progress/")["HX-Refresh"] == "true"

    result = officer.get(f"/runs/{run.pk}/")
    said = text_of(result)
    assert "105.63" in said  # B-101: 182.40 × 0.57910 = 105.627…
    assert "不是数" in said
    assert "segment.csv:3" in said
    assert 'id="chart-data"' in result.content.decode()
    files = only().result["files"]
    assert set(files) >= {"bill", "segment", "step", "refused", "reasons", "refused-bill", "refused-segment"}

    [why] = table(read(officer.get(f"/runs/{run.pk}/files/refused.csv")))
    assert (why["file"], why["line"], why["bill"], why["start"]) == (
        "segment.csv",
        "3",
        "B-103",
        "2026-03-01",
    )
    assert (why["column"], why["value"]) == ("用电", "12O.5")
    bills = read(officer.get(f"/runs/{run.pk}/files/refused-bill.csv"))
    mended = read(officer.get(f"/runs/{run.pk}/files/refused-segment.csv")).replace("12O.5", "120.5")

    again = officer.get(bring(officer, bills, mended)["Location"])
    assert "" not in chosen(again).values()  # 用电 is known by now, and the remarks are nobody's
    assert "每个标题都已读懂" in text_of(again)
    second = calculated(officer, BulkRun.objects.order_by("-id")[0])
    assert (second.state, second.result["refused"]) == ("done", 0)
    assert second.result["counts"]["bill"] == 1
    record = officer.get(f"/runs/{second.pk}/files/run.json")
    assert '"pack": "gxnu-2016-4"' in read(record)
    assert record["Content-Disposition"].startswith("attachment")


def test_what_was_said_of_headings_is_kept_for_the_office_and_the_sheet_and_for_no_other(
    officer, bring, campus
):
    bring(officer)
    officer.post(
        f"/runs/{only().pk}/start/",
        chosen(officer.get(f"/runs/{only().pk}/")) | {"segment.5": "used", "segment.6": "-"},
    )
    kept = ColumnMapping.objects.get()
    assert kept.organisation == campus.organisation
    assert (kept.columns["segment"]["用电"], kept.columns["segment"]["备注"]) == ("used", None)
    assert Entry.objects.filter(action="map-columns").count() == 1
    other = make_organisation("YC", "育才校区")
    from tongdian.runs.queries import columns_kept

    assert columns_kept(other, "gxnu-2016-4", "residential-electricity") == {}


def test_the_same_work_is_one_run(officer, bring):
    """A second click, and the same files brought a second time."""
    bring(officer)
    first = only()
    said = chosen(officer.get(f"/runs/{first.pk}/")) | {"segment.5": "used", "segment.6": "-"}
    for _ in range(2):
        assert officer.post(f"/runs/{first.pk}/start/", said)["Location"] == f"/runs/{first.pk}/"
    bring(officer)
    second = BulkRun.objects.exclude(pk=first.pk).get()
    same = officer.post(f"/runs/{second.pk}/start/", chosen(officer.get(f"/runs/{second.pk}/")))
    assert same["Location"] == f"/runs/{first.pk}/"
    assert only() == first
    assert not folder.of(second.pk).exists()


def test_another_office_finds_nothing_and_a_clerk_may_not(officer, bring, client, viewer, campus):
    bring(officer)
    run = only()
    stranger = viewer("officer", "wang", at=make_organisation("YC", "育才校区"))
    client.force_login(stranger)
    for at in ("", "progress/", "files/run.json"):
        assert client.get(f"/runs/{run.pk}/{at}").status_code == 404
    for at in ("start/", "discard/"):
        assert client.post(f"/runs/{run.pk}/{at}").status_code == 404
    assert str(run.pk) not in client.get("/runs/").content.decode()
    assert bring(client).status_code == 422  # not an office of hers
    client.force_login(viewer("clerk", "zhao", at=campus.organisation))
    assert client.get("/runs/").status_code == 403
    with pytest.raises(NotAllowed):
        bringing.discard(viewer=stranger, run=run, at=timezone.now())
    with pytest.raises(NotAllowed):
        bringing.start(viewer=stranger, run=run, columns={}, at=timezone.now())


def test_a_run_that_a_worker_left_is_taken_up_again_and_given_up_after_three_tries(officer, bring):
    """The state in which a killed worker leaves it: being calculated, half a result on disk."""
    bring(officer, segment=SEGMENTS.replace("用电,备注", "本段用量,※备注"))
    run = only()
    officer.post(f"/runs/{run.pk}/start/", chosen(officer.get(f"/runs/{run.pk}/")))
    (folder.out(run.pk) / ".writing-x").mkdir(parents=True)
    BulkRun.objects.update(state="running", tries=1, step="calculating")
    assert calculating.unfinished() == [run.pk]
    assert calculating.calculate(run=run.pk, at=timezone.now())
    assert only().state == "done"
    assert not (folder.out(run.pk) / ".writing-x").exists()
    assert not calculating.calculate(run=run.pk, at=timezone.now())  # done is done

    BulkRun.objects.update(state="running", tries=3)
    calculating.calculate(run=run.pk, at=timezone.now())
    assert only().state == "failed"
    assert "连续 3 次中断" in text_of(officer.get(f"/runs/{run.pk}/"))


def test_what_is_kept_goes_after_thirty_days(officer, bring):
    bring(officer)
    run = only()
    last = run.expires_at - timedelta(seconds=1)
    assert run.expires_at == run.brought_at + timedelta(days=30)
    assert bringing.clear(at=last) == 0
    assert bringing.clear(at=run.expires_at) == 1
    assert not BulkRun.objects.exists()
    assert not folder.of(run.pk).exists()


def test_a_run_is_removed_by_hand_but_not_while_it_is_at_work(officer, bring):
    bring(officer)
    run = only()
    BulkRun.objects.update(state="running")
    officer.post(f"/runs/{run.pk}/discard/")
    assert BulkRun.objects.exists()
    BulkRun.objects.update(state="done")
    officer.post(f"/runs/{run.pk}/discard/")
    assert not BulkRun.objects.exists()
    assert not folder.of(run.pk).exists()


def test_each_heading_means_something_no_column_twice_and_none_lacks(officer, bring, campus):
    """The action refuses, whatever the page offers."""
    bring(officer)
    run = only()
    bill = {"账单": "bill", "当年在住月数": "months"}
    segment = {
        "账单": "bill",
        "段起日": "start",
        "段止日": "until",
        "阶梯年度": "year",
        "本年已计用量": "reached",
        "用电": "used",
        "备注": None,
    }

    def start(**said):
        bringing.start(
            viewer=campus.officer,
            run=run,
            columns={"bill": bill, "segment": segment | said},
            at=timezone.now(),
        )

    with pytest.raises(ColumnMeantTwice):
        start(备注="used")
    with pytest.raises(ColumnNotGiven):
        start(用电=None)
    with pytest.raises(ColumnUndecided):
        start(用电="no-such-column")
    assert only().state == "brought"


@pytest.mark.parametrize(
    ("bill", "says"), [(b"", "空"), (b"\xff\xfe\x00\x01\x02", ""), (b"PK\x03\x04\xff\x80\x81\xff", "")]
)
def test_a_file_that_cannot_be_read_is_refused_on_the_form_and_nothing_stays(
    officer, bring, home, bill, says
):
    answer = bring(officer, bill)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not BulkRun.objects.exists()
    assert list(home.glob("runs/*")) == []


def test_files_are_bounded_in_size_and_kind(campus, monkeypatch):
    def bring(name, content):
        bringing.bring(
            viewer=campus.officer,
            organisation=campus.organisation,
            pack="gxnu-2016-4",
            rule="residential-electricity",
            on=timezone.localdate(),
            files={"bill": [Brought(name, content)], "segment": [Brought("s.csv", SEGMENTS.encode())]},
            at=timezone.now(),
        )

    with pytest.raises(KindNotRead):
        bring("b.pdf", b"%PDF")
    monkeypatch.setattr(bringing, "MAX_BYTES", 100)
    with pytest.raises(FilesTooLarge):
        bring("b.csv", b"x" * 101)
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "/runs/new/no-such-pack/bill/",
        "/runs/new/gxnu-2016-4/construction-deposit/",
        "/runs/new/gxnu-2016-4/..%2f..%2fetc/",
        "/runs/templates/gxnu-2016-4/residential-electricity/step.xlsx",
        "/runs/00000000-0000-7000-8000-000000000000/",
    ],
)
def test_what_is_not_there_is_not_found(officer, address):
    assert officer.get(address).status_code == 404


def test_odd_days_and_names_of_files_change_nothing(officer, bring):
    assert officer.get(f"{NEW}?on=9999-99-99&for=nobody").status_code == 200
    bring(officer, segment=SEGMENTS.replace("用电,备注", "本段用量,※备注"))
    run = calculated(officer, only())
    assert run.state == "done"
    (folder.out(run.pk) / "stray.csv").write_text("nobody's")  # not among what the run wrote
    for name in (
        "..%2frun.json",
        "given",
        "nothing.parquet",
        "refused.xlsx",
        "../given/bill.csv",
        "stray.csv",
    ):
        assert officer.get(f"/runs/{run.pk}/files/{name}").status_code == 404


def test_a_template_downloads_and_goes_round(officer, bring):
    answer = officer.get("/runs/templates/gxnu-2016-4/residential-electricity/segment.xlsx")
    import openpyxl

    page = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in page[1]][:3] == ["账单", "段起日", "段止日"]


def test_a_measure_shows_its_share_and_its_days(officer, bring, campus):
    """Two cases of one working day or more; grouped by region on the page as on the command line."""
    case = "报装业务,地区,用户类别,报装申请日,结束日,结束方式\nC-1,450302,residential,2022-06-01,2022-06-08,办结\n"
    visit = "报装业务,序号,环节,开始日,办结日\nC-1,1,业务受理,2022-06-01,2022-06-01\nC-1,2,施工接电,2022-06-01,2022-06-08\n"
    from django.core.files.uploadedfile import SimpleUploadedFile

    bring(
        officer,
        None,
        None,
        at="/runs/new/nea-2021-37/connection-time/",
        **{
            "file.case": SimpleUploadedFile("case.csv", case.encode()),
            "file.visit": SimpleUploadedFile("visit.csv", visit.encode()),
            "on": "2022-12-31",
            "by": ["region"],
        },
    )
    run = calculated(officer, only())
    assert run.state == "done", run.said_en
    assert run.result["counts"]["cases"] == 1
    assert "450302" in text_of(officer.get(f"/runs/{run.pk}/"))
    assert run.result["chart"]["title"] == "days"


def test_pages_speak_english(officer, bring):
    bring(officer)
    officer.post("/i18n/setlang/", {"language": "en"})
    page = text_of(officer.get(f"/runs/{only().pk}/"))
    assert "Say what the marked headings mean" in page


def test_the_list_asks_as_often_for_one_run_as_for_many(officer, bring):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            officer.get("/runs/")
        return len(found)

    bring(officer)
    asked()
    few = asked()
    bring(officer, BILLS + "B-104,12\n")
    assert asked() == few


def test_the_day_stands_in_the_form_as_a_browser_reads_it(officer):
    """In Chinese too: a field of days knows 2026-03-31 and no 2026年3月31日."""
    page = officer.get(f"{NEW}?on=2026-03-31").content.decode()
    assert re.search(r'<input type="date" name="on" value="2026-03-31"', page)
