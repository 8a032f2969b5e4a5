"""What a bundle counted is bound to cases before anybody knows which will be asked for; the draw is the receiver's, and
who shows other cases, or none, is found."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import pytest
from django.conf import settings as ours
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_viewer
from tests.supervision.conftest import at, d, make_nation
from tests.supervision.test_bundles import Log, body, take, trust
from tests.supervision.test_counting import counted, here, opened_shops
from tongdian.audit_log.actions import make_checkpoint, seal_entries
from tongdian.audit_log.rules import Signer
from tongdian.policy.measures import Histogram
from tongdian.supervision.actions import filing, sampling
from tongdian.supervision.bundles import SAMPLE_FORMAT, ForgedBundle, NotABundle, opened, sealed
from tongdian.supervision.models import SampleAnswer, SupervisionFinding, TakenBundle
from tongdian.supervision.queries.counting import with_bundles
from tongdian.supervision.queries.populations import population_behind, shown_of
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.queries.sampling import bundles_behind, sample_of
from tongdian.supervision.queries.sending import body_of
from tongdian.supervision.refusing.bundles import (
    AnswerMisdated,
    BundleMisdated,
    CasesDiffer,
    CasesUnsaid,
    ChoicesUnknown,
    FiguresUnsaid,
    OtherCheckpoint,
    OtherDraw,
    OthersFigures,
    SampleAnswered,
    UnknownBundle,
)
from tongdian.supervision.samples import (
    at_positions,
    counted_cases,
    draw_positions,
    figures_of,
    is_part,
    positions,
    sample_seed,
)

SEED = b"\x07" * 32
DAY = "2026-07-05"


# ------------------------------------------------------------- positions
counts = st.integers(0, 3)


@st.composite
def histograms(draw):
    cases = draw(st.dictionaries(st.integers(0, 30), counts, max_size=4))
    return Histogram(
        cases, {day: draw(st.integers(0, n)) for day, n in cases.items()}, exempt=draw(counts),
        late_open=draw(counts), undecided=draw(counts), withdrawn=draw(counts),
        unlimited=draw(st.dictionaries(st.integers(0, 30), counts, max_size=3)),
    )  # fmt: skip


several = st.dictionaries(
    st.sampled_from(["indicator-3-1", "indicator-4"]),
    st.dictionaries(st.sampled_from(["450305", "450311"]), histograms(), max_size=2),
    max_size=2,
)


@given(several)
def test_every_counted_case_has_one_position_and_the_figures_say_what_it_comes_to(figures):
    listed = [counted for counted, count in positions(figures) for _ in range(count)]
    assert len(listed) == counted_cases(figures)
    assert at_positions(figures, range(len(listed))) == dict(enumerate(listed))
    assert counted_cases(figures) == sum(
        sum(one.cases.values()) + one.exempt + one.late_open + one.undecided + one.withdrawn + one.no_limit
        for places in figures.values()
        for one in places.values()
    )


@given(several, several)
def test_one_is_a_part_of_the_sum(one, other):
    whole = {
        key: {
            place: one.get(key, {}).get(place, Histogram()) + other.get(key, {}).get(place, Histogram())
            for place in {*one.get(key, {}), *other.get(key, {})}
        }
        for key in {*one, *other}
    }
    assert is_part(one, whole)
    assert is_part(whole, one) == (counted_cases(other) == 0)


@given(st.text(max_size=5), st.integers(1, 500), st.integers(1, 50))
def test_who_knows_the_seed_draws_the_same_and_none_twice(seed, size, most):
    drawn = draw_positions(seed, size=size, most=most)
    assert drawn == draw_positions(seed, size=size, most=most)
    assert len(drawn) == len(set(drawn)) == min(size, most)
    assert all(0 <= one < size for one in drawn)
    assert drawn == draw_positions(seed, size=size, most=most + 1)[: len(drawn)]


def test_the_draw_rests_on_what_the_receiver_signed():
    note = Log(SEED, 5).note()
    cosigned = [note + Signer(bytes([n]) * 32).cosignature(note, at=at(DAY)) for n in (1, 2)]
    seeds = {sample_seed(cosigned=one, digest="0" * 64) for one in cosigned}
    assert len(seeds) == 2


# ------------------------------------------------------------- from the sender to the receiver
@pytest.fixture(scope="module")
def sent_once(django_db_setup, django_db_blocker):
    """Yanshan counts three shops, reviews annex 2 and sends it; the city takes it. Made once, rolled back in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        nation = make_nation(make_viewer)
        figures = reviewed(nation)
        text = bundle_text(nation)
        trust(nation, SimpleNamespace(signer=Signer(ours.AUDIT_SIGNING_KEY)))
        yield SimpleNamespace(nation=nation, text=text, figures=figures, bundle=take(nation, text, day=DAY))
        transaction.set_rollback(True)


@pytest.fixture
def sent(sent_once):
    """As it was made: what a test does to it is taken back."""
    with transaction.atomic():
        bundle = TakenBundle.objects.get(pk=sent_once.bundle.pk)
        yield SimpleNamespace(**{**vars(sent_once), "bundle": bundle})
        transaction.set_rollback(True)


def reviewed(nation):
    """Yanshan counts three shops, fills in annex 2 by them, and a second person reviews it."""
    opened_shops(nation)
    figures = counted(nation, day=DAY)
    who = nation.who["yanshan"]
    standing = here(nation, day=DAY)
    cells = whole(standing.form, proposed(standing, as_of=d(DAY)))
    version = filing.fill_in(
        viewer=who.clerk, organisation=nation.yanshan, form="annex-2", period="2026-H1", cells=cells, at=at(DAY),
        contact="0773-1234567",
    )  # fmt: skip
    filing.review(viewer=who.officer, version=version, at=at(DAY))
    seal_entries()
    return figures


def whole(form, cells):
    """What nothing is known of is missing, with the reason; what was not kept says why."""
    for line in form.rule.lines(form.pack, form.version):
        row = cells.setdefault(line.key, {})
        for column in ("due_areas", "done_areas"):
            has_cell = form.rule.cell(form.version, line, column) is not None  # what goes on has no areas
            if has_cell and not row.get(column, {}).get("value"):
                row[column] = {"status": "M", "why": "另行查明"}
        row["reason"] = {"value": "逾期一件"}
    return cells


def bundle_text(nation, **other):
    made = body_of(here(nation, day=DAY), make_checkpoint(at=at(DAY)), begins=0, made=d(DAY))
    return sealed({**made, **other}, ours.AUDIT_SIGNING_KEY)


def answer_to(sent, **other):
    """As `tongdian submit answer` makes it; with `other` cases as a cheat would."""
    bundle = opened(sent.text.encode())
    population = population_behind(bundle.body["committed"])
    drawn = sample_of(sent.bundle, here_form(sent)).drawn
    said = {
        "format": SAMPLE_FORMAT, "office": "YSQ", "verifier": bundle.verifier, "made": DAY, "bundle": bundle.digest,
        "seen": sent.bundle.cosigned, "cases": shown_of(population, list(drawn), size=bundle.head.size),
    }  # fmt: skip
    return copy.deepcopy({**said, **other})


def here_form(sent):
    return filing.form_for(sent.bundle.version.filing.organisation, "annex-2", d(DAY))


def shown(nation, said, day="2026-07-08", key=None):
    return sampling.take_sample(
        viewer=nation.who["city"].officer, office=nation.city, at=at(day),
        data=sealed(said, key or ours.AUDIT_SIGNING_KEY).encode(),
    )  # fmt: skip


def test_the_cases_that_were_drawn_come_to_what_the_bundle_said(sent):
    assert sent.bundle.committed["size"] == counted_cases(figures_of(sent.figures.indicators))
    assert sent.bundle.answer_by == d("2026-07-15")  # ten days
    kept = shown(sent.nation, answer_to(sent))
    assert kept.problems == []
    assert not SupervisionFinding.objects.exists()
    with pytest.raises(SampleAnswered):
        shown(sent.nation, answer_to(sent), day="2026-07-09")


def test_nothing_of_people_travels_and_no_number_of_a_case(sent):
    text = json.dumps(answer_to(sent), ensure_ascii=False)
    for word in ("clerk", "officer", "GD-2026", "account:", "applicant:"):
        assert word not in text


def test_a_case_that_was_made_to_fit_is_not_among_those_the_bundle_stands_for(sent):
    said = answer_to(sent)
    late = next(one for one in said["cases"] if late_of(sent, one))
    late["rows"]["case"][0]["applied"] = "2026-03-09"
    kept = shown(sent.nation, said)
    why = [one["en"] for one in kept.problems if one["position"] == late["position"]]
    assert any("not among the cases" in one for one in why)
    [finding] = SupervisionFinding.objects.all()
    assert (finding.organisation, finding.about, finding.kind) == (
        sent.nation.city,
        sent.nation.yanshan,
        "figures",
    )
    assert finding.gravity == "serious"
    assert finding.clause == "附件2"


def late_of(sent, shown_case):
    counted_as = sample_of(sent.bundle, here_form(sent)).drawn[shown_case["position"]]
    return counted_as.outcome == "not_met"


def test_a_bundle_that_counts_a_late_case_as_in_time_is_found_by_its_own_case(sent):
    """The figures say that all three kept their limit: the tree is honest, what its cases come to is not."""
    forged = copy.deepcopy(sent.bundle.committed)
    for places in forged["indicators"].values():
        for one in places.values():
            for days, count in one["cases"].items():
                one["within"][days] = count
    sent.bundle.committed = forged
    sample = sample_of(sent.bundle, here_form(sent))
    from tongdian.rulebook import queries as rulebook
    from tongdian.supervision.queries.sampling import problems_of

    rows = answer_to(sent)["cases"]
    found = problems_of(sample, rows, rulebook.pack("nea-2021-37"), here(sent.nation, day=DAY).period)
    assert any("the bundle counted it as" in one.why.en for one in found)


def test_a_log_that_does_not_hold_the_case_is_named(sent):
    said = answer_to(sent)
    said["cases"][0]["logged"] = []
    said["cases"][1]["logged"][0]["proof"] = []
    said["cases"][2]["logged"][0]["at"] = "2026-07-31"  # after the day of the checkpoint that holds it
    kept = shown(sent.nation, said)
    why = {one["position"]: one["en"] for one in kept.problems}
    assert why[said["cases"][0]["position"]] == "no entry of the log is about it"
    assert "is not in the sender's log" in why[said["cases"][1]["position"]]
    assert "witnessed checkpoints" in why[said["cases"][2]["position"]]


@pytest.mark.parametrize(
    "rows",
    [{}, {"case": []}, {"case": [{"case": "x"}]}, {"../../etc": [{}]}, {"case": [{"case": "x", "region": "999999"}], "stay": [{"q": "'"}]}],
)  # fmt: skip
def test_rows_that_nobody_can_judge_are_a_problem_and_no_error(sent, rows):
    said = answer_to(sent)
    said["cases"][0]["rows"] = rows
    kept = shown(sent.nation, said)
    assert any("not counted" in one["en"] for one in kept.problems)


def test_other_cases_than_were_drawn_another_key_and_an_unknown_bundle_are_refused(sent):
    said = answer_to(sent)
    with pytest.raises(OtherDraw):
        shown(sent.nation, {**said, "cases": said["cases"][:-1]})
    with pytest.raises(OtherDraw):
        shown(sent.nation, {**said, "cases": [*said["cases"], said["cases"][0]]})
    with pytest.raises(ForgedBundle):
        shown(sent.nation, said, key=SEED)
    other = Log(SEED, 3).signer.verifier
    with pytest.raises(ForgedBundle):
        shown(sent.nation, {**said, "verifier": other}, key=SEED)
    with pytest.raises(UnknownBundle):
        shown(sent.nation, {**said, "bundle": "0" * 64})
    with pytest.raises(NotABundle):
        shown(sent.nation, {**said, "cases": []})
    assert not SampleAnswer.objects.exists()


def test_who_does_not_answer_by_the_day_is_found_once(sent):
    assert sampling.find_unanswered(day=d("2026-07-15"), at=at("2026-07-15")) == []
    [finding] = sampling.find_unanswered(day=d("2026-07-16"), at=at("2026-07-16"))
    assert (finding.organisation, finding.about, finding.source) == (
        sent.nation.city,
        sent.nation.yanshan,
        "return",
    )
    assert "2026-07-15" in finding.text
    assert sampling.find_unanswered(day=d("2026-07-17"), at=at("2026-07-17")) == []


def test_who_answered_in_time_is_not_found(sent):
    shown(sent.nation, answer_to(sent))
    assert sampling.find_unanswered(day=d("2026-07-30"), at=at("2026-07-30")) == []


# ------------------------------------------------------------- what a bundle may count
def test_figures_of_another_division_and_cases_that_are_not_those_of_the_figures_are_refused(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    one = Histogram({3: 2}, {3: 1}).plain()
    figures = {"on": "2021-06-30", "indicators": {"indicator-3-1": {"450305": one}}}
    with pytest.raises(OthersFigures, match="450305"):
        take(nation, sealed(body(nation, log, figures=figures), SEED))
    figures = {"on": "2021-06-30", "indicators": {"indicator-3-1": {"450311": one}}}
    committed = {"size": 3, "root": "0" * 64, "indicators": figures["indicators"], "choices": {}}
    with pytest.raises(CasesDiffer):  # two cases are counted, three are stood for
        take(nation, sealed(body(nation, log, figures=figures, committed=committed), SEED))
    more = {"indicator-3-1": {"450311": Histogram({3: 3}, {3: 1}).plain()}}
    with pytest.raises(CasesDiffer):  # three are stood for, of which the figures count two
        take(
            nation,
            sealed(body(nation, log, figures=figures, committed={**committed, "indicators": more}), SEED),
        )
    odd = {"on": "2021-06-30", "indicators": {"indicator-3-1": {"450311": {**one, "within": {"3": 5}}}}}
    with pytest.raises(NotABundle):  # more within than there are
        take(nation, sealed(body(nation, log, figures=odd), SEED))
    take(nation, sealed(body(nation, log, figures=figures, committed={**committed, "size": 2}), SEED))


def returned(sent):
    city = sent.nation.who["city"].officer
    filing.send_back(
        viewer=city, office=sent.nation.city, version=sent.bundle.version, reason="更正", at=at(DAY)
    )


def test_who_counted_cases_says_which_and_what_a_cell_counts_is_among_the_figures(sent):
    """The figures count the county's three shops: whoever leaves out which they are could be asked for none."""
    returned(sent)
    before = TakenBundle.objects.count()
    plain = opened(sent.text.encode()).body
    for other, refusal in (
        ({"committed": None}, CasesUnsaid),
        ({"committed": None, "figures": {}}, FiguresUnsaid),
        ({"committed": {**plain["committed"], "choices": {"a": "b"}}}, ChoicesUnknown),
        ({"made": "2099-01-01"}, BundleMisdated),
    ):
        text = sealed({**plain, "number": plain["number"] + 1, **other}, ours.AUDIT_SIGNING_KEY)
        with pytest.raises(refusal):
            take(sent.nation, text, day=DAY)
    assert TakenBundle.objects.count() == before


def test_another_version_does_not_take_back_what_was_drawn_from_the_one_before(sent):
    """Who sends again is drawn from again, and owes both answers."""
    city = sent.nation.who["city"].officer
    filing.send_back(
        viewer=city, office=sent.nation.city, version=sent.bundle.version, reason="更正", at=at(DAY)
    )
    plain = opened(sent.text.encode()).body
    again = take(
        sent.nation, sealed({**plain, "number": plain["number"] + 1}, ours.AUDIT_SIGNING_KEY), day=DAY
    )
    assert bundles_behind(again.version) == [again, sent.bundle]
    found = sampling.find_unanswered(day=d("2026-07-16"), at=at("2026-07-16"))
    assert {one.origin for one in found} == {f"sample:{again.digest}", f"sample:{sent.bundle.digest}"}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"seen": "x"}, OtherCheckpoint),
        ({"made": "2026-07-01"}, AnswerMisdated),
        ({"made": "2026-07-09"}, AnswerMisdated),
        ({"made": "0001-01-01"}, NotABundle),
    ],
)
def test_an_answer_rests_on_the_cosigned_checkpoint_and_says_when_it_was_made(sent, changed, refusal):
    with pytest.raises(refusal):
        shown(sent.nation, answer_to(sent, **changed))
    assert not SampleAnswer.objects.exists()


def test_an_entry_is_not_made_before_anything_of_its_case_happened(sent):
    said = answer_to(sent)
    said["cases"][0]["logged"][0]["at"] = "1999-12-31"
    [problem] = shown(sent.nation, said).problems
    assert "before the case itself" in problem["en"]


def test_what_bundles_counted_is_added_by_the_office_above_and_a_division_counted_here_is_not_taken_twice(
    nation,
):
    """Yanshan's cases are here; Qixing sends two by bundle, one late. The city counts all, and its own once."""
    opened_shops(nation)
    log = Log(SEED, 5)
    trust(nation, log, "qixing")
    late = Histogram({3: 1, 9: 1}, {3: 1})
    said = {"on": "2026-06-30", "indicators": {"indicator-3-1": {"450305": late.plain()}}}
    committed = {"size": 2, "root": "0" * 64, "indicators": said["indicators"], "choices": {}}
    made = body(
        nation, log, office="QXQ", figures=said, committed=committed, made=DAY, period="2026-H1"
    ) | annex_2(nation)
    taken = take(nation, sealed(made, SEED), day=DAY)
    before = counted(nation, "city", day=DAY)
    assert set(before.indicators["indicator-3-1"]) == {"450311"}  # it was not accepted yet
    filing.accept(viewer=nation.who["city"].officer, office=nation.city, version=taken.version, at=at(DAY))
    after = counted(nation, "city", day=DAY)
    places = figures_of(after.indicators)["indicator-3-1"]
    assert places["450305"] == late
    assert places["450311"] == figures_of(before.indicators)["indicator-3-1"]["450311"]
    assert after.below == [{"office": "QXQ", "digest": taken.digest, "left_out": []}]
    assert counted_cases(figures_of(after.population.indicators)) == after.population.size  # its own alone
    assert set(after.population.indicators["indicator-3-1"]) == {"450311"}


def test_a_division_whose_cases_are_here_is_counted_here():
    own = {"indicator-3-1": {"450311": Histogram({3: 1}, {3: 1})}}
    brought = {"450305": Histogram({9: 1}).plain(), "450311": Histogram({9: 5}).plain()}
    bundle = SimpleNamespace(
        figures={"indicators": {"indicator-3-1": brought}},
        organisation=SimpleNamespace(short="GLS"),
        digest="d",
    )
    whole, told = with_bundles(own, [bundle])
    assert whole["indicator-3-1"] == {"450311": Histogram({3: 1}, {3: 1}), "450305": Histogram({9: 1})}
    assert told == [{"office": "GLS", "digest": "d", "left_out": ["450311"]}]


def annex_2(nation):
    form = filing.form_for(nation.qixing, "annex-2", d(DAY))
    standing = here(nation, "qixing", day=DAY)
    cells = whole(form, proposed(standing, as_of=d(DAY)))
    kept = filing.checked_cells(form, nation.qixing, cells)
    return {
        "form": "annex-2", "cells": kept, "hash": filing.hash_of([kept, [], {}]), "pack_hash": form.pack.content_hash,
    }  # fmt: skip


def test_nobody_takes_an_answer_for_an_office_that_is_not_his(sent):
    from tongdian.allowed import NotAllowed

    with pytest.raises(NotAllowed):
        sampling.take_sample(
            viewer=sent.nation.who["qixing"].officer, office=sent.nation.city, at=at("2026-07-08"),
            data=sealed(answer_to(sent), ours.AUDIT_SIGNING_KEY).encode(),
        )  # fmt: skip


# ------------------------------------------------------------- the page
def test_the_page_says_what_was_drawn_gives_the_checkpoint_and_takes_the_answer(sent, client):
    client.force_login(sent.nation.who["city"].officer)
    address = f"/supervision/returns/{sent.nation.yanshan.pk}/annex-2/2026-H1/"
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    drawn = sample_of(sent.bundle, here_form(sent)).drawn
    assert f"{len(drawn)} of the {sent.bundle.committed['size']} cases" in page
    assert "not answered" in page  # the fifteenth of July is long ago
    seen = client.post(f"{address}sample/checkpoint/")
    assert seen.content.decode() == sent.bundle.cosigned
    from django.core.files.uploadedfile import SimpleUploadedFile

    said = answer_to(sent)
    said["cases"][0]["logged"] = []
    file = SimpleUploadedFile("answer.json", sealed(said, ours.AUDIT_SIGNING_KEY).encode())
    client.post(f"{address}sample/", {"file": file})
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "does not agree" in page
    assert "no entry of the log is about it" in page
    assert SupervisionFinding.objects.get().number in page
    client.force_login(sent.nation.who["qixing"].officer)
    assert client.post(f"{address}sample/", {"file": file}).status_code in (403, 404)
    assert client.post(f"{address}sample/checkpoint/").status_code in (403, 404)
