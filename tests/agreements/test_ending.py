"""Nobody ends a stranger's supply alone: by its case, or by two persons with a reason and a file."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from tests.agreements.conftest import AT
from tests.connections.conftest import picture
from tongdian.agreements.actions.ending import (
    confirm_end,
    end_by_case,
    propose_end,
    refuse_end,
)
from tongdian.agreements.models import EndAnswer
from tongdian.agreements.rules import (
    EndEvidenceMissing,
    EndProposedAlready,
    NoEndProposed,
    ReasonMissing,
    SamePerson,
)
from tongdian.allowed import NotAllowed
from tongdian.files.actions import store
from tongdian.notices.models import Notice

pytestmark = pytest.mark.django_db

LAST = date(2026, 5, 10)


def propose(town, agreement, *, viewer=None, reason="门面拆除", file=None):
    kept = store(content=picture(), at=AT).hash if file is None else file
    return propose_end(
        viewer=viewer or town.officer, agreement=agreement, last_on=LAST, reason=reason,
        file=kept, name="通知.jpg", at=AT,
    )  # fmt: skip


@pytest.fixture
def second(town, viewer):
    """Another officer of the campus."""
    return viewer("officer", "second", at=town.campus.organisation)


def test_one_proposes_another_officer_confirms_and_the_customer_is_told(town, second):
    one = town.sign()
    propose(town, one)
    one.refresh_from_db()
    assert one.last_on is None  # nothing has ended yet
    with pytest.raises(SamePerson):
        confirm_end(viewer=town.officer, agreement=one, at=AT)
    assert confirm_end(viewer=second, agreement=one, at=AT).last_on == LAST
    told = Notice.objects.get(wording="agreement-ends")
    assert "2026-05-10" in told.content.said["body"]
    with pytest.raises(NoEndProposed):
        confirm_end(viewer=second, agreement=one, at=AT)


def test_an_end_by_its_case_tells_the_customer_too(town):
    end_by_case(
        viewer=town.officer, agreement=town.sign(), last_on=LAST, case="YS-2026-000083", at=AT
    )
    assert "YS-2026-000083" in Notice.objects.get(wording="agreement-ends").content.said["body"]


def test_a_proposal_has_a_reason_and_a_file_and_there_is_one_at_a_time(town, second):
    one = town.sign()
    with pytest.raises(ReasonMissing):
        propose(town, one, reason=" ")
    with pytest.raises(EndEvidenceMissing):
        propose(town, one, file="")
    propose(town, one)
    with pytest.raises(EndProposedAlready):
        propose(town, one, viewer=second)


def test_a_clerk_proposes_but_does_not_confirm_and_a_proposal_is_set_aside_with_a_reason(
    town, viewer, second
):
    one = town.sign()
    clerk = viewer("clerk", "counter", at=town.campus.organisation)
    propose(town, one)
    with pytest.raises(NotAllowed):
        confirm_end(viewer=clerk, agreement=one, at=AT)
    with pytest.raises(ReasonMissing):
        refuse_end(viewer=second, agreement=one, reason="", at=AT)
    refuse_end(viewer=second, agreement=one, reason="仍在使用", at=AT)
    one.refresh_from_db()
    assert one.last_on is None
    propose(town, one, viewer=clerk)  # anew


def test_the_database_too_refuses_who_proposed(town):
    proposal = propose(town, town.sign())
    with pytest.raises(DatabaseError, match="does not confirm"), transaction.atomic():
        EndAnswer.objects.create(proposal=proposal, is_confirmed=True, at=AT, by=town.officer)


def test_on_pages_one_proposes_with_a_file_and_another_confirms(client, town, second):
    one = town.sign()
    client.cookies["django_language"] = "en"
    client.force_login(town.officer)
    assert client.post(f"/agreements/{one.pk}/end/", {}).status_code == 404  # the bare deed is gone
    typed = {"last_on": "2026-05-10", "reason": "pulled down"}
    address = f"/agreements/{one.pk}/propose-end/"
    assert client.post(address, typed).status_code == 422
    kept = SimpleUploadedFile("notice.jpg", picture(), "image/jpeg")
    assert client.post(address, typed | {"file": kept}).status_code == 302
    page = client.get(f"/agreements/{one.pk}/").content.decode()
    assert "waits for a second person" in page
    assert "Confirm the end" not in page
    client.force_login(second)
    page = client.get(f"/agreements/{one.pk}/").content.decode()
    assert "Confirm the end" in page
    assert client.get(f"/agreements/{one.pk}/end-file/").status_code == 200
    client.post(f"/agreements/{one.pk}/answer-end/", {"confirm": ""})
    one.refresh_from_db()
    assert one.last_on == LAST


def test_a_program_proposes_and_another_confirms(town, second):
    from tests.api.conftest import Program, token_of
    from tongdian.api.tickets import for_upload

    one = town.sign()
    first, other = Program(token_of(town.officer)), Program(token_of(second))
    body = {"last_on": "2026-05-10", "reason": "pulled down"}
    assert first.do(f"/agreements/{one.pk}/end", **body).status_code == 404
    assert first.do(f"/agreements/{one.pk}/propose-end", **body).status_code == 422
    ticket = for_upload(store(content=picture(), at=AT).hash)
    assert first.do(f"/agreements/{one.pk}/propose-end", **body, file=ticket).status_code == 201
    assert first.do(f"/agreements/{one.pk}/confirm-end").status_code == 422
    assert other.do(f"/agreements/{one.pk}/confirm-end").json()["last_on"] == "2026-05-10"
