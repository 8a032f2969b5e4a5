"""Feeders and transformers from spreadsheets; the file itself is kept and given out again."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from tests.agreements import spreadsheets as sheets
from tests.agreements.conftest import AT
from tests.agreements.test_importing import confirm, fates, reasons, stage, undo
from tongdian.agreements.importing.kinds.kind import DependedUpon
from tongdian.audit_log.models import Entry
from tongdian.files.models import StoredFile
from tongdian.files.queries import open_file
from tongdian.network import actions
from tongdian.network.models import Feeder, Transformer

pytestmark = pytest.mark.django_db

FEEDERS = ("线路或干管编号", "水或电", "名称", "电压 kV", "容量 kVA")
TRANSFORMERS = ("变压器编号", "线路编号", "名称", "容量 kVA", "功率因数", "地点编号", "公用")


def test_lines_come_in_and_go_out_again(town):
    before = list(Feeder.objects.order_by("id").values())
    brought = stage(
        town,
        "feeders",
        sheets.workbook(
            FEEDERS,
            ("F2", "电", "雁山 10 kV 二线", 10, 5000),
            ("G1", "水", "DN200 干管", "", ""),
            ("F1", "电", "雁山 10 kV 一线（改造）", 10, ""),
            ("F1", "水", "说不通", "", ""),
        ),
    )
    assert fates(brought) == ["new", "new", "changed", "refused"]
    confirm(town, brought)
    assert Feeder.objects.get(code="F2").voltage_kv == Decimal(10)
    assert Feeder.objects.get(code="F1").name == "雁山 10 kV 一线（改造）"
    undo(town, brought)
    assert list(Feeder.objects.order_by("id").values()) == before


def test_a_transformer_hangs_on_a_line_of_power_and_holds_what_is_promised(town):
    actions.add_feeder(
        viewer=town.officer,
        organisation=town.campus.organisation,
        utility="water",
        code="G1",
        name="干管",
        at=AT,
    )
    before = list(Transformer.objects.order_by("id").values())
    brought = stage(
        town,
        "transformers",
        sheets.workbook(
            TRANSFORMERS,
            ("T2", "F1", "2 号变", 630, "", "YS-1", "否"),
            ("T3", "G1", "水上变", 100, "", "", ""),
            ("T4", "F9", "无线变", 100, "", "", ""),
            ("T1", "F1", "1 号变", 17, 0.9, "", ""),  # 17 kVA at 0.9 give 15.3 kW; 8 and 8 are promised
            ("T1", "F1", "1 号变", 18, 0.9, "", ""),  # 16.2 kW
            ("T5", "F1", "5 号变", 100, 1.1, "", ""),
        ),
    )
    assert fates(brought) == ["new", "refused", "refused", "refused", "changed", "refused"]
    assert reasons(brought) == [
        ("B3", "“干管”不是同一种供应（水、电）的设施；请另选。"),
        ("B4", "没有编号为“F9”的线路"),
        ("D5", "变压器“1 号变”已承诺 16 kW，这样只能供 15.3 kW；请先减少其用电点的容量。"),
        ("E7", "1.1 不在 0.01 至 1 之间"),
    ]
    confirm(town, brought)
    made = Transformer.objects.get(code="T2")
    assert (made.place, made.is_public, made.power_factor) == (town.campus.building, False, Decimal("0.90"))
    undo(town, brought)
    assert list(Transformer.objects.order_by("id").values()) == before


def test_undoing_does_not_make_a_transformer_too_small_for_what_was_promised_since(town):
    larger = stage(
        town, "transformers", sheets.workbook(TRANSFORMERS, ("T1", "F1", "1 号变", 200, 0.9, "", ""))
    )
    confirm(town, larger)
    # 200 kVA at 0.9 give 180 kW: 8 + 120 are promised now, more than the 90 kW of before
    actions.promise_capacity(viewer=town.officer, point=town.points[0], capacity_kw=Decimal(120), at=AT)
    with pytest.raises(DependedUpon, match="1 号变"):
        undo(town, larger)
    assert Transformer.objects.get(code="T1").capacity_kva == 200


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_table_of_text_is_kept_too_and_given_out_as_it_was_uploaded(town, client, viewer, encoding):
    content = sheets.text_table(FEEDERS, ("F2", "电", "二线", "10", ""), encoding=encoding)
    brought = stage(town, "feeders", content)
    assert brought.file_hash == hashlib.sha256(content).hexdigest()
    assert open_file(brought.file_hash)[1] == content
    assert StoredFile.objects.get(hash=brought.file_hash).media_type == "text/csv"
    where = f"/imports/{brought.pk}/file"
    client.force_login(town.officer)
    reply = client.get(where)
    assert reply.content == content
    assert reply["Content-Disposition"].startswith("attachment")
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert Entry.objects.filter(action="download-import").count() == 1
    client.force_login(viewer("clerk", "zhou", at=town.campus.organisation))
    assert client.get(where).status_code == 403
