"""What the pages say of stops: which ground, by which article, since when, what is missing and what to do."""

from decimal import Decimal

import pytest
from django.utils import timezone

from tests.accounts.test_collecting import bill
from tests.supply.conftest import DUE, approve, stop
from tongdian.accounts.actions.collecting import take_payment
from tongdian.cases.models import Case
from tongdian.parties.models import Customer
from tongdian.supply.models import SupplyStop

pytestmark = pytest.mark.django_db


@pytest.fixture
def cut_today(demanded):
    """The flat's power is stopped since today; the steps were taken in March 2026."""
    today = timezone.localdate()
    approve(demanded, day=today)
    demanded.stop = stop(demanded, day=today)
    return demanded


def seen(client, who, address) -> str:
    client.force_login(who)
    reply = client.get(address, HTTP_ACCEPT_LANGUAGE="zh-Hans")
    assert reply.status_code == 200, address
    return reply.content.decode()


def test_the_list_counts_by_ground_and_leads_to_the_point(cut_today, client):
    text = seen(client, cut_today.technician, "/supply/stops/")
    assert cut_today.point.code in text
    assert "第六十四条（一）" in text
    assert f"/supply/points/{cut_today.point.pk}/" in text
    assert cut_today.point.code not in seen(client, cut_today.technician, "/supply/stops/?older=30")
    assert cut_today.point.code not in seen(client, cut_today.technician, "/supply/stops/?ground=safety")


def test_a_point_says_every_ground_and_who_approved(cut_today, client):
    text = seen(client, cut_today.technician, f"/supply/points/{cut_today.point.pk}/")
    assert "欠费" in text
    assert "停供审批单〔2026〕3号" in text
    place = seen(client, cut_today.technician, f"/places/{cut_today.point.place_id}/")
    assert "已停供" in place
    assert "第六十四条（一）" in place


def test_before_a_stop_the_clerk_reads_what_is_missing_each_with_its_article(late, client):
    bill(late, 100, due=DUE)
    address = f"/cash/accounts/{late.account.pk}/suspend/{late.point.pk}/"
    text = seen(client, late.technician, address)
    for said in (
        "已催缴，并已满 15 日",
        "已送达停供通知，并已满 7 日",
        "民法典654",
        "负责人批准",
        "行政强制法第四十三条",
    ):
        assert said in text
    assert 'name="reason"' not in text  # no button while something is missing
    client.post(address, {"point": str(late.point.pk), "reason": "欠费"})
    assert not SupplyStop.objects.exists()


def test_with_everything_there_it_is_stopped_on_the_page(demanded, client):
    approve(demanded, day=timezone.localdate())
    address = f"/cash/accounts/{demanded.account.pk}/suspend/{demanded.point.pk}/"
    assert 'name="reason"' in seen(client, demanded.technician, address)
    client.post(address, {"point": demanded.point.code, "reason": "催缴后仍未缴清"})
    assert SupplyStop.objects.get().by == demanded.technician


def test_a_customer_reads_why_what_to_do_and_how_long_it_takes(cut_today, client, viewer):
    owner = viewer("customer", "wang")
    Customer.objects.filter(pk=cut_today.account.customer_id).update(account=owner)
    for address in (f"/my-accounts/{cut_today.account.pk}/", "/"):
        text = seen(client, owner, address)
        assert "您的水电已停供" in text
        assert "第六十四条（一）" in text
        assert "请缴清 ¥1,000.00" in text
        assert "24 小时" in text
    take_payment(
        viewer=cut_today.cashier, account=cut_today.account, yuan=Decimal(1000), payer="", at=timezone.now()
    )
    case = Case.objects.get(process="restoration")
    assert case.number in seen(client, owner, f"/my-accounts/{cut_today.account.pk}/")
    assert case.number in seen(client, cut_today.technician, "/supply/stops/")


def test_who_approves_and_who_stops_each_has_their_page(late, client):
    address = f"/supply/points/{late.point.pk}/approve/"
    assert seen(client, late.chief, address)
    client.force_login(late.technician)
    assert client.get(address).status_code == 403
    client.force_login(late.energy)  # 6: another office does not operate the supply
    reply = client.post(
        f"/supply/points/{late.point.pk}/unsafe/",
        {"on": timezone.localdate().isoformat(), "cite": "第六条", "reason": "检修"},
    )
    assert reply.status_code == 403
    assert not SupplyStop.objects.exists()
