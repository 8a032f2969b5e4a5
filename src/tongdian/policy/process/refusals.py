"""What a process refuses, by name: what, why and what to do."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class StageNotOpen(Refusal):
    """An action on a stage that is not open now."""

    says = Words(
        "“{stage}”现在不能办理；正在办理的环节：{open}。",
        '"{stage}" is not open; the open stages are: {open}.',
    )


class UnknownStage(Refusal):
    """A stage this version of the process does not have."""

    says = Words("没有环节“{stage}”；有：{known}。", 'There is no stage "{stage}", only: {known}.')


class WrongRole(Refusal):
    """An action by a role the stage does not belong to."""

    says = Words(
        "“{stage}”由{needed}办理，{role}不能办理；请转交。",
        '"{stage}" belongs to {needed}, not to {role}; hand it over.',
    )


class CaseSuspended(Refusal):
    """An action on a case that stands still."""

    says = Words(
        "办理自 {since} 起中止（{cause}）；请先恢复。",
        "The case has been suspended since {since} ({cause}); resume it first.",
    )


class NotSuspended(Refusal):
    """Resuming a case that is running."""

    says = Words("办理没有中止，无须恢复。", "The case is not suspended; there is nothing to resume.")


class CaseEnded(Refusal):
    """An action on a finished or withdrawn case."""

    says = Words(
        "已于 {on} {ending}；如有需要请另行申请。", "The case {ending} on {on}; apply anew if need be."
    )


class CaseMovedOn(Refusal):
    """A form drawn before somebody else acted."""

    says = Words(
        "他人已先办理（您看到第 {seen} 步，现为第 {now} 步）；请刷新后再办。",
        "Somebody acted before you (you saw step {seen}, it is now at {now}); reload and try again.",
    )
    status = 409


class BeforeLastEvent(Refusal):
    """A day earlier than something already recorded."""

    says = Words(
        "日期 {day} 早于已记录的 {last}；事项须按先后记录。",
        "{day} is before {last}, which is already recorded; record events in their order.",
    )


class ClaimedLater(Refusal):
    """A claimed date after the day of recording."""

    says = Words(
        "声明日期 {claimed} 晚于记录日期 {on}；只能声明更早的日期。",
        "The claimed date {claimed} is after the day of recording {on}; only an earlier day can be claimed.",
    )


class BackNotAllowed(Refusal):
    """A return to where the process does not allow it."""

    says = Words(
        "“{stage}”不能退回“{to}”；可退回：{allowed}。",
        '"{stage}" cannot go back to "{to}"; it may go back to: {allowed}.',
    )


class UnknownCause(Refusal):
    """A suspension for a cause the process does not admit."""

    says = Words(
        "“{cause}”不是可以中止的原因；可选：{known}。",
        '"{cause}" is not a cause for suspending; the causes are: {known}.',
    )


class FactNeeded(Refusal):
    """A step whose way on depends on a fact nobody has recorded."""

    says = Words(
        "请先填写“{fact}”：它决定“{stage}”是否需要办理。",
        'Record "{fact}" first: it decides whether "{stage}" is needed.',
    )


class ProductNeeded(Refusal):
    """A stage closed without what it is there to find out."""

    says = Words("办结“{stage}”须填写“{product}”。", '"{stage}" is not done without "{product}".')


class ProductNotAsked(Refusal):
    """Something told with a stage that is none of it by what else is told: a refund of no card."""

    says = Words(
        "办结“{stage}”不填“{product}”：只在{when}时填写。",
        '"{stage}" takes no "{product}": it is asked only where {when}.',
    )


class ProductOfAnother(Refusal):
    """What one office decides, told by another: an approval that the other gives."""

    says = Words("“{product}”由{offices}填写。", '"{product}" is for {offices} to say.')
    status = 409


class DocumentNeeded(Refusal):
    """A stage closed without the document that it produces, or the paper that somebody signed."""

    says = Words(
        "办结“{stage}”须附“{document}”（PDF 或照片）。",
        '"{stage}" is not done without a file (PDF or photograph): {document}.',
    )


class NotWithin(Refusal):
    """An amount outside what a rule of the pack says."""

    says = Words("“{fact}”应为 {said}：{rule}。", '"{fact}" must be {said}: {rule}.')


class OfAnotherKind(Refusal):
    """A case of one kind whose facts say that it is of another."""

    says = Words(
        "按所述情况，{said}；请改办{instead}，或更正所述情况。",
        "By what is stated, {said}. Open {instead}, or correct what is stated.",
    )


class MustHold(Refusal):
    """A fact that a rule of the pack rules out for such a case."""

    says = Words(
        "按所述情况，{said}，因此须{must}；请更正。",
        "By what is stated, {said}: so it must hold that {must}. Correct it.",
    )


class EvidenceNeeded(Refusal):
    """A manual step, standing in for an effect that is not built yet, without evidence."""

    says = Words(
        "“{stage}”须人工办理并附依据（如收据、照片、记录编号）。",
        '"{stage}" is done by hand and needs evidence, such as a receipt, photograph or record number.',
    )


class ReasonNeeded(Refusal):
    """A return, withdrawal or move without a reason."""

    says = Words("请写明理由。", "Give the reason.")


class NoClaimWaits(Refusal):
    """A countersignature, or its refusal, for an event whose claim needs none or has one."""

    says = Words(
        "第 {claim} 条没有待复核的声明：它不影响时限，或已复核过。请刷新页面后再看。",
        "Event {claim} has no claim that waits: it changes no time, or somebody has settled it. "
        "Look at the case again.",
    )


class CannotMigrate(Refusal):
    """A case that cannot be moved to another version, and why."""

    says = Words(
        "不能转到版本 {version}：{problems}。请按原版本办结，或撤回后重新申请。",
        "The case cannot move to version {version}: {problems}. Finish it under its own version, "
        "or withdraw and apply anew.",
    )


class UnknownVersion(Refusal):
    """A version this process never had."""

    says = Words(
        "{process} 没有版本 {version}；有：{known}。", "{process} has no version {version}; it has: {known}."
    )


class EventDoesNotFit(Refusal):
    """A stored history that contradicts itself or its process: never to be skipped over."""

    says = Words(
        "第 {seq} 条事项（{kind}）与此前记录不符：{problem}",
        "Event {seq} ({kind}) does not fit what went before: {problem}",
    )


class AskedBeforeLastEvent(Refusal):
    """A clock asked about a day before the last event it was given."""

    says = Words(
        "{as_of} 早于最后一条记录 {last}；请只用当日以前的事项重新计算。",
        "{as_of} is before the last event on {last}; fold only the events up to that day.",
    )


class LimitUnreadable(Refusal):
    """A limit rule that does not answer in days."""

    says = Words(
        "规则“{rule}”答的不是天数（{unit}），不能作为时限。",
        'The rule "{rule}" answers in "{unit}", not in days, so it cannot be a limit.',
    )
