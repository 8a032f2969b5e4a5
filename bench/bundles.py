"""Bundles of the nation's counties taken in one after another: signature, proof of the log, arithmetic, steps; their
figures added up by every office above; and one that comes late. Beside it the same files only parsed and their
signatures checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.report import Figure
from tongdian.config.database import Server

COUNTIES = 3_000
PROGRAM = r"""
import base64, datetime as dt, json, sys, time
from tongdian.config.program import open_program
with open_program():
    from django.conf import settings
    from django.db import connection, transaction
    from tests.supervision.conftest import benefits, cells_of
    from tests.supervision.test_bundles import Log
    from tongdian.calendar import SHANGHAI
    from tongdian.parties.models import Account, Adoption, Membership, Organisation, since
    from tongdian.identifiers import uuid7
    from tongdian.regions import NATION, codes_above, divisions
    from tongdian.rulebook.commands import install_packs
    from tongdian.rulebook.once import asking_once
    from tongdian.supervision.actions import filing, taking
    from tongdian.supervision.bundles import opened, sealed
    from tongdian.supervision.models import TakenBundle
    from tongdian.supervision.queries.filings import expected_below, standing
    from tongdian.supervision.queries.proposing import proposed

    most = int(sys.argv[1])
    install_packs()
    day, start = dt.date(2021, 7, 10), dt.datetime(2021, 7, 10, 9, tzinfo=SHANGHAI)
    since_2013 = since(dt.date(2013, 1, 1))

    def office(kind, name, short, code, above=None):
        id_ = uuid7()
        one = Organisation.objects.create(
            id=id_, kind=kind, name=name, short=short, region_id=code, parent=above, in_force=since_2013,
            ancestors=[*(above.ancestors if above else ()), id_])
        one.regions.set([code])
        Membership.objects.create(account=officer, role="officer", organisation=one, in_force=since_2013)
        return one

    officer = Account.objects.create(username="officer")
    known = {one.code: one for one in divisions()}
    counties = [one for one in known.values() if one.level == "county"][:most]
    wanted = {above for one in counties for above in (one.code, *codes_above(one.code)) if above in known}
    made, levels = {}, ("nation", "province", "prefecture", "county")
    with transaction.atomic():
        for code in sorted(wanted, key=lambda code: (levels.index(known[code].level), code)):
            if code == NATION:
                made[code] = office("regulator", "国家能源局", "NEA", code)
                Adoption.objects.create(organisation=made[code], pack="nea-2021-37", in_force=since(dt.date(2021, 3, 29)))
            else:
                made[code] = office("department", known[code].name, "D" + code, code, made[known[code].parent])

    def above_of(code):
        return made[known[code].parent]

    form = filing.form_for(made[counties[0].code], "annex-3", day)
    texts = []
    for n, one in enumerate(counties):
        log = Log((n + 1).to_bytes(32, "big"), 9)
        cells = filing.checked_cells(form, made[one.code], cells_of(form, **benefits(n % 97, n % 13, n % 5)))
        body = {
            "format": "tongdian bundle 1", "office": "D" + one.code, "verifier": log.signer.verifier, "pack": form.pack.id,
            "pack_hash": form.pack.content_hash, "form": "annex-3", "period": "2021-H1", "number": 1, "cells": cells,
            "absent": [], "remarks": {}, "hash": filing.hash_of([cells, [], {}]), "made": "2021-07-10",
            "figures": {"on": "2021-06-30", "indicators": {}}, "checkpoint": log.note(), "begins": 0, "proof": [], "seen": [],
        }
        texts.append((one.code, sealed(body, (n + 1).to_bytes(32, "big")).encode()))
        taking.trust_sender(viewer=officer, office=above_of(one.code), organisation=made[one.code], verifier=log.signer.verifier, paper="电话", at=start)
    # ----------------------------------------------------------------- measured
    from time import perf_counter, process_time
    began, busy = perf_counter(), process_time()
    for _, text in texts:
        opened(text)
    bare, bare_busy = perf_counter() - began, process_time() - busy
    above = sorted({known[code].parent for code, _ in texts})
    of_office = {code: [text for one, text in texts[:-1] if known[one].parent == code] for code in above}
    began, busy = perf_counter(), process_time()
    for code, files in of_office.items():
        came = taking.take_bundles(viewer=officer, office=made[code], files=files, at=start)
        assert all(isinstance(one, TakenBundle) for one in came), came
    took, took_busy = perf_counter() - began, process_time() - busy
    with transaction.atomic():
        for code, _ in texts[:-1]:
            with asking_once():
                here = standing(form, made[code], "2021-H1", as_of=day)
                filing.accept(viewer=officer, office=above_of(code), version=here.newest, at=start)
    began, total = perf_counter(), 0
    for code in above:
        with asking_once():
            cells = proposed(standing(form, made[code], "2021-H1", as_of=day), as_of=day)
            total += int(cells["beneficiaries"]["residents"]["value"])
    merged = perf_counter() - began
    assert total == sum(n % 97 for n in range(len(texts) - 1)), total
    code, text = texts[-1]
    began = perf_counter()
    with asking_once():
        taken = taking.take_bundle(viewer=officer, office=above_of(code), data=text, at=start)
        filing.accept(viewer=officer, office=above_of(code), version=taken.version, at=start)
        proposed(standing(form, above_of(code), "2021-H1", as_of=day), as_of=day)
    late = perf_counter() - began
    print(json.dumps({"bundles": len(texts), "bare": bare, "took": took, "bare_busy": bare_busy, "took_busy": took_busy, "merged": merged, "above": len(above), "late": late}))
"""


def measure(*, small: bool) -> list[Figure]:
    counties = COUNTIES // 20 if small else COUNTIES
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE")} | {
            "TONGDIAN_HOME": folder,
            "TONGDIAN_DEMO": "0",
            "PYTHONPATH": os.getcwd(),
        }
        with Server(Path(folder) / "postgres").running():
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", PROGRAM, str(counties)],
                env=environment, check=True, capture_output=True, text=True,
            )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    bundles = told["bundles"]
    return [
        Figure(
            "bundles",
            f"{bundles:,} bundles received, verified, added up again and kept",
            "≤ 30 s",
            f"{told['took']:.1f} s",
            f"{told['took'] / told['bare']:.0f} × only opening them and checking their signatures; CPU of the program "
            f"{told['took_busy']:.1f} s, {told['took_busy'] / told['bare_busy']:.0f} ×",
        ),
        Figure(
            "bundles",
            f"the returns of the {told['above']:,} offices above, made of them",
            "in the 30 s",
            f"{told['merged']:.1f} s",
            "after each of them was accepted by a person",
        ),
        Figure(
            "bundles",
            "one that comes late, accepted, and its office's return",
            "≤ 1 s",
            f"{told['late']:.2f} s",
        ),
    ]
