"""The kind ladder: which time an act is by its day, what follows, and what cannot be meant."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongdian.policy import load_pack
from tongdian.policy.ladders import LadderWindow
from tongdian.policy.refusals import BadInput, PackError

HEAD = """
pack: acts-2026
title: {zh: 行为, en: Acts}
number: 示例〔2026〕2号
issuer: {zh: 示例大学, en: Example University}
in_force: {from: 2026-01-01}
languages: [zh, en]
scope: {zh: 校园, en: The campus}
"""
CLAUSES = """
chapters: [{id: "1", title: {zh: 行为, en: Acts}}]
clauses:
- {id: "1", in: "1", title: {zh: 喧哗, en: Noise}, says: {zh: 喧哗。, en: Noise.}, kind: duty, by: [noise]}
- {id: "2", in: "1", title: {zh: 跑动, en: Running}, says: {zh: 跑动。, en: Running.}, kind: duty, by: [noise]}
"""
RULE = """
rules:
- rule: noise
  kind: ladder
  title: {zh: 后果, en: What follows}
  marks: {again: {zh: 不改, en: not put right}}
  consequences: {word: {zh: 提醒, en: a word}, letter: {zh: 信, en: a letter}, door: {zh: 请出, en: the door}}
  versions:
  - in_force: {from: 2026-01-01}
    cite: "1"
    window: {months: 12}
    acts: {shouting: {cite: "1"}, running: {cite: "2", breaks: ["1"]}}
    steps: [{time: 1, follows: [word]}, {time: 2, follows: [letter], cite: "2"}]
    marked: {again: {follows: [door]}}
  tests:
  - {on: 2026-03-04, given: {act: [{act: shouting, on: 2026-03-04, again: true}]}, expect: {time: 1, follows: [word, door]}}
  - {on: 2026-03-05, given: {act: [{act: shouting, on: 2026-03-04}, {act: shouting, on: 2026-03-05}]}, expect: {time: 2, follows: [letter]}}
"""
ANY = RULE.replace("window: {months: 12}", "window: {months: 12}\n    counts: any_act")
DAY = dt.date(2026, 3, 4)


def pack_of(folder: Path, rule: str = RULE):
    shutil.rmtree(folder / "acts-2026", ignore_errors=True)
    (folder / "acts-2026").mkdir()
    for name, text in (("pack", HEAD), ("clauses", CLAUSES), ("conduct", rule)):
        (folder / "acts-2026" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_pack(folder / "acts-2026")


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return pack_of(tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def counting_any(tmp_path_factory):
    return pack_of(tmp_path_factory.mktemp("packs"), ANY)


def asked(pack, *acts, on=dt.date(2030, 1, 1)):
    return pack.answer("noise", on=on, given={"act": list(acts)})


def shout(day, **more):
    return {"act": "shouting", "on": day, **more}


# ------------------------------------------------------------- laws
acts = st.lists(
    st.fixed_dictionaries(
        {
            "act": st.sampled_from(["shouting", "running"]),
            "on": st.dates(dt.date(2026, 1, 1), dt.date(2029, 12, 31)),
            "again": st.booleans(),
            "withdrawn": st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(acts.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_any_order_of_entry_gives_the_same_steps(pack, entered):
    first, second = (asked(pack, *some) for some in entered)
    assert first.lines == second.lines
    assert first.value == second.value
    assert first.inputs == second.inputs


@settings(max_examples=150, deadline=None)
@given(acts, st.data())
def test_an_act_taken_back_counts_as_if_it_had_never_been_and_still_stands_in_the_lines(pack, some, data):
    taken_back = data.draw(st.integers(0, len(some) - 1))
    with_it = asked(
        pack, *({**one, "withdrawn": one["withdrawn"] or n == taken_back} for n, one in enumerate(some))
    )
    assert len(with_it.lines) == len(some)
    without = [one for n, one in enumerate(some) if n != taken_back and not one["withdrawn"]]
    if without:
        counted = [line.value for line in with_it.lines if line.value]
        assert counted == [line.value for line in asked(pack, *without).lines]
    else:
        assert with_it.value.time == 0
        assert not with_it.value.follows


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["shouting", "running"]), st.integers(0, 4)), min_size=1, max_size=9)
)
def test_where_any_act_counts_each_act_of_a_day_is_one_time_and_the_same_one_found_again_is_none(
    counting_any, found
):
    """Within one window the last day is the time that there are different pairs of act and day."""
    rows = [{"act": act, "on": DAY + dt.timedelta(days=day)} for act, day in found]
    answer = asked(counting_any, *rows)
    assert answer.value.time == len(set(found))
    assert [int(line.value) for line in answer.lines] == [
        len({one for one in found if one[1] <= day}) for _, day in sorted(found, key=lambda one: one[1])
    ]


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)), st.integers(1, 36))
def test_a_window_is_half_open_and_never_empty(day, months):
    end = LadderWindow(months=months).end(day)
    assert end is not None
    assert day < end
    assert (end.year - day.year) * 12 + end.month - day.month == months


def test_the_academic_year_of_an_act_ends_before_the_next_one_begins():
    window = LadderWindow(year_from=(9, 1))
    assert window.end(dt.date(2026, 8, 31)) == dt.date(2026, 9, 1)
    assert window.end(dt.date(2026, 9, 1)) == dt.date(2027, 9, 1)


def test_twelve_months_from_a_leap_day_end_on_the_last_of_february():
    assert LadderWindow(months=12).end(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)  # 民法典 202


# ------------------------------------------------------------- one subject
def test_twelve_months_later_to_the_day_it_is_a_first_time_again(pack):
    on_the_day = asked(pack, shout(DAY), shout(dt.date(2027, 3, 4)))
    the_day_before = asked(pack, shout(DAY), shout(dt.date(2027, 3, 3)))
    assert [line.value for line in on_the_day.lines] == [1, 1]
    assert [line.value for line in the_day_before.lines] == [1, 2]


def test_each_act_is_counted_by_itself(pack):
    answer = asked(pack, shout(DAY), {"act": "running", "on": dt.date(2026, 3, 5)})
    assert answer.value.time == 1
    assert [one.id for one in answer.value.follows] == ["word"]


def test_what_follows_is_that_of_the_last_day_known(pack):
    """On 5 March nobody knows of 6 March; that something is left out is said."""
    answer = asked(pack, shout(DAY), shout(dt.date(2026, 3, 6)), on=dt.date(2026, 3, 5))
    assert answer.value.time == 1
    assert [warning.en for warning in answer.warnings] == ["1 acts after that day are left out"]


def test_every_consequence_carries_the_clause_that_says_so(pack):
    answer = asked(pack, shout(DAY), shout(dt.date(2026, 3, 5), again="true"))
    assert [(one.id, one.cite) for one in answer.value.follows] == [("letter", ("2",)), ("door", ("1",))]
    assert answer.say("en") == (
        "What follows time 2: a letter; the door; Noise; under 示例〔2026〕2号 Article 1, Article 2; as in force on 2030-01-01"
    )
    assert answer.say("zh").startswith("后果 第 2 次：信、请出；喧哗；依据")


def test_an_answer_is_plain_data(pack):
    said = asked(pack, shout(DAY)).to_json()
    assert said["value"] == {
        "time": 1,
        "follows": [{"id": "word", "title": {"zh": "提醒", "en": "a word"}, "cite": ["1"]}],
    }
    assert said["inputs"] == {"act": [{"act": "shouting", "on": "2026-03-04"}]}


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ("shouting", "act"),
        ([{"act": "whispering", "on": "2026-03-04"}], "act[0].act"),
        ([{"act": "shouting"}], "act[0].on"),
        ([{"act": "shouting", "on": "2026-03-04", "loud": "true"}], "act[0]"),
        ([], "act"),
        ([{"act": "shouting", "on": "2026-03-04"}] * 1001, "act"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(pack, rows, name):
    with pytest.raises(BadInput) as refused:
        pack.answer("noise", on=DAY, given={"act": rows})
    assert refused.value.facts["name"] == name


# ------------------------------------------------------------- what cannot be meant
@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        ("time: 2, follows", "time: 1, follows", "begin with time: 1 and rise"),
        ("time: 1, follows", "time: 3, follows", "begin with time: 1 and rise"),
        ("follows: [door]", "follows: [window]", '"window" has no name'),
        ("marked: {again:", "marked: {never:", 'no mark "never"'),
        ("marks: {again:", "marks: {withdrawn:", 'every act has "withdrawn"'),
        ('breaks: ["1"]', 'breaks: ["9"]', 'no clause "9"'),
        ('running: {cite: "2"', 'running: {cite: "7"', 'no clause "7"'),
        ("window: {months: 12}", "window: {months: 0}", "1 to 1200 months"),
        ("window: {months: 12}", "window: {months: 12, year_from: 09-01}", "not both"),
        ("window: {months: 12}", 'acts_of: {loud: "1"}', 'no ladder "loud"'),
        ("window: {months: 12}", 'acts_of: {noise: "1"}', "is named twice"),
        ("window: {months: 12}", "nothing: {zh: 无, en: none}", "nothing: that none is laid down"),
        ("window: {months: 12}", "window: {months: {by: span, of: {a: 1}}}", "options of span"),
        ('acts: {shouting: {cite: "1"}', 'acts: {shouting: {cite: "1", when: loud}', "loud"),
        (
            'acts: {shouting: {cite: "1"}',
            'acts: {shouting: {cite: "1", counts_as: crying}',
            'no act "crying"',
        ),
        (
            "consequences: {word",
            "consequences_of: noise\n  consequences: {word",
            "consequences_of names a ladder",
        ),
        (
            "[{time: 1, follows: [word]}",
            "[{time: 1, follows: [word]}, {time: 1, follows: [word]}",
            "and rise",
        ),
        (", follows: [word, door]}}", "}}", 'no example comes to "door"'),
        (", follows: [letter]}}", "}}", 'no example comes to "letter"'),
    ],
)
def test_a_ladder_that_cannot_be_meant_is_refused(tmp_path, written, instead, says):
    text = RULE.replace(written, instead, 1)
    assert text != RULE
    with pytest.raises(PackError) as refused:
        pack_of(tmp_path, text)
    assert says in refused.value.say("en")


LOUD = """
- rule: loud
  kind: ladder
  title: {zh: 大声, en: Loud}
  consequences_of: noise
  versions:
  - in_force: {from: 2026-01-01}
    cite: "2"
    some_acts_of: {noise: {shouting: "2"}}
    steps: [{time: 1, follows: [letter]}]
  tests:
  - {on: 2026-03-04, given: {act: [{act: shouting, on: 2026-03-04}]}, expect: {time: 1, follows: [letter]}}
"""


def test_a_ladder_counts_single_acts_of_another_and_no_other_of_it(tmp_path):
    pack = pack_of(tmp_path, RULE + LOUD)
    answer = pack.answer("loud", on=DAY, given={"act": [shout(DAY)]})
    assert (answer.value.time, answer.cite) == (1, ("1", "2"))
    with pytest.raises(BadInput):
        pack.answer("loud", on=DAY, given={"act": [{"act": "running", "on": DAY}]})


@pytest.mark.parametrize(
    ("instead", "says"),
    [('noise: {whispering: "2"}', 'no act "whispering"'), ('noises: {shouting: "2"}', 'no ladder "noises"')],
)
def test_a_single_act_of_another_ladder_has_to_stand_in_it(tmp_path, instead, says):
    with pytest.raises(PackError) as refused:
        pack_of(tmp_path, RULE + LOUD.replace('noise: {shouting: "2"}', instead))
    assert says in refused.value.say("en")


def test_an_example_that_comes_out_otherwise_is_refused(tmp_path):
    with pytest.raises(PackError, match="time"):
        pack_of(tmp_path, RULE.replace("expect: {time: 2", "expect: {time: 3"))
