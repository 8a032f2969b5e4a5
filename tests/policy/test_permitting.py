"""What may be done with permission only: a pack that names what is not there, or what nobody could be given, is refused."""

import shutil
from pathlib import Path

import pytest

from tongdian.policy import load_pack
from tongdian.policy.permitting import granting_processes
from tongdian.policy.refusals import PackError

REAL = Path(__file__).resolve().parents[2] / "policies" / "gxnu-2016-4"
LODGING = '      lodging: {title: {zh: 在教学办公辅助用房住宿、生活, en: living in auxiliary rooms}, cite: "62(2)"}\n'


@pytest.fixture
def changed(tmp_path):
    """The university's pack with one line of pack.yaml put otherwise."""

    def load(before, after):
        folder = tmp_path / "gxnu-2016-4"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(REAL, folder)
        head = folder / "pack.yaml"
        text = head.read_text("utf-8")
        assert before in text
        head.write_text(text.replace(before, after, 1), "utf-8")
        return load_pack(folder)

    return load


def test_a_consent_that_no_process_grants_is_refused(changed):
    with pytest.raises(PackError, match="no process grants"):
        changed(LODGING, LODGING + LODGING.replace("lodging", "camping"))


def test_a_process_that_grants_what_is_declared_nowhere_is_refused(changed):
    with pytest.raises(PackError, match='a process grants "lodging"'):
        changed(LODGING, "")


def test_a_consent_has_no_name_of_a_timetables_permit(changed):
    with pytest.raises(PackError, match="a timetable has a permit"):
        changed(LODGING, LODGING + LODGING.replace("lodging", "opening"))


def test_a_consent_cites_a_clause_that_stands(changed):
    with pytest.raises(PackError, match="there is no clause"):
        changed(LODGING, LODGING.replace("62(2)", "620"))


@pytest.mark.parametrize("line", ["living-here: lodging", "living-there: camping"])
def test_an_act_is_excused_by_a_permit_that_stands(changed, line):
    with pytest.raises(PackError, match="there is no act"):
        changed("living-there: lodging", line)


@pytest.mark.parametrize(
    "line",
    [
        "changed-word: {process: change-of-use, stage: approve, approved: approved}",
        "changed-use: {process: late-fee, stage: approve, approved: approved}",
        "changed-use: {process: change-of-use, stage: settle, approved: approved}",
        "changed-use: {process: change-of-use, stage: approve, approved: agreed}",
    ],
)
def test_an_act_is_excused_by_a_decision_that_a_process_takes(changed, line):
    with pytest.raises(PackError, match="no such process, stage or fact"):
        changed("changed-use: {process: change-of-use, stage: approve, approved: approved}", line)


def test_every_consent_of_the_university_is_granted_by_a_process():
    pack = load_pack(REAL)
    assert set(pack.head.uses.permitting.consents) <= granting_processes(pack).keys()
