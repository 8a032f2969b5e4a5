"""What may be done to a case: one list, which every door draws and every action obeys."""

import inspect

import pytest

from tests.cases.conftest import at, organisation, supplied
from tests.cases.test_engine import close, hand_in
from tongdian.api.shapes import cases as shapes
from tongdian.cases import actions, queries
from tongdian.cases.offers import offers
from tongdian.cases.rules import Applicant, PapersMissing
from tongdian.files.queries import open_file
from tongdian.policy.process import VERBS
from tongdian.policy.process.refusals import CaseSuspended, FactNeeded, ReasonNeeded

SHAPES = {
    "close": shapes.Close,
    "return": shapes.Return,
    "suspend": shapes.Suspend,
    "resume": shapes.Resume,
    "record-fact": shapes.RecordFact,
    "withdraw": shapes.Withdraw,
    "migrate": shapes.Migrate,
    "countersign": shapes.Countersign,
    "refuse-claim": shapes.RefuseClaim,
}


def offered(viewer, case, on):
    case.refresh_from_db()
    desk = queries.desk(case)
    hands = queries.Hands(viewer, case, desk.wording, at(on).date())
    return {(one.verb.name, one.about): one for one in offers(hands, desk, queries.state_of(case, desk))}


@pytest.fixture
def insisting(campus):
    """A resident's expansion for which the main line is too small: does the user insist?"""
    supplied(campus)
    case = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="resident-expansion",
        customer=campus.wang,
        place=campus.shop,
        at=at("2026-03-02"),
    )
    listed = queries.paper_list(case, queries.state_of(case), "apply")
    hand_in(case, *[one.item for one in listed.needed])
    close(case, campus.counter, "apply", "2026-03-02")
    return close(case, campus.technician, "survey", "2026-03-03", facts={"main_line_enough": "false"})


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_asks_what_its_action_takes(name):
    verb = VERBS[name]
    taken = set(inspect.signature(actions.BY_VERB[name]).parameters)
    asked = {one.name for one in verb.asks} | ({verb.about} if verb.about else set())
    assert taken - {"viewer", "case", "at", "seen"} == asked


@pytest.mark.parametrize("name", VERBS)
def test_a_program_is_asked_what_a_form_asks(name):
    verb, shape = VERBS[name], SHAPES[name]
    taken = set(shape.model_fields) - {"seen", "files"}
    asked = {one.name for one in verb.asks} | ({"name"} if verb.about == "name" else set())
    if "claimed_on" not in asked:
        taken -= {"claimed_on"}  # refused by `_claims_nothing`
    assert taken == asked


def test_a_fact_at_its_default_is_asked_of_the_applicant_too(insisting, campus):
    wang = Applicant(insisting.pk, insisting.number)
    assert list(offered(wang, insisting, "2026-03-04")["close", "insist"].facts) == ["insists"]
    with pytest.raises(FactNeeded) as refused:
        close(insisting, wang, "insist", "2026-03-04")
    assert refused.value.say("en") == (
        'Record "the user insists" first: it decides whether "Plan with the main line rebuilt" is needed.'
    )
    # said, though it is what stood there: somebody looked, and the record shows who
    done = close(insisting, wang, "insist", "2026-03-04", facts={"insists": "false"})
    assert set(queries.state_of(done).open_stages) == {"end"}
    assert [row.body["name"] for row in queries.events(done) if row.kind == "fact_recorded"] == [
        "main_line_enough",
        "insists",
    ]


def test_a_fact_at_its_default_that_decides_nothing_here_is_not_asked(insisting, campus):
    # the main line is enough: whether the user would have insisted decides nothing
    actions.record_fact(
        viewer=campus.counter,
        case=insisting,
        name="main_line_enough",
        value="true",
        reason="复测",
        seen=insisting.seq,
        at=at("2026-03-04"),
    )
    assert not offered(campus.counter, insisting, "2026-03-04")["close", "insist"].facts


def test_an_offer_says_why_not_in_the_words_of_the_action(campus, shop_case):
    close(shop_case, campus.counter, "apply", "2026-03-02")
    close(shop_case, campus.officer, "approve", "2026-03-02", facts={"approved": "true"})
    offer = offered(campus.clerk, shop_case, "2026-03-02")["close", "accept"]
    with pytest.raises(PapersMissing) as refused:
        close(shop_case, campus.clerk, "accept", "2026-03-02")
    assert offer.refusal.words == refused.value.words
    assert offer.may_begin  # the papers can be handed in while the form stands open


def test_the_office_is_not_asked_for_the_notice_that_it_issues(campus, viewer):
    housing = organisation("office", "房管科", "YSFG", parent=campus.campus, fills=["housing-office"])
    housekeeper = viewer("clerk", "housing-clerk", at=housing)
    supplied(campus)
    case = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="move-out",
        customer=campus.wang,
        place=campus.shop,
        at=at("2026-03-02"),
    )
    assert offered(housekeeper, case, "2026-03-02")["close", "notice"].refusal is None
    done = close(case, housekeeper, "notice", "2026-03-03")
    (listed,) = queries.paper_lists(done, queries.state_of(done))
    (made,) = listed.needed[0].received
    assert (made.item, made.name) == ("move-notice", "房管科开具的调（退）房通知.pdf")
    assert open_file(made.file).content.startswith(b"%PDF-")
    # taken back, the notice counts no longer, and is kept
    actions.withdraw(
        viewer=campus.counter, case=done, reason="不退了", seen=done.seq, at=at("2026-03-03", 11)
    )
    (listed,) = queries.paper_lists(done, queries.state_of(done))
    assert not listed.needed[0].received


def test_while_it_stands_still_every_stage_says_so(campus, shop_case):
    actions.suspend(
        viewer=campus.counter,
        case=shop_case,
        cause="applicant-request",
        reason="用户外出",
        seen=1,
        at=at("2026-03-02"),
    )
    listed = offered(campus.counter, shop_case, "2026-03-03")
    assert isinstance(listed["close", "apply"].refusal, CaseSuspended)
    assert not listed["close", "apply"].may_begin
    assert listed["resume", ""].refusal is None
    assert ("suspend", "") not in listed


def test_each_is_offered_what_is_theirs_alone(campus, shop_case):
    hand_in(shop_case, "usage-approval-form", "shop-lease", "shopkeeper-identity")
    close(shop_case, campus.counter, "apply", "2026-03-02")
    wang = Applicant(shop_case.pk, shop_case.number)
    stranger = Applicant(campus.shop.pk, shop_case.number)
    assert list(offered(wang, shop_case, "2026-03-03")) == [("withdraw", "")]
    assert not offered(stranger, shop_case, "2026-03-03")
    assert ("close", "approve") in offered(campus.officer, shop_case, "2026-03-03")
    assert ("close", "approve") not in offered(campus.technician, shop_case, "2026-03-03")


def test_a_suspension_and_a_correction_say_why_whatever_door_they_come_by(campus, insisting):
    common = {"viewer": campus.counter, "case": insisting, "seen": insisting.seq, "at": at("2026-03-04")}
    with pytest.raises(ReasonNeeded):
        actions.suspend(**common, cause="applicant-request", reason=" ")
    with pytest.raises(ReasonNeeded):
        actions.record_fact(**common, name="main_line_enough", value="true")
