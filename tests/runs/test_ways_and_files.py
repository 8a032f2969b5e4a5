"""Other readings for one run, rows of the office's own, several files of a grain, results in each form."""

from __future__ import annotations

import io

import openpyxl
import pyarrow.parquet as parquet
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.bulk.town import write_town
from tests.runs.conftest import BILLS, NEW, SEGMENTS, only
from tests.runs.test_journey import calculated, read, table, text_of
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.refusals import UnknownOption
from tongdian.rulebook.queries import pack
from tongdian.runs.actions import bringing
from tongdian.runs.actions.bringing import Brought
from tongdian.runs.models import BulkRun

pytestmark = pytest.mark.django_db
OWN = "file.electricity-price"
GOOD = SEGMENTS.replace("用电,备注", "本段用量,※备注").replace("12O.5", "120.5")


def upload(name: str, text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def a_way() -> tuple[str, str]:
    """An interpretation that the residents' bill uses, and an option that is not chosen here."""
    one = pack("gxnu-2016-4")
    key = interpretations_of(one, one.rules["residential-electricity"])[0]
    now = one.option(key, {})
    return key, next(option for option in one.interpretations[key].options if option != now)


def test_another_reading_is_tried_for_one_run_and_stands_in_its_record(officer, bring):
    key, option = a_way()
    assert f'name="take.{key}"' in officer.get(NEW).content.decode()
    assert bring(officer, segment=GOOD, **{f"take.{key}": option}).status_code == 302
    run = calculated(officer, only())
    assert run.state == "done", run.said_en
    assert run.take == {key: option}
    record = b"".join(officer.get(f"/runs/{run.pk}/files/run.json").streaming_content).decode()
    assert f'"{key}": "{option}"' in record
    assert "试用的解读" in text_of(officer.get(f"/runs/{run.pk}/"))
    # the same files by what is chosen here are other work
    bring(officer, segment=GOOD)
    second = calculated(officer, BulkRun.objects.exclude(pk=run.pk).get())
    assert second.take == {}
    assert BulkRun.objects.filter(state="done").count() == 2


def test_an_option_that_nobody_offers_is_refused_by_the_action(campus):
    key, _ = a_way()
    with pytest.raises(UnknownOption):
        bringing.bring(
            viewer=campus.officer,
            organisation=campus.organisation,
            pack="gxnu-2016-4",
            rule="residential-electricity",
            on=timezone.localdate(),
            take={key: "no-such"},
            files={"bill": [Brought("b.csv", BILLS.encode())], "segment": [Brought("s.csv", GOOD.encode())]},
            at=timezone.now(),
        )
    assert not BulkRun.objects.exists()


def test_several_files_of_one_grain_are_one_run_and_a_refusal_names_its_file(officer, bring):
    head, first, second = GOOD.replace("120.5", "12O.5").splitlines()
    bring(
        officer,
        segment=None,
        **{
            "file.segment": [
                upload("三月.csv", f"{head}\n{first}\n"),
                upload("补录.csv", f"{head}\n{second}\n"),
            ]
        },
    )
    run = calculated(officer, only())
    assert (run.state, run.result["counts"]["bill"], run.result["refused"]) == ("done", 1, 1)
    page = text_of(officer.get(f"/runs/{run.pk}/"))
    assert "补录.csv:2" in page  # the line below its headings
    assert "三月.csv, 补录.csv" in text_of(officer.get("/runs/"))


def test_rows_of_the_office_s_own_stand_in_for_the_regulation_s(officer, bring):
    """Every price 1 yuan without loss: 182.40 kWh in the lowest tier are 182.40 yuan, not 105.63."""
    categories = pack("gxnu-2016-4").rules["electricity-price"].columns["category"].one_of
    own = "from,category,base,loss,other\n" + "".join(f"2016-01-01,{one},1,0,0\n" for one in categories)
    wrong = bring(officer, segment=GOOD, **{OWN: upload("prices.csv", own.replace("from", "since"))})
    assert wrong.status_code == 422
    assert "since" in text_of(wrong)
    assert not BulkRun.objects.exists()
    bring(officer, segment=GOOD, **{OWN: upload("prices.csv", own)})
    run = calculated(officer, only())
    assert run.state == "done", run.said_en
    bills = table(read(officer.get(f"/runs/{run.pk}/files/bill.csv")))
    assert {row["bill"]: row["total"] for row in bills}["B-101"] == "182.40"


def test_a_result_is_taken_as_csv_as_a_workbook_and_as_parquet_alike(officer, bring):
    bring(officer, segment=GOOD)
    run = calculated(officer, only())
    name = f"/runs/{run.pk}/files/bill"
    csv_text = b"".join(officer.get(f"{name}.csv").streaming_content).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(officer.get(f"{name}.xlsx").streaming_content))).active
    rows = parquet.read_table(io.BytesIO(b"".join(officer.get(f"{name}.parquet").streaming_content)))
    assert [cell.value for cell in book[1]] == csv_text.splitlines()[0].split(",") == rows.column_names
    assert book.max_row - 1 == rows.num_rows == 2
    assert not [one for one in rows.schema.types if str(one) in ("double", "float")]  # money is exact
    assert officer.get(f"/runs/{run.pk}/files/refused.parquet").status_code == 404


def test_a_pack_that_cannot_be_read_is_named_and_the_others_are_offered(officer, tmp_path, monkeypatch):
    town = write_town(tmp_path / "packs", rules="rules:\n- rule: prices\n  kind: nonsense\n")
    monkeypatch.setenv("TONGDIAN_POLICIES", str(town.parent))
    page = officer.get("/runs/")
    assert "town/rules.yaml 第 3 行" in text_of(page)
    assert "请管理员修正" in text_of(page)
    assert str(town) not in page.content.decode()
    assert "/runs/new/gxnu-2016-4/" in page.content.decode()


def test_empty_files_are_refused_by_their_name(officer, bring):
    answer = bring(officer, segment=b"")
    assert answer.status_code == 422
    assert "segment.csv" in text_of(answer)
    assert not BulkRun.objects.exists()


TWICE = "from,category,base,loss,other\n2026-01-01,staff,0.56,0.02,0\n2026-01-01,staff,0.6,0.02,0\n"


def test_the_columns_of_rows_of_one_s_own_are_asked_for_by_their_titles(officer):
    said = text_of(officer.get(NEW))
    assert "列：自、止于（不含）、" in said
    assert "from, before" not in said


def test_what_was_not_calculated_says_why_which_rows_were_brought_and_what_to_do(officer, bring):
    """Two prices for one day: the page names the file of prices and offers to bring mended ones."""
    bring(officer, segment=GOOD, **{OWN: upload("电价.csv", TWICE)})
    run = calculated(officer, only())
    assert run.state == "failed"
    page = officer.get(f"/runs/{run.pk}/")
    said = text_of(page)
    assert "有两行" in said
    assert "自有数据：电价" in said
    assert "电价.csv" in said
    assert "核对后即可计算" not in said
    assert (
        f'href="/runs/new/gxnu-2016-4/residential-electricity/?on={run.on}&amp;for={run.organisation_id}"'
        in (page.content.decode())
    )


def test_a_result_says_its_grains_by_title_and_its_chart_its_unit(officer, bring):
    bring(officer, segment=GOOD)
    said = text_of(officer.get(f"/runs/{calculated(officer, only()).pk}/"))
    assert "账单：读取" in said
    assert "电费（元）" in said
