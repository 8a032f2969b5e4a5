"""Kept once under its hash, given out only as it was kept."""

import hashlib
import io
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.utils import InternalError, ProgrammingError

from tests.files.conftest import PDF, photograph
from tongdian.files import folder
from tongdian.files.actions import clear_drafts, store
from tongdian.files.models import StoredFile
from tongdian.files.queries import FileChanged, FileMissing, NoSuchFile, open_file, verify_all
from tongdian.files.replies import file_reply
from tongdian.files.rules import FileTooLarge, TypeNotAllowed

NOON = datetime(2026, 4, 13, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def keep(content: bytes = PDF) -> StoredFile:
    return store(content=content, at=NOON)


def test_a_file_lies_under_the_hash_of_its_content():
    stored = keep()
    digest = hashlib.sha256(PDF).hexdigest()
    assert stored.hash == digest
    assert (stored.size, stored.media_type) == (len(PDF), "application/pdf")
    path = folder.path_of(digest)
    assert path.relative_to(folder.root()).parts == (digest[:2], digest[2:4], digest)
    assert path.read_bytes() == PDF
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_same_content_twice_is_one_file():
    first = keep()
    again = store(content=io.BytesIO(PDF), at=NOON + timedelta(days=1))
    assert again == first
    assert again.created_at == NOON
    assert StoredFile.objects.count() == 1


def test_the_same_photograph_twice_is_one_file():
    assert keep(photograph()) == keep(photograph())


def test_a_file_over_the_limit_is_refused_and_leaves_nothing():
    with pytest.raises(FileTooLarge):
        store(content=io.BytesIO(PDF + bytes(3_000_000)), at=NOON, max_bytes=3_000_000)
    with pytest.raises(TypeNotAllowed):
        keep(b"not a paper")
    assert list(folder.kept()) == []


def test_a_file_changed_on_disk_is_not_given_out():
    stored = keep()
    folder.path_of(stored.hash).write_bytes(PDF.replace(b"1.7", b"1.6"))
    with pytest.raises(FileChanged) as refused:
        open_file(stored.hash)
    assert stored.hash in str(refused.value)


def test_a_file_that_was_lost_is_mended_when_it_comes_again():
    stored = keep()
    folder.path_of(stored.hash).unlink()
    with pytest.raises(FileMissing):
        open_file(stored.hash)
    keep()
    assert open_file(stored.hash).content == PDF


def test_verifying_names_each_file_that_is_not_as_kept():
    intact, changed, gone = keep(), keep(PDF + b"\n%%EOF"), keep(PDF + b"\n\n%%EOF")
    folder.path_of(changed.hash).write_bytes(b"other")
    folder.path_of(gone.hash).unlink()
    stray = hashlib.sha256(b"stray").hexdigest()
    folder.write(stray, b"stray")
    found = verify_all()
    assert found.intact == 1
    assert (found.changed, found.missing) == ((changed.hash,), (gone.hash,))
    assert found.unknown == (stray,)
    assert not found.holds
    assert open_file(intact.hash).content == PDF


def test_a_draft_is_cleared_away_after_a_day_and_not_before():
    keep()
    old, new = (folder.root() / folder.INCOMING / name for name in ("old", "new"))
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    now = time.time()
    os.utime(old, (now - 90_000, now - 90_000))  # 25 hours
    assert clear_drafts(at=datetime.fromtimestamp(now, UTC)) == 1
    assert (old.exists(), new.exists()) == (False, True)
    assert verify_all().holds


def test_the_row_of_a_file_cannot_be_changed():
    stored = keep()
    with pytest.raises((ProgrammingError, InternalError)), connection.cursor() as cursor:
        cursor.execute("update files_storedfile set size = 1 where hash = %s", [stored.hash])


def test_a_path_is_no_hash():
    with pytest.raises(NoSuchFile):
        open_file("../../keys/personal")


def test_a_file_is_shown_so_that_it_can_do_nothing():
    reply = file_reply(keep(photograph()).hash, name="门面租赁合同\r\n第1页")
    assert reply["Content-Type"] == "image/jpeg"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply["Content-Security-Policy"]
    assert "default-src 'none'" in reply["Content-Security-Policy"]
    assert reply["Cache-Control"] == "private, no-store"
    assert reply["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert reply["Content-Disposition"].endswith(".jpg")


def test_a_download_is_named_by_what_it_is():
    reply = file_reply(keep().hash, name="paper.exe", download=True)
    assert reply["Content-Disposition"] == 'attachment; filename="paper.exe.pdf"'
