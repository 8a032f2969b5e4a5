"""Accounts, roles and what they permit."""

import datetime as dt

import pytest

from tongdian.parties.demo import DEMO_ACCOUNTS, demo_password, make_demo_accounts, make_first_administrator
from tongdian.parties.models import Account, Membership, since
from tongdian.parties.rules import PERMISSIONS

pytestmark = pytest.mark.django_db


def test_demo_accounts_are_made_once_and_keep_a_changed_password():
    password = demo_password(b"secret")
    assert make_demo_accounts(password=password) == ["admin", "officer", "auditor"]
    officer = Account.objects.get(username="officer")
    assert officer.check_password(password)
    officer.set_password("changed-by-me-1234")
    officer.save()
    assert make_demo_accounts(password=password) == []
    officer.refresh_from_db()
    assert officer.check_password("changed-by-me-1234")


def test_each_installation_has_a_demo_password_of_its_own():
    assert demo_password(b"one") == demo_password(b"one") != demo_password(b"another")


def test_a_first_administrator_is_made_only_where_nobody_is():
    assert make_first_administrator(password="a-long-password")
    assert Membership.objects.get().role == "administrator"
    assert not make_first_administrator(password="another-one")


# Each row of the table that parties/permissions.py is, stated once more by hand.
@pytest.mark.parametrize(
    ("permission", "who"),
    [
        ("audit_log.read", {"administrator", "auditor"}),
        ("audit_log.verify", {"administrator", "auditor"}),
        ("audit_log.make_checkpoint", {"administrator", "auditor"}),
        ("audit_log.erase_payload", {"administrator"}),
        ("rulebook.choose_interpretation", {"administrator"}),
        ("rulebook.edit_calendar", {"administrator"}),
        ("rulebook.attach_official_text", {"administrator"}),
        ("rulebook.read", {"administrator", "officer", "auditor"}),
        ("api.make_token", {"administrator", "officer", "auditor"}),
    ],
)
def test_a_permission_belongs_to_these_roles_and_no_other(viewer, permission, who):
    roles = ("administrator", "officer", "auditor", "customer")
    assert {role for role in roles if viewer(role).has_perm(permission)} == who
    assert permission in PERMISSIONS


def test_an_account_that_was_closed_may_do_nothing(viewer):
    administrator = viewer("administrator")
    administrator.is_active = False
    assert not any(administrator.has_perm(permission) for permission in PERMISSIONS)


def test_a_role_that_nobody_knows_is_refused_by_the_database(viewer):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="membership_role_is_known"):
        Membership.objects.create(
            account=viewer("customer"), role="king", in_force=since(dt.date(2026, 1, 1))
        )


def test_demo_accounts_cover_the_roles_that_work_here():
    assert set(DEMO_ACCOUNTS.values()) == {"administrator", "officer", "auditor"}
