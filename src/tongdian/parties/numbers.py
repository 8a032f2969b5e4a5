"""The numbers of people and firms: checked when they are entered, masked wherever they are shown."""

from __future__ import annotations

import re
from unicodedata import normalize

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NotAnIdentityNumber(Refusal):
    """Not a citizen's identity number by GB 11643."""

    says = Words(
        "身份证号码有误：{problem}。请对照证件重新填写。",
        "This is not an identity number: {problem}. Compare it with the card.",
    )


class NotACreditCode(Refusal):
    """Not a unified social credit code by GB 32100."""

    says = Words(
        "统一社会信用代码有误：{problem}。请对照营业执照或登记证书重新填写。",
        "This is not a unified social credit code: {problem}. Compare it with the licence.",
    )


class NotAPhoneNumber(Refusal):
    """Not a telephone number of China."""

    says = Words(
        "电话号码有误。手机为 11 位数字；座机请带区号，如 0773-5846000。",
        "This is not a telephone number. A mobile has 11 digits; a fixed line needs its area code, "
        "such as 0773-5846000.",
    )


_LENGTH = Words("应为 18 位", "it has 18 characters")
_DIGIT = Words("末位校验码不符，可能有一位写错", "the check digit does not fit, so one is wrong")
_SHAPE = Words("含有不应出现的字符", "it has characters that do not belong")
_BIRTH = Words("出生日期不存在", "there is no such day of birth")

# Of GB 32100: no I, O, S, V, Z; the registering department and kind need not be digits (rural
# collectives begin with N), the six of the region are.
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}")
_PHONE = re.compile(r"(?a:1[3-9]\d{9}|0\d{2,3}\d{7,8}|[48]00\d{7}|95\d{3,6}|1\d{4})")


def checked_identity(text: str) -> str:
    """The identity number without blanks, X in capitals. Raises NotAnIdentityNumber.

    Where it was issued is not looked up: people keep numbers of regions that are long dissolved,
    and residents of Hong Kong, Macao and Taiwan have 81, 82 and 83.
    """
    number = ric.compact(text)
    if len(number) != 18:
        raise NotAnIdentityNumber(problem=_LENGTH)
    if not (number[:17].isascii() and number[:17].isdigit() and number[17] in "0123456789X"):
        raise NotAnIdentityNumber(problem=_SHAPE)
    if ric.calc_check_digit(number) != number[17]:
        raise NotAnIdentityNumber(problem=_DIGIT)
    try:
        ric.get_birth_date(number)
    except ValidationError:
        raise NotAnIdentityNumber(problem=_BIRTH) from None
    return number


def checked_credit_code(text: str) -> str:
    """The unified social credit code in capitals. Raises NotACreditCode."""
    code = uscc.compact(text)
    if len(code) != 18:
        raise NotACreditCode(problem=_LENGTH)
    if not _CREDIT_CODE.fullmatch(code):
        raise NotACreditCode(problem=_SHAPE)
    if uscc.calc_check_digit(code) != code[17]:
        raise NotACreditCode(problem=_DIGIT)
    return code


def checked_phone(text: str) -> str:
    """The digits of a mobile, fixed or service number, without +86. Raises NotAPhoneNumber."""
    number = re.sub(r"^(?:\+|00)86", "", re.sub(r"[\s()（）-]", "", normalize("NFKC", text)))
    if not _PHONE.fullmatch(number):
        raise NotAPhoneNumber
    return number


def masked_name(name: str) -> str:
    """王小明 → 王**: nothing tells how long the name is."""
    return f"{name[:1]}**" if name else ""


def masked_identity(number: str) -> str:
    """450302199001010012 → 4503**********0012: never the birthday."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 12 else "****"


def masked_phone(number: str) -> str:
    """13812345678 → 138****5678; of a shorter one only the last two."""
    if len(number) >= 11:
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    return f"{'*' * max(len(number) - 2, 2)}{number[-2:]}" if len(number) > 4 else "****"
