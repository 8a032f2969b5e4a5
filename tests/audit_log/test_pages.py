"""The audit page: one line, entries, proofs, and only for overseers."""

import base64
import hashlib
import json
import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from tongdian.audit_log import actions, tree
from tongdian.audit_log.models import Entry
from tongdian.audit_log.rules import BASELINE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered():
    cache.clear()


@pytest.fixture
def as_(client, viewer):
    def sign_in(role):
        from tongdian.parties.models import Account

        known = Account.objects.filter(username=f"some-{role}").first()
        client.force_login(known or viewer(role))
        return client

    return sign_in


def note(number: int) -> Entry:
    return actions.record(
        actor="account:li",
        action=f"deed-{number}",
        subject=f"thing:{number}",
        payload={"number": number},
        at=timezone.now(),
    )


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("auditor", 200), ("officer", 403), ("customer", 403)]
)
def test_overseers_read_it(as_, role, status):
    assert as_(role).get("/audit/").status_code == status


def test_a_visitor_may_not(client):
    for address in ("/audit/", "/audit/entries/0/proof.json", "/audit/checkpoints/1.txt"):
        assert client.get(address).status_code == 403
    assert client.post("/audit/check/").status_code == 403


def test_the_first_line_says_since_when_nothing_changed(as_):
    note(1)
    actions.seal_entries()
    page = text_of(as_("auditor").get("/audit/"))
    assert f"自 {timezone.localdate()} 以来未被改动" in page
    assert "deed-1" in page


def test_a_check_is_asked_for_and_seals_first(as_):
    auditor = as_("auditor")
    assert "尚无已封存的记录" in text_of(auditor.get("/audit/"))
    note(1)
    assert auditor.post("/audit/check/").status_code == 302
    assert "2 条记录，逐一对照封印" in text_of(auditor.get("/audit/"))


def test_a_downloaded_proof_leads_from_the_leaf_to_the_root(as_):
    for number in range(3):
        note(number)
    actions.seal_entries()  # behind the baseline of the rows: four in all
    answer = as_("auditor").get("/audit/entries/3/proof.json")
    given = json.loads(answer.content)
    assert answer["Content-Disposition"] == 'attachment; filename="entry-3.proof.json"'
    # of four leaves the last stands beside c: the root is hash(1, hash(1, a, b), hash(1, c, d))
    leaf = tree.leaf_hash(given["leaf"].encode())
    beside, left = map(bytes.fromhex, given["proof"])
    pair = hashlib.sha256(b"\x01" + beside + leaf).digest()
    assert hashlib.sha256(b"\x01" + left + pair).hexdigest() == given["root"]
    assert as_("administrator").get("/audit/entries/4/proof.json").status_code == 404


def test_a_checkpoint_is_downloaded_as_it_was_signed(as_):
    note(1)
    signed = actions.make_checkpoint(at=timezone.now())
    answer = as_("auditor").get(f"/audit/checkpoints/{signed.size}.txt")
    assert answer.content.decode() == signed.note
    root = base64.b64decode(signed.note.splitlines()[2])
    assert root.hex() in as_("administrator").get("/audit/").content.decode()
    assert as_("administrator").get("/audit/checkpoints/99.txt").status_code == 404


def test_filters_narrow_the_entries_and_pages_hold_fifty(as_, django_assert_max_num_queries):
    for number in range(53):
        note(number)
    auditor = as_("auditor")
    assert "deed-7" in text_of(auditor.get("/audit/?action=deed-7"))
    assert "没有这样的记录" in text_of(auditor.get("/audit/?actor=nobody"))
    assert "没有这样的记录" in text_of(auditor.get("/audit/?to=2004-01-01"))
    with django_assert_max_num_queries(12):
        first = auditor.get("/audit/").content.decode()
    assert first.count('<th scope="row"') == 50
    older = re.search(r'href="(\?[^"]*before=[^"]+)"', first)[1].replace("&amp;", "&")
    assert auditor.get(f"/audit/{older}").content.decode().count('<th scope="row"') == 4  # and the baseline
    assert auditor.get("/audit/?before=nonsense&from=never").status_code == 200


def test_an_administrator_erases_what_an_entry_says_beside_it_and_gives_the_reason(as_):
    entry = note(7)
    address = f"/audit/entries/{entry.pk}/erase/"
    for role in ("auditor", "officer"):
        assert as_(role).post(address, {"reason": "个保法 47"}).status_code == 403
    assert address not in as_("auditor").get("/audit/").content.decode()
    assert address in as_("administrator").get("/audit/").content.decode()
    as_("administrator").post(address, {"reason": " "})
    assert Entry.objects.get(pk=entry.pk).payload.content == {"number": 7}
    page = as_("administrator").post(address, {"reason": "个保法 47"}, follow=True)
    assert not hasattr(Entry.objects.get(pk=entry.pk), "payload")
    assert "个保法 47" in text_of(page)
    assert Entry.objects.filter(action="audit_log.erase_payload").count() == 1


def test_a_baseline_says_nothing_of_people_and_is_not_erased(as_):
    entry = actions.record(
        actor="program", action=BASELINE, subject="rows", payload={"x": 1}, at=timezone.now()
    )
    as_("administrator").post(f"/audit/entries/{entry.pk}/erase/", {"reason": "个保法 47"})
    assert Entry.objects.get(pk=entry.pk).payload.content == {"x": 1}


def test_a_day_that_is_none_is_said_and_not_taken_for_all(as_):
    page = as_("administrator").get("/audit/?from=2026-13-01")
    assert page.context["rows"] == []
    assert "2026-13-01" in page.context["refusal"]
