"""What a supervisor would look at twice is flagged on the case, in the list and by the API."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.cases.brought import brought
from tests.connections.conftest import picture
from tongdian.cases import actions, queries
from tongdian.files.actions import store
from tongdian.parties.models import Membership, since

pytestmark = pytest.mark.django_db

APPLY = ("usage-approval-form", "shop-lease", "shopkeeper-identity")


def hand_in(case, by, *, texts):
    for item, text in zip(APPLY, texts, strict=True):
        file = store(content=picture(text), at=timezone.now())
        actions.receive_paper(
            viewer=by, case=case, item=item, file=file.hash, name=f"{item}.jpg", at=timezone.now()
        )


def close(case, by, stage, **more):
    case.refresh_from_db()
    return actions.close_stage(
        viewer=by, case=case, stage=stage, seen=case.seq, at=timezone.now(), **brought(case, stage, **more)
    )


@pytest.fixture
def everything(campus):
    """Somebody who works at the counter, in the energy office and in the centre."""
    import datetime as dt

    for office in (campus.energy, campus.centre):
        Membership.objects.create(
            account=campus.counter, role="officer", organisation=office, in_force=since(dt.date(2020, 1, 1))
        )
    return campus.counter


def numbers(client, flag):
    return client.get(f"/cases/?flag={flag}").content.decode()


def test_one_login_one_file_and_the_customer_s_step_are_flagged(english, campus, open_today, everything):
    case = open_today
    assert queries.flags_of(case) == []
    hand_in(case, everything, texts=["same", "same", "other"])
    close(case, everything, "apply")
    assert queries.flags_of(case) == ["same-file", "for-customer"]
    close(case, everything, "approve", facts={"approved": "true"})
    assert queries.flags_of(case) == ["one-login", "same-file", "for-customer"]
    english.force_login(everything)
    page = english.get(f"/cases/{case.number}/").content.decode()
    for words in (
        "one login did every step",
        "one file handed in as several papers",
        "a step of the customer&#x27;s closed by staff",
    ):
        assert words in page
    for flag in ("one-login", "same-file", "for-customer"):
        assert case.number in numbers(english, flag)
    assert case.number not in numbers(english, "nonsense")


def test_several_people_and_several_files_are_not_flagged(english, campus, open_today):
    case = open_today
    hand_in(case, campus.counter, texts=["one", "two", "three"])
    close(case, campus.counter, "apply")
    close(case, campus.officer, "approve", facts={"approved": "true"})
    assert queries.flags_of(case) == ["for-customer"]
    english.force_login(campus.counter)
    assert case.number not in numbers(english, "one-login")
    assert case.number not in numbers(english, "same-file")


def test_a_program_filters_by_flag_and_reads_it_on_the_case(campus, open_today):
    from tests.api.conftest import Program, token_of

    hand_in(open_today, campus.counter, texts=["same", "same", "same"])
    program = Program(token_of(campus.counter))
    found = program.ask("/cases", flag="same-file").json()["items"]
    assert [one["number"] for one in found] == [open_today.number]
    assert program.ask("/cases", flag="one-login").json()["items"] == []
    assert program.ask(f"/cases/{open_today.number}").json()["flags"] == ["same-file"]


def test_what_is_withdrawn_and_soon_opened_anew_is_flagged(english, campus, open_today):
    """附件1/15: no process is gone through again so that its clock begins anew."""
    first = open_today
    opening = {
        "viewer": campus.counter,
        "organisation": first.organisation,
        "pack": first.pack,
        "process": first.process,
        "at": timezone.now(),
    }
    actions.withdraw(viewer=campus.counter, case=first, reason="重走", seen=first.seq, at=timezone.now())
    assert queries.flags_of(first) == []
    again = actions.open_case(**opening, customer=first.customer, place=first.place)
    elsewhere = actions.open_case(**opening, customer=None, place=None)
    assert queries.flags_of(again) == ["applied-anew"]
    assert queries.flags_of(elsewhere) == []
    english.force_login(campus.counter)
    listed = numbers(english, "applied-anew")
    assert again.number in listed
    assert first.number not in listed
