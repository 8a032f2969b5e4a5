"""Why a whole bulk run is refused, before any row is read."""

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class UnreadableFile(Refusal):
    """A file that is missing, empty, or of a format not read here."""

    says = Words("读不了 {file}：{problem}", "cannot read {file}: {problem}")


class MissingColumn(Refusal):
    """A file without a column that the sheet needs."""

    says = Words(
        "{file} 没有列“{column}”，只有：{found}；这里需要：{needed}",
        '{file} has no column "{column}", only {found}; needed here: {needed}',
    )


class UnknownColumns(Refusal):
    """Columns that nobody would read: a misspelt one is never a default."""

    says = Words(
        "{file} 中有不认识的列：{columns}；认识的列：{known}。改正标题，或用 --columns 文件写明所指；不读的列写成“{first}:”",
        "{file} has columns that are not known here: {columns}; known: {known}. Mend the heading, or say in the "
        'file of --columns what it means; one that is not to be read stands there as "{first}:"',
    )


class ColumnTwice(Refusal):
    """Two columns that mean the same."""

    says = Words(
        "{file} 的“{first}”和“{second}”两列都是“{column}”；请删去一列",
        '{file}: the columns "{first}" and "{second}" both mean {column}; take one out',
    )


class BadColumns(Refusal):
    """A mapping to a column that the sheet does not have."""

    says = Words(
        "“{title}”不能指“{column}”；可指：{known}", '"{title}" cannot mean "{column}"; it may mean {known}'
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

    says = Words("{rule} 不是计算表，不能批量计算", "{rule} is not a sheet and cannot be run in bulk")


class NotAMeasure(Refusal):
    """A sheet that does not say what it measures."""

    says = Words(
        "{rule} 没有声明 measure，不能统计指标", "{rule} declares no measure, so it has no indicator"
    )


class UnknownColumn(Refusal):
    """A column to group by that the outermost grain does not bring."""

    says = Words("不能按“{column}”分组；可用：{known}{wide}", 'cannot group by "{column}"; use {known}{wide}')


class GroupTwice(Refusal):
    """A column to group by that is named again."""

    says = Words("“{column}”写了两次；分组的列各写一次", '"{column}" stands twice; name each column once')


class NoSuchPeriodDay(Refusal):
    """Periods of a day that the cases do not bring."""

    says = Words(
        "没有日期列“{day}”，不能按期间统计；可用：{known}",
        'there is no column of days called "{day}" to tell periods by; use {known}',
    )


class PeriodTurnedRound(Refusal):
    """A period that ends before it begins."""

    says = Words(
        "期间的结束日 {last} 早于开始日 {first}", "the period ends on {last}, before it begins on {first}"
    )


class EngineMissing(Refusal):
    """An engine whose package or runtime is not installed."""

    says = Words("没有安装 {engine}：{remedy}", "{engine} is not installed: {remedy}")


class EngineFailed(Refusal):
    """An engine that gave up half-way."""

    says = Words("{engine} 没有算完：{problem}", "{engine} did not finish: {problem}")


class BadMemory(Refusal):
    """A memory limit that is not one."""

    says = Words(
        "“{memory}”不是内存限额；写成 500MB 或 3GB", '"{memory}" is not a memory limit; write 500MB or 3GB'
    )


class BadOwnRow(Refusal):
    """A row of an operator's own table that the table cannot take."""

    says = Words("{file} 第 {row} 行：{problem}", "{file}, row {row}: {problem}")


class OwnRowsOverlap(Refusal):
    """Two rows of an operator's own table for the same key on the same day."""

    says = Words(
        "{table}：{key}在 {day} 有两行（自 {first} 起与自 {second} 起）；一天只能有一行，请用 before 写明止日",
        "{table}: {key}has two rows on {day} (from {first} and from {second}); one day has one row, "
        "so say in `before` where the earlier one ends",
    )


class OneGrainOnly(Refusal):
    """One file asked for where several grains would be written."""

    says = Words(
        "{out} 是一个文件，只能写一层；请用 --only 选一层，或把 --out 改为文件夹",
        "{out} is one file and holds one grain; pick one with --only, or give a folder to --out",
    )


class WouldOverwrite(Refusal):
    """A result that would replace a file that this program did not write, or is reading."""

    says = Words(
        "不写到 {file}：{problem}；请换一个 {option}",
        "will not write {file}: {problem}; choose another {option}",
    )


class TooManyRows(Refusal):
    """More rows than a worksheet holds."""

    says = Words(
        "“{grain}”有 {count} 行，Excel 一张表只放 {most} 行；请写成 parquet 或 csv",
        '"{grain}" has {count} rows and a worksheet holds {most}; write parquet or csv',
    )


class TemplateThere(Refusal):
    """A template that would replace a file, which somebody may have filled in."""

    says = Words(
        "{file} 已存在，可能已经填写；请换一个 --to，或先移走它",
        "{file} is there already and may have been filled in; choose another --to, or move it away",
    )


class NotSorted(Refusal):
    """A file whose metadata says an order that its rows do not keep."""

    says = Words(
        "{file} 的元数据说各行按“{column}”排序，实际不是。请用 --engine duckdb，或去掉元数据中的 sorting_columns（届时先排序一次）",
        '{file}: its metadata says that rows are sorted by "{column}", and they are not. Use --engine duckdb, or '
        "take sorting_columns out of the metadata: it is then sorted once",
    )
