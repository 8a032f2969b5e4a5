"""The frame of every page, its errors, languages and headers, through Django itself."""

import re
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.urls import path

import tongdian.web
from tongdian.shell import navigation
from tongdian.shell.navigation import NavigationEntry, places_for

WEB = Path(tongdian.web.__file__).parent
pytestmark = pytest.mark.django_db


def test_the_first_page_is_chinese_and_an_english_reader_gets_english(client):
    assert "供水供电，按规章办" in client.get("/").content.decode()
    english = client.get("/", headers={"accept-language": "en-GB,en;q=0.9"}).content.decode()
    assert "Water and electricity service, by the book" in english


def test_a_chosen_language_stays(client):
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert answer.headers["location"] == "/"
    assert '<html lang="en">' in client.get("/", headers={"accept-language": "zh"}).content.decode()


def test_nothing_may_run_that_the_page_did_not_bring(client):
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert client.get("/").headers["x-frame-options"] == "DENY"


def test_no_template_writes_a_script_or_a_style_where_the_policy_would_refuse_it():
    for template in WEB.parent.rglob("templates/**/*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style(?![^>]*nonce)", text), template
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or "nonce=" in script or "application/json" in script, template


def test_an_unknown_address_is_answered_in_the_readers_language(client):
    answer = client.get("/nothing-here")
    assert (answer.status_code, "没有这个页面" in answer.content.decode()) == (404, True)
    english = client.get("/nothing-here", headers={"accept-language": "en"})
    assert "There is no such page" in english.content.decode()


def refuse(request):
    from django.core.exceptions import PermissionDenied

    raise PermissionDenied


def misread(request):
    from django.core.exceptions import BadRequest

    raise BadRequest


def fail(request):
    raise ZeroDivisionError


class Failing:
    """URLs that end in each error, beside the real ones."""

    from tongdian.config import urls as real

    urlpatterns = [*real.urlpatterns, path("refuse", refuse), path("misread", misread), path("fail", fail)]
    handler400, handler403 = real.handler400, real.handler403
    handler404, handler500 = real.handler404, real.handler500


@pytest.mark.parametrize(
    ("address", "status", "chinese", "english"),
    [
        ("/refuse", 403, "没有权限", "Not permitted"),
        ("/misread", 400, "无法识别该请求", "The request cannot be read"),
        ("/fail", 500, "系统出错了", "Something went wrong here"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_every_error_has_a_page_in_both_languages(address, status, chinese, english):
    client = Client(raise_request_exception=False)
    with override_settings(ROOT_URLCONF=Failing):
        first = client.get(address)
        second = client.get(address, headers={"accept-language": "en"})
    assert (first.status_code, second.status_code) == (status, status)
    assert chinese in first.content.decode()
    assert english in second.content.decode()


def test_a_form_without_its_token_is_refused_with_a_reason():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "admin"})
    assert (answer.status_code, "页面停留时间过长" in answer.content.decode()) == (403, True)


def test_signing_up_and_resetting_by_mail_do_not_exist(client):
    for address in ("/accounts/signup/", "/accounts/email/", "/accounts/password/reset/"):
        assert client.get(address).status_code == 404
    page = client.get("/accounts/login/").content.decode()
    assert 'name="login"' in page
    assert "reset" not in page


def test_signing_in_with_a_wrong_password_says_so_and_keeps_the_name(client, viewer):
    viewer("officer", username="liming")
    page = client.post("/accounts/login/", {"login": "liming", "password": "wrong"})
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert 'value="liming"' in page.content.decode()


def test_signing_in_leads_home_without_ado(client, viewer):
    officer = viewer("officer", username="liming")
    officer.set_password("lotus-maple-31415")
    officer.save()
    page = client.post("/accounts/login/", {"login": "liming", "password": "lotus-maple-31415"}, follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert 'class="alert' not in page.content.decode()
    assert "liming · 经办人" in page.content.decode()


def test_the_navigation_shows_what_the_viewer_may_do_in_its_order(monkeypatch, viewer):
    monkeypatch.setattr(navigation, "_places", {})
    navigation.register(NavigationEntry(title="B", url_name="b", icon="book", order=20))
    navigation.register(
        NavigationEntry(title="Log", url_name="log", icon="book", order=10, permission="audit_log.read")
    )
    assert [place.title for place in places_for(viewer("auditor"))] == ["Log", "B"]
    assert [place.title for place in places_for(viewer("officer"))] == ["B"]


def test_a_place_is_lit_by_the_pages_under_it():
    place = NavigationEntry(title="P", url_name="packs", icon="book", order=1, also=("pack*", "clause"))
    lit = [name for name in ("packs", "pack-rule", "clause", "clauses") if place.leads_to(name)]
    assert lit == ["packs", "pack-rule", "clause"]


def test_every_icon_that_a_template_draws_is_there():
    drawn = set()
    for template in WEB.parent.rglob("templates/**/*.html"):
        drawn |= set(re.findall(r'{% icon "([^"]+)"', template.read_text(encoding="utf-8")))
    assert drawn
    assert {name for name in drawn if not (WEB / "icons" / f"{name}.svg").exists()} == set()


def test_vendored_files_bring_their_licences_and_no_source_maps():
    folders = [folder for folder in (WEB / "static" / "vendor").iterdir() if folder.is_dir()]
    assert {folder.name for folder in folders} == {"echarts", "htmx", "tabler"}
    for folder in folders:
        assert (folder / "LICENSE").exists()
    for file in (WEB / "static" / "vendor").rglob("*.[jc]s*"):
        assert "sourceMappingURL" not in file.read_text(encoding="utf-8"), file


def test_that_it_lives_is_told_without_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/livez").json() == {"status": "ok"}


def test_health_is_a_word_for_each_part_and_no_number(client, viewer):
    """No worker runs in this test: it is down, and a monitor is told so by the status."""
    reply = client.get("/healthz")
    said = reply.json()
    assert (reply.status_code, said["status"]) == (503, "down")
    assert said["parts"]["worker"] == "down"
    wanted = {"database", "disk", "worker", "sealing", "checkpoint", "announcements", "calendar", "archive"}
    assert wanted <= set(said["parts"])
    assert set(said["parts"].values()) <= {"ok", "watch", "down"}


def test_a_disk_that_cannot_be_written_is_told(client, monkeypatch, settings, tmp_path):
    settings.HOME = tmp_path / "gone"
    assert client.get("/healthz").json()["parts"]["disk"] == "down"


def test_the_home_page_asks_the_database_little(client, django_assert_max_num_queries):
    client.get("/")
    with django_assert_max_num_queries(6):  # a stranger's; none of them grows with the data
        client.get("/")


@pytest.mark.parametrize("page", ["/", "/api/v1/me"])
def test_an_address_with_more_parameters_than_anybody_writes_is_refused(client, page):
    assert client.get(page + "?" + "&".join("a=1" for _ in range(1_001))).status_code == 400
