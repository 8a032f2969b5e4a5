"""What cases refuse beyond the kernel, who acts on them, and how their numbers look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from tongdian.calendar import region_prefix
from tongdian.policy.process.verbs import NOTE, Ask, Verb
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

EVIDENCE_FILE = "file:"  # begins an event's evidence that is a kept file: hash and name follow
SIGNED = Words("用户签字确认的材料", "what the customer signed")  # for a step of theirs that is done for them
NATION = "100000"  # GB/T 2260
ISSUE_PAPER = "issue-paper"  # the effect of a stage that issues a paper of its own list
STAGE_CLOSED, CASE_ENDED = "stage_closed", "case_ended"  # two events to who is told of them
ASSIGN = Verb(  # no event of the kernel's: it changes nothing of the case but who has it
    name="assign",
    event=None,
    title=Words("指派", "Assign"),
    about="part",
    whose="assigner",
    asks=(Ask("account", "option", Words("人员", "Person")), replace(NOTE, name="reason")),
)


def evidence_file(hash_: str, name: str) -> str:
    """A kept file as an event names it."""
    return f"{EVIDENCE_FILE}{hash_}:{name}"


def covers(area: str, region: str) -> bool:
    """Whether the code of an area is that of a region or of one around it: 450300 covers 450305."""
    return region.startswith("" if area == NATION else region_prefix(area))


def has_file(evidence: Iterable[str]) -> bool:
    """Whether a kept file is among what an event rests on."""
    return any(one.startswith(EVIDENCE_FILE) for one in evidence)


class NoSuchCase(Refusal):
    """No case of that number that the person may see."""

    says = Words("没有您可以查看的业务“{case}”。", 'There is no case "{case}" that you may see.')
    status = 404


class NotBound(Refusal):
    """A process of a pack that does not bind the organisation."""

    says = Words("{organisation}在 {on} 不适用“{pack}”。", '{organisation} is not bound by "{pack}" on {on}.')


class NoSuchEvent(Refusal):
    """No event of force majeure that the person may see, or that the case's supplier recorded."""

    says = Words(
        "没有您可以查看的这一不可抗力事件。", "There is no such event of force majeure that you may see."
    )
    status = 404


class EventNeeded(Refusal):
    """A stay for force majeure that names no event of the register."""

    says = Words(
        "因不可抗力中止须指明已登记的不可抗力事件；尚未登记的，请先登记事件及其证明。",
        "A stay for force majeure names an event of the register. If it is not there, record it first, "
        "with its proof.",
    )
    field = "event"


class PlaceBeforeEvent(Refusal):
    """A stay for force majeure of a case whose place is only described: which event reached it is not known."""

    says = Words(
        "此业务的地点尚未确定，只知道在{region}，无法判断哪个不可抗力事件影响到它；请先确定地点，再选择事件。",
        "The place of this case is not settled, only that it is in {region}, so that nobody can say which "
        "event reached it; settle the place first, then choose the event.",
    )
    field = "event"


class EventNotNeeded(Refusal):
    """An event of force majeure beside another cause."""

    says = Words(
        "只有因不可抗力中止才指明事件；请改选原因，或不选事件。",
        "An event is named for force majeure only; choose that cause, or leave the event out.",
    )
    field = "event"


class EventElsewhere(Refusal):
    """An event of force majeure in an area where the case is not."""

    says = Words(
        "“{event}”的区域是{area}，此业务在{region}；不能以此中止。",
        '"{event}" was in {area} and this case is in {region}; it did not hold it up.',
    )
    field = "event"


class EventAtAnotherTime(Refusal):
    """A stay that begins before an event began, or after it had ended."""

    says = Words(
        "“{event}”自 {start} 至 {end}，而中止自 {day} 起；日期应在其间。",
        '"{event}" lasted from {start} to {end}, and the stay begins on {day}, which is outside.',
    )
    field = "event"


class EventWithoutProof(Refusal):
    """An event of force majeure without a file that proves it."""

    says = Words(
        "“{event}”还没有证明文件；请先在该事件的页面上传。",
        '"{event}" has no file that proves it; hand it in on the page of the event first.',
    )
    field = "event"


class EventEndsBefore(Refusal):
    """An event whose last day is before its first."""

    says = Words(
        "结束日 {end} 早于开始日 {start}；请更正。", "The last day {end} is before the first, {start}."
    )
    field = "to_on"


class EventNotYet(Refusal):
    """An event that is to come."""

    says = Words(
        "{day} 还没有到；不可抗力发生后才能登记。",
        "{day} has not come; an event is recorded once it has happened.",
    )


class EventRecordedAlready(Refusal):
    """The same event of the same days in an area that has it already."""

    says = Words(
        "“{event}”已登记同一区域同一时间的同一事件；请沿用，或更正其日期。",
        '"{event}" is the same event in the same area at the same time; use it, or correct its days.',
    )
    field = "title"


class CasesHeldUpOutside(Refusal):
    """Days or an area of an event by which a case that names it would no longer be held up."""

    says = Words(
        "业务 {cases} 的中止已指明此事件，更改后将不在其区域或期间内；请保留，或另行登记。",
        "The stays of {cases} name this event and would lie outside; leave it, or record another.",
    )


class OpensForItsHouse(Refusal):
    """A case opened in the name of an office, which supplies nobody."""

    says = Words(
        "{organisation}是内设机构，不以自己的名义受理；请选它所属的校区或供电企业。",
        "{organisation} is an office and opens no case in its own name: name the campus or supplier "
        "that it works for.",
    )


class PlaceOfOthers(Refusal):
    """A case at a place that stands under another organisation."""

    says = Words(
        "{place}不属于{organisation}，不能在此受理；请选本单位的地点。",
        "{place} is not a place of {organisation}; choose one that is.",
    )
    field = "place"


class NotForSuchPlace(Refusal):
    """A process that its pack does not mean for that kind of place, such as a home's for a shop."""

    says = Words(
        "“{process}”不适用于{kind}（{place}）；请改选地点，或改办适用的业务。",
        '"{process}" is not for this kind of place: {place} ({kind}). Choose another place, or the service '
        "that is for it.",
    )
    field = "place"


class ServesAnother(Refusal):
    """A case opened to serve one whose process it does not serve."""

    says = Words(
        "“{process}”不是为业务 {case} 这一类办理设的。", '"{process}" does not serve a case such as {case}.'
    )


class FactContradictsSupply(Refusal):
    """A fact that another is on record of: the class in which the customer is supplied there."""

    says = Words(
        "“{fact}”与该处供用协议的用户类别不符；请核对用户和地点，或先更正协议。",
        '"{fact}" does not agree with the class in which the customer is supplied there; check the '
        "customer and the place, or have the agreement put right first.",
    )


class PapersMissing(Refusal):
    """A stage cannot be closed while papers on its list are missing."""

    says = Words(
        "还缺：{missing}。请先收齐，或退回申请人补正。",
        "Still missing: {missing}. Receive them first, or send the case back for them.",
    )


class PaperUnknown(Refusal):
    """A paper that is neither on the list nor asked for."""

    says = Words("清单没有“{paper}”；有：{known}。", 'The list has no "{paper}", only: {known}.')


class PaperEmpty(Refusal):
    """A paper received with neither a file nor a note that the original was seen."""

    says = Words(
        "请上传“{paper}”，或注明已核验原件。", 'Upload "{paper}", or note that the original was seen.'
    )


class CannotUndo(Refusal):
    """Something that closing a stage brought about cannot be taken back."""

    says = Words(
        "“{stage}”已完成且不能撤销（{effect}）；请另行办理变更。",
        '"{stage}" is done and cannot be undone ({effect}); apply for a change instead.',
    )


class NotInOffice(Refusal):
    """A stage given to somebody who may not work on it."""

    says = Words(
        "{person}不能办理“{stage}”；请选择{office}的人员。",
        '{person} cannot work on "{stage}"; choose somebody of {office}.',
    )


class TookPart(Refusal):
    """A claim countersigned or refused by somebody who recorded a step of the case."""

    says = Words(
        "您办理过此业务的环节，不能复核其中的声明；请由本单位或上级单位未经手的人员复核。",
        "You recorded a step of this case, so you cannot settle its claims; somebody of the office "
        "or the level above who recorded none can.",
    )


class EvidenceFileMissing(Refusal):
    """A countersignature without a file."""

    says = Words(
        "复核须附文件（如申请单、停电通知的照片或扫描件）；请上传后再提交。",
        "A countersignature rests on a file, such as a photograph of the application or of the "
        "notice; upload it, then send again.",
    )


class HistoryBroken(Refusal):
    """Events that do not agree with what the audit log sealed, or a projection with its events."""

    says = Words(
        "业务 {case} 的第 {seq} 条记录与封存的内容不符。",
        "Event {seq} of case {case} is not as it was sealed.",
    )


@dataclass(frozen=True)
class Applicant:
    """Somebody who proved to be the applicant of one case: no account is needed.

    They may do the customer's stages of that case, hand in papers and take it back.
    """

    case: UUID
    number: str
    is_active = True

    @property
    def actor(self) -> str:
        """How events and the audit log name them."""
        return f"applicant:{self.number}"

    def has_perm(self, permission: str, organisation: Any = None) -> bool:
        """Nothing beyond their own case."""
        return False


def joined(titles: Iterable[Words]) -> Words:
    """Several titles in one text."""
    several = list(titles)
    return Words("、".join(one.zh for one in several), "; ".join(one.en for one in several))


def told_as(kind: str) -> str:
    """How an event's kind is called outside: what is closed is a stage, not the case."""
    return STAGE_CLOSED if kind == "closed" else kind


def case_number(short: str, year: int, last: int) -> str:
    """YS-2026-000412: the organisation, the year, the number in that year."""
    return f"{short}-{year}-{last:06d}"
