"""Bundles at the command line: many at once, each taken or refused by itself, each line by its file."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

from django.conf import settings

from tests.supervision.conftest import at, make_nation
from tests.supervision.test_bundles import H1, OTHER, SEED, Log, body, counts, log_body, trust
from tests.supervision.test_samples import reviewed
from tongdian.audit_log.rules import Signer
from tongdian.supervision.actions import filing
from tongdian.supervision.bundles import sealed


def test_each_of_several_files_is_said_by_its_name(committed, viewer, run, tmp_path):
    nation = make_nation(viewer)
    logs = {"yanshan": (Log(SEED, 5), SEED, "YSQ"), "qixing": (Log(OTHER, 3), OTHER, "QXQ")}
    for name, (log, seed, short) in logs.items():
        trust(nation, log, name)
        filing.allow_late(  # the command line lives today
            viewer=nation.who["city"].officer, office=nation.city, organisation=getattr(nation, name), form="annex-3",
            period=H1, until=dt.date(2099, 1, 1), reason="补报", at=at("2021-07-01"),
        )  # fmt: skip
        (tmp_path / f"{name}.json").write_text(sealed(body(nation, log, office=short), seed))
    (tmp_path / "cut-off.json").write_text("{")
    (tmp_path / "out").mkdir()
    files = [tmp_path / f"{name}.json" for name in ("yanshan", "cut-off", "qixing")]
    said = run("submit", "accept", *files, "--office", "GLS", "--cosigned", tmp_path / "out")
    assert said.status == 1
    assert [line.split(",")[0] for line in said.out.splitlines()] == [
        "taken: YSQ",
        "taken: QXQ",
        "2 taken in",
    ]
    assert said.out.splitlines()[-1] == "2 taken in, 1 refused"
    assert "cut-off.json: This is no bundle" in said.err
    assert said.err.count("\n") == 1
    for name, (log, _, _) in logs.items():
        assert (tmp_path / f"out/{name}.txt").read_text().startswith(log.note().rstrip("\n"))
    assert counts() == (2, 2, 2, 2)
    again = run("submit", "accept", files[0], "--office", "GLS")  # one alone is refused as ever, in one line
    assert "taken already" in again.refusal


def test_a_log_is_told_each_day_and_given_back_with_a_witness(committed, viewer, run, tmp_path):
    nation, log = make_nation(viewer), Log(SEED, 5)
    trust(nation, log)
    file, back = tmp_path / "ysq.json", tmp_path / "witnessed.txt"
    file.write_text(sealed(log_body(log), SEED))
    assert "a log of 5 entries" in run("submit", "verify", file, "--checkpoint").out
    said = run("submit", "witness", file, "--office", "GLS", "--cosigned", back)
    assert said.out.startswith("witnessed: a log of 5 entries")
    assert back.read_text().startswith(log.note().rstrip("\n"))
    file.write_text(sealed(log_body(Log(SEED, 5, says="other")), SEED))
    assert "contradicts itself" in run("submit", "witness", file, "--office", "GLS").refusal
    # this installation's own, for whoever is above it
    run("submit", "checkpoint", "GLS", "--to", tmp_path / "gls.json")
    assert run("submit", "verify", tmp_path / "gls.json", "--checkpoint").out.startswith(
        "the signature is right: GLS"
    )


def test_what_was_drawn_is_answered_and_compared(committed, viewer, run, tmp_path):
    """A county counts three shops, sends annex 2, is asked for the cases that its receiver's signature draws, and shows
    them; the second time the same answer is refused."""
    nation = make_nation(viewer)
    reviewed(nation)
    trust(nation, SimpleNamespace(signer=Signer(settings.AUDIT_SIGNING_KEY)))
    filing.allow_late(
        viewer=nation.who["city"].officer, office=nation.city, organisation=nation.yanshan, form="annex-2",
        period="2026-H1", until=dt.date(2099, 1, 1), reason="补报", at=at("2026-07-06"),
    )  # fmt: skip
    bundle, seen, shown = (tmp_path / name for name in ("annex-2.json", "seen.txt", "shown.json"))
    run("submit", "build", "YSQ", "annex-2", "2026-H1", "--to", bundle)
    run("submit", "accept", bundle, "--office", "GLS", "--cosigned", seen)
    run("submit", "answer", bundle, "--cosigned", seen, "--to", shown)
    said = run("submit", "check", shown, "--office", "GLS")
    assert (said.status, "cases drawn agree with the bundle: YSQ" in said.out) == (0, True)
    assert "answered already" in run("submit", "check", shown, "--office", "GLS").refusal
    bundle.write_text(sealed(body(nation, Log(SEED, 5)), SEED))  # of another installation
    assert (
        "not kept here" in run("submit", "answer", bundle, "--cosigned", seen, "--to", tmp_path / "x").refusal
    )
