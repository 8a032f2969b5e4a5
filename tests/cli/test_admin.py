"""Who lost the way in comes back at the machine itself, and the record says who let them."""

from importlib.metadata import version

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from tongdian.audit_log.models import Entry
from tongdian.cli.main import main
from tongdian.parties.models import Account


@pytest.fixture
def root(committed, viewer):
    account = viewer("administrator", "root")
    account.set_password("the lost one")
    account.save()
    return account


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"tongdian {version('tongdian')}\n"


def test_a_lost_password_is_replaced_and_must_be_changed(run, root):
    said = run("admin", "reset-password", "root").out
    password = said.split(" signs in once with ")[1].split(",")[0]
    root.refresh_from_db()
    assert root.check_password(password)
    assert root.password_is_given
    assert root.password_since is not None
    entry = Entry.objects.get(action="reset-password")
    assert entry.actor.startswith("operator:")


def test_a_lost_second_factor_goes_off_only_when_asked_for_and_the_record_says_so(run, root):
    TOTP.activate(root, generate_totp_secret())
    other = Account.objects.create(username="other")
    TOTP.activate(other, generate_totp_secret())
    run("admin", "reset-password", "root")
    assert Authenticator.objects.filter(user=root).exists()
    assert not Entry.objects.filter(action="second-factor-off").exists()
    run("admin", "reset-password", "ROOT", "--second-factor-off")
    assert list(Authenticator.objects.values_list("user__username", flat=True)) == ["other"]
    entry = Entry.objects.get(action="second-factor-off")
    assert (entry.subject, entry.actor.partition(":")[0]) == (root.actor, "operator")


def test_a_new_administrator_is_made_and_listed(run, root):
    assert "signs in once with" in run("admin", "add", "second").out
    assert run("admin", "list").out.split() == ["root", "second"]
    assert Account.objects.get(username="second").has_perm("web.operate")


def test_an_unknown_name_is_refused_and_the_known_are_named(run, root):
    refusal = run("admin", "reset-password", "nobody").refusal
    assert "nobody" in refusal
    assert "root" in refusal
