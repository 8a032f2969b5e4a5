"""`tongdian indicators` over the folders of several senders: only what changed is counted again, and it says so."""

from __future__ import annotations

import datetime as dt
import json

from tests.bulk.test_indicators import write
from tests.bulk.test_kept_counts import county
from tests.bulk.test_refused_cases import row
from tongdian.bulk.as_of import NAME, write_as_of

PERIOD = ("--from", "2022-01-01", "--to", "2022-06-30")


def test_only_the_county_that_changed_is_counted_again(run, tmp_path):
    sent = tmp_path / "sent"
    for name, code, days in (("qixing", "450305", [9, 12]), ("yanshan", "450311", [40])):
        county(sent / name, "connection-time", code, days, prefix=name)
    asked = ("indicators", "nea-2021-37", *PERIOD, "--by", "county", "--kept", tmp_path / "kept")
    first = run(*asked, "--events", sent)
    assert first.err == "counted anew: 4 of 4 files\n"
    again = run(*asked, "--events", sent / "qixing", sent / "yanshan")
    assert (again.err, again.out) == ("counted anew: 0 of 4 files\n", first.out)
    county(sent / "yanshan", "connection-time", "450311", [40, 3], prefix="yanshan")
    then = run(*asked, "--events", sent)
    assert then.err == "counted anew: 2 of 4 files\n"
    assert then.out != first.out


def test_folders_in_which_one_case_stands_twice_are_said(run, tmp_path):
    for name in ("one", "two"):
        county(tmp_path / name, "connection-time", "450305", [9], prefix="A")
    said = run("indicators", "nea-2021-37", *PERIOD, "--kept", tmp_path / "kept", "--events", tmp_path / "one", tmp_path / "two")  # fmt: skip
    assert said.status == 3  # written twice: nobody can judge it
    assert "counted together: one, two (a case stands in several" in said.err


def test_a_folder_with_nothing_to_count_is_refused(run, tmp_path):
    assert "has nothing to count" in run("indicators", "nea-2021-37", "--events", tmp_path).refusal


def test_a_case_in_hand_is_judged_on_the_day_until_which_its_file_was_exported(run, tmp_path):
    part = county(tmp_path / "sent", "connection-time", "450305", [9, 30], prefix="A")
    (case,) = part.files["case"]
    case.write_text(case.read_text().replace("2022-03-31", ""))  # 1 + 30 March: the second is in hand
    (visit,) = part.files["visit"]
    visit.write_text(visit.read_text().replace("2022-03-31", ""))
    write_as_of(case.parent, dt.date(2022, 3, 7))
    asked = ("indicators", "nea-2021-37", *PERIOD, "--kept", tmp_path / "kept", "--events", tmp_path / "sent")
    told = json.loads(run(*asked, "--json").out)
    assert told["on"] == "2022-03-07"
    # on 30 June it would be late; on the fifth working day nobody knows
    assert not any("A1" in cases for cases in told["late"].values())
    assert run(*asked).out.startswith("cases as of 2022-03-07\n")
    (case.parent / NAME).unlink()
    told = json.loads(run(*asked, "--json").out)
    assert told["on"] == "2022-06-30"
    assert any("A1" in cases for cases in told["late"].values())
    write_as_of(case.parent, dt.date(2022, 3, 7))
    assert "says until 2022-03-07 only" in run(*asked, "--on", "2022-06-30").refusal


def test_of_a_standard_that_a_case_keeps_or_not_no_days_are_told(run, tmp_path):
    """Indicator 11 asks whether somebody applied on line: a median of noughts and ones says nothing."""
    county(tmp_path / "sent", "connection-time", "450305", [9], prefix="A")
    rows = [row("A", electronic_contract="true"), row("B", electronic_contract="true", channel="counter")]
    (tmp_path / "sent" / "online-service").mkdir()
    write(tmp_path / "sent" / "online-service" / "case.csv", rows)
    said = run("indicators", "nea-2021-37", "--kept", tmp_path / "kept", "--events", tmp_path / "sent", "--on", "2026-06-30", lang="en").out  # fmt: skip
    ours = said[said.index("Annex 2-2/11") :].splitlines()
    assert "p50, p90, longest:" not in ours[1]
    assert ours[2].split()[4:7] == ["—", "—", "—"]
    assert "p50, p90, longest: time judged" in said  # days of a connection, as before
