"""A region's code is looked up where it comes in: a wrong one would be the whole nation, or nowhere."""

import pytest

from tongdian.regions import NoSuchRegion, known_region


@pytest.mark.parametrize(
    ("code", "plain"),
    [
        ("450300", "450300"),
        ("４５０３００", "450300"),
        (" 450302 ", "450302"),
        ("45", "45"),
        ("4503", "4503"),
        ("450311100", "450311100"),  # a town of Yanshan district
        ("100000", "100000"),
        ("", ""),
    ],
)
def test_a_division_is_known_however_wide_its_digits(code, plain):
    assert known_region(code) == plain


@pytest.mark.parametrize("code", ["999999", "450399", "4599", "45030", "桂林", "٤٥٠٣٠٠", "45-03-00"])
def test_what_is_no_division_is_refused_with_the_remedy(code):
    with pytest.raises(NoSuchRegion) as refused:
        known_region(code)
    assert "GB/T 2260" in refused.value.say("zh")
