"""A password that somebody else gave is replaced before anything else works."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from tests.network.conftest import make_organisation
from tongdian.audit_log.models import Entry
from tongdian.parties.actions.people import make_account, reset_password
from tongdian.parties.demo import make_demo_accounts, make_first_administrator
from tongdian.parties.models import Account

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 4, 13, 1, 0, tzinfo=dt.UTC)
CHOSEN = "lotus-maple-31415"
PAGE = "/accounts/password/"


@pytest.fixture
def made(viewer):
    """A clerk whose account an administrator made."""
    return make_account(
        viewer=viewer("administrator"),
        username="limin",
        name="李敏",
        role="clerk",
        organisation=make_organisation("YS", "雁山校区"),
        at=AT,
    )


def signed_in(account: Account, password: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": account.username, "password": password})
    return client


def choose(client: Client, old: str, new: str):
    return client.post(PAGE, {"oldpassword": old, "password1": new, "password2": new})


def test_until_it_is_replaced_every_page_leads_to_where_it_is(made):
    client = signed_in(made.account, made.password)
    for address in ("/", "/cases/", "/places/", "/people/", "/tokens/", "/accounts/2fa/", "/search/?q=a"):
        assert client.get(address).headers.get("Location") == PAGE, address
    assert client.post("/cases/open/").headers["Location"] == PAGE
    asked = client.get("/cases/", headers={"HX-Request": "true"})  # a part of a page
    assert (asked.status_code, asked.headers["HX-Redirect"]) == (204, PAGE)


def test_the_page_says_the_rules_and_leads_nowhere_else(made):
    page = signed_in(made.account, made.password).get(PAGE).content.decode()
    assert "必须包含至少 8 个字符" in page
    assert 'href="/cases/"' not in page


def test_a_chosen_password_opens_everything_and_is_recorded(made):
    client = signed_in(made.account, made.password)
    assert choose(client, made.password, CHOSEN).headers["Location"] == reverse("home")
    assert client.get("/cases/").status_code == 200
    assert signed_in(made.account, CHOSEN).get("/cases/").status_code == 200
    assert Entry.objects.filter(action="choose-password").exists()


def test_the_given_password_itself_and_a_weak_one_are_refused(made):
    client = signed_in(made.account, made.password)
    for new in (made.password, "12345678", "limin"):
        assert choose(client, made.password, new).status_code == 200
    assert Account.objects.get(pk=made.account.pk).password_is_given


def test_a_change_ends_the_other_sessions_and_not_this_one(made):
    here = signed_in(made.account, made.password)
    choose(here, made.password, CHOSEN)
    elsewhere = signed_in(made.account, CHOSEN)
    choose(here, CHOSEN, "heron-inlet-27182")
    assert here.get("/cases/").status_code == 200
    assert elsewhere.get("/cases/").headers["Location"].startswith("/accounts/login/")


def test_a_password_that_was_reset_must_be_replaced_again(made, viewer):
    choose(signed_in(made.account, made.password), made.password, CHOSEN)
    administrator = viewer("administrator", "boss")
    fresh = reset_password(viewer=administrator, account=made.account, at=AT)
    assert signed_in(made.account, fresh).get("/").headers["Location"] == PAGE


def test_demonstration_accounts_are_spared_and_a_first_administrator_is_not(db):
    assert make_first_administrator(password=CHOSEN)
    assert Account.objects.get(username="admin").password_is_given
    Account.objects.update(username="boss")
    make_demo_accounts(password=CHOSEN)
    assert not Account.objects.get(username="officer").password_is_given


def test_the_program_hashes_in_a_million_rounds_whatever_tests_do():
    """Its settings name no hasher, so that it is Django's own, stronger with each release."""
    from django.conf import global_settings
    from django.utils.module_loading import import_string

    from tongdian.config import settings as of_the_program

    assert not hasattr(of_the_program, "PASSWORD_HASHERS")
    first = import_string(global_settings.PASSWORD_HASHERS[0])
    assert first.algorithm == "pbkdf2_sha256"
    assert first.iterations >= 1_000_000
