"""A campus with a faculty, and what is found there."""

from __future__ import annotations

import pytest

from tests.cases.conftest import at, make_campus, organisation
from tests.connections.conftest import picture
from tongdian.conduct.actions.recording import record_act


@pytest.fixture
def campus(db, viewer):
    found = make_campus(viewer)
    found.faculty = organisation("unit", "化学与药学学院", "HUAX", parent=found.campus)
    found.second = viewer("officer", "second-officer", at=found.energy)
    return found


def recorded(campus, day, act="left-on", *, hour="09:30", viewer=None, photograph=None, **more):
    """An act of the faculty, recorded by the technician an hour later."""
    whose = {} if "customer" in more else {"unit": campus.faculty}
    return record_act(
        viewer=viewer or campus.technician, organisation=campus.campus, place=campus.shop, act=act, on=at(day).date(),
        hour=hour, text="无人，灯和空调开着", at=at(day, 11),
        photograph=picture() if photograph is None else photograph, **whose, **more,
    )  # fmt: skip


def closed(act, viewer, stage, day, *, given=None, **more):
    """A stage of the case that follows an act up."""
    from tests.cases.test_engine import close

    act.violation.case.refresh_from_db()
    return close(act.violation.case, viewer, stage, day, given=given, **more)


def open_stages(act):
    act.violation.case.refresh_from_db()
    return {one.stage for one in act.violation.case.open_stages.all()}
