"""A database administrator rewrites history, with triggers off; verify() says exactly where.

Every test has eight sealed entries (0–7) under a signed checkpoint, and a ninth (8) since.
"""

from datetime import UTC, datetime

import psycopg
import pytest
from django.conf import settings
from tests.database import elsewhere

from tongdian.audit_log.actions import make_checkpoint, record, seal_entries
from tongdian.audit_log.models import Entry, Place
from tongdian.audit_log.rules import payload_seal, place_seal
from tongdian.audit_log.tree import leaf_hash
from tongdian.audit_log.verification import verify
from tongdian.config.logins import owner_url

NOON = datetime(2026, 4, 12, 4, 0, tzinfo=UTC)


def deed(number: int) -> Entry:
    return record(
        actor="account:officer",
        action="cases.suspend",
        subject=f"case:2026-{number:04}",
        payload={"why": "等待规划许可", "number": number},
        at=NOON,
    )


@pytest.fixture
def tamper(committed, tmp_path, settings):
    """The baseline of the rows at 0, then nine entries, eight of them under a checkpoint; SQL as
    one whom no trigger stops."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints"
    for number in range(8):
        deed(number)
    make_checkpoint(at=NOON)
    deed(8)
    seal_entries()
    assert verify().holds

    def run(statement: str, *values: object) -> None:
        with psycopg.connect(elsewhere(owner_url(), committed)) as connection:
            connection.execute("set session_replication_role = replica")
            assert connection.execute(statement, values).rowcount > 0

    return run


def found() -> list[str]:
    return [finding.words.en for finding in verify().findings]


AT = "(select entry_id from audit_log_place where sequence = %s)"


def test_a_changed_entry_is_named(tamper):
    tamper(f"update audit_log_entry set actor = 'account:nobody' where id = {AT}", 3)
    assert found() == ["Entry 3: changed (what it says does not match its seal)"]


def test_a_changed_time_is_named(tamper):
    tamper(f"update audit_log_entry set at = at - interval '1 day' where id = {AT}", 8)
    assert found() == ["Entry 8: changed (what it says does not match its seal)"]


def test_a_changed_payload_is_named(tamper):
    tamper(f"update audit_log_payload set content = '{{}}' where entry_id = {AT}", 5)
    assert found() == ["The payload of entry 5: changed (it does not match its seal)"]


def test_a_payload_removed_without_an_erasure_is_named(tamper):
    tamper(f"delete from audit_log_payload where entry_id = {AT}", 2)
    assert found() == ["The payload of entry 2: removed (no recorded erasure says why)"]


def test_a_removed_entry_is_named(tamper):
    entry = Place.objects.get(sequence=4).entry_id
    for table, column in (("payload", "entry_id"), ("place", "entry_id"), ("entry", "id")):
        tamper(f"delete from audit_log_{table} where {column} = %s", entry)
    assert found() == ["Entry 4: removed (the numbers have a gap here)"]


def test_an_entry_removed_from_under_its_place_is_named(tamper):
    entry = Place.objects.get(sequence=4).entry_id
    tamper("delete from audit_log_payload where entry_id = %s", entry)
    tamper("delete from audit_log_entry where id = %s", entry)
    assert found() == ["Entry 4: removed (the numbers have a gap here)"]


def test_the_last_entry_removed_from_under_its_place_is_named(tamper):
    entry = Place.objects.get(sequence=9).entry_id
    tamper("delete from audit_log_payload where entry_id = %s", entry)
    tamper("delete from audit_log_entry where id = %s", entry)
    assert found() == ["Entry 9: removed (it is gone)"]


def test_a_cut_tail_is_named_by_the_checkpoint(tamper):
    tail = "(select entry_id from audit_log_place where sequence >= 6)"
    tamper(f"delete from audit_log_payload where entry_id in {tail}")
    tamper(f"delete from audit_log_entry where id in {tail}")
    tamper("delete from audit_log_place where sequence >= 6")
    tamper("delete from audit_log_subtree where (index + 1) * (1 << level) > 6")
    assert found() == ["Entries 6 to 8: removed (a checkpoint proves that they were there)"]


def test_the_checkpoint_outside_the_database_is_enough(tamper):
    tamper("delete from audit_log_checkpoint")
    test_a_cut_tail_is_named_by_the_checkpoint(tamper)


def test_the_checkpoint_in_a_folder_outside_is_enough(tamper, settings, tmp_path):
    outside = tmp_path / "of-somebody-else"
    settings.AUDIT_CHECKPOINTS_OUTSIDE = [outside]
    deed(9)
    make_checkpoint(at=NOON)
    assert [path.name for path in outside.iterdir()] == ["000000000011.txt"]
    for path in settings.AUDIT_CHECKPOINTS.iterdir():
        path.unlink()
    tamper("delete from audit_log_checkpoint")
    tail = "(select entry_id from audit_log_place where sequence >= 10)"
    tamper(f"delete from audit_log_payload where entry_id in {tail}")
    tamper(f"delete from audit_log_entry where id in {tail}")
    tamper("delete from audit_log_place where sequence >= 10")
    assert found() == ["Entry 10: removed (a checkpoint proves that they were there)"]


def test_an_inserted_entry_is_named_before_it_is_sealed(tamper):
    tamper(
        "insert into audit_log_entry (id, at, actor, action, subject, payload_seal, seal) "
        "select %s, at, actor, action, subject, payload_seal, seal from audit_log_entry limit 1",
        "01960000-0000-7000-8000-000000000000",
    )
    assert found()[0] == (
        "Unsealed entry 01960000-0000-7000-8000-000000000000: inserted (its seal is not ours)"
    )


def test_an_entry_written_into_anothers_place_without_the_key_is_named(tamper):
    place = Place.objects.select_related("entry").get(sequence=1)
    place.entry.subject = "case:2026-0999"
    leaf = leaf_hash(place.entry.sealed().leaf(sequence=1))
    wrong = b"\x00" * 32
    tamper(f"update audit_log_entry set subject = 'case:2026-0999' where id = {AT}", 1)
    tamper(
        "update audit_log_place set leaf_hash = %s, seal = %s where sequence = 1",
        leaf,
        place_seal(key=wrong, sequence=1, leaf=leaf),
    )
    assert found() == ["Entry 1: inserted (neither its seal nor its place's seal is ours)"]


def test_two_entries_that_changed_places_are_named(tamper):
    first, second = (Place.objects.get(sequence=sequence).entry_id for sequence in (2, 6))
    tamper("update audit_log_place set entry_id = gen_random_uuid() where sequence = 2")
    tamper("update audit_log_place set entry_id = %s where sequence = 6", first)
    tamper("update audit_log_place set entry_id = %s where sequence = 2", second)
    assert found() == [
        "Entry 2: changed (it does not stand where it was sealed, or its rows' images are not those)",
        "Entry 6: changed (it does not stand where it was sealed, or its rows' images are not those)",
    ]


def test_an_insider_with_the_key_is_caught_by_the_checkpoint(tamper):
    place = Place.objects.select_related("entry__payload").get(sequence=5)
    entry, key = place.entry, settings.AUDIT_SEAL_KEY
    entry.payload_seal = payload_seal(key=key, salt=b"\x00" * 16, payload={"why": "另一个理由"})
    sealed = entry.sealed()
    leaf = leaf_hash(sealed.leaf(sequence=5))
    tamper(
        f"update audit_log_entry set payload_seal = %s, seal = %s where id = {AT}",
        sealed.payload_seal,
        sealed.seal(key=key),
        5,
    )
    tamper(
        f"update audit_log_payload set salt = %s, content = %s where entry_id = {AT}",
        b"\x00" * 16,
        '{"why":"另一个理由"}',
        5,
    )
    tamper(
        "update audit_log_place set leaf_hash = %s, seal = %s where sequence = 5",
        leaf,
        place_seal(key=key, sequence=5, leaf=leaf),
    )
    tamper("delete from audit_log_subtree where level > 0")
    assert "Entries 0 to 8: changed (the log does not give the checkpoint of 9)" in found()


def test_a_hidden_entry_that_the_sealer_never_saw_is_named(tamper):
    entry = deed(9)
    tamper("delete from audit_log_unsealed where entry_id = %s", entry.id)
    assert found() == [f"The place of {entry.id}: removed (it has no place and waits for none)"]


def test_a_forged_subtree_is_named(tamper):
    tamper("update audit_log_subtree set hash = %s where level = 2 and index = 1", b"\x00" * 32)
    assert found() == ["Subtree 2/1: changed (its entries give another hash)"]


def test_a_forged_checkpoint_is_named(tamper):
    tamper("update audit_log_checkpoint set note = replace(note, E'\\n9\\n', E'\\n7\\n')")
    assert found() == ["Checkpoint 9: changed (The checkpoint is not valid: its signature does not match)"]
