"""Telephone numbers: read however they are written, kept plain, masked where they are shown."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NotAPhoneNumber(Refusal):
    """Not a telephone number of China."""

    says = Words(
        "电话号码有误：{problem}。手机为 11 位数字；座机请带区号，分机写在后面，如 0773-5846000-8012。",
        "This is not a telephone number: {problem}. A mobile has 11 digits; a fixed line needs its area "
        "code, and its extension comes last, such as 0773-5846000-8012.",
    )
    field = "phone"


_STRANGE = Words("含有不应出现的字符“{found}”", 'it has a character that does not belong, "{found}"')
_SHORT = Words("只有 {count} 位数字", "it has only {count} digits")
_LONG = Words("有 {count} 位数字，太多", "it has {count} digits, too many")
_NO_AREA = Words("座机没有区号", "a fixed line without its area code")
_NONE_SUCH = Words("没有这样开头的号码", "no number begins like this")

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FIXED = re.compile(r"0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}|[48]00\d{7}", re.ASCII)
_SERVICE = re.compile(r"95\d{3,6}|1\d{4}", re.ASCII)
_ABROAD = re.compile(r"\+(?:85[23]\d{8}|886\d{8,9})", re.ASCII)  # Hong Kong, Macao, Taiwan
_EXTENSION = re.compile(r"(?:转接?|轉|分机号?|EXT\.?|X|#)[-:]*(?=\d+$)")
_WITH_EXTENSION = re.compile(r"(0\d{2,3}-?\d{7,8}|[48]00(?:-?\d){7})-(\d{1,6})", re.ASCII)
_MAINLAND = re.compile(r"^(?:\+|00)86-*")
_WITHOUT_PLUS = re.compile(r"^86-*(?=(?:-?\d){10,})")


def checked_phone(text: str) -> str:
    """A mobile, fixed or service number as it is dialled, without +86; an extension behind a hyphen
    (07735846000-8012). Every dash and width is taken. Raises NotAPhoneNumber."""
    written = _written(text)
    abroad = re.sub(r"^00(?=85[23]|886)", "+", written).replace("-", "")
    if _ABROAD.fullmatch(abroad):
        return abroad
    number = _in_the_mainland(written)
    whole = _WITH_EXTENSION.fullmatch(number)  # before all else: 0773-5846000-8 has eight digits too
    if whole and _FIXED.fullmatch(main := whole[1].replace("-", "")):
        return f"{main}-{whole[2]}"
    digits = number.replace("-", "")
    if any(one.fullmatch(digits) for one in (_MOBILE, _FIXED, _SERVICE)):
        return digits
    main, _, extension = number.rpartition("-")
    if _FIXED.fullmatch(main := main.replace("-", "")) and re.fullmatch(r"\d{1,6}", extension):
        return f"{main}-{extension}"
    raise NotAPhoneNumber(problem=_wrong_with(digits))


def checked_hotline(text: str) -> str:
    """A number that the public is told, as the office writes it: 0773-5846000 reads better than it is
    dialled. Raises NotAPhoneNumber."""
    written = normalize("NFKC", text).strip()
    if written:
        try:
            checked_phone(written)
        except NotAPhoneNumber as refused:
            raise refused.about("hotline") from None
    return written


def receives_messages(number: str) -> bool:
    """Whether a (checked) number is a mobile of the mainland, to which a text message goes."""
    return bool(_MOBILE.fullmatch(number))


def dialled(number: str) -> tuple[str, str]:
    """A (checked) number and its extension, apart."""
    main, _, extension = number.partition("-")
    return main, extension


def masked_phone(number: str) -> str:
    """13812345678 → 138****5678; of a shorter one only the last two. An extension tells nobody apart."""
    main, extension = dialled(number)
    if extension:
        return f"{masked_phone(main)}-{extension}"
    if len(number) >= 11:
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    return f"{'*' * max(len(number) - 2, 2)}{number[-2:]}" if len(number) > 4 else "****"


def _written(text: str) -> str:
    """Digits with a hyphen wherever something stood between them; the extension behind one, too."""
    plain = normalize("NFKC", text).upper().strip()
    hyphened = "".join("-" if category(one) in ("Pd", "Zs") or one in "()·.−\t/" else one for one in plain)
    written = re.sub("-+", "-", _EXTENSION.sub("-", hyphened)).strip("-")
    if found := re.search(r"[^0-9-]", written.removeprefix("+")):
        raise NotAPhoneNumber(problem=_STRANGE.fill(found=found[0]))
    return written


def _in_the_mainland(written: str) -> str:
    """Without 86; what is dialled from abroad without the nought of its area code gets it back."""
    number = _MAINLAND.sub("", written)
    shorter = _WITHOUT_PLUS.sub("", written)
    if number == written and _dials(shorter):
        number = shorter
    if number != written and not _dials(number) and _dials(f"0{number}"):
        return f"0{number}"
    return number


def _dials(number: str) -> bool:
    main = number.replace("-", "")
    whole = _WITH_EXTENSION.fullmatch(number)
    return bool(_MOBILE.fullmatch(main) or _FIXED.fullmatch(whole[1].replace("-", "") if whole else main))


def _wrong_with(digits: str) -> Words:
    count = len(digits)
    if count in (7, 8) and digits[0] in "2345678":
        return _NO_AREA
    if count < (10 if digits.startswith("0") else 11):
        return _SHORT.fill(count=count)
    return (
        _LONG.fill(count=count) if count > 12 or (not digits.startswith("0") and count > 11) else _NONE_SUCH
    )
