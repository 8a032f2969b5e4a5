"""师政后勤〔2016〕4号 68: reported by anybody, found true, rewarded with 50 to 500 yuan by another person, once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.cases.conftest import at
from tests.conduct.conftest import picture, recorded
from tongdian.allowed import NotAllowed
from tongdian.conduct import queries
from tongdian.conduct.actions.recording import take_act_back
from tongdian.conduct.actions.reporting import (
    dismiss_report,
    find_report_true,
    forget_reporter,
    open_contact,
    report_violation,
    reward_report,
)
from tongdian.conduct.models import ConductReport, ConductReportStep, ReportContact
from tongdian.conduct.rules import (
    ActOfAnotherHouse,
    DecidedBefore,
    FoundTrueByOneself,
    NoLongerTrue,
    NotDecidedYet,
    NotTheFirst,
    RecordedByOneself,
    ReportedAfterwards,
    RewardOutOfRange,
)
from tongdian.personal import decrypt
from tongdian.policy.refusals import BadInput

pytestmark = pytest.mark.django_db


def reported(campus, day="2026-03-02", **more):
    given = {"where": "三教 201", "text": "没人，空调开着", "contact": "13800000000", "name": "李同学"}
    return report_violation(organisation=campus.campus, at=at(day), **{**given, **more})


def found_true(campus, act, report, day="2026-03-03", viewer=None, **more):
    return find_report_true(
        viewer=viewer or campus.clerk, report=report, act_number=act.number, reason="属实", at=at(day), **more
    )


def rewarded(campus, report, amount, viewer=None, day="2026-03-04"):
    return reward_report(
        viewer=viewer or campus.officer, report=report, amount=Decimal(amount), reason="线索准确", at=at(day)
    )


def test_who_reported_is_encrypted_and_the_number_cannot_be_guessed(campus):
    one, two = reported(campus), reported(campus)
    kept = ReportContact.objects.get(report=one)
    assert b"13800000000" not in bytes(kept.contact)
    assert decrypt(kept.contact) == "13800000000"
    assert one.number != two.number
    assert len(one.number) == len("JB-YS-") + 10


def test_a_report_needs_where_and_what_and_an_act_that_there_is(campus):
    for wrong in ({"where": " "}, {"text": ""}, {"act": "singing"}):
        with pytest.raises(BadInput):
            reported(campus, **wrong)
    assert reported(campus, act="left-on").act == "left-on"


@pytest.mark.parametrize("amount", ["50", "500", "120.50"])
def test_68_the_reward_lies_within_the_range(campus, amount):
    act, report = recorded(campus, "2026-03-02"), reported(campus)
    found_true(campus, act, report)
    assert rewarded(campus, report, amount).amount_fen == int(Decimal(amount) * 100)


@pytest.mark.parametrize("amount", ["49.99", "500.01", "0"])
def test_68_outside_the_range_it_is_refused_with_the_article(campus, amount):
    act, report = recorded(campus, "2026-03-02"), reported(campus)
    found_true(campus, act, report)
    with pytest.raises(RewardOutOfRange, match="Article 68"):
        rewarded(campus, report, amount)


def test_nothing_is_rewarded_before_it_is_found_true(campus):
    report = reported(campus)
    with pytest.raises(NotDecidedYet):
        rewarded(campus, report, "100")
    dismiss_report(viewer=campus.clerk, report=report, reason="现场无人用电", at=at("2026-03-03"))
    with pytest.raises(NotDecidedYet):
        rewarded(campus, report, "100")
    with pytest.raises(DecidedBefore):
        dismiss_report(viewer=campus.clerk, report=report, reason="再看", at=at("2026-03-04"))


def test_who_recorded_the_act_does_not_decide_the_reward(campus):
    act, report = recorded(campus, "2026-03-02", viewer=campus.officer), reported(campus)
    found_true(campus, act, report)
    with pytest.raises(RecordedByOneself):
        rewarded(campus, report, "100")
    with pytest.raises(NotAllowed):
        rewarded(campus, report, "100", viewer=campus.technician)
    rewarded(campus, report, "100", viewer=campus.second)
    with pytest.raises(DecidedBefore):
        rewarded(campus, report, "100", viewer=campus.second)


def test_one_violation_is_rewarded_once_to_the_first_who_reported_it(campus):
    act, first, later = recorded(campus, "2026-03-02"), reported(campus), reported(campus, "2026-03-03")
    found_true(campus, act, later, afterwards="当时即有人来电，书面举报后补")
    found_true(campus, act, first)
    with pytest.raises(NotTheFirst) as refused:
        rewarded(campus, later, "100")
    assert first.number not in refused.value.words.zh + refused.value.words.en  # its reporter's secret
    rewarded(campus, first, "100")
    with pytest.raises(IntegrityError, match="violation_is_rewarded_once"), transaction.atomic():
        ConductReportStep.objects.create(
            organisation=campus.campus,
            report=later,
            what="rewarded",
            act=act,
            amount_fen=10000,
            reason="又",
            at=at("2026-03-05"),
        )


def test_a_report_is_found_true_by_an_act_of_its_own_house(campus):
    with pytest.raises(ActOfAnotherHouse):
        find_report_true(
            viewer=campus.clerk,
            report=reported(campus),
            act_number="WZ-GX-1",
            reason="x",
            at=at("2026-03-03"),
        )


def test_a_reporter_who_asks_is_forgotten_and_the_report_stays(campus):
    report = reported(campus)
    forget_reporter(viewer=campus.officer, report=report, reason="本人要求", at=at("2026-03-05"))
    kept = ReportContact.objects.get(report=report)
    assert (decrypt(kept.name), decrypt(kept.contact)) == ("", "")
    assert ConductReport.objects.filter(pk=report.pk).exists()


def test_68_nothing_is_rewarded_for_an_act_that_was_taken_back(campus):
    """68 rewards 查实的; an act that was wrongly recorded is not."""
    act, report = recorded(campus, "2026-03-02"), reported(campus)
    found_true(campus, act, report)
    take_act_back(viewer=campus.second, act=act, reason="误登", at=at("2026-03-03"))
    with pytest.raises(NoLongerTrue):
        rewarded(campus, report, "100")


def test_who_found_it_true_does_not_decide_the_reward(campus):
    act, report = recorded(campus, "2026-03-02"), reported(campus)
    found_true(campus, act, report, viewer=campus.officer)
    with pytest.raises(FoundTrueByOneself):
        rewarded(campus, report, "100")
    rewarded(campus, report, "100", viewer=campus.second)


def test_what_was_recorded_before_it_was_reported_asks_why_it_is_the_same(campus):
    """Recorded on 2 March at 11, reported on 3 March: it was known already."""
    act, report = recorded(campus, "2026-03-02"), reported(campus, "2026-03-03")
    with pytest.raises(ReportedAfterwards, match="2026-03-02 11:00"):
        found_true(campus, act, report, "2026-03-04")
    step = found_true(campus, act, report, "2026-03-04", afterwards="来电在先，书面在后")
    assert step.afterwards == "来电在先，书面在后"


def test_a_report_that_was_fetched_before_it_was_decided_is_not_decided_twice(campus):
    """The page fetches a report with its steps, and what was fetched says that there are none."""
    act, one = recorded(campus, "2026-03-02"), reported(campus)
    stale = queries.reports(campus.officer).get(pk=one.pk)
    assert not stale.steps.exists()
    found_true(campus, act, one)
    with pytest.raises(DecidedBefore) as refused:
        dismiss_report(viewer=campus.officer, report=stale, reason="没有", at=at("2026-03-03"))
    assert one.number not in refused.value.words.zh
    with pytest.raises(IntegrityError, match="report_is_decided_once"), transaction.atomic():
        ConductReportStep.objects.create(
            organisation=campus.campus, report=one, what="dismissed", reason="没有", at=at("2026-03-03")
        )


def test_reading_who_reported_is_an_entry_of_the_log(campus, client):
    from tongdian.audit_log.models import Entry

    one = reported(campus)
    address = f"/conduct/reports/{one.pk}/"
    client.force_login(campus.clerk)  # may decide the report, and is not told who
    assert "13800000000" not in client.get(address).content.decode()
    assert not Entry.objects.filter(action="read-reporter").exists()
    client.force_login(campus.officer)
    assert "13800000000" in client.get(address).content.decode()
    entry = Entry.objects.get(action="read-reporter")
    assert entry.subject == f"conduct-report:{one.pk}"
    with pytest.raises(NotAllowed):
        open_contact(viewer=campus.clerk, report=one, at=at("2026-03-04"))


def test_the_number_that_the_reporter_alone_knows_is_on_no_page_of_an_office_nor_in_a_file_name(
    campus, client
):
    one = reported(campus, photograph=picture())
    client.force_login(campus.officer)
    photograph = client.get(f"/conduct/reports/{one.pk}/photograph/")
    assert photograph.status_code == 200
    assert one.number not in photograph["Content-Disposition"]
    for address in ("/conduct/reports/", f"/conduct/reports/{one.pk}/"):
        assert one.number not in client.get(address).content.decode()


def test_the_reporter_reads_that_a_violation_was_reported_not_a_repair(campus, client):
    one = reported(campus)
    text = client.get(
        f"/report-violation/followed/{one.number}/", HTTP_ACCEPT_LANGUAGE="zh-Hans"
    ).content.decode()
    assert "已举报" in text
    assert "已报修" not in text
