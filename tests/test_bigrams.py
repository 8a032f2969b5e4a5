"""Chinese search: whatever piece of a stored text is typed, it is found."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.network.conftest import make_organisation
from tongdian.bigrams import bigrams, stands_in
from tongdian.network.models import Place

TEXTS = st.text("雁山校区门面号 89ABa9-", min_size=2, max_size=14).filter(
    lambda text: len("".join(text.split())) > 1
)


@pytest.fixture
def place(db):
    """A place with whatever name."""
    organisation = make_organisation("YS", "雁山校区")
    one = Place(organisation=organisation, kind="shop", code="M9", name="—", region=organisation.region)
    one.ancestors = [one.id]
    one.save()
    return one


def is_found(place: Place, name: str, typed: str) -> bool:
    Place.objects.filter(pk=place.pk).update(name=name, pairs=bigrams(name))
    return Place.objects.filter(stands_in(typed)).exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXTS, data=st.data())
@example(name="雁山校区 9 号门面", data=None)
def test_every_piece_of_two_characters_finds_it_with_its_blanks_and_without(place, name, data):
    if data is None:
        pieces = ["9号门面", "9 号门面", "区 9", "校区9号"]
    else:
        first = data.draw(st.integers(0, len(name) - 2))
        pieces = [name[first : data.draw(st.integers(first + 2, len(name)))]]
    for piece in pieces:
        bare = "".join(piece.split())
        if len(bare) > 1:
            assert is_found(place, name, piece), piece
            assert is_found(place, name, bare), bare


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("Wang Wei", "Wang Wei", True),
        ("Wang Wei", "wei wang", True),  # every word, in any order
        ("Wang Wei", "Wang Li", False),
        ("雁山校区 9 号门面", "雁山 9 门面", True),  # the 9 is a word by itself
        ("雁山校区9号门面", "雁山 9", True),
        ("雁山校区 19 号门面", "雁山 9", False),
        ("雁山校区 9 号门面", "９号门面", True),  # full width
        ("雁山校区 9 号门面", "8号门面", False),
        ("雁山校区 9 号门面", "  ", False),
        ("五折50%店", "50%", True),
        ('O\'Neill \\ {a,b} "c"', 'o\'neill \\ {a,b} "c"', True),
        ("雁山校区", "'; drop table network_place; --", False),
        ("雁山校区", "%s", False),
    ],
)
def test_a_blank_means_and(place, name, typed, found):
    assert is_found(place, name, typed) is found


@pytest.mark.parametrize("stored", "·•‧・･.．·")
@pytest.mark.parametrize("typed", [*"·•‧・･.．·", "", " · "])
def test_a_name_is_found_whatever_its_dot(place, stored, typed):
    assert is_found(place, f"买买提{stored}吐尔逊", f"买买提{typed}吐尔逊")
    assert not is_found(place, "0.4 千伏", "04")


def test_postgresql_knows_how_rare_the_pairs_are_before_it_looks(db):
    """A prepared statement is planned for any value; these stand in the text of it."""
    text, values = Place.objects.filter(stands_in("门面")).query.sql_with_params()
    assert "门面" in text
    assert values == ()
