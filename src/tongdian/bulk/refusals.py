"""Why a whole bulk run is refused, before any row is read."""

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class UnreadableFile(Refusal):
    """A file that is missing, empty, or of a format not read here."""

    says = Words("读不了 {file}：{problem}", "cannot read {file}: {problem}")


class MissingColumn(Refusal):
    """A file without a column that the sheet needs."""

    says = Words(
        "{file} 没有列“{column}”；这一层需要：{needed}",
        '{file} has no column "{column}"; this grain needs {needed}',
    )


class MissingGrain(Refusal):
    """A sheet that needs a file for a grain that was not given."""

    says = Words(
        "没有给出“{grain}”的文件；写成 {grain}=文件。需要：{needed}",
        'no file is given for "{grain}"; write {grain}=FILE. Needed: {needed}',
    )


class UnknownGrain(Refusal):
    """A file for something that is neither a grain nor a table of the sheet."""

    says = Words("计算表里没有“{grain}”；有：{known}", 'the sheet has no "{grain}"; it has {known}')


class NotASheet(Refusal):
    """A rule that is not a calculation over rows."""

    says = Words(
        "{rule} 不是计算表，不能批量计算", "{rule} is not a sheet and cannot be run in bulk"
    )


class NotAMeasure(Refusal):
    """A sheet that does not say what it measures."""

    says = Words(
        "{rule} 没有声明 measure，不能统计指标",
        "{rule} declares no measure, so it has no indicator",
    )


class UnknownColumn(Refusal):
    """A column to group by that the outermost grain does not bring."""

    says = Words("不能按“{column}”分组；可用：{known}", 'cannot group by "{column}"; use {known}')


class EngineMissing(Refusal):
    """An engine whose package or runtime is not installed."""

    says = Words("没有安装 {engine}：{remedy}", "{engine} is not installed: {remedy}")
