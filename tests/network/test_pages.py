"""The pages of places and of the network."""

import re

import pytest

from tongdian.network.models import Feeder, Place, Transformer, UsagePoint

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def officer(client, campus):
    client.force_login(campus.officer)
    return client


def test_the_tree_leads_from_the_campus_to_a_flat(officer, campus):
    assert "雁山校区" in text_of(officer.get("/places/"))
    assert "雁山校区 1 栋" in text_of(officer.get(f"/places/{campus.campus.pk}/"))
    assert "雁山校区 1 栋 101 室" in text_of(officer.get(f"/places/{campus.building.pk}/"))


def test_a_place_is_found_by_two_characters(officer):
    assert "101 室" in text_of(officer.get("/places/?q=01 室"))
    assert officer.get("/places/?q=食堂").status_code == 200


def test_an_officer_enters_a_place_a_line_a_transformer_and_a_point(officer, campus):
    where = f"/places/new/?in={campus.campus.pk}"
    typed = {"kind": "shop", "name": "雁山校区 3 号门面", "code": "M3", "parent": "YS"}
    assert officer.get(where).status_code == 200
    assert officer.post(where, typed).status_code == 302
    shop = Place.objects.get(code="M3")
    assert shop.region == campus.campus.region
    answer = officer.post(where, typed)
    assert answer.status_code == 422
    assert "雁山校区 3 号门面" in text_of(answer)  # whose code it is

    officer.post(
        f"/network/feeders/new/?for={campus.organisation.pk}",
        {"utility": "power", "code": "F2", "name": "二线"},
    )
    feeder = Feeder.objects.get(code="F2")
    typed = {"code": "T2", "name": "2 号变", "capacity_kva": "50", "power_factor": "0.9"}
    officer.post(f"/network/feeders/{feeder.pk}/new/", typed)
    transformer = Transformer.objects.get(code="T2")
    typed = {"utility": "power", "code": "P9", "transformer": transformer.pk, "capacity_kw": "46"}
    answer = officer.post(f"/places/{shop.pk}/points/new/", typed)
    assert answer.status_code == 422
    assert "45 kW" in text_of(answer)  # 50 kVA × 0.9
    officer.post(f"/places/{shop.pk}/points/new/", typed | {"capacity_kw": "40"})
    assert UsagePoint.objects.get(code="P9").feeder == feeder
    assert "5 kW" in text_of(officer.get("/network/"))
    assert "P9" in text_of(officer.get(f"/network/transformers/{transformer.pk}/"))
    assert "P9" in text_of(officer.get(f"/places/{shop.pk}/"))


def test_what_exists_is_corrected_and_removed(officer, campus):
    flat = campus.flats[0]
    typed = {"kind": "flat", "name": "雁山校区 1 栋 101 室", "code": "YS-1-101", "parent": "YS-1"}
    where = f"/places/{flat.pk}/change/"
    typed["seen"] = officer.get(where).context["form"]["seen"].value()
    officer.post(where, typed | {"name": "雁山校区 1 栋 101A 室"})
    flat.refresh_from_db()
    assert flat.name.endswith("101A 室")
    answer = officer.post(where, typed | {"parent": "nowhere"})
    assert answer.status_code == 422
    seen = officer.get(f"/places/{campus.building.pk}/change/").context["form"]["seen"].value()
    assert officer.post(f"/places/{campus.building.pk}/remove/", {"seen": seen}).status_code == 302
    assert Place.objects.filter(pk=campus.building.pk).exists()  # it has flats
    officer.post(f"/places/{flat.pk}/remove/", typed)  # as it was before its name was changed
    assert Place.objects.filter(pk=flat.pk).exists()
    officer.post(f"/places/{flat.pk}/remove/")
    assert Place.objects.filter(pk=flat.pk).exists()
    page = officer.get(where)
    seen = page.context["form"]["seen"].value()
    assert page.content.decode().count(seen) == 2  # of the change, and of the removal
    officer.post(f"/places/{flat.pk}/remove/", {"seen": seen})
    assert not Place.objects.filter(pk=flat.pk).exists()
    for address in (
        f"/network/feeders/{campus.feeder.pk}/",
        f"/network/transformers/{campus.transformer.pk}/change/",
    ):
        assert officer.get(address).status_code == 200


def test_a_reader_reads_and_a_stranger_finds_nothing(client, campus, viewer):
    client.force_login(viewer("auditor", at=campus.organisation))
    assert "place-change" not in client.get(f"/places/{campus.campus.pk}/").content.decode()
    assert client.get("/places/new/").status_code == 403
    assert client.post(f"/places/{campus.campus.pk}/remove/").status_code == 403
    client.force_login(viewer("customer"))
    assert client.get("/places/").status_code == 403
    assert client.get(f"/network/transformers/{campus.transformer.pk}/").status_code == 403


def test_pages_speak_english(officer, campus):
    officer.cookies["django_language"] = "en"
    said = text_of(officer.get(f"/places/{campus.building.pk}/"))
    assert "What stands in it" in said
    assert "What is supplied here" in said
