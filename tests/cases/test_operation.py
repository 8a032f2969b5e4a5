"""Steps that nobody could be told of are shown to administrators, who have them told again."""

from datetime import timedelta

import pytest
from django.utils import timezone

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
