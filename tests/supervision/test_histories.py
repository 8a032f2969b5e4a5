"""Random sequences of filling in, reviewing, filing, taking back, accepting, sending back and late allowances: the
chasing list and the four numbers are those that a plain reckoning gives (通知/3)."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.supervision.conftest import at, benefits, cells_of, d
from tongdian.policy.refusals import Refusal
from tongdian.supervision.actions import filing
from tongdian.supervision.queries import filings
from tongdian.supervision.refusing import NoSuchReturn

pytestmark = pytest.mark.django_db
# `make hold` draws five hundred with its count of twelve
SEQUENCES = int(os.environ.get("HOLD_COUNT", "0")) * 42 or 30
H1 = "2021-H1"
OPENS, DUE, CLOSES = d("2021-07-01"), d("2021-07-15"), d("2021-08-15")
VERBS = ("fill", "review", "file", "take_back", "accept", "send_back", "allow")

STEP = st.tuples(
    st.sampled_from(VERBS), st.sampled_from(("qixing", "yanshan")), st.sampled_from((0, 0, 0, 1, 5, 12))
)
# most sequences go the way of an office that files, so that they come far
FILED = ("fill", "review", "file")
WAY = st.builds(
    lambda name, way, later: [(verb, name, later if not n else 0) for n, verb in enumerate(way)],
    st.sampled_from(("qixing", "yanshan")),
    st.sampled_from((FILED, (*FILED, "accept"), ("take_back", *FILED), ("send_back", *FILED))),
    st.sampled_from((0, 5, 12)),
)
SEQUENCE = st.lists(st.one_of(STEP.map(lambda one: [one]), WAY), min_size=2, max_size=9).map(
    lambda parts: [one for part in parts for one in part]
)


@dataclass
class Reckoned:
    """What an office's return is, told without a database."""

    state: str = "missing"
    late_until: dt.date = CLOSES
    filed: dt.date | None = None  # the version that is being spoken of
    kept: list[dt.date] = field(default_factory=list)  # days of versions that were accepted at some time

    def takes(self, verb: str, day: dt.date) -> bool:
        """Whether it may be done; where it may, it is done here."""
        if verb == "allow":
            self.late_until = max(self.late_until, dt.date(2021, 9, 10))
            return True
        before = {
            "fill": {"missing", "draft", "reviewed", "withdrawn", "returned"}, "review": {"draft"},
            "file": {"reviewed"}, "take_back": {"submitted"}, "accept": {"submitted"},
            "send_back": {"submitted", "accepted"},
        }  # fmt: skip
        if self.state not in before[verb]:
            return False
        if verb == "file" and not OPENS <= day <= self.late_until:
            return False
        if verb == "file":
            self.filed = day
        if verb == "accept":
            self.kept.append(self.filed)
        self.state = {"fill": "draft", "review": "reviewed", "file": "submitted", "take_back": "withdrawn",
                      "accept": "accepted", "send_back": "returned"}[verb]  # fmt: skip
        return True

    @property
    def lies_above(self) -> bool:
        return self.state in ("submitted", "accepted")

    @property
    def in_time(self) -> bool:
        return self.lies_above and min([*self.kept, self.filed]) <= DUE


@settings(
    deadline=None, max_examples=SEQUENCES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # undone by hand
@given(steps=SEQUENCE)
def test_whatever_is_done_the_chasing_list_is_what_is_missing(nation, steps):
    form = filing.form_for(nation.province, "annex-3", d("2021-07-10"))
    cells = cells_of(form, **benefits(3, 2))
    day = dt.date(2021, 6, 28)
    reckoned = {"qixing": Reckoned(), "yanshan": Reckoned()}
    with transaction.atomic():
        for verb, name, later in steps:
            day += dt.timedelta(days=later)
            allowed = reckoned[name].takes(verb, day)
            try:
                with transaction.atomic():
                    done(nation, form, verb, name, day, cells)
                refusal = None
            except Refusal as one:
                refusal = one
            assert (refusal is None) == allowed, (verb, name, day, refusal)
            rows = filings.expected_below(form, nation.city, H1, as_of=day)
            chased = {one.organisation.short: one.is_overdue(day) for one in rows if not one.is_received}
            assert chased == {
                getattr(nation, office).short: day > DUE
                for office, one in reckoned.items()
                if not one.lies_above
            }
            rates = filings.rates_of(rows)
            assert (rates.expected, rates.received, rates.on_time, rates.accepted) == (
                2,
                sum(one.lies_above for one in reckoned.values()),
                sum(one.in_time for one in reckoned.values()),
                sum(one.state == "accepted" for one in reckoned.values()),
            )
        transaction.set_rollback(True)


def done(nation, form, verb, name, day, cells):
    """A verb by the person whose it is."""
    office, who, above = getattr(nation, name), nation.who[name], nation.who["city"].officer
    now = at(day.isoformat())
    if verb == "fill":
        filing.fill_in(viewer=who.clerk, organisation=office, form="annex-3", period=H1, cells=cells, at=now)
        return
    if verb == "allow":
        filing.allow_late(
            viewer=above, office=nation.city, organisation=office, form="annex-3", period=H1,
            until=d("2021-09-10"), reason="汛期", at=now,
        )  # fmt: skip
        return
    version = filings.standing(form, office, H1, as_of=day).newest
    if version is None:
        raise NoSuchReturn
    of_own = {"review": filing.review, "file": filing.submit}
    if verb in of_own:
        of_own[verb](viewer=who.officer, version=version, at=now)
    elif verb == "take_back":
        filing.withdraw(viewer=who.officer, version=version, reason="漏报", at=now)
    elif verb == "accept":
        filing.accept(viewer=above, office=nation.city, version=version, at=now)
    else:
        filing.send_back(viewer=above, office=nation.city, version=version, reason="少报", at=now)
