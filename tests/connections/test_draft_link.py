"""A draft's address is shown, and sent to who writes it: not too often, and telling nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.connections.test_pages_public import WHO, begin, nothing_tried_before
from tongdian.notices.models import Channel, Notice
from tongdian.parties.models import Account

__all__ = ["nothing_tried_before"]

pytestmark = pytest.mark.django_db


def ask(client, token, **typed):
    where = f"/apply/{token}/send/"
    return client.post(where, {**WHO, "step": "who", **typed}, follow=True).content.decode()


def test_the_address_is_shown_and_sent_to_the_telephone_that_was_typed(client, campus):
    token = begin(client)
    assert f"/apply/{token}/" in client.get(f"/apply/{token}/who/").content.decode()
    page = ask(client, token)
    assert "已发送至 138****0001" in page
    assert 'value="王小明"' in page  # what was typed is kept
    notice = Notice.objects.get(wording="draft-link")
    assert f"/apply/{token}/" in notice.content.said["body"]
    assert f"/apply/{token}/" in notice.content.said["short"]


def test_a_known_customers_telephone_gets_the_same_answer_as_any(client, campus):
    Account.objects.create(username="wang", phone="13807730001")
    known, unknown = ask(client, begin(client)), ask(client, begin(client), phone="13807739999")
    assert "已发送至 138****0001" in known
    assert "已发送至 138****9999" in unknown


def test_nothing_is_sent_without_a_telephone_or_a_way_to_it(client, campus):
    token = begin(client)
    assert "请先填写手机号或邮箱" in ask(client, token, phone="12")
    Channel.objects.update(is_enabled=False)
    assert "请先填写手机号或邮箱" in ask(client, token)
    assert not Notice.objects.exists()


def test_nobody_is_sent_more_than_three_whoever_asks(campus):
    for _ in range(4):
        client = Client(REMOTE_ADDR="10.0.0.1")
        page = ask(client, begin(client))
    assert "尝试次数过多" in page
    assert Notice.objects.filter(wording="draft-link").count() == 3
