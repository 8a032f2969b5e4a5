"""Letter 4(2) and 4(4): reminders, talks and circulars, signed by a second person."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.supervision.conftest import at, d, database_refuses
from tests.supervision.test_findings import PAPER, WAYS, S, opened, take
from tongdian.allowed import NotAllowed
from tongdian.parties.actions.acting import appoint_stand_in
from tongdian.states import CannotFollow
from tongdian.supervision.actions import letters as deeds
from tongdian.supervision.findings import (
    CIRCULAR_FOLLOWS,
    FOUND_TRUE,
    TALK_FOLLOWS,
    DayGoneBy,
    DayOutOfOrder,
    LetterState,
    NamesOthers,
    NoSuchLetter,
    NotConfirmed,
    NotForTheCountry,
    NotForTheOffice,
    NothingNamed,
    NotSupervised,
    OwnLetter,
)
from tongdian.supervision.models import (
    Circular,
    CircularStep,
    FindingInCircular,
    FindingInTalk,
    Talk,
    TalkStep,
)
from tongdian.supervision.queries import letters as queries
from tongdian.supervision.refusing import QuestionAnswered

L = LetterState
LAST = d("2021-12-31")


def confirmed(nation, **more):
    finding = opened(nation, **more)
    take(nation, finding, S.CONFIRMED)
    return finding


def talk_of(nation, *findings, by="regional", about="supplier", who=None, **more):
    return deeds.draft_talk(
        viewer=who or nation.who[by].clerk, organisation=getattr(nation, by), about=getattr(nation, about),
        findings=findings, held_on=d("2021-07-20"), hour="上午9:30", place="二楼会议室", clause="通知/4(4)",
        text="报装受限问题突出", at=at("2021-07-01"), **more,
    )  # fmt: skip


def circular_of(nation, *findings, by="nea", scope="nation", day="2021-07-01", who=None):
    return deeds.draft_circular(
        viewer=who or nation.who[by].clerk, organisation=getattr(nation, by), findings=findings, title="关于报装受限问题的通报",
        scope=scope, clause="通知/4(4)", text="现将有关情况通报如下。", at=at(day),
    )  # fmt: skip


HELD = {"on": d("2021-07-20"), "attendees": "覃总", "text": "月底前接入", "due_on": d("2021-07-31")}
TALK_STEPS = {
    L.SIGNED: (deeds.sign_talk, {}),
    L.DROPPED: (deeds.drop_talk, {"text": "已整改"}),
    L.HELD: (deeds.record_talk, HELD),
}
CIRCULAR_STEPS = {
    L.SIGNED: (deeds.sign_circular, {}),
    L.DROPPED: (deeds.drop_circular, {"text": "已整改"}),
    L.PUBLISHED: (deeds.publish_circular, {"on": d("2021-07-20")}),
}
TO = {L.DRAFTED: (), L.SIGNED: (L.SIGNED,), L.DROPPED: (L.DROPPED,), L.HELD: (L.SIGNED, L.HELD), L.PUBLISHED: (L.SIGNED, L.PUBLISHED)}  # fmt: skip


def move(nation, letter, step, *, by="regional", who=None, day="2021-07-21", **more):
    steps, name = (TALK_STEPS, "talk") if isinstance(letter, Talk) else (CIRCULAR_STEPS, "circular")
    deed, said = steps[step]
    day = "2021-07-02" if step == L.SIGNED else day
    return deed(viewer=who or nation.who[by].officer, at=at(day), **{name: letter}, **said | more)


# ------------------------------------------------------------- the states
@pytest.mark.parametrize("state", list(TALK_FOLLOWS))
def test_a_talk_is_drafted_signed_and_held_and_nothing_else_follows(nation, state):
    finding = confirmed(nation)
    for step in TALK_STEPS:
        talk = talk_of(nation, finding)
        for done in TO[state]:
            move(nation, talk, done)
        if step in TALK_FOLLOWS[state]:
            move(nation, talk, step)
            continue
        with transaction.atomic(), pytest.raises(CannotFollow):
            move(nation, talk, step)
        with database_refuses("steps_of_a_talk_follow_each_other"):
            TalkStep.objects.create(
                organisation=nation.regional, talk=talk, number=len(TO[state]) + 1, what=step, text="x", attendees="x",
                due_on=LAST, on=d("2021-07-21"), at=at("2021-07-21"),
            )  # fmt: skip


@pytest.mark.parametrize("state", list(CIRCULAR_FOLLOWS))
def test_a_circular_is_drafted_signed_and_published_and_nothing_else_follows(nation, state):
    finding = confirmed(nation)
    for step in CIRCULAR_STEPS:
        circular = circular_of(nation, finding)
        for done in TO[state]:
            move(nation, circular, done, by="nea")
        if step in CIRCULAR_FOLLOWS[state]:
            move(nation, circular, step, by="nea")
            continue
        with transaction.atomic(), pytest.raises(CannotFollow):
            move(nation, circular, step, by="nea")
        with database_refuses("steps_of_a_circular_follow_each_other"):
            CircularStep.objects.create(
                organisation=nation.nea, circular=circular, number=len(TO[state]) + 1, what=step, text="x",
                on=d("2021-07-21"), at=at("2021-07-21"),
            )  # fmt: skip


# ------------------------------------------------------------- a second person
def test_who_drafted_it_does_not_sign_it(nation):
    finding = confirmed(nation)
    own = nation.who["regional"].officer
    talk = talk_of(nation, finding, who=own)
    with pytest.raises(OwnLetter):
        move(nation, talk, L.SIGNED, who=own)
    with database_refuses("talk_is_signed_by_a_second_person"):
        TalkStep.objects.create(
            organisation=nation.regional,
            talk=talk,
            number=1,
            what="signed",
            on=LAST,
            at=at("2021-07-02"),
            by=own,
        )
    own = nation.who["nea"].officer
    circular = circular_of(nation, finding, who=own)
    with pytest.raises(OwnLetter):
        move(nation, circular, L.SIGNED, who=own)
    with database_refuses("circular_is_signed_by_a_second_person"):
        CircularStep.objects.create(
            organisation=nation.nea,
            circular=circular,
            number=1,
            what="signed",
            on=LAST,
            at=at("2021-07-02"),
            by=own,
        )


def test_nor_does_who_stands_in_for_the_drafter(nation, viewer):
    """One authority: of two who act for each other neither is the second person."""
    drafter, stand_in = nation.who["regional"].officer, viewer("officer", "stand-in", at=nation.regional)
    appoint_stand_in(
        viewer=drafter, absent=drafter, stand_in=stand_in, first=d("2021-06-01"), last=d("2021-08-01"), reason="出差",
        at=at("2021-06-01"),
    )  # fmt: skip
    talk = talk_of(nation, confirmed(nation), who=drafter)
    with pytest.raises(OwnLetter):
        move(nation, talk, L.SIGNED, who=stand_in)


def test_a_clerk_drafts_and_an_officer_signs(nation):
    talk = talk_of(nation, confirmed(nation))
    for name in ("regional", "supplier", "province"):
        with pytest.raises(NotAllowed):
            move(nation, talk, L.SIGNED, who=nation.who[name].clerk)
    with pytest.raises(NotAllowed):
        move(nation, talk, L.SIGNED, who=nation.who["supplier"].officer)
    move(nation, talk, L.SIGNED)
    circular = circular_of(nation, confirmed(nation))
    move(nation, circular, L.SIGNED, by="nea")
    with pytest.raises(NotAllowed):  # the publication of a circular is a signature, too
        move(nation, circular, L.PUBLISHED, who=nation.who["nea"].clerk)


# ------------------------------------------------------------- 4(4): who summons and names whom
def test_the_nation_and_its_regional_offices_summon_and_a_department_does_not(nation):
    assert talk_of(nation, confirmed(nation), by="nea").number == "GNY-2021-Y001"
    finding = opened(nation, by="city")
    for by in ("city", "province"):
        with pytest.raises(NotForTheOffice):
            talk_of(nation, finding, by=by)
        with pytest.raises(NotForTheOffice):
            circular_of(nation, finding, by=by, scope="area")


def test_only_the_nation_names_throughout_the_country(nation):
    finding = confirmed(nation)
    with pytest.raises(NotForTheCountry):
        circular_of(nation, finding, by="regional")
    with database_refuses("only_the_nation_names_throughout_the_country"):
        Circular.objects.create(
            organisation=nation.regional, number="x", pack="p", clause="c", title="x", scope="nation", text="x",
            at=at("2021-07-01"),
        )  # fmt: skip
    assert circular_of(nation, finding, by="regional", scope="area").scope == "area"
    assert circular_of(nation, finding).scope == "nation"


@pytest.mark.parametrize("state", list(S))
def test_only_what_is_confirmed_is_named(nation, state):
    finding = opened(nation)
    for step in WAYS[state]:
        take(nation, finding, step)
    if state in FOUND_TRUE:
        assert queries.findings_named(circular_of(nation, finding)) == [finding]
        return
    with transaction.atomic(), pytest.raises(NotConfirmed) as refused:
        circular_of(nation, finding)
    assert finding.number in refused.value.say("zh")
    other = circular_of(nation, confirmed(nation))
    with database_refuses("circular_names_only_what_is_confirmed"):
        FindingInCircular.objects.create(circular=other, finding=finding)


def test_a_letter_rests_on_findings_and_names_no_more_once_it_is_signed(nation):
    with pytest.raises(NothingNamed):
        talk_of(nation)
    with pytest.raises(NothingNamed):
        circular_of(nation)
    first, second = confirmed(nation), confirmed(nation)
    talk, circular = talk_of(nation, first), circular_of(nation, first)
    move(nation, talk, L.SIGNED)
    move(nation, circular, L.SIGNED, by="nea")
    with database_refuses("signed_talk_names_no_more"):
        FindingInTalk.objects.create(talk=talk, finding=second)
    with database_refuses("signed_circular_names_no_more"):
        FindingInCircular.objects.create(circular=circular, finding=second)


def test_a_talk_is_about_the_findings_of_whom_it_summons(nation):
    of_city = opened(nation, about="city")
    with transaction.atomic(), pytest.raises(NamesOthers):
        talk_of(nation, opened(nation), of_city)
    talk = talk_of(nation, of_city, about="city")
    with database_refuses("talk_is_about_findings_of_whom_it_summons"):
        FindingInTalk.objects.create(talk=talk, finding=opened(nation))
    explained = opened(nation)
    take(nation, explained, S.EXPLAINED)
    take(nation, explained, S.ACCEPTED)
    with pytest.raises(NamesOthers):  # nobody is summoned for what was explained
        talk_of(nation, explained)


def test_nobody_rests_a_letter_on_what_they_do_not_see(nation):
    of_the_nation = opened(nation, by="nea")
    with pytest.raises(NamesOthers):
        talk_of(nation, of_the_nation)


# ------------------------------------------------------------- days
def test_a_talk_lies_ahead_and_its_record_behind(nation):
    finding = confirmed(nation)
    with pytest.raises(DayGoneBy):
        deeds.draft_talk(
            viewer=nation.who["regional"].clerk, organisation=nation.regional, about=nation.supplier,
            findings=[finding], held_on=d("2021-06-30"), hour="9:30", place="x", clause="通知/4(4)", text="x",
            at=at("2021-07-01"),
        )  # fmt: skip
    talk = talk_of(nation, finding)
    move(nation, talk, L.SIGNED)  # on 2 July
    for day in ("2021-07-01", "2021-07-22"):
        with pytest.raises(DayOutOfOrder):
            move(nation, talk, L.HELD, day="2021-07-21", on=d(day))
    with pytest.raises(DayGoneBy):
        move(nation, talk, L.HELD, due_on=d("2021-07-19"))
    held = move(nation, talk, L.HELD)
    assert (held.on, held.due_on, held.text) == (d("2021-07-20"), d("2021-07-31"), "月底前接入")
    circular = circular_of(nation, finding)
    move(nation, circular, L.SIGNED, by="nea")
    with pytest.raises(DayOutOfOrder):
        move(nation, circular, L.PUBLISHED, by="nea", on=d("2021-07-22"))


# ------------------------------------------------------------- who sees it
def names_that_see(nation, rows, letter, day=LAST):
    return {
        name for name in nation.who if rows(nation.who[name].officer, as_of=day).filter(pk=letter.pk).exists()
    }


def test_a_draft_is_its_office_s_own_and_whom_it_summons_sees_what_is_signed(nation):
    talk = talk_of(nation, confirmed(nation))
    assert names_that_see(nation, queries.talks_seen, talk) == {"nea", "regional"}
    move(nation, talk, L.SIGNED)
    assert names_that_see(nation, queries.talks_seen, talk) == {"nea", "regional", "supplier"}
    with pytest.raises(NoSuchLetter):
        queries.one_of(queries.talks_seen(nation.who["supplier"].officer, as_of=d("2021-07-01")), talk.pk)


def test_the_country_reads_the_nation_s_circular_once_it_is_published(nation):
    finding = confirmed(nation)
    circular = circular_of(nation, finding)
    move(nation, circular, L.SIGNED, by="nea")
    assert names_that_see(nation, queries.circulars_seen, circular) == {"nea"}
    move(nation, circular, L.PUBLISHED, by="nea")
    assert names_that_see(nation, queries.circulars_seen, circular) == set(nation.who)
    assert names_that_see(nation, queries.circulars_seen, circular, d("2021-07-20")) == {"nea"}  # as it stood


def test_the_area_reads_its_regional_office_s(nation):
    from tests.supervision.conftest import department

    hunan = department("department", "湖南省能源局", "HNT", "430000", parent=nation.nea)
    from tongdian.parties.models import Region

    Region.objects.filter(code="430000").update(name="湖南")
    finding = confirmed(nation)
    circular = circular_of(nation, finding, by="regional", scope="area")
    move(nation, circular, L.SIGNED)
    move(nation, circular, L.PUBLISHED)
    assert names_that_see(nation, queries.circulars_seen, circular) == set(nation.who)
    assert hunan not in queries.covering([nation.regional], hunan)


def test_what_followed_a_finding_is_told_to_who_may_see_it(nation):
    finding = confirmed(nation)
    talk = talk_of(nation, finding)
    circular = circular_of(nation, finding)
    regional, supplier = nation.who["regional"].officer, nation.who["supplier"].officer
    assert queries.that_followed(nation.who["nea"].officer, finding, as_of=LAST) == [talk, circular]
    assert queries.that_followed(regional, finding, as_of=LAST) == [talk]
    assert queries.that_followed(supplier, finding, as_of=LAST) == []
    move(nation, talk, L.SIGNED)
    assert queries.that_followed(supplier, finding, as_of=LAST) == [talk]


# ------------------------------------------------------------- 4(2), 2(4): reminders
def remind(nation, by="regional", about="province", **more):
    given = {
        "clause": "通知/4(2)",
        "text": "请牵头解决",
        "due_on": d("2021-07-31"),
        "at": at("2021-07-01"),
    } | more
    return deeds.send_reminder(
        viewer=nation.who[by].clerk, organisation=getattr(nation, by), about=getattr(nation, about), **given
    )


def test_the_regional_office_presses_a_province_and_the_answer_is_kept(nation):
    letter = remind(nation)
    rows = queries.reminders_seen
    officer = nation.who["province"].officer
    overdue = {day: rows(officer, as_of=d(day)).get().is_overdue for day in ("2021-07-31", "2021-08-01")}
    assert overdue == {"2021-07-31": False, "2021-08-01": True}
    with pytest.raises(NotAllowed):
        deeds.answer_reminder(
            viewer=nation.who["regional"].officer, letter=letter, text="x", at=at("2021-08-02")
        )
    deeds.answer_reminder(
        viewer=officer, letter=letter, text="已召开协调会", evidence=PAPER, at=at("2021-08-02")
    )
    with pytest.raises(QuestionAnswered):
        deeds.answer_reminder(viewer=officer, letter=letter, text="再答", at=at("2021-08-03"))
    assert not rows(officer, as_of=d("2021-08-02")).get().is_overdue
    assert rows(officer, as_of=d("2021-08-01")).get().is_overdue  # as it stood
    assert names_that_see(nation, rows, letter) == {"nea", "regional", "province"}


def test_a_reminder_goes_to_whom_the_office_supervises(nation):
    for by, about in (("province", "regional"), ("qixing", "yanshan"), ("supplier", "yanshan")):
        with pytest.raises(NotSupervised):
            remind(nation, by, about)
    with pytest.raises(DayGoneBy):
        remind(nation, due_on=d("2021-06-30"))


def test_a_grid_company_presses_its_own_suppliers_and_no_others(nation, viewer):
    """2(4): 国家电网公司、南方电网公司要督促所属各级供电企业."""
    from tests.cases.conftest import adopt
    from tests.supervision.conftest import PACK, department

    group = department("supplier_group", "南方电网公司", "NFDW", "440000")
    adopt(group, PACK)
    own = department("supplier", "某地供电局", "MDGD", "450300", parent=group)
    given = {
        "organisation": group,
        "clause": "通知/2(4)",
        "text": "按期完成",
        "due_on": LAST,
        "at": at("2021-07-01"),
    }
    who = viewer("officer", "group", at=group)
    assert deeds.send_reminder(viewer=who, about=own, **given).about == own
    with pytest.raises(NotSupervised):
        deeds.send_reminder(viewer=who, about=nation.supplier, **given)
