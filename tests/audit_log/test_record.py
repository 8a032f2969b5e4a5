"""Recording, sealing, signing and erasing, connected as the application."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from tests.database import elsewhere
from tests.waiting import wait_until

from tongdian import soon
from tongdian.audit_log.actions import (
    AlreadyErased,
    LegalGroundMissing,
    NewEntry,
    erase_payload,
    make_checkpoint,
    record,
    record_all,
    seal_entries,
)
from tongdian.audit_log.models import Entry, Payload, Place, Subtree, Unsealed
from tongdian.audit_log.queries import NoSuchEntry, consistency, entries, inclusion, tree_head
from tongdian.audit_log.rules import (
    BadCheckpoint,
    NotSealable,
    SignedHead,
    Signer,
    canonical,
    read_checkpoint,
)
from tongdian.audit_log.tree import consistent, included, leaf_hash
from tongdian.audit_log.verification import verify
from tongdian.config.logins import application_url, owner_url
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.models import Choice

NOON = datetime(2026, 4, 12, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.fixture(autouse=True)
def baseline(request):
    """The rows as they stood when the database was made: entry 0 of every log."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        assert seal_entries() == 1


def record_choice(number: int = 0, **payload) -> Entry:
    return record(
        actor="account:admin",
        action="rulebook.choose_interpretation",
        subject=f"interpretation:gxnu-2016-4/small-works-rate/{number}",
        payload={"chosen": "permille", **payload},
        at=NOON + timedelta(minutes=number),
    )


@pytest.mark.django_db
def test_entries_are_sealed_in_the_order_they_were_made():
    baseline = Entry.objects.get()
    made = [record_choice(number) for number in range(5)]
    assert seal_entries() == 5
    assert list(Place.objects.order_by("sequence").values_list("sequence", "entry_id")) == [
        (0, baseline.id),
        (1, made[0].id),
        (2, made[1].id),
        (3, made[2].id),
        (4, made[3].id),
        (5, made[4].id),
    ]
    # 6 leaves complete three pairs and one four: (0,1), (2,3), (4,5), (0..3)
    assert sorted(Subtree.objects.values_list("level", "index")) == [(1, 0), (1, 1), (1, 2), (2, 0)]
    assert not Unsealed.objects.exists()
    assert seal_entries() == 0


@pytest.mark.django_db
def test_entries_recorded_together_are_sealed_as_those_recorded_one_by_one(viewer):
    officer = viewer("officer")
    Choice.objects.create(pack="p", interpretation="i", option="o", reason="r", at=NOON, by=officer)
    together = [
        NewEntry(
            "program", "open-billing-account", f"billing-account:{number}", {"number": f"JIA-J{number:06d}"}
        )
        for number in (1, 2)
    ]
    record_all(together, at=NOON)
    alone = record(actor="program", action="name", subject="organisation:JIA", payload={}, at=NOON)
    assert seal_entries() == 3
    one, two, last = Entry.objects.order_by("id")[1:]
    assert [one.subject, two.subject, last] == ["billing-account:1", "billing-account:2", alone]
    assert Payload.objects.get(entry=two).content == {"number": "JIA-J000002"}
    # what the transaction wrote is sealed by its first entry; entry 0 is the baseline
    assert [bool(one.deeds) for one in Place.objects.order_by("sequence")] == [True, True, False, False]
    assert not verify().findings


@pytest.mark.django_db
def test_an_entry_that_is_rolled_back_leaves_no_trace():
    with transaction.atomic():
        record_choice()
        transaction.set_rollback(True)
    assert seal_entries() == 0


@pytest.mark.django_db
def test_exact_values_are_kept_as_text_and_floats_are_refused():
    entry = record_choice(rate=Decimal("0.010"), on=NOON.date())
    assert entry.payload.content == {"chosen": "permille", "rate": "0.010", "on": "2026-04-12"}
    with pytest.raises(NotSealable, match="cannot hold a float"):
        record_choice(rate=0.01)


def test_one_value_has_one_canonical_text():
    assert canonical({"乙": 1, "a": [True, None]}) == '{"a":[true,null],"乙":1}'.encode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_log_entry set actor = 'account:somebody'",
        "delete from audit_log_entry",
        "truncate audit_log_entry cascade",
        "update audit_log_payload set content = '{}'",
        "update audit_log_place set sequence = 9",
        "delete from audit_log_place",
        "delete from audit_log_subtree",
        "update audit_log_checkpoint set note = ''",
        "delete from audit_log_erasure",
        "alter table audit_log_entry disable trigger all",
        "set session_replication_role = replica",
        "set role tongdian",
    ],
)
def test_the_application_cannot_rewrite_what_is_sealed(statement):
    from django.db import connection

    record_choice()
    seal_entries()
    refused = "permission denied|must be owner|does not exist"
    with pytest.raises(DatabaseError, match=refused), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_log_entry set actor = 'account:somebody'",
        "delete from audit_log_place",
        "truncate audit_log_entry cascade",
        "delete from audit_log_payload",
    ],
)
def test_triggers_refuse_even_the_owner(committed, statement):
    record_choice()
    seal_entries()
    with (
        psycopg.connect(owner_of(committed)) as connection,
        pytest.raises(psycopg.Error, match=r"Cannot|are kept|has no erasure"),
    ):
        connection.execute(statement)


@pytest.mark.django_db
def test_a_payload_without_an_erasure_cannot_be_deleted():
    entry = record_choice()
    with pytest.raises(DatabaseError, match=f"payload of {entry.id} has no erasure"):
        Payload.objects.filter(entry=entry).delete()


@pytest.mark.django_db
def test_an_erased_payload_leaves_every_proof_valid(viewer):
    administrator = viewer("administrator")
    entry = record_choice(name="王某")
    seal_entries()
    before = inclusion(viewer=administrator, sequence=1, size=2)
    erase_payload(viewer=administrator, entry=entry, reason="个人信息保护法第四十七条", at=NOON)
    seal_entries()

    assert not Payload.objects.filter(entry=entry).exists()
    checked = verify()
    assert (checked.head.size, checked.erased, checked.findings) == (3, 1, ())  # deed + erasing
    assert inclusion(viewer=administrator, sequence=1, size=2) == before
    with pytest.raises(AlreadyErased):
        erase_payload(viewer=administrator, entry=entry, reason="again", at=NOON)


@pytest.mark.django_db
def test_erasing_asks_for_the_permission_and_a_reason(viewer):
    entry = record_choice()
    with pytest.raises(Refusal, match=r"erase what the audit log says"):
        erase_payload(viewer=viewer("auditor"), entry=entry, reason="no", at=NOON)
    with pytest.raises(LegalGroundMissing):
        erase_payload(viewer=viewer("administrator"), entry=entry, reason="  ", at=NOON)
    assert Payload.objects.filter(entry=entry).exists()


@pytest.mark.django_db
def test_proofs_from_the_database_convince_a_stranger(viewer):
    auditor = viewer("auditor")
    for number in range(6):
        record_choice(number)
    seal_entries()
    old = tree_head()
    for number in range(6, 11):
        record_choice(number)
    seal_entries()
    new = tree_head()

    shown = inclusion(viewer=auditor, sequence=4)
    assert b"small-works-rate/3" in shown.leaf
    assert included(index=4, size=12, leaf=leaf_hash(shown.leaf), proof=shown.proof, root=new.root)
    proof = consistency(viewer=auditor, old_size=7)
    assert consistent(old_size=7, size=12, old_root=old.root, root=new.root, proof=proof)
    with pytest.raises(NoSuchEntry, match="Entry 12 is not in a log of 12 entries"):
        inclusion(viewer=auditor, sequence=12)


@pytest.mark.django_db
def test_the_log_is_read_by_auditors_and_not_by_officers(viewer, django_assert_num_queries):
    record_choice()
    auditor = viewer("auditor")
    with django_assert_num_queries(2):  # the auditor's roles, and the entries
        newest = entries(viewer=auditor)[:1]
        assert [entry.payload.content["chosen"] for entry in newest] == ["permille"]
    with pytest.raises(Refusal, match="may not read"):
        entries(viewer=viewer("officer"))


@pytest.mark.django_db
def test_a_checkpoint_states_size_and_root_and_lies_outside_the_database():
    for number in range(3):
        record_choice(number)
    checkpoint = make_checkpoint(at=NOON)
    signer = Signer(settings.AUDIT_SIGNING_KEY)

    assert read_checkpoint(checkpoint.note, verifier=signer.verifier) == SignedHead(tree_head(), NOON)
    assert checkpoint.size == 4
    copy = settings.AUDIT_CHECKPOINTS / "000000000004.txt"
    assert copy.read_text(encoding="utf-8") == checkpoint.note
    copy.unlink()


def test_a_checkpoint_signed_by_another_key_is_refused():
    from tongdian.audit_log.rules import TreeHead

    ours, another = Signer(b"\x01" * 32), Signer(b"\x02" * 32)
    note = ours.sign(TreeHead(size=7, root=b"\x07" * 32), at=NOON)
    assert read_checkpoint(note, verifier=ours.verifier).head.size == 7
    with pytest.raises(BadCheckpoint, match="not a signed note"):
        read_checkpoint(note, verifier=another.verifier)
    with pytest.raises(BadCheckpoint, match="signature does not match"):
        read_checkpoint(note.replace("\n7\n", "\n8\n"), verifier=ours.verifier)
    with pytest.raises(BadCheckpoint, match="not a signed note"):
        read_checkpoint("", verifier=ours.verifier)


def owner_of(database: str) -> str:
    return elsewhere(owner_url(), database)


def test_a_commit_asks_the_worker_to_seal_and_the_worker_does(committed, monkeypatch):
    monkeypatch.setattr(soon, "_comes", {})  # nobody has asked within this second
    from procrastinate.contrib.django.models import ProcrastinateJob

    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")  # asked for when the database was made
    began_at = datetime.now(UTC)
    record_choice(0)
    record_choice(1)
    (job,) = ProcrastinateJob.objects.all()  # one for both, which begins when both are there
    assert job.task_name == "audit_log.seal"
    assert job.scheduled_at > began_at
    both_logins = {
        "DATABASE_URL": elsewhere(application_url(), committed),
        "DATABASE_OWNER_URL": owner_of(committed),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tongdian.config.worker"], env=os.environ | both_logins
    ) as worker:
        wait_until(lambda: Place.objects.count() >= 3)
        worker.terminate()
    assert Place.objects.count() == 3  # both, and the baseline
