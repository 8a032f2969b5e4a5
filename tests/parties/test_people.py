"""Accounts, roles and stand-ins: made, ended, lent, and who may."""

import datetime as dt

import pytest

from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.parties import queries
from tongdian.parties.actions import acting as acting_actions
from tongdian.parties.actions import people as actions
from tongdian.parties.actions.acting import appoint_stand_in, end_acting, last_day
from tongdian.parties.actions.ending import EndsTooEarly
from tongdian.parties.models import Account, ActingEnd
from tongdian.rulebook.rules import ReasonMissing

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 2)


@pytest.fixture
def manager(country, viewer):
    return viewer("administrator", "manager", at=country.campus)


def make(viewer, organisation, *, at, username="limin", role="clerk", **more):
    return actions.make_account(
        viewer=viewer, username=username, name="李敏", role=role, organisation=organisation, at=at, **more
    )


# ---------------------------------------------------------------- accounts
def test_an_administrator_makes_an_account_whose_first_password_works_once_shown(country, manager, at):
    made = make(manager, country.centre, phone="138 1234 5678", at=at)
    kept = Account.objects.get(username="limin")
    assert kept.check_password(made.password)
    assert len(made.password) == 14  # three groups of four, with hyphens
    assert kept.phone == "13812345678"
    assert kept.memberships.get().in_force.lower == TODAY
    said = [entry.action for entry in Entry.objects.filter(subject="account:limin").order_by("id")]
    assert said == ["make-account", "add-role"]
    assert not any(
        made.password in str(entry.payload.content) for entry in Entry.objects.filter(subject="account:limin")
    )


def test_nobody_makes_an_account_where_they_do_not_manage_people(country, manager, viewer, at):
    for person, organisation in (
        (manager, country.guilin),
        (manager, None),
        (viewer("officer", at=country.campus), country.centre),
    ):
        with pytest.raises(NotAllowed):
            make(person, organisation, at=at)
    assert not Account.objects.filter(username="limin").exists()


@pytest.mark.parametrize(
    ("username", "refusal"),
    [("LiMin", actions.UserNameTaken), ("li min", actions.NotAUserName), ("", actions.NotAUserName)],
)
def test_a_user_name_is_used_once_and_can_be_typed(country, manager, at, username, refusal):
    make(manager, country.centre, at=at)
    with pytest.raises(refusal):
        make(manager, country.centre, username=username, at=at)


def test_a_role_lasts_to_its_last_day(country, manager, at):
    made = make(manager, country.centre, at=at, until=dt.date(2026, 6, 30))
    assert made.account.memberships.get().in_force.upper == dt.date(2026, 7, 1)
    with pytest.raises(actions.RoleHasEnded):
        make(manager, country.centre, username="other", at=at, until=dt.date(2026, 3, 1))


def test_the_same_role_is_held_once_at_a_time(country, manager, at):
    account = make(manager, country.centre, at=at).account
    with pytest.raises(actions.HasThatRole) as refused:
        actions.add_membership(
            viewer=manager, account=account, role="clerk", organisation=country.centre, at=at
        )
    assert "受理" in refused.value.say("zh") or "Clerk" in refused.value.say("zh")
    actions.add_membership(
        viewer=manager, account=account, role="technician", organisation=country.centre, at=at
    )
    assert len(queries.roles_of(account)) == 2


def test_a_role_ends_on_a_day_and_one_that_had_not_begun_is_gone(country, manager, at):
    account = make(manager, country.centre, at=at, since_on=dt.date(2026, 1, 1)).account
    later = actions.add_membership(
        viewer=manager,
        account=account,
        role="officer",
        organisation=country.campus,
        at=at,
        since_on=dt.date(2026, 5, 1),
    )
    assert actions.end_membership(viewer=manager, membership=later, on=TODAY, at=at) is None
    held = account.memberships.get()
    ended = actions.end_membership(viewer=manager, membership=held, on=TODAY, at=at)
    assert ended.in_force.upper == TODAY
    with pytest.raises(actions.RoleHasEnded):
        actions.end_membership(viewer=manager, membership=held, on=TODAY, at=at)


@pytest.mark.parametrize("on", [dt.date(2015, 1, 1), dt.date(2020, 1, 1)])
def test_a_role_that_somebody_had_cannot_end_before_it_was(country, manager, at, on):
    held = make(manager, country.centre, at=at, since_on=dt.date(2020, 1, 1)).account.memberships.get()
    with pytest.raises(EndsTooEarly, match="2020-01-01"):
        actions.end_membership(viewer=manager, membership=held, on=on, at=at)
    held.refresh_from_db()
    assert held.in_force.lower == dt.date(2020, 1, 1)


def test_a_role_that_has_not_begun_is_taken_back_from_today_on(country, manager, at):
    later = make(manager, country.centre, at=at, since_on=dt.date(2026, 5, 1)).account.memberships.get()
    with pytest.raises(EndsTooEarly):
        actions.end_membership(viewer=manager, membership=later, on=dt.date(2015, 1, 1), at=at)
    assert actions.end_membership(viewer=manager, membership=later, on=TODAY, at=at) is None


def test_a_closed_account_has_no_role_and_no_password_and_stays_closed(country, manager, at):
    made = make(manager, country.centre, at=at, since_on=dt.date(2026, 1, 1))
    actions.close_account(viewer=manager, account=made.account, reason="退休", at=at)
    kept = Account.objects.get(username="limin")
    assert not kept.is_active
    assert not kept.check_password(made.password)
    assert kept.memberships.get().in_force.upper == TODAY
    for deed in (
        lambda: actions.close_account(viewer=manager, account=kept, reason="", at=at),
        lambda: actions.reset_password(viewer=manager, account=kept, at=at),
        lambda: actions.add_membership(
            viewer=manager, account=kept, role="clerk", organisation=country.centre, at=at
        ),
    ):
        with pytest.raises((actions.AccountIsClosed, NotAllowed)):
            deed()


def test_a_new_password_replaces_the_old_one(country, manager, at):
    made = make(manager, country.centre, at=at)
    fresh = actions.reset_password(viewer=manager, account=made.account, at=at)
    kept = Account.objects.get(username="limin")
    assert (kept.check_password(fresh), kept.check_password(made.password)) == (True, False)


def test_who_manages_one_place_cannot_take_over_somebody_with_a_role_in_another(country, manager, admin, at):
    account = make(manager, country.centre, at=at).account
    actions.add_membership(
        viewer=admin, account=account, role="administrator", organisation=country.guilin, at=at
    )
    with pytest.raises(NotAllowed):
        actions.reset_password(viewer=manager, account=account, at=at)
    with pytest.raises(NotAllowed):
        actions.reset_password(viewer=manager, account=admin, at=at)
    assert actions.reset_password(viewer=admin, account=account, at=at)


def test_the_last_administrator_of_the_installation_cannot_leave(country, admin, viewer, at):
    with pytest.raises(actions.LastAdministrator):
        actions.close_account(viewer=admin, account=admin, reason="离职", at=at)
    viewer("administrator", "second")
    assert not actions.close_account(viewer=admin, account=admin, reason="离职", at=at).is_active


# ---------------------------------------------------------------- acting
@pytest.fixture
def team(country, viewer):
    """An officer over the campus, an administrator, and two clerks of the centre."""
    return {
        "officer": viewer("officer", "officer", at=country.campus),
        "manager": viewer("administrator", "boss", at=country.campus),
        "li": viewer("clerk", "li", at=country.centre),
        "wang": viewer("clerk", "wang", at=country.energy),
        "stranger": viewer("clerk", "stranger", at=country.guilin),
        "customer": viewer("customer", "customer"),
    }


def appoint(team, by, absent, stand_in, *, at, first=3, last=9, reason="出差"):
    return appoint_stand_in(
        viewer=team[by],
        absent=team[absent],
        stand_in=team[stand_in],
        reason=reason,
        at=at,
        first=dt.date(2026, 3, first),
        last=dt.date(2026, 3, last),
    )


@pytest.mark.parametrize(
    ("by", "absent", "stand_in", "refusal"),
    [
        ("li", "li", "wang", None),  # for oneself
        ("officer", "li", "wang", None),  # an officer for others
        ("manager", "manager", "officer", None),
        ("wang", "li", "wang", NotAllowed),  # a clerk not for others
        ("officer", "manager", "li", NotAllowed),  # nobody is raised by an officer
        ("officer", "stranger", "li", NotAllowed),  # not below the officer
        ("li", "li", "li", acting_actions.NotAColleague),
        ("li", "li", "stranger", acting_actions.NotAColleague),  # another tree
        ("li", "li", "customer", acting_actions.NotAColleague),
        ("customer", "customer", "li", acting_actions.NothingToStandInFor),
    ],
)
def test_who_may_appoint_whom_for_whom(team, at, by, absent, stand_in, refusal):
    if refusal is None:
        assert appoint(team, by, absent, stand_in, at=at).absent == team[absent]
    else:
        with pytest.raises(refusal):
            appoint(team, by, absent, stand_in, at=at)


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        ({"first": 1}, acting_actions.DaysReversed),  # yesterday: today is the 2nd
        ({"first": 9, "last": 3}, acting_actions.DaysReversed),
        ({"reason": " "}, ReasonMissing),
    ],
)
def test_acting_begins_today_or_later_in_order_and_with_a_reason(team, at, days, refusal):
    with pytest.raises(refusal):
        appoint(team, "li", "li", "wang", at=at, **days)


def test_the_same_two_people_act_once_at_a_time_and_again_after_an_early_end(team, at):
    made = appoint(team, "li", "li", "wang", at=at)
    with pytest.raises(acting_actions.ActsAlready):
        appoint(team, "li", "li", "wang", at=at, first=9, last=12)
    end_acting(viewer=team["li"], acting=made, on=dt.date(2026, 3, 5), reason="提前返岗", at=at)
    assert appoint(team, "li", "li", "wang", at=at, first=5, last=12)


def test_an_early_end_is_a_row_of_its_own_and_comes_once(team, at):
    made = appoint(team, "li", "li", "wang", at=at)
    assert last_day(made) == dt.date(2026, 3, 9)
    with pytest.raises(NotAllowed):
        end_acting(viewer=team["stranger"], acting=made, on=dt.date(2026, 3, 5), at=at)
    end = end_acting(viewer=team["officer"], acting=made, on=dt.date(2026, 3, 5), at=at)
    assert ActingEnd.objects.get() == end
    made.refresh_from_db()
    assert (made.in_force.upper, last_day(made)) == (dt.date(2026, 3, 10), dt.date(2026, 3, 4))
    with pytest.raises(acting_actions.ActingIsOver, match="2026-03-04"):
        end_acting(viewer=team["li"], acting=made, on=dt.date(2026, 3, 6), at=at)


def test_what_was_appointed_cannot_be_rewritten(team, at):
    from django.db import DatabaseError

    made = appoint(team, "li", "li", "wang", at=at)
    made.reason = "另一理由"
    with pytest.raises(DatabaseError, match=r"rows_are_never_changed|permission denied|Cannot update"):
        made.save()
