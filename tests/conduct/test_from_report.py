"""68: from a report to the act it is about, to the reward, and to who collects it without a name."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from django.utils.translation import override

from tests.cases.conftest import english, organisation
from tests.conduct.conftest import recorded
from tests.conduct.test_reports import found_true, reported, rewarded
from tests.connections.conftest import picture
from tongdian.bigrams import bigrams
from tongdian.conduct.forms import ReportForm
from tongdian.conduct.models import ConductAct
from tongdian.conduct.queries import acts_to_pick, rules_of
from tongdian.conduct.rules import NoSuchConductReport
from tongdian.network.models import Place

__all__ = ["english"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(campus):
    Place.objects.filter(pk=campus.shop.pk).update(pairs=bigrams(campus.shop.name))
    return reported(campus, where="雁山校区3号门面后面", act="left-on", photograph=picture("reported"))


def test_what_was_reported_is_taken_over_into_the_act_and_its_number_back(english, campus, report):
    english.force_login(campus.technician)
    leads = english.get(f"/conduct/reports/{report.pk}/").content.decode()
    address = f"/conduct/record/?report={report.pk}"
    assert f'href="{address}"' in leads
    page = english.get(address).content.decode()
    assert "没人，空调开着" in page
    assert "雁山校区3号门面后面" in page  # where, as the reporter wrote it
    assert 'value="S3"' in page  # and the place whose name that begins with
    assert re.search(r'value="left-on" selected', page)
    today = timezone.localdate().isoformat()
    sent = {
        "place": "S3", "unit": str(campus.faculty.pk), "act": "left-on", "on": today, "hour": "00:00",
        "text": "没人，空调开着", "keep_photograph": "1",
    }  # fmt: skip
    answer = english.post(address, sent)
    act = ConductAct.objects.get()
    assert act.photograph_id == report.photograph_id
    assert answer["Location"] == f"/conduct/reports/{report.pk}/?act={act.number}"
    assert f'value="{act.number}"' in english.get(answer["Location"]).content.decode()


def test_the_reporters_photograph_is_taken_over_only_if_the_inspector_leaves_it_so(english, campus, report):
    english.force_login(campus.technician)
    today = timezone.localdate().isoformat()
    sent = {"place": "S3", "unit": str(campus.faculty.pk), "act": "left-on", "on": today, "hour": "00:00"}
    answer = english.post(f"/conduct/record/?report={report.pk}", sent)
    assert answer.status_code == 422  # no photograph, and no other witness
    assert not ConductAct.objects.exists()


def test_a_photograph_is_taken_over_only_from_a_report_to_the_same_house(campus, report, viewer):
    other = organisation("campus", "育才校区", "YC", region="450305")
    report.organisation = other  # as a caller could name one
    with pytest.raises(NoSuchConductReport):
        recorded(campus, "2026-03-02", photograph=b"", report=report)


def test_a_report_that_is_decided_or_of_another_house_is_not_taken_over(english, campus, report, viewer):
    found_true(campus, recorded(campus, "2026-03-02"), report)
    english.force_login(campus.technician)
    assert "没人，空调开着" not in english.get(f"/conduct/record/?report={report.pk}").content.decode()
    assert english.get("/conduct/record/?report=x").status_code == 200


def test_68_the_tracking_page_says_where_the_reward_is_paid_against_the_number_alone(english, campus):
    report = reported(campus, name="", contact="")
    found_true(campus, recorded(campus, "2026-03-02"), report)
    address = f"/report-violation/followed/{report.number}/"
    assert "How to collect it" not in english.get(address).content.decode()
    rewarded(campus, report, "100")  # by the energy office's officer
    page = english.get(address).content.decode()
    assert "¥100.00" in page
    assert f"Go to 节能办 with this number, {report.number}" in page
    assert "no name and no paper is asked for" in page


def test_the_acts_to_choose_from_name_their_articles_and_no_two_read_alike(campus):
    day = timezone.localdate()
    with override("zh-hans"):
        form = ReportForm(picks=acts_to_pick(rules_of(campus.campus, day), day))
        shown = [str(label) for key, label in form.fields["act"].choices if key]
    assert all(re.match(r"第.+条", one) for one in shown)
    without = [re.sub(r"^第\S+ ", "", one) for one in shown]
    assert len(set(without)) == len(without)


def test_68_the_public_finds_where_to_report_on_the_home_page_and_in_the_menu(english, campus):
    page = english.get("/").content.decode()
    assert page.count('href="/report-violation/"') == 2
    assert 'href="/violations/"' in page
    english.force_login(campus.technician)
    assert 'href="/report-violation/"' not in english.get("/").content.decode()
