"""Letter 4 and tasks 55 and 56: what is found is followed up until it is rectified."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.supervision.conftest import at, d, database_refuses, department
from tongdian.allowed import NotAllowed
from tongdian.files.actions import keep_document
from tongdian.registers.fields import BadValue
from tongdian.states import CannotFollow
from tongdian.supervision.actions import findings as deeds
from tongdian.supervision.findings import (
    BY_THE_OFFICE,
    FINDING_FOLLOWS,
    WITH_A_DAY,
    BadEvidence,
    ClauseUnknown,
    DayGoneBy,
    DayNotLater,
    FindingOpened,
    FindingState,
    NoSuchFinding,
    NotSupervised,
    OutsideTheArea,
    OwnRectification,
)
from tongdian.supervision.models import FindingStep, SupervisionFinding
from tongdian.supervision.queries import findings as queries
from tongdian.supervision.queries.competence import supervised_by, supervises
from tongdian.supervision.refusing import EvidenceMissing

S = FindingState
PAPER = [{"kind": "paper", "ref": "桂电整改〔2021〕3号"}]
LAST = d("2021-12-31")


def opened(nation, day="2021-06-01", *, by="regional", about="supplier", **more):
    """The regional office finds that access was refused (task 56)."""
    given = {
        "source": "hotline",
        "kind": "access",
        "clause": "附件1/56",
        "text": "以容量不足为由拒绝报装",
    } | more
    return deeds.open_finding(
        viewer=nation.who[by].officer, organisation=getattr(nation, by), about=getattr(nation, about), at=at(day), **given
    )  # fmt: skip


# How each step is taken: who takes it, the action, and what it says.
FINDER, OFFICE = "regional", "supplier"
STEPS = {
    S.CONFIRMED: (FINDER, deeds.confirm_finding, {}),
    S.ORDERED: (FINDER, deeds.order_rectification, {"text": "限期接入", "due_on": d("2021-06-30")}),
    S.EXTENDED: (FINDER, deeds.extend_rectification, {"text": "汛期", "due_on": d("2021-07-31")}),
    S.RETURNED: (FINDER, deeds.send_rectification_back, {"text": "仍未接入", "due_on": d("2021-07-20")}),
    S.VERIFIED: (FINDER, deeds.verify_rectification, {}),
    S.ACCEPTED: (FINDER, deeds.accept_explanation, {}),
    S.WITHDRAWN: (FINDER, deeds.withdraw_finding, {"text": "登记有误"}),
    S.EXPLAINED: (OFFICE, deeds.explain_finding, {"text": "用户撤回申请"}),
    S.REPORTED: (OFFICE, deeds.report_rectified, {"text": "已接入", "evidence": PAPER}),
}
# One way to each state.
WAYS = {
    S.OPENED: (),
    S.EXPLAINED: (S.EXPLAINED,),
    S.ACCEPTED: (S.EXPLAINED, S.ACCEPTED),
    S.CONFIRMED: (S.CONFIRMED,),
    S.ORDERED: (S.ORDERED,),
    S.EXTENDED: (S.ORDERED, S.EXTENDED),
    S.REPORTED: (S.ORDERED, S.REPORTED),
    S.RETURNED: (S.ORDERED, S.REPORTED, S.RETURNED),
    S.VERIFIED: (S.ORDERED, S.REPORTED, S.VERIFIED),
    S.WITHDRAWN: (S.WITHDRAWN,),
}


# Written out, not taken from the program.
LEGAL = {
    "opened": "explained confirmed ordered withdrawn",
    "explained": "accepted confirmed withdrawn",
    "accepted": "",
    "confirmed": "ordered",
    "ordered": "reported extended",
    "extended": "reported extended",
    "reported": "verified returned",
    "returned": "reported extended",
    "verified": "",
    "withdrawn": "",
}


def take(nation, finding, step, day="2021-06-02", **more):
    who, deed, said = STEPS[step]
    return deed(viewer=nation.who[who].officer, finding=finding, at=at(day), **said | more)


def brought_to(nation, state):
    finding = opened(nation)
    for step in WAYS[state]:
        take(nation, finding, step)
    return finding


def standing(nation, finding, day=LAST, who="regional"):
    return queries.finding(nation.who[who].officer, finding.pk, as_of=day)


# ------------------------------------------------------------- the states
def test_there_is_a_way_to_every_state_and_an_action_for_every_step():
    assert WAYS.keys() == FINDING_FOLLOWS.keys() == set(S)
    assert STEPS.keys() == set(S) - {S.OPENED}
    assert {state: " ".join(after) for state, after in FINDING_FOLLOWS.items()} == LEGAL


@pytest.mark.parametrize("state", list(S))
def test_every_state_takes_the_steps_of_the_table_and_refuses_all_others(nation, state):
    for step in STEPS:
        finding = brought_to(nation, state)
        extended = {"due_on": d("2021-08-31")} if step == S.EXTENDED else {}  # later than any deadline before
        if step in FINDING_FOLLOWS[state]:
            take(nation, finding, step, **extended)
            assert standing(nation, finding).state == step
        else:
            with transaction.atomic(), pytest.raises(CannotFollow):
                take(nation, finding, step, **extended)
            assert standing(nation, finding).state == state


@pytest.mark.parametrize("state", list(S))
def test_every_step_that_the_table_does_not_name_is_refused_by_the_database(nation, state):
    finding = brought_to(nation, state)
    for step in STEPS:
        row = {
            "organisation": nation.supplier if step in BY_THE_OFFICE else nation.regional,
            "due_on": d("2021-12-01") if step in WITH_A_DAY else None,
        }
        number = len(WAYS[state]) + 1
        make = {
            "finding": finding,
            "number": number,
            "what": step,
            "text": "x",
            "evidence": PAPER,
            "at": at("2021-06-03"),
        }
        with transaction.atomic():
            if step in FINDING_FOLLOWS[state]:
                FindingStep.objects.create(**make, **row)
                transaction.set_rollback(True)
                continue
        with database_refuses("steps_of_a_finding_follow_each_other"):
            FindingStep.objects.create(**make, **row)


def test_of_two_steps_at_once_the_second_meets_the_first(nation):
    finding = opened(nation)
    take(nation, finding, S.ORDERED)
    with database_refuses("steps_of_a_finding_follow_each_other"):
        FindingStep.objects.create(
            organisation=nation.supplier, finding=finding, number=1, what="reported", text="x", evidence=PAPER,
            at=at("2021-06-03"),
        )  # fmt: skip


# ------------------------------------------------------------- who
def test_the_finder_s_steps_are_not_the_office_s_nor_the_office_s_the_finder_s(nation):
    """Each step by a person of the other side, of an office beside, and by the database."""
    for step, (who, deed, said) in STEPS.items():
        before = next(state for state in S if step in FINDING_FOLLOWS[state])
        finding = brought_to(nation, before)
        for stranger in {FINDER, OFFICE, "qixing", "province"} - {who}:
            with transaction.atomic(), pytest.raises(NotAllowed):
                deed(viewer=nation.who[stranger].officer, finding=finding, at=at("2021-06-03"), **said)
        wrong = nation.regional if step in BY_THE_OFFICE else nation.supplier
        with database_refuses("step_of_a_finding_is_taken_by_its_office"):
            FindingStep.objects.create(
                organisation=wrong, finding=finding, number=len(WAYS[before]) + 1, what=step, text="x",
                evidence=PAPER, due_on=d("2021-12-01") if step in WITH_A_DAY else None, at=at("2021-06-03"),
            )  # fmt: skip


@pytest.mark.parametrize("role", ["supervisor", "auditor", "technician"])
def test_who_only_looks_neither_opens_nor_answers(nation, viewer, role):
    looking = viewer(role, f"regional-{role}", at=nation.regional)
    with pytest.raises(NotAllowed):
        deeds.open_finding(
            viewer=looking, organisation=nation.regional, about=nation.supplier, source="hotline", kind="access",
            clause="附件1/56", text="x", at=at("2021-06-01"),
        )  # fmt: skip
    finding = opened(nation)
    assert queries.finding(looking, finding.pk, as_of=LAST) == finding
    answering = viewer(role, f"supplier-{role}", at=nation.supplier)
    with pytest.raises(NotAllowed):
        deeds.explain_finding(viewer=answering, finding=finding, text="x", at=at("2021-06-02"))


def test_a_clerk_opens_and_follows_up_and_a_clerk_of_the_office_reports(nation):
    finding = deeds.open_finding(
        viewer=nation.who["regional"].clerk, organisation=nation.regional, about=nation.supplier, source="sampling",
        kind="limits", clause="附件1/5", text="超时限", at=at("2021-06-01"),
    )  # fmt: skip
    deeds.order_rectification(
        viewer=nation.who["regional"].clerk,
        finding=finding,
        text="整改",
        due_on=d("2021-06-30"),
        at=at("2021-06-01"),
    )
    deeds.report_rectified(
        viewer=nation.who["supplier"].clerk, finding=finding, text="已改", evidence=PAPER, at=at("2021-06-20")
    )
    assert standing(nation, finding).state == S.REPORTED


def test_who_reported_does_not_verify_in_the_action_and_in_the_database(nation, viewer):
    """Somebody who has a role on both sides is still one person."""
    both = viewer("officer", "both-sides", at=nation.supplier)
    finding = brought_to(nation, S.ORDERED)
    deeds.report_rectified(viewer=both, finding=finding, text="已接入", evidence=PAPER, at=at("2021-06-10"))
    from tongdian.parties.models import Membership, since

    Membership.objects.create(
        account=both, role="officer", organisation=nation.regional, in_force=since(d("2021-01-01"))
    )
    both._found = {}
    with pytest.raises(OwnRectification):
        deeds.verify_rectification(viewer=both, finding=finding, at=at("2021-06-11"))
    with database_refuses("rectification_is_verified_by_another_person"):
        FindingStep.objects.create(
            organisation=nation.regional,
            finding=finding,
            number=3,
            what="verified",
            at=at("2021-06-11"),
            by=both,
        )
    take(nation, finding, S.VERIFIED)


# ------------------------------------------------------------- whom: 4(1), 4(2)
def test_each_office_supervises_its_area_and_what_stands_below_it(nation):
    """4(1), 4(2): the regional office its suppliers and provincial departments; a department those below it."""
    names = ["nea", "regional", "province", "city", "qixing", "yanshan", "supplier"]
    found = {
        one: [other for other in names if supervises(getattr(nation, one), getattr(nation, other))]
        for one in names
    }
    assert found == {
        "nea": ["regional", "province", "city", "qixing", "yanshan", "supplier"],
        "regional": ["province", "city", "qixing", "yanshan", "supplier"],
        "province": ["city", "qixing", "yanshan", "supplier"],
        "city": ["qixing", "yanshan", "supplier"],
        "qixing": [],
        "yanshan": ["supplier"],
        "supplier": [],
    }
    for one in names:
        office = getattr(nation, one)
        assert {each.pk for each in supervised_by(office, LAST)} == {
            getattr(nation, other).pk for other in found[one]
        }


def test_an_office_beside_another_does_not_supervise_it(nation):
    """Two departments of one province: neither stands below the other, and both stand above its cities."""
    beside = department("department", "自治区工业和信息化厅", "GXG", "450000", parent=nation.nea)
    assert not supervises(nation.province, beside)
    assert not supervises(beside, nation.province)
    assert supervises(beside, nation.city)


def test_an_office_opens_nothing_about_whom_it_does_not_supervise(nation):
    for by, about in (
        ("qixing", "supplier"),
        ("city", "province"),
        ("province", "regional"),
        ("supplier", "yanshan"),
    ):
        with transaction.atomic(), pytest.raises(NotSupervised):
            opened(nation, by=by, about=about)
    assert not SupervisionFinding.objects.exists()


def test_what_is_found_lies_in_the_finder_s_area(nation):
    assert opened(nation).region_id == "450311"  # where the supplier supplies
    assert opened(nation, region="450305", about="city").region_id == "450305"
    for code in ("110000", "450399", "x"):
        with pytest.raises(OutsideTheArea):
            opened(nation, region=code)


def test_whom_it_is_about_and_who_stands_above_the_finder_see_it_and_nobody_else(nation):
    """A city's finding about a supplier: its province, its regional office and the nation stand above it."""
    finding = opened(nation, by="city")
    seen = {
        name for name in nation.who
        if queries.findings_seen(nation.who[name].officer, as_of=LAST).filter(pk=finding.pk).exists()
    }  # fmt: skip
    assert seen == {"nea", "regional", "province", "city", "supplier"}
    own = opened(nation, by="regional")
    with pytest.raises(
        NoSuchFinding
    ):  # what the regional office finds of a supplier is not the province's to see
        queries.finding(nation.who["province"].officer, own.pk, as_of=LAST)
    with pytest.raises(NoSuchFinding):
        queries.finding(nation.who["regional"].officer, finding.pk, as_of=d("2021-05-31"))  # the day before


# ------------------------------------------------------------- days
def test_the_day_itself_is_in_time_and_the_next_is_overdue(nation):
    finding = brought_to(nation, S.ORDERED)  # by 30 June
    days = ("2021-06-01", "2021-06-30", "2021-07-01")
    assert [standing(nation, finding, d(day)).is_overdue for day in days] == [False, False, True]
    take(nation, finding, S.EXTENDED)  # to 31 July
    assert standing(nation, finding, d("2021-07-01")).due_on == d("2021-07-31")
    assert [standing(nation, finding, d(day)).is_overdue for day in ("2021-07-31", "2021-08-01")] == [
        False,
        True,
    ]
    take(nation, finding, S.REPORTED, day="2021-08-02")
    assert standing(nation, finding, d("2021-08-01")).is_overdue  # as it stood then
    assert not standing(nation, finding, d("2021-08-02")).is_overdue  # now the finder is to look


def test_a_deadline_lies_ahead_and_an_extension_ends_later(nation):
    finding = opened(nation)
    with pytest.raises(DayGoneBy):
        take(nation, finding, S.ORDERED, day="2021-06-30", due_on=d("2021-06-29"))
    take(nation, finding, S.ORDERED, due_on=d("2021-06-30"))
    with pytest.raises(DayNotLater):
        take(nation, finding, S.EXTENDED, due_on=d("2021-06-30"))
    with database_refuses("deadline_is_extended_to_a_later_day"):
        FindingStep.objects.create(
            organisation=nation.regional, finding=finding, number=2, what="extended", text="x",
            due_on=d("2021-06-30"), at=at("2021-06-03"),
        )  # fmt: skip
    with database_refuses("rectification_is_ordered_by_a_day"):
        FindingStep.objects.create(
            organisation=nation.regional,
            finding=finding,
            number=2,
            what="extended",
            text="x",
            at=at("2021-06-03"),
        )


# ------------------------------------------------------------- what it says
def test_a_finding_cites_a_clause_of_the_pack(nation):
    with pytest.raises(ClauseUnknown):
        opened(nation, clause="附件1/58")
    assert opened(nation).pack == "nea-2021-37"


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": "nothing"},
        {"source": "nothing"},
        {"gravity": "x"},
        {"text": ""},
        {"text": "长" * 2001},
        {"clause": ""},
    ],
)
def test_what_is_none_is_refused_by_its_field(nation, odd):
    with pytest.raises(BadValue):
        opened(nation, **odd)


def test_rectification_is_reported_with_evidence(nation):
    finding = brought_to(nation, S.ORDERED)
    with pytest.raises(EvidenceMissing):
        take(nation, finding, S.REPORTED, evidence=[])
    with database_refuses("rectification_is_reported_with_evidence"):
        FindingStep.objects.create(
            organisation=nation.supplier,
            finding=finding,
            number=2,
            what="reported",
            text="x",
            at=at("2021-06-03"),
        )


@pytest.mark.parametrize(
    "odd",
    ["x", {"kind": "paper", "ref": "x"}, ["x"], [{"kind": "paper"}], [{"kind": "rumour", "ref": "x"}], [{"kind": "paper", "ref": ""}],
     [{"kind": "paper", "ref": "x", "more": "y"}], [{"kind": "paper", "ref": "长" * 201}], [{"kind": "file", "ref": "0" * 64}],
     [{"kind": "paper", "ref": "x"}] * 51],
)  # fmt: skip
def test_what_is_no_evidence_is_refused_and_nothing_is_kept(nation, odd):
    with transaction.atomic(), pytest.raises(BadEvidence):
        opened(nation, evidence=odd)
    assert not SupervisionFinding.objects.exists()


def test_evidence_names_kept_files_cases_and_papers(nation, tmp_path, settings):
    file = keep_document(content=b"%PDF-1.4 x %%EOF", at=at("2021-06-01"))
    given = [
        {"kind": "file", "ref": file.hash, "note": "现场照片"},
        {"kind": "case", "ref": "GD-2021-000012"},
    ]
    finding = opened(nation, evidence=given)
    assert finding.evidence == given
    assert queries.evidence_hashes(finding, []) == {file.hash: "现场照片"}


def test_the_same_is_not_opened_twice(nation):
    """Of one case that a check of the record names, an office opens one finding, and another office its own."""
    first = opened(nation, origin="integrity:back-dated:GD-2021-000012")
    with transaction.atomic(), pytest.raises(FindingOpened) as refused:
        opened(nation, origin="integrity:back-dated:GD-2021-000012")
    assert first.number in refused.value.say("zh")
    opened(nation, by="city", origin="integrity:back-dated:GD-2021-000012")
    assert [opened(nation).origin, opened(nation).origin] == ["", ""]
    with database_refuses("finding_of_an_origin_is_opened_once"):
        SupervisionFinding.objects.create(
            organisation=nation.regional, number="x", about=nation.supplier, region_id="450311", pack="p", clause="c",
            source="hotline", kind="access", gravity="minor", text="x", origin=first.origin, at=at("2021-06-01"),
        )  # fmt: skip


def test_findings_are_counted_by_office_kind_and_age(nation):
    opened(nation, "2021-01-04", kind="charges")
    for day in ("2021-06-01", "2021-06-29"):
        take(nation, opened(nation, day), S.ORDERED, day=day)
    take(nation, opened(nation, about="city"), S.WITHDRAWN)
    rows = queries.findings_seen(nation.who["regional"].officer, as_of=d("2021-07-01"))
    counts = queries.counts_of(rows)
    assert (counts.every, counts.open, counts.overdue) == (4, 3, 2)
    by_office = [(one["short"], one["open"], one["overdue"]) for one in queries.counts_by_office(rows)]
    assert by_office == [("GD", 3, 2), ("GLS", 0, 0)]
    # on 1 July: 178 days since 4 January, 30 since 1 June, 2 since 29 June
    assert queries.open_by_kind_and_age(rows, d("2021-07-01")) == {
        "access": [2, 0, 0, 0],
        "charges": [0, 0, 1, 0],
    }
