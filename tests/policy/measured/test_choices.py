"""Settings of a process that interpretations choose: resolved when asked, so no running case moves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from shutil import copytree

import pytest

from tests.policies.conftest import POLICIES
from tongdian.policy import Pack, load_pack
from tongdian.policy.process import Clocks, Process, fold, limits_of, open_case, resume, suspend
from tongdian.policy.process.refusals import UnknownVersion
from tongdian.policy.reading import PackError

HOME = "residential-connection"
OPENED = dt.date(2021, 3, 1)


@pytest.fixture(scope="module")
def nea() -> Pack:
    return load_pack(POLICIES / "nea-2021-37", run_tests=False)


def process_of(pack: Pack) -> Process:
    found = pack.rules[HOME]
    assert isinstance(found, Process)
    return found


def last_day(pack: Pack, version: str) -> dt.date | None:
    """The last day in time of a home that asked for a stay from 3 to 10 March."""
    process = process_of(pack)
    events = [open_case(process, version=version, on=OPENED, by="r", facts={"capacity": "8"})]
    for day, does, more in ((3, suspend, {"cause": "applicant-request"}), (10, resume, {})):
        state = fold(process, events)
        on = dt.date(2021, 3, day)
        events.append(does(process, state, on=on, by="r", seen=state.seq, **more))  # type: ignore[operator]
    rules = {"calendar": pack.calendar, "limit_of": limits_of(pack), "as_of": dt.date(2021, 3, 12)}
    return Clocks(process.at(version), fold(process, events), **rules).clock("end_to_end").due_on  # type: ignore[arg-type]


def test_a_case_from_before_a_setting_was_a_choice_keeps_its_last_day(nea: Pack) -> None:
    """Until this version a stay that was asked for stopped the clock; such cases are told so still."""
    assert last_day(nea, "2020-01-01") == dt.date(2021, 3, 15)  # 2, 3, 11, 12, 15 March


def test_a_new_case_goes_by_what_is_chosen_and_keeps_it(nea: Pack) -> None:
    process = process_of(nea)
    chosen = process.version_on(OPENED, process.taken(nea, {})).key
    other = process.version_on(OPENED, process.taken(nea, {"end-to-end-all-in": "less_customer"})).key
    assert chosen != other
    for pack in (nea, nea.chosen(choices={"end-to-end-all-in": "less_customer"})):
        assert last_day(pack, chosen) == dt.date(2021, 3, 8)  # 2, 3, 4, 5, 8 March
        assert last_day(pack, other) == dt.date(2021, 3, 15)


def test_a_key_names_every_option_its_case_goes_by(nea: Pack) -> None:
    process = process_of(nea)
    assert process.version_on(OPENED, process.taken(nea, {})).key == (
        "2020-01-01;day-zero=not_counted;end-to-end-all-in=all_in;force-majeure=exempt_case"
    )
    with pytest.raises(UnknownVersion):
        process.at("2020-01-01;day-zero=perhaps")


def test_a_process_with_choices_is_one_version(nea: Pack) -> None:
    assert len(process_of(nea).versions) == 1


def test_every_option_needs_its_value(tmp_path: Path) -> None:
    folder = tmp_path / "nea-2021-37"
    copytree(POLICIES / "nea-2021-37", folder)
    file = folder / "processes" / f"{HOME}.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace('counted: "true", ', ""), encoding="utf-8")
    with pytest.raises(PackError, match="the options of day-zero are"):
        load_pack(folder, run_tests=False)
