"""The numbers of people and firms: checked when they are entered, masked wherever they are shown."""

from __future__ import annotations

import datetime as dt
import re
from unicodedata import category, normalize

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from tongdian.parties.rules import Document
from tongdian.parties.telephones import NotAPhoneNumber, checked_phone, masked_phone
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spoken import both

__all__ = [
    "NotACreditCode",
    "NotADocumentNumber",
    "NotAPhoneNumber",
    "NotAnIdentityNumber",
    "checked_credit_code",
    "checked_document",
    "checked_identity",
    "checked_phone",
    "document_of",
    "masked_identity",
    "masked_name",
    "masked_phone",
    "plain_number",
]


class NotAnIdentityNumber(Refusal):
    """Not a citizen's identity number by GB 11643."""

    says = Words(
        "身份证号码有误：{problem}。请对照证件重新填写。",
        "This is not an identity number: {problem}. Compare it with the card.",
    )
    field = "identity"


class NotACreditCode(Refusal):
    """Not a unified social credit code by GB 32100."""

    says = Words(
        "统一社会信用代码有误：{problem}。请对照营业执照或登记证书重新填写。",
        "This is not a unified social credit code: {problem}. Compare it with the licence.",
    )
    field = "identity"


class NotADocumentNumber(Refusal):
    """Not a number as such a document has."""

    says = Words(
        "{document}号码有误：{problem}。请对照证件重新填写。",
        "This is not the number of a {document}: {problem}. Compare it with the document.",
    )
    field = "identity"


_LENGTH = Words("应为 18 位", "it must have 18 characters")
_DIGIT = Words("末位校验码不符，可能有一位写错", "the check digit does not fit, so one is wrong")
_SHAPE = Words("含有不应出现的字符", "it has characters that do not belong")
_BIRTH = Words("出生日期不存在", "there is no such day of birth")
_UNBORN = Words("出生日期在今天之后", "its day of birth is still to come")
_REGION = Words("没有这样的地区码", "no region has such a code")
_LIKE = Words("应如 {example}", "it should look like {example}")
_FIRST_BIRTH = 1900

# Of GB 32100: no I, O, S, V, Z; the registering department and kind need not be digits (rural
# collectives begin with N), the six of the region are.
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}")

_SHAPES: dict[str, tuple[str, str]] = {
    Document.PASSPORT: (r"(?=.*\d)[A-Z0-9]{6,12}", "E12345678"),
    # of Taiwan 8 digits; of Hong Kong and Macao H or M, 8 digits, and once two for the issue
    Document.MAINLAND_TRAVEL_PERMIT: (r"\d{8}|[HM]\d{8}(\d{2})?", "12345678 / H12345678"),
    Document.OTHER: (r"[A-Z0-9]{4,24}", "AB123456"),
}
_OLD_PERMANENT_RESIDENT = re.compile(r"[A-Z]{3}\d{12}")  # issued until 2023, some valid until 2033


def checked_document(document: str, text: str, *, on: dt.date | None = None) -> tuple[str, str]:
    """The document and its number, plain. An 18-digit number tells itself which card it is of.

    Raises NotAnIdentityNumber, NotACreditCode, NotADocumentNumber.
    """
    kind, number = Document(document), plain_number(text)
    if kind == Document.CREDIT_CODE:
        return kind, checked_credit_code(number)
    if kind == Document.PERMANENT_RESIDENT and _OLD_PERMANENT_RESIDENT.fullmatch(number):
        return kind, number
    if kind in (Document.ID_CARD, Document.RESIDENCE_PERMIT, Document.PERMANENT_RESIDENT):
        number = checked_identity(number, on=on)
        return document_of(number), number
    shape, example = _SHAPES[kind]
    if not re.fullmatch(shape, number, re.ASCII):
        raise NotADocumentNumber(document=both(kind.label), problem=_LIKE.fill(example=example))
    return kind, number


def document_of(number: str) -> Document:
    """Which card a (checked) number of 18 characters is of."""
    if number[:2] in ("81", "82", "83"):
        return Document.RESIDENCE_PERMIT
    return Document.PERMANENT_RESIDENT if number[0] == "9" else Document.ID_CARD


def checked_identity(text: str, *, on: dt.date | None = None) -> str:
    """The identity number without blanks, X in capitals. Raises NotAnIdentityNumber.

    Where it was issued is not looked up: people keep numbers of regions that are long dissolved, residents
    of Hong Kong, Macao and Taiwan have 81, 82 and 83, foreigners who live here for ever 9. Whoever knows
    the day says it in `on`: nobody is born after it.
    """
    number = plain_number(text)
    if len(number) != 18:
        raise NotAnIdentityNumber(problem=_LENGTH)
    if not (number[:17].isascii() and number[:17].isdigit() and number[17] in "0123456789X"):
        raise NotAnIdentityNumber(problem=_SHAPE)
    if ric.calc_check_digit(number) != number[17]:
        raise NotAnIdentityNumber(problem=_DIGIT)
    if number[0] == "0":
        raise NotAnIdentityNumber(problem=_REGION)
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        raise NotAnIdentityNumber(problem=_BIRTH) from None
    if born.year < _FIRST_BIRTH:
        raise NotAnIdentityNumber(problem=_BIRTH)
    if on is not None and born > on:
        raise NotAnIdentityNumber(problem=_UNBORN)
    return number


def checked_credit_code(text: str) -> str:
    """The unified social credit code in capitals. Raises NotACreditCode."""
    code = plain_number(text)
    if len(code) != 18:
        raise NotACreditCode(problem=_LENGTH)
    if not _CREDIT_CODE.fullmatch(code):
        raise NotACreditCode(problem=_SHAPE)
    if uscc.calc_check_digit(code) != code[17]:
        raise NotACreditCode(problem=_DIGIT)
    return code


def plain_number(text: str) -> str:
    """A number as it was typed or copied, without blanks and dashes, of one width, in capitals."""
    return "".join(
        letter
        for letter in normalize("NFKC", text).upper()
        if not letter.isspace() and category(letter) != "Pd"
    )


def masked_name(name: str) -> str:
    """王小明 → 王**: nothing tells how long the name is."""
    return f"{name[:1]}**" if name else ""


def masked_identity(number: str) -> str:
    """450302199001010012 → 4503**********0012: never the birthday."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 12 else "****"
