"""Identity numbers, credit codes and phones: checked by the standards, masked when shown."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from tongdian.parties.numbers import (
    NotACreditCode,
    NotADocumentNumber,
    NotAnIdentityNumber,
    NotAPhoneNumber,
    checked_credit_code,
    checked_document,
    checked_identity,
    checked_phone,
    masked_identity,
    masked_name,
    masked_phone,
)
from tongdian.parties.telephones import dialled, receives_messages

days = st.dates(dt.date(1900, 1, 1), dt.date(2026, 1, 1))
CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@st.composite
def identities(draw) -> str:
    region = draw(st.sampled_from(["110101", "450305", "512501", "810000", "830000"]))
    order = draw(st.integers(0, 999))
    body = f"{region}{draw(days):%Y%m%d}".zfill(14) + f"{order:03}"
    return body + ric.calc_check_digit(body + "0")


@st.composite
def credit_codes(draw) -> str:
    head = draw(st.sampled_from(["91", "12", "92", "N2", "Y1"]))
    body = f"{head}450305{draw(st.text(CODE_LETTERS, min_size=9, max_size=9))}"
    return body + uscc.calc_check_digit(body)


@given(identities())
def test_a_right_identity_number_is_taken_also_from_a_dissolved_county_or_hong_kong(number):
    assert checked_identity(f" {number.lower()} ") == number


@given(identities(), st.integers(0, 17), st.integers(1, 9))
def test_an_identity_number_with_any_one_digit_changed_is_refused(number, place, step):
    old = number[place]
    new = str((int(old) + step) % 10) if old != "X" else str(step)
    with pytest.raises(NotAnIdentityNumber):
        checked_identity(number[:place] + new + number[place + 1 :])


@given(credit_codes(), st.integers(0, 17), st.sampled_from(CODE_LETTERS))
def test_a_credit_code_with_any_one_character_changed_is_refused(code, place, new):
    assert checked_credit_code(code.lower()) == code
    if new != code[place]:
        with pytest.raises(NotACreditCode):
            checked_credit_code(code[:place] + new + code[place + 1 :])


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("45030519900101001", "18 位"),
        ("45030519900101A010", "字符"),
        ("450305199001010011", "校验码"),
        ("45030519900230101" + ric.calc_check_digit("450305199002301010"), "出生日期"),
        ("４５０３０５１９９００１０１００１０", "校验码"),  # full-width digits are digits
    ],
)
def test_a_wrong_identity_number_is_refused_with_what_is_wrong(number, why):
    with pytest.raises(NotAnIdentityNumber) as refused:
        checked_identity(number)
    assert why in refused.value.say("zh")
    assert refused.value.say("en").startswith("This is not an identity number")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 1234 5678", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("0773-5846000", "07735846000"),
        ("(0773)5846000", "07735846000"),
        ("95598", "95598"),
        ("12398", "12398"),
        ("400-820-8820", "4008208820"),
        ("0773-5846000-8012", "07735846000-8012"),
        ("0773-5846000转8012", "07735846000-8012"),
        ("0773 5846000 转 8012", "07735846000-8012"),
        ("（0773）5846000 分机8012", "07735846000-8012"),
        ("0773-5846000 ext. 8012", "07735846000-8012"),
        ("0773-5846000-8", "07735846000-8"),
        ("010-8765-4321-1", "01087654321-1"),
        ("0773—5846000", "07735846000"),
        ("0773－5846000", "07735846000"),
        ("0773–5846000", "07735846000"),
        ("86-13812345678", "13812345678"),
        ("86-138-1234-5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("+86 773 5846000", "07735846000"),
        ("13８1234５678", "13812345678"),
        ("+852 9876 5432", "+85298765432"),
        ("00852-98765432", "+85298765432"),
    ],
)
def test_a_phone_number_is_kept_as_it_is_dialled(typed, kept):
    assert checked_phone(typed) == checked_phone(kept) == kept  # two doors may look at it one after the other


@pytest.mark.parametrize("typed", ["", "1381234567", "23812345678", "abc", "138123456789", "400-820"])
def test_what_cannot_be_dialled_is_refused(typed):
    with pytest.raises(NotAPhoneNumber):
        checked_phone(typed)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("5846000", "没有区号"),
        ("1381234567", "只有 10 位"),
        ("138123456789", "太多"),
        ("١٣٨١٢٣٤٥٦٧٨", "字符"),
        ("138一234", "“一”"),
        ("00000000000", "没有这样开头"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_a_telephone(typed, why):
    with pytest.raises(NotAPhoneNumber) as refused:
        checked_phone(typed)
    assert why in refused.value.say("zh")


def test_an_extension_is_kept_apart_and_only_a_mobile_receives_messages():
    assert dialled("07735846000-8012") == ("07735846000", "8012")
    assert [receives_messages(one) for one in ("13812345678", "07735846000", "+85298765432")] == [
        True,
        False,
        False,
    ]
    assert masked_phone("07735846000-8012") == "077****6000-8012"


TAIWAN = "83000019900101001"


@pytest.mark.parametrize(
    ("document", "typed", "kept"),
    [
        ("passport", "e 1234 5678", ("passport", "E12345678")),
        ("mainland_travel_permit", "12345678", ("mainland_travel_permit", "12345678")),
        ("mainland_travel_permit", "h1234567801", ("mainland_travel_permit", "H1234567801")),
        ("permanent_resident", "FRA110088010101", ("permanent_resident", "FRA110088010101")),
        ("id_card", TAIWAN + ric.calc_check_digit(TAIWAN + "0"), ("residence_permit", "")),
        ("id_card", "１１０１０５ 19491231 002Ｘ", ("id_card", "11010519491231002X")),
        ("credit_code", "91110000-600037341L", ("credit_code", "91110000600037341L")),
    ],
)
def test_every_document_is_taken_with_its_own_number(document, typed, kept):
    found, number = checked_document(document, typed)
    assert (found, number if kept[1] else "") == kept


@pytest.mark.parametrize(
    ("document", "typed"),
    [
        ("passport", "ABCDEFGH"),
        ("passport", "E1"),
        ("passport", "E١٢٣٤٥٦٧٨"),
        ("mainland_travel_permit", "1234567"),
        ("mainland_travel_permit", "A12345678"),
        ("other", "№1"),
    ],
)
def test_a_document_does_not_take_the_number_of_another(document, typed):
    with pytest.raises(NotADocumentNumber):
        checked_document(document, typed)


@pytest.mark.parametrize(
    ("first", "why"),
    [("45030520990101001", "今天之后"), ("45030518500101001", "出生日期"), ("00000019900101001", "地区码")],
)
def test_an_impossible_birth_or_region_is_refused(first, why):
    with pytest.raises(NotAnIdentityNumber) as refused:
        checked_identity(first + ric.calc_check_digit(first + "0"), on=dt.date(2026, 3, 2))
    assert why in refused.value.say("zh")


@given(identities())
def test_a_masked_identity_never_shows_the_birthday_nor_the_county(number):
    shown = masked_identity(number)
    assert shown == f"{number[:4]}{'*' * 10}{number[-4:]}"
    assert len(shown) == 18


@given(st.from_regex(r"1[3-9]\d{9}|0\d{9,11}|95\d{3}", fullmatch=True))
def test_a_masked_phone_hides_at_least_three_digits_in_the_middle(number):
    shown = masked_phone(number)
    assert len(shown) == len(number)
    assert shown.count("*") >= 3
    hidden = [place for place, letter in enumerate(shown) if letter == "*"]
    assert hidden == list(range(hidden[0], hidden[-1] + 1))
    assert shown[hidden[-1] + 1 :] == number[hidden[-1] + 1 :]


@given(st.text(min_size=1, max_size=8).filter(str.strip))
def test_a_masked_name_does_not_tell_how_long_it_is(name):
    assert masked_name(name) == f"{name[0]}**"


def test_the_examples_of_the_form():
    assert masked_name("王小明") == "王**"
    assert masked_identity("450302199001010012") == "4503**********0012"
    assert masked_phone("13812345678") == "138****5678"
