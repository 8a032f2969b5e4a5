"""A billing run, prepared, released and posted: agreements a second, CPU and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.report import Figure
from tongdian.config.database import Server

AGREEMENTS = 20_000
FILL = """
import datetime as dt
from tongdian.config.program import open_program
with open_program():
    from django.utils import timezone
    from psycopg.types.range import DateRange
    from tests.agreements.conftest import make_customer
    from tests.network.conftest import make_organisation
    from tongdian.agreements.models import Agreement
    from tongdian.identifiers import uuid7
    from tongdian.metering.models import Meter, MeterInstallation, MeterReading
    from tongdian.network.models import Place, UsagePoint
    from tongdian.parties.models import Account, Adoption, Customer, Membership, since
    from tongdian.rulebook.commands import install_packs
    install_packs()
    house = make_organisation("YS", "bench")
    Adoption.objects.create(organisation=house, pack="gxnu-2016-4", in_force=since(dt.date(2016, 1, 1)))
    for name, role in (("clerk", "clerk"), ("officer", "officer")):
        one = Account.objects.create(username=name)
        Membership.objects.create(account=one, role=role, organisation=house, in_force=since(dt.date(2016, 1, 1)))
    at, first, last = timezone.now(), dt.date(2026, 9, 30), dt.date(2026, 10, 31)
    places, points, customers, agreements, meters, hung, readings = [], [], [], [], [], [], []
    for n in range({agreements}):
        id_ = uuid7()
        place = Place(id=id_, organisation=house, region=house.region, kind="flat", code=f"P{n}", name=f"flat {n}",
                      ancestors=[id_], pairs=[])
        point = UsagePoint(place=place, utility="power", code=f"U{n}")
        customer = Customer(number=f"C{n}", kind="person", name=f"customer {n}", organisation=house, created_at=at,
                            pairs=[])
        agreement = Agreement(number=f"A{n}", organisation=house, customer=customer, usage_point=point,
                              in_force=DateRange(first, None), pack="gxnu-2016-4", customer_class="staff",
                              price_category="staff", begun_by="signed")
        meter = Meter(organisation=house, code=f"M{n}", utility="power", kind="ordinary", multiplier=1, digits=6,
                      decimals=2, owner="supplier")
        places.append(place), points.append(point), customers.append(customer), agreements.append(agreement)
        meters.append(meter), hung.append(MeterInstallation(meter=meter, usage_point=point,
                                                            in_place=DateRange(first, None)))
        for on, value in ((first, 1000), (last, 1000 + 50 + n % 200)):
            readings.append(MeterReading(meter=meter, on=on, raw=str(value), value=value, quality="actual",
                                         source="typed", at=at))
    for rows in (places, points, customers, agreements, meters, hung, readings):
        type(rows[0]).objects.bulk_create(rows, batch_size=5_000)
"""
RUN = """
import datetime as dt, json, resource, time
from tongdian.config.program import open_program
with open_program():
    from django.db import connection
    from django.utils import timezone
    from tongdian.billing.actions import runs
    from tongdian.billing.models import Bill
    from tongdian.parties.models import Account, Organisation

    def cpu():
        return time.process_time()

    clerk, officer = Account.objects.get(username="clerk"), Account.objects.get(username="officer")
    house, at = Organisation.objects.get(short="YS"), timezone.now()
    run = runs.start_run(viewer=clerk, organisation=house, first_on=dt.date(2026, 10, 1), until=dt.date(2026, 10, 31),
                         due_on=at.date() + dt.timedelta(days=15), note="", at=at)
    said = {}
    began, used = time.monotonic(), cpu()
    preview = runs.prepare(run=run, at=at)
    said["prepare"], said["prepare_cpu"] = time.monotonic() - began, cpu() - used
    runs.release_run(viewer=officer, run=run, preview=preview.number, at=at)
    began, used = time.monotonic(), cpu()
    posting = runs.post_released(run=run, at=at)
    said["post"], said["post_cpu"] = time.monotonic() - began, cpu() - used
    said["bills"], said["changed"] = posting.bills, len(posting.changed)
    said["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said))
"""


def measure(*, small: bool) -> list[Figure]:
    agreements = AGREEMENTS // 20 if small else AGREEMENTS
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.getcwd(),
        }
        with Server(Path(folder) / "postgres").running():
            program = [sys.executable, "-W", "ignore", "-c"]
            fill = FILL.replace("{agreements}", str(agreements))
            subprocess.run([*program, fill], env=environment, check=True)
            run = subprocess.run(
                [*program, RUN], env=environment, check=True, stdout=subprocess.PIPE, text=True
            )
    said = json.loads(run.stdout.splitlines()[-1])
    whole = said["prepare"] + said["post"]
    return [
        Figure(
            "billing",
            f"agreements a second from readings to posted bills, {agreements:,} with one meter each",
            "≥ 5,500",
            f"{said['bills'] / whole:,.0f}",
            f"{said['bills']:,} bills; looked at and prepared in {said['prepare']:.0f} s ({said['prepare_cpu']:.0f} s of"
            f" CPU), posted in {said['post']:.0f} s ({said['post_cpu']:.0f} s); peak {said['peak']:,.0f} MB",
        )
    ]
