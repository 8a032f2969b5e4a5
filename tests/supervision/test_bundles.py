"""Returns between installations: signed, unbroken, taken once; a forged and a split history are refused in words and
nothing is changed."""

from __future__ import annotations

import base64
import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.supervision.conftest import at, benefits, cells_of, d, filed
from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.audit_log.rules import Signer, TreeHead
from tongdian.audit_log.tree import MemoryTree, consistency_proof, leaf_hash, root
from tongdian.plain_text import NotPlainText
from tongdian.policy.refusals import Refusal
from tongdian.supervision.actions import filing, taking
from tongdian.supervision.bundles import ForgedBundle, NotABundle, SplitHistory, opened, sealed
from tongdian.supervision.models import FiledReturn, ReturnStep, ReturnVersion, TakenBundle, WitnessedHead
from tongdian.supervision.queries import filings
from tongdian.supervision.refusing import BadCell, ChecksFail, NotOpenYet, PeriodClosed
from tongdian.supervision.refusing.bundles import (
    BundleTaken,
    NotTheReceiver,
    OlderBundle,
    OtherRevision,
    SenderDiffers,
    UnknownSender,
)
from tongdian.supervision.rules import ReturnState

H1 = "2021-H1"
SEED, OTHER = b"\x07" * 32, b"\x08" * 32


class Log:
    """The log of a county elsewhere, grown as it likes."""

    def __init__(self, seed: bytes, entries: int, *, says: str = "entry") -> None:
        self.signer, self.tree = Signer(seed), MemoryTree()
        self.grow(entries, says)

    def grow(self, entries: int, says: str = "entry") -> None:
        for _ in range(entries):
            self.tree.append(leaf_hash(f"{says} {self.tree.size}".encode()))

    def head(self) -> TreeHead:
        return TreeHead(self.tree.size, root(self.tree.node, size=self.tree.size))

    def note(self) -> str:
        return self.signer.sign(self.head(), at=at("2021-07-10"))

    def proof(self, since: int) -> list[str]:
        if not 0 < since < self.tree.size:
            return []
        return [one.hex() for one in consistency_proof(self.tree.node, old_size=since, size=self.tree.size)]


def body(nation, log, *, number=1, cells=None, since=0, seen=(), **other):
    form = filing.form_for(nation.yanshan, "annex-3", d("2021-07-10"))
    kept = filing.checked_cells(form, nation.yanshan, cells or cells_of(form, **benefits(12, 3)))
    return {
        "format": "tongdian bundle 1", "office": "YSQ", "verifier": log.signer.verifier, "pack": form.pack.id,
        "pack_hash": form.pack.content_hash, "form": "annex-3", "period": H1, "number": number, "cells": kept,
        "absent": [], "remarks": {}, "figures": {}, "hash": filing.hash_of([kept, [], {}]), "made": "2021-07-10",
        "checkpoint": log.note(), "begins": since, "proof": log.proof(since), "seen": list(seen), **other,
    }  # fmt: skip


def trust(nation, log, name="yanshan", above="city"):
    return taking.trust_sender(
        viewer=nation.who[above].officer, office=getattr(nation, above), organisation=getattr(nation, name),
        verifier=log.signer.verifier, paper="电话核对记录 3", at=at("2021-07-01"),
    )  # fmt: skip


def take(nation, text, day="2021-07-11", above="city"):
    data = text if isinstance(text, bytes) else text.encode()
    return taking.take_bundle(
        viewer=nation.who[above].officer, office=getattr(nation, above), data=data, at=at(day)
    )


def nothing_changed(before):
    return before == (FiledReturn.objects.count(), ReturnVersion.objects.count(), TakenBundle.objects.count(), WitnessedHead.objects.count())  # fmt: skip


def counts():
    return (FiledReturn.objects.count(), ReturnVersion.objects.count(), TakenBundle.objects.count(), WitnessedHead.objects.count())  # fmt: skip


def test_a_bundle_lies_with_the_receiver_as_if_it_had_been_filed_here(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    taken = take(nation, sealed(body(nation, log), SEED))
    form = filing.form_for(nation.city, "annex-3", d("2021-07-11"))
    here = filings.standing(form, nation.yanshan, H1, as_of=d("2021-07-11"))
    assert (here.state, here.is_on_time) == (ReturnState.SUBMITTED, True)
    assert here.newest.cells["beneficiaries"]["total"]["value"] == "15"
    filing.accept(
        viewer=nation.who["city"].officer, office=nation.city, version=here.newest, at=at("2021-07-12")
    )
    assert taken.cosigned.startswith(log.note().rstrip("\n"))


def test_a_forged_one_is_refused_and_nothing_is_changed(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    before = counts()
    honest = json.loads(sealed(body(nation, log), SEED))
    honest["body"]["cells"]["beneficiaries"]["total"]["value"] = "99"
    with pytest.raises(ForgedBundle):
        take(nation, json.dumps(honest))
    with pytest.raises(ForgedBundle):  # signed by another key than it names
        take(nation, sealed(body(nation, log), OTHER))
    with pytest.raises(UnknownSender):  # by its own key, which nobody entered
        take(nation, sealed(body(nation, Log(OTHER, 5)), OTHER))
    with pytest.raises(SenderDiffers):
        take(nation, sealed(body(nation, log, office="QXQ"), SEED))
    with pytest.raises(ForgedBundle):  # whose checkpoint another signed
        take(nation, sealed(body(nation, log, checkpoint=Log(OTHER, 5).note()), SEED))
    assert nothing_changed(before)


def test_a_key_that_was_replaced_signs_no_more(nation):
    old, new = Log(SEED, 5), Log(OTHER, 5)
    trust(nation, old)
    taking.trust_sender(
        viewer=nation.who["city"].officer, office=nation.city, organisation=nation.yanshan,
        verifier=new.signer.verifier, paper="换机通知", at=at("2021-07-05"),
    )  # fmt: skip
    with pytest.raises(UnknownSender):
        take(nation, sealed(body(nation, old), SEED))
    take(nation, sealed(body(nation, new), OTHER))


def test_the_same_is_taken_once_and_an_older_one_not_after_a_newer(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    second = sealed(body(nation, log, number=2), SEED)
    taken = take(nation, second)
    with pytest.raises(BundleTaken):
        take(nation, second)
    filing.send_back(
        viewer=nation.who["city"].officer,
        office=nation.city,
        version=taken.version,
        reason="少一户",
        at=at("2021-07-12"),
    )
    with pytest.raises(OlderBundle):
        take(nation, sealed(body(nation, log, number=1), SEED))
    log.grow(3)
    again = take(nation, sealed(body(nation, log, number=3, since=5), SEED), day="2021-07-13")
    assert again.version.number == 2


def test_what_does_not_add_up_is_refused_by_the_receiver_s_own_arithmetic(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    form = filing.form_for(nation.yanshan, "annex-3", d("2021-07-10"))
    before = counts()
    with pytest.raises(ChecksFail):
        take(
            nation, sealed(body(nation, log, cells=cells_of(form, **(benefits(12, 3) | {"total": 16}))), SEED)
        )
    with pytest.raises(OtherRevision):
        take(nation, sealed(body(nation, log, pack_hash="0" * 64), SEED))
    bad = body(nation, log)
    bad["cells"]["beneficiaries"]["total"]["value"] = "many"
    with pytest.raises(BadCell):
        take(nation, sealed(bad, SEED))
    assert nothing_changed(before)


# ------------------------------------------------------------- one history
def taken_once(nation, log):
    trust(nation, log)
    taken = take(nation, sealed(body(nation, log), SEED))
    filing.send_back(
        viewer=nation.who["city"].officer,
        office=nation.city,
        version=taken.version,
        reason="重报",
        at=at("2021-07-12"),
    )


def test_a_log_that_was_rewritten_or_cut_off_is_refused(nation):
    taken_once(nation, Log(SEED, 5))
    rewritten = Log(SEED, 5, says="another")
    with pytest.raises(SplitHistory, match="two roots"):
        take(nation, sealed(body(nation, rewritten, number=2), SEED))
    rewritten.grow(4)
    with pytest.raises(SplitHistory, match="nothing proves"):
        take(nation, sealed(body(nation, rewritten, number=2, since=5), SEED))
    with pytest.raises(SplitHistory):
        take(nation, sealed(body(nation, Log(SEED, 4), number=2), SEED))
    honest = Log(SEED, 9)
    with pytest.raises(SplitHistory):  # without the proof
        take(nation, sealed(body(nation, honest, number=2), SEED))
    take(nation, sealed(body(nation, honest, number=2, since=5), SEED), day="2021-07-13")


def test_a_history_that_was_shown_otherwise_to_somebody_else_comes_to_light(nation):
    """Yanshan shows the city one log of five entries and Qixing another; Qixing's next bundle carries what it saw."""
    taken_once(nation, Log(SEED, 5))
    other, qixing = Log(SEED, 5, says="for others"), Log(OTHER, 3)
    trust(nation, qixing, "qixing")
    seen = [{"verifier": other.signer.verifier, "note": other.note()}]
    with pytest.raises(SplitHistory):
        take(nation, sealed(body(nation, qixing, office="QXQ", seen=seen), OTHER))
    agreed = [{"verifier": SAME.signer.verifier, "note": SAME.note()}]
    take(nation, sealed(body(nation, qixing, office="QXQ", seen=agreed), OTHER))


SAME = Log(SEED, 5)


def test_what_was_seen_of_others_is_kept_and_travels_on(nation):
    from tongdian.supervision.queries.sending import newest_seen

    qixing = Log(OTHER, 3)
    trust(nation, qixing, "qixing")
    take(nation, sealed(body(nation, qixing, office="QXQ", seen=[{"verifier": SAME.signer.verifier, "note": SAME.note()}]), OTHER))  # fmt: skip
    assert {one["verifier"] for one in newest_seen()} == {SAME.signer.verifier, qixing.signer.verifier}


# ------------------------------------------------------------- odd files
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"body": {}, "signature": ""}',
        b'{"body": 1.5, "signature": "AA=="}',
        b"[" * 5000,
    ],
)
def test_what_is_no_bundle_is_refused_in_words(data):
    with pytest.raises(NotABundle) as refused:
        opened(data)
    assert refused.value.say("zh")


@pytest.mark.parametrize(
    "wrong",
    [
        {"cells": {"beneficiaries": []}}, {"cells": {"beneficiaries": {"residents": "5"}}},
        {"cells": {"beneficiaries": {"residents": {"value": 5}}}}, {"number": -1}, {"number": 2**70}, {"number": True},
        {"absent": [1]}, {"absent": [{"x": "y"}]}, {"absent": [{"organisation": ["x"], "why": {}}]},
        {"remarks": {"k": {"deep": [1]}}}, {"remarks": {"k": "x" * 501}}, {"made": "x" * 100_000}, {"seen": [{}]},
        {"begins": -1}, {"proof": [5]}, {"hash": "x"}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_signed_body_of_another_shape_is_refused_before_anything_is_kept(nation, wrong):
    """It can never be changed afterwards: a page would fail on it for ever."""
    log = Log(SEED, 5)
    trust(nation, log)
    before = counts()
    with pytest.raises(NotABundle):
        take(nation, sealed(body(nation, log) | wrong, SEED))
    assert nothing_changed(before)


@pytest.mark.parametrize(("day", "refusal"), [("2021-06-30", NotOpenYet), ("2021-08-16", PeriodClosed)])
def test_a_bundle_keeps_the_days_of_filing(nation, day, refusal):
    log = Log(SEED, 5)
    trust(nation, log)
    with pytest.raises(refusal):
        take(nation, sealed(body(nation, log), SEED), day=day)


@pytest.mark.parametrize(
    "twice",
    [
        lambda text: text.replace('"form": "annex-3"', '"form": "annex-2", "form": "annex-3"'),
        lambda text: '{"body": {}, ' + text[1:],
        lambda text: text[:-1] + ', "evil": 1}',
    ],
)
def test_a_file_in_which_two_readers_see_different_things_is_no_bundle(nation, twice):
    text = sealed(body(nation, Log(SEED, 5)), SEED)
    assert opened(text.encode()).body["form"] == "annex-3"
    assert twice(text) != text
    with pytest.raises(NotABundle):
        opened(twice(text).encode())


def test_a_key_is_entered_by_whom_the_office_files_to(nation):
    with pytest.raises(NotTheReceiver):
        trust(nation, Log(SEED, 5), above="province")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_bundle_of_which_anything_is_changed_is_no_bundle(data):
    log = Log(SEED, 5)
    text = sealed(
        {
            "format": "tongdian bundle 1", "office": "YSQ", "verifier": log.signer.verifier, "pack": "nea-2021-37",
            "pack_hash": "x", "form": "annex-3", "period": H1, "number": 1, "cells": {"a": {"b": {"value": "1"}}},
            "absent": [], "remarks": {}, "figures": {}, "hash": "0" * 64, "made": "2021-07-10", "checkpoint": log.note(),
            "begins": 0, "proof": [], "seen": [],
        },
        SEED,
    ).encode()  # fmt: skip
    opened(text)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.integers(32, 126))
    if text[place] == other:
        return
    changed = text[:place] + bytes([other]) + text[place + 1 :]
    try:
        found = opened(changed)
    except Refusal:
        return
    assert found.body == opened(text).body  # a blank beside a comma says the same


def test_the_cosignature_is_that_of_c2sp(nation):
    """— name base64(key number, eight bytes of the time, signature over "cosignature/v1\\ntime T\\n" and the note)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    witness, log = Signer(OTHER), Log(SEED, 5)
    line = witness.cosignature(log.note(), at=at("2021-07-11"))
    name, coded = line.removeprefix("— ").split(" ")
    raw = base64.b64decode(coded)
    seconds = int.from_bytes(raw[4:12], "big")
    text = log.note().partition("\n\n")[0]
    assert (name, seconds) == (witness.origin, int(at("2021-07-11").timestamp()))
    Ed25519PublicKey.from_public_bytes(witness.public).verify(
        raw[12:], f"cosignature/v1\ntime {seconds}\n{text}\n".encode()
    )


def test_this_installation_s_own_return_makes_a_bundle_that_another_takes(nation):
    from django.conf import settings as ours

    from tongdian.audit_log.actions import make_checkpoint
    from tongdian.supervision.queries.sending import body_of

    form = filing.form_for(nation.yanshan, "annex-3", d("2021-07-10"))
    filed(nation, "yanshan", "annex-3", H1, cells_of(form, **benefits(7)), "2021-07-10")
    here = filings.standing(form, nation.yanshan, H1, as_of=d("2021-07-10"))
    made = body_of(here, make_checkpoint(at=at("2021-07-10")), begins=0, made=d("2021-07-10"))
    bundle = opened(sealed(made, ours.AUDIT_SIGNING_KEY).encode())
    assert bundle.body["cells"] == here.newest.cells
    assert bundle.head.size > 0
    assert "clerk" not in json.dumps(bundle.body)  # nothing of people travels


# ------------------------------------------------------------- several at once
THIRD = b"\x09" * 32


def take_all(nation, texts, day="2021-07-11", above="city"):
    return taking.take_bundles(
        viewer=nation.who[above].officer, office=getattr(nation, above), files=[one.encode() for one in texts], at=at(day)
    )  # fmt: skip


def test_of_several_each_is_taken_or_refused_by_itself(nation):
    yanshan, qixing = Log(SEED, 5), Log(OTHER, 3)
    trust(nation, yanshan)
    trust(nation, qixing, "qixing")
    stranger = sealed(body(nation, Log(THIRD, 2)), THIRD)
    good = sealed(body(nation, yanshan), SEED)
    other = sealed(body(nation, qixing, office="QXQ"), OTHER)
    before = Entry.objects.filter(action="take-bundle").count()
    came = take_all(nation, ["{}", good, stranger, other, good])
    assert [type(one) for one in came] == [NotABundle, TakenBundle, UnknownSender, TakenBundle, BundleTaken]
    assert [came[1].organisation, came[3].organisation] == [nation.yanshan, nation.qixing]
    # two returns of one version and two steps each, and an entry of the audit log for each that was taken
    assert counts() == (2, 2, 2, 2)
    assert Entry.objects.filter(action="take-bundle").count() == before + 2
    form = filing.form_for(nation.city, "annex-3", d("2021-07-11"))
    for office in (nation.yanshan, nation.qixing):
        assert filings.standing(form, office, H1, as_of=d("2021-07-11")).state == ReturnState.SUBMITTED


def test_a_split_history_comes_to_light_between_two_bundles_of_one_lot(nation):
    """Yanshan shows the city five entries and Qixing five others: whichever comes second is refused."""
    yanshan, other, qixing = Log(SEED, 5), Log(SEED, 5, says="for others"), Log(OTHER, 3)
    trust(nation, yanshan)
    trust(nation, qixing, "qixing")
    own = sealed(body(nation, yanshan), SEED)
    seen = [{"verifier": other.signer.verifier, "note": other.note()}]
    told = sealed(body(nation, qixing, office="QXQ", seen=seen), OTHER)
    assert [type(one) for one in take_all(nation, [told, own])] == [TakenBundle, SplitHistory]


def test_a_text_that_no_column_takes_refuses_its_own_bundle_alone(nation):
    yanshan, qixing = Log(SEED, 5), Log(OTHER, 3)
    trust(nation, yanshan)
    trust(nation, qixing, "qixing")
    made = body(nation, yanshan, remarks={"x": "\u202e2021"})
    odd = sealed(made | {"hash": filing.hash_of([made["cells"], [], made["remarks"]])}, SEED)
    came = take_all(nation, [odd, sealed(body(nation, qixing, office="QXQ"), OTHER)])
    assert [type(one) for one in came] == [NotPlainText, TakenBundle]
    assert counts() == (1, 1, 1, 1)


def test_of_one_sender_s_two_bundles_the_second_rests_on_the_first(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    first, older = sealed(body(nation, log, number=2), SEED), sealed(body(nation, log, number=1), SEED)
    assert [type(one) for one in take_all(nation, [first, older])] == [TakenBundle, OlderBundle]


def test_nobody_takes_several_for_an_office_that_is_not_his(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    with pytest.raises(NotAllowed):
        taking.take_bundles(
            viewer=nation.who["qixing"].officer, office=nation.city, at=at("2021-07-11"),
            files=[sealed(body(nation, log), SEED).encode()],
        )  # fmt: skip
    assert counts() == (0, 0, 0, 0)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.sampled_from(range(9)), min_size=1, max_size=6))
def test_several_at_once_come_to_what_they_come_to_one_after_another(nation, drawn):
    """Sound, forged, split, twice, older, strange, of a wrong office and wrong sums: any of them in any order."""
    yanshan, qixing, split = Log(SEED, 5), Log(OTHER, 3), Log(SEED, 5, says="for others")
    seen = [{"verifier": split.signer.verifier, "note": split.note()}]
    form = filing.form_for(nation.yanshan, "annex-3", d("2021-07-10"))
    wrong = cells_of(form, **(benefits(12, 3) | {"total": 16}))
    with transaction.atomic():
        trust(nation, yanshan)
        trust(nation, qixing, "qixing")
        kinds = [
            sealed(body(nation, yanshan), SEED),
            sealed(body(nation, yanshan, number=2), SEED),
            sealed(body(nation, split, number=3), SEED),
            sealed(body(nation, qixing, office="QXQ"), OTHER),
            sealed(body(nation, qixing, office="QXQ", seen=seen, number=2), OTHER),
            sealed(body(nation, qixing, office="YSQ"), OTHER),
            sealed(body(nation, yanshan), OTHER),
            sealed(body(nation, yanshan, cells=wrong), SEED),
            "{}",
        ]
        files = [kinds[one] for one in drawn]
        one_by_one, at_once = [], []
        mark = transaction.savepoint()
        for text in files:
            try:
                one_by_one.append((type(take(nation, text)), "", counts()))
            except Refusal as refused:
                one_by_one.append((type(refused), refused.say("en"), counts()))
        kept = _kept()
        transaction.savepoint_rollback(mark)
        at_once = [
            (type(one), one.say("en") if isinstance(one, Refusal) else "") for one in take_all(nation, files)
        ]
        assert at_once == [one[:2] for one in one_by_one]
        assert _kept() == kept
        transaction.set_rollback(True)


def _kept():
    """What was written, without what is new each time."""
    return (
        sorted(TakenBundle.objects.values_list("digest", "number", "version__number", "version__hash", "organisation__short")),
        sorted(WitnessedHead.objects.values_list("verifier", "size", "root", "shown_by")),
        sorted(ReturnStep.objects.values_list("version__filing__organisation__short", "version__number", "number", "what")),
    )  # fmt: skip


# ------------------------------------------------------------- between two returns
def log_body(log, *, since=0, seen=(), **other):
    return {
        "format": "tongdian checkpoint 1", "office": "YSQ", "verifier": log.signer.verifier, "made": "2021-07-12",
        "checkpoint": log.note(), "begins": since, "proof": log.proof(since), "seen": list(seen), **other,
    }  # fmt: skip


def witness(nation, text, day="2021-07-12", above="city"):
    return taking.witness_log(
        viewer=nation.who[above].officer, office=getattr(nation, above), data=text.encode(), at=at(day)
    )


def test_day_by_day_a_log_says_where_it_stands_and_goes_on_from_there(nation):
    log = Log(SEED, 5)
    trust(nation, log)
    first = witness(nation, sealed(log_body(log), SEED))
    assert (first.size, first.shown_by) == (5, log.signer.verifier)
    assert witness(nation, sealed(log_body(log), SEED)).pk == first.pk  # told twice it is one
    log.grow(3)
    assert witness(nation, sealed(log_body(log, since=5), SEED)).size == 8
    before = counts()
    for forged in (
        log_body(Log(SEED, 9), since=0),  # nothing proves that the eight are in it
        log_body(Log(SEED, 8, says="other")),  # another history of the same length
        log_body(Log(SEED, 7)),  # a shorter one
    ):
        with pytest.raises(SplitHistory):
            witness(nation, sealed(forged, SEED))
    assert nothing_changed(before)
    # and the return that comes next is held to what was shown between
    with pytest.raises(SplitHistory):
        take(nation, sealed(body(nation, Log(SEED, 9, says="other")), SEED))
    log.grow(1)
    take(nation, sealed(body(nation, log, since=8), SEED))


def test_what_a_log_saw_of_another_reaches_a_third_office(nation):
    """The county showed the city one history and another office a second: whoever hears of both finds out."""
    county, split, other = Log(SEED, 5), Log(SEED, 5, says="other"), Log(OTHER, 2)
    trust(nation, county)
    trust(nation, other, "qixing")
    witness(nation, sealed(log_body(county), SEED))
    seen = [{"verifier": split.signer.verifier, "note": split.note()}]
    with pytest.raises(SplitHistory):
        witness(nation, sealed(log_body(other, office="QXQ", seen=seen), OTHER))


def test_a_log_is_witnessed_by_whom_it_files_to_and_by_its_own_key(nation):
    log = Log(SEED, 5)
    with pytest.raises(UnknownSender):
        witness(nation, sealed(log_body(log), SEED))
    trust(nation, log)
    with pytest.raises(ForgedBundle):
        witness(nation, sealed(log_body(log), OTHER))
    with pytest.raises(SenderDiffers):
        witness(nation, sealed(log_body(log, office="QXQ"), SEED))
    with pytest.raises(NotTheReceiver):  # a county files to its city
        witness(nation, sealed(log_body(log), SEED), above="nea")
    with pytest.raises(NotABundle):  # a return is no checkpoint, nor a checkpoint a return
        witness(nation, sealed(body(nation, log), SEED))
    with pytest.raises(NotABundle):
        take(nation, sealed(log_body(log), SEED))
    with pytest.raises(NotABundle):
        witness(nation, sealed(log_body(log, cells={}), SEED))
    with pytest.raises(NotABundle):  # of another version, whose parts may mean something else
        witness(nation, sealed(log_body(log, format="tongdian checkpoint 2"), SEED))
    assert not WitnessedHead.objects.exists()
