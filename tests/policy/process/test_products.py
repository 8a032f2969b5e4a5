"""A stage is there to find something out or to make something: it is not closed without."""

from __future__ import annotations

from datetime import date

import pytest
from tests.policy.process.story import Case

from tongdian.policy.process import next_actions
from tongdian.policy.process.refusals import DocumentNeeded, ProductNeeded, ProductNotAsked
from tongdian.policy.refusals import BadInput, PackError

MON = date(2021, 3, 1)
PLAN = 'plan: {title: {zh: 方案容量, en: capacity of the plan}, unit: kW, min: 1, max: 1000, example: "80"}'
NOTE = "inspected: {title: {zh: 检查结论, en: verdict}, one_of: [passed, failed], example: passed, when: checked}"


@pytest.fixture
def yielding(load_small):
    """The reply yields the capacity of its plan, and the verdict where the works are inspected; its
    document is the plan."""
    return load_small(
        {
            "    checked: {": f"    {PLAN}\n    {NOTE}\n    checked: {{",
            "limit: reply-limit, after": "limit: reply-limit, yields: [plan, inspected], "
            "document: {zh: 供电方案, en: the plan}, after",
        }
    )


def accepted(pack, checked="true"):
    return Case(pack, MON, capacity="200", checked=checked).close("accept", MON)


def test_a_stage_is_not_closed_without_what_it_yields(yielding):
    case = accepted(yielding)
    with pytest.raises(ProductNeeded, match="capacity of the plan"):
        case.close("reply", MON, facts={"inspected": "passed"})
    with pytest.raises(BadInput):
        case.close("reply", MON, facts={"plan": "80 千瓦", "inspected": "passed"})
    case.close("reply", MON, facts={"plan": "80", "inspected": "passed"})
    assert case.state.facts["plan"] == 80


def test_nor_without_its_document(yielding):
    case = accepted(yielding)
    with pytest.raises(DocumentNeeded, match="the plan"):
        case.close("reply", MON, facts={"plan": "80", "inspected": "passed"}, evidence=())


def test_what_is_asked_under_a_condition_is_asked_where_it_holds(yielding):
    case = accepted(yielding, checked="false")
    (reply,) = [one for one in next_actions(case.process, case.state) if one.about == "reply"][:1]
    assert reply.facts == ("plan",)
    case.close("reply", MON, facts={"plan": "80"})
    (reply,) = [
        one
        for one in next_actions(yielding.rules["connection"], accepted(yielding).state)
        if one.about == "reply"
    ][:1]
    assert reply.facts == ("plan", "inspected")
    assert reply.document.en == "the plan"


REFUND = (
    'back: {title: {zh: 电卡已交回, en: the card came back}, type: bool, example: "true"}\n'
    '    refund: {title: {zh: 退款, en: refund}, unit: yuan, min: 0, max: 99, example: "20", when: back}'
)


@pytest.fixture
def refunding(load_small):
    """The reply finds out whether a card came back, and what was refunded for it."""
    return load_small(
        {
            "    checked: {": f"    {REFUND}\n    checked: {{",
            "limit: reply-limit, after": "limit: reply-limit, yields: [back, refund], after",
        }
    )


def test_what_hangs_on_the_same_closing_may_be_said_and_is_not_asked_beforehand(refunding):
    """Nobody need answer "how much" before "whether"."""
    case = accepted(refunding)
    (reply,) = [one for one in next_actions(case.process, case.state) if one.about == "reply"][:1]
    assert (reply.facts, reply.may_say[:1]) == (("back",), ("refund",))
    with pytest.raises(ProductNeeded, match="refund"):
        case.close("reply", MON, facts={"back": "true"})
    case.close("reply", MON, facts={"back": "true", "refund": "20"})


def test_what_is_none_of_it_is_refused(refunding):
    """No card, no refund: neither is it recorded as given."""
    case = accepted(refunding)
    with pytest.raises(ProductNotAsked, match="asked only where the card came back"):
        case.close("reply", MON, facts={"back": "false", "refund": "20"})
    case.close("reply", MON, facts={"back": "false"})
    assert "refund" not in case.state.facts


def test_what_one_office_decides_another_does_not_say_for_it(refunding):
    """29 asks two offices: the one that answers first does not answer for both."""
    case = accepted(refunding)
    wording = case.process.at(case.state.version)
    role = wording.stages["reply"].role
    assert wording.told_by_others("back", role) == ()
    assert wording.told_by_others("back", "another") == (role,)
    assert wording.told_by_others("checked", "another") == ()


def test_an_example_is_taken_only_where_it_is_asked(refunding):
    case = accepted(refunding)
    wording = case.process.at(case.state.version)
    assert wording.products("reply", {}) == {"back": "true", "refund": "20"}
    assert wording.products("reply", {}, {"back": "false"}) == {}


def test_a_second_visit_brings_its_own(load_small):
    """What the first inspection found is not what the second finds."""
    pack = load_small(
        {
            "    checked: {": f"    {NOTE}\n    checked: {{",
            "back: [works]}": "back: [works], yields: [inspected]}",
        }
    )
    case = accepted(pack).close("reply", MON).close("works", MON)
    case.close("inspect", MON, facts={"inspected": "passed"})
    again = accepted(pack).close("reply", MON).close("works", MON).back("inspect", "works", MON)
    again.close("works", MON)
    with pytest.raises(ProductNeeded):
        again.close("inspect", MON)


@pytest.mark.parametrize(
    ("fact", "says"),
    [
        (PLAN.replace(', example: \\"80\\"', "").replace(', example: "80"', ""), "example"),
        (PLAN.replace('"80"', '"8000"'), "8000"),
        (PLAN.replace("plan:", "scheme:"), "plan"),
    ],
)
def test_a_pack_whose_product_is_no_fact_or_has_no_good_example_does_not_load(load_small, fact, says):
    with pytest.raises(PackError, match=says):
        load_small(
            {
                "    checked: {": f"    {fact}\n    checked: {{",
                "limit: reply-limit, after": "limit: reply-limit, yields: [plan], after",
            }
        )
