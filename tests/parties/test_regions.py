"""The divisions of China, complete and once."""

import re

import pytest

from tongdian.parties.models import Region
from tongdian.parties.regions import load
from tongdian.regions import codes_above, divisions, level_of

pytestmark = pytest.mark.django_db


def test_there_are_34_provinces_and_every_one_has_something_below_it():
    provinces = Region.objects.filter(level="province")
    assert provinces.count() == 34  # 23 provinces, 5 regions, 4 municipalities, 2 special regions
    assert [one.name for one in provinces if not one.children.exists()] == []


def test_hong_kong_has_18_districts_macao_8_and_taiwan_its_cities_and_counties():
    names = {
        code: list(Region.objects.filter(parent=code).values_list("name", flat=True))
        for code in ("810000", "820000", "710000")
    }
    assert [len(names[code]) for code in names] == [18, 8, 20]
    assert "油尖旺区" in names["810000"]
    assert "路凼填海区" in names["820000"]
    assert {"台北市", "澎湖县"} <= set(names["710000"])
    assert Region.objects.get(name="金门县").parent.name == "泉州市"  # 350527


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("450311", ["雁山区", "桂林市", "广西壮族自治区", "全国"]),
        ("429004", ["仙桃市", "湖北省", "全国"]),  # a county directly under its province
        ("110101", ["东城区", "北京市", "全国"]),  # a municipality has no prefectures
        ("659012", ["白杨市", "新疆维吾尔自治区", "全国"]),
        ("441900", ["东莞市", "广东省", "全国"]),  # a prefecture without counties
    ],
)
def test_a_division_knows_what_it_lies_in(code, names):
    region, found = Region.objects.get(code=code), []
    while region is not None:
        found.append(region.name)
        region = region.parent
    assert found == names


def test_only_the_nation_lies_in_nothing():
    assert list(Region.objects.filter(parent=None).values_list("code", flat=True)) == ["100000"]


def test_every_name_has_an_english_one_in_latin_letters():
    odd = [one for one in divisions() if not re.fullmatch(r"[A-Za-zÀ-ÿ' ,-]+", one.name_en)]
    assert odd == []
    shown = dict(Region.objects.filter(code__startswith="4503").values_list("code", "name_en"))
    assert shown["450332"] == "Gongcheng Yao Autonomous County"


def test_loading_again_changes_nothing_and_mends_a_name(db):
    before = Region.objects.count()
    Region.objects.filter(code="450311").update(name="雁山")
    assert load(Region, using="default") == before == Region.objects.count()
    assert Region.objects.get(code="450311").name == "雁山区"


def test_a_codes_shape_tells_its_level_and_what_it_may_lie_in():
    codes = ("100000", "450000", "450300", "450311")
    assert [level_of(code) for code in codes] == ["nation", "province", "prefecture", "county"]
    assert codes_above("450311") == ("450300", "450000", "100000")
    assert codes_above("100000") == ()
