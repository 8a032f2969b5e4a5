"""`tongdian indicators` over the folders of several senders: only what changed is counted again, and it says so."""

from __future__ import annotations

from tests.bulk.test_kept_counts import county

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
