"""What may become of an agreement, and what is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

SIGN = Words("签订和变更供用协议", "sign and change supply agreements")
END = Words("确认供用协议的提议", "confirm proposals about supply agreements")
IMPORT = Words("导入数据", "import data")
CONSENT = Words(
    "我已阅读并同意以上全部内容，并确认本次签名为我本人所作。",
    "I have read and agree to all of the above, and this signature is my own.",
)
# 销售电价分类 of the national tariff, for a regulation that leaves the classes of prices to it
NATIONAL_CATEGORIES = {
    "residential": Words("居民生活用电", "residential"),
    "commercial": Words("一般工商业用电", "general industry and commerce"),
    "industrial": Words("大工业用电", "large industry"),
    "agricultural": Words("农业生产用电", "agriculture"),
}
A_DAY = dt.timedelta(days=1)


class NoSuchAgreement(Refusal):
    """No agreement of that name, or not one that this viewer sees."""

    says = Words("没有这份协议，或您无权查看。", "There is no such agreement, or it is not yours to see.")
    status = 404


class AgreementStands(Refusal):
    """Another agreement holds at the usage point during some of the time."""

    says = Words(
        "用电（水）点 {point} 在此期间已有协议 {number}（{customer}，{period}）；请先终止或改为过户。",
        "The usage point {point} has the agreement {number} ({customer}, {period}) in that time; "
        "end it first, or transfer it.",
    )


class NotInForceThen(Refusal):
    """The agreement does not hold on the day."""

    says = Words(
        "协议 {number} 在 {day} 没有效力（{period}）；请改日期。",
        "The agreement {number} is not in force on {day} ({period}); choose another day.",
    )


class NothingBefore(Refusal):
    """A change or transfer on the first day would leave nothing of the agreement."""

    says = Words(
        "协议 {number} 自 {day} 起生效，变更或过户最早从次日起；若当初录错，请撤回后重签。",
        "The agreement {number} begins on {day}: it can change from the day after. If it was "
        "entered wrongly, take it back and sign it anew.",
    )


class EndsBeforeItBegins(Refusal):
    """The last day lies before the first."""

    says = Words("最后一天 {last} 早于第一天 {first}。", "The last day {last} is before the first, {first}.")


class EndedAlready(Refusal):
    """It ended then or before."""

    says = Words("协议 {number} 已于 {day} 终止。", "The agreement {number} ended on {day} already.")


class WasFollowed(Refusal):
    """Another agreement follows, so that this one's days are settled."""

    says = Words(
        "协议 {number} 之后已有 {following}；请先处理后者。",
        "The agreement {number} is followed by {following}; see to that one first.",
    )


class NothingChanges(Refusal):
    """A change or transfer to what is so already."""

    says = Words("与现有协议相同，没有变更。", "It is so already: nothing changes.")


class PackDoesNotBind(Refusal):
    """The organisation has not adopted the regulation that the agreement names."""

    says = Words(
        "{organisation} 在 {day} 没有适用“{pack}”；请先登记适用的文件。",
        '{organisation} has not adopted "{pack}" on {day}; enter that first.',
    )


class UnknownCategory(Refusal):
    """A class or category that the regulation does not name."""

    says = Words(
        "“{pack}”没有类别“{category}”；可选：{known}。",
        '"{pack}" has no category "{category}"; there are {known}.',
    )


class BackDated(Refusal):
    """A change from a day that has passed, by one person."""

    says = Words(
        "{day} 已过：从过去某日起的变更须附依据提出，由另一人确认后生效。",
        "{day} has passed: a change from such a day is proposed with a file, and another person confirms it.",
    )


class EndEvidenceMissing(Refusal):
    """A proposal about an agreement without a file."""

    says = Words(
        "请上传依据（如申请、拆除通知、结清证明的照片或扫描件）。",
        "Upload what it rests on, such as the request or the notice, as photograph or PDF.",
    )


class ProposedAlready(Refusal):
    """One proposal at a time."""

    says = Words(
        "协议 {number} 已有待确认的提议；请先确认或退回。",
        "A proposal about the agreement {number} waits already; confirm or set that aside first.",
    )


class NoProposal(Refusal):
    """Nothing to confirm: nobody proposed it, or somebody has answered."""

    says = Words(
        "协议 {number} 没有待确认的提议；请先由一人提出并附依据，或办理相应业务。",
        "No proposal about the agreement {number} waits to be confirmed: one person makes it with "
        "a file first, or it is done by its case.",
    )


class SamePerson(Refusal):
    """Whoever proposed it, acts for who did, or for whom they acted, does not confirm it."""

    says = Words(
        "须由另一人确认；提出人、其代理人和被代理人都不能确认。",
        "Another person confirms it: not the one who proposed it, nor anybody who stands in for "
        "them or for whom they stand in.",
    )


class CannotTakeBack(Refusal):
    """More than the agreement itself depends on it by now."""

    says = Words(
        "协议 {number} 已有{what}，不能撤回；请改用终止。",
        "The agreement {number} has {what} by now and cannot be taken back; end it instead.",
    )


class NotEnded(Refusal):
    """There is no end to take back."""

    says = Words("协议 {number} 没有终止，无需恢复。", "The agreement {number} is not ended.")


# --- texts and signatures


class TextIsSigned(Refusal):
    """A signed text never changes."""

    says = Words(
        "协议文本已签名，不能更改；请以变更或新协议处理。",
        "The text is signed and never changes; make a change or a new agreement.",
    )


class SignedAlready(Refusal):
    """Each party signs once."""

    says = Words(
        "{party}已于 {day} 签名；同一文本只签一次。", "The {party} signed on {day}; a text is signed once."
    )


class TextHasChanged(Refusal):
    """What was on the screen is not the text kept, or it was replaced meanwhile."""

    says = Words(
        "您看到的文本已被新的文本代替；请重新打开，阅读后再签。",
        "The text you saw was replaced; open it again, read it, then sign.",
    )


class SigningConsentMissing(Refusal):
    """Not ticked, or not the sentence that was shown."""

    says = Words("请先勾选同意声明。", "Tick the sentence of consent first.")


class DrawingMissing(Refusal):
    """Nothing was drawn, or it is no picture."""

    says = Words("请在签名框内手写签名。", "Draw your name in the box.")


class NameOfAnother(Refusal):
    """A name that is neither the customer's nor that of who speaks for them, without authority."""

    says = Words(
        "“{name}”不是用户“{customer}”本人或其登记的联系人；请核对姓名。代他人签名的，请填写代签原因并上传授权书。",
        '"{name}" is neither the customer "{customer}" nor the contact on record; check the name. Who '
        "signs for somebody else says why and uploads the authorisation.",
    )


class AuthorityMissing(Refusal):
    """Somebody signs for the customer without saying why, or without a file that allows it."""

    says = Words(
        "代签须同时写明原因并上传授权书（照片或 PDF）。",
        "Who signs for somebody else says why and uploads the authorisation, as photograph or PDF.",
    )


class AuthorityNotNeeded(Refusal):
    """Proxy to sign for the customer, given by the customer."""

    says = Words(
        "“{name}”是用户本人或其登记的联系人，不是代签；请删去代签原因和授权书。",
        '"{name}" is the customer or the contact on record and signs for nobody else; take the reason '
        "and the authorisation out.",
    )


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """By what right somebody signs in the customer's stead (代签)."""

    reason: str
    file: bytes  # the authorisation, as photograph or PDF


@dataclass(frozen=True, kw_only=True)
class SignatureEvidence:
    """What proves a signature, the same from every page. Who is signed in signs for the supplier with
    the session: the name is the account's, and nothing is drawn."""

    consent: str  # the sentence that was ticked
    name: str = ""  # as typed
    drawing: bytes = b""  # PNG
    proxy: Proxy | None = None
    ip: str | None = None
    user_agent: str = ""


def folded_name(name: str) -> str:
    """A name without what people write differently: dots, blanks, width, capitals.

    >>> folded_name("阿卜杜拉·买买提") == folded_name("阿卜杜拉 ． 买买提")
    True
    """
    wide = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in wide if unicodedata.category(sign)[0] in "LMN")


def is_name_of(typed: str, names: Iterable[str]) -> bool:
    """Whether a typed name is one of some names."""
    return folded_name(typed) in {folded_name(name) for name in names if folded_name(name)}


class CustomerSignsFirst(Refusal):
    """The office seals what the customer has signed."""

    says = Words("用户尚未签名，不能盖章确认。", "The customer has not signed yet.")


class NotTheSigner(Refusal):
    """Only the customer, or a clerk with the customer at the counter."""

    says = Words(
        "只有协议的用户本人可以签名；在柜台请由工作人员办理。",
        "Only the customer signs this text; at the counter a clerk opens it for them.",
    )


def text_hash(body: str) -> str:
    """SHA-256 of a text as shown (UTF-8), in hex."""
    return hashlib.sha256(body.encode()).hexdigest()


def next_amendment(number: str) -> str:
    """GX-A2026-000012 → GX-A2026-000012/2 → GX-A2026-000012/3."""
    found = re.fullmatch(r"(.+)/(\d+)", number)
    return f"{found[1]}/{int(found[2]) + 1}" if found else f"{number}/2"


def said_period(first: dt.date | None, before: dt.date | None) -> Words:
    """A period as people read it, both days inclusive."""
    if before is None:
        return Words(f"{first} 起", f"since {first}")
    return Words(f"{first} 至 {before - A_DAY}", f"{first} to {before - A_DAY}")
