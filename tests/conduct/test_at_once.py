"""Two officers who decide about one report at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from tests.cases.conftest import at, make_campus, organisation
from tests.conduct.conftest import recorded
from tests.conduct.test_reports import found_true, reported
from tongdian.conduct import queries
from tongdian.conduct.actions.reporting import dismiss_report
from tongdian.conduct.models import ConductReportStep
from tongdian.conduct.rules import DecidedBefore


def test_of_two_who_decide_at_once_one_is_refused(committed, viewer):
    campus = make_campus(viewer)
    campus.faculty = organisation("unit", "化学与药学学院", "HUAX", parent=campus.campus)
    act, one = recorded(campus, "2026-03-02"), reported(campus)
    fetched = [
        queries.reports(campus.officer).get(pk=one.pk) for _ in range(2)
    ]  # with what there is of steps: none
    together = Barrier(2)

    def decide(deed):
        together.wait()
        try:
            return type(deed()).__name__
        except DecidedBefore as refused:
            return type(refused).__name__
        finally:
            connections.close_all()

    deeds = (
        lambda: found_true(campus, act, fetched[0]),
        lambda: dismiss_report(viewer=campus.officer, report=fetched[1], reason="没有", at=at("2026-03-03")),
    )
    with ThreadPoolExecutor(2) as two:
        said = sorted(two.map(decide, deeds))
    assert said == ["ConductReportStep", "DecidedBefore"]
    assert ConductReportStep.objects.filter(report=one).count() == 1
