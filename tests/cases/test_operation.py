"""Steps that nobody could be told of are shown to administrators, who have them told again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cases.conftest import at

pytestmark = pytest.mark.django_db


def test_administrators_see_what_is_stuck_and_have_it_told_again(client, viewer, shop_case):
    from tongdian.audit_log.models import Entry
    from tongdian.cases.models import Unannounced

    Unannounced.objects.filter(case=shop_case).update(
        tries=9, problem="RuntimeError", due_at=timezone.now() + timedelta(hours=1)
    )
    client.force_login(viewer("clerk", "some-clerk"))
    assert client.get("/operation/").status_code == 403
    assert client.post("/operation/").status_code == 403
    client.force_login(viewer("administrator", "root"))
    page = client.get("/operation/").content.decode()
    assert shop_case.number in page
    assert "多次告知失败" in page
    assert client.post("/operation/").status_code == 302
    assert Unannounced.objects.get(case=shop_case).due_at is None
    assert Entry.objects.filter(action="cases.tell-again").exists()


def test_on_2_november_the_missing_year_leads_to_the_page_that_adds_it(client, viewer, monkeypatch):
    from tongdian.rulebook.health import calendar
    from tongdian.rulebook.queries import calendar as known

    now = at(f"{known().official_through.year}-11-02", 9)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    assert "tongdian calendar add" in calendar(now).remedy.en  # what doctor prints
    client.force_login(viewer("administrator", "root"))
    page = client.get("/operation/").content.decode()
    assert 'href="/calendar/year/"' in page
    assert "tongdian calendar add" in page
