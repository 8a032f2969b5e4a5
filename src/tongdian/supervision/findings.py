"""What a finding and the letters that follow it may be, what may follow what, and what is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class FindingSource(TextChoices):
    """How it came to light (letter 4, tasks 55 and 56)."""

    INSPECTION = "inspection", _("Inspection on site")
    COMPREHENSIVE = "comprehensive", _("Comprehensive supervision")
    HOTLINE = "hotline", _("Hotline 12398")
    INTEGRITY = "integrity", _("Check of the record")
    RETURN = "return", _("A return")
    SAMPLING = "sampling", _("A draw of cases")
    REPORTED = "reported", _("Reported by an office")
    OTHER = "other", pgettext_lazy("source", "Other")


class FindingKind(TextChoices):
    """What is wrong. Task 56 names the planning of grids, limited access, overcharging and tied designation."""

    GRID_PLANNING = "grid-planning", _("Planning and building of grids")
    ACCESS = "access", _("Refused or limited access")
    CHARGES = "charges", _("Overcharging")
    DESIGNATION = "designation", _("Tied designation")
    OFF_BOOK = "off-book", _("Handled off the book")
    LIMITS = "limits", _("Limits not kept")
    FIGURES = "figures", _("Figures not true")
    RETURN_MISSING = "return-missing", _("Return late or missing")
    PLAN = "plan", _("Plan does not conform")
    OTHER = "other", pgettext_lazy("finding", "Other")


class Gravity(TextChoices):
    """How grave it is: 4(4) summons for grave problems."""

    MINOR = "minor", pgettext_lazy("gravity", "Minor")
    SERIOUS = "serious", pgettext_lazy("gravity", "Serious")
    GRAVE = "grave", pgettext_lazy("gravity", "Grave")


class FindingState(TextChoices):
    """Where a finding stands; each but the first is also the step that leads there."""

    OPENED = "opened", pgettext_lazy("finding", "Opened")
    EXPLAINED = "explained", pgettext_lazy("finding", "Explained")
    ACCEPTED = "accepted", pgettext_lazy("finding", "Explanation accepted, closed")
    CONFIRMED = "confirmed", pgettext_lazy("finding", "Confirmed")
    ORDERED = "ordered", pgettext_lazy("finding", "Rectification ordered")
    EXTENDED = "extended", pgettext_lazy("finding", "Deadline extended")
    REPORTED = "reported", pgettext_lazy("finding", "Reported as rectified")
    RETURNED = "returned", pgettext_lazy("finding", "Sent back, not rectified")
    VERIFIED = "verified", pgettext_lazy("finding", "Verified, closed")
    WITHDRAWN = "withdrawn", pgettext_lazy("finding", "Withdrawn")


_F = FindingState
FINDING_FOLLOWS: dict[FindingState, tuple[FindingState, ...]] = {
    _F.OPENED: (_F.EXPLAINED, _F.CONFIRMED, _F.ORDERED, _F.WITHDRAWN),
    _F.EXPLAINED: (_F.ACCEPTED, _F.CONFIRMED, _F.WITHDRAWN),
    _F.ACCEPTED: (),
    _F.CONFIRMED: (_F.ORDERED,),  # never withdrawn: a circular may name it from now on
    _F.ORDERED: (_F.REPORTED, _F.EXTENDED),
    _F.EXTENDED: (_F.REPORTED, _F.EXTENDED),
    _F.REPORTED: (_F.VERIFIED, _F.RETURNED),
    _F.RETURNED: (_F.REPORTED, _F.EXTENDED),
    _F.VERIFIED: (),
    _F.WITHDRAWN: (),
}
BY_THE_OFFICE = (_F.EXPLAINED, _F.REPORTED)  # steps of whom it is about; all others are the finder's
WITH_A_DAY = (_F.ORDERED, _F.EXTENDED, _F.RETURNED)
TO_BE_RECTIFIED = WITH_A_DAY  # the day runs
CLOSED = (_F.ACCEPTED, _F.VERIFIED, _F.WITHDRAWN)
FOUND_TRUE = (_F.CONFIRMED, _F.ORDERED, _F.EXTENDED, _F.REPORTED, _F.RETURNED, _F.VERIFIED)  # may be named


class LetterState(TextChoices):
    """Where a talk or a circular stands; each but the first is also the step that leads there."""

    DRAFTED = "drafted", pgettext_lazy("letter", "Draft")
    SIGNED = "signed", pgettext_lazy("letter", "Signed")
    DROPPED = "dropped", pgettext_lazy("letter", "Dropped")
    HELD = "held", pgettext_lazy("letter", "Talk held")
    PUBLISHED = "published", pgettext_lazy("letter", "Published")


TALK_FOLLOWS: dict[LetterState, tuple[LetterState, ...]] = {
    LetterState.DRAFTED: (LetterState.SIGNED, LetterState.DROPPED),
    LetterState.SIGNED: (LetterState.HELD, LetterState.DROPPED),
    LetterState.HELD: (),
    LetterState.DROPPED: (),
}
CIRCULAR_FOLLOWS: dict[LetterState, tuple[LetterState, ...]] = {
    LetterState.DRAFTED: (LetterState.SIGNED, LetterState.DROPPED),
    LetterState.SIGNED: (LetterState.PUBLISHED, LetterState.DROPPED),
    LetterState.PUBLISHED: (),
    LetterState.DROPPED: (),
}


class CircularScope(TextChoices):
    """Whom a circular is for: 4(4) names throughout the country, which only the nation does."""

    AREA = "area", _("The office's own area")
    NATION = "nation", _("The whole country")


class EvidenceKind(TextChoices):
    """What a reference of evidence names."""

    FILE = "file", pgettext_lazy("evidence", "File")
    CASE = "case", pgettext_lazy("evidence", "Case")
    TICKET = "ticket", pgettext_lazy("evidence", "Hotline ticket")
    RETURN = "return", pgettext_lazy("evidence", "Return")
    RULE = "rule", pgettext_lazy("evidence", "Rule")
    PAPER = "paper", pgettext_lazy("evidence", "Paper")
    OTHER = "other", pgettext_lazy("evidence", "Other")


def sql_of(follows: Mapping[Any, Collection[Any]]) -> str:
    """The table of what may follow as a condition over `last` and `new.what`, for the database's own check."""
    return "\n        or ".join(
        f"(last = '{state.value}' and new.what in ({_listed(after)}))"
        for state, after in follows.items()
        if after
    )


def _listed(several: Collection[TextChoices]) -> str:
    return ", ".join(f"'{one.value}'" for one in several)


def sql_list(several: Collection[TextChoices]) -> str:
    """States as SQL has a list: ('held', 'signed')."""
    return f"({_listed(several)})"


# --------------------------------------------------------------- what is refused
class NoSuchFinding(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这个问题，或您无权查看。", "There is no such finding, or it is not yours to see.")
    status = 404


class NoSuchLetter(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words(
        "没有这份督促函、约谈或通报，或您无权查看。", "There is no such letter, or it is not yours to see."
    )
    status = 404


class NotSupervised(Refusal):
    """An office supervises its own area, and whom the letter puts below it."""

    says = Words("{about}不在{organisation}的监管范围内。", "{organisation} does not supervise {about}.")
    field = "about"


class OutsideTheArea(Refusal):
    """What is found lies in the area of who finds it."""

    says = Words(
        "没有“{region}”这个地区，或它不在{organisation}的辖区内。",
        'There is no division "{region}" in the area of {organisation}.',
    )
    field = "region"


class ClauseUnknown(Refusal):
    """A finding or a letter cites a clause that is there."""

    says = Words(
        "没有“{clause}”这一条；请按规章的编号填写，如“附件1/56”。",
        'There is no clause "{clause}"; write it as the regulation numbers it, such as "附件1/56".',
    )
    field = "clause"


class FindingOpened(Refusal):
    """The same is opened once."""

    says = Words("这个问题已登记为{number}。", "This was opened already, as {number}.")
    status = 409


class BadEvidence(Refusal):
    """A reference of evidence has a kind, what it names and perhaps a note; a file must be kept here."""

    says = Words("凭证有误：{problem}", "This is no evidence: {problem}")
    field = "paper"


class DayGoneBy(Refusal):
    """A deadline lies ahead."""

    says = Words("期限不能早于{day}。", "The deadline is not before {day}.")
    field = "due_on"


class DayNotLater(Refusal):
    """An extension ends later than the deadline did."""

    says = Words("原期限为{day}，延期须在其后。", "The deadline is {day}: an extension ends later.")
    field = "due_on"


class StepsMovedOn(Refusal):
    """A step was taken since the thing was looked at."""

    says = Words(
        "您看到的不是现在的内容：现为“{state}”。没有保存任何内容，请重新查看后再办理。",
        'What you saw is not what stands now: it is "{state}". Nothing was kept: look again.',
    )
    status = 409


class OwnRectification(Refusal):
    """Who reported that it is rectified does not verify it."""

    says = Words(
        "上报整改的人（及其代理人）不能自己核验。",
        "Who reported it, or stands in for them, does not verify it.",
    )
    status = 409


class OwnLetter(Refusal):
    """A second person signs."""

    says = Words(
        "起草人（及其代理人）不能签发自己起草的文书；须由另一人签发。",
        "Who drafted it, or stands in for them, does not sign it: a second person does.",
    )
    status = 409


class NotForTheOffice(Refusal):
    """Letter 4(4) gives the talk and the circular to the nation, whose arms the regional offices are."""

    says = Words(
        "约谈和通报由国家能源局及其派出机构办理，{organisation}不能办理。",
        "The National Energy Administration and its regional offices summon and publish; {organisation} does not.",
    )
    status = 409


class NotForTheCountry(Refusal):
    """Letter 4(4): the nation names throughout the country."""

    says = Words(
        "全国范围的通报只由国家能源局发布。",
        "Only the National Energy Administration names throughout the country.",
    )
    field = "scope"


class NothingNamed(Refusal):
    """A letter rests on findings."""

    says = Words("请至少选择一个问题。", "Choose one finding at least.")


class NotConfirmed(Refusal):
    """What is open, explained or withdrawn is not held against anybody."""

    says = Words(
        "未经认定的问题不能通报：{findings}", "Only what is confirmed is named in a circular: {findings}"
    )


class NamesOthers(Refusal):
    """A talk is about the findings of whom it summons, a circular about those of its office's area."""

    says = Words("这些问题不属于本次约谈或通报的对象：{findings}", "These findings are of others: {findings}")


class LetterSigned(Refusal):
    """What was signed names no more."""

    says = Words("已签发，不能再增加问题。", "It is signed: it names no more findings.")
    status = 409


class DayOutOfOrder(Refusal):
    """What is recorded happened between its signature and today."""

    says = Words("日期应在{first}至{last}之间。", "The day lies between {first} and {last}.")
    field = "on"
