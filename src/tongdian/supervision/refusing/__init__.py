"""What supervision refuses, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NoSuchReturn(Refusal):
    """The organisation files no such return for that period."""

    says = Words("没有这张报表，或本单位不报送这一期。", "There is no such return, or none of that period.")
    status = 404


class NotAFiler(Refusal):
    """The organisation does not file the form."""

    says = Words("{organisation}不报送“{form}”。", '{organisation} does not file "{form}".')


class ReturnLocked(Refusal):
    """What lies with who is above is not written anew meanwhile."""

    says = Words(
        "报表的状态是“{state}”，不能另写一版：请先撤回，或请接收单位退回。",
        "The return is {state}: take it back, or have it returned, before another version is written.",
    )
    status = 409


class BadCell(Refusal):
    """A cell that its form does not take."""

    says = Words("{row}·{column}：{problem}", "{row}: {column}: {problem}")


class BadCells(Refusal):
    """Several cells that their form does not take."""

    says = Words("下列各格不能接受：{cells}", "These cells are not taken: {cells}")


class BlankWithoutReason(Refusal):
    """Nought, blank and not applicable differ: what is missing says why."""

    says = Words(
        "下列各格没有填写，也没有写原因（零、缺数、不适用不同）：{cells}",
        "These cells are blank without a reason (nought, missing and not applicable differ): {cells}",
    )


class ChecksFail(Refusal):
    """What the receiver would refuse is refused before it is filed."""

    says = Words("勾稽关系不符，不能报送：{failures}", "It does not agree and cannot be filed: {failures}")


class ExplanationMissing(Refusal):
    """A check that asks for an explanation has one."""

    says = Words("下列各项须写说明：{failures}", "These ask for an explanation: {failures}")


class AbsentBelowChanged(Refusal):
    """Whose returns those below do without is another than when the version was filled in."""

    says = Words(
        "下级报表所缺的单位在填报之后有变化；请另存一版，新版会带上现在的缺报说明。",
        "Which returns those below do without has changed since it was filled in. Write another version: it carries"
        " what is missing now.",
    )


class MissingBelow(Refusal):
    """A level files without a return from below only by naming it."""

    says = Words(
        "下级尚未接收的报表须逐一写明原因：{offices}",
        "Name each office below whose return is not accepted, with the reason: {offices}",
    )


class BeforeTheDocument(Refusal):
    """Nothing is said of a task for a day on which its document bound nobody."""

    says = Words(
        "日期不能早于{day}：文件的要求从那一天起。",
        "The day is before {day}, from which on the document asks for it.",
    )
    field = "on"


class TaskGoesOn(Refusal):
    """What goes on is never done: the ledger gives it no day (ongoing-unscored)."""

    says = Words(
        "{clause}的完成时间是“持续推进”，不能报为已完成；请报进展、问题或经验。",
        "{clause} goes on and is never done: say how it goes, a problem, or a practice.",
    )
    field = "state"


class VersionMovedOn(Refusal):
    """Another version stands now, or the same one further on, than the one that was seen."""

    says = Words(
        "您看到的不是现在的内容：现在是第{number}版，状态为“{state}”。没有保存任何内容，请重新查看后再办理。",
        "What you saw is not what stands now: version {number}, {state}. Nothing was kept: look again.",
    )
    status = 409


class TermMissing(Refusal):
    """What is sent back after its closing day needs a day by which it comes again."""

    says = Words(
        "这一期已于{day}关闭，退回后对方无法重报；请写明重报期限。",
        "The period closed on {day}, so that it could not be filed again: say by which day it is to be.",
    )
    field = "until"


class TermOver(Refusal):
    """A day by which something may be filed lies ahead."""

    says = Words("{day}已经过去；请写今天或以后的日期。", "{day} has gone by: write today or a later day.")
    field = "until"


class NotClosed(Refusal):
    """Nobody asks for leave while the period is open."""

    says = Words(
        "这一期没有关闭，可以直接报送，不必申请。",
        "The period is not closed: file it, without asking for leave.",
    )
    status = 409


class PeriodClosed(Refusal):
    """After the closing day only with an allowance."""

    says = Words(
        "这一期已于{day}关闭；请在本页向接收单位申请逾期报送。",
        "The period closed on {day}; ask whoever receives it, on this page, for leave to file late.",
    )
    status = 409


class NotYet(Refusal):
    """What is entered has happened."""

    says = Words("日期还没有到。", "That day is still to come.")
    field = "on"


class NotOpenYet(Refusal):
    """A return is not filed before its period is over."""

    says = Words("这一期自{day}起报送。", "The period is filed from {day} on.")
    status = 409


class OwnVersion(Refusal):
    """A second person reviews."""

    says = Words("填报人不能审核自己填的报表。", "Who filled it in does not review it.")
    status = 409


class NoReceiver(Refusal):
    """Nobody is there to file to."""

    says = Words(
        "没有接收单位：请先登记对这一地区有管辖权的{office}。",
        "There is nobody to file to: enter the {office} competent for this division first.",
    )
    status = 409


class LockedAbove(Refusal):
    """What was added up above and filed there is not opened below."""

    says = Words(
        "上级已将本期汇总报送，不能再改动；请先由上级撤回或退回。",
        "The level above has filed its own return over it: that is taken back or returned first.",
    )
    status = 409


class NotATask(Refusal):
    """The ledger has no such task."""

    says = Words("台账没有“{clause}”这项任务。", 'The ledger has no task "{clause}".')
    field = "clause"


class EvidenceMissing(Refusal):
    """What is done is shown by a paper."""

    says = Words("完成须写明凭证（文件名称、文号）。", "Say which paper shows that it is done.")
    field = "paper"


class NotATaskOfTheOffice(Refusal):
    """The ledger gives the task to others."""

    says = Words(
        "台账没有把这项任务交给{organisation}。", "The ledger does not give this task to {organisation}."
    )


class QuestionAnswered(Refusal):
    """A question is answered once."""

    says = Words("已答复。", "It is answered already.")
    status = 409


class NotATemplate(Refusal):
    """A workbook that was not made from a template of ours."""

    says = Words(
        "这不是从本系统下载的填报模板（或首行标识已被改动）；请下载模板，把数据填入后再上传。",
        "This is no template of a return (or its first line was changed): download the template, fill it in and "
        "bring it.",
    )


class TemplateHasMoreRows(Refusal):
    """Far more rows than the form has."""

    says = Words(
        "工作表“{sheet}”在第 {row} 行还有内容，最多读取 {most} 行；请只在模板的格子里填写。",
        'The sheet "{sheet}" goes on in row {row}, and at most {most} are read: fill in the cells of the template only.',
    )


class OtherTemplate(Refusal):
    """The template of another return, or of an earlier form."""

    says = Words(
        "这份模板不是这张报表的：{differences}。请下载本期、本单位的模板。",
        "This template is not of this return: {differences}. Download the template of this office and period.",
    )


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that is not taken: where it stands, what it is called, and what is wrong with it."""

    sheet: str
    address: str
    row: str
    column: str
    problem: Words

    @property
    def words(self) -> Words:
        """Address, names and problem in a line."""
        named = "·".join(one for one in (self.row, self.column) if one)
        where = f"{self.address}（{named}）" if named else self.address
        other = f"{self.address} ({named})" if named else self.address
        return Words(f"{self.sheet} {where}：{self.problem.zh}", f"{self.sheet} {other}: {self.problem.en}")


class TemplateCellsRefused(Refusal):
    """Cells of a template that are not taken: all of them are named, and nothing is stored."""

    says = Words(
        "{count} 处不能读取，什么也没有保存：{cells}",
        "Of this file {count} cells are not taken, and nothing was kept: {cells}",
    )
    problems: Sequence[CellProblem] = ()


class TooManyCases(Refusal):
    """More cases than a page looks through while somebody waits."""

    says = Words(
        "本单位这一期有 {count} 件业务，页面至多查看 {most} 件；请用 tongdian cases record 导出，再用 {command} 查看。",
        "There are {count} cases of this half-year, and a page looks through {most}: take them out with tongdian cases "
        "record and look through the files with {command}.",
    )


class NoSuchSignal(Refusal):
    """No signal of that rule about that case or group, as of that day."""

    says = Words("截至这一天没有这一疑点。", "There is no such signal as of that day.")
    status = 404


class NotAnInspector(Refusal):
    """The document does not have the office inspect suppliers."""

    says = Words(
        "文件没有让{organisation}开展监督检查。", "The document does not have {organisation} inspect."
    )


class NoSuchInspection(Refusal):
    """Not there, or another office's."""

    says = Words("没有这次检查。", "There is no such inspection.")
    status = 404


class NotASupplier(Refusal):
    """Who is inspected, typed or reminded is a supplier of the office's divisions or of the group."""

    says = Words(
        "{supplier}不是本单位范围内的供电企业。", "{supplier} is no supplier within this office's reach."
    )
    field = "supplier"


class PlannedBegun(Refusal):
    """A planned inspection is begun once."""

    says = Words("计划中的这一次检查已经开展。", "This inspection of the plan was begun already.")
    status = 409


class NoSuchDay(Refusal):
    """A day as of which nothing is shown: to come, or before all."""

    says = Words("截至日应在2000-01-01至今天之间。", "The day lies between 2000-01-01 and today.")
    field = "as_of"


class NoCheckpoint(Refusal):
    """A draw rests on a root of the audit log that stood before it."""

    says = Words(
        "抽查前审计记录还没有检查点，抽样没有依据；请先生成检查点。",
        "No checkpoint of the audit log stands before the draw, so nothing decides it: make one first.",
    )
    status = 409


class TooManyToJudge(Refusal):
    """More than are judged one by one."""

    says = Words(
        "这一时期有 {count} 件业务，分层抽取最多 {most} 件：请缩短时期，或不分层。",
        "There are {count} cases, and at most {most} are judged for their strata: shorten the period, or draw without.",
    )


class NothingToExport(Refusal):
    """Evidence of an inspection begins with a draw."""

    says = Words("这次检查还没有抽取业务。", "No case was drawn for this inspection yet.")


class EvidenceTooLarge(Refusal):
    """More than one file may hold."""

    says = Words(
        "证据超过 {most} MB，不能一次导出。",
        "The evidence is larger than {most} MB and is not exported at once.",
    )


class NotAGroup(Refusal):
    """Only a group presses its suppliers."""

    says = Words("{organisation}不是电网公司（集团）。", "{organisation} is no group of suppliers.")


class NoSuchPlan(Refusal):
    """Not there, or another organisation's."""

    says = Words("没有这项规划或方案。", "There is no such plan.")
    status = 404


class NoSuchProject(Refusal):
    """Not there, or another organisation's."""

    says = Words("没有这个项目。", "There is no such project.")
    status = 404


class NoSuchInternalRule(Refusal):
    """Not there, or another organisation's."""

    says = Words("没有这项制度。", "There is no such internal rule.")
    status = 404


class NotFirstEntry(Refusal):
    """A code names one thing of an organisation: what is entered of it later is a change, with its reason."""

    says = Words(
        "编号“{code}”已经登记；请在其页面上变更，并写明原因。",
        'The code "{code}" is entered already: change it on its page, with a reason.',
    )
    field = "code"


class RulesOpen(Refusal):
    """A review is not finished while internal rules of the list are not reviewed or not carried out."""

    says = Words(
        "立改废清单还有{n}项未清理或未完成，不能报告完成；请先在清单中登记结果。",
        "{n} internal rules of the list are not reviewed or not carried out: enter how they ended before the "
        "review is reported as done.",
    )
    status = 409


class MailAddressMissing(Refusal):
    """Who is to be sent something by e-mail has an address."""

    says = Words(
        "您的账号没有登记电子邮箱，请管理员先登记。",
        "Your account has no e-mail address; have an administrator enter it first.",
    )
    field = "every"
