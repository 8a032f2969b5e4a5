"""Every wording holds in both languages, and a broken one is met when the program starts."""

import pytest

from tongdian.notices.wordings import (
    SMS_SIGNS,
    BrokenWording,
    UnknownWording,
    WordingNotFilled,
    read_wordings,
    wording,
    wordings,
)

STANDING = {"organisation": "雁山校区", "hotlines": "12398"}
GOOD = """
paid:
  about: [已缴费, Paid]
  audience: customer
  takes: [amount]
  zh: {title: 已缴费, body: "已收到 {amount}", short: "收到{amount}"}
  en: {title: Paid, body: "{amount} has arrived", short: "{amount}"}
"""


@pytest.mark.parametrize("name", sorted(wordings()))
def test_a_wording_says_all_that_it_takes_in_both_languages(name):
    one = wording(name)
    given = {key: f"«{key}»" for key in one.takes}
    for language in ("zh", "en"):
        said = one.said(language, given | STANDING)
        assert all(value in said.body + said.title + said.short for value in given.values())
        assert "{" not in said.title + said.body + said.short


def test_every_notice_that_a_customer_needs_is_there():
    assert set(wordings()) >= {
        "application-received",
        "papers-missing",
        "stage-done",
        "visit-booked",
        "supply-plan-answered",
        "agreement-to-sign",
        "suspended",
        "resumed",
        "withdrawn",
        "completed",
        "completed-on-campus",
        "repair-received",
        "repair-done",
        "supply-notice",
        "due-soon",
        "overdue",
    }


def test_who_is_served_is_told_both_hotlines():
    for one in wordings().values():
        if one.audience == "customer":
            assert "hotlines" in one.zh.named() & one.en.named(), one.name


@pytest.mark.parametrize("name", ["completed", "completed-on-campus"])
def test_a_completed_customer_is_told_their_rights(name):
    body = wording(name).zh.body
    assert "办理一户、宣传一户" in body
    assert "12398" in body


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("{amount} has arrived", "it has arrived"), None),  # still in `short`
        (("takes: [amount]", "takes: [amount, day]"), "day"),
        (("takes: [amount]", "takes: []"), "amount"),
        (("已收到 {amount}", "已收到 {amount.__class__}"), "no plain name"),
        (("已收到 {amount}", "已收到 {amount!r}"), "no plain name"),
        (("已收到 {amount}", "已收到 {}"), "no plain name"),
        (("audience: customer", "audience: nobody"), "audience"),
        (("audience: customer", "audience: customer\n  colour: red"), "colour"),
        (("  en: {title: Paid", "  fr: {title: Paid"), "en"),
    ],
)
def test_a_broken_wording_is_refused_with_what_is_wrong(change, says):
    text = GOOD.replace(*change)
    assert text != GOOD
    if says is None:
        assert set(read_wordings(text)) == {"paid"}
        return
    with pytest.raises(BrokenWording) as refused:
        read_wordings(text)
    assert says in str(refused.value)


def test_a_notice_is_filled_exactly():
    one = read_wordings(GOOD)["paid"]
    with pytest.raises(WordingNotFilled):
        one.said("zh", STANDING)
    with pytest.raises(WordingNotFilled):
        one.said("zh", STANDING | {"amount": "3 元", "extra": "?"})
    with pytest.raises(UnknownWording):
        wording("nothing-like-it")


def test_what_is_said_is_never_read_as_a_wording():
    said = read_wordings(GOOD)["paid"].said("zh", {"amount": "{organisation.__class__}"})
    assert said.body == "已收到 {organisation.__class__}"


def test_a_text_message_stays_short():
    said = read_wordings(GOOD)["paid"].said("zh", {"amount": "长" * 1_000})
    assert len(said.short) == SMS_SIGNS
