"""What may follow each state of a repair and of a visit, whatever door it comes by."""

import itertools

import pytest
from django.utils import timezone

from tongdian.cases.actions import open_case
from tongdian.connections import actions
from tongdian.connections.models import Repair, Visit
from tongdian.connections.rules import RepairNotOurs
from tongdian.spoken import both
from tongdian.states import CannotFollow

REPAIR, VISIT = Repair.State, Visit.State
ALLOWED = {
    (REPAIR.REPORTED, REPAIR.TAKEN),
    (REPAIR.REPORTED, REPAIR.DONE),
    (REPAIR.REPORTED, REPAIR.REFUSED),
    (REPAIR.TAKEN, REPAIR.TAKEN),
    (REPAIR.TAKEN, REPAIR.DONE),
    (REPAIR.TAKEN, REPAIR.REFUSED),
    (VISIT.BOOKED, VISIT.CANCELLED),
    (VISIT.BOOKED, VISIT.DONE),
    (VISIT.BOOKED, VISIT.MISSED),
}


def follows(do, now, wanted):
    """Whether it was done, as the table says; a refusal names both states."""
    if (now, wanted) in ALLOWED:
        do()
        return True
    with pytest.raises(CannotFollow) as refused:
        do()
    assert refused.value.facts["now"] == both(now.label)
    assert refused.value.facts["wanted"] == both(wanted.label)
    return False


def a_repair(campus):
    return actions.report_repair(
        organisation=campus.campus,
        utility="water",
        what="水管漏水",
        place_text="3 栋",
        phone="13807730001",
        at=timezone.now(),
    )


@pytest.mark.parametrize(("now", "wanted"), list(itertools.product(REPAIR, REPAIR)))
def test_a_repair_goes_only_where_its_table_says(campus, now, wanted):
    repair = a_repair(campus)
    Repair.objects.filter(pk=repair.pk).update(state=now)

    def do():
        actions.take_repair_on(
            viewer=campus.technician, repair=repair, state=wanted, note="归物业", at=timezone.now()
        )

    is_done = follows(do, now, wanted)
    repair.refresh_from_db()
    assert repair.state == (wanted if is_done else now)


def test_of_two_who_go_on_with_a_repair_at_the_page_the_second_is_told(campus, client):
    repair = a_repair(campus)
    client.force_login(campus.technician)
    seen = client.get(f"/repairs/{repair.number}/").context["seen"]
    for _twice in range(2):
        client.post(f"/repairs/{repair.number}/work/", {"state": "taken", "seen": seen})
    client.post(f"/repairs/{repair.number}/work/", {"state": "done"})
    assert [step.state for step in repair.steps.order_by("id")] == ["reported", "taken"]


def test_a_repair_is_refused_only_with_a_reason(campus):
    repair = a_repair(campus)
    with pytest.raises(RepairNotOurs):
        actions.take_repair_on(
            viewer=campus.technician, repair=repair, state="refused", note=" ", at=timezone.now()
        )


@pytest.mark.parametrize(("now", "wanted"), list(itertools.product(VISIT, VISIT)))
def test_a_visit_ends_once(campus, now, wanted):
    case = open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        at=timezone.now(),
    )
    visit = Visit.objects.create(
        case=case, stage="install", office=campus.centre, starts_at=timezone.now(), state=now, by="x"
    )

    def do():
        actions.end_visit(viewer=campus.technician, visit=visit, state=wanted, note="", at=timezone.now())

    is_done = follows(do, now, wanted)
    visit.refresh_from_db()
    assert visit.state == (wanted if is_done else now)
