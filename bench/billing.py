"""A billing run, prepared, released and posted: agreements a second, and its CPU against COPY of the rows that
it posted into a copy of the same database, with the same constraints and triggers; peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from bench.report import Figure
from tongdian.config.database import DATABASE, Server

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
        type(rows[0]).objects.bulk_create(rows, batch_size=1_000)
"""
RUN = """
import datetime as dt, json, os, resource, time
from tongdian.config.program import open_program
with open_program():
    from django.db import connection
    from django.utils import timezone
    from tongdian.billing.actions import runs
    from tongdian.billing.models import BillingRun
    from tongdian.parties.models import Account, Organisation

    def cpu():
        # of this process and of the server's process that works for it
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            (backend,) = cursor.fetchone()
        ticks = open(f"/proc/{backend}/stat").read().rsplit(")", 1)[1].split()[11:13]
        return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    clerk, officer = Account.objects.get(username="clerk"), Account.objects.get(username="officer")
    house, at, said = Organisation.objects.get(short="YS"), timezone.now(), {}
    run = BillingRun.objects.first()
    began, used = time.monotonic(), cpu()
    if run is None:
        run = runs.start_run(viewer=clerk, organisation=house, first_on=dt.date(2026, 10, 1), until=dt.date(2026, 10, 31),
                             due_on=at.date() + dt.timedelta(days=15), note="", at=at)
        preview = runs.prepare(run=run, at=at)
        said["prepare"], said["prepare_cpu"] = time.monotonic() - began, cpu() - used
        runs.release_run(viewer=officer, run=run, preview=preview.number, at=at)
    else:
        posting = runs.post_released(run=run, at=at)
        said["post"], said["post_cpu"] = time.monotonic() - began, cpu() - used
        said["bills"], said["changed"] = posting.bills, len(posting.changed)
    said["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said))
"""


# What a run posts, in the order of its keys.
POSTED = (
    "accounts_billingaccount",
    "accounts_ledgeraccount",
    "accounts_posting",
    "accounts_debt",
    "accounts_transfer",
    "billing_bill",
    "billing_billline",
    "billing_billedperiod",
)


def measure(*, small: bool) -> list[Figure]:
    agreements = AGREEMENTS // 20 if small else AGREEMENTS
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])]),
        }

        def programme(text: str) -> str:
            command = [sys.executable, "-W", "ignore", "-c", text]
            run = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            return run.stdout

        with Server(Path(folder) / "postgres").running() as server:
            programme(FILL.replace("{agreements}", str(agreements)))
            with psycopg.connect(server.url(), autocommit=True) as owner:
                owner.execute("analyze")  # as the server does by itself in the night
            said = json.loads(programme(RUN).splitlines()[-1])
            with psycopg.connect(server.url("postgres"), autocommit=True) as owner:
                owner.execute(f'create database beside template "{DATABASE}"')
            said |= json.loads(programme(RUN).splitlines()[-1])
            copied, rows = copying(server)
    whole, cpu = said["prepare"] + said["post"], said["prepare_cpu"] + said["post_cpu"]
    return [
        Figure(
            "billing",
            f"agreements a second from readings to posted bills, {agreements:,} with one meter each",
            "≥ 5,500",
            f"{said['bills'] / whole:,.0f}",
            f"{said['bills']:,} bills; looked at and prepared in {said['prepare']:.0f} s ({said['prepare_cpu']:.0f} s of"
            f" CPU), posted in {said['post']:.0f} s ({said['post_cpu']:.0f} s); peak {said['peak']:,.0f} MB; 204 with instances of models",
        ),
        Figure(
            "billing",
            "CPU of the run, against COPY of what it posted into the same tables with the same constraints",
            "≤ 3 ×",
            f"{cpu / copied:.1f} ×",
            f"{rows:,} rows in {copied:.1f} s of CPU; posting alone {said['post_cpu'] / copied:.1f} ×; program and"
            " server together; 27.1 × with instances of models",
        ),
    ]


def copying(server: Server) -> tuple[float, int]:
    """Seconds of CPU of the server to COPY the posted rows into the database as it was before, and how many."""
    rows = 0
    with psycopg.connect(server.url()) as posted, psycopg.connect(server.url("beside")) as beside:
        beside.execute("select accounts_make_month(current_date), billing_make_month(current_date)")
        pid = beside.info.backend_pid
        began = _cpu(pid)
        for table in POSTED:
            known = beside.execute(f"select count(*) from {table}").fetchone()
            wanted = f"(select * from {table})" if not known[0] else _new(posted, beside, table)
            with (
                posted.cursor().copy(f"copy {wanted} to stdout") as out,
                beside.cursor().copy(f"copy {table} from stdin") as into,
            ):
                for part in out:
                    into.write(part)
            rows += beside.execute(f"select count(*) from {table}").fetchone()[0] - known[0]
        beside.commit()
        return _cpu(pid) - began, rows


def _new(posted: Any, beside: Any, table: str) -> str:
    """The rows that were not there before the run was posted."""
    there = [str(one[0]) for one in beside.execute(f"select id from {table}")]
    posted.execute("create temporary table if not exists known (id text)")
    posted.execute("truncate known")
    with posted.cursor().copy("copy known from stdin") as copy:
        copy.write("".join(f"{one}\n" for one in there))
    return f"(select t.* from {table} t where t.id::text not in (select id from known))"


def _cpu(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
