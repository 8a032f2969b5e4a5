"""A million readings of intervals from one NEM12 file: read line by line, judged against what stands, stored; and the same
with the preview that a person confirms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.report import Figure
from tongdian.config.database import Server

METERS, DAYS, MINUTES = 29, 360, 15  # 29 x 360 x 96 = 1,002,240
WORK = """
import datetime as dt, json, random, time
from tongdian.config.program import open_program
with open_program():
    from decimal import Decimal
    from django.db import transaction
    from psycopg.types.range import DateRange
    from tests.network.conftest import make_organisation
    from tongdian.agreements.actions import importing
    from tongdian.agreements.importing.kinds import KINDS
    from tongdian.agreements.importing.kinds.kind import BATCH, Job
    from tongdian.agreements.models import ImportRow
    from tongdian.calendar import SHANGHAI
    from tongdian.identifiers import uuid7
    from tongdian.metering.models import IntervalDay, Meter, MeterInstallation
    from tongdian.network.models import Place, UsagePoint
    from tongdian.parties.models import Account, Membership, since
    house = make_organisation("B", "bench")
    centre = make_organisation("BC", "centre", kind="office", parent=house)
    centre.fills = ["utilities-centre"]
    centre.save()
    viewer = Account.objects.create(username="officer")
    Membership.objects.create(account=viewer, role="officer", organisation=centre, in_force=since(dt.date(2016, 1, 1)))
    Membership.objects.create(account=viewer, role="officer", organisation=house, in_force=since(dt.date(2016, 1, 1)))
    id_ = uuid7()
    place = Place.objects.create(id=id_, organisation=house, region=house.region, kind="flat", code="F",
                                 name="flat", ancestors=[id_], pairs=[])
    first, draw = dt.date(2025, 1, 1), random.Random(1)
    lines = ["100,NEM12,202601010000,A,B"]
    for n in range({meters}):
        meter = Meter.objects.create(organisation=house, code=f"D{n}", utility="power", kind="remote", multiplier=1,
                                     digits=6, decimals=2, owner="supplier")
        point = UsagePoint.objects.create(place=place, utility="power", code=f"P{n}")
        MeterInstallation.objects.create(meter=meter, usage_point=point, in_place=DateRange(first, None))
        lines.append(f"200,P{n},E1,1,E1,N,D{n},KWH,{minutes},")
        for day in range({days}):
            figures = ",".join(f"{draw.random() * 3:.4f}" for _ in range(1440 // {minutes}))
            lines.append(f"300,{first + dt.timedelta(days=day):%Y%m%d},{figures},A,,,,")
    content = "\\n".join([*lines, "900", ""]).encode()
    at = dt.datetime(2026, 4, 1, 12, tzinfo=SHANGHAI)
    kind, times = KINDS["nem12"], {}

    def straight():
        began = time.perf_counter()
        table = kind.table(content, house, most=importing.MAX_ROWS)
        rows = [importing._understood(kind, row) for row in table.rows]
        read = time.perf_counter()
        for batch in (rows[n : n + BATCH] for n in range(0, len(rows), BATCH)):
            job = Job(house, viewer, at)
            kind.judge(batch, job)
            assert all(one.fate == "new" for one in batch), batch[0].reasons
            kind.store([(one, ImportRow(number=one.number, fate=one.fate)) for one in batch], job)
        return read - began, time.perf_counter() - began

    with transaction.atomic():
        times["read"], times["stored"] = straight()
        times["readings"] = sum(len(one) for one in IntervalDay.objects.values_list("values", flat=True))
        transaction.set_rollback(True)
    began = time.perf_counter()
    made = importing.stage(viewer=viewer, organisation=house, kind="nem12", file_name="n.csv", content=content, at=at)
    times["staged"] = time.perf_counter() - began
    importing.confirm(viewer=viewer, brought=made, at=at)
    times["confirmed"] = time.perf_counter() - began
    began = time.perf_counter()
    again = importing.stage(viewer=viewer, organisation=house, kind="nem12", file_name="n.csv", content=content, at=at)
    times["again"] = time.perf_counter() - began
    assert set(again.counts) == {"same"}, again.counts
    print(json.dumps(times))
"""


def measure(*, small: bool) -> list[Figure]:
    days = DAYS // 60 if small else DAYS
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path]),
        }
        with Server(Path(folder) / "postgres").running():
            work = _filled(days)
            ran = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", work],
                env=environment, check=True, capture_output=True, text=True,
            )  # fmt: skip
    times = json.loads(ran.stdout.splitlines()[-1])
    many = f"{times['readings']:,} readings of {MINUTES} minutes, one file"
    return [
        Figure(
            "intervals",
            f"{many}: read, judged and stored",
            "≤ 5 s",
            f"{times['stored']:.1f} s",
            f"{times['read']:.1f} s of it reading; every line held against the format, the meter, where it hung and what "
            "stands; 3.8 s of CPU, and 6.1 s while each figure was asked what it is",
        ),
        Figure(
            "intervals",
            "the same with the preview kept, and confirmed",
            "",
            f"{times['confirmed']:.1f} s",
            f"{times['staged']:.1f} s of it until the preview; the same file again is seen to change nothing in "
            f"{times['again']:.1f} s",
        ),
    ]


def _filled(days: int) -> str:
    return (
        WORK.replace("{meters}", str(METERS)).replace("{days}", str(days)).replace("{minutes}", str(MINUTES))
    )
