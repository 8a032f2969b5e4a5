"""While the demonstration is being made in the background, every page says how far it is."""

import subprocess

import pytest

from tongdian.demo.progress import finish, progress, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path / "cache" / "demonstration-progress"


def test_pages_say_how_many_cases_are_made_until_all_are(client, place):
    assert "shell-making" not in client.get("/").content.decode()
    tell(120, 300)
    assert "已完成 120 / 300 件业务" in client.get("/").content.decode()
    part = client.get("/demonstration/", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "120 / 300" in part.content.decode()
    finish()
    part = client.get("/demonstration/", headers={"HX-Request": "true"})
    assert part.status_code == 286  # htmx asks no more
    assert "演示数据已生成" in part.content.decode()
    assert "shell-making" not in client.get("/").content.decode()


def test_one_whose_maker_is_gone_is_forgotten(place):
    tell(7, 300)
    assert progress() == (7, 300)
    ended = subprocess.Popen(["true"])
    ended.wait()
    place.write_text(f"{ended.pid} 7 300")
    assert progress() is None
    finish()
    finish()  # twice is once


def test_knowing_it_asks_no_database(place, django_assert_num_queries):
    tell(7, 300)
    with django_assert_num_queries(0):
        progress()
