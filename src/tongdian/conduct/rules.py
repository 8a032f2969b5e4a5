"""What is done about violations, who may, and what is refused."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongdian.allowed import Permission
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

READ = Permission("conduct.read", Words("查看违章", "look at violations"))
RECORD = Permission("conduct.record", Words("登记违章行为", "record acts"))
EDUCATE = Permission("conduct.educate", Words("登记宣传教育", "enter education in safety and saving"))
DECIDE = Permission("conduct.decide", Words("撤销违章、结束公布", "take acts back and end publications"))
REWARD = Permission("conduct.reward", Words("核定举报奖励", "decide rewards"))
LONGEST_PUBLICATION_DAYS = 366


class NoticeKind(TextChoices):
    """Which notice was served."""

    VIOLATION = "violation", _("Violation notice")
    RECTIFICATION = "rectification", _("Notice to correct")


class PublicationKind(TextChoices):
    """What the public page says it is."""

    PUBLISHED = "published", pgettext_lazy("violation", "Violation published")
    CRITICISED = "criticised", pgettext_lazy("violation", "Public criticism")


class ReportStepKind(TextChoices):
    """What became of a report."""

    VERIFIED = "verified", pgettext_lazy("report", "Found true")
    DISMISSED = "dismissed", pgettext_lazy("report", "Not found")
    REWARDED = "rewarded", pgettext_lazy("report", "Rewarded")


class EducationTopic(TextChoices):
    """What a unit teaches its people by article 5."""

    SAFETY = "safety", pgettext_lazy("education", "Safe use of electricity")
    SAVING = "saving", pgettext_lazy("education", "Saving water and electricity")


class NoSuchEducation(Refusal):
    """There is none, or the viewer may not see it."""

    says = Words("没有这一宣传教育记录", "There is no such record of education.")
    status = 404


class AppealWaits(Refusal):
    """One appeal against an act is heard before another."""

    says = Words("对此违章的申诉正在核实（{case}）。", "An appeal against this act is being heard ({case}).")
    status = 409


class NoAppealHere(Refusal):
    """The regulation that binds the house has no way to appeal."""

    says = Words("适用的规章没有设申诉。", "The regulation that applies has no appeal.")


class NoSuchUnit(Refusal):
    """There is none, or the viewer may not see it."""

    says = Words("没有这个部门", "There is no such unit.")
    status = 404


class EducationToCome(Refusal):
    """What is planned is not done yet."""

    says = Words("日期在今天以后；活动办完再登记。", "The day is to come: enter it when it was done.")
    field = "on"


class EducationOver(Refusal):
    """It was taken back already."""

    says = Words("此记录已撤销。", "The record was taken back already.")
    status = 409


class NoSuchAct(Refusal):
    """There is none, or the viewer may not see it."""

    says = Words("没有这一违章行为", "There is no such act.")
    status = 404


class NoSuchConductReport(Refusal):
    """There is none, or the viewer may not see it."""

    says = Words("没有这一举报", "There is no such report.")
    status = 404


class NoConductRules(Refusal):
    """No regulation that binds the organisation says what follows violations."""

    says = Words(
        "适用于{organisation}的规章没有规定违章的处理。",
        "No regulation that binds {organisation} says what follows a violation.",
    )
    field = "act"


class UnitOrCustomer(Refusal):
    """An act is of exactly one subject."""

    says = Words(
        "违章行为属于一个部门，或一个用户，二者填一。",
        "Name either the unit or the customer whose act it is.",
    )
    field = "unit"


class ActNotOfSubject(Refusal):
    """The article speaks of other subjects."""

    says = Words(
        "“{act}”不适用于这一对象：{why}", 'The article on "{act}" does not speak of this subject: {why}'
    )
    field = "act"


class PermittedThen(Refusal):
    """What was permitted is no act without permission; one beyond the permit is, and who records it says how."""

    says = Words(
        "该处当时有许可：{permits}。如所见超出许可，请写明如何超出；否则不属于此项违章。",
        "It was permitted there then: {permits}. Where it went beyond the permit, say how; else it is no such act.",
    )
    field = "beyond"
    status = 409


class ActNotYet(Refusal):
    """The time of an act lies in the future."""

    says = Words("行为时间晚于现在。", "The act would lie in the future.")
    field = "on"


class PhotographNeeded(Refusal):
    """An act rests on a photograph, or on somebody who saw it."""

    says = Words("请附照片，或写明另一见证人。", "Attach a photograph, or name another witness.")
    field = "seen_by"


class AlreadyTakenBack(Refusal):
    """An act is taken back once."""

    says = Words("{number} 已撤销。", "{number} was taken back before.")


class RecordedByOneself(Refusal):
    """Who recorded an act is not the second person."""

    says = Words(
        "{number} 由您（或您代为办理的人）登记，须由另一人办理。",
        "You, or somebody you act for, recorded {number}: another person has to do this.",
    )


class NoActRecorded(Refusal):
    """A violation is no application: an act that was recorded opens it."""

    says = Words("违章案由登记的行为立案；请先登记。", "A violation is opened by an act: record that first.")


class TermRuns(Refusal):
    """67: who may still correct is not criticised for not having done so."""

    says = Words(
        "整改期限到 {day}（含）；期满未改正的，次日起才可通报批评（第六十七条）。",
        "They may correct until {day}, that day included; only then may it be criticised as not corrected (67).",
    )
    status = 409


class PublicationTooLong(Refusal):
    """A publication ends within a year."""

    says = Words(
        "公布须在开始后 {most} 日内结束，并晚于今天。",
        "A publication ends after today and within {most} days.",
    )
    field = "until"


class NotAUnit(Refusal):
    """Only a unit of the university has a budget from which something is deducted."""

    says = Words(
        "{number} 不是校内部门的行为，没有部门经费可扣。",
        "{number} is no unit's act: there is no budget to deduct from.",
    )


class NothingWasted(Refusal):
    """The calculation comes to nothing."""

    says = Words(
        "算出的金额为零，不能扣款。", "The calculation comes to nothing: there is nothing to deduct."
    )


class NotDecidedYet(Refusal):
    """A report is rewarded once it was found true."""

    says = Words("此举报尚未查实，不能奖励。", "The report was not found true yet, so it cannot be rewarded.")


class DecidedBefore(Refusal):
    """Each step of a report is taken once."""

    says = Words("此举报已办理过这一步。", "This was done about the report before.")


class RewardOutOfRange(Refusal):
    """The amount is not within the article's range."""

    says = Words("{cite}：奖励金额应在 {low}–{high} 元之内。", "{cite}: a reward is {low} to {high} yuan.")
    field = "amount"


class ActOfAnotherHouse(Refusal):
    """A report is found true by an act that its own house recorded."""

    says = Words("{number} 不是本单位登记的违章行为。", "{number} is no act that this organisation recorded.")
    field = "act_number"


class RewardedBefore(Refusal):
    """A violation is rewarded once, to the first who reported it (68, interpretation reward-unit)."""

    says = Words(
        "{number} 的举报已奖励过；每查实一起奖一次，首位举报人得。",
        "The report of {number} was rewarded before: once for each violation, to the first who reported it.",
    )


class NotTheFirst(Refusal):
    """The reward is for who reported it first."""

    says = Words(
        "{number} 由 {at} 收到的更早的举报先报告；奖励首位举报人。",
        "{number} was reported earlier, by what came at {at}: the reward is for the first.",
    )


class ReportedAfterwards(Refusal):
    """What had been recorded before somebody reported is as a rule not what they reported."""

    says = Words(
        "{number} 登记于 {recorded}，举报于 {reported} 才收到；如确为所举报的行为，请写明理由。",
        "{number} was recorded at {recorded}, before the report came at {reported}: where it is what was reported "
        "nonetheless, say why.",
    )
    field = "afterwards"
    status = 409


class NoLongerTrue(Refusal):
    """68 rewards what was verified; an act that was taken back is not."""

    says = Words(
        "{number} 已撤销，不再是查实的违章，不能奖励。",
        "{number} was taken back: it is no violation that was verified any more, and nothing is rewarded.",
    )
    status = 409


class FoundTrueByOneself(Refusal):
    """Who found a report true does not decide its reward."""

    says = Words(
        "此举报由您（或您代为办理的人）查实，奖励须由另一人决定。",
        "You, or somebody you act for, found the report true: another person decides its reward.",
    )
