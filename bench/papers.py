"""Bills of a run printed in one go, from the rows of the database to the PDF: milliseconds a bill, CPU of all that
works for it but the database; memory of the child that prints; one by one; the code alone."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.billing import FILL, RUN
from bench.report import Figure
from tongdian.config.database import Server

BILLS, ALONE = 1_000, 20
PRINT = """
import io, json, os, statistics, time
from multiprocessing import forkserver
from pathlib import Path
from bench.papers import peak_of
from tongdian.config.program import open_program
with open_program():
    from pypdf import PdfReader
    from tongdian.billing import printing
    from tongdian.billing.models import BillingRun
    from tongdian.billing.queries.handing_out import papers
    from tongdian.bounded import bounded
    from tongdian.parties.models import Account
    from tongdian.qr_codes import qr_code
    from tongdian.rulebook.once import asking_once

    def cpu():
        # of this process, and of the children that the forking server waited for
        stat = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/stat").read_text()
        theirs = stat.rsplit(")", 1)[1].split()[11:15]
        return time.process_time() + sum(map(int, theirs)) / os.sysconf("SC_CLK_TCK")

    officer, run = Account.objects.get(username="officer"), BillingRun.objects.get()
    said, each, used = {}, [], []
    with asking_once():  # as in a request
        # the forking server is there, and what all bills have in common was asked for
        printing.bill_paper(papers(officer, run)[0])
        for _ in range({times}):
            began, before = time.monotonic(), cpu()
            rows = list(papers(officer, run).select_related("account__place__region"))
            printed = printing.bill_papers(rows)
            each.append((time.monotonic() - began) / len(rows) * 1000)
            used.append((cpu() - before) / len(rows) * 1000)
        began = time.monotonic()
        shapes = printing._papers(rows[: printing.AT_ONCE], "zh")
        said["read"] = (time.monotonic() - began) / len(shapes) * 1000
        said["peak"] = bounded(peak_of, shapes)
        began = time.monotonic()
        for one in rows[:{alone}]:
            printing.bill_paper(one)
        said["alone"] = (time.monotonic() - began) / {alone} * 1000
    texts = [printing.address_of(rows[0]) + str(n) for n in range(500)]
    qr_code(texts[0])
    began = time.monotonic()
    for text in texts:
        qr_code(text)
    said["code"] = (time.monotonic() - began) / len(texts) * 1000
    said |= {"best": min(each), "middle": statistics.median(each), "cpu": min(used), "bytes": len(printed)}
    said |= {"pages": len(PdfReader(io.BytesIO(printed)).pages), "bills": len(rows)}
    print(json.dumps(said))
"""
TIMES = 7


def peak_of(papers: Any) -> float:
    """MB that a child holds at most while it prints these."""
    from tongdian.documents.stacks import render_stack

    render_stack(papers)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(*, small: bool) -> list[Figure]:
    bills = BILLS // 20 if small else BILLS
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": f"{os.getcwd()}/src{os.pathsep}{os.getcwd()}",
        }

        def programme(text: str) -> str:
            command = [sys.executable, "-W", "ignore", "-c", text]
            run = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            return run.stdout

        with Server(Path(folder) / "postgres").running():
            programme(FILL.replace("{agreements}", str(bills)))
            for text in (RUN, RUN):  # begun and released, then posted
                programme(text)
            text = PRINT.replace("{times}", str(TIMES)).replace("{alone}", str(ALONE))
            said = json.loads(programme(text).splitlines()[-1])
            load = os.getloadavg()[0]
    return [
        Figure(
            "papers",
            f"a bill of {said['bills']:,} printed in one go, codes and questions included",
            "≤ 3 ms",
            f"{said['best']:.1f} ms",
            f"the best of {TIMES}, median {said['middle']:.1f} ms; load of the machine {load:.0f}, of which one or two"
            f" are its own; {said['pages']:,} pages, {said['bytes'] / 1024 / said['bills']:.1f} KiB each",
        ),
        Figure(
            "papers",
            "its CPU on all cores, but for the database",
            "—",
            f"{said['cpu']:.1f} ms",
            f"asked for, shaped and its code drawn in {said['read']:.2f} ms",
        ),
        Figure("papers", "the same one by one", "—", f"{said['alone']:.0f} ms", "each in a child of its own"),
        Figure(
            "papers", "memory of the child that prints 250 of them", "≤ 1,500 MB", f"{said['peak']:,.0f} MB"
        ),
        Figure("papers", "a QR code", "—", f"{said['code']:.2f} ms", "by the library, as SVG: 19 ms"),
    ]
