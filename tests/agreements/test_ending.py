"""Nobody ends, hands over, reopens or back-dates a stranger's supply alone: it is done by its case, or
by two persons with a reason and a file, and the customer is told."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from tests.agreements.conftest import AT
from tests.connections.conftest import picture
from tongdian.agreements.actions import agreeing
from tongdian.agreements.actions.ending import change_by_case, end_by_case, transfer_by_case
from tongdian.agreements.actions.proposing import (
    confirm_proposal,
    propose_change,
    propose_end,
    propose_reopening,
    propose_transfer,
    set_proposal_aside,
)
from tongdian.agreements.models import Agreement, EndAnswer
from tongdian.agreements.rules import (
    AgreementStands,
    BackDated,
    EndEvidenceMissing,
    NoProposal,
    NotEnded,
    ProposedAlready,
    SamePerson,
)
from tongdian.allowed import NotAllowed
from tongdian.files.actions import store
from tongdian.notices.models import Notice
from tongdian.parties.actions.customers import IsErased
from tongdian.parties.models import Acting, Customer, since
from tongdian.rulebook.rules import ReasonMissing

pytestmark = pytest.mark.django_db

LAST = date(2026, 5, 10)
TODAY = date(2026, 4, 12)  # AT


def basis(*, reason="门面拆除", file=None):
    """What every proposal is made with."""
    kept = store(content=picture(), at=AT).hash if file is None else file
    return {"reason": reason, "file": kept, "name": "通知.jpg", "at": AT}


def propose(town, agreement, *, viewer=None, **given):
    return propose_end(viewer=viewer or town.officer, agreement=agreement, last_on=LAST, **basis(**given))


def told(wording):
    """What was said by a wording, oldest first."""
    return [one.content.said["body"] for one in Notice.objects.filter(wording=wording).order_by("at", "id")]


def stands_in(absent, stand_in, *, first=TODAY, before=None):
    """Somebody acts for an absent colleague."""
    return Acting.objects.create(
        absent=absent, stand_in=stand_in, in_force=since(first, before), reason="出差", by=absent, at=AT
    )


@pytest.fixture
def second(town, viewer):
    """Another officer of the campus."""
    return viewer("officer", "second", at=town.campus.organisation)


# ---------------------------------------------------------------- ending
def test_one_proposes_another_officer_confirms_and_the_customer_is_told(town, second):
    one = town.sign()
    propose(town, one)
    one.refresh_from_db()
    assert one.last_on is None  # nothing has ended yet
    with pytest.raises(SamePerson):
        confirm_proposal(viewer=town.officer, agreement=one, at=AT)
    assert confirm_proposal(viewer=second, agreement=one, at=AT).last_on == LAST
    [said] = told("agreement-ends")
    assert "2026-05-10" in said
    with pytest.raises(NoProposal):
        confirm_proposal(viewer=second, agreement=one, at=AT)


def test_an_end_by_its_case_tells_the_customer_too(town):
    end_by_case(viewer=town.officer, agreement=town.sign(), last_on=LAST, case="YS-2026-000083", at=AT)
    assert "YS-2026-000083" in told("agreement-ends")[0]


def test_a_proposal_has_a_reason_and_a_file_and_there_is_one_at_a_time(town, second):
    one = town.sign()
    with pytest.raises(ReasonMissing):
        propose(town, one, reason=" ")
    with pytest.raises(EndEvidenceMissing):
        propose(town, one, file="")
    propose(town, one)
    with pytest.raises(ProposedAlready):
        propose(town, one, viewer=second)


def test_a_clerk_proposes_but_does_not_confirm_and_a_proposal_is_set_aside_with_a_reason(
    town, viewer, second
):
    one = town.sign()
    clerk = viewer("clerk", "counter", at=town.campus.organisation)
    propose(town, one)
    with pytest.raises(NotAllowed):
        confirm_proposal(viewer=clerk, agreement=one, at=AT)
    with pytest.raises(ReasonMissing):
        set_proposal_aside(viewer=second, agreement=one, reason="", at=AT)
    set_proposal_aside(viewer=second, agreement=one, reason="仍在使用", at=AT)
    one.refresh_from_db()
    assert one.last_on is None
    propose(town, one, viewer=clerk)  # anew


def test_the_database_too_refuses_who_proposed(town):
    proposal = propose(town, town.sign())
    with pytest.raises(DatabaseError, match="does not confirm"), transaction.atomic():
        EndAnswer.objects.create(proposal=proposal, is_confirmed=True, at=AT, by=town.officer)


# ---------------------------------------------------------------- two persons, two authorities
def test_who_stands_in_for_the_proposer_does_not_confirm(town, second, viewer):
    one = town.sign()
    propose(town, one)
    stands_in(town.officer, second)
    with pytest.raises(SamePerson):
        confirm_proposal(viewer=second, agreement=one, at=AT)
    third = viewer("officer", "third", at=town.campus.organisation)
    assert confirm_proposal(viewer=third, agreement=one, at=AT).last_on == LAST


def test_for_whom_the_proposer_stood_in_does_not_confirm_even_when_back(town, second):
    one = town.sign()
    stands_in(second, town.officer, before=TODAY + timedelta(days=1))
    propose(town, one)
    with pytest.raises(SamePerson):
        confirm_proposal(viewer=second, agreement=one, at=AT + timedelta(days=3))


# ---------------------------------------------------------------- handing over
def test_a_transfer_is_proposed_with_a_file_and_confirmed_by_another_and_both_are_told(town, second):
    one = town.sign()
    proposal = propose_transfer(
        viewer=town.officer,
        agreement=one,
        customer=town.customers[1],
        first_on=date(2026, 5, 1),
        **basis(reason="转让门面"),
    )
    assert Agreement.objects.get() == one  # nobody has taken over yet
    assert proposal.last_on == date(2026, 4, 30)
    with pytest.raises(SamePerson):
        confirm_proposal(viewer=town.officer, agreement=one, at=AT)
    two = confirm_proposal(viewer=second, agreement=one, at=AT)
    one.refresh_from_db()
    assert (one.last_on, one.end_reason) == (date(2026, 4, 30), "转让门面")
    assert (two.previous, two.customer, two.first_on) == (one, town.customers[1], date(2026, 5, 1))
    assert (two.begun_by, two.number) == ("transferred", "YS-A2026-000002")
    assert "2026-04-30" in told("agreement-ends")[0]  # the former customer
    assert "李四，2026-05-01 起" in told("agreement-changes")[0]  # the new one


def test_a_transfer_without_a_file_is_refused(town):
    with pytest.raises(EndEvidenceMissing):
        propose_transfer(
            viewer=town.officer,
            agreement=town.sign(),
            customer=town.customers[1],
            first_on=date(2026, 5, 1),
            **basis(file=""),
        )


def test_nobody_is_supplied_who_was_erased_since_the_proposal(town, second):
    one, taking_over = town.sign(), town.customers[1]
    propose_transfer(
        viewer=town.officer, agreement=one, customer=taking_over, first_on=date(2026, 5, 1), **basis()
    )
    Customer.objects.filter(pk=taking_over.pk).update(erased_on=TODAY)
    with pytest.raises(IsErased):
        confirm_proposal(viewer=second, agreement=one, at=AT)


def test_a_transfer_by_its_case_tells_who_had_the_supply(town):
    transfer_by_case(
        viewer=town.officer,
        agreement=town.sign(),
        customer=town.customers[1],
        first_on=date(2026, 5, 1),
        case="YS-2026-000084",
        at=AT,
    )
    assert "YS-2026-000084" in told("agreement-ends")[0]


# ---------------------------------------------------------------- taking an end back
def ended(town, second):
    one = town.sign()
    propose(town, one)
    return confirm_proposal(viewer=second, agreement=one, at=AT)


def test_what_two_ended_is_taken_back_by_two_with_a_reason_and_a_file_and_told(town, second):
    one = ended(town, second)
    with pytest.raises(EndEvidenceMissing):
        propose_reopening(viewer=town.officer, agreement=one, **basis(file=""))
    propose_reopening(viewer=town.officer, agreement=one, **basis(reason="用户仍在经营"))
    with pytest.raises(SamePerson):
        confirm_proposal(viewer=town.officer, agreement=one, at=AT)
    assert confirm_proposal(viewer=second, agreement=one, at=AT).last_on is None
    assert "2026-01-01 起" in told("agreement-changes")[0]
    assert "用户仍在经营" in told("agreement-changes")[0]


def test_an_end_is_not_taken_back_once_somebody_moved_in_meanwhile(town, second):
    one = ended(town, second)
    propose_reopening(viewer=town.officer, agreement=one, **basis())
    town.sign(1, first_on=date(2026, 6, 1))
    with pytest.raises(AgreementStands):
        confirm_proposal(viewer=second, agreement=one, at=AT)


def test_a_temporary_agreement_is_prolonged_by_two(town, second):
    one = town.sign(first_on=date(2026, 4, 1), last_on=date(2026, 4, 30))
    with pytest.raises(NotEnded):
        propose_reopening(viewer=town.officer, agreement=one, last_on=date(2026, 4, 20), **basis())
    propose_reopening(viewer=town.officer, agreement=one, last_on=date(2026, 6, 30), **basis())
    assert confirm_proposal(viewer=second, agreement=one, at=AT).last_on == date(2026, 6, 30)


# ---------------------------------------------------------------- other terms
def test_other_terms_from_a_day_that_has_passed_need_two(town, second):
    one = town.sign()
    given = {"agreement": one, "price_category": "revenue"}
    with pytest.raises(BackDated):
        agreeing.change(viewer=town.officer, from_on=TODAY - timedelta(days=1), reason="出租", at=AT, **given)
    propose_change(viewer=town.officer, from_on=date(2026, 3, 1), **given, **basis(reason="出租"))
    two = confirm_proposal(viewer=second, agreement=one, at=AT)
    assert (two.first_on, two.price_category, two.number) == (
        date(2026, 3, 1),
        "revenue",
        "YS-A2026-000001/2",
    )
    assert (two.customer, two.customer_class) == (one.customer, "staff")
    assert told("agreement-ends") == []  # the supply goes on
    assert "2026-03-01 起" in told("agreement-changes")[0]


def test_the_day_that_counts_is_the_legal_day_in_china(town):
    one = town.sign()
    at = datetime(2026, 4, 12, 17, 0, tzinfo=UTC)  # 01:00 on the 13th in China
    with pytest.raises(BackDated):
        agreeing.change(
            viewer=town.officer, agreement=one, from_on=TODAY, capacity_kw=Decimal(9), reason="x", at=at
        )


def test_other_terms_from_today_on_are_one_officers_and_the_customer_is_told(town):
    agreeing.change(
        viewer=town.officer,
        agreement=town.sign(),
        from_on=TODAY,
        price_category="revenue",
        reason="出租",
        at=AT,
    )
    assert "2026-04-12 起" in told("agreement-changes")[0]


def test_a_case_changes_the_terms_from_its_own_day(town):
    two = change_by_case(
        viewer=town.officer,
        agreement=town.sign(),
        from_on=date(2026, 3, 1),
        price_category="revenue",
        case="YS-2026-000085",
        at=AT,
    )
    assert two.first_on == date(2026, 3, 1)
    assert "YS-2026-000085" in told("agreement-changes")[0]


# ---------------------------------------------------------------- who learns of it
def test_everybody_who_may_confirm_is_told_that_a_proposal_waits(town, second, viewer):
    viewer("clerk", "counter", at=town.campus.organisation)
    propose(town, town.sign(), reason="拆除")
    waiting = Notice.objects.filter(wording="agreement-proposal-waits")
    assert [one.account for one in waiting] == [second]
    assert "拆除" in waiting.get().content.said["body"]


def test_the_second_person_finds_it_on_the_home_page_and_in_the_list(client, town, second):
    one, other = town.sign(), town.sign(1, point=1)
    propose(town, one)
    client.cookies["django_language"] = "en"
    client.force_login(second)
    assert "1 proposal about an agreement waits for you" in client.get("/").content.decode()
    page = client.get("/agreements/?state=proposed").content.decode()
    assert one.number in page
    assert other.number not in page
    client.force_login(town.officer)
    assert "proposal about" not in client.get("/").content.decode()


# ---------------------------------------------------------------- pages and programs
def upload(name="notice.jpg"):
    return SimpleUploadedFile(name, picture(), "image/jpeg")


def test_on_pages_one_proposes_with_a_file_and_another_confirms(client, town, second):
    one = town.sign()
    client.cookies["django_language"] = "en"
    client.force_login(town.officer)
    for gone in ("end", "transfer", "reopen"):  # the bare deeds
        assert client.post(f"/agreements/{one.pk}/{gone}/", {}).status_code == 404
    typed = {"last_on": "2026-05-10", "reason": "pulled down"}
    address = f"/agreements/{one.pk}/propose/end/"
    assert client.post(address, typed).status_code == 422
    answer = client.post(address, typed | {"file": upload()}, follow=True)
    assert f"once one of these has confirmed it: {second.shown_name}" in answer.content.decode()
    page = client.get(f"/agreements/{one.pk}/").content.decode()
    assert "waits for a second person" in page
    assert 'name="confirm"' not in page
    client.force_login(second)
    page = client.get(f"/agreements/{one.pk}/").content.decode()
    assert 'name="confirm"' in page
    assert client.get(f"/agreements/{one.pk}/proposal-file/").status_code == 200
    client.post(f"/agreements/{one.pk}/answer-proposal/", {"confirm": ""})
    one.refresh_from_db()
    assert one.last_on == LAST
    client.force_login(town.officer)
    client.post(f"/agreements/{one.pk}/propose/reopen/", {"reason": "x", "file": upload()})
    client.force_login(second)
    client.post(f"/agreements/{one.pk}/answer-proposal/", {"confirm": ""})
    one.refresh_from_db()
    assert one.last_on is None


def test_on_pages_a_transfer_and_other_terms_are_proposed(client, town, second):
    one, two = town.sign(), town.sign(0, point=1)
    client.cookies["django_language"] = "en"
    client.force_login(town.officer)
    assert client.get(f"/agreements/{one.pk}/propose/transfer/").status_code == 200
    assert client.get(f"/agreements/{one.pk}/propose/anything/").status_code == 404
    typed = {"customer": "U001", "first_on": "2026-05-01", "reason": "x", "file": upload()}
    assert client.post(f"/agreements/{one.pk}/propose/transfer/", typed).status_code == 302
    typed = {
        "from_on": "2026-03-01",
        "customer_class": "staff",
        "price_category": "revenue",
        "capacity_kw": "8",
        "reason": "x",
        "file": upload(),
    }
    assert client.post(f"/agreements/{two.pk}/propose/change/", typed).status_code == 302
    assert "李四" in client.get(f"/agreements/{one.pk}/").content.decode()
    client.force_login(second)
    for agreement in (one, two):
        client.post(f"/agreements/{agreement.pk}/answer-proposal/", {"confirm": ""})
    assert Agreement.objects.get(previous=one).customer == town.customers[1]
    assert Agreement.objects.get(previous=two).price_category == "revenue"


def test_a_program_proposes_and_another_confirms(town, second):
    from tests.api.conftest import Program, token_of
    from tongdian.api.tickets import for_upload

    one = town.sign()
    first, other = Program(token_of(town.officer)), Program(token_of(second))
    body = {"last_on": "2026-05-10", "reason": "pulled down"}
    here = f"/agreements/{one.pk}"
    assert first.do(f"{here}/end", **body).status_code == 404
    takes_over = {"customer": str(town.customers[1].pk), "first_on": "2026-05-01", "reason": "x"}
    assert first.do(f"{here}/transfer", **takes_over).status_code == 404
    assert first.do(f"{here}/propose-end", **body).status_code == 422
    assert first.do(f"{here}/propose-transfer", **takes_over).status_code == 422
    ticket = for_upload(store(content=picture(), at=AT).hash)
    assert first.do(f"{here}/propose-end", **body, file=ticket).status_code == 201
    assert first.do(f"{here}/confirm-proposal").status_code == 422
    assert other.do(f"{here}/confirm-proposal").json()["last_on"] == "2026-05-10"
    assert first.do(f"{here}/propose-reopening", reason="x", file=ticket).status_code == 201
    assert other.do(f"{here}/confirm-proposal").json()["last_on"] is None
    assert first.do(f"{here}/propose-transfer", **takes_over, file=ticket).status_code == 201
    taken = other.do(f"{here}/confirm-proposal").json()
    assert taken["customer"] == str(town.customers[1].pk)
    assert taken["previous"] == str(one.pk)
